"""Labels of Veolia's files: a stamp, a month, or a week without a year, as the instant meant.

All are naive local times. A month and a week stand for their END: the index is the one that closes
them. So does a day without hour, unless what was drawn on each day says that it opens them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import numpy as np

from connectors import _stamps
from hub.model import Int64Array

_EPOCH = date(1970, 1, 1)
_MONTH = re.compile(rb"(\d{1,2})/(\d{4})|(\d{4})-(\d\d)")
_WEEK = re.compile(rb"(\d{1,2})/(\d{1,2})(?:/(\d{4}))?\s*-\s*(\d{1,2})/(\d{1,2})(?:/(\d{4}))?")
_DATE_ONLY = len("2022-09-25")
_DAY = 86_400
#: Years in which a week's year is looked for: in five, no date falls on a Monday twice.
_YEARS = 5
#: Days between neighbouring rows from which on a year is taken for the wrong one.
_FAR = 183


def opens(wall: Int64Array, index: Int64Array, drawn: Int64Array) -> bool:
    """Whether the index of a day is the one of its beginning: so it is if what was drawn on it
    leads to the next day's index more often than to its own from the day before."""
    order = np.argsort(wall, kind="stable")
    index, drawn = index[order], drawn[order]
    step = np.diff(index)
    day = (np.diff(wall[order]) == _DAY) & (step != 0)
    return int((day & (step == drawn[:-1])).sum()) > int((day & (step == drawn[1:])).sum())


def is_day(cell: bytes) -> bool:
    """Whether a label is a day without hour."""
    return len(cell.strip()) == _DATE_ONLY


def walls(cells: Sequence[bytes], kind: str, received_at: int) -> tuple[Int64Array, list[bool]]:
    """The labels as seconds on the wall clock, and which of them are times at all.

    kind: "day", "month" or "week".
    """
    found = _stamps.written([cell.strip() for cell in cells])
    wall, ok = found.wall, found.ok.tolist()
    if kind == "day":
        for i, cell in enumerate(cells):
            wall[i] += _DAY if is_day(cell) else 0
        return wall, ok
    ends = _weeks(cells, received_at) if kind == "week" else [_month_end(cell) for cell in cells]
    for i, end in enumerate(ends):
        ok[i] = end is not None
        wall[i] = (end - _EPOCH).days * _DAY if end else 0
    return wall, ok


def _month_end(cell: bytes) -> date | None:
    """The day after the month: "04/2022" -> 2022-05-01."""
    match = _MONTH.fullmatch(cell.strip())
    if not match:
        return None
    month, year = int(match[1] or match[4]), int(match[2] or match[3])
    try:
        return date(year + month // 12, month % 12 + 1, 1) if 1 <= month <= 12 else None
    except ValueError:
        return None


def _weeks(cells: Sequence[bytes], received_at: int) -> list[date | None]:
    """The days after the weeks "26/09-02/10". None where the label or its year cannot be told.

    Weeks run from Monday to Sunday, so the weekday tells the year: within five years a date falls
    on a Monday once at most. Where it tells none, the row takes the year of a neighbour that is
    exactly one week away.
    """
    arrival = datetime.fromtimestamp(received_at, UTC).date()
    labels = [_WEEK.fullmatch(cell.strip()) for cell in cells]
    known = _near([_monday(label, arrival) if label else None for label in labels])
    for side, order in ((-1, range(1, len(cells))), (1, range(len(cells) - 2, -1, -1))):
        for i in order:
            label, beside = labels[i], known[i + side]
            if label and beside and known[i] is None:
                weeks = (beside + timedelta(days=step) for step in (7, -7))  # up or down in time
                known[i] = next((monday for monday in weeks if _says(label, monday)), None)
    return [monday + timedelta(days=7) if monday else None for monday in known]


def _near(mondays: Sequence[date | None]) -> list[date | None]:
    """``mondays`` without those a year off: half a year and more from their known neighbours.

    Rows between two others go first, so that a bad one does not take its good neighbour along.
    """
    kept = list(mondays)
    for neighbours in (2, 1):
        told = [(i, monday) for i, monday in enumerate(kept) if monday]
        for place, (i, here) in enumerate(told):
            beside = [
                m for _, m in (*told[max(place - 1, 0) : place], *told[place + 1 : place + 2])
            ]
            far = all(abs((here - m).days) >= _FAR for m in beside)
            if len(beside) >= neighbours and far:
                kept[i] = None
    return kept


def _monday(label: re.Match[bytes], arrival: date) -> date | None:
    """The Monday on which the week of this label began, if its year is told or can be told."""
    told = int(label[3]) if label[3] else 0
    years = [told] if told else range(arrival.year - _YEARS + 1, arrival.year + 1)
    for year in years:
        try:
            first = date(year, int(label[2]), int(label[1]))
        except ValueError:
            continue
        if first.weekday() == 0 and _says(label, first) and (told or first < arrival):
            return first
    return None


def _says(label: re.Match[bytes], monday: date) -> bool:
    """Whether ``label`` is the week that begins on ``monday``."""
    sunday = monday + timedelta(days=6)
    last_year = int(label[6]) if label[6] else sunday.year
    first, last = (int(label[1]), int(label[2])), (int(label[4]), int(label[5]))
    return (
        first == (monday.day, monday.month)
        and last == (sunday.day, sunday.month)
        and last_year == sunday.year
    )
