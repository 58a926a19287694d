"""What one count of a pulse counter is worth, exactly: "10 l", "0.01 m3", "1 Wh", "1000 imp/kWh".

A counter tells a bare number; what it stands for is printed on the meter. Numbers of counts come as
thousandths (quantity ``units``) and become whole numbers of the commodity's unit (mWh, cm3, g).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from hub.model import Int64Array, Quantity
from hub.units import DECIMALS

#: The quantities that pulses are emitted for.
_QUANTITIES: tuple[Quantity, ...] = ("energy", "volume", "mass")
_UNITS: Mapping[str, tuple[Quantity, str]] = {
    unit: (quantity, unit) for quantity in _QUANTITIES for unit in DECIMALS[quantity]
}
#: Other ways to write them; "mWh" is none: a thousandth of what is meant by it.
_WRITTEN: Mapping[str, str] = {
    **{unit.casefold(): unit for unit in _UNITS if unit != "MWh"},
    **dict.fromkeys(("litre", "litres", "liter", "liters", "dm3", "dm³"), "l"),
    "m³": "m3",
}
_PULSE = r"(?:imp|impulsions?|pulses?|tr)\.?"
_NUMBER = r"([0-9]{1,12}(?:[.,][0-9]{1,9})?)"
_UNIT = r"([A-Za-z]{1,6}[3³]?)"
_AMOUNT = re.compile(rf"{_NUMBER}\s*{_UNIT}(?:\s*/\s*{_PULSE})?", re.IGNORECASE)
_CONSTANT = re.compile(rf"{_NUMBER}\s*{_PULSE}\s*/\s*{_UNIT}", re.IGNORECASE)
#: Neither side of a worth is larger: products with it stay within int8.
_LARGEST = 10**9


class Worth(NamedTuple):
    """A thousandth of a count is ``times / over`` of the quantity's whole unit, in lowest terms."""

    times: int
    over: int


@dataclass(frozen=True, slots=True)
class Pulse:
    """What one count is worth, at least one whole unit. text: as it is stored and shown."""

    text: str
    quantity: Quantity
    worth: Worth


@lru_cache(maxsize=1024)
def read_pulse(text: str) -> Pulse:
    """An amount of a count ("10 l"), or counts of a unit ("1000 imp/kWh"). Raises ValueError."""
    told = text.strip()
    constant = _CONSTANT.fullmatch(told)
    match = constant or _AMOUNT.fullmatch(told)
    if match is None:
        raise ValueError(text)
    number = Fraction(match[1].replace(",", "."))
    quantity, unit = _unit(match[2], text)
    if not number:
        raise ValueError(text)
    amount = (1 / number if constant else number) * 10 ** DECIMALS[quantity][unit]
    worth = Worth(*(amount / 1000).as_integer_ratio())
    if amount < 1 or max(worth) > _LARGEST:
        raise ValueError(text)
    return Pulse(f"{_plain(match[1])} {'imp/' if constant else ''}{unit}", quantity, worth)


def amounts(units: Int64Array, worth: Worth) -> tuple[Int64Array, npt.NDArray[np.bool_]]:
    """Thousandths of counts as whole units of the quantity, and which of them fit (else 0).

    Where a count is worth no whole number of units the nearest one is taken, of the whole register,
    so that nothing drifts.
    """
    whole, rest = np.divmod(units, worth.over)
    fits = np.abs(whole) < 2**60 // worth.times
    part = (2 * rest * worth.times + worth.over) // (2 * worth.over)
    return np.where(fits, whole, 0) * worth.times + np.where(fits, part, 0), fits


def _unit(name: str, text: str) -> tuple[Quantity, str]:
    found = _UNITS.get(name) or _UNITS.get(_WRITTEN.get(name.casefold(), ""))
    if found is None:
        raise ValueError(text)
    return found


def _plain(number: str) -> str:
    whole, _, part = number.replace(",", ".").partition(".")
    part = part.rstrip("0")
    return f"{int(whole)}.{part}" if part else str(int(whole))
