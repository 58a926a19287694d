"""When a period's figures are due. Pure.

Half-hours 30 minutes after their end, days at D+3 08:00 local, months on the 10th and years on
10 February at 08:00 local.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from hub.periods import HALF_HOUR

_HOUR = timedelta(hours=8)
_DAY = timedelta(days=1)


def last_half_hour(now: datetime) -> datetime:
    """Instants up to this one end half-hours that are due."""
    return now - HALF_HOUR


def last_day(now: datetime, zone: ZoneInfo) -> date:
    """The last day whose total is due."""
    return _business_day(now, zone) - 3 * _DAY


def end_of_months(now: datetime, zone: ZoneInfo) -> date:
    """First day of the first month that is not due yet."""
    today = _business_day(now, zone)
    this_month = today.replace(day=1)
    return this_month if today.day >= 10 else (this_month - _DAY).replace(day=1)


def end_of_years(now: datetime, zone: ZoneInfo) -> date:
    """First day of the first year that is not due yet."""
    today = _business_day(now, zone)
    this_year = today.replace(month=1, day=1)
    due = (today.month, today.day) >= (2, 10)
    return this_year if due else this_year.replace(year=today.year - 1)


def _business_day(now: datetime, zone: ZoneInfo) -> date:
    """The local date, which for publication changes at 08:00."""
    return (now.astimezone(zone).replace(tzinfo=None) - _HOUR).date()
