"""Between the oracle's channels and the kernel's columns, and back to the oracle's rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from hub.clock import date_of, day_number, days
from hub.rollup.columns import (
    FLAG_NAMES,
    Channels,
    DayRows,
    Events,
    Flag,
    Int64Array,
    Moves,
    Passes,
    Readings,
)
from hub.rollup.kernel import roll_up
from tests.rollup.oracle import Channel, Row


def column(values: Sequence[int]) -> Int64Array:
    return np.array(values, dtype=np.int64).reshape(len(values))


def readings_of(channels: Sequence[Channel]) -> Readings:
    rows = sorted(
        (i, r.ts, r.value, r.seconds, r.quality)
        for i, channel in enumerate(channels)
        for r in channel.readings
    )
    columns = list(zip(*rows, strict=True)) or [()] * 5
    return Readings(*(column(c) for c in columns))


def channels_of(channels: Sequence[Channel], first: date, last: date) -> Channels:
    calendars = sorted({(c.zone, c.day_start) for c in channels})
    return Channels(
        is_register=np.array([c.kind == "register" for c in channels], dtype=np.bool_),
        slot=column([c.slot for c in channels]),
        calendar=column([calendars.index((c.zone, c.day_start)) for c in channels]),
        modulus=column([c.modulus for c in channels]),
        resolution=column([c.resolution for c in channels]),
        printed=column([c.printed for c in channels]),
        max_per_hour=column([c.max_per_hour for c in channels]),
        longest=column([c.longest for c in channels]),
        first_day=column([day_number(first)] * len(channels)),
        last_day=column([day_number(last)] * len(channels)),
        calendars=tuple(days(zone, start) for zone, start in calendars),
    )


def events_of(channels: Sequence[Channel]) -> Events:
    told = [(i, e) for i, c in enumerate(channels) for e in sorted(c.events, key=lambda e: e.at)]
    cuts = [(i, e) for i, e in told if e.kind != "rollover"]
    passes = [(i, e) for i, e in told if e.kind == "rollover"]
    return Events(
        channel=column([i for i, _ in cuts]),
        at=column([e.at for _, e in cuts]),
        flag=column([int(Flag[e.kind.upper()]) for _, e in cuts]),
        closing=column([-1 if e.closing is None else e.closing for _, e in cuts]),
        opening=column([-1 if e.opening is None else e.opening for _, e in cuts]),
        of_set=np.array([e.leaves or e.joins for _, e in cuts], dtype=np.bool_),
        passes=Passes(column([i for i, _ in passes]), column([e.at for _, e in passes])),
    )


def moves_of(channels: Sequence[Channel]) -> Moves:
    rows = sorted((i, day_number(d)) for i, c in enumerate(channels) for d in set(c.moves))
    columns = list(zip(*rows, strict=True)) or [()] * 2
    return Moves(*(column(c) for c in columns))


def kernel(channels: Sequence[Channel], first: date, last: date) -> list[dict[date, Row]]:
    """What the kernel makes of these channels, as the oracle's rows."""
    out = roll_up(
        readings_of(channels),
        channels_of(channels, first, last),
        events_of(channels),
        moves_of(channels),
    )
    return rows_of(out, len(channels))


def rows_of(out: DayRows, channels: int) -> list[dict[date, Row]]:
    result: list[dict[date, Row]] = [{} for _ in range(channels)]
    ends = np.cumsum(out.slots)
    quality: dict[int, dict[str, int]] = {}
    for row, flag, count in zip(
        out.quality_row.tolist(), out.quality_flag.tolist(), out.quality_count.tolist(), strict=True
    ):
        quality.setdefault(row, {})[FLAG_NAMES[flag]] = count
    for i in range(len(out)):
        here = slice(int(ends[i] - out.slots[i]), int(ends[i]))
        slots = list(
            zip(
                out.slot_amount[here].tolist(),
                out.slot_allocated[here].tolist(),
                out.slot_covered[here].tolist(),
                strict=True,
            )
        )
        known = out.first_at[i] >= 0
        result[int(out.channel[i])][date_of(int(out.day[i]))] = Row(
            covered=int(out.covered[i]),
            measured=int(out.measured[i]),
            allocated=int(out.allocated[i]),
            month_allocated=int(out.month_allocated[i]),
            unowned_measured=int(out.unowned_measured[i]),
            unowned_allocated=int(out.unowned_allocated[i]),
            unowned_month_allocated=int(out.unowned_month_allocated[i]),
            unowned_covered=int(out.unowned_covered[i]),
            readings=int(out.readings[i]),
            first=(int(out.first_at[i]), int(out.first_value[i])) if known else None,
            last=(int(out.last_at[i]), int(out.last_value[i])) if known else None,
            slots=slots or None,
            quality=quality.get(i, {}),
        )
    return result
