"""What the codes of an ESPI reading type mean: commodity, unit, flow, part of what, quality."""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree.ElementTree import Element

from connectors._espi import Meter, number
from connectors._units import JOULE, WATT, WH, BadValueError, Unit
from hub.model import Flow, Quality

#: UnitSymbolKind -> unit. BTU and therm are those of the US natural gas industry.
_UOM: Mapping[int, Unit] = {
    31: JOULE,
    38: WATT,
    **dict.fromkeys((42, 166, 167), Unit("volume", 10**6)),  # m3, also compensated
    72: WH,
    **dict.fromkeys((119, 120), Unit("volume", 28_316_846_592, 10**6)),  # cubic feet
    128: Unit("volume", 3_785_411_784, 10**6),  # US gallons
    130: Unit("volume", 454_609, 100),  # imperial gallons
    132: Unit("energy", 1_054_804 * 5, 1000 * 18),  # BTU at 59 degrees F
    **dict.fromkeys((134, 156, 157), Unit("volume", 10**3)),  # litres
    169: Unit("energy", 105_480_400 * 5, 18),  # therm: 100 000 of these BTU
}
_WATT = 38
#: What is no amount of a commodity: A, degC, V, Hz, VA, VAr, cos phi, V2, A2, VAh, VArh.
_NO_AMOUNT = frozenset({5, 23, 29, 33, 61, 63, 65, 67, 69, 71, 73})
#: accumulationBehaviour of an amount of its interval, and dataQualifier of one that is no extreme.
_OF_ITS_INTERVAL, _NORMAL, _AVERAGE = (None, 0, 4), (None, 0, 12), 2
FORWARD, REVERSE, NET = 1, 19, (None, 0, 4)
_COMMODITIES = {1: "electricity", 2: "electricity", 7: "gas", 9: "water", 10: "heat", 12: "heat"}
_SERVICES = {0: "electricity", 1: "gas", 2: "water", 4: "heat"}
#: PhaseCode of one phase alone.
_PHASES = frozenset({32, 33, 64, 65, 128, 129, 256, 257, 512, 513})
_QUALITIES = {
    **dict.fromkeys((7, 18), Quality.CORRECTED_BY_SOURCE),  # edited; failed a check, yet actual
    **dict.fromkeys((8, 9, 11, 12, 13), Quality.ESTIMATED_BY_SOURCE),
    10: Quality.METER_FAULT,  # failed a check
}


def commodity(meter: Meter) -> str:
    """What is measured; '' where neither the reading type nor the usage point tells."""
    told = _COMMODITIES.get(meter.codes.get("commodity") or 0)
    return told or ("" if meter.service is None else _SERVICES.get(meter.service, ""))


def is_amount(meter: Meter) -> bool:
    """Whether its readings are amounts of their intervals, as far as is told."""
    qualifier, uom = meter.codes.get("dataQualifier"), meter.codes.get("uom")
    if uom == _WATT:
        return qualifier == _AVERAGE
    direction = meter.codes.get("flowDirection")
    return (
        uom not in _NO_AMOUNT
        and meter.codes.get("accumulationBehaviour") in _OF_ITS_INTERVAL
        and qualifier in _NORMAL
        and (direction in NET or direction in (FORWARD, REVERSE))
    )


def unit(meter: Meter, seconds: int) -> Unit:
    """The unit of amounts over ``seconds``. Raises BadValueError (bad_unit)."""
    code, power = meter.codes.get("uom"), meter.codes.get("powerOfTenMultiplier") or 0
    found = _UOM.get(-1 if code is None else code)
    if found is None or abs(power) > 12:
        raise BadValueError("bad_unit", code, "uom")
    times, over = found.times * 10 ** max(power, 0), found.over * 10 ** max(-power, 0)
    if found.quantity == "power":
        return Unit("energy", times * seconds, over * 3600)
    return Unit(found.quantity, times, over)


def flow(meter: Meter, text: str) -> tuple[Flow, str]:
    """The flow of a value and its size: net electricity below 0 is fed in."""
    direction = meter.codes.get("flowDirection")
    if direction == REVERSE:
        return "injection", text
    if direction in NET and commodity(meter) == "electricity" and text.startswith("-"):
        return "injection", text[1:]
    return "consumption", text


def part(meter: Meter) -> str:
    """Which part of the whole it is: a tariff period, a tier, a phase; '' if it is the whole."""
    names = ("tou", "consumptionTier")
    parts = [f"{name}{code}" for name in names if (code := meter.codes.get(name))]
    phase = meter.codes.get("phase")
    return "/".join([*parts, *([f"phase{phase}"] if phase in _PHASES else [])])


def quality(reading: Element, meter: Meter) -> Quality:
    """The first thing that is said against a reading, else against all of its type."""
    codes = [number((told.text or "").strip()) for told in reading.iter("quality")]
    for code in codes or [meter.codes.get("defaultQuality")]:
        if code in _QUALITIES:
            return _QUALITIES[code]
    return Quality.GOOD
