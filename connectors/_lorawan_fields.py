"""Which fields of a decoded uplink are registers, of what, in which unit, and of which moment."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple, TypeGuard

from connectors._lorawan import seconds
from connectors._time import utc_seconds
from connectors._units import UNITS, BadValueError, Unit, exact
from hub.model import Quality

#: Names of cumulative registers before their unit, best first.
_STEMS = (
    *("current_volume", "total_volume", "accumulated_volume", "meter_volume", "volume", "water"),
    *("current_energy", "total_energy", "energy", "total_consumption", "meter_reading", "total"),
    *("index", "pulse", "pulse_count", "pulses", "total_pulses", "counter"),
)
#: Those that codecs write without a unit, before others: volumes in the unit that the owner chose,
#: and counts.
_BARE = frozenset({
    *("current_volume", "total_volume", "volume", "water"),
    *("pulse", "pulse_count", "pulses", "total_pulses", "counter"),
})  # fmt: skip
_UNITS: Mapping[str, Unit] = {
    **{name.lower(): UNITS[name] for name in ("m3", "l", "Wh", "kWh", "MWh", "MJ", "GJ", "count")},
    **dict.fromkeys(("litre", "litres", "liter", "liters"), UNITS["l"]),
    **dict.fromkeys(("m³", "m^3"), UNITS["m3"]),
}
#: Units in which no amount here is told; a thousandth of a Wh is told from 1000 kWh by its case.
_MILLI = "mWh"
_FOREIGN = frozenset({"gal", "gallon", "gallons", "ft3", "cf", "ccf", _MILLI})
#: Words in the names of what is not told in a unit of this quantity.
_OTHERS: Mapping[str, tuple[str, ...]] = {"energy": ("volume", "water"), "volume": ("energy",)}
_COMMODITIES = frozenset({"water", "gas", "electricity", "heat"})
_WORTH = re.compile(r"(?:(\d{1,9}(?:[.,]\d{1,9})?)\s*)?([A-Za-z³^]{1,6}3?)", re.ASCII)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])(?<!_[km])")
_TIMES = ("timestamp_unix", "timestamp", "current_timestamp")
_HOUR = 3600


class Field(NamedTuple):
    """A register at a moment; ``quality`` None where the moment is that of the reception.

    ``value`` None or '': the device says nothing.
    """

    ts: int
    quality: Quality | None
    column: str
    value: object
    unit: Unit


def fields(
    said: Mapping[str, Any], tags: Mapping[str, Any], ts: int
) -> Iterator[Field | BadValueError]:
    """The registers of an uplink that was heard at ``ts``: of now, and of its history."""
    try:
        worth = _worth(tags.get("unit", said.get("unit")))
    except BadValueError as error:
        yield error
        return
    history = said.get("history")
    entries = [(f"history[{i}].", e) for i, e in enumerate(history if _is_list(history) else [])]
    for column, entry in [("", said), *entries]:
        try:
            found = _register(entry, worth) if isinstance(entry, dict) else None
            if found:
                own = _own_moment(entry, is_past=bool(column))
                moment = ts if own is None else own
                quality = None if own is None else Quality.GOOD
                if said.get("permanent_error") is True:
                    quality = Quality.METER_FAULT
                yield Field(moment, quality, column + found[0], *found[1:])
                yield from _hours(entry, moment, quality)
        except BadValueError as error:
            error.column = column + error.column
            yield error


def commodity_of(said: Mapping[str, Any], tags: Mapping[str, Any], unit: Unit) -> str:
    """What is metered: what the owner says, else water, or electricity where it is an energy.

    '' of a bare count: the usage point tells. Raises BadValueError (bad_name).
    """
    told = tags.get("commodity", said.get("commodity"))
    if told is None:
        if unit.quantity == "units":
            return ""
        return "electricity" if unit.quantity == "energy" else "water"
    if not isinstance(told, str) or told not in _COMMODITIES:
        raise BadValueError("bad_name", told, "commodity")
    return told


def _register(said: Mapping[str, Any], worth: Unit | None) -> tuple[str, object, Unit] | None:
    """The best register of these fields: its name, value and unit. Raises BadValueError."""
    ranked = {name: _named(name[:60], is_told=_has_unit(raw)) for name, raw in said.items()}
    known = [(found, name) for name, found in ranked.items() if found is not None]
    strange = {name for (_, suffix), name in known if not suffix and _is_other(name, said, worth)}
    if not known:
        return None
    (_, suffix), name = min(known, key=lambda each: (each[1] in strange, each))
    if worth and name in strange:
        raise BadValueError("bad_unit", worth.quantity, name[:60])
    raw = said[name]
    if isinstance(raw, dict):
        suffix = _lower(str(raw["unit"])[:10]) if _has_unit(raw) else suffix
        raw = raw.get("value", raw.get("data"))
    if suffix and suffix not in _UNITS:
        raise BadValueError("bad_unit", suffix, name[:60])
    return name[:60], raw, _UNITS[suffix] if suffix else worth or UNITS["count"]


def _is_other(name: str, said: Mapping[str, Any], worth: Unit | None) -> bool:
    """Whether a field without a unit of its own is not what the owner's unit is of."""
    words = _OTHERS.get(worth.quantity, ()) if worth and not _has_unit(said[name]) else ()
    return any(word in name.lower() for word in words)


