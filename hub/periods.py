"""Local days, months and years of a commodity as instants. Pure.

A commodity's day begins at its ``day_start`` (gas 06:00 local, others midnight); its months and
years are made of its days, so a gas month runs from 06:00 on the 1st.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

LongStep = Literal["day", "month", "year"]

HALF_HOUR = timedelta(minutes=30)
MIDNIGHT = timedelta(0)


def instant_of(day: date, day_start: timedelta, zone: ZoneInfo) -> datetime:
    """When the commodity's local day begins, in UTC."""
    local = datetime.combine(day, time()) + day_start
    return local.replace(tzinfo=zone).astimezone(UTC)


def day_of(instant: datetime, day_start: timedelta, zone: ZoneInfo) -> date:
    """The commodity's local day an instant lies in."""
    # Wall clock minus the day's start: the days begin at one wall-clock time the year round.
    return (instant.astimezone(zone).replace(tzinfo=None) - day_start).date()


def floor_to(day: date, step: LongStep) -> date:
    """First day of the day, month or year that ``day`` lies in."""
    if step == "day":
        return day
    return day.replace(day=1) if step == "month" else day.replace(month=1, day=1)


def following(start: date, step: LongStep) -> date:
    """First day of the next period; ``start`` is the first day of its own."""
    if step == "day":
        return start + timedelta(days=1)
    if step == "month":
        return (start + timedelta(days=31)).replace(day=1)
    return start.replace(year=start.year + 1)


def back(start: date, step: LongStep, count: int) -> date:
    """First day of the period ``count`` periods before ``start``'s own."""
    start = floor_to(start, step)
    if step == "day":
        return start - timedelta(days=count)
    if step == "year":
        return start.replace(year=start.year - count)
    year, month = divmod(start.year * 12 + start.month - 1 - count, 12)
    return date(year, month + 1, 1)


def starts(first: date, end: date, step: LongStep) -> list[date]:
    """First days of the periods from the one ``first`` lies in until ``end`` (exclusive)."""
    found = []
    start = floor_to(first, step)
    while start < end:
        found.append(start)
        start = following(start, step)
    return found
