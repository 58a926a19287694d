"""From the integer amounts of the store to the numbers people read, exactly.

A unit is a decimal shift: 7 412 003 mWh is 7.412003 kWh. No float is involved, so nothing drifts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from hub.model import HubError

#: quantity -> unit -> number of decimals between the stored integer and the unit.
DECIMALS: Mapping[str, Mapping[str, int]] = {
    "energy": {"kWh": 6, "Wh": 3, "MWh": 9},
    "volume": {"m3": 6, "l": 3},
    "mass": {"kg": 3, "t": 6},
    "units": {"unit": 3},
    "power": {"W": 3, "kW": 6},
    "apparent_power": {"VA": 3, "kVA": 6},
}


class UnknownUnitError(HubError):
    """The unit does not measure this quantity."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of a quantity; ``decimals`` is the shift from the stored integer."""

    name: str
    quantity: str
    decimals: int

    def amount(self, value: int) -> Decimal:
        """The stored integer in this unit, exactly."""
        return Decimal(value).scaleb(-self.decimals)

    def text(self, value: int) -> str:
        """The stored integer in this unit as a plain decimal number: ``7.412003``, ``0``."""
        sign, digits = ("-", -value) if value < 0 else ("", value)
        whole, part = divmod(digits, 10**self.decimals)
        if not part:
            return f"{sign}{whole}"
        return f"{sign}{whole}.{part:0{self.decimals}d}".rstrip("0")


def unit_of(quantity: str, name: str) -> Unit:
    """The unit ``name`` of ``quantity``; raises UnknownUnitError and names those there are."""
    known = DECIMALS.get(quantity, {})
    if name not in known:
        raise UnknownUnitError(
            f"unit '{name}' does not measure {quantity}; use one of: {', '.join(known)}"
        )
    return Unit(name, quantity, known[name])


def plain(number: Decimal) -> str:
    """A Decimal as a JSON number, without exponent or trailing zeros."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
