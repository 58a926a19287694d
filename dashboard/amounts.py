"""Integer amounts as people read them: kWh and MWh, litres and cubic metres, watts. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.tongue import NBSP, Tongue

_LITRE, _M3 = 1_000, 1_000_000
_SCALES: dict[str, tuple[tuple[int, str], ...]] = {
    "energy": ((1_000_000, "kWh"), (10**9, "MWh"), (10**12, "GWh")),
    "mass": ((1_000, "kg"), (1_000_000, "t")),
    "units": ((1_000, "u"),),
    "power": ((1_000, "W"), (1_000_000, "kW")),
    "apparent_power": ((1_000, "VA"), (1_000_000, "kVA")),
}


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit to show: `size` integer units make one."""

    symbol: str
    size: int

    def of(self, amount: int | float) -> float:
        """The amount in this unit."""
        return amount / self.size


def unit_for(quantity: str, largest: int, resolution: int = _M3) -> Unit:
    """The unit in which `largest` reads well; the same for all values beside it.

    `resolution` is the smallest step of a usual register: litres where meters tell litres.
    """
    if quantity == "volume":
        litres = resolution <= _LITRE and abs(largest) < _M3
        return Unit("L", _LITRE) if litres else Unit("m³", _M3)
    scales = _SCALES[quantity]
    chosen = scales[0]
    for size, symbol in scales[1:]:
        if abs(largest) >= size * 10:
            chosen = (size, symbol)
    return Unit(chosen[1], chosen[0])


def base_unit(quantity: str) -> Unit:
    """The unit of exact values in tables and of indexes: kWh, m³, kg, W."""
    if quantity == "volume":
        return Unit("m³", _M3)
    size, symbol = _SCALES[quantity][0]
    return Unit(symbol, size)


def said(tongue: Tongue, amount: int | float, unit: Unit) -> str:
    """`7,4 kWh`: at most three significant figures; 0 where a register's fall left less."""
    return f"{tongue.short(unit.of(max(amount, 0)))}{NBSP}{unit.symbol}"


def exact(tongue: Tongue, amount: int, unit: Unit) -> str:
    """A table's value without unit: to the thousandth of a kWh or m³, the tenth of a litre."""
    return tongue.fixed(unit.of(amount), 1 if unit.symbol == "L" else 3)


def big(tongue: Tongue, amount: int, unit: Unit) -> str:
    """The number of a card: as many decimals as its size bears, so that it does not jump.

    0 where a register's fall left less.
    """
    value = unit.of(max(amount, 0))
    if unit.symbol in {"L", "W", "VA"} or abs(value) >= 100:
        return tongue.whole(value)
    return tongue.fixed(value, 2 if abs(value) < 10 else 1)


def index(tongue: Tongue, value: int, quantity: str) -> str:
    """A register as the meter shows it: `8 123,456 kWh`."""
    unit = base_unit(quantity)
    return f"{tongue.fixed(value / unit.size, 3)}{NBSP}{unit.symbol}"


def power(tongue: Tongue, value: int, quantity: str) -> str:
    """An instantaneous power, in whole watts: `1 240 W`."""
    unit = base_unit(quantity)
    return f"{tongue.whole(value / unit.size)}{NBSP}{unit.symbol}"
