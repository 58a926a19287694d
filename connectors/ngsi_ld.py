"""NGSI-LD entities of the smart data models that tell of meters: AC, device, water (JSON).

Source: a FIWARE context broker: ACMeasurement, DeviceMeasurement, WaterConsumptionObserved; an
    entity, a list of them or a notification, normalized, concise, keyValues or GeoJSON; by HTTP, as
    a file, or on MQTT topics that ``hub.toml`` names.
Device: ``refDevice``, the first where there are several; else the entity's ``id``.
Units: ``unitCode`` of the attribute, ``unit`` of a DeviceMeasurement (UN/CEFACT: KWH, MTQ, ..., or
    plain: kWh, m3); of an ACMeasurement without them kWh and W, as its model says. Of water it
    must be told: the model says m3 and its examples litres.
Label: registers and powers of an instant: ``observedAt`` of the attribute, else ``dateObserved``,
    else ``dateObservedTo``; of an interval (a/b) its end.
Zone: UTC, unless the stamp has an offset.
Cadence: any.
Traps: of an ACMeasurement (or ThreePhaseAcMeasurement) the totals are read, else the sum of the
    phases; reactive and apparent energy are not. Power below 0 is fed into the network. A
    DeviceMeasurement is one number: ``controlledProperty`` tells of what (of several in a list the
    first that is a meter's), and it is the meter's register, or a power where its unit is one; of
    other properties (humidity) it is ignored. A bad ``dateObserved`` harms only what has no
    ``observedAt``. ``outlier`` marks the reading. Without any time a message is of its arrival and
    a file is refused (missing_time).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from connectors._answers import load
from connectors._columns import Columns
from connectors._json import not_this
from connectors._message import channel
from connectors._ngsi import attributes, entities, is_entity, kind
from connectors._ngsi_models import Said, Told, device, moment, told_by
from connectors._units import BadValueError, to_amount, to_integer
from hub.model import (
    TOTAL,
    ChannelKey,
    Context,
    Decoded,
    Flow,
    Gap,
    Reject,
)

NAME = "ngsi_ld"
LABELS = {"register": "instant"}
DEVICE = "meter"
TOPICS: tuple[str, ...] = ()

_OURS = re.compile(
    rb'"@?type"\s*:\s*\[?\s*"(?:[^"]*[/#])?'
    rb'(?:ACMeasurement|ThreePhaseAcMeasurement|DeviceMeasurement|WaterConsumptionObserved)"'
)


def decode(payload: bytes, ctx: Context) -> Decoded:
    """Every entity, a row each. Raises DecodeError: not JSON, no entities."""
    found = entities(load(payload, ctx))
    if found is None:
        raise not_this(NAME, "an entity has a type")
    out = Decoded(rows=len(found))
    columns = Columns()
    for row, entity in enumerate(found, start=1):
        if not is_entity(entity):
            detail = {"connector": NAME, "error": "type ?"}
            out.rejects.append(Reject(row, "not_this_format", column="type", detail=detail))
            continue
        said = attributes(entity)
        told = list(told_by(kind(entity), said))
        taken = [_take(each, row, said, ctx, columns, out) for each in told]
        if not any(taken):  # a null is told only where nothing else is
            out.gaps += [Gap(row, column=told[0].column)] if told else []
            out.ignored += not told
    out.series = columns.series()
    return out


def sniff(head: bytes) -> float:
    """Sure of JSON that names one of the types."""
    return 1.0 if re.match(rb"\s*[\[{]", head) and _OURS.search(head) else 0.0


def _take(told: Told, row: int, said: Said, ctx: Context, columns: Columns, out: Decoded) -> bool:
    """Add what is told to the columns, or its reject; False where it says nothing."""
    if told.value is None or told.value == "":
        return False
    try:
        of = device(said)
        ts, quality = moment(told.at, said, ctx)
        for key, value in _values(told, of):
            columns.add(key, ts, value, row, quality)
    except BadValueError as error:
        column = error.column or told.column
        out.rejects.append(Reject(row, error.reason, column=column, value=error.value))
    return True


def _values(told: Told, of: str) -> Iterator[tuple[ChannelKey, int]]:
    """A register, or a power: of electricity in both flows, one of them 0."""
    unit, commodity = told.unit, told.commodity
    if unit.quantity != "power":
        value = to_amount(told.value, unit)
        yield channel(of, commodity, told.flow, unit.quantity, TOTAL, "register"), value
        return
    watts = to_integer(told.value, unit)
    both: tuple[Flow, ...] = ("consumption", "injection")
    for flow in both if commodity == "electricity" else (told.flow,):
        size = max(-watts if flow == "injection" else watts, 0)
        yield channel(of, commodity, flow, "power", TOTAL, "power"), size
