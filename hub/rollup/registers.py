"""From register readings to pieces: known amounts between two readings of one meter."""

from __future__ import annotations

from dataclasses import dataclass

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
    Passes,
    Pieces,
    Readings,
    among,
    distinct,
    join_marks,
    join_pieces,
    marks_of,
)
from hub.rollup.outliers import outliers

#: Seconds that a meter may show an old register before it shows the new one: many radio meters and
#: gateways send every few seconds what they refresh once an hour.
REFRESH_LAG = 3600


@dataclass(frozen=True, slots=True)
class _Points:
    """Good readings and the registers that events tell, sorted by (part, ts).

    part: number of the stretch. closing, opening: told by an event of the meter that ends, begins.
    """

    channel: Int64Array
    part: Int64Array
    ts: Int64Array
    value: Int64Array
    closing: BoolArray
    opening: BoolArray


def register_pieces(
    readings: Readings, channels: Channels, events: Events
) -> tuple[Pieces, Marks, BoolArray]:
    """Pieces between consecutive good registers, what to count, and which readings are good."""
    stretch = stretches(readings, events)
    bad = (readings.value < 0) | is_sentinel(readings.value)
    excluded, dip = outliers(stretch, readings.value, bad, channels.resolution[readings.channel])
    good = ~(bad | excluded)
    points = _points(readings, stretch, good, events, len(channels))
    pieces, pair_marks = _pairs(points, channels, events.passes)
    if events.of_set.any():
        pieces = join_pieces(pieces, _standstills(points, channels, events))
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


def _before(events: Events) -> Int64Array:
    """Number of the stretch that each event ends; the next one begins with it."""
    return np.asarray(events.channel * (len(events) + 1) + np.arange(len(events)), dtype=np.int64)


def _points(
    readings: Readings, stretch: Int64Array, good: BoolArray, events: Events, channels: int
) -> _Points:
    """Good readings and the closing and opening registers of events.

    What an event tells counts between the first and the last stretch of which its channel has a
    good reading: of other times the source has told nothing.
    """
    if not len(events):
        only = readings.take(good)
        none = np.zeros(len(only), dtype=np.bool_)
        return _Points(only.channel, stretch[good], only.ts, only.value, none, none)
    opened = events.opening >= 0
    opening_keys = events.channel[opened] * SPAN + events.at[opened]
    first, last = _lives(readings.channel[good], stretch[good], channels)
    good = good & ~among(readings.channel * SPAN + readings.ts, distinct(opening_keys))
    closed = events.closing >= 0
    before = _before(events)
    closed &= (first[events.channel] <= before) & (before <= last[events.channel])
    opened &= (first[events.channel] <= before + 1) & (before + 1 <= last[events.channel])
    channel = np.concatenate(
        [readings.channel[good], events.channel[closed], events.channel[opened]]
    )
    part = np.concatenate([stretch[good], before[closed], before[opened] + 1])
    ts = np.concatenate([readings.ts[good], events.at[closed], events.at[opened]])
    value = np.concatenate([readings.value[good], events.closing[closed], events.opening[opened]])
    told = np.repeat([0, 1, 2], [int(good.sum()), int(closed.sum()), int(opened.sum())])
    order = np.lexsort((ts, part))
    told = told[order]
    return _Points(channel[order], part[order], ts[order], value[order], told == 1, told == 2)


def _lives(
    channel: Int64Array, stretch: Int64Array, channels: int
) -> tuple[Int64Array, Int64Array]:
    """First and last stretch of each channel's good readings; without one the first is later."""
    first = np.full(channels, np.iinfo(np.int64).max, dtype=np.int64)
    last = np.full(channels, -1, dtype=np.int64)
    np.minimum.at(first, channel, stretch)
    np.maximum.at(last, channel, stretch)
    return first, last


