"""What the time without a measure may have taken. It stands beside a total and is never part of it.

The mean of the household's own four weeks before the gap, times the seconds that are missing. Only
for gaps that are over, four weeks long at most, and of the same household: nobody's level shows to
those who live there before or after. Made anew whenever it is shown, from the days as they are
(docs/decisions/0006): the same days give the same estimate, in whatever order they came.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from hub.clock import Days, date_of, day_number, days
from hub.model import Int64Array
from hub.store import gaps as store
from hub.store.connection import Connection

#: Days before a gap whose mean counts, and the longest gap.
WINDOW = LONGEST = 28
#: So much of the window must be measured, seconds.
ENOUGH = 7 * 86_400
_FAR = 1 << 40

#: (commodity, flow, quantity) -> local day -> amount.
Estimates = Mapping[tuple[str, str, str], Mapping[date, int]]
#: First and last day, numbers, both included.
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class DaySums:
    """Days of one total. day: numbers, ascending; covered: seconds; amount: in its quantity."""

    day: Int64Array
    covered: Int64Array
    amount: Int64Array


def of_household(
    conn: Connection,
    household: int,
    zone: str,
    first: date,
    end: date,
    commodity: str | None = None,
) -> Estimates:
    """Estimates of the household's totals on the days from ``first`` to ``end`` (exclusive).

    commodity: this one only; None: all. Days without a gap are left out.
    """
    low, high = first - timedelta(WINDOW + LONGEST), end + timedelta(LONGEST)
    sums = store.day_sums(conn, household, low, high, commodity)
    owned = store.owned(conn, household) if sums else {}
    asked = range(day_number(first), day_number(end))
    return {
        key: {date_of(day): amount for day, amount in found.items() if day in asked}
        for key, (day_start, rows) in sums.items()
        if (found := estimates(_columns(rows), days(zone, day_start), owned.get(key[0], ())))
    }


def _columns(rows: Sequence[tuple[int, int, int]]) -> DaySums:
    table = np.array(rows, dtype=np.int64).reshape(-1, 3)
    return DaySums(table[:, 0], table[:, 1], table[:, 2])


def estimates(sums: DaySums, calendar: Days, owned: Iterable[Span]) -> dict[int, int]:
    """Day number -> estimate of what it lacks, for the days of closed gaps.

    owned: the days that are the household's; each stretch is looked at by itself.
    """
    found: dict[int, int] = {}
    for first, last in _merged(owned):
        a, b = np.searchsorted(sums.day, [first, last + 1])
        mine = slice(int(a), int(b))
        if a < b:
            part = DaySums(sums.day[mine], sums.covered[mine], sums.amount[mine])
            found |= _of_stretch(part, calendar)
    return found


def _merged(owned: Iterable[Span]) -> list[Span]:
    """Stretches that touch or overlap as one."""
    merged: list[Span] = []
    for first, last in sorted(owned):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = merged[-1][0], max(merged[-1][1], last)
        elif first <= last:
            merged.append((first, last))
    return merged


def _of_stretch(sums: DaySums, calendar: Days) -> dict[int, int]:
    begin = int(sums.day[0])
    span = np.arange(begin, int(sums.day[-1]) + 1)
    start, end = calendar.bounds(span)
    covered, amount = np.zeros_like(span), np.zeros_like(span)
    covered[sums.day - begin], amount[sums.day - begin] = sums.covered, sums.amount
    known = (covered > 0) | (amount > 0)
    missing = end - start - covered
    at = np.arange(len(span))
    before = np.maximum.accumulate(np.where(known, at, -_FAR))
    after = np.minimum.accumulate(np.where(known, at, _FAR)[::-1])[::-1]
    # A day that is known in part is no bound of its own gap.
    previous = np.concatenate([[-_FAR], before[:-1]])
    following = np.concatenate([after[1:], [_FAR]])
    gap = (missing > 0) & (following - previous - 1 <= LONGEST)
    # Sums up to a day, of the days that tell how much they took in how long.
    seconds = np.concatenate([[0], np.cumsum(covered)])
    taken = np.concatenate([[0], np.cumsum(np.where(covered > 0, amount, 0))])
    found: dict[int, int] = {}
    for i in np.flatnonzero(gap).tolist():
        edge = i if known[i] else int(previous[i]) + 1
        low = max(edge - WINDOW, 0)
        measured = int(seconds[edge] - seconds[low])
        if measured < ENOUGH:
            continue
        amount_there = int(taken[edge] - taken[low])
        guess = amount_there * int(missing[i]) // measured
        # Where one of two meters told the day, what it told is no part of what is missing.
        told = int(amount[i]) if covered[i] == 0 else 0
        found[begin + i] = max(guess - told, 0)
    return found
