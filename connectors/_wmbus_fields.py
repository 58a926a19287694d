"""Which fields of a wmbusmeters telegram are readings of now: by name and unit suffix."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from connectors._units import UNITS, Unit
from hub.model import Flow, Kind

#: Suffix -> unit, as wmbusmeters writes them.
_SUFFIXES = {name.lower(): UNITS[name] for name in ("m3", "l", "kWh", "MJ", "GJ", "kW", "W")}
_SUFFIXES["hca"] = UNITS["count"]
_TOTALS = ("total", "total_volume", "total_consumption")
_ENERGIES = (
    *("total_energy_consumption", "total_heat_energy", "total_heating_energy", "total_heating"),
    *("total_energy", "total_consumption", "total"),
)
_POWERS = ("current_power_consumption", "active_consumption", "active_power_overall", "power")
_HCA = ("total_consumption", "total", "current_consumption", "current", "consumption")
#: Commodity and quantity -> names of its field before the suffix, best first; and its flow.
_NAMES: Mapping[tuple[str, str], tuple[tuple[Flow, tuple[str, ...]], ...]] = {
    ("water", "volume"): (("consumption", _TOTALS),),
    ("gas", "volume"): (("consumption", _TOTALS),),
    ("heat", "energy"): (("consumption", _ENERGIES),),
    ("heat", "units"): (("consumption", _HCA),),
    ("heat", "power"): (("consumption", _POWERS),),
    ("electricity", "energy"): (
        ("consumption", _ENERGIES),
        ("injection", ("total_energy_production",)),
    ),
    ("electricity", "power"): (
        ("consumption", _POWERS),
        ("injection", ("current_power_production",)),
    ),
}


class Field(NamedTuple):
    """A field of a telegram and what it tells."""

    name: str
    commodity: str
    flow: Flow
    unit: Unit
    kind: Kind


@lru_cache(maxsize=2048)
def fields_of(media: str, names: tuple[str, ...]) -> tuple[Field, ...]:
    """The fields to read of telegrams of this medium and shape: the best name for each thing."""
    commodity = _commodity(media)
    best: dict[tuple[Flow, str], tuple[int, Field]] = {}
    for name in names:
        stem, _, suffix = name.rpartition("_")
        unit = _SUFFIXES.get(suffix)
        if unit is None:
            continue
        for flow, known in _NAMES.get((commodity, unit.quantity), ()):
            if stem in known:
                kind: Kind = "power" if unit.quantity == "power" else "register"
                found = (known.index(stem), Field(name, commodity, flow, unit, kind))
                slot = (flow, unit.quantity)
                best[slot] = min(best.get(slot, found), found, key=lambda f: f[0])
    return tuple(field for _, field in best.values())


def _commodity(media: str) -> str:
    """The commodity of a wM-Bus medium; '' for what is none (room sensors, cooling, oil)."""
    media = media.lower()
    if media in ("water", "cold water", "warm water", "hot water"):
        return "water"
    if media.startswith("heat"):
        return "heat"
    return media if media in ("gas", "electricity") else ""
