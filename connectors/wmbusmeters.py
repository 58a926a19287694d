"""Water, gas, heat and electricity meters heard by radio, decoded by wmbusmeters.

Source: JSON of wmbusmeters, one telegram a message (MQTT) or a line (its log file), also a list or
    one laid out for reading, of any driver: what a field is, its name and its unit suffix tell, not
    the meter's model. Only where the medium is the radio's ("radio converter", "other"), the name
    of the driver tells whether it is heat, water or gas.
Device: ``id``, the number printed on the meter.
Units: the suffix: ``_m3`` ``_l`` ``_kwh`` ``_mwh`` ``_mj`` ``_gj`` ``_hca`` ``_kw`` ``_w``. Heat
    cost allocators count units of their own (quantity units).
Label: registers and powers of an instant: ``timestamp``, the reception, less the age that the
    meter gives its value (``actuality_duration_s``, ``_min``, ``_h``). Registers are cumulative.
Zone: ``timestamp`` is UTC. Dates of the meter itself are local and often wrong: not used.
Cadence: each telegram, 8 s to some hours.
Traps: fields of an earlier period (``target_``, ``prev_``, ``last_``, ``history_``,
    ``_at_set_date``, ``due_``) are no readings of now. Backflow, cooling and the water that runs
    through a heat meter are not consumption: left out, as are tariff parts beside their total
    (some meters leave them at 0); without a total they are F1, F2, ... (F5). Allocators start again
    at 0 once a year. A status that says ERROR marks the reading. A register in another unit
    (``total_gallons``, ``_gcal``, ``_m3c``) is refused (bad_unit). Pulses (``a_counter``) have no
    unit, unless a total is calculated of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connectors._columns import Columns
from connectors._json import kind_of, not_this, records
from connectors._message import channel
from connectors._time import utc_seconds
from connectors._units import BadValueError, Unit, identifier, to_amount, to_integer
from connectors._wmbus_fields import medium_of, shape_of
from hub.model import TOTAL, Context, Decoded, DecodeError, Gap, Kind, Quality, Reject

NAME = "wmbusmeters"
LABELS = {"register": "instant"}
DEVICE = "meter"
TOPICS = ("wmbusmeters/+", "wmbusmeters/+/+")

#: Fields of a telegram named as registers of no known unit.
_MOST_ODD = 3
#: What tells how old a value is, and the seconds of its unit.
_AGES = (
    ("actuality_duration_s", 1),
    ("actuality_duration_min", 60),
    ("actuality_duration_h", 3600),
)


def decode(payload: bytes, ctx: Context) -> Decoded:
    """One telegram, or one a line. Raises DecodeError where the payload as a whole is none."""
    out = Decoded(rows=0)
    columns = Columns()
    lines: list[int] = []
    for line, said in _telegrams(payload, ctx):
        out.rows += 1
        lines += [line] if line is not None else []
        if isinstance(said, dict):
            _telegram(said, line, ctx, out, columns)
        elif isinstance(said, DecodeError):
            out.rejects.append(Reject(out.rows, said.reason, line=line, detail=said.detail))
        else:
            detail = {"connector": NAME, "error": kind_of(said)}
            out.rejects.append(Reject(out.rows, "not_this_format", line=line, detail=detail))
    out.lines = lines or None
    out.series = columns.series()
    return out


def _telegrams(payload: bytes, ctx: Context) -> Iterator[tuple[int | None, Any]]:
    """The telegrams of a payload: a document, one a line, or the list in a document."""
    for line, said in records(payload, ctx):
        listed = isinstance(said, list) and any(isinstance(each, dict) for each in said)
        if line is None and not listed and not isinstance(said, dict):
            raise not_this(NAME, f"an object is expected, found {kind_of(said)}")
        for each in said if line is None and listed else [said]:
            yield line, each


def sniff(head: bytes) -> float:
    """Sure of an object with ``"_":"telegram"``; nearly, of older ones with media, meter and id."""
    first = head.lstrip(b" \t\r\n[")
    if not first.startswith(b"{"):
        return 0.0
    object_ = b"".join(first.partition(b"}")[0].split())  # a telegram holds no other object
    if b'"_":"telegram"' in object_:
        return 0.98
    driven = b'"meter":"' in object_ or b'"driver":"' in object_
    return 0.8 if driven and b'"media":"' in object_ and b'"id":"' in object_ else 0.0


def _telegram(
    said: dict[str, Any], line: int | None, ctx: Context, out: Decoded, columns: Columns
) -> None:
    """Adds the readings of one telegram to the columns, or its rejects, or one gap or ignored."""
    row = out.rows
    driver = said.get("meter", said.get("driver"))
    media = medium_of(str(said.get("media"))[:40], str(driver)[:40])
    # A telegram of thousands of fields is nonsense: it shall not fill the cache of shapes.
    find = shape_of if len(said) <= 200 else shape_of.__wrapped__
    fields, odd = find(media, tuple(name for name, value in said.items() if _told(value)))
    if not fields and not odd:
        fields = find(media, tuple(said)).fields  # what it would tell
    if not any(said[field.name] for field in fields if field.register != TOTAL):
        fields = tuple(field for field in fields if field.register == TOTAL)  # tariffs not in use
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
    for column, commodity, flow, unit, kind, register in fields:
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
        key = channel(device, commodity, flow, unit.quantity, register, kind)
        columns.add(key, ts, value, row, quality)
    if not told:
        out.gaps.append(Gap(row, start=ts, column=fields[0].name))


def _told(raw: object) -> bool:
    return raw is not None and raw != ""


def _value(raw: object, unit: Unit, kind: Kind) -> int | None:
    """None where the meter says nothing, or that heat flows the other way (it cools)."""
    if not _told(raw):
        return None
    if kind == "register":
        return to_amount(raw, unit)
    value = to_integer(raw, unit)
    return value if value >= 0 else None


def _time(said: dict[str, Any], ctx: Context) -> tuple[int, int]:
    """The moment of the values and the quality of the reading."""
    status = f"{said.get('status')} {said.get('current_status')}"
    quality = Quality.METER_FAULT if "ERROR" in status else Quality.GOOD
    if "timestamp" in said:
        ts = utc_seconds(said["timestamp"])
    elif ctx.topic:
        ts, quality = ctx.received_at, quality or Quality.ARRIVAL_TIME
    else:
        raise BadValueError("missing_time", None)
    for name, seconds in _AGES:
        age = said.get(name, 0)
        if isinstance(age, int | float) and 0 <= age * seconds <= 86_400:
            ts -= int(age * seconds)
    return ts, int(quality)
