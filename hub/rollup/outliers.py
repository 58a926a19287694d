"""Registers that cannot be right, by a rule that looks at no more than eight readings.

Two readings p and q, at most K = 8 positions apart with v[p] <= v[q], form a frame when all
readings strictly between them lie outside [v[p], v[q]]: the readings between are excluded. A
reading that lies at most one resolution below v[p] of a frame is a ``dip``, else ``suspect``.
The rule is local so that a recomputed day and a full rebuild always agree
(docs/decisions/0002-local-outlier-window.md).
"""

from __future__ import annotations

import numpy as np

from hub.rollup.columns import BoolArray, Int64Array, distinct

#: Largest distance, in raw readings, between the two ends of a frame.
K = 8


def outliers(
    unit: Int64Array, value: Int64Array, bad: BoolArray, resolution: Int64Array
) -> tuple[BoolArray, BoolArray]:
    """Which readings are excluded, and which of those are mere dips.

    unit: number of the (channel, meter) stretch of each reading, ascending; a frame stays in one.
    value: registers in time order. bad: sentinels, never an end of a frame and always outside.
    resolution: of each reading's channel.
    """
    n = len(value)
    excluded = np.zeros(n, dtype=np.bool_)
    dip = np.zeros(n, dtype=np.bool_)
    falls = np.flatnonzero((value[1:] < value[:-1]) & (unit[1:] == unit[:-1]))
    if not len(falls):
        return excluded, dip
    starts = distinct(np.clip(falls[:, None] - np.arange(K)[None, :], 0, None).ravel())
    starts = starts[~bad[starts]]
    for length in range(2, K + 1):
        p = starts[starts + length < n]
        q = p + length
        frame = (unit[p] == unit[q]) & ~bad[q] & (value[p] <= value[q])
        for step in range(1, length):
            between = value[p + step]
            frame &= (between < value[p]) | (between > value[q]) | bad[p + step]
        p, q = p[frame], q[frame]
        for step in range(1, length):
            excluded[p + step] = True
            below = value[p] - value[p + step]
            dip[(p + step)[(below > 0) & (below <= resolution[p])]] = True
    excluded &= ~bad
    return excluded, dip & excluded
