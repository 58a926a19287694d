"""What devices tell of themselves on one topic, for the values that they tell on another.

A description explains topics of its own household only (``Routing.tree``): who may write one topic
of a broker must not have another's messages read as his own device's.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

from ingest.companions import write
from ingest.config import Routing

#: Of one household: some thousands of sensors.
TREE_BYTES = 2 << 20
#: Of all of them.
ALL_BYTES = 128 << 20
#: Of one state topic: each of its messages is looked through for all that is told of it.
TOPIC_BYTES = 64 << 10
#: What a sensor takes beside its description's characters.
_BESIDE = 500
_LONGEST_TOPIC = 512

#: (state topic, what is told of it), as a connector's ``explained`` has them.
Told = Sequence[tuple[str, bytes]]


class Described(NamedTuple):
    """What is told of a topic: the connector that reads it, and companions for its messages."""

    connector: str
    companions: dict[str, bytes]


class _Kept(NamedTuple):
    """One sensor of a description: the topic of its values, its name among their companions."""

    topic: str
    name: str
    told: bytes

    @property
    def size(self) -> int:
        return len(self.told) + _BESIDE


class Descriptions:
    """What is told of each state topic, and by which description, within a bound of memory.

    One that finds no room is left out. ``dropped``: how many were, since the start;
    ``dropped_of``: the topic of the last one. ``changes``: how often one came or went.
    """

    def __init__(self, routing: Routing) -> None:
        self._routing = routing
        self._told: dict[str, list[_Kept]] = {}
        self._topics: dict[str, Described] = {}
        self._unread: set[str] = set()
        self._sizes: Counter[str] = Counter()  # by household
        self._size = 0
        self.changes = 0
        self.dropped = 0
        self.dropped_of = ""

    def of(self, topic: str) -> Described | None:
        """What is told of the messages of a topic; None of most."""
        return self._topics.get(topic)

    @property
    def unread(self) -> Collection[str]:
        """Topics that are told of and that no filter reads."""
        return self._unread

    def keep(self, connector: str, description: str, told: Told) -> list[str]:
        """Replace what a description told; the topics of which it has nothing to tell."""
        tree = self._routing.tree(description)
        own = [one for one in told if self._may(tree, one[0])]
        before = self._told.get(description, [])
        if own != [(kept.topic, kept.told) for kept in before]:
            self._forget(description, tree)
            self._learn(connector, description, tree, own)
            self.changes += 1
        return sorted({topic for topic, _ in told} - {topic for topic, _ in own})

    def save(self, path: Path) -> None:
        """Write all of it. Raises OSError."""
        kept: dict[str, dict[str, list[tuple[str, str]]]] = {}
        for description, told in self._told.items():
            connector = self._topics[told[0].topic].connector
            lines = [(one.topic, one.told.decode()) for one in told]
            kept.setdefault(connector, {})[description] = lines
        write(path, kept)

    def load(self, path: Path) -> None:
        """Read what an earlier run saved; nothing where there is none, or it is not whole.

        hub.toml may have changed since: what does not fit it is left out.
        """
        try:
            for connector, descriptions in json.loads(path.read_text()).items():
                for description, told in descriptions.items():
                    lines = [(str(topic), raw.encode()) for topic, raw in told]
                    self.keep(connector, description, lines)
        except (OSError, ValueError, AttributeError, TypeError):
            return

    def _may(self, tree: str, topic: str) -> bool:
        return (
            is_topic(topic)
            and self._routing.tree(topic) == tree
            and not self._routing.is_excluded(topic)
        )

    def _learn(self, connector: str, description: str, tree: str, own: Told) -> None:
        kept = []
        for number, (topic, raw) in enumerate(own):
            one = _Kept(topic, f"{description}#{number}", raw)
            if not self._has_room(tree, one):
                self.dropped += 1
                self.dropped_of = description
                continue
            if topic not in self._topics:
                self._topics[topic] = Described(connector, {})
                if self._routing.route(topic) is None:
                    self._unread.add(topic)
            self._topics[topic].companions[one.name] = raw
            self._grow(tree, one.size)
            kept.append(one)
        if kept:
            self._told[description] = kept

    def _has_room(self, tree: str, one: _Kept) -> bool:
        at = self._topics.get(one.topic)
        here = sum(map(len, at.companions.values())) if at else 0
        return (
            here + len(one.told) <= TOPIC_BYTES
            and self._sizes[tree] + one.size <= TREE_BYTES
            and self._size + one.size <= ALL_BYTES
        )

    def _forget(self, description: str, tree: str) -> None:
        for one in self._told.pop(description, []):
            self._grow(tree, -one.size)
            companions = self._topics[one.topic].companions
            del companions[one.name]
            if not companions:
                del self._topics[one.topic]
                self._unread.discard(one.topic)

    def _grow(self, tree: str, size: int) -> None:
        self._sizes[tree] += size
        self._size += size


def is_topic(text: str) -> bool:
    """Whether a text is the name of one topic that a client may write: no filter, none of the
    broker's own."""
    return (
        0 < len(text) <= _LONGEST_TOPIC
        and text.isprintable()
        and not text.startswith("$")
        and not {"+", "#"} & set(text)
    )
