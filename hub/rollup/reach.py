"""How far a change reaches: which days to recompute, and how many neighbours that takes.

A changed register reading can change what is thought of the readings fewer than eight positions
away (:mod:`hub.rollup.outliers`), and with them the pieces up to the next good reading beyond. A
changed interval touches the time it covers and the intervals that overlap it.

Where no reading beyond those eight is good, all the way to the end, no piece goes there: the
change reaches no further than the eight, or the register known from a meter event. To know that,
all of them must have been looked at. Live rounds look at :data:`NEAR` neighbours and no more; who
needs more is left to a round of its own (:class:`TooFarError`, :mod:`hub.rollup.worker`).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from hub.rollup.bounds import is_sentinel
from hub.rollup.columns import BoolArray, Channels, Events, Int64Array, Readings
from hub.rollup.outliers import K, outliers
from hub.rollup.registers import stretches

#: Raw readings taken on each side: eight that may change their mind, then eight that decide them.
NEIGHBOURS = 2 * K
#: With no firm reading among so many neighbours a change reaches far (NEIGHBOURS x 8 x 8).
NEAR = 1024
#: No limit: more neighbours than a channel can have.
EVERYTHING = 1 << 30


class TooFarError(Exception):
    """No firm reading among as many neighbours as may be looked at. channels: their numbers."""

    def __init__(self, channels: Iterable[int]) -> None:
        self.channels = sorted(set(channels))
        super().__init__(f"channels {self.channels}: no firm reading near the change")


def wider(limit: int) -> int:
    """How many neighbours to take when so many held no firm reading."""
    return min(limit * (8 if limit < NEAR else 64), EVERYTHING)


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


def edge(ts: Int64Array, side: int, at: int, events: Int64Array, known: BoolArray) -> int:
    """How far a change at ``at`` reaches on a side (-1 or 1) with no firm reading to its end.

    ts: of the readings on that side, nearest first. events: instants of the channel's meter
    events. known: whether the register is, of the meter that the side's readings belong to.
    """
    found = [at]
    if len(ts):
        found.append(int(ts[min(len(ts), K - 1) - 1]))
    there = np.flatnonzero(events < at if side < 0 else events > at)
    if len(there):
        nearest = there[-1 if side < 0 else 0]
        if known[nearest]:
            found.append(int(events[nearest]))
    return min(found) if side < 0 else max(found)
