"""T19: a period is compared with as much time of the same kind: weekdays, clock, length."""

from __future__ import annotations

import datetime as dt

import pytest

from dashboard.tongue import NBSP, Tongue
from dashboard.views.compare import Difference, against
from dashboard.views.now import NowData, now_view
from dashboard.views.periods import Level, period
from hub.store.pages import DayRow, MonthRow
from tests.dashboard.rows import ALL, KWH, PARIS, day_row, flat_day, month_row

FR = Tongue("fr")
DAY = dt.timedelta(days=1)
SPRING, AUTUMN = dt.date(2026, 3, 29), dt.date(2026, 10, 25)
#: A meter that draws the same all day long, mWh an hour.
STEADY = KWH // 2
HOURS = {SPRING: 23, AUTUMN: 25}


def steady(day: dt.date, factor: float = 1.0) -> DayRow:
    """A whole day of it: 23, 24 or 25 hours."""
    hours = HOURS.get(day, 24)
    return day_row(day, int(STEADY * hours * factor), covered=3600 * hours)


def compared(
    level: Level,
    day: dt.date,
    days: list[DayRow],
    months: list[MonthRow] | None = None,
    now: dt.datetime = dt.datetime(2028, 12, 31, 12, tzinfo=dt.UTC),
) -> Difference:
    return against(FR, period(level, day), days, months or [], PARIS, now)


def change(found: Difference) -> float:
    assert found is not None
    return found[0]


@pytest.mark.parametrize("night", [SPRING, AUTUMN])
def test_t19_a_day_of_23_or_25_hours_is_compared_by_the_hour(night: dt.date) -> None:
    sundays = [steady(night - DAY * 7 * week) for week in range(1, 9)]
    assert change(compared("jour", night, [steady(night), *sundays])) == pytest.approx(0)
    more = compared("jour", night, [steady(night, 1.1), *sundays])
    assert change(more) == pytest.approx(0.1, abs=0.001)


def test_t19_a_day_is_compared_with_its_own_weekday_alone() -> None:
    monday = dt.date(2026, 11, 16)
    mondays = [steady(monday - DAY * 7 * week) for week in range(1, 9)]
    others = [steady(monday - DAY * n, 9) for n in range(1, 57) if n % 7]
    assert change(compared("jour", monday, [steady(monday), *mondays, *others])) == 0


def test_t19_hours_without_a_measure_are_no_saving() -> None:
    """A day known to nine tenths is compared by what is known."""
    day = dt.date(2026, 11, 18)
    known = day_row(day, STEADY * 22, covered=3600 * 22)
    before = [steady(day - DAY * 7 * week) for week in range(1, 9)]
    assert change(compared("jour", day, [known, *before])) == pytest.approx(0)


@pytest.mark.parametrize("monday", [SPRING - DAY * 6, AUTUMN - DAY * 6, dt.date(2026, 11, 16)])
def test_t19_an_unfinished_week_is_compared_with_the_same_weekdays(monday: dt.date) -> None:
    """On Wednesday evening the weekend of the week before does not count."""
    this = [steady(monday + DAY * n) for n in range(3)]
    before = [steady(monday + DAY * (n - 7), 1 if n < 5 else 3) for n in range(7)]
    now = dt.datetime.combine(monday + DAY * 2, dt.time(22, 59), dt.UTC)
    assert change(compared("semaine", monday, [*this, *before], now=now)) == pytest.approx(0)


def test_t19_the_day_that_still_runs_waits_for_its_end() -> None:
    """Wednesday's cheap night is not held against a whole Wednesday."""
    monday = dt.date(2026, 11, 16)
    night = day_row(monday + DAY * 2, STEADY, covered=3600 * 6)
    this = [steady(monday), steady(monday + DAY), night]
    before = [steady(monday + DAY * (n - 7)) for n in range(7)]
    now = dt.datetime(2026, 11, 18, 5, 0, tzinfo=dt.UTC)
    assert change(compared("semaine", monday, [*this, *before], now=now)) == pytest.approx(0)
    first = day_row(monday, STEADY, covered=3600 * 6)
    assert compared("semaine", monday, [first, *before], now=now) is None


