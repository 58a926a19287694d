"""What no meter can have counted: sentinels, physical bounds, and numbers that do not fit.

Nothing that is stored can make the arithmetic overflow: registry values are limited here, and
products are split into quotient and remainder first.
"""

from __future__ import annotations

import numpy as np

from hub.rollup.columns import BoolArray, Int64Array

INT4_MAX = 2**31 - 1

#: Values that meters and gateways send for "no value": 2^n - 1 of the register's printed unit,
#: which is the quantity's unit times 10^3 (Wh, litre) or 10^6 (kWh, m3). Seen in the field:
#: 4 294 967.295 and 2 147 483.647 kWh, 16 777.215 m3, and 48 bit registers of Zigbee meters.
SENTINELS: Int64Array = np.array(
    sorted(
        {(2**n - 1) * unit for n in (24, 31, 32, 48) for unit in (10**3, 10**6)
         if (2**n - 1) * unit < 2**63}
        | {2**63 - 1}
    ),
    dtype=np.int64,
)  # fmt: skip

#: Registry values above this are cut to it; far above anything that a meter can mean.
_LARGEST_RATE = 1 << 40
#: No pair of registers further apart than this is used (68 years).
LONGEST_PIECE = 2**31 - 1


def is_sentinel(value: Int64Array) -> BoolArray:
    """Which values are a meter's way to say "no value"."""
    if not len(value) or int(value.max()) < int(SENTINELS[0]):
        return np.zeros(len(value), dtype=np.bool_)
    at = np.minimum(np.searchsorted(SENTINELS, value), len(SENTINELS) - 1)
    return np.asarray(SENTINELS[at] == value)


def largest_amount(
    max_per_hour: Int64Array, resolution: Int64Array, seconds: Int64Array
) -> Int64Array:
    """Most that a meter can count in so many seconds: the physical bound plus one register step."""
    rate = np.clip(max_per_hour, 0, _LARGEST_RATE)
    whole, rest = np.divmod(rate, 3600)
    step = np.clip(resolution, 0, _LARGEST_RATE)
    return np.asarray(whole * seconds + rest * seconds // 3600 + step)


def largest_for_slots(slot: Int64Array, seconds: Int64Array) -> Int64Array:
    """Largest amount over so many seconds (at most 2^31) of which every slot's share fits int4."""
    return np.asarray(INT4_MAX * np.maximum(seconds, slot) // slot)
