"""What the household and area steps must know of the registry, as plain rows.

Days are day numbers, inclusive on both sides; EVER and ALWAYS stand for open ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from hub.clock import day_number

EVER = -1_000_000
ALWAYS = 1_000_000

AREA_TOTALS = "area-totals"
#: Consents that allow daily sums, and those that allow half-hours.
DAILY = frozenset({"half-hour", "day"})
HALF_HOURLY = frozenset({"half-hour"})

#: (commodity, flow, quantity)
Stream = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """A channel that may count. last: its last day (it ended with a register-set change).

    started, away: since which day it is missed where it has no row, and on which days it is not
    (inclusive ranges); only asked for where several channels make one sum.
    """

    channel_id: int
    usage_point: int
    stream: Stream
    register: str
    kind: str
    source: str
    input: str = ""
    period_class: str = ""
    rank: int = 100
    last: int = ALWAYS
    started: int = EVER
    away: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class UsagePointRow:
    """A usage point in a dwelling, on the days first..last."""

    usage_point: int
    commodity: str
    dwelling: int
    first: int = EVER
    last: int = ALWAYS


@dataclass(frozen=True, slots=True)
class OccupancyRow:
    """A household in a dwelling, on the days it owns (moving days excluded)."""

    household: int
    dwelling: int
    first: int = EVER
    last: int = ALWAYS


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """A consent in force on the days first..last; commodity '' = every one."""

    household: int
    commodity: str
    purpose: str
    granularity: str
    first: int = EVER
    last: int = ALWAYS


@dataclass(frozen=True, slots=True)
class Registry:
    """The registry rows of some households.

    main: (flow, quantity) of each commodity that every one of its usage points has.
    """

    usage_points: list[UsagePointRow] = field(default_factory=list)
    occupancies: list[OccupancyRow] = field(default_factory=list)
    consents: list[ConsentRow] = field(default_factory=list)
    #: (usage point, flow, quantity) of which there are channels
    channel_streams: set[tuple[int, str, str]] = field(default_factory=set)
    main: dict[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Share:
    """A usage point counts for a household, for one stream, on the days first..last."""

    household: int
    usage_point: int
    stream: Stream
    first: int
    last: int
    dwelling: int = 0


def inclusive(valid_from: date | None, valid_to: date | None) -> tuple[int, int]:
    """Days of a validity: from its first day to the day before ``valid_to``."""
    return (
        EVER if valid_from is None else day_number(valid_from),
        ALWAYS if valid_to is None else day_number(valid_to) - 1,
    )


def strictly_between(valid_from: date | None, valid_to: date | None) -> tuple[int, int]:
    """Days strictly between two dates: what a household owns, when a consent is in force."""
    return (
        EVER if valid_from is None else day_number(valid_from) + 1,
        ALWAYS if valid_to is None else day_number(valid_to) - 1,
    )


def shares(registry: Registry) -> Iterator[Share]:
    """Which usage points make up which households, stream by stream.

    Of a commodity's main stream every active usage point is a part, read or not; of another
    stream (injection, say) only those with a channel of it.
    """
    by_dwelling: dict[int, list[UsagePointRow]] = {}
    for point in registry.usage_points:
        by_dwelling.setdefault(point.dwelling, []).append(point)
    with_channels: dict[int, set[tuple[str, str]]] = {}
    for number, flow, quantity in registry.channel_streams:
        with_channels.setdefault(number, set()).add((flow, quantity))
    for occupancy in registry.occupancies:
        for point in by_dwelling.get(occupancy.dwelling, ()):
            first, last = max(occupancy.first, point.first), min(occupancy.last, point.last)
            if first > last:
                continue
            streams = set(with_channels.get(point.usage_point, ()))
            if point.commodity in registry.main:
                streams.add(registry.main[point.commodity])
            for flow, summed in sorted(streams):
                stream = (point.commodity, flow, summed)
                yield Share(
                    occupancy.household, point.usage_point, stream, first, last, point.dwelling
                )


def expected_days(
    parts: Iterable[Share],
    consents: Iterable[ConsentRow],
    purpose: str,
    granularities: frozenset[str],
) -> dict[tuple[int, Stream], list[tuple[int, int]]]:
    """Days on which each household is expected in totals of ``purpose``, per stream.

    Expected: it owns the day, a usage point of the stream is active, its consent is in force.
    The ranges (first, last) of one household and stream are sorted and apart.
    """
    allowed: dict[int, list[ConsentRow]] = {}
    for consent in consents:
        if consent.purpose == purpose and consent.granularity in granularities:
            allowed.setdefault(consent.household, []).append(consent)
    found: dict[tuple[int, Stream], list[tuple[int, int]]] = {}
    for part in parts:
        for consent in allowed.get(part.household, ()):
            first, last = max(part.first, consent.first), min(part.last, consent.last)
            if consent.commodity in ("", part.stream[0]) and first <= last:
                found.setdefault((part.household, part.stream), []).append((first, last))
    return {key: _united(ranges) for key, ranges in found.items()}


def _united(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    united: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if united and first <= united[-1][1] + 1:
            united[-1] = (united[-1][0], max(last, united[-1][1]))
        else:
            united.append((first, last))
    return united