@pytest.mark.parametrize("sunday", [SPRING, AUTUMN])
def test_t19_a_week_with_a_changed_night_is_compared_by_the_hour(sunday: dt.date) -> None:
    monday = sunday - DAY * 6
    rows = [steady(monday + DAY * n) for n in range(-7, 7)]
    assert change(compared("semaine", monday, rows)) == pytest.approx(0)


@pytest.mark.parametrize(("year", "lengths"), [(2028, (29, 28)), (2029, (28, 29))])
def test_t19_february_of_a_leap_year_stands_beside_one_of_28_days(
    year: int, lengths: tuple[int, int]
) -> None:
    first = dt.date(year, 2, 1)
    own = [steady(first + DAY * n) for n in range(lengths[0])]
    seconds = 86_400 * lengths[1]
    year_before = month_row(dt.date(year - 1, 2, 1), STEADY * 24 * lengths[1], covered=seconds)
    now = dt.datetime(year, 4, 1, tzinfo=dt.UTC)
    assert change(compared("mois", first, own, [year_before], now)) == pytest.approx(0)


def test_t19_a_leap_year_stands_beside_the_same_months_of_a_plain_one() -> None:
    months = []
    for year in (2027, 2028):
        for month in range(1, 13):
            first = dt.date(year, month, 1)
            after = dt.date(year + month // 12, month % 12 + 1, 1)
            hours = 24 * (after - first).days + {3: -1, 10: 1}.get(month, 0)
            months.append(month_row(first, STEADY * hours, covered=3600 * hours))
    assert change(compared("annee", dt.date(2028, 1, 1), [], months)) == pytest.approx(0)
    until_march = [m for m in months if m.month < dt.date(2028, 4, 1)]
    until_march += [month_row(dt.date(2027, 12, 1), 900 * STEADY * 24)]
    found = compared("annee", dt.date(2028, 1, 1), [], until_march)
    assert change(found) == pytest.approx(0)


@pytest.mark.parametrize(
    ("today", "hour"), [(SPRING, 12), (AUTUMN, 12), (dt.date(2026, 11, 22), 12), (SPRING, 1)]
)
def test_t19_the_day_so_far_is_compared_at_the_same_hour_of_the_clock(
    today: dt.date, hour: int
) -> None:
    """A household that draws by the clock: the changed hour of the night moves nothing."""
    now = dt.datetime.combine(today, dt.time(hour, 40), PARIS)
    rows = [by_the_clock(today - DAY * 7 * week) for week in range(9)]
    rows[0].slots[slots_until(today, now) :] = [None] * 50  # type: ignore[index]
    del rows[0].slots[len(flat_day(today, 0)) :]  # type: ignore[union-attr]
    data = NowData(now.astimezone(dt.UTC), PARIS, ALL, [], rows, None)
    (card,) = now_view(FR, data).cards
    said = card.sentence.replace(NBSP, " ")
    assert said == f"À {hour} h 30, autant qu'un dimanche habituel."


def by_the_clock(day: dt.date) -> DayRow:
    """Nothing at night, 0.1 kWh a half-hour from six on, 1 kWh from noon to half past."""
    starts = [dt.datetime.combine(day, dt.time(), PARIS).astimezone(dt.UTC)]
    slots: list[int | None] = []
    for n in range(len(flat_day(day, 0))):
        clock = (starts[0] + dt.timedelta(minutes=30) * n).astimezone(PARIS).time()
        noon = dt.time(12) <= clock < dt.time(12, 30)
        slots.append(KWH if noon else KWH // 10 if clock >= dt.time(6) or not clock.hour else 0)
    return day_row(day, slots=slots)


def slots_until(day: dt.date, now: dt.datetime) -> int:
    start = dt.datetime.combine(day, dt.time(), PARIS).astimezone(dt.UTC)
    return (now.astimezone(dt.UTC) - start) // dt.timedelta(minutes=30)
