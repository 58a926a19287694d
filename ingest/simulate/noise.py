"""Randomness without state: a number is a function of its key, so any range can be made in any
order, and made again, and is the same.

The mixer is SplitMix64's finaliser (Steele, Lea and Flood 2014), applied to a combined key.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Words = npt.NDArray[np.uint64]

_ODD = (
    np.uint64(0x9E3779B97F4A7C15),
    np.uint64(0xD6E8FEB86659FD93),
    np.uint64(0xA0761D6478BD642F),
)
_M1 = np.uint64(0xBF58476D1CE4E5B9)
_M2 = np.uint64(0x94D049BB133111EB)
_MASK = (1 << 64) - 1
_UNIT, _THIRD = np.float64(2.0**-53), np.float64(2.0**-21)
_LOW = np.uint64((1 << 21) - 1)
_SHIFTS = (np.uint64(0), np.uint64(21), np.uint64(42))


def _mix(x: Words) -> Words:
    """SplitMix64's finaliser, in place on an array of its own."""
    x ^= x >> np.uint64(30)
    x *= _M1
    x ^= x >> np.uint64(27)
    x *= _M2
    x ^= x >> np.uint64(31)
    return x


def stream(seed: int, name: str) -> int:
    """The key of one kind of randomness (`name`) of a district (`seed`): FNV-1a, then mixed."""
    key = 0xCBF29CE484222325
    for byte in f"{seed}/{name}".encode():
        key = ((key ^ byte) * 0x100000001B3) & _MASK
    return int(_mix(np.array([key], dtype=np.uint64))[0])


def words(key: int, *parts: Any) -> Words:
    """64 random bits for each combination of up to three integer arrays, broadcast together."""
    # arrays of one, never scalars: only scalars warn when they wrap around, which is meant here
    total: Words = np.array([key], dtype=np.uint64)
    for part, odd in zip(parts, _ODD, strict=False):
        column = np.atleast_1d(np.asarray(part, dtype=np.int64)).astype(np.uint64) * odd
        total = total + column
    # one round for the key alone would leave neighbouring keys related
    return _mix(_mix(total))


def uniform(key: int, *parts: Any) -> Floats:
    """Numbers in [0, 1), shaped as the parts broadcast."""
    return np.asarray((words(key, *parts) >> np.uint64(11)) * _UNIT, dtype=np.float64)


def thirds(key: int, *parts: Any) -> tuple[Floats, Floats, Floats]:
    """Three independent numbers in [0, 1) (21 bits each) from one word."""
    bits = words(key, *parts)
    a, b, c = (np.asarray((bits >> shift & _LOW) * _THIRD, dtype=np.float64) for shift in _SHIFTS)
    return a, b, c


def normal(key: int, *parts: Any) -> Floats:
    """Nearly normal numbers, mean 0, deviation 1, within +-3.5: the sum of three uniforms."""
    a, b, c = thirds(key, *parts)
    return (a + b + c - 1.5) * 2.0


def smooth(key: int, instants: Ints, step: int) -> Floats:
    """A smooth wandering curve over `instants` (seconds): normal knots every `step` seconds.

    Between knots the value eases from one to the next (Hermite), and its deviation is evened out,
    so that the curve is as wide between knots as on them.
    """
    knot, rest = np.divmod(instants, step)
    first = int(knot.min())
    values = normal(key, np.arange(first, int(knot.max()) + 2))
    share = rest / step
    ease = share * share * (3 - 2 * share)
    before, after = values[knot - first], values[knot - first + 1]
    return np.asarray((before * (1 - ease) + after * ease) / np.hypot(1 - ease, ease))
