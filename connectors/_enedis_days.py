"""Which rows of an Enedis table are the energies of local days: dates, or midnights a day apart."""

from __future__ import annotations

import numpy as np

from connectors import _stamps
from connectors._rows import Mask
from connectors._text import Column
from hub.model import Int64Array

#: A day by the clock, seconds; in UTC it has 23 to 25 hours.
DAY = 86_400
#: From here on dates that are apart begin weeks or months.
_WEEK = 7 * DAY
#: Length of the longest date without hour.
_DATE = len("2026-11-21")


def dated(
    stamps: Column, given: Int64Array, daily: bool, zone: str
) -> tuple[Mask, Int64Array, Int64Array]:
    """Which rows with one stamp are days, their start and their length.

    A row is the day of its stamp, by local clocks, where its step is one. Rows that state no step
    are days where the source says so and they come once a day, or where most of them are midnights
    and these dates or neighbours; any other hour among these has the length 0.

    given: the step that each row states, seconds; 0: none. daily: whether the source says so.
    """
    found = _stamps.written(stamps)
    wall = found.wall.copy()
    wall[~found.naive] = _stamps.local((found.wall - found.offset)[~found.naive], zone)
    date = wall // DAY * DAY
    days, rest = found.ok & (given == DAY), found.ok & (given == 0)
    exact = days | rest
    if daily:
        days |= rest & (len(np.unique(wall[rest])) == len(np.unique(date[rest])))
    else:
        midnight = rest & (wall == date)
        bare = bool((stamps.end - stamps.start <= _DATE)[midnight].any())
        most = np.count_nonzero(midnight) * 2 > np.count_nonzero(rest)
        if most and _are_neighbours(np.unique(date[midnight]), bare):
            exact, days = days | midnight, days | rest
    return days, *_bounds(date, exact & days, zone)


def _are_neighbours(dates: Int64Array, bare: bool) -> bool:
    """Whether ``dates`` are a day apart; those without hours (``bare``) may be alone, or fewer."""
    distance = np.diff(dates).min(initial=_WEEK)
    return bool(distance == DAY or (bare and (distance < _WEEK or len(dates) == 1)))


def _bounds(date: Int64Array, days: Mask, zone: str) -> tuple[Int64Array, Int64Array]:
    """Start and length of local days; 0 where there is none."""
    start, seconds = np.zeros(len(date), np.int64), np.zeros(len(date), np.int64)
    start[days], end = (_stamps.utc(date[days] + after, zone)[0] for after in (0, DAY))
    seconds[days] = end - start[days]
    return start, seconds


def paired(start: Int64Array, end: Int64Array, zone: str) -> Mask:
    """Which rows that say both ends are one local day from midnight on."""
    opens, closes = (_stamps.local(ts, zone) for ts in (start, end))
    mask: Mask = (opens % DAY == 0) & (closes - opens == DAY)
    return mask
