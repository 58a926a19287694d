"""From changed ranges to the days they touch, and from those to the readings the kernel needs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hub.model import LONGEST
from hub.rollup.columns import BoolArray, Channels, Events, Int64Array, Moves, Readings
from hub.rollup.outliers import K
from hub.rollup.reach import NEIGHBOURS, firm, good_registers
from hub.rollup.work import DayRanges, Entries, StoredChannel, coalesced, kernel_channels
from hub.store import rollup_read
from hub.store.connection import Connection
from hub.store.rollup_bulk import BulkReader

#: How many more neighbours are taken when those at hand stand on nothing firm.
_WIDER = 8
_MOST = 1 << 30


@dataclass(frozen=True, slots=True)
class Gathered:
    """Everything that the kernel takes."""

    readings: Readings
    channels: Channels
    events: Events
    moves: Moves


def day_ranges(
    conn: Connection, stored: list[StoredChannel], entries: Entries, zone: str
) -> DayRanges:
    """The days that changes in these ranges can touch, frozen days left out."""
    low, high = entries.from_ts.copy(), entries.to_ts.copy()
    is_register = np.array([stored[i].row.kind == "register" for i in entries.channel.tolist()])
    _reach_of_registers(conn, stored, entries, np.flatnonzero(is_register), low, high, zone)
    _reach_of_intervals(conn, stored, entries, np.flatnonzero(~is_register), low)
    ranges = DayRanges(entries.channel, low, high)
    table = kernel_channels(stored, ranges, zone)
    everyone = np.arange(len(entries))
    first, last = table.day_of(everyone, low), table.day_of(everyone, high)
    horizon = np.array([stored[i].horizon for i in entries.channel.tolist()], dtype=np.int64)
    first = np.maximum(first, horizon)
    days = _united(DayRanges(entries.channel, first, last))
    some = days.last >= days.first
    return DayRanges(days.channel[some], days.first[some], days.last[some])


def _united(ranges: DayRanges) -> DayRanges:
    """Day ranges of one channel that meet, as one: no day is computed twice."""
    met = coalesced(Entries(ranges.channel, ranges.first, ranges.last), 1)
    return DayRanges(met.channel, met.from_ts, met.to_ts)


def _reach_of_registers(
    conn: Connection,
    stored: list[StoredChannel],
    entries: Entries,
    which: Int64Array,
    low: Int64Array,
    high: Int64Array,
    zone: str,
) -> None:
    """Move ``low`` and ``high`` out to the next readings that stand firm."""
    limit = NEIGHBOURS
    while len(which):
        again: set[int] = set()
        for side, bound in ((-1, low), (1, high)):
            found, good = _neighbours(conn, stored, entries, which, side, limit, zone)
            starts = np.searchsorted(found.entry, np.arange(len(which) + 1))
            for n, entry in enumerate(which.tolist()):
                a, b = int(starts[n]), int(starts[n + 1])
                order = slice(a, b) if side > 0 else slice(b - 1, a - 1 if a else None, -1)
                ts = found.ts[order] if b > a else found.ts[:0]
                complete = b - a < limit
                at = firm(good[order] if b > a else good[:0], complete=complete, skip=K - 1)
                if at >= 0:
                    bound[entry] = ts[at]
                elif complete and b > a:
                    bound[entry] = ts[-1]
                elif not complete:
                    again.add(entry)
        which = np.array(sorted(again), dtype=np.int64)
        limit = min(limit * _WIDER, _MOST)


def _neighbours(
    conn: Connection,
    stored: list[StoredChannel],
    entries: Entries,
    which: Int64Array,
    side: int,
    limit: int,
    zone: str,
) -> tuple[rollup_read.RawReadings, BoolArray]:
    """Readings on one side of each change, in time order, and which of them are good."""
    channel = entries.channel[which]
    numbers = np.array([stored[i].row.channel_id for i in channel.tolist()], dtype=np.int64)
    edge = entries.from_ts[which] if side < 0 else entries.to_ts[which] + 1
    none, some = np.zeros(len(which), dtype=np.int64), np.full(len(which), limit, dtype=np.int64)
    counts = (some, none) if side < 0 else (none, some)
    found = rollup_read.readings(conn, numbers, edge, edge, *counts)
    table = kernel_channels(stored, DayRanges(channel, edge, edge), zone)
    events = rollup_read.meter_events(conn, stored, channel)
    return found, good_registers(_readings(found), table, events)


def _reach_of_intervals(
    conn: Connection,
    stored: list[StoredChannel],
    entries: Entries,
    which: Int64Array,
    low: Int64Array,
) -> None:
    """Move ``low`` back to the first interval that reaches into the changed range."""
    if not len(which):
        return
    channel = entries.channel[which]
    numbers = np.array([stored[i].row.channel_id for i in channel.tolist()], dtype=np.int64)
    longest = _longest(stored, channel)
    none = np.zeros(len(which), dtype=np.int64)
    start = entries.from_ts[which]
    found = rollup_read.readings(conn, numbers, start - longest, start, none, none)
    reaching = found.ts + found.seconds > start[found.entry]
    np.minimum.at(low, which[found.entry[reaching]], found.ts[reaching])


def _longest(stored: list[StoredChannel], channel: Int64Array) -> Int64Array:
    classes = [stored[i].row.period_class for i in channel.tolist()]
    return np.array([LONGEST.get(name, 0) for name in classes], dtype=np.int64)


def gather(
    conn: Connection,
    stored: list[StoredChannel],
    ranges: DayRanges,
    zone: str,
    bulk: BulkReader | None = None,
) -> Gathered:
    """Readings of these days with enough neighbours on both sides, and all they depend on.

    bulk: reads whole ranges fast; only for ranges of which each channel has one.
    """
    table = kernel_channels(stored, ranges, zone)
    everyone = np.arange(len(ranges))
    start = table.start_of(everyone, ranges.first)
    end = table.start_of(everyone, ranges.last + 1)
    events = rollup_read.meter_events(conn, stored, ranges.channel)
    margin = np.where(table.is_register, 0, table.longest)
    limit = NEIGHBOURS
    while True:
        around = np.where(table.is_register, limit, 0)
        numbers = np.array(
            [stored[i].row.channel_id for i in ranges.channel.tolist()], dtype=np.int64
        )
        if bulk is None:
            found = rollup_read.readings(
                conn, numbers, start - margin, end + margin, around, around
            )
        else:
            found = bulk.readings(conn, numbers, start - margin, end + margin, around)
        columns = _readings(found)
        if _stands_firm(columns, table, events, start, end, limit):
            return Gathered(columns, table, events, rollup_read.moves(conn, stored, ranges.channel))
        limit = min(limit * _WIDER, _MOST)


def _readings(found: rollup_read.RawReadings) -> Readings:
    return Readings(found.entry, found.ts, found.value, found.seconds, found.quality)


def _stands_firm(
    readings: Readings,
    table: Channels,
    events: Events,
    start: Int64Array,
    end: Int64Array,
    limit: int,
) -> bool:
    """Whether every register range has a firm reading on both sides, or none beyond."""
    good = good_registers(readings, table, events)
    entry = np.arange(len(table))
    first = np.searchsorted(readings.channel, entry, side="left")
    last = np.searchsorted(readings.channel, entry, side="right")
    before = np.flatnonzero(readings.ts < start[readings.channel])
    after = np.flatnonzero(readings.ts >= end[readings.channel])
    n_before = np.bincount(readings.channel[before], minlength=len(table))
    n_after = np.bincount(readings.channel[after], minlength=len(table))
    full = table.is_register & ((n_before >= limit) | (n_after >= limit))
    for i in np.flatnonzero(full).tolist():
        early = good[first[i] : first[i] + n_before[i]][::-1]
        late = good[last[i] - n_after[i] : last[i]]
        for side in (early, late):
            if len(side) >= limit and firm(side, complete=False, skip=0) < 0:
                return False
    return True
