"""Amounts of local periods, each labelled with the naive local time at which it begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from connectors import _stamps
from connectors._units import BadValueError, Unit, to_amount
from hub.model import (
    TOTAL,
    ChannelKey,
    Context,
    Decoded,
    DecodeError,
    Flow,
    Gap,
    Int64Array,
    PeriodClass,
    Reject,
    Series,
)

#: Step -> its seconds where all are equally long, else 0, and what a period of it is called.
STEPS: Mapping[str, tuple[int, PeriodClass]] = {
    "QUARTER_OF_AN_HOUR": (900, ""),
    "HOUR": (3600, ""),
    "DAY": (0, "day"),
    "WEEK": (0, "week"),
    "MONTH": (0, "month"),
}
_DAY = 86_400


class Value(NamedTuple):
    """The stamp and the number of one period, as they came."""

    date: object
    number: object


def add_values(
    values: Sequence[Value],
    step: str,
    meter: tuple[str, str, Flow],
    unit: Unit,
    ctx: Context,
    into: Decoded,
) -> None:
    """Add the periods of one meter (device, commodity, flow) to ``into``, a row each.

    A period that is not over at the arrival ends there. Raises DecodeError for a step that is none
    of :data:`STEPS`.
    """
    if step not in STEPS:
        raise DecodeError("unknown_step")
    starts, ends, states = _bounds([value.date for value in values], step, ctx.zone)
    device, commodity, flow = meter
    key = ChannelKey(
        device, commodity, flow, unit.quantity, TOTAL, "interval", period=STEPS[step][1]
    )
    rows: list[tuple[int, int, int, int]] = []
    for value, start, end, state in zip(values, starts, ends, states, strict=True):
        into.rows += 1
        row = into.rows
        if value.number is None or value.number == "":
            told = state == _stamps.OK
            into.gaps.append(Gap(row, start if told else None, end if told else None, "value"))
        elif state != _stamps.OK:
            reason = "ambiguous_time" if state == _stamps.AMBIGUOUS else "bad_time"
            into.rejects.append(_reject(row, reason, "date", value.date))
        else:
            try:
                amount = to_amount(value.number, unit)
            except BadValueError as error:
                into.rejects.append(_reject(row, error.reason, "value", error.value))
                continue
            over = min(end, ctx.received_at) if start < ctx.received_at else end
            rows.append((start, amount, over - start, row))
    if rows:
        ts, amounts, seconds, numbers = map(list, zip(*rows, strict=True))
        into.series.append(Series(key, ts, amounts, seconds=seconds, row=numbers))


def _bounds(
    dates: Sequence[object], step: str, zone: str
) -> tuple[list[int], list[int], list[int]]:
    """Start, end and state (see :mod:`connectors._stamps`) of each period."""
    cells = [str(date)[:40].encode("utf-8", "replace") for date in dates]
    if not cells:
        return [], [], []
    found = _stamps.written(cells)
    starts, states = _stamps.instants(cells, zone)
    seconds, _ = STEPS[step]
    if seconds:
        ends = starts + seconds
    else:
        ends, after = _stamps.utc(_next(found.wall, step), zone)
        states = np.maximum(states, np.where(found.ok, after, _stamps.BAD).astype(np.int8))
        states[(states == _stamps.OK) & (ends <= starts)] = _stamps.BAD
    return starts.tolist(), ends.tolist(), states.tolist()


def _next(wall: Int64Array, step: str) -> Int64Array:
    """The wall clock at which the period that begins at ``wall`` is over."""
    if step != "MONTH":
        return wall + _DAY * (7 if step == "WEEK" else 1)
    days = wall.astype("datetime64[s]")
    months = days.astype("datetime64[M]")
    return (months + 1).astype("datetime64[s]").astype(np.int64)


def _reject(row: int, reason: str, column: str, value: object) -> Reject:
    shown = None if value is None else str(value)[:80].replace("\0", "�")
    return Reject(row, reason, column=column, value=shown, detail={"value": shown})
