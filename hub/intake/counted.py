"""Which of a usage point's registers and sources count, for the report of a load. Pure.

The rule itself is :mod:`hub.rollup.counting`; here it is said for one moment, before the coverage
of a day is known: among sources that cover a day as well, the first one here counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from hub.rollup.families import TOTAL_LEVEL, family_of

_FINENESS = {"week": 1, "month": 2}


class FeedRow(NamedTuple):
    """A channel of a usage point; ``is_own``: the load wrote it."""

    channel_id: int
    usage_point: str
    commodity: str
    flow: str
    quantity: str
    register: str
    kind: str
    source: str
    period: str
    rank: int
    is_own: bool


@dataclass(slots=True)
class Feed:
    """What one source tells of a stream in one kind and period class."""

    source: str
    kind: str
    period: str
    rank: int
    channel_id: int
    is_own: bool
    registers: list[str] = field(default_factory=list)

    @property
    def counting(self) -> list[str]:
        """The registers that count: the total, else the supplier's parts, else the distributor's.

        Empty where none is part of a known total."""
        levels = {name: found[0] for name in self.registers if (found := family_of(name))}
        best = min(levels.values(), default=TOTAL_LEVEL)
        return [name for name in self.registers if levels.get(name) == best]


@dataclass(frozen=True, slots=True)
class Counting:
    """A stream of a usage point and its feeds, the one that counts first among equals at first."""

    usage_point: str
    commodity: str
    flow: str
    quantity: str
    feeds: Sequence[Feed]


def countings(rows: Iterable[FeedRow]) -> list[Counting]:
    """The streams that a load wrote, in the order of its channels."""
    streams: dict[tuple[str, str, str, str], dict[tuple[str, str, str], Feed]] = {}
    for row in sorted(rows, key=lambda row: row.channel_id):
        if row.kind == "power":
            continue
        stream = (row.usage_point, row.commodity, row.flow, row.quantity)
        feeds = streams.setdefault(stream, {})
        name = (row.source, row.kind, row.period)
        new = Feed(row.source, row.kind, row.period, row.rank, row.channel_id, row.is_own)
        feed = feeds.setdefault(name, new)
        feed.rank = min(feed.rank, row.rank)
        feed.is_own |= row.is_own
        if row.register not in feed.registers:
            feed.registers.append(row.register)
    return [
        Counting(*stream, sorted(feeds.values(), key=_precedence))
        for stream, feeds in streams.items()
        if any(feed.is_own for feed in feeds.values())
    ]


def _precedence(feed: Feed) -> tuple[int, int, int]:
    """Finer periods first, then the operator's rank, then the oldest."""
    return _FINENESS.get(feed.period, 0), feed.rank, feed.channel_id
