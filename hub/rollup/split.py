"""From pieces to slots, local days and months, integer for integer.

A piece of amount v over [t0, t1) has given floor(v (t - t0) / (t1 - t0)) by the instant t; a bucket
gets the difference at its bounds. Differences telescope: slots add up to their day, days to the
piece, exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hub.clock import first_days_of, months_of
from hub.rollup.bounds import INT4_MAX
from hub.rollup.columns import (
    SPAN,
    BoolArray,
    Channels,
    Int64Array,
    Moves,
    Pieces,
    among,
    distinct,
)

#: Pieces shorter than this are sub-daily data: their days have arrays.
SUB_DAILY = 23 * 3600
#: A piece longer than its slot by no more than this is measured wherever it lies.
SLACK = 300
#: Longer pieces that cross a move count for no household.
OWNABLE = 86_400


@dataclass(frozen=True, slots=True)
class Grid:
    """The days wanted, one row each, channel by channel.

    offset: index of each channel's first row (n + 1 entries); start, end: bounds of each day.
    """

    channel: Int64Array
    day: Int64Array
    start: Int64Array
    end: Int64Array
    offset: Int64Array

    def __len__(self) -> int:
        return len(self.day)


def grid(channels: Channels) -> Grid:
    """One row for each channel and wanted day."""
    count = np.maximum(channels.last_day - channels.first_day + 1, 0)
    offset = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    channel = np.repeat(np.arange(len(channels), dtype=np.int64), count)
    day = np.arange(offset[-1]) - offset[channel] + channels.first_day[channel]
    start = channels.start_of(channel, day)
    end = channels.start_of(channel, day + 1)
    return Grid(channel, day, start, end, offset)


class Cumulated:
    """Running totals of pieces: what had been given, and how many seconds known, by an instant."""

    def __init__(self, pieces: Pieces) -> None:
        self._pieces = pieces
        self._key = pieces.channel * SPAN + pieces.x0
        length = np.maximum(pieces.t1 - pieces.t0, 1)
        self._rate, self._rest = np.divmod(pieces.amount, length)
        self._length = length
        everything = np.arange(len(pieces))
        self._given = _running(self._share(everything, pieces.x1))
        self._known = _running(pieces.x1 - pieces.x0)

    def _share(self, which: Int64Array, until: Int64Array) -> Int64Array:
        """What each piece gives from its x0 to ``until``, which lies in [x0, x1]."""
        pieces = self._pieces
        rate, rest, length = self._rate[which], self._rest[which], self._length[which]
        begin = pieces.x0[which] - pieces.t0[which]
        end = until - pieces.t0[which]
        share = rate * (end - begin) + rest * end // length
        if begin.any():
            share -= rest * begin // length
        return np.asarray(share, dtype=np.int64)

    def share(self, which: Int64Array, start: Int64Array, end: Int64Array) -> Int64Array:
        """What these pieces give to [start, end), which lies within [x0, x1]."""
        return self._share(which, end) - self._share(which, start)

    def at(self, channel: Int64Array, ts: Int64Array) -> tuple[Int64Array, Int64Array]:
        """Running amount and known seconds; only differences within one channel mean anything."""
        pieces = self._pieces
        if not len(pieces):
            return np.zeros(len(ts), dtype=np.int64), np.zeros(len(ts), dtype=np.int64)
        last = np.searchsorted(self._key, channel * SPAN + ts, side="right") - 1
        which = np.maximum(last, 0)
        inside = (last >= 0) & (pieces.channel[which] == channel) & (ts < pieces.x1[which])
        amount = self._given[last + 1]
        known = self._known[last + 1]
        part = np.flatnonzero(inside)
        at = which[part]
        amount[part] = self._given[at] + self._share(at, ts[part])
        known[part] = self._known[at] + ts[part] - pieces.x0[at]
        return amount, known


def _running(values: Int64Array) -> Int64Array:
    total = np.zeros(len(values) + 1, dtype=np.int64)
    np.cumsum(values, out=total[1:])
    return total


@dataclass(slots=True)
class DayAmounts:
    """Amounts of each row of a grid (see DayRows for the meaning)."""

    amount: Int64Array
    covered: Int64Array
    allocated: Int64Array
    month_allocated: Int64Array
    unowned: Int64Array
    unowned_allocated: Int64Array
    unowned_month_allocated: Int64Array
    unowned_covered: Int64Array


def day_amounts(
    rows: Grid, pieces: Pieces, channels: Channels, moves: Moves, total: Cumulated, long: Int64Array
) -> DayAmounts:
    """Totals of the wanted days. ``long``: positions of pieces that are not measured everywhere."""
    before, known_before = total.at(rows.channel, rows.start)
    after, known_after = total.at(rows.channel, rows.end)
    n = len(rows)
    piece, row = _piece_days(rows, pieces, channels, long)
    start = np.maximum(pieces.x0[piece], rows.start[row])
    end = np.minimum(pieces.x1[piece], rows.end[row])
    some = end > start
    piece, row, start, end = piece[some], row[some], start[some], end[some]
    share = total.share(piece, start, end)
    by_day = np.where(_outside(pieces, piece, rows.start[row], rows.end[row]), share, 0)
    month_start, month_end = _month_bounds(rows, channels, row)
    by_month = np.where(_outside(pieces, piece, month_start, month_end), share, 0)
    crossing = (
        _crossing(pieces, channels, moves)[piece] if len(moves) else np.zeros(len(piece), bool)
    )
    return DayAmounts(
        amount=after - before,
        covered=known_after - known_before,
        allocated=_sum(n, row, by_day),
        month_allocated=_sum(n, row, by_month),
        unowned=_sum(n, row[crossing], share[crossing]),
        unowned_allocated=_sum(n, row[crossing], by_day[crossing]),
        unowned_month_allocated=_sum(n, row[crossing], by_month[crossing]),
        unowned_covered=_sum(n, row[crossing], (end - start)[crossing]),
    )


def long_pieces(pieces: Pieces, channels: Channels) -> Int64Array:
    """Positions of the pieces that a slot, and perhaps a day or month, calls allocated."""
    return np.flatnonzero(pieces.t1 - pieces.t0 > channels.slot[pieces.channel] + SLACK)


def _sum(n: int, row: Int64Array, values: Int64Array) -> Int64Array:
    """Sum of values by row. Integers throughout: bincount would go through floats."""
    total = np.zeros(n, dtype=np.int64)
    np.add.at(total, row, values)
    return total


def _piece_days(
    rows: Grid, pieces: Pieces, channels: Channels, which: Int64Array
) -> tuple[Int64Array, Int64Array]:
    """Each of the pieces with each wanted day that its visible part touches: (piece, row)."""
    channel = pieces.channel[which]
    first = np.maximum(channels.day_of(channel, pieces.x0[which]), channels.first_day[channel])
    last = np.minimum(channels.day_of(channel, pieces.x1[which] - 1), channels.last_day[channel])
    count = np.maximum(last - first + 1, 0)
    piece = np.repeat(which, count)
    step = np.arange(len(piece)) - np.repeat(np.cumsum(count) - count, count)
    row = np.repeat(rows.offset[channel] + first - channels.first_day[channel], count) + step
    return piece, row


def _outside(pieces: Pieces, piece: Int64Array, start: Int64Array, end: Int64Array) -> BoolArray:
    """Whether more than 1/24 of the bucket's length of the piece lies outside the bucket."""
    t0, t1 = pieces.t0[piece], pieces.t1[piece]
    inside = np.minimum(t1, end) - np.maximum(t0, start)
    return np.asarray((t1 - t0 - inside) * 24 > end - start)


