"""The rollup's kernel: readings in, day rows out. Pure, no I/O, the same everywhere."""

from __future__ import annotations

import numpy as np

from hub.rollup.columns import (
    Channels,
    DayRows,
    Events,
    Int64Array,
    Moves,
    Pieces,
    Readings,
    join_marks,
    join_pieces,
    no_events,
    no_moves,
)
from hub.rollup.intervals import interval_pieces
from hub.rollup.quality import Hints, counts, hints, rows_of, source_marks
from hub.rollup.registers import register_pieces
from hub.rollup.split import (
    Cumulated,
    DayAmounts,
    Grid,
    SlotAmounts,
    day_amounts,
    grid,
    long_pieces,
    slot_amounts,
)


def roll_up(
    readings: Readings, channels: Channels, events: Events | None = None, moves: Moves | None = None
) -> DayRows:
    """Day rows of the wanted days of each channel.

    readings: of the wanted days and of enough neighbours on both sides (see
    :mod:`hub.rollup.reach`), sorted by (channel, ts). A day on which nothing is known and nothing
    was read has no row. Never raises for what a reading may hold.
    """
    is_register = channels.is_register[readings.channel]
    registers = readings if is_register.all() else readings.take(is_register)
    intervals = readings.take(~is_register)
    events = no_events() if events is None else events
    from_registers, register_marks, good = register_pieces(registers, channels, events)
    from_intervals, interval_marks = interval_pieces(intervals, channels)
    pieces = _merged(from_registers, from_intervals)
    rows = grid(channels)
    total = Cumulated(pieces)
    long = long_pieces(pieces, channels)
    days = day_amounts(rows, pieces, channels, no_moves() if moves is None else moves, total, long)
    slots = slot_amounts(rows, pieces, channels, total, long)
    marks = join_marks([register_marks, interval_marks, source_marks(readings)])
    quality = counts(rows, channels, marks, slots.too_large)
    row = rows_of(rows, channels, readings.channel, readings.ts)
    register_row = row if is_register.all() else row[is_register]
    first_last = hints(rows, registers, register_row, good)
    number = np.bincount(row[row >= 0], minlength=len(rows)).astype(np.int64)
    return _existing(rows, days, slots, number, first_last, quality)


def _merged(first: Pieces, second: Pieces) -> Pieces:
    if not len(first) or not len(second):
        return first if len(first) else second
    return join_pieces(first, second)


def _existing(
    rows: Grid,
    days: DayAmounts,
    slots: SlotAmounts,
    number: Int64Array,
    first_last: Hints,
    quality: tuple[Int64Array, Int64Array, Int64Array],
) -> DayRows:
    """The rows on which something is known or was read."""
    there = (days.covered > 0) | (number > 0)
    slot_there = np.repeat(there, slots.count)
    position = np.cumsum(there) - 1
    row, flag, count = quality
    counted = there[row]
    return DayRows(
        channel=rows.channel[there],
        day=rows.day[there],
        covered=days.covered[there],
        measured=(days.amount - days.allocated)[there],
        allocated=days.allocated[there],
        month_allocated=days.month_allocated[there],
        unowned_measured=(days.unowned - days.unowned_allocated)[there],
        unowned_allocated=days.unowned_allocated[there],
        unowned_month_allocated=days.unowned_month_allocated[there],
        unowned_covered=days.unowned_covered[there],
        readings=number[there],
        first_at=first_last.first_at[there],
        last_at=first_last.last_at[there],
        first_value=first_last.first_value[there],
        last_value=first_last.last_value[there],
        slots=slots.count[there],
        slot_amount=slots.amount[slot_there],
        slot_allocated=slots.allocated[slot_there],
        slot_covered=slots.covered[slot_there],
        quality_row=position[row[counted]],
        quality_flag=flag[counted],
        quality_count=count[counted],
    )
