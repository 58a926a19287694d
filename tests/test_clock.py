"""Local days and months against zoneinfo, one instant at a time."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.clock import (
    date_of,
    day_number,
    days,
    first_days_of,
    months_of,
)

ZONES = ("Europe/Paris", "Pacific/Noumea", "America/Cayenne", "Asia/Kolkata")
instants = st.integers(946_684_800, 4_133_980_800)  # 2000 to 2100
starts = st.sampled_from((0, 6 * 3600))


@given(instants, st.sampled_from(ZONES), starts)
def test_an_instant_is_on_its_local_day(ts: int, zone: str, start: int) -> None:
    local = datetime.fromtimestamp(ts, ZoneInfo(zone)).replace(tzinfo=None)
    expected = (local - timedelta(seconds=start)).date()
    assert date_of(days(zone, start).day_at(ts)) == expected


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), starts)
def test_a_day_begins_at_its_local_hour(day: date, start: int) -> None:
    calendar = days("Europe/Paris", start)
    begin, end = calendar.bounds(np.array([day_number(day)]))
    local = datetime.fromtimestamp(int(begin[0]), ZoneInfo("Europe/Paris"))
    assert (local.date(), local.hour, local.minute) == (day, start // 3600, 0)
    assert int(end[0] - begin[0]) in (82_800, 86_400, 90_000)
    assert calendar.start_of(day) == begin[0]


@given(st.dates(date(1999, 1, 1), date(2101, 1, 1)))
def test_months_are_made_of_local_days(day: date) -> None:
    number = months_of(np.array([day_number(day)]))
    assert int(number[0]) == day.year * 12 + day.month - 1
    assert date_of(int(first_days_of(number)[0])) == day.replace(day=1)


def test_a_gas_month_runs_from_six_on_the_first() -> None:
    months = months_of(np.array([day_number(date(2026, 3, 15))])) + np.array([0, 1])
    begin, end = days("Europe/Paris", 6 * 3600).starts(first_days_of(months))
    zone = ZoneInfo("Europe/Paris")
    assert datetime.fromtimestamp(int(begin), zone).isoformat() == "2026-03-01T06:00:00+01:00"
    assert datetime.fromtimestamp(int(end), zone).isoformat() == "2026-04-01T06:00:00+02:00"


def test_t02_the_nights_of_the_clock_change() -> None:
    calendar = days("Europe/Paris")
    numbers = np.array([day_number(date(2026, 3, 29)), day_number(date(2026, 10, 25))])
    begin, end = calendar.bounds(numbers)
    assert ((end - begin) // 1800).tolist() == [46, 50]


def test_instants_beyond_the_tables_belong_to_the_nearest_day() -> None:
    calendar = days("Europe/Paris")
    assert date_of(calendar.day_at(-(2**40))) == date(1999, 1, 1)
    assert date_of(calendar.day_at(2**40)) == date(2101, 12, 31)


def test_days_that_begin_between_slots_are_refused() -> None:
    with pytest.raises(ValueError, match="choose another day start"):
        days("Europe/Paris", 600)
