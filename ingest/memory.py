"""What was heard and explains later messages, kept in files from one start to the next."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

from ingest.companions import Companions
from ingest.config import Routing
from ingest.descriptions import Descriptions

log = logging.getLogger("hub.ingest")

_COMPANIONS = "companions.json"
_DESCRIPTIONS = "descriptions.json"
#: The share of the time that may go into writing descriptions down.
_SHARE = 0.05


def descriptions_of(folder: Path, routing: Routing) -> Descriptions:
    """What the ingest worker of a spool folder wrote down; nothing where it did not."""
    found = Descriptions(routing)
    found.load(folder / _DESCRIPTIONS)
    return found


class Memory:
    """Companions and descriptions of one worker, in its own folder."""

    def __init__(self, folder: Path, routing: Routing) -> None:
        self._folder = folder
        self.companions = Companions()
        self.companions.load(folder / _COMPANIONS)
        self.descriptions = descriptions_of(folder, routing)
        self._saved = self.descriptions.changes
        self._rest_until = 0.0

    def save_companions(self) -> None:
        """Write what devices said last: it changes with every message."""
        self._write(self.companions.save, _COMPANIONS)

    def save_descriptions(self, *, last: bool = False) -> None:
        """Write what devices told of themselves, if any told something new.

        At once, so that what a crash leaves queued can be read; where they are so many that it
        takes long, not each time, but the ``last`` time.
        """
        began = time.monotonic()
        if self.descriptions.changes == self._saved or (began < self._rest_until and not last):
            return
        self._saved = self.descriptions.changes
        self._write(self.descriptions.save, _DESCRIPTIONS)
        ended = time.monotonic()
        self._rest_until = ended + (ended - began) / _SHARE

    def dropped(self) -> dict[str, object]:
        """How much found no room since the start, and whose the last of it was."""
        count = self.companions.dropped + self.descriptions.dropped
        return {"count": count, "of": self.descriptions.dropped_of or self.companions.dropped_of}

    def _write(self, save: Callable[[Path], None], name: str) -> None:
        try:
            save(self._folder / name)
        except OSError as error:
            log.warning("%s cannot be written: %s", self._folder / name, error)