def _pairs(points: _Points, channels: Channels, passes: Passes) -> tuple[Pieces, list[Marks]]:
    part, ts, value = points.part, points.ts, points.value
    same = part[1:] == part[:-1]
    who, t0, t1 = points.channel[1:][same], ts[:-1][same], ts[1:][same]
    v0, v1 = value[:-1][same], value[1:][same]
    seconds = t1 - t0
    amount = v1 - v0
    held, rolled = _backwards(v0, v1, amount, channels, who)
    closed = (amount < 0) & points.closing[1:][same]
    closed &= held | (-amount < channels.printed[who])
    held |= closed
    alone = closed | (held & points.opening[:-1][same])
    rolled |= (amount < 0) & (channels.modulus[who] > 0) & passes.within(who, t0, t1)
    rolled &= ~held
    # A held fall counts as what it is: the rise after it counts in full, and together they are
    # last minus first. Nothing rises after a closing register, and nothing fell that rose before
    # an opening one: people write these.
    amount = np.where(alone, 0, np.where(rolled, amount + channels.modulus[who], amount))
    usable = np.minimum(seconds, LONGEST_PIECE)
    most = largest_amount(
        channels.max_per_hour[who], channels.resolution[who], usable + REFRESH_LAG
    )
    known = (
        ((amount >= 0) | held)
        & (seconds <= LONGEST_PIECE)
        & (amount <= most)
        & (np.abs(amount) <= largest_for_slots(channels.slot[who], usable))
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
        return falls, falls.copy()
    held = falls & (-amount <= channels.resolution[who])
    modulus = channels.modulus[who]
    tenth = modulus // 10
    rolled = falls & ~held & (modulus > 0) & (v0 >= modulus - tenth) & (v1 <= tenth)
    return held, rolled


def _standstills(points: _Points, channels: Channels, events: Events) -> Pieces:
    """Pieces of 0: a register that leaves the set counts nothing more on that local day, and one
    that joins it has counted nothing before, as far as no other reading or event tells more."""
    day = channels.day_of(events.channel, events.at)
    midnight = channels.start_of(events.channel, day + 1)
    part = _before(events)  # that ends with the event; the next one begins with it
    same = events.channel[1:] == events.channel[:-1]
    until, since = midnight.copy(), channels.start_of(events.channel, day)
    until[:-1][same] = np.minimum(until[:-1], events.at[1:])[same]
    left = np.where(_leaves(events), midnight, events.at)
    since[1:][same] = np.maximum(since[1:], np.minimum(left[:-1], events.at[1:]))[same]
    known = distinct(points.part)
    leaves = np.flatnonzero(_leaves(events) & among(part, known))
    joins = np.flatnonzero(_joins(events) & among(part + 1, known))
    following = np.searchsorted(points.part, part[leaves] + 1)
    ends = _at(points, following, part[leaves] + 1, until[leaves])
    preceding = np.searchsorted(points.part, part[joins], side="right") - 1
    begins = _at(points, preceding, part[joins], since[joins])
    which = np.concatenate([leaves, joins])
    t0 = np.concatenate([events.at[leaves], np.maximum(since[joins], begins)])
    t1 = np.concatenate([np.minimum(until[leaves], ends), events.at[joins]])
    some = t0 < t1
    which, t0, t1 = which[some], t0[some], t1[some]
    return Pieces(events.channel[which], t0, t1, np.zeros_like(t0), t0, t1)


def _leaves(events: Events) -> BoolArray:
    return np.asarray(events.of_set & (events.closing >= 0) & (events.opening < 0))


def _joins(events: Events) -> BoolArray:
    return np.asarray(events.of_set & (events.closing < 0) & (events.opening >= 0))


def _at(points: _Points, index: Int64Array, part: Int64Array, other: Int64Array) -> Int64Array:
    """Instant of the point at each index, where it is of that part; else ``other``."""
    inside = np.clip(index, 0, len(points.ts) - 1)
    there = (inside == index) & (points.part[inside] == part)
    return np.where(there, points.ts[inside], other)
