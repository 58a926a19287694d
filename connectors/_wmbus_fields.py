"""Which fields of a wmbusmeters telegram are readings of now: by name and unit suffix."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from connectors._units import UNITS, Unit
from hub.model import TOTAL, Flow, Kind

#: Suffix -> unit, as wmbusmeters writes them.
_SUFFIXES = {name.lower(): UNITS[name] for name in ("m3", "l", "kWh", "MWh", "MJ", "GJ", "kW", "W")}
_SUFFIXES["hca"] = UNITS["count"]
_TOTALS = ("total", "total_volume", "total_consumption")
_ENERGIES = (
    *("total_energy_consumption", "total_heat_energy", "total_heating_energy", "total_heating"),
    *("total_energy", "total_consumption", "total", "heat_energy", "heat"),
)
_POWERS = ("current_power_consumption", "active_consumption", "active_power_overall", "power")
_HCA = (
    *("total_consumption", "total", "current_consumption", "current", "current_hca"),
    "consumption",
)
#: Parts of an electricity meter's total; some telegrams hold them and no total.
_TARIFF = re.compile(r"total(?:_energy)?(?:_(consumption|production))?_tariff_?([1-9]|10)")
#: Commodity and quantity -> names of its field before the suffix, best first; and its flow.
_NAMES: Mapping[tuple[str, str], tuple[tuple[Flow, tuple[str, ...]], ...]] = {
    ("water", "volume"): (("consumption", _TOTALS),),
    ("gas", "volume"): (("consumption", _TOTALS),),
    ("heat", "energy"): (("consumption", _ENERGIES),),
    ("heat", "units"): (("consumption", _HCA),),
    ("heat", "power"): (("consumption", _POWERS),),
    ("electricity", "energy"): (
        ("consumption", (*_ENERGIES, "positive_total_active_energy")),
        ("injection", ("total_energy_production", "negative_total_active_energy")),
    ),
    ("electricity", "power"): (
        ("consumption", (*_POWERS, "three_phase_total_active_power")),
        ("injection", ("current_power_production",)),
    ),
}


#: Last parts of a name that are no unit of an amount.
_NO_UNIT = frozenset({
    "a", "c", "counter", "d", "date", "datetime", "factor", "flags", "h", "hz", "lh", "m3h", "min",
    "nr", "pct", "s", "status", "time", "txt", "v", "y",
})  # fmt: skip


#: Media of telegrams that say nothing of what is counted, and drivers of one medium by their names.
_RADIOS = ("radio converter", "other", "unknown", "bus/system component")
_DRIVERS = {
    "heat": re.compile("heat|hca"),
    "water": re.compile("water|merlin"),
    "gas": re.compile("gas"),
}


class Field(NamedTuple):
    """A field of a telegram and what it tells."""

    name: str
    commodity: str
    flow: Flow
    unit: Unit
    kind: Kind
    register: str = TOTAL


class Shape(NamedTuple):
    """What to read of a telegram: ``fields``; ``odd``: where none of them is a register, fields
    that are named like one and end in a unit of which nothing is known, with that unit."""

    fields: tuple[Field, ...]
    odd: tuple[tuple[str, str], ...]


@lru_cache(maxsize=2048)
def shape_of(media: str, names: tuple[str, ...]) -> Shape:
    """What telegrams of this medium and these names tell: the best name for each thing."""
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
    whole = {flow for flow, quantity in best if quantity == "energy"}
    parts = _tariffs(names, whole) if commodity == "electricity" else ()
    fields = (*(field for _, field in best.values()), *parts)
    if any(field.kind == "register" for field in fields):
        return Shape(fields, ())
    return Shape(fields, tuple(_odd(commodity, names)))


def _tariffs(names: tuple[str, ...], whole: set[Flow]) -> Iterator[Field]:
    """The parts of a total that the telegram does not tell: F1, F2, ... Beside a total they are
    left out: there are meters that leave them at 0."""
    for name in names:
        stem, _, suffix = name.rpartition("_")
        unit, part = _SUFFIXES.get(suffix), _TARIFF.fullmatch(stem)
        if part is None or unit is None or unit.quantity != "energy":
            continue
        flow: Flow = "injection" if part[1] == "production" else "consumption"
        if flow not in whole:
            yield Field(name, "electricity", flow, unit, "register", f"F{part[2]}")


def _odd(commodity: str, names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Registers by name, in a unit that is none here; a heat meter's water is known."""
    known = {
        stem
        for (of, quantity), flows in _NAMES.items()
        if of == commodity and quantity != "power"
        for _, stems in flows
        for stem in stems
    }
    for name in names:
        stem, _, suffix = name.rpartition("_")
        is_known = suffix in _SUFFIXES and (commodity == "heat" or suffix in ("kw", "w"))
        if stem in known and suffix not in _NO_UNIT and not is_known:
            yield name, suffix


def medium_of(media: str, driver: str) -> str:
    """The medium, where a radio on the meter names itself instead: what its driver reads."""
    if not media.lower().startswith(_RADIOS):
        return media
    return next((medium for medium, names in _DRIVERS.items() if names.search(driver)), media)


def _commodity(media: str) -> str:
    """The commodity of a wM-Bus medium; '' for what is none (room sensors, cooling, oil)."""
    media = media.lower()
    if media in ("water", "cold water", "warm water", "hot water", "hot/cold water"):
        return "water"
    if media.startswith("heat"):
        return "heat"
    return media if media in ("gas", "electricity") else ""
