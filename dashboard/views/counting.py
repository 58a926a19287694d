"""Which of several sources of one meter counts, so that a card shows one meter's word only. Pure.

The rule is the rollup's (`hub.rollup.counting`), told for a household's handful of channels.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
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


def _best(own: Sequence[LiveChannel], day: dt.date, length: int) -> str:
    """The source of the feed and level that cover the day best."""
    feeds: dict[_Feed, list[LiveChannel]] = defaultdict(list)
    for channel in own:
        feeds[channel.source, channel.kind, channel.period_class].append(channel)
    covered = {
        (feed, level): seconds
        for feed, members in feeds.items()
        for level, seconds in _levels(members, day, length).items()
    }

    def order(one: tuple[_Feed, int]) -> tuple[bool, int, int, bool, int, int]:
        feed, level = one
        fineness = _FINENESS.get(feed[2], 0)
        barred = fineness > 0 and any(
            _FINENESS.get(other[2], 0) < fineness and seconds * 10 >= length * 9
            for (other, _), seconds in covered.items()
        )
        members = feeds[feed]
        return (
            barred,
            _coverage_class(covered[one], length),
            min(c.rank for c in members),
            _is_shared_out(members, day, level) and covered[one] * 10 >= length * 9,
            min(c.channel_id for c in members),
            level,
        )

    (source, _, _), _ = min(covered, key=order)
    return source


def _is_shared_out(members: Sequence[LiveChannel], day: dt.date, level: int) -> bool:
    """Whether the level's day holds shares of a longer time."""
    return any(
        c.shared_out and c.day == day and (family_of(c.register) or (0, ""))[0] == level
        for c in members
    )


def _levels(members: Sequence[LiveChannel], day: dt.date, length: int) -> dict[int, int]:
    """Level of registers (total, supplier's, distributor's) -> seconds of the day it covers."""
    families: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    seen = set()
    for channel in members:
        level, family = family_of(channel.register) or (0, "")
        if channel.day == day:
            seen.add((level, family))
        if channel.day is not None or channel.at is not None:  # a part that has begun is expected
            families[level][family].append(channel.covered if channel.day == day else 0)
    return {
        level: _together(
            [min(parts) for family, parts in found.items() if (level, family) in seen], length
        )
        for level, found in families.items()
        if any((level, family) in seen for family in found)
    }


def _together(covered: list[int], length: int) -> int:
    """Families that follow each other add up; of those that overlap the better one counts."""
    total = sum(covered)
    return min(total, length) if total * 1000 <= length * 1001 else max(covered)


def _coverage_class(covered: int, length: int) -> int:
    if covered * 24 < length:
        return 3 if covered else 4
    if covered * 1000 >= length * 999:
        return 0
    return 1 if covered * 10 >= length * 9 else 2
