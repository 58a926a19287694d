"""Water, gas, heat and electricity meters heard by radio, decoded by wmbusmeters.

Source: JSON of wmbusmeters, one telegram a message (MQTT) or a line (its log file), of any driver:
    what a field is, its name and its unit suffix tell, not the meter's model.
Device: ``id``, the number printed on the meter.
Units: the suffix: ``_m3`` ``_l`` ``_kwh`` ``_mj`` ``_gj`` ``_hca`` ``_kw`` ``_w``. Heat cost
    allocators count units of their own (quantity units).
Label: registers and powers of an instant: ``timestamp``, the reception, less the age that the
    meter gives its value (``actuality_duration_s`` or ``_h``). Registers are cumulative.
Zone: ``timestamp`` is UTC. Dates of the meter itself are local and often wrong: not used.
Cadence: each telegram, 8 s to some hours.
Traps: fields of an earlier period (``target_``, ``prev_``, ``last_``, ``history_``,
    ``_at_set_date``, ``due_``) are no readings of now. Backflow, cooling and the water that runs
    through a heat meter are not consumption: left out, as are tariff parts beside their total.
    Allocators start again at 0 once a year. A status that says ERROR marks the reading. A register
    in another unit (``total_gallons``) is refused (bad_unit).
"""

from __future__ import annotations

from typing import Any

from connectors._json import kind_of, not_this, records
from connectors._message import channel
from connectors._time import utc_seconds
from connectors._units import BadValueError, Unit, identifier, to_amount, to_integer
from connectors._wmbus_fields import shape_of
from hub.model import (
    TOTAL,
    ChannelKey,
    Context,
    Decoded,
    DecodeError,
    Gap,
    Kind,
    Quality,
    Reject,
    Series,
)

NAME = "wmbusmeters"
TOPICS = ("wmbusmeters/+", "wmbusmeters/+/+")

#: Fields of a telegram named as registers of no known unit.
_MOST_ODD = 3
#: Channel -> ts, value, row, quality.
_Columns = dict[ChannelKey, tuple[list[int], list[int], list[int], list[int]]]


def decode(payload: bytes, ctx: Context) -> Decoded:
    """One telegram, or one a line. Raises DecodeError where the payload as a whole is none."""
    out = Decoded(rows=0)
    columns: _Columns = {}
    lines: list[int] = []
    for line, said in records(payload, ctx):
        out.rows += 1
        lines += [line] if line is not None else []
        if isinstance(said, dict):
            _telegram(said, line, ctx, out, columns)
        elif isinstance(said, DecodeError):
            out.rejects.append(Reject(out.rows, said.reason, line=line, detail=said.detail))
        elif line is None:
            raise not_this(NAME, f"an object is expected, found {kind_of(said)}")
        else:
            detail = {"connector": NAME, "error": kind_of(said)}
            out.rejects.append(Reject(out.rows, "not_this_format", line=line, detail=detail))
    out.lines = lines or None
    for key, (ts, value, row, quality) in columns.items():
        out.series.append(
            Series(key, ts, value, row=row, quality=quality if any(quality) else None)
        )
    return out


def sniff(head: bytes) -> float:
    """Sure of a line with ``"_":"telegram"``; nearly, of older ones with media, meter and id."""
    line = head.lstrip().partition(b"\n")[0].replace(b" ", b"")
    if not line.startswith(b"{"):
        return 0.0
    if b'"_":"telegram"' in line:
        return 0.98
    return 0.8 if all(b'"%b":"' % f in line for f in (b"media", b"meter", b"id")) else 0.0


def _telegram(
    said: dict[str, Any], line: int | None, ctx: Context, out: Decoded, columns: _Columns
) -> None:
    """Adds the readings of one telegram to the columns, or its rejects, or one gap or ignored."""
    row, names = out.rows, tuple(said)
    # A telegram of thousands of fields is nonsense: it shall not fill the cache of shapes.
    find = shape_of if len(names) <= 200 else shape_of.__wrapped__
    fields, odd = find(str(said.get("media"))[:40], names)
    if not fields and not odd:
        out.ignored += 1
        return
    column = "id"
    try:
        device = identifier(said.get("id"))
        column = "timestamp"
        ts, quality = _time(said, ctx)
    except BadValueError as error:
        out.rejects.append(Reject(row, error.reason, column=column, value=error.value, line=line))
        return
    told = bool(odd)
    for column, suffix in odd[:_MOST_ODD]:
        detail = {"device": device}
        out.rejects.append(Reject(row, "bad_unit", column[:80], suffix[:40], line, detail))
    for column, commodity, flow, unit, kind in fields:
        try:
            value = _value(said[column], unit, kind)
        except BadValueError as error:
            told = True
            reject = Reject(row, error.reason, column=column, value=error.value, line=line)
            out.rejects.append(reject)
            continue
        if value is None:
            continue
        told = True
        key = channel(device, commodity, flow, unit.quantity, TOTAL, kind)
        series = columns.get(key)
        if series is None:
            series = columns[key] = ([], [], [], [])
        for numbers, number in zip(series, (ts, value, row, quality), strict=True):
            numbers.append(number)
    if not told:
        out.gaps.append(Gap(row, start=ts, column=fields[0].name))


def _value(raw: object, unit: Unit, kind: Kind) -> int | None:
    """None where the meter says nothing, or that heat flows the other way (it cools)."""
    if raw is None or raw == "":
        return None
    if kind == "register":
        return to_amount(raw, unit)
    value = to_integer(raw, unit)
    return value if value >= 0 else None


def _time(said: dict[str, Any], ctx: Context) -> tuple[int, int]:
    """The moment of the values and the quality of the reading."""
    quality = Quality.METER_FAULT if "ERROR" in str(said.get("status", "")) else Quality.GOOD
    if "timestamp" in said:
        ts = utc_seconds(said["timestamp"])
    elif ctx.topic:
        ts, quality = ctx.received_at, quality or Quality.ARRIVAL_TIME
    else:
        raise BadValueError("missing_time", None)
    for name, seconds in (("actuality_duration_s", 1), ("actuality_duration_h", 3600)):
        age = said.get(name, 0)
        if isinstance(age, int | float) and 0 <= age * seconds <= 86_400:
            ts -= int(age * seconds)
    return ts, int(quality)
