"""The smart data models that tell of meters: what of their attributes is a reading."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from connectors._ngsi import Attribute
from connectors._time import utc_seconds
from connectors._units import (
    KWH,
    UNITS,
    WATT,
    BadValueError,
    Unit,
    exact,
    identifier,
)
from hub.model import Context, Flow, Quality

#: Common codes of UN/CEFACT -> unit.
_CODES: Mapping[str, str] = {
    "WHR": "Wh",
    "KWH": "kWh",
    "MWH": "MWh",
    "JOU": "J",
    "KJO": "kJ",
    "3B": "MJ",
    "GV": "GJ",
    "MTQ": "m3",
    "LTR": "l",
    "WTT": "W",
    "KWT": "kW",
    "m³": "m3",
}
_UNITS: Mapping[str, Unit] = {
    name: unit
    for name, unit in {**UNITS, **{code: UNITS[name] for code, name in _CODES.items()}}.items()
    if unit.quantity in ("energy", "volume", "power")
}
#: Total, its phases, flow and unit where none is told.
_AC: tuple[tuple[str, str, Flow, Unit], ...] = (
    ("totalActiveEnergyImport", "activeEnergyImport", "consumption", KWH),
    ("totalActiveEnergyExport", "activeEnergyExport", "injection", KWH),
    ("totalActivePower", "activePower", "consumption", WATT),
)
#: controlledProperty in lower case -> commodity and flow; the misspelling is the model's own.
_CONTROLLED: Mapping[str, tuple[str, Flow]] = {
    **dict.fromkeys(
        ("electricityconsumption", "energyconsumption", "energy", "activeenergyimport"),
        ("electricity", "consumption"),
    ),
    **dict.fromkeys(("power", "activepower"), ("electricity", "consumption")),
    "activeenergyexport": ("electricity", "injection"),
    **dict.fromkeys(("gasconsumption", "gascomsumption"), ("gas", "consumption")),
    "waterconsumption": ("water", "consumption"),
    "heatconsumption": ("heat", "consumption"),
    "solarproduction": ("solar", "production"),
}

#: Where an entity says when it was observed: at an instant, or at the end of an interval.
_MOMENTS = ("dateObserved", "dateObservedTo", "TimeInstant")

Said = Mapping[str, Attribute]


class Told(NamedTuple):
    """Something that an entity tells. ``known``: its unit, None where ``named`` is none."""

    column: str
    commodity: str
    flow: Flow
    value: Any
    at: Any
    known: Unit | None
    named: Any

    @property
    def unit(self) -> Unit:
        """Its unit. Raises BadValueError (bad_unit)."""
        if self.known is None:
            raise BadValueError("bad_unit", self.named, "unit")
        return self.known


def told_by(kind: str, said: Said) -> Iterator[Told]:
    """What an entity of this type tells; nothing where it is of no meter."""
    if kind in ("ACMeasurement", "ThreePhaseAcMeasurement"):
        yield from _ac(said)
    elif kind == "WaterConsumptionObserved" and "waterConsumption" in said:
        value, at, named = said["waterConsumption"]
        unit = _UNITS.get(str(named))
        fits = unit is not None and unit.quantity == "volume"
        known = unit if fits else None
        yield Told("waterConsumption", "water", "consumption", value, at, known, named)
    elif kind == "DeviceMeasurement" and "numValue" in said:
        raw = said.get("controlledProperty", Attribute()).value
        names = (str(each).lower() for each in (raw if isinstance(raw, list) else [raw]))
        controlled = next((name for name in names if name in _CONTROLLED), None)
        if controlled is not None:
            commodity, flow = _CONTROLLED[controlled]
            value, at, code = said["numValue"]
            named = code if code is not None else said.get("unit", Attribute()).value
            unit = _UNITS.get(str(named))
            yield Told("numValue", commodity, flow, value, at, unit, named)


def _ac(said: Said) -> Iterator[Told]:
    for total, phases, flow, usual in _AC:
        column = total if said.get(total, Attribute()).value is not None else phases
        if column in said:
            value, at, named = said[column]
            unit = usual if named is None else _UNITS.get(str(named))
            fits = unit is not None and unit.quantity == usual.quantity
            yield Told(column, "electricity", flow, _sum(value), at, unit if fits else None, named)


def _sum(value: Any) -> Any:
    """Phases (L1, L2, L3 or L) added up; one that is no number, and anything else, as it is."""
    parts = value if isinstance(value, dict) else {}
    phases = [each for name, each in parts.items() if name[:1] == "L"]
    try:
        return sum(map(exact, phases)) if phases else value
    except BadValueError as error:
        return error.value


def device(said: Said) -> str:
    """Who measured: the device, else the entity itself. Raises BadValueError (bad_name)."""
    for name in ("refDevice", "id", "@id"):
        raw = said.get(name, Attribute()).value
        raw = raw[0] if isinstance(raw, list) and raw else raw
        if raw:
            return identifier(raw, name)
    raise BadValueError("bad_name", None, "id")


def moment(at: Any, said: Said, ctx: Context) -> tuple[int, int]:
    """When it was and its quality; of an interval the end, when its register stood there.

    Raises BadValueError: bad_time, missing_time.
    """
    doubted = said.get("outlier", Attribute()).value is True
    quality = Quality.METER_FAULT if doubted else Quality.GOOD
    observed = (said.get(name, Attribute()).value for name in _MOMENTS)
    for raw in (at, *observed):
        if raw is not None and raw != "":
            try:
                end = raw.rpartition("/")[2] if isinstance(raw, str) else raw
                return utc_seconds(end), int(quality)
            except BadValueError as error:
                raise BadValueError(error.reason, raw, "dateObserved") from None
    if not ctx.topic:
        raise BadValueError("missing_time", None, "dateObserved")
    return ctx.received_at, int(quality or Quality.ARRIVAL_TIME)
