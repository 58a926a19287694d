"""EcoWatt, RTE's signal of how strained the electricity network is, hour by hour.

Source: RTE's API ("signals": jour, values of pas and hvalue) and MyElectricalData ({day: {value,
    message, detail: {hour: value}}}), JSON.
Device: none: the context series ``ecowatt``.
Units: 0 and 1 GREEN (0: no carbon burnt), 2 ORANGE, 3 RED: the number is the value, its colour the
    label.
Label: the START of an hour; the signal holds until the next.
Zone: local: stamps of MyElectricalData are naive, pas counts the hours of the wall clock; RTE's day
    is the local day of a midnight with an offset.
Cadence: hourly, four days ahead.
Traps: the hours of MyElectricalData tell their own day: it files them under another one. The day's
    own value says no hour and is left aside. null is a gap. The hour that October has twice is told
    once and is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from connectors import _stamps
from connectors._context import Told, number
from connectors._json import is_json, not_this, records
from connectors._time import local_day
from connectors._units import BadValueError
from hub.model import Context, Decoded, DecodeError

NAME = "ecowatt"
LABELS = {"context": "start"}
DEVICE = "none"
TOPICS: tuple[str, ...] = ()
SERIES = "ecowatt"

_LABELS = ("GREEN", "GREEN", "ORANGE", "RED")
_SURE = re.compile(rb'"hvalue"\s*:|"detail"\s*:\s*\{\s*"\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)?"\s*:')

#: A stamp as it is written, and the value.
_Hour = tuple[str, object]


def decode(payload: bytes, ctx: Context) -> Decoded:
    """Every hour. Raises DecodeError: not JSON, or no hour in it."""
    rows = [
        (line, hour)
        for line, said in records(payload, ctx)
        for hour in ([said] if isinstance(said, DecodeError) else _hours(said, ctx.zone))
    ]
    hours = [hour for _, hour in rows if not isinstance(hour, DecodeError)]
    if not hours:
        raise not_this(NAME, "no hour in it")
    ts, states = _stamps.instants([stamp.encode() for stamp, _ in hours], ctx.zone)
    moments = iter(zip(ts.tolist(), states.tolist(), strict=True))
    told = Told()
    for line, hour in rows:
        told.row(line)
        if isinstance(hour, DecodeError):
            told.refuse(hour)
            continue
        try:
            _take(*hour, *next(moments), told)
        except BadValueError as error:
            told.refuse(error, hour[0])
    return told.done()


def sniff(head: bytes) -> float:
    """Sure of hours with a value, as either publisher writes them."""
    return 1.0 if is_json(head) and _SURE.search(head) else 0.0


def _take(stamp: str, raw: object, ts: int, state: int, told: Told) -> None:
    value = number(raw, 0, 3)
    if value is None:
        told.gap(stamp, ts if state == _stamps.OK else None)
    elif state != _stamps.OK:
        reason = "ambiguous_time" if state == _stamps.AMBIGUOUS else "bad_time"
        raise BadValueError(reason, stamp)
    elif not value.is_integer():
        raise BadValueError("out_of_range", raw)
    else:
        told.point(SERIES, ts, value, _LABELS[int(value)])


def _hours(said: Any, zone: str) -> Iterator[_Hour | DecodeError]:
    """The hours of a document; an error for each part that is a day's and holds none."""
    days = said.get("signals", said) if isinstance(said, dict) else said
    if isinstance(days, dict):
        for day in days.values():
            detail = day.get("detail") if isinstance(day, dict) else None
            if isinstance(detail, dict):
                yield from ((stamp[:64], value) for stamp, value in detail.items())
            else:
                yield not_this(NAME, "a day without detail")
        return
    for day in days if isinstance(days, list) else [days]:
        values = day.get("values") if isinstance(day, dict) else None
        if not isinstance(values, list):
            yield not_this(NAME, "a day without values")
            continue
        date = _date(day.get("jour"), zone)
        for value in values:
            if not isinstance(value, dict):
                yield not_this(NAME, "an hour without pas and hvalue")
            else:
                yield f"{date} {_clock(value.get('pas'))}", value.get("hvalue")


def _date(raw: object, zone: str) -> str:
    """The local day of a stamp; what is none is told as it is."""
    try:
        return str(local_day(raw, zone))
    except BadValueError:
        return str(raw)[:32]


def _clock(raw: object) -> str:
    return f"{raw:02d}:00" if type(raw) is int and 0 <= raw < 24 else f"{raw}"[:16]
