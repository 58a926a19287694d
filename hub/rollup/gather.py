"""From changed ranges to the days they touch, and from those to the readings the kernel needs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hub.model import LONGEST
from hub.rollup.columns import BoolArray, Channels, Events, Int64Array, Moves, Readings
from hub.rollup.outliers import K
from hub.rollup.reach import (
    EVERYTHING,
    NEIGHBOURS,
    TooFarError,
    edge,
    firm,
    good_registers,
    wider,
)
from hub.rollup.work import DayRanges, Entries, StoredChannel, coalesced, kernel_channels
from hub.store import rollup_read
from hub.store.connection import Connection
from hub.store.rollup_bulk import BulkReader


@dataclass(frozen=True, slots=True)
class Gathered:
    """Everything that the kernel takes."""

    readings: Readings
    channels: Channels
    events: Events
    moves: Moves


def day_ranges(
    conn: Connection,
    stored: list[StoredChannel],
    entries: Entries,
    zone: str,
    most: int = EVERYTHING,
) -> DayRanges:
    """The days that changes in these ranges can touch, frozen days left out.

    Raises TooFarError for channels with no firm reading among ``most`` neighbours.
    """
    low, high = entries.from_ts.copy(), entries.to_ts.copy()
    is_register = np.array([stored[i].row.kind == "register" for i in entries.channel.tolist()])
    _reach_of_registers(conn, stored, entries, np.flatnonzero(is_register), low, high, zone, most)
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
    most: int,
) -> None:
    """Move ``low`` and ``high`` out to the next readings that stand firm.

    With none to the end of the channel: to the last reading whose judgement may change, or to the
    known register of a meter event (:func:`hub.rollup.reach.edge`).
    """
    limit = NEIGHBOURS
    while len(which):
        again: set[int] = set()
        for side, bound in ((-1, low), (1, high)):
            found, good, events = _neighbours(conn, stored, entries, which, side, limit, zone)
            known = (events.opening if side < 0 else events.closing) >= 0
            starts = np.searchsorted(found.entry, np.arange(len(which) + 1))
            for n, entry in enumerate(which.tolist()):
                a, b = int(starts[n]), int(starts[n + 1])
                order = slice(a, b) if side > 0 else slice(b - 1, a - 1 if a else None, -1)
                ts = found.ts[order] if b > a else found.ts[:0]
                complete = b - a < limit
                at = firm(good[order] if b > a else good[:0], complete=complete, skip=K - 1)
                if at >= 0:
                    bound[entry] = ts[at]
                elif complete:
                    of_n = events.channel == n
                    change = entries.from_ts if side < 0 else entries.to_ts
                    bound[entry] = edge(ts, side, int(change[entry]), events.at[of_n], known[of_n])
                else:
                    again.add(entry)
        which = np.array(sorted(again), dtype=np.int64)
        if len(which) and limit >= most:
            raise TooFarError(_numbers(stored, entries.channel[which]).tolist())
        limit = wider(limit)


def _neighbours(
    conn: Connection,
    stored: list[StoredChannel],
    entries: Entries,
    which: Int64Array,
    side: int,
    limit: int,
    zone: str,
) -> tuple[rollup_read.RawReadings, BoolArray, Events]:
    """Readings on one side of each change, in time order, which are good, and meter events."""
    channel = entries.channel[which]
    numbers = _numbers(stored, channel)
    begin = entries.from_ts[which] if side < 0 else entries.to_ts[which] + 1
    none, some = np.zeros(len(which), dtype=np.int64), np.full(len(which), limit, dtype=np.int64)
    counts = (some, none) if side < 0 else (none, some)
    found = rollup_read.readings(conn, numbers, begin, begin, *counts)
    table = kernel_channels(stored, DayRanges(channel, begin, begin), zone)
    events = rollup_read.meter_events(conn, stored, channel)
    return found, good_registers(_readings(found), table, events), events


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
    numbers = _numbers(stored, channel)
    longest = _longest(stored, channel)
    none = np.zeros(len(which), dtype=np.int64)
    start = entries.from_ts[which]
    found = rollup_read.readings(conn, numbers, start - longest, start, none, none)
    reaching = found.ts + found.seconds > start[found.entry]
    np.minimum.at(low, which[found.entry[reaching]], found.ts[reaching])


def _numbers(stored: list[StoredChannel], channel: Int64Array) -> Int64Array:
    return np.array([stored[i].row.channel_id for i in channel.tolist()], dtype=np.int64)


def _longest(stored: list[StoredChannel], channel: Int64Array) -> Int64Array:
    classes = [stored[i].row.period_class for i in channel.tolist()]
    return np.array([LONGEST.get(name, 0) for name in classes], dtype=np.int64)


def gather(
    conn: Connection,
    stored: list[StoredChannel],
    ranges: DayRanges,
    zone: str,
    bulk: BulkReader | None = None,
    most: int = EVERYTHING,
) -> Gathered:
    """Readings of these days with enough neighbours on both sides, and all they depend on.

    bulk: reads whole ranges fast; only for ranges of which each channel has one. Raises
    TooFarError for channels with no firm reading among ``most`` neighbours on a side.
    """
    table = kernel_channels(stored, ranges, zone)
    which = np.arange(len(ranges))
    margin = np.where(table.is_register, 0, table.longest)
    start = table.start_of(which, ranges.first)
    end = table.start_of(which, ranges.last + 1)
    events = rollup_read.meter_events(conn, stored, ranges.channel)
    numbers = _numbers(stored, ranges.channel)
    around = np.where(table.is_register, NEIGHBOURS, 0)
    columns: Readings | None = None
    while True:
        low, high = start[which] - margin[which], end[which] + margin[which]
        near = around[which]
        if bulk is None:
            found = rollup_read.readings(conn, numbers[which], low, high, near, near)
        else:
            found = bulk.readings(conn, numbers[which], low, high, near)
        columns = _replaced(columns, which, found)
        which = _loose(columns, table, events, start, end, around)
        if not len(which):
            return Gathered(columns, table, events, rollup_read.moves(conn, stored, ranges.channel))
        limit = int(around[which].max())
        if limit >= most:
            raise TooFarError(numbers[which].tolist())
        around[which] = wider(limit)


def _replaced(
    columns: Readings | None, which: Int64Array, found: rollup_read.RawReadings
) -> Readings:
    """The readings, those of the entries ``which`` as found now (by position in ``which``)."""
    new = Readings(which[found.entry], found.ts, found.value, found.seconds, found.quality)
    if columns is None:
        return new
    kept = ~np.isin(columns.channel, which)
    parts = [
        np.concatenate([getattr(columns, name)[kept], getattr(new, name)])
        for name in Readings.__slots__
    ]
    order = np.argsort(parts[0], kind="stable")  # each entry's are in order of time already
    return Readings(*(part[order] for part in parts))


def _readings(found: rollup_read.RawReadings) -> Readings:
    return Readings(found.entry, found.ts, found.value, found.seconds, found.quality)


def _loose(
    readings: Readings,
    table: Channels,
    events: Events,
    start: Int64Array,
    end: Int64Array,
    around: Int64Array,
) -> Int64Array:
    """Register ranges that have no firm reading on a side, though there may be one further on."""
    good = good_registers(readings, table, events)
    entry = np.arange(len(table))
    first = np.searchsorted(readings.channel, entry, side="left")
    last = np.searchsorted(readings.channel, entry, side="right")
    before = np.flatnonzero(readings.ts < start[readings.channel])
    after = np.flatnonzero(readings.ts >= end[readings.channel])
    n_before = np.bincount(readings.channel[before], minlength=len(table))
    n_after = np.bincount(readings.channel[after], minlength=len(table))
    full = table.is_register & ((n_before >= around) | (n_after >= around))
    found = []
    for i in np.flatnonzero(full).tolist():
        early = good[first[i] : first[i] + n_before[i]][::-1]
        late = good[last[i] - n_after[i] : last[i]]
        for side in (early, late):
            if len(side) >= around[i] and firm(side, complete=False, skip=0) < 0:
                found.append(i)
                break
    return np.array(found, dtype=np.int64)
