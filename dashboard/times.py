"""Local days and half-hours as pages need them. Pure; instants are aware datetimes."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

SLOT = dt.timedelta(minutes=30)
DAY = dt.timedelta(days=1)
MIDNIGHT = dt.timedelta()
UTC = dt.UTC


def local_day(now: dt.datetime, zone: ZoneInfo, day_start: dt.timedelta) -> dt.date:
    """The local day `now` belongs to: before 06:00 a gas day is still yesterday's."""
    return (now.astimezone(zone).replace(tzinfo=None) - day_start).date()


def starts_at(
    day: dt.date, zone: ZoneInfo, day_start: dt.timedelta = dt.timedelta()
) -> dt.datetime:
    """The instant (UTC) a local day begins."""
    naive = dt.datetime.combine(day, dt.time()) + day_start
    return naive.replace(tzinfo=zone).astimezone(UTC)


def slot_starts(start: dt.datetime, end: dt.datetime) -> list[dt.datetime]:
    """The half-hours of [start, end): 46, 48 or 50 for a local day."""
    count = int((end - start) / SLOT)
    return [start + SLOT * number for number in range(count)]


def day_slots(day: dt.date, zone: ZoneInfo, day_start: dt.timedelta) -> list[dt.datetime]:
    """The half-hours of a local day, in order."""
    return slot_starts(starts_at(day, zone, day_start), starts_at(day + DAY, zone, day_start))


def seconds_in(
    first: dt.date,
    end: dt.date,
    zone: ZoneInfo,
    day_start: dt.timedelta,
    now: dt.datetime | None = None,
) -> int:
    """Seconds of the local days [first, end); of those that have passed by `now` where given."""
    start, stop = starts_at(first, zone, day_start), starts_at(end, zone, day_start)
    if now is not None:
        stop = min(stop, now)
    return max(0, int((stop - start).total_seconds()))


def month_start(day: dt.date) -> dt.date:
    """The first of its month."""
    return day.replace(day=1)


def add_months(month: dt.date, count: int) -> dt.date:
    """The first of the month so many months later (or earlier)."""
    index = month.year * 12 + month.month - 1 + count
    return dt.date(index // 12, index % 12 + 1, 1)


def days_between(start: dt.date, end: dt.date) -> list[dt.date]:
    """The dates of [start, end)."""
    return [start + DAY * number for number in range((end - start).days)]
