"""From register readings to pieces: known amounts between two readings of one meter."""

from __future__ import annotations

import numpy as np

from hub.rollup.bounds import LONGEST_PIECE, is_sentinel, largest_amount, largest_for_slots
from hub.rollup.columns import (
    SPAN,
    BoolArray,
    Channels,
    Events,
    Flag,
    Int64Array,
    Marks,
    Pieces,
    Readings,
    join_marks,
    marks_of,
)
from hub.rollup.outliers import outliers

#: Seconds that a meter may show an old register before it shows the new one: many radio meters and
#: gateways send every few seconds what they refresh once an hour.
REFRESH_LAG = 3600


def register_pieces(
    readings: Readings, channels: Channels, events: Events
) -> tuple[Pieces, Marks, BoolArray]:
    """Pieces between consecutive good registers, what to count, and which readings are good."""
    stretch = stretches(readings, events)
    bad = (readings.value < 0) | is_sentinel(readings.value)
    excluded, dip = outliers(stretch, readings.value, bad, channels.resolution[readings.channel])
    good = ~(bad | excluded)
    channel, part, ts, value = _points(readings, stretch, good, events)
    pieces, pair_marks = _pairs(channel, part, ts, value, channels)
    marks = [
        marks_of(readings.channel[which], readings.ts[which], flag)
        for which, flag in (
            (bad, Flag.SENTINEL), (dip, Flag.DIP), (excluded & ~dip, Flag.SUSPECT)
        )
        if which.any()
    ]  # fmt: skip
    return (
        pieces,
        join_marks([*marks, *pair_marks, Marks(events.channel, events.at, events.flag)]),
        good,
    )


def stretches(readings: Readings, events: Events) -> Int64Array:
    """Number of each reading's stretch between meter events, ascending over all channels.

    A reading at the instant of an event is the new meter's.
    """
    if not len(events):
        return readings.channel
    passed = np.searchsorted(
        events.channel * SPAN + events.at, readings.channel * SPAN + readings.ts, side="right"
    )
    return np.asarray(readings.channel * (len(events) + 1) + passed, dtype=np.int64)


def _points(
    readings: Readings, stretch: Int64Array, good: BoolArray, events: Events
) -> tuple[Int64Array, Int64Array, Int64Array, Int64Array]:
    """Good readings and the closing and opening registers of events, in order of their stretch.

    Gives channel, stretch, ts, value.
    """
    if not len(events):
        return readings.channel[good], stretch[good], readings.ts[good], readings.value[good]
    opened = events.opening >= 0
    opening_keys = events.channel[opened] * SPAN + events.at[opened]
    good = good & ~np.isin(readings.channel * SPAN + readings.ts, opening_keys)
    closed = events.closing >= 0
    before = events.channel * (len(events) + 1) + np.arange(len(events))
    channel = np.concatenate(
        [readings.channel[good], events.channel[closed], events.channel[opened]]
    )
    part = np.concatenate([stretch[good], before[closed], before[opened] + 1])
    ts = np.concatenate([readings.ts[good], events.at[closed], events.at[opened]])
    value = np.concatenate([readings.value[good], events.closing[closed], events.opening[opened]])
    order = np.lexsort((ts, part))
    return channel[order], part[order], ts[order], value[order]


def _pairs(
    channel: Int64Array, part: Int64Array, ts: Int64Array, value: Int64Array, channels: Channels
) -> tuple[Pieces, list[Marks]]:
    same = part[1:] == part[:-1]
    who, t0, t1 = channel[1:][same], ts[:-1][same], ts[1:][same]
    v0, v1 = value[:-1][same], value[1:][same]
    seconds = t1 - t0
    amount = v1 - v0
    held, rolled = _backwards(v0, v1, amount, channels, who)
    amount = np.where(held, 0, np.where(rolled, amount + channels.modulus[who], amount))
    usable = np.minimum(seconds, LONGEST_PIECE)
    most = largest_amount(
        channels.max_per_hour[who], channels.resolution[who], usable + REFRESH_LAG
    )
    known = (
        (amount >= 0)
        & (seconds <= LONGEST_PIECE)
        & (amount <= most)
        & (amount <= largest_for_slots(channels.slot[who], usable))
    )
    pieces = Pieces(who, t0, t1, amount, t0, t1)
    marks = [
        marks_of(who[which], t1[which], flag)
        for which, flag in (
            (held & known, Flag.DIP), (rolled & known, Flag.ROLLOVER), (~known, Flag.SUSPECT)
        )
        if which.any()
    ]  # fmt: skip
    return (pieces if known.all() else pieces.take(known)), marks


def _backwards(
    v0: Int64Array, v1: Int64Array, amount: Int64Array, channels: Channels, who: Int64Array
) -> tuple[BoolArray, BoolArray]:
    """Pairs that go back by no more than the resolution, and pairs around the register's end.

    A drop of any other size is never taken for a restart at zero: what was counted is unknown.
    """
    falls = amount < 0
    if not falls.any():
        return falls, falls
    held = falls & (-amount <= channels.resolution[who])
    modulus = channels.modulus[who]
    tenth = modulus // 10
    rolled = falls & ~held & (modulus > 0) & (v0 >= modulus - tenth) & (v1 <= tenth)
    return held, rolled
