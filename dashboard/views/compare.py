"""With what a period is compared, and by how much it differs. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from statistics import median
from zoneinfo import ZoneInfo

from dashboard.times import DAY, MIDNIGHT, add_months, seconds_in
from dashboard.tongue import Tongue
from dashboard.views.bars import ENOUGH
from dashboard.views.periods import Period
from hub.store.pages import DayRow, MonthRow

_DAY_SECONDS = 86_400
_WEEKS = 8
Difference = tuple[float, str] | None


def per_day(rows: Iterable[DayRow | MonthRow], zone: ZoneInfo, now: dt.datetime) -> float | None:
    """Amount a day, from whole days and whole months only; None where there is none.

    A few minutes, or a meter of which half is lost, tell nothing of a day.
    """
    whole = [row for row in rows if _whole(row, zone, now)]
    seconds = sum(row.covered for row in whole)
    return sum(row.amount for row in whole) / seconds * _DAY_SECONDS if seconds else None


def _whole(row: DayRow | MonthRow, zone: ZoneInfo, now: dt.datetime) -> bool:
    """A day measured for nine tenths; a month so far, of at least such a day."""
    if isinstance(row, DayRow):
        return row.covered >= ENOUGH * seconds_in(row.day, row.day + DAY, zone, MIDNIGHT)
    passed = seconds_in(row.month, add_months(row.month, 1), zone, MIDNIGHT, now)
    return row.covered >= ENOUGH * max(passed, _DAY_SECONDS)


def against(
    tongue: Tongue,
    wanted: Period,
    days: Sequence[DayRow],
    months: Sequence[MonthRow],
    zone: ZoneInfo,
    now: dt.datetime,
) -> Difference:
    """Relative difference and the words for the reference; None where nothing is comparable.

    A day is compared with the middle of the same weekdays before it, a week with the same weekdays
    of the one before, longer periods by their average a day, so that an unfinished month stands
    beside a whole one. All by the time known: a night of 23 or 25 hours changes nothing.
    """
    if wanted.level == "jour":
        return _against_weekday(tongue, wanted, days, zone, now)
    if wanted.level == "semaine":
        return _against_week(tongue, wanted, days, zone, now)
    if wanted.level == "mois":
        return _against_month(tongue, wanted, days, months, zone, now)
    if wanted.level == "annee":
        return _against_year(tongue, wanted, months, zone, now)
    return None


def _relative(value: float | None, reference: float | None, words: str) -> Difference:
    """None where there is nothing to compare with: a reference of 0, or of less, where a register
    went back by a step."""
    if value is None or reference is None or reference <= 0:
        return None
    return (max(value, 0) / reference - 1, words)


def _within(days: Sequence[DayRow], of: Period) -> list[DayRow]:
    return [row for row in days if of.start <= row.day < of.end]


def _enough(rows: list[DayRow], of: Period, zone: ZoneInfo, now: dt.datetime) -> list[DayRow]:
    """The rows if they cover the period well enough to stand for it."""
    length = seconds_in(of.start, of.end, zone, dt.timedelta(), now)
    return rows if length and sum(row.covered for row in rows) >= ENOUGH * length else []


def _whole_days(days: Sequence[DayRow], zone: ZoneInfo, now: dt.datetime) -> dict[dt.date, DayRow]:
    """Days that are known well enough to stand for themselves; today is not, until its evening."""
    return {row.day: row for row in days if _whole(row, zone, now)}


def _against_weekday(
    tongue: Tongue, wanted: Period, days: Sequence[DayRow], zone: ZoneInfo, now: dt.datetime
) -> Difference:
    known = _whole_days(days, zone, now)
    own = known.get(wanted.start)
    before = [known.get(wanted.start - DAY * 7 * week) for week in range(1, _WEEKS + 1)]
    usual = [row.amount / row.covered for row in before if row]
    if own is None or len(usual) < 3:
        return None
    words = tongue.t("un {weekday} habituel", weekday=tongue.weekday(wanted.start))
    return _relative(own.amount / own.covered, median(usual), words)


def _against_week(
    tongue: Tongue, wanted: Period, days: Sequence[DayRow], zone: ZoneInfo, now: dt.datetime
) -> Difference:
    """The same weekdays of the week before, where most of them are known."""
    own = _whole_days(_within(days, wanted), zone, now)
    before = _whole_days(_within(days, wanted.previous), zone, now)
    both = [day for day in own if day - DAY * 7 in before]
    if len(both) < ENOUGH * len(own):
        return None
    return _relative(
        per_day((own[day] for day in both), zone, now),
        per_day((before[day - DAY * 7] for day in both), zone, now),
        tongue.t("la semaine précédente"),
    )


def _against_month(
    tongue: Tongue,
    wanted: Period,
    days: Sequence[DayRow],
    months: Sequence[MonthRow],
    zone: ZoneInfo,
    now: dt.datetime,
) -> Difference:
    """The same month a year before where it is known, else the month before."""
    value = per_day(_within(days, wanted), zone, now)
    first = add_months(wanted.start, -12)
    length = seconds_in(first, add_months(first, 1), zone, dt.timedelta(), now)
    last_year = [row for row in months if row.month == first and row.covered >= ENOUGH * length]
    if last_year:
        return _relative(
            value, per_day(last_year, zone, now), tongue.t("en {month}", month=tongue.month(first))
        )
    before = wanted.previous
    reference = per_day(_enough(_within(days, before), before, zone, now), zone, now)
    return _relative(value, reference, tongue.t("en {month}", month=tongue.month(before.start)))


def _against_year(
    tongue: Tongue,
    wanted: Period,
    months: Sequence[MonthRow],
    zone: ZoneInfo,
    now: dt.datetime,
) -> Difference:
    """The same months of the year before, where most of them are known."""
    whole = {row.month: row for row in months if _whole(row, zone, now)}
    own = [month for month in whole if month.year == wanted.start.year]
    both = [month for month in own if add_months(month, -12) in whole]
    if len(both) < len(own) / 2:
        return None
    return _relative(
        per_day([whole[month] for month in both], zone, now),
        per_day([whole[add_months(month, -12)] for month in both], zone, now),
        tongue.t("sur les mêmes mois de {year}", year=wanted.start.year - 1),
    )
