"""Which channel counts: per usage point, stream and local day, one source with one register set.

A *feed* is what one source tells in one kind and period class, with all its inputs. Its registers
are a total, parts that the supplier bills, or parts that the distributor counts (*levels*); parts
of one tariff (HP and HC, say) are a *family*. Of a stream's feeds and levels the one counts that
covers the day best (at least 0.999, at least 0.9, at least an hour's worth, less, not at all), then
the operator's rank, then of those that cover it well one that measured the day before one that
allots it a share of a longer time, then the lowest channel number; within one feed the total before
the supplier's before the distributor's parts. Week and month intervals count only where nothing
finer reaches 0.9.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hub.rollup.block import Block, combine
from hub.rollup.columns import BoolArray, Int64Array, among, distinct
from hub.rollup.families import WHOLE, family_of
from hub.rollup.registry import ChannelRow, Stream

_FINENESS = {"week": 1, "month": 2}
_DAYS = 1 << 21  # more than any span of day numbers
_OFFSET = 1 << 20


@dataclass(slots=True)
class Counted:
    """One row per (usage point, stream, day): what counts there.

    parts: one row per part register of the counting feed (HP, HC, ...), with its register's name.
    """

    usage_point: list[int]
    stream: list[Stream]
    source: Int64Array  # index into usage_point and stream
    block: Block
    part_source: Int64Array
    part_register: Int64Array  # index into registers
    registers: list[str]
    parts: Block


class _Layout:
    """Numbers for the channels' feeds, families and streams."""

    def __init__(self, channels: list[ChannelRow]) -> None:
        sources: dict[tuple[int, Stream], int] = {}
        feeds: dict[tuple[object, ...], int] = {}
        families: dict[tuple[object, ...], int] = {}
        registers: dict[str, int] = {}
        n = len(channels)
        self.family = np.full(n, -1, dtype=np.int64)
        self.register = np.zeros(n, dtype=np.int64)
        family_feed: list[int] = []
        family_level: list[int] = []
        feed_source: list[int] = []
        feed_fineness: list[int] = []
        for i, channel in enumerate(channels):
            found = family_of(channel.register)
            if found is None or channel.kind == "power":
                continue
            source = sources.setdefault((channel.usage_point, channel.stream), len(sources))
            feed = feeds.setdefault(
                (source, channel.source, channel.kind, channel.period_class), len(feeds)
            )
            if feed == len(feed_source):
                feed_source.append(source)
                feed_fineness.append(_FINENESS.get(channel.period_class, 0))
            family = families.setdefault((feed, *found), len(families))
            if family == len(family_feed):
                family_feed.append(feed)
                family_level.append(found[0])
            self.family[i] = family
            self.register[i] = registers.setdefault(channel.register, len(registers))
        self.sources = list(sources)
        self.registers = list(registers)
        self.family_feed = np.array(family_feed, dtype=np.int64)
        self.family_level = np.array(family_level, dtype=np.int64)
        self.feed_source = np.array(feed_source, dtype=np.int64)
        self.feed_fineness = np.array(feed_fineness, dtype=np.int64)
        used = self.family >= 0
        self.family_id = _smallest(
            self.family[used], np.array([c.channel_id for c in channels])[used], len(family_feed)
        )
        feed_of = self.family_feed[self.family[used]]
        ranks = np.array([c.rank for c in channels], dtype=np.int64)[used]
        numbers = np.array([c.channel_id for c in channels], dtype=np.int64)[used]
        self.feed_rank = _smallest(feed_of, ranks, len(feed_source))
        self.feed_id = _smallest(feed_of, numbers, len(feed_source))


def _smallest(group: Int64Array, value: Int64Array, groups: int) -> Int64Array:
    least = np.full(groups, np.iinfo(np.int64).max, dtype=np.int64)
    np.minimum.at(least, group, value)
    return least


def count(channels: list[ChannelRow], channel: Int64Array, block: Block) -> Counted:
    """What counts of these channel rows. channel: index into ``channels`` of each row."""
    layout = _Layout(channels)
    last = np.array([c.last for c in channels], dtype=np.int64)
    usable = np.flatnonzero((layout.family[channel] >= 0) & (block.day <= last[channel]))
    channel, block = channel[usable], block.take(usable)
    family_day = _key(layout.family[channel], block.day)
    keys, group = np.unique(family_day, return_inverse=True)
    families = combine(block, group, len(keys))
    family = keys // _DAYS
    missed = _missed_rows(channels, channel, block.day)
    _mark_missing(channels, layout, family, group[missed], families)
    families, family = _one_set(layout, families, family)
    best = _best(layout, families, layout.family_feed[family], layout.family_level[family])
    chosen = families.take(best)
    feed = layout.family_feed[family[best]]
    feed_days = distinct(_key(feed, chosen.day))
    parts, part_feed, part_register = _parts(layout, channel, block, feed_days)
    return Counted(
        usage_point=[point for point, _ in layout.sources],
        stream=[stream for _, stream in layout.sources],
        source=layout.feed_source[feed],
        block=chosen,
        part_source=layout.feed_source[part_feed],
        part_register=part_register,
        registers=layout.registers,
        parts=parts,
    )


