"""Local days, months and years as instants."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.periods import MIDNIGHT, LongStep, back, day_of, floor_to, following, instant_of, starts

PARIS = ZoneInfo("Europe/Paris")
SIX = timedelta(hours=6)
DAYS = st.dates(date(2001, 1, 1), date(2099, 12, 31))
STARTS = st.sampled_from([MIDNIGHT, SIX])
STEPS: st.SearchStrategy[LongStep] = st.sampled_from(["day", "month", "year"])


@pytest.mark.parametrize(
    ("day", "start", "hours"),
    [
        (date(2026, 3, 29), MIDNIGHT, 23),
        (date(2026, 10, 25), MIDNIGHT, 25),
        (date(2026, 3, 28), SIX, 23),
        (date(2026, 10, 24), SIX, 25),
        (date(2028, 2, 29), SIX, 24),
    ],
)
def test_lengths_of_days(day: date, start: timedelta, hours: int) -> None:
    length = instant_of(day + timedelta(days=1), start, PARIS) - instant_of(day, start, PARIS)
    assert length == timedelta(hours=hours)


@given(DAYS, STARTS)
def test_a_day_holds_its_first_and_last_second(day: date, start: timedelta) -> None:
    first = instant_of(day, start, PARIS)
    last = instant_of(day + timedelta(days=1), start, PARIS) - timedelta(seconds=1)
    assert day_of(first, start, PARIS) == day_of(last, start, PARIS) == day
    assert day_of(first - timedelta(seconds=1), start, PARIS) == day - timedelta(days=1)


@given(st.integers(978_307_200, 4_070_908_800), STARTS)
def test_every_instant_lies_in_its_day(seconds: int, start: timedelta) -> None:
    moment = datetime.fromtimestamp(seconds, UTC)
    day = day_of(moment, start, PARIS)
    assert instant_of(day, start, PARIS) <= moment
    assert moment < instant_of(day + timedelta(days=1), start, PARIS)


@given(DAYS, STEPS, st.integers(0, 30))
def test_back_and_following_undo_each_other(day: date, step: LongStep, count: int) -> None:
    first = floor_to(day, step)
    found = back(first, step, count) if first.year > 1 + count else first
    for _ in range(count):
        found = following(found, step)
    assert found == first


@given(DAYS, st.integers(0, 900), STEPS)
def test_periods_fill_their_range(first: date, length: int, step: LongStep) -> None:
    end = first + timedelta(days=length)
    found = starts(first, end, step)
    assert all(following(a, step) == b for a, b in pairwise(found))
    if length:
        assert found[0] <= first
        assert following(found[-1], step) >= end
    else:
        assert len(found) <= 1
