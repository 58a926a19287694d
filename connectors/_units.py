"""Numbers and units of the world -> whole numbers of the hub's units, exactly.

7970.903 kWh is 7 970 903 000 mWh and nothing near it: a decimal text, or the shortest decimal that
gives the JSON number, is scaled without a detour through binary fractions. What is finer than the
hub's unit is rounded to the nearest, ties to even.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from hub.model import Quantity

#: Largest amount taken, in the hub's units: 10^15 mWh = a billion kWh. int64 differences are safe.
LIMIT = 10**15
#: Below this a float product is off by less than 0.001, so the nearest integer is the exact one.
_EXACT = 1e12
_PLAIN = r"[+-]?(?:[0-9]{1,18}(?:\.[0-9]{0,100})?|\.[0-9]{1,100})"
_DECIMAL = re.compile(_PLAIN)
#: Its exponent is short: a number of a thousand digits costs nothing, and is out of range.
_SCIENTIFIC = re.compile(_PLAIN + r"[eE][+-]?[0-9]{1,3}")

#: What counters send for "no value", in the last digit of the meter's display (see T11):
#: all ones or only the sign bit set in 24, 31, 32 and 48 bits.
SENTINELS = frozenset({2**24 - 1, 2**31 - 1, 2**32 - 1, 2**48 - 1, -(2**31)})
_STOPS = SENTINELS | {stop * 1000 for stop in SENTINELS}


@lru_cache(maxsize=64)
def stops(scale: int) -> frozenset[int]:
    """The sentinels of a unit that is ``scale`` of the hub's, as the hub counts."""
    thousandths = (stop * scale for stop in _STOPS if stop > 0)
    return frozenset(n // 1000 for n in thousandths if n % 1000 == 0 and n <= LIMIT * 1000)


class BadValueError(Exception):
    """A field that is not a usable value.

    ``reason`` is a code of hub.model.REASONS; ``column`` names the field where it is known.
    """

    def __init__(self, reason: str, value: object, column: str = "") -> None:
        self.reason = reason
        self.column = column
        if isinstance(value, Fraction):
            value = Decimal(value.numerator) / value.denominator
        # No store takes a NUL, and nobody reads beyond 80 characters.
        self.value = None if value is None else str(value)[:80].replace("\0", "\ufffd")
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of the world: one of it is ``times / over`` of the hub's unit of ``quantity``."""

    quantity: Quantity
    times: int
    over: int = 1


WH = Unit("energy", 10**3)
KWH = Unit("energy", 10**6)
#: 1 W for 1 s, in mWh.
JOULE = Unit("energy", 5, 18)
WATT = Unit("power", 10**3)
VOLT_AMPERE = Unit("apparent_power", 10**3)

#: Units by the names of RFC 8428 and RFC 8798, and a few more that devices send.
UNITS: Mapping[str, Unit] = {
    "Wh": WH,
    "kWh": KWH,
    "MWh": Unit("energy", 10**9),
    "J": JOULE,
    "kJ": Unit("energy", JOULE.times * 10**3, JOULE.over),
    "MJ": Unit("energy", JOULE.times * 10**6, JOULE.over),
    "GJ": Unit("energy", JOULE.times * 10**9, JOULE.over),
    "m3": Unit("volume", 10**6),
    "l": Unit("volume", 10**3),
    "L": Unit("volume", 10**3),
    "g": Unit("mass", 1),
    "kg": Unit("mass", 10**3),
    "count": Unit("units", 10**3),
    "W": WATT,
    "kW": Unit("power", 10**6),
    "VA": VOLT_AMPERE,
    "kVA": Unit("apparent_power", 10**6),
}


def to_integer(value: object, unit: Unit) -> int:
    """``value`` (int, float, Fraction or decimal text) in ``unit`` -> the hub's integer unit.

    Raises BadValueError: bad_number for anything else and for NaN, out_of_range beyond LIMIT.
    """
    if type(value) is float and unit.over == 1:
        scaled = value * unit.times
        if -_EXACT < scaled < _EXACT:
            whole = round(scaled)
            if abs(scaled - whole) < 0.49:
                return whole
    if type(value) is int and unit.over == 1:
        whole = value * unit.times
    else:
        whole = round(exact(value) * unit.times / unit.over)
    if abs(whole) > LIMIT:
        raise BadValueError("out_of_range", value)
    return whole


def exact(value: object) -> Fraction:
    """``value`` as the decimal its sender wrote.

    Raises BadValueError: bad_number, out_of_range.
    """
    if type(value) is int or isinstance(value, Fraction):
        return Fraction(value)
    if type(value) is float and math.isfinite(value):
        if abs(value) > LIMIT:
            raise BadValueError("out_of_range", value)
        return Fraction(repr(value))
    if isinstance(value, str) and _DECIMAL.fullmatch(text := value.strip()):
        return Fraction(text)
    raise BadValueError("bad_number", value)


def numeral(text: str) -> Fraction | str:
    """A number that a program wrote with an exponent, 1.2e+06, exactly; any other text as it is."""
    return Fraction(text) if _SCIENTIFIC.fullmatch(text) else text


def total(values: Iterable[object]) -> int | Fraction:
    """The exact sum of numbers as their senders wrote them. Raises BadValueError."""
    return sum(value if type(value) is int else exact(value) for value in values)


def to_amount(value: object, unit: Unit) -> int:
    """As :func:`to_integer`, for what cannot be negative: registers and intervals.

    Raises BadValueError also for a counter's "no value" (sentinel) and below zero (out_of_range).
    """
    if type(value) in (int, float) and value in SENTINELS:
        raise BadValueError("sentinel", value)
    whole = to_integer(value, unit)
    # The counter behind 4294967.295 kWh is at its stop: look at it in thousandths too.
    thousandths, rest = divmod(whole * 1000 * unit.over, unit.times)
    if rest == 0 and thousandths in _STOPS:
        raise BadValueError("sentinel", value)
    if whole < 0:
        raise BadValueError("out_of_range", value)
    return whole


def identifier(raw: object, column: str = "") -> str:
    """A device's id as it may be stored: 1 to 100 printable characters, blanks around cut off.

    Raises BadValueError (bad_name).
    """
    text = raw.strip() if isinstance(raw, str) else ""
    if not 0 < len(text) <= 100 or not text.isprintable():
        raise BadValueError("bad_name", raw, column)
    return text
