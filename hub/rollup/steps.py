"""One recomputation: channels' days and months, then their households', in one transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from hub.clock import days
from hub.rollup.block import Block, block_of, joined
from hub.rollup.columns import DayRows, Int64Array
from hub.rollup.counting import count
from hub.rollup.gather import gather
from hub.rollup.households import HouseholdRows, household_rows
from hub.rollup.kernel import roll_up
from hub.rollup.parts import household_days, with_lives
from hub.rollup.reach import EVERYTHING
from hub.rollup.registry import (
    AREA_TOTALS,
    DAILY,
    Share,
    expected_days,
    shares,
)
from hub.rollup.work import DayRanges, StoredChannel
from hub.store import rollup_households as store
from hub.store import rollup_months, rollup_read, rollup_registry, rollup_write
from hub.store.connection import Connection
from hub.store.rollup_bulk import BulkReader

#: (household, commodity) -> first and last day to recompute.
HomeDays = dict[tuple[int, str], tuple[int, int]]


@dataclass(slots=True)
class Report:
    """What one recomputation wrote."""

    channel_days: int = 0
    household_days: int = 0
    households: frozenset[int] = frozenset()


def recompute(
    conn: Connection,
    stored: list[StoredChannel],
    ranges: DayRanges,
    zone: str,
    bulk: BulkReader | None = None,
    clear: DayRanges | None = None,
    most: int = EVERYTHING,
    *,
    alone: bool = False,
) -> Report:
    """Recompute days of channels and all that is made of them.

    bulk: for whole stretches. clear: the ranges hold all that there is to know of these days:
    whatever else is stored there of the channels and their households goes. alone: no other days
    than these are stored of the channels and their households. Raises TooFarError, with nothing
    written, for channels with no firm reading among ``most`` neighbours.
    """
    whole = bulk is not None
    gathered = gather(conn, stored, ranges, zone, bulk, most)
    rows = roll_up(gathered.readings, gathered.channels, gathered.events, gathered.moves)
    numbers = np.array([channel.row.channel_id for channel in stored], dtype=np.int64)
    cleared = ranges if clear is None else clear
    scope = (numbers[cleared.channel], cleared.first, cleared.last)
    of_row = ranges.channel[rows.channel]
    rollup_write.write_channel_days(conn, scope, numbers[of_row], rows, whole=whole)
    if alone:
        rollup_months.replace_channel_months(conn, numbers, numbers[of_row], rows)
    else:
        rollup_write.write_channel_months(conn, scope)
    homes = _touched_households(conn, stored, cleared, zone)
    written = _households(
        conn, stored, cleared, of_row, rows, homes, zone, whole=whole, alone=alone
    )
    return Report(len(rows), written, frozenset(home for home, _ in homes))


def _touched_households(
    conn: Connection, stored: list[StoredChannel], ranges: DayRanges, zone: str
) -> HomeDays:
    points: dict[int, tuple[str, int, int]] = {}
    firsts, lasts = household_days(conn, stored, ranges, zone)
    for i, first, last in zip(ranges.channel.tolist(), firsts, lasts, strict=True):
        row = stored[i].row
        _, a, b = points.get(row.usage_point, ("", first, last))
        points[row.usage_point] = (row.stream[0], min(a, first), max(b, last))
    homes: HomeDays = {}
    for point, households in rollup_registry.households_ever(conn, list(points)).items():
        commodity, first, last = points[point]
        for home in households:
            a, b = homes.get((home, commodity), (first, last))
            homes[home, commodity] = (min(a, first), max(b, last))
    return homes


def _households(
    conn: Connection,
    stored: list[StoredChannel],
    ranges: DayRanges,
    of_row: Int64Array,
    rows: DayRows,
    homes: HomeDays,
    zone: str,
    *,
    whole: bool,
    alone: bool,
) -> int:
    """Recompute the touched households' days; number of rows written."""
    if not homes:
        return 0
    commodities = sorted({commodity for _, commodity in homes})
    registry = rollup_registry.registry_of(conn, (home for home, _ in homes), commodities)
    parts = _clipped(shares(registry), homes)
    points = sorted({part.usage_point for part in parts})
    there = rollup_read.channels(conn, store.channels_at(conn, points, commodities))
    channel, block = _blocks(conn, stored, ranges, of_row, rows, there, parts, zone)
    counted = count(with_lives(conn, there, zone), channel, block)
    expected = expected_days(parts, registry.consents, AREA_TOTALS, DAILY)
    result = household_rows(counted, parts, expected)
    _write(conn, result, homes, there, zone, whole=whole, alone=alone)
    return len(result)


