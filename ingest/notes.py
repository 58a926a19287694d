"""What live messages told that is not read, and why: the latest of each source, for a person.

A load has a report for its notes; a message has none, and says the same every minute.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import TypedDict

from hub.model import Note

#: So many are remembered: whoever said it longest ago makes room.
MOST = 50
#: What was not said again for so many seconds is mended, or gone.
_OVER = 86_400


class Told(TypedDict):
    """A note as the service tells of it. source: the topic, or the sensor that a note names."""

    connector: str
    source: str
    code: str
    fr: str
    en: str
    at: int


class Notes:
    """Notes of what is not read, by source and code."""

    def __init__(self) -> None:
        self._notes: OrderedDict[tuple[str, str], Told] = OrderedDict()

    def keep(self, connector: str, topic: str, notes: Iterable[Note], at: int) -> None:
        """Remember what a message of ``topic`` left aside at an instant; other notes pass."""
        for note in notes:
            if note.unread:
                source = note.about or topic
                self._notes[source, note.code] = Told(
                    connector=connector,
                    source=source,
                    code=note.code,
                    fr=note.fr,
                    en=note.en,
                    at=at,
                )
                self._notes.move_to_end((source, note.code))
        while len(self._notes) > MOST:
            self._notes.popitem(last=False)

    def told(self, now: int) -> list[Told]:
        """The newest first."""
        return [note for note in reversed(self._notes.values()) if now - note["at"] < _OVER]
