"""Meters and pulse counters heard by LoRaWAN, through ChirpStack, The Things Stack or LORIOT.

Source: uplinks in JSON: ChirpStack 4 (deviceInfo, object, data) and 3, The Things Stack (Community
    and Industries; also its storage's lines), LORIOT; files of one, of a list or of one a line. The
    codec's fields are read where the server has one; else the bytes of Milesight EM300-DI and
    EM300-DI Hall (port 85) and Axioma Qalcosonic W1 (port 100).
Device: the DevEUI in upper case; where the event tells none, the one in its topic. An example
    beside a codec (input, output) tells none and needs a usage point.
Units: as the field's name or its "unit" says: volumes in m3 or l, energies. What a pulse is worth,
    and the unit of Milesight's "water", no uplink tells: the registry does (table ``device``,
    column ``pulse``), and what is metered is what the device's usage point delivers. Or the owner
    does, by a tag ``unit`` of the device in ChirpStack ("10 l", "0.01 m3", "1 Wh": one count is
    that much), or a field ``unit`` that the codec adds: any register whose field names no unit is
    in it (pulse, index, total, energy), and refused where its name tells another quantity
    (bad_unit). Without either it is a count, which is refused (no_pulse). mWh is no MWh. A tag or
    field ``commodity`` (water, gas, electricity, heat) where an amount with a unit is not of water,
    or for kWh electricity.
Label: a register of an instant: the fields' own timestamp, else the server's reception.
Zone: UTC.
Cadence: minutes to a day.
Traps: entries of the history keep their own times, late and out of order (F13); the hours of a W1
    (delta_n) end at its timestamp and become the register of each hour. One uplink heard by many
    gateways is one. Joins, acknowledgements, downlinks, status and simulated uplinks are ignored,
    as are sensors that count nothing. Bytes that nobody can decode are refused (no_codec).
"""

from __future__ import annotations

import re
from typing import Any

from connectors._columns import Columns
from connectors._json import is_json, kind_of, not_this, records
from connectors._lorawan import Uplink, is_event, unwrapped, uplink
from connectors._lorawan_codecs import REST, fields_of
from connectors._lorawan_fields import Field, commodity_of, fields
from connectors._message import channel
from connectors._units import BadValueError, identifier, to_amount
from hub.model import (
    TOTAL,
    Context,
    Decoded,
    DecodeError,
    Gap,
    Note,
    Reject,
)

NAME = "lorawan"
LABELS, DEVICE = {"register": "instant"}, "meter"
TOPICS = ("application/+/device/+/event/up", "v3/+/devices/+/up", "loriot/+")

_SURE = re.compile(
    rb'"(?:end_device_ids|devEui|devEUI)"\s*:|"EUI"\s*:\s*"(?:[0-9A-Fa-f]{2}[-:]?){8}"'
)
_EXAMPLE = (b'"input"', b'"fPort"', b'"output"')
_NO_UNIT = Note(
    "no_unit",
    "ce que vaut une impulsion n'est pas dit ici : la colonne pulse du registre (table device) le"
    " dit, ou l'étiquette unit de l'appareil, par exemple « 10 l »",
    "what a pulse is worth is not told here: the registry tells it (table device, column pulse), or"
    " the device's tag unit, such as '10 l'",
    unread=True,
)


def decode(payload: bytes, ctx: Context) -> Decoded:
    """One uplink, a list, or one a line. Raises DecodeError where the payload is none at all."""
    out = Decoded(rows=0)
    columns = Columns()
    lines: list[int] = []
    for line, document in records(payload, ctx):
        for each in document if isinstance(document, list) else [document]:
            said = unwrapped(each)
            if line is None and said is document and not is_event(said):
                raise not_this(NAME, f"no event of a device, but {kind_of(said)}")
            out.rows += 1
            lines += [line] if line is not None else []
            if isinstance(said, DecodeError):
                out.rejects.append(Reject(out.rows, said.reason, line=line, detail=said.detail))
            elif is_event(said):
                _event(said, line, ctx, out, columns)
            else:
                detail = {"connector": NAME, "error": kind_of(said)}
                out.rejects.append(Reject(out.rows, "not_this_format", line=line, detail=detail))
    if not out.rows:
        raise not_this(NAME, "an empty list")
    out.lines = lines or None
    out.series = columns.series()
    return out


def sniff(head: bytes) -> float:
    """Sure by the names that the servers give the device and its id."""
    if not is_json(head):
        return 0.0
    return 1.0 if _SURE.search(head) or all(name in head for name in _EXAMPLE) else 0.0


def _event(
    said: dict[str, Any], line: int | None, ctx: Context, out: Decoded, columns: Columns
) -> None:
    """Adds the readings of an event, its rejects, its gap, or that it is ignored."""
    try:
        heard = uplink(said, ctx)
        if heard is None:
            out.ignored += 1
            return
        if not heard.device and not ctx.topic:
            raise DecodeError("missing_usage_point")
        found = _readings(heard)
        device = identifier(heard.device, "devEui") if found else ""
    except BadValueError as error:
        _refuse(out, line, error)
        return
    out.ignored += not found
    for each in found:
        if isinstance(each, BadValueError):
            _refuse(out, line, each)
        elif each.value is None or each.value == "":
            out.gaps.append(Gap(out.rows, start=each.ts, column=each.column))
        else:
            _take(each, heard, device, line, out, columns)


def _readings(heard: Uplink) -> list[Field | BadValueError]:
    """What the server's codec made of it, else what the bytes say. Raises BadValueError."""
    found = list(fields(heard.decoded, heard.tags, heard.ts))
    if found or not heard.raw:
        return found
    said = fields_of(heard.port, heard.raw)
    if said is None:
        if heard.decoded:  # a sensor that counts nothing
            return []
        raise BadValueError("no_codec", heard.raw.hex(), "data")
    found = list(fields(said, heard.tags, heard.ts))
    return [*found, BadValueError("no_codec", said[REST], "data")] if REST in said else found


def _take(
    field: Field, heard: Uplink, device: str, line: int | None, out: Decoded, columns: Columns
) -> None:
    quality = heard.quality if field.quality is None else field.quality
    try:
        value = to_amount(field.value, field.unit)
        commodity = commodity_of(heard.decoded, heard.tags, field.unit)
    except BadValueError as error:
        error.column = error.column or field.column
        _refuse(out, line, error)
        return
    if field.unit.quantity == "units" and _NO_UNIT not in out.notes:
        out.notes.append(_NO_UNIT)
    key = channel(device, commodity, "consumption", field.unit.quantity, TOTAL, "register")
    columns.add(key, field.ts, value, out.rows, int(quality))


def _refuse(out: Decoded, line: int | None, error: BadValueError) -> None:
    column = error.column or None
    out.rejects.append(Reject(out.rows, error.reason, column, error.value, line))
