"""The area worker: drains what the household step marked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from hub.clock import days
from hub.rollup.areas import Membership, ancestors, area_days, with_ancestors
from hub.rollup.columns import Int64Array
from hub.rollup.registry import (
    AREA_TOTALS,
    DAILY,
    HALF_HOURLY,
    Registry,
    Share,
    Stream,
    expected_days,
    shares,
)
from hub.store import rollup_areas as store
from hub.store import rollup_registry
from hub.store.connection import Connection
from hub.store.rollup_areas import DirtyArea, Place
from hub.store.rollup_bulk import BulkReader

#: Household rows held at once.
_ROWS = 20_000
#: Marks of one measure further apart than this are summed apart.
_APART = 7

_Ranges = list[tuple[int, int, int, int]]  # household, area, first day, last day


@dataclass(frozen=True, slots=True)
class _Expected:
    """By stream: who is expected where, for daily sums and for half-hours."""

    daily: dict[Stream, _Ranges]
    half_hourly: dict[Stream, _Ranges]


def drain_areas(
    conn: Connection,
    bulk: BulkReader,
    zone: str,
    wanted: Callable[[DirtyArea], bool] | None = None,
) -> int:
    """Sum what waits, in the transaction of ``conn``; number of marks done.

    wanted: which marks; the others stay.
    """
    marks = store.dirty_areas(conn)
    if wanted is not None:
        marks = [mark for mark in marks if wanted(mark)]
    if not marks:
        return 0
    totals, parent = store.totals(conn), store.tree(conn)
    expected = _expected(conn, parent)
    for measure, first, last, areas in _jobs(marks, parent):
        if measure in totals:
            stream, start = totals[measure]
            _sum(conn, bulk, measure, stream, areas, first, last, expected, zone, start)
    store.finish_areas(conn, marks)
    return len(marks)


def _jobs(
    marks: Iterable[DirtyArea], parent: dict[int, int | None]
) -> Iterator[tuple[int, int, int, list[int]]]:
    """(measure, first day, last day, areas) that cover the marks."""
    by_measure: dict[int, list[DirtyArea]] = {}
    for mark in marks:
        by_measure.setdefault(mark.measure, []).append(mark)
    for measure, found in by_measure.items():
        group: list[DirtyArea] = []
        end = 0
        for mark in sorted(found, key=lambda m: m.first):
            if group and mark.first > end + _APART:
                yield _job(measure, group, parent)
                group = []
            group.append(mark)
            end = max(end, mark.last) if len(group) > 1 else mark.last
        yield _job(measure, group, parent)


def _job(
    measure: int, group: list[DirtyArea], parent: dict[int, int | None]
) -> tuple[int, int, int, list[int]]:
    areas = with_ancestors({mark.area for mark in group}, parent)
    return measure, min(m.first for m in group), max(m.last for m in group), sorted(areas)


def _expected(conn: Connection, parent: dict[int, int | None]) -> _Expected:
    registry = rollup_registry.whole_registry(conn)
    parts = list(shares(registry))
    codes, members = store.club_places(conn)
    by_dwelling = _by_member(store.dwelling_places(conn))
    by_household = _by_member(members)
    in_areas = _placed(parts, [part.dwelling for part in parts], by_dwelling)
    in_clubs = _placed(parts, [part.household for part in parts], by_household)
    result = _Expected({}, {})
    # Shares are united per area, so that a home of two areas below counts once above.
    above: dict[int, list[Share]] = {}
    for area, found in in_areas.items():
        for one in ancestors(parent, area):
            above.setdefault(one, []).extend(found)
    for area, found in above.items():
        _add(result, registry, found, area, AREA_TOTALS)
    for club, found in in_clubs.items():
        if club in codes:
            _add(result, registry, found, club, f"club:{codes[club]}")
    return result


def _by_member(places: Iterable[Place]) -> dict[int, list[Place]]:
    found: dict[int, list[Place]] = {}
    for place in places:
        found.setdefault(place.member, []).append(place)
    return found


def _placed(
    parts: Sequence[Share], members: Sequence[int], places: dict[int, list[Place]]
) -> dict[int, list[Share]]:
    """Shares by the area (or club) of their member, within the days it is there."""
    found: dict[int, list[Share]] = {}
    for part, member in zip(parts, members, strict=True):
        for place in places.get(member, ()):
            first, last = max(part.first, place.first), min(part.last, place.last)
            if first <= last:
                found.setdefault(place.area, []).append(replace(part, first=first, last=last))
    return found


def _add(
    result: _Expected, registry: Registry, parts: list[Share], area: int, purpose: str
) -> None:
    for into, granularities in ((result.daily, DAILY), (result.half_hourly, HALF_HOURLY)):
        found = expected_days(parts, registry.consents, purpose, granularities)
        for (home, stream), ranges in found.items():
            into.setdefault(stream, []).extend((home, area, a, b) for a, b in ranges)


def _sum(
    conn: Connection,
    bulk: BulkReader,
    measure: int,
    stream: Stream,
    areas: list[int],
    first: int,
    last: int,
    expected: _Expected,
    zone: str,
    day_start: int,
) -> None:
    daily = _members(expected.daily.get(stream, ()), areas)
    half_hourly = _members(expected.half_hourly.get(stream, ()), areas)
    homes = np.unique(np.concatenate([daily[:, 0], half_hourly[:, 0]]))
    step = max(_ROWS // max(len(homes), 1), 1)
    for begin in range(first, last + 1, step):
        end = min(begin + step - 1, last)
        span = np.arange(begin, end + 1)
        start, stop = days(zone, day_start).bounds(span)
        rows = store.home_rows(conn, bulk, measure, homes.tolist(), begin, end)
        sums = area_days(
            rows,
            _within(daily, homes, begin, end),
            _within(half_hourly, homes, begin, end),
            stop - start,
            len(areas),
        )
        store.write_area_days(conn, areas, measure, begin, stop - start, sums)
    store.write_area_months(conn, areas, measure, first, last)


def _members(ranges: Iterable[tuple[int, int, int, int]], areas: list[int]) -> Int64Array:
    """(household, index into areas, first, last) of those in the areas."""
    index = {area: i for i, area in enumerate(areas)}
    rows = [(home, index[area], a, b) for home, area, a, b in ranges if area in index]
    return np.array(rows, dtype=np.int64).reshape(-1, 4)


def _within(table: Int64Array, homes: Int64Array, begin: int, end: int) -> Membership:
    rows = table[(table[:, 2] <= end) & (table[:, 3] >= begin)]
    return Membership(
        np.searchsorted(homes, rows[:, 0]),
        rows[:, 1],
        np.maximum(rows[:, 2], begin) - begin,
        np.minimum(rows[:, 3], end) - begin,
    )
