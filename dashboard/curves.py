"""Half-hours by instant, and a day against usual days. Pure: rows of the store in, curves out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from statistics import quantiles
from zoneinfo import ZoneInfo

from dashboard.times import SLOT, day_slots
from hub.store.pages import DayRow

_SLOT_SECONDS = 1800
#: Fewer usual days than this tell nothing about what is usual.
FEWEST_USUAL = 3


@dataclass(frozen=True, slots=True)
class Slot:
    """A half-hour: `amount` None where nothing is known; `allocated` is the part without shape."""

    start: dt.datetime
    amount: int | None
    allocated: int = 0
    covered: int = 0

    @property
    def whole(self) -> bool:
        """Known from its first to its last second."""
        return self.amount is not None and self.covered >= _SLOT_SECONDS


def row_slots(row: DayRow, zone: ZoneInfo, day_start: dt.timedelta) -> list[Slot]:
    """The half-hours of a day; empty where the day has only a total.

    Days of 15-minute slots are added up by two.
    """
    if row.slots is None:
        return []
    starts = day_slots(row.day, zone, day_start)
    fold = len(row.slots) // len(starts)
    return [_slot(row, start, number * fold, fold) for number, start in enumerate(starts)]


def _slot(row: DayRow, start: dt.datetime, first: int, fold: int) -> Slot:
    assert row.slots is not None
    amounts = row.slots[first : first + fold]
    known = [amount for amount in amounts if amount is not None]
    if not known:
        return Slot(start, None)
    allocated = (
        sum(a or 0 for a in row.slots_allocated[first : first + fold]) if row.slots_allocated else 0
    )
    if row.slots_covered:
        covered = sum(c or 0 for c in row.slots_covered[first : first + fold])
    else:
        covered = _SLOT_SECONDS * len(known) // fold
    return Slot(start, sum(known), allocated, covered)


def by_start(
    rows: Iterable[DayRow], zone: ZoneInfo, day_start: dt.timedelta
) -> dict[dt.datetime, Slot]:
    """All half-hours of several days by their instant."""
    return {slot.start: slot for row in rows for slot in row_slots(row, zone, day_start)}


@dataclass(frozen=True, slots=True)
class Usual:
    """Cumulated amount at the end of each half-hour on usual days: quartiles."""

    low: list[float]
    middle: list[float]
    high: list[float]
    days: int


def cumulated(slots: Sequence[Slot]) -> list[int] | None:
    """Amount since the day's start at the end of each half-hour; None where one is unknown."""
    total, sums = 0, []
    for slot in slots:
        if slot.amount is None:
            return None
        total += slot.amount
        sums.append(total)
    return sums


def usual(curves: Iterable[list[int] | None]) -> Usual | None:
    """Quartiles over whole days of as many half-hours; None with too few days."""
    whole = [curve for curve in curves if curve]
    if len(whole) < FEWEST_USUAL:
        return None
    columns = [quantiles(column, n=4, method="inclusive") for column in zip(*whole, strict=True)]
    low, middle, high = (list(side) for side in zip(*columns, strict=True))
    return Usual(low, middle, high, len(whole))


def by_the_clock(
    sums: list[int] | None, start: dt.datetime, ends: Iterable[dt.datetime]
) -> list[int] | None:
    """A day's cumulated curve as the clock shows the ends of another day's half-hours.

    `start`: when the day begins; `ends`: on this day, without zone. Where one of the two nights has
    an hour more or less, noon still stands beside noon.
    """
    if not sums:
        return None
    zone = start.tzinfo
    # The later of two equal times; a time that the clock left out is held by the one before it.
    at = [end.replace(tzinfo=zone, fold=1).astimezone(dt.UTC) for end in ends]
    elapsed = accumulate(((end - start.astimezone(dt.UTC)) // SLOT for end in at), max)
    return [sums[min(count, len(sums)) - 1] for count in elapsed]


@dataclass(frozen=True, slots=True)
class Hole:
    """A stretch of time without a measure."""

    start: dt.datetime
    end: dt.datetime

    @property
    def seconds(self) -> float:
        """Its length."""
        return (self.end - self.start).total_seconds()


def holes(slots: Sequence[Slot], now: dt.datetime) -> list[Hole]:
    """Unknown stretches among the past half-hours that have a later known one."""
    last = max((n for n, slot in enumerate(slots) if slot.amount is not None), default=-1)
    found: list[Hole] = []
    for slot in slots[: last + 1]:
        if slot.amount is not None or slot.start >= now:
            continue
        if found and found[-1].end == slot.start:
            found[-1] = Hole(found[-1].start, slot.start + SLOT)
        else:
            found.append(Hole(slot.start, slot.start + SLOT))
    return found