def _key(number: Int64Array, day: Int64Array) -> Int64Array:
    return number * _DAYS + day + _OFFSET


def _missed(channel: ChannelRow, day: Int64Array) -> BoolArray:
    """On which of these days the part is missed where it has no row."""
    missed = (channel.started <= day) & (day <= channel.last)
    for first, last in channel.away:
        missed &= (day < first) | (last < day)
    return np.asarray(missed)


def _missed_rows(channels: list[ChannelRow], channel: Int64Array, day: Int64Array) -> BoolArray:
    """Which rows are of days on which their part would be missed."""
    started = np.array([c.started for c in channels], dtype=np.int64)
    found = started[channel] <= day
    for i in (i for i, c in enumerate(channels) if c.away):
        mine = np.flatnonzero(channel == i)
        found[mine] = _missed(channels[i], day[mine])
    return np.asarray(found)


def _mark_missing(
    channels: list[ChannelRow], layout: _Layout, family: Int64Array, group: Int64Array, rows: Block
) -> None:
    """A part that has started, is not away and has no row makes its family's day uncovered.

    group: of the rows of parts that would be missed.
    """
    expected = np.zeros(len(rows), dtype=np.int64)
    members: dict[int, list[ChannelRow]] = {}
    for i, number in enumerate(layout.family.tolist()):
        if number >= 0:
            members.setdefault(number, []).append(channels[i])
    several = {number: found for number, found in members.items() if len(found) > 1}
    if not several:
        return
    first = np.searchsorted(family, list(several), side="left")
    last = np.searchsorted(family, list(several), side="right")
    for a, b, found in zip(first.tolist(), last.tolist(), several.values(), strict=True):
        day = rows.day[a:b]
        for channel in found:
            expected[a:b] += _missed(channel, day)
    missing = np.bincount(group, minlength=len(rows)) < expected
    rows.covered[missing] = 0
    rows.has_slots[missing] = False


def _one_set(layout: _Layout, rows: Block, family: Int64Array) -> tuple[Block, Int64Array]:
    """Families of one feed and level become one row a day, under the number of the best one.

    They follow each other at a register-set change and add up if together they cover no more than
    the day (within a thousandth); else only the one with the better coverage counts.
    """
    set_key = _key(layout.family_feed[family] * 3 + layout.family_level[family], rows.day)
    keys, group = np.unique(set_key, return_inverse=True)
    if len(keys) == len(rows):
        return rows, family
    together = np.zeros(len(keys), dtype=np.int64)
    np.add.at(together, group, rows.covered)
    length = np.zeros(len(keys), dtype=np.int64)
    length[group] = rows.length
    order = np.lexsort((layout.family_id[family], -rows.covered, group))
    best = np.zeros(len(rows), dtype=np.bool_)
    best[order[np.unique(group[order], return_index=True)[1]]] = True
    add_up = together * 1000 <= length * 1001
    kept = np.flatnonzero(add_up[group] | best)
    number = family[order[np.searchsorted(group[order], np.arange(len(keys)))]]
    return combine(rows.take(kept), group[kept], len(keys), add_up_coverage=True), number


def _best(layout: _Layout, rows: Block, feed: Int64Array, level: Int64Array) -> Int64Array:
    """Position of the row that counts, for each (source, day)."""
    source_day = _key(layout.feed_source[feed], rows.day)
    fineness = layout.feed_fineness[feed]
    well = rows.covered * 10 >= rows.length * 9
    barred = np.zeros(len(rows), dtype=np.bool_)
    for coarse in (1, 2):
        finer_well = distinct(source_day[well & (fineness < coarse)])
        barred |= (fineness == coarse) & among(source_day, finer_well)
    coverage_class = np.where(rows.covered * 1000 >= rows.length * 999, 0, np.where(well, 1, 2))
    # a source that knows next to nothing of the day (its registers are those around an event, or
    # the last one is that midnight's) never hides one that knows a part
    coverage_class[rows.covered * 24 < rows.length] = 3
    coverage_class[rows.covered == 0] = 4
    shared_out = well & (rows.column("allocated") != 0)
    order = np.lexsort((
        level, layout.feed_id[feed], shared_out, layout.feed_rank[feed], coverage_class, barred,
        source_day,
    ))  # fmt: skip
    first: BoolArray = np.ones(len(order), dtype=np.bool_)
    first[1:] = source_day[order][1:] != source_day[order][:-1]
    return order[first]


def _parts(
    layout: _Layout, channel: Int64Array, block: Block, feed_days: Int64Array
) -> tuple[Block, Int64Array, Int64Array]:
    """Rows of the part registers of the counting feeds, inputs added up: block, feed, register."""
    whole = np.array([name in WHOLE for name in layout.registers], dtype=np.bool_)
    feed = layout.family_feed[layout.family[channel]]
    counts = among(_key(feed, block.day), feed_days) & ~whole[layout.register[channel]]
    rows = np.flatnonzero(counts)
    part = feed[rows] * len(layout.registers) + layout.register[channel[rows]]
    keys, group = np.unique(_key(part, block.day[rows]), return_inverse=True)
    number = keys // _DAYS
    parts = combine(block.take(rows), group, len(keys))
    return parts, number // max(len(layout.registers), 1), number % max(len(layout.registers), 1)
