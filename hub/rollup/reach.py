"""How far a change reaches: which days to recompute, and how many neighbours that takes.

A changed register reading can change what is thought of the readings fewer than eight positions
away (:mod:`hub.rollup.outliers`), and with them the pieces up to the next good reading beyond. A
changed interval touches the time it covers and the intervals that overlap it.
"""

from __future__ import annotations

import numpy as np

from hub.rollup.bounds import is_sentinel
from hub.rollup.columns import BoolArray, Channels, Events, Readings
from hub.rollup.outliers import K, outliers
from hub.rollup.registers import stretches

#: Raw readings taken on each side: eight that may change their mind, then eight that decide them.
NEIGHBOURS = 2 * K


def good_registers(readings: Readings, channels: Channels, events: Events) -> BoolArray:
    """Which registers are neither sentinels nor outliers, as far as these readings tell."""
    bad = (readings.value < 0) | is_sentinel(readings.value)
    unit = stretches(readings, events)
    excluded, _ = outliers(unit, readings.value, bad, channels.resolution[readings.channel])
    return ~(bad | excluded)


def firm(good: BoolArray, *, complete: bool, skip: int) -> int:
    """Where the readings on one side of a change stand firm: an index, or -1 if they do not.

    good: of the readings on that side, nearest first. complete: there are none further away.
    skip: how many of the nearest may still change. A firm reading is good and far enough from the
    edge of what is known that nothing beyond it can change that.
    """
    last = len(good) if complete else len(good) - (K - 1)
    at = np.flatnonzero(good[skip:last])
    return skip + int(at[0]) if len(at) else -1
