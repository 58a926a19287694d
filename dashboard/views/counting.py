"""Which of several sources of one meter counts, so that a card shows one meter's word only. Pure.

The rule is the rollup's (`hub.rollup.counting`), told for a household's handful of channels.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

from dashboard.times import DAY, seconds_in
from hub.rollup.families import family_of
from hub.store.live import LiveChannel

_FINENESS = {"week": 1, "month": 2}
_Feed = tuple[str, str, str]


def counting(
    channels: Iterable[LiveChannel], zone: ZoneInfo, day_start: dt.timedelta
) -> dict[int, str]:
    """Usage point -> the source that counts on the newest day known; none where no day is known.

    `channels` are of one flow and quantity.
    """
    points: dict[int, list[LiveChannel]] = defaultdict(list)
    for channel in channels:
        if channel.kind != "power" and family_of(channel.register):
            points[channel.usage_point_id].append(channel)
    found = {}
    for point, own in points.items():
        day = max((c.day for c in own if c.day), default=None)
        if day is not None:
            found[point] = _best(own, day, seconds_in(day, day + DAY, zone, day_start))
    return found


class _Covered(NamedTuple):
    """What a family of registers, or a level of them, knows of the day: seconds, and whether a
    longer time's amount was shared out to it. number: its lowest channel number."""

    seconds: int
    shared_out: bool
    number: int


def _best(own: Sequence[LiveChannel], day: dt.date, length: int) -> str:
    """The source of the feed and level that cover the day best."""
    feeds: dict[_Feed, list[LiveChannel]] = defaultdict(list)
    for channel in own:
        feeds[channel.source, channel.kind, channel.period_class].append(channel)
    covered = {
        (feed, level): known
        for feed, members in feeds.items()
        for level, known in _levels(members, day, length).items()
    }

    def order(one: tuple[_Feed, int]) -> tuple[bool, int, int, bool, int, int]:
        feed, level = one
        fineness = _FINENESS.get(feed[2], 0)
        barred = fineness > 0 and any(
            _FINENESS.get(other[2], 0) < fineness and known.seconds * 10 >= length * 9
            for (other, _), known in covered.items()
        )
        members, known = feeds[feed], covered[one]
        return (
            barred,
            _coverage_class(known.seconds, length),
            min(c.rank for c in members),
            known.shared_out and known.seconds * 10 >= length * 9,
            min(c.channel_id for c in members),
            level,
        )

    (source, _, _), _ = min(covered, key=order)
    return source


def _levels(members: Sequence[LiveChannel], day: dt.date, length: int) -> dict[int, _Covered]:
    """Level of registers (total, supplier's, distributor's) -> what it knows of the day."""
    families: dict[int, dict[str, list[LiveChannel]]] = defaultdict(lambda: defaultdict(list))
    for channel in members:
        level, family = family_of(channel.register) or (0, "")
        is_away = channel.away_from is not None and channel.away_from <= day
        has_begun = channel.day is not None or channel.at is not None
        if channel.day == day or (has_begun and not is_away):
            families[level][family].append(channel)
    found = {}
    for level, by_family in families.items():
        known = [_of_family(p, day) for p in by_family.values() if any(c.day == day for c in p)]
        if known:
            found[level] = _together(known, length)
    return found


def _of_family(parts: Sequence[LiveChannel], day: dt.date) -> _Covered:
    """Parts of one sum: as much as is known of the least known one, nothing if one is missed."""
    return _Covered(
        min(c.covered if c.day == day else 0 for c in parts),
        any(c.shared_out for c in parts if c.day == day),
        min(c.channel_id for c in parts),
    )


def _together(families: Sequence[_Covered], length: int) -> _Covered:
    """Families that follow each other add up; of those that overlap the better one counts."""
    total = sum(family.seconds for family in families)
    if total * 1000 > length * 1001:
        return min(families, key=lambda family: (-family.seconds, family.number))
    shared_out, number = any(f.shared_out for f in families), min(f.number for f in families)
    return _Covered(min(total, length), shared_out, number)


def _coverage_class(covered: int, length: int) -> int:
    """As the rollup has them: nearly all, most, an hour's worth, less, nothing."""
    least = ((covered * 1000, length * 999), (covered * 10, length * 9), (covered * 24, length))
    for number, (known, enough) in enumerate(least):
        if known >= enough:
            return number
    return 3 if covered else 4
