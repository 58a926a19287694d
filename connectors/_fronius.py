"""A meter of the Fronius Solar API: its fields by the names that firmwares give them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.model import Flow

#: Best name first: of the Datamanager and of later GEN24 firmware, then of early GEN24 firmware.
LOCATION = ("Meter_Location_Current", "SMARTMETER_VALUE_LOCATION_U16")
POWER = ("PowerReal_P_Sum", "SMARTMETER_POWERACTIVE_MEAN_SUM_F64")
REGISTERS: tuple[tuple[Flow, tuple[str, ...]], ...] = (
    (
        "consumption",
        (
            "EnergyReal_WAC_Sum_Consumed",
            "EnergyReal_WAC_Plus_Absolute",
            "SMARTMETER_ENERGYACTIVE_CONSUMED_SUM_F64",
        ),
    ),
    (
        "injection",
        (
            "EnergyReal_WAC_Sum_Produced",
            "EnergyReal_WAC_Minus_Absolute",
            "SMARTMETER_ENERGYACTIVE_PRODUCED_SUM_F64",
        ),
    ),
)


def told(data: Mapping[str, Any], names: tuple[str, ...]) -> str:
    """The first of these fields that is there and not null; ''."""
    return next((name for name in names if data.get(name) is not None), "")


def at_connection(meter: object) -> bool:
    """Whether this is a meter, and one at the connection to the network."""
    return isinstance(meter, dict) and (at := told(meter, LOCATION)) != "" and meter[at] == 0


def serial(meter: Mapping[str, Any]) -> str:
    """The meter's own number; '' where it is not told: a meter of pulses has none ("n.a.")."""
    details = meter.get("Details")
    told = str((details.get("Serial") if isinstance(details, dict) else "") or "").strip()
    return told if any(character.isdigit() for character in told) else ""
