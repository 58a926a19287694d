"""From interval readings to pieces: each instant counts for one interval of its channel.

Of several intervals that cover an instant the shorter counts, then the earlier one.
"""

from __future__ import annotations

from bisect import bisect_left, insort

import numpy as np

from hub.rollup.bounds import is_sentinel, largest_amount, largest_for_slots
from hub.rollup.columns import (
    BoolArray,
    Channels,
    Flag,
    Int64Array,
    Marks,
    Pieces,
    Readings,
    join_marks,
    marks_of,
)


def interval_pieces(readings: Readings, channels: Channels) -> tuple[Pieces, Marks]:
    """Visible parts of the credible intervals, and what to count."""
    sentinel = is_sentinel(readings.value)
    credible = _credible(readings, channels) & ~sentinel
    good = readings.take(credible) if not credible.all() else readings
    pieces = Pieces(
        good.channel, good.ts, good.ts + good.seconds, good.value, good.ts, good.ts + good.seconds
    )
    pieces, losers = _without_overlaps(pieces)
    marks = [
        marks_of(readings.channel[which], readings.ts[which], flag)
        for which, flag in ((sentinel, Flag.SENTINEL), (~credible & ~sentinel, Flag.SUSPECT))
        if which.any()
    ]
    if len(losers):
        marks.append(marks_of(good.channel[losers], good.ts[losers], Flag.OVERLAP))
    return pieces, join_marks(marks)


def _credible(readings: Readings, channels: Channels) -> BoolArray:
    who, seconds = readings.channel, readings.seconds
    length_ok = (seconds > 0) & (seconds <= channels.longest[who])
    usable = np.where(length_ok, seconds, 1)
    return np.asarray(
        length_ok
        & (readings.value >= 0)
        & (readings.value
           <= largest_amount(channels.max_per_hour[who], channels.resolution[who], usable))
        & (readings.value <= largest_for_slots(channels.slot[who], usable))
    )  # fmt: skip


def _without_overlaps(whole: Pieces) -> tuple[Pieces, Int64Array]:
    """Pieces cut to the time at which they count, and positions of those that lost some."""
    n = len(whole)
    meets = (whole.channel[1:] == whole.channel[:-1]) & (whole.t0[1:] < whole.t1[:-1])
    if not meets.any():
        return whole, np.zeros(0, dtype=np.int64)
    parts: list[tuple[int, int, int]] = []
    losers: list[int] = []
    alone = np.ones(n, dtype=np.bool_)
    for first, last in _clusters(whole):
        alone[first:last] = False
        _paint(whole, first, last, parts, losers)
    kept = np.flatnonzero(alone)
    cut = np.array(sorted(parts), dtype=np.int64).reshape(-1, 3)
    parent = np.concatenate([kept, cut[:, 0]])
    x0 = np.concatenate([whole.x0[kept], cut[:, 1]])
    x1 = np.concatenate([whole.x1[kept], cut[:, 2]])
    order = np.lexsort((x0, whole.channel[parent]))
    taken = whole.take(parent[order])
    pieces = Pieces(taken.channel, taken.t0, taken.t1, taken.amount, x0[order], x1[order])
    return pieces, np.array(sorted(losers), dtype=np.int64)


def _clusters(whole: Pieces) -> list[tuple[int, int]]:
    """Runs [first, last) of pieces of one channel that overlap, directly or through others."""
    starts: list[int] = []
    end, channel = -1, -1
    t0, t1, who = whole.t0.tolist(), whole.t1.tolist(), whole.channel.tolist()
    for i in range(len(whole)):
        if who[i] != channel or t0[i] >= end:
            starts.append(i)
            channel, end = who[i], t1[i]
        else:
            end = max(end, t1[i])
    ends = [*starts[1:], len(whole)]
    return [(a, b) for a, b in zip(starts, ends, strict=True) if b - a > 1]


def _paint(
    whole: Pieces, first: int, last: int, parts: list[tuple[int, int, int]], losers: list[int]
) -> None:
    """Give the time of one cluster out in order of precedence; append (piece, x0, x1)."""
    order = sorted(range(first, last), key=lambda i: (whole.t1[i] - whole.t0[i], whole.t0[i]))
    taken: list[tuple[int, int]] = []
    for i in order:
        start, end = int(whole.t0[i]), int(whole.t1[i])
        free = _free(taken, start, end)
        parts.extend((i, a, b) for a, b in free)
        if free != [(start, end)]:
            losers.append(i)
        for span in free:
            insort(taken, span)


def _free(taken: list[tuple[int, int]], start: int, end: int) -> list[tuple[int, int]]:
    """The parts of [start, end) that no span in ``taken`` (sorted, disjoint) holds."""
    free: list[tuple[int, int]] = []
    at = bisect_left(taken, (start, start))
    if at and taken[at - 1][1] > start:
        at -= 1
    while start < end:
        if at == len(taken) or taken[at][0] >= end:
            free.append((start, end))
            break
        if taken[at][0] > start:
            free.append((start, taken[at][0]))
        start = max(start, taken[at][1])
        at += 1
    return free
