"""Counts beside the amounts: readings, flags, first and last good register of each day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hub.model import Quality
from hub.rollup.columns import BoolArray, Channels, Flag, Int64Array, Marks, Readings, empty
from hub.rollup.split import Grid

#: What the source itself says of a reading, as it is counted.
_SOURCE_FLAGS = {
    Quality.ESTIMATED_BY_SOURCE: Flag.ESTIMATED_BY_SOURCE,
    Quality.ARRIVAL_TIME: Flag.ARRIVAL_TIME,
    Quality.CORRECTED_BY_SOURCE: Flag.CORRECTED_BY_SOURCE,
    Quality.DEGRADED_CLOCK: Flag.DEGRADED_CLOCK,
    Quality.METER_FAULT: Flag.METER_FAULT,
}


@dataclass(frozen=True, slots=True)
class Hints:
    """First and last good register of each row, -1 where there is none."""

    first_at: Int64Array
    last_at: Int64Array
    first_value: Int64Array
    last_value: Int64Array


def rows_of(rows: Grid, channels: Channels, channel: Int64Array, ts: Int64Array) -> Int64Array:
    """Row of the grid that holds each instant, -1 where that day is not wanted."""
    at = channels.day_of(channel, ts) - channels.first_day[channel]
    wanted = (at >= 0) & (at < (rows.offset[1:] - rows.offset[:-1])[channel])
    return np.where(wanted, rows.offset[channel] + at, -1)


def source_marks(readings: Readings) -> Marks:
    """Marks for what the sources say of their readings."""
    if not readings.quality.any():
        return Marks(empty(), empty(), empty())
    flags = np.full(int(max(_SOURCE_FLAGS)) + 1, -1, dtype=np.int64)
    for quality, flag in _SOURCE_FLAGS.items():
        flags[quality] = flag
    known = (readings.quality >= 0) & (readings.quality < len(flags))
    flag_of = np.where(known, flags[np.where(known, readings.quality, 0)], -1)
    which = flag_of >= 0
    return Marks(readings.channel[which], readings.ts[which], flag_of[which])


def counts(
    rows: Grid, channels: Channels, marks: Marks, extra: Int64Array
) -> tuple[Int64Array, Int64Array, Int64Array]:
    """Sorted (row, flag, count) of marks on wanted days. extra: rows with one suspect more."""
    row = rows_of(rows, channels, marks.channel, marks.ts)
    wanted = row >= 0
    cell = np.concatenate([
        row[wanted] * len(Flag) + marks.flag[wanted],
        extra * len(Flag) + int(Flag.SUSPECT),
    ])  # fmt: skip
    cells, count = np.unique(cell, return_counts=True)
    return cells // len(Flag), cells % len(Flag), count.astype(np.int64)


def hints(rows: Grid, readings: Readings, row: Int64Array, good: BoolArray) -> Hints:
    """First and last of the good registers on each row. ``row`` is each reading's row or -1."""
    n = len(rows)
    result = Hints(*(np.full(n, -1, dtype=np.int64) for _ in range(4)))
    at = np.flatnonzero(good & (row >= 0))
    which = row[at]
    seconds, value = readings.ts[at] - rows.start[which], readings.value[at]
    result.last_at[which], result.last_value[which] = seconds, value
    result.first_at[which[::-1]], result.first_value[which[::-1]] = seconds[::-1], value[::-1]
    return result