@lru_cache(maxsize=4096)
def _named(name: str, *, is_told: bool) -> tuple[int, str] | None:
    """The rank of a register's name and the unit that it tells; None if it is no register's.

    is_told: the unit stands beside the value.
    """
    plain = re.sub("_+", "_", _HUMP.sub("_", name))
    stem, _, suffix = plain.rpartition("_")
    stem, suffix, plain = stem.lower(), _lower(suffix), plain.lower()
    if stem in _STEMS and (suffix in _UNITS or suffix in _FOREIGN):
        return _STEMS.index(stem) + len(_STEMS) * (suffix in _FOREIGN), suffix
    if plain in _STEMS:
        return _STEMS.index(plain) + len(_STEMS) * (2 if is_told or plain in _BARE else 3), ""
    return None


def _lower(unit: str) -> str:
    return unit if unit == _MILLI else unit.lower()


def _has_unit(raw: object) -> bool:
    """Whether it is {"value": 1.5, "unit": "m3"}."""
    return isinstance(raw, dict) and bool(raw.get("unit"))


def _hours(said: Mapping[str, Any], ts: int, quality: Quality | None) -> Iterator[Field]:
    """Hourly volumes since the start of the log, as the register at the end of each.

    Only where log and hours add up to the register of now, which is not repeated.
    """
    for suffix in ("m3", "l"):
        log, now = said.get(f"log_volume_{suffix}"), said.get(f"current_volume_{suffix}")
        count = said.get("history_count")
        if log is None or now is None or type(count) is not int or not 0 < count < 200:
            continue
        try:
            steps = [exact(said.get(f"delta_{n}_{suffix}", 0)) for n in range(1, count + 1)]
            total = exact(log)
            if total + sum(steps) != exact(now):
                continue
        except BadValueError:
            continue
        for n, step in enumerate(steps):
            moment = ts - _HOUR * (count - n)
            yield Field(moment, quality, f"delta_{n}_{suffix}", total, _UNITS[suffix])
            total += step


def _own_moment(said: Mapping[str, Any], *, is_past: bool) -> int | None:
    """The moment that the fields tell of themselves; what is past must tell one.

    Raises BadValueError (bad_time, missing_time).
    """
    name = next((n for n in _TIMES if said.get(n) is not None), None)
    if name is None:
        if is_past:
            raise BadValueError("missing_time", None, "timestamp")
        return None
    raw = said[name]
    try:
        return seconds(raw, name) if type(raw) is int else utc_seconds(raw)
    except BadValueError:
        raise BadValueError("bad_time", raw, name) from None


def _is_list(raw: object) -> TypeGuard[list[Any]]:
    return isinstance(raw, list)


def _worth(told: object) -> Unit | None:
    """What one count is: "10 l", "m3". Raises BadValueError (bad_unit)."""
    if told is None or told == "":
        return None
    match = _WORTH.fullmatch(told.strip()) if isinstance(told, str) else None
    unit = _UNITS.get(_lower(match[2])) if match else None
    if match is None or unit is None:
        raise BadValueError("bad_unit", told, "unit")
    factor = Fraction((match[1] or "1").replace(",", ".")) * unit.times / unit.over
    return Unit(unit.quantity, factor.numerator, factor.denominator)
