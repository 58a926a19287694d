"""Any device, any gateway: SenML (RFC 8428) in JSON or XML, the hub's own way in.

Source: a pack (JSON array of records) on ``hub/v1/<gateway>/readings`` or by HTTP; a file with one
    pack, or one pack a line; the same in XML (``sensml``), one or several packs a document. Base
    fields bn, bt, bu, bv, bs and sums are understood.
Device: what precedes the last three parts of the name: ``bn`` is ``<device id>/`` and ``n`` is
    ``<commodity>/<flow>/<register>``, such as ``water/consumption/TOTAL``.
Units: Wh kWh MWh J kJ MJ GJ, m3 l, g kg, count for registers and amounts; W kW VA kVA for power. A
    count is worth what the registry says (table ``device``, column ``pulse``).
Label: a register or power of the instant t; with a duration appended to the name
    (``electricity/consumption/TOTAL/PT30M``) the amount over [t, t + duration): t is its START.
    W with a duration is the mean power of that interval: its energy. s with u = W is energy in J.
Zone: t is seconds since 1970 UTC; below 2^28 it is relative to the arrival. PnD, PnW, PnM, PnY are
    local days, weeks, months, years: P1D has 23 to 25 hours.
Cadence: any.
Traps: an amount without an absolute time is refused: redelivered, it would count twice. Each
    invalid record is a reject, the others are kept. A record of base fields alone is ignored.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple, cast

from connectors import _xml
from connectors._json import limit_of, records
from connectors._message import channel
from connectors._senml import Record, resolve
from connectors._senml_xml import packs
from connectors._time import duration_seconds, is_duration
from connectors._units import JOULE, UNITS, BadValueError, Unit, identifier, to_amount
from hub.model import ChannelKey, Context, Decoded, DecodeError, Flow, Kind, Quality, Reject, Series

NAME = "senml"
LABELS = {"interval": "length", "register": "instant"}
DEVICE = "meter"
TOPICS = ("hub/v1/+/readings",)

_NAME = re.compile(
    r"(?P<device>.+)/(?P<commodity>[a-z][a-z0-9_-]{0,31})/(?P<flow>consumption|injection|production)"
    r"/(?P<register>[A-Za-z0-9][A-Za-z0-9_]{0,15})"
)


_GOOD, _ARRIVAL = int(Quality.GOOD), int(Quality.ARRIVAL_TIME)

#: ts, value, seconds, row, quality.
_Reading = tuple[int, int, int, int, int]


class _Name(NamedTuple):
    device: str
    commodity: str
    flow: Flow
    register: str
    step: str


def decode(payload: bytes, ctx: Context) -> Decoded:
    """One pack, or one pack a line; a row is a record. Raises DecodeError for what is no pack."""
    out = Decoded(rows=0)
    found: dict[ChannelKey, list[_Reading]] = {}
    in_xml = _xml.begins(payload[:100])
    found_packs = packs(payload, limit_of(ctx), NAME) if in_xml else records(payload, ctx)
    for line, pack in found_packs:
        try:
            resolved = resolve(pack, ctx.received_at, NAME)
        except DecodeError as error:
            if line is None:
                raise
            out.rows += 1
            out.rejects.append(Reject(out.rows, error.reason, line=line, detail=error.detail))
            continue
        for record in resolved:
            out.rows += 1
            if record is None:
                out.ignored += 1
            elif isinstance(record, BadValueError):
                _refuse(out, line, record)
            else:
                _take(record, line, ctx, out, found)
    for key, readings in found.items():
        ts, value, seconds, row, quality = map(list, zip(*readings, strict=True))
        amounts = seconds if key.kind == "interval" else None
        flags = quality if any(quality) else None
        out.series.append(Series(key, ts, value, seconds=amounts, row=row, quality=flags))
    return out


def sniff(head: bytes) -> float:
    """Sure of an array of records whose names are ours; less so of any SenML."""
    ours = re.search(rb"/(?:consumption|injection|production)/[^\"']{0,100}[\"']", head)
    if _xml.begins(head) and b"urn:ietf:params:xml:ns:senml" in head:
        return 0.98 if ours else 0.6
    if not re.match(rb"\s*\[\s*\{", head):
        return 0.0
    base, name = re.search(rb'"bn"\s*:', head), re.search(rb'"n"\s*:', head)
    if not (base or name):
        return 0.0
    return 0.98 if ours else 0.6 if base and re.search(rb'"v[sbd]?"\s*:', head) else 0.0


def _take(
    record: Record,
    line: int | None,
    ctx: Context,
    out: Decoded,
    found: dict[ChannelKey, list[_Reading]],
) -> None:
    try:
        readings = _readings(record, ctx.zone)
    except BadValueError as error:
        _refuse(out, line, error)
        return
    quality = _ARRIVAL if record.relative else _GOOD
    for key, value, seconds in readings:
        found.setdefault(key, []).append((record.ts, value, seconds, out.rows, quality))


def _readings(record: Record, zone: str) -> list[tuple[ChannelKey, int, int]]:
    """(channel, value, seconds) of the record's value and sum. Raises BadValueError."""
    name = _parse(record.name)
    unit = UNITS.get(record.unit)
    if unit is None:
        raise BadValueError("bad_unit", record.unit, "u")
    if name.step and record.relative:
        raise BadValueError("missing_time", None, "t")
    seconds = duration_seconds(name.step, record.ts, zone) if name.step else 0
    readings = []
    if record.value is not None:
        readings.append(_reading(name, unit, record.value, seconds))
    if record.total is not None and unit.quantity == "power" and not seconds:
        energy = Unit("energy", JOULE.times * unit.times, JOULE.over * 1000)
        readings.append(_reading(name, energy, record.total, 0))
    if not readings:  # a sum of anything but power means nothing here
        raise BadValueError("bad_unit", record.unit, "s")
    return readings


def _reading(name: _Name, unit: Unit, raw: object, seconds: int) -> tuple[ChannelKey, int, int]:
    """Channel, value and seconds of one value. Raises BadValueError."""
    if seconds and unit.quantity == "power":
        unit = Unit("energy", unit.times * seconds, unit.over * 3600)
    elif seconds and unit.quantity == "apparent_power":
        raise BadValueError("bad_unit", "VA", "u")
    kind: Kind = "interval" if seconds else "power" if "power" in unit.quantity else "register"
    value = to_amount(raw, unit)
    key = channel(name.device, name.commodity, name.flow, unit.quantity, name.register, kind)
    return key, value, seconds


@lru_cache(maxsize=65_536)
def _parse(text: str) -> _Name:
    """The parts of a resolved name. Raises BadValueError (bad_name)."""
    head, _, last = text.rpartition("/")
    step = last if is_duration(last) else ""
    match = _NAME.fullmatch(head if step else text)
    if match is None or len(text) > 200:
        raise BadValueError("bad_name", text, "n")
    device, register = identifier(match["device"], "n"), match["register"].upper()
    return _Name(device, match["commodity"], cast(Flow, match["flow"]), register, step)


def _refuse(out: Decoded, line: int | None, error: BadValueError) -> None:
    column = error.column or "v"
    out.rejects.append(Reject(out.rows, error.reason, column=column, value=error.value, line=line))