def _month_bounds(rows: Grid, channels: Channels, row: Int64Array) -> tuple[Int64Array, Int64Array]:
    months = months_of(rows.day[row])
    channel = rows.channel[row]
    return (
        channels.start_of(channel, first_days_of(months)),
        channels.start_of(channel, first_days_of(months + 1)),
    )


def _crossing(pieces: Pieces, channels: Channels, moves: Moves) -> BoolArray:
    """Pieces over a day long that hold part of a moving day and reach beyond it."""
    begin = channels.start_of(moves.channel, moves.day)
    end = channels.start_of(moves.channel, moves.day + 1)
    # The first move that ends after the piece begins: a piece within it touches no later one.
    at = np.searchsorted(
        moves.channel * SPAN + end, pieces.channel * SPAN + pieces.t0, side="right"
    )
    found = at < len(moves)
    at = np.minimum(at, len(moves) - 1)
    return np.asarray(
        found
        & (pieces.t1 - pieces.t0 > OWNABLE)
        & (moves.channel[at] == pieces.channel)
        & (begin[at] < pieces.t1)
        & ((pieces.t0 < begin[at]) | (pieces.t1 > end[at]))
    )


def sub_daily_rows(rows: Grid, pieces: Pieces, channels: Channels) -> BoolArray:
    """Which wanted days are touched by a piece shorter than 23 hours."""
    short = pieces.t1 - pieces.t0 < SUB_DAILY
    channel = pieces.channel[short]
    touched = np.zeros(len(rows), dtype=np.bool_)
    for ts in (pieces.x0[short], pieces.x1[short] - 1):
        at = channels.day_of(channel, ts) - channels.first_day[channel]
        wanted = (at >= 0) & (at < (rows.offset[1:] - rows.offset[:-1])[channel])
        touched[(rows.offset[channel] + at)[wanted]] = True
    return touched


@dataclass(slots=True)
class SlotAmounts:
    """Slots of the rows that have them: ``count`` of each row of the grid, then flat columns.

    too_large: rows whose slots do not fit the column; they have none.
    """

    count: Int64Array
    amount: Int64Array
    allocated: Int64Array
    covered: Int64Array
    too_large: Int64Array


def slot_amounts(
    rows: Grid, pieces: Pieces, channels: Channels, total: Cumulated, long: Int64Array
) -> SlotAmounts:
    """Totals of the slots of the days that have sub-daily data."""
    with_slots = np.flatnonzero(sub_daily_rows(rows, pieces, channels))
    slot = channels.slot[rows.channel[with_slots]]
    count = (rows.end[with_slots] - rows.start[with_slots]) // slot
    # n slots have n + 1 bounds; the last bound of a day ends no slot of the next row.
    bounds = count + 1
    ends = np.cumsum(bounds)
    step = np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - bounds, bounds)
    ts = np.repeat(rows.start[with_slots], bounds) + step * np.repeat(slot, bounds)
    channel = np.repeat(rows.channel[with_slots], bounds)
    inner = np.ones(len(ts), dtype=np.bool_)
    inner[ends - 1] = False
    given, known = total.at(channel, ts)
    amount = np.diff(given, append=0)[inner]
    covered = np.diff(known, append=0)[inner]
    if len(long):
        allocated = np.diff(Cumulated(pieces.take(long)).at(channel, ts)[0], append=0)[inner]
    else:
        allocated = np.zeros(len(amount), dtype=np.int64)
    owner = np.repeat(with_slots, count)
    too_large = distinct(owner[np.abs(amount) > INT4_MAX])
    fits = ~among(owner, too_large)
    per_row = np.zeros(len(rows), dtype=np.int64)
    per_row[with_slots] = count
    per_row[too_large] = 0
    return SlotAmounts(per_row, amount[fits], allocated[fits], covered[fits], too_large)
