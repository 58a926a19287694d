"""Estimates stand beside: closed gaps only, of one household, from the four weeks before."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.clock import Days, day_number, days
from hub.estimates import ENOUGH, LONGEST, WINDOW, DaySums, estimates
from tests.examples import examples

PARIS = days("Europe/Paris")
FIRST = day_number(date(2026, 3, 1))  # the gap of most tests lies about the 23 hours of 29 March
DAY = 86_400
KWH = 10**6
ALWAYS = [(-100_000, 100_000)]

#: Day from FIRST -> (covered seconds, amount).
Rows = dict[int, tuple[int, int]]


def made(rows: Rows, owned: list[tuple[int, int]] | None = None) -> dict[int, int]:
    table = sorted((FIRST + day, *row) for day, row in rows.items())
    columns = np.array(table, dtype=np.int64).reshape(-1, 3).T
    found = estimates(DaySums(*columns), PARIS, ALWAYS if owned is None else owned)
    return {day - FIRST: amount for day, amount in found.items()}


def whole(first: int, last: int, hourly: int = KWH) -> Rows:
    return {day: (length(day), length(day) // 3600 * hourly) for day in range(first, last + 1)}


def length(day: int, calendar: Days = PARIS) -> int:
    start, end = calendar.bounds(np.array([FIRST + day]))
    return int(end[0] - start[0])


def test_a_gap_takes_what_the_four_weeks_before_took() -> None:
    assert made(whole(0, 19) | whole(22, 22)) == {20: 24 * KWH, 21: 24 * KWH}


def test_a_part_of_a_day_takes_its_share_and_the_short_day_its_23_hours() -> None:
    rows = whole(0, 26) | {27: (DAY // 4, 6 * KWH)} | whole(29, 30)
    assert made(rows) == {27: 18 * KWH, 28: 23 * KWH}


def test_older_than_four_weeks_says_nothing() -> None:
    rows = whole(0, 9, 100 * KWH) | whole(10, 10 + WINDOW - 1) | whole(10 + WINDOW + 1, 40)
    assert made(rows) == {10 + WINDOW: 24 * KWH}


def test_a_gap_that_is_not_over_is_not_estimated() -> None:
    assert made(whole(0, 19)) == {}
    assert made(whole(0, 19) | {20: (DAY // 2, KWH)}) == {}


def test_what_came_before_everything_is_not_estimated() -> None:
    assert made({5: (0, 0)} | whole(8, 20)) == {}


def test_a_gap_of_more_than_four_weeks_is_not_estimated() -> None:
    assert len(made(whole(0, 19) | whole(20 + LONGEST, 60))) == LONGEST
    assert made(whole(0, 19) | whole(21 + LONGEST, 60)) == {}


def test_less_than_a_week_of_measures_is_not_enough() -> None:
    assert ENOUGH == 7 * DAY
    assert made(whole(0, 5) | whole(7, 7)) == {}
    assert made(whole(0, 6) | whole(8, 8)) == {7: 24 * KWH}


def test_nobody_else_s_days_count() -> None:
    """Those who lived there before and after are not this household; nor is the time between."""
    rows = whole(0, 19) | whole(22, 40)
    assert made(rows, [(FIRST + 22, FIRST + 40)]) == {}
    assert made(rows, [(FIRST, FIRST + 19), (FIRST + 22, FIRST + 40)]) == {}
    assert set(made(rows, [(FIRST, FIRST + 20), (FIRST + 21, FIRST + 40)])) == {20, 21}
    assert made(rows, []) == {}


def test_what_one_of_two_meters_told_is_no_part_of_what_is_missing() -> None:
    rows = whole(0, 19) | {20: (0, 4 * KWH), 21: (0, 25 * KWH)} | whole(22, 22)
    assert made(rows) == {20: 20 * KWH, 21: 0}


def test_a_household_that_took_nothing_is_estimated_at_nothing() -> None:
    assert made(whole(0, 19, 0) | whole(21, 21)) == {20: 0}


@st.composite
def districts(draw: st.DrawFn) -> Rows:
    """Days in any state: whole, in part, one of two meters, nothing, with and without a row."""
    rows: Rows = {}
    for day in range(draw(st.integers(1, 90))):
        state = draw(st.sampled_from("wwwwwwp-0m"))
        amount = draw(st.integers(0, 10**15))
        if state == "w":
            rows[day] = (length(day), amount)
        elif state == "p":
            rows[day] = (draw(st.integers(1, length(day) - 1)), amount)
        elif state == "0":
            rows[day] = (0, 0)
        elif state == "m":
            rows[day] = (0, amount)
    return rows


def oracle(rows: Rows) -> dict[int, int]:
    """The rule as it is written, day by day."""
    known = [day for day, (covered, amount) in sorted(rows.items()) if covered or amount]
    found = {}
    for day in range(-1, 100):
        covered, amount = rows.get(day, (0, 0))
        before = [d for d in known if d < day]
        after = [d for d in known if d > day]
        if covered >= length(day) or not before or not after:
            continue
        if after[0] - before[-1] - 1 > LONGEST:
            continue
        begin = day if day in known else before[-1] + 1
        window = [rows[d] for d in known if begin - WINDOW <= d < begin and rows[d][0]]
        seconds, taken = sum(s for s, _ in window), sum(a for _, a in window)
        if seconds >= 7 * DAY:
            guess = int(Fraction(taken * (length(day) - covered), seconds))
            found[day] = max(0, guess - (amount if not covered else 0))
    return found


@settings(max_examples=examples(500), deadline=None)
@given(districts())
def test_the_oracle_agrees(rows: Rows) -> None:
    assert made(rows) == oracle(rows)


@pytest.mark.parametrize("day", [0, 19, 22])
def test_a_known_day_has_no_estimate(day: int) -> None:
    assert day not in made(whole(0, 19) | whole(22, 22))