def _clipped(parts: Iterable[Share], homes: HomeDays) -> list[Share]:
    """Shares within the days to recompute."""
    found = []
    for part in parts:
        first, last = homes.get((part.household, part.stream[0]), (1, 0))
        first, last = max(first, part.first), min(last, part.last)
        if first <= last:
            found.append(replace(part, first=first, last=last))
    return found


def _blocks(
    conn: Connection,
    stored: list[StoredChannel],
    ranges: DayRanges,
    of_row: Int64Array,
    rows: DayRows,
    there: list[StoredChannel],
    parts: list[Share],
    zone: str,
) -> tuple[Int64Array, Block]:
    """Day rows of every channel that may count: those just computed, the others from the store.

    Gives the index into ``there`` of each row, and the rows.
    """
    wanted: dict[int, tuple[int, int]] = {}
    for part in parts:
        first, last = wanted.get(part.usage_point, (part.first, part.last))
        wanted[part.usage_point] = (min(first, part.first), max(last, part.last))
    at_hand = _at_hand(stored, ranges)
    index_of = {channel.row.channel_id: i for i, channel in enumerate(there)}
    missing: list[tuple[int, int, int]] = []
    use = np.full(len(stored), -1, dtype=np.int64)
    place = {channel.row.channel_id: i for i, channel in enumerate(stored)}
    for i, channel in enumerate(there):
        number = channel.row.channel_id
        first, last = wanted[channel.row.usage_point]
        begin, end = at_hand.get(number, (1, 0))
        if begin <= first and last <= end:
            use[place[number]] = i
        else:
            missing.append((number, first, last))
    taken = np.flatnonzero(use[of_row] >= 0)
    mine = block_of(rows, _lengths(rows.day, [stored[i] for i in of_row.tolist()], zone)).take(
        taken
    )
    table = np.array(missing, dtype=np.int64).reshape(-1, 3)
    others = store.day_rows(conn, table[:, 0], table[:, 1], table[:, 2])
    other_index = np.array([index_of[n] for n in others.channel.tolist()], dtype=np.int64)
    theirs = block_of(others, _lengths(others.day, [there[i] for i in other_index.tolist()], zone))
    return (
        np.concatenate([use[of_row][taken], other_index]),
        joined([mine, theirs]),
    )


def _at_hand(stored: list[StoredChannel], ranges: DayRanges) -> dict[int, tuple[int, int]]:
    """Channel number -> the days just computed, for channels with one range."""
    found: dict[int, tuple[int, int]] = {}
    twice: set[int] = set()
    for i, first, last in zip(
        ranges.channel.tolist(), ranges.first.tolist(), ranges.last.tolist(), strict=True
    ):
        number = stored[i].row.channel_id
        if number in found:
            twice.add(number)
        found[number] = (first, last)
    return {number: span for number, span in found.items() if number not in twice}


def _lengths(day: Int64Array, channels: list[StoredChannel], zone: str) -> Int64Array:
    start = np.array([channel.day_start for channel in channels], dtype=np.int64)
    length = np.zeros(len(day), dtype=np.int64)
    for one in np.unique(start).tolist():
        mine = start == one
        begin, end = days(zone, one).bounds(day[mine])
        length[mine] = end - begin
    return length


def _write(
    conn: Connection,
    result: HouseholdRows,
    homes: HomeDays,
    there: list[StoredChannel],
    zone: str,
    *,
    whole: bool,
    alone: bool,
) -> None:
    commodities = sorted({commodity for _, commodity in homes})
    known = store.measures_of(conn, commodities)
    new = [measure for measure in result.measures if measure not in known]
    if new:
        store.add_measures(conn, new)
        known = store.measures_of(conn, commodities)
    by_commodity: dict[str, list[int]] = {}
    for measure, number in known.items():
        by_commodity.setdefault(measure[0], []).append(number)
    rows = [
        (home, number, first, last)
        for (home, commodity), (first, last) in homes.items()
        for number in by_commodity.get(commodity, ())
    ]
    table = np.array(rows, dtype=np.int64).reshape(-1, 4)
    scope = (table[:, 0], table[:, 1], table[:, 2], table[:, 3])
    number_of = np.array([known[measure] for measure in result.measures], dtype=np.int64)
    numbers = number_of[result.measure] if len(result) else result.measure
    changed = store.write_household_days(conn, scope, result, numbers, whole=whole)
    if alone:
        rollup_months.replace_household_months(conn, scope[:2], result, numbers)
    else:
        start_of = {channel.row.stream[0]: channel.day_start for channel in there}
        day_start = {number: start_of.get(m[0], 0) for m, number in known.items()}
        store.write_household_months(conn, changed, day_start, zone)
    store.mark_areas(conn, changed)
