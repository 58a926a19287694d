"""Thresholds by date, rounding, bands; when things are due."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.disclosure import due
from hub.disclosure.policy import NEVER, Rule, band, policy_of, rounded, rounding
from hub.store.connection import connect
from hub.store.publication import policy

PARIS = ZoneInfo("Europe/Paris")


def rule(households: int, start: date, end: date | None) -> Rule:
    return Rule("day", "consumption", "iris", households, None, None, None, start, end)


def test_the_rule_in_force_counts() -> None:
    found = policy_of(
        [rule(100, date(2020, 1, 1), date(2026, 6, 1)), rule(150, date(2026, 6, 1), None)]
    )
    assert found.rule("day", "consumption", "iris", date(2026, 5, 31)).households == 100
    assert found.rule("day", "consumption", "iris", date(2026, 6, 1)).households == 150
    assert found.rule("day", "consumption", "iris", date(2019, 1, 1)).households == NEVER
    assert found.rule("day", "generation", "iris", date(2026, 6, 1)).households == NEVER


def test_the_default_policy(database_url: str) -> None:
    with connect(database_url, application="test") as conn:
        found = policy(conn)
    day = date(2026, 11, 22)
    expected = {
        ("30min", "consumption", "arrondissement"): (500, None, 31, 5000),
        ("30min", "generation", "iris"): (50, None, 31, 5000),
        ("day", "consumption", "iris"): (100, None, None, None),
        ("day", "generation", "arrondissement"): (10, None, None, None),
        ("month", "consumption", "city"): (100, None, None, None),
        ("year", "consumption", "iris"): (10, 0.85, None, None),
        ("year", "consumption", "arrondissement"): (100, 0.85, None, None),
    }
    for (step, flow, kind), values in expected.items():
        r = found.rule(step, flow, kind, day)
        assert (r.households, r.max_share, r.served_days, r.long_households) == values


@pytest.mark.parametrize(
    ("homes", "text"),
    [
        (1, "1-9"), (9, "1-9"), (10, "10-19"), (19, "10-19"), (20, "20-49"), (49, "20-49"),
        (50, "50-99"), (100, "100-199"), (199, "100-199"), (200, "200-499"), (499, "200-499"),
        (600, "500-999"), (55_000, "50000-99999"),
    ],
)  # fmt: skip
def test_bands(homes: int, text: str) -> None:
    assert band(homes) == text


@given(st.integers(1, 10**7))
def test_a_band_holds_its_count_and_hides_it(homes: int) -> None:
    low, high = (int(part) for part in band(homes).split("-"))
    assert low <= homes <= high
    assert high >= 1.9 * low
    assert band(low) == band(high) == band(homes)


@pytest.mark.parametrize(
    ("quantity", "flow", "grain"),
    [
        ("energy", "consumption", 5_000_000),
        ("energy", "injection", 2_000_000),
        ("energy", "production", 2_000_000),
        ("volume", "consumption", 500_000),
        ("mass", "consumption", None),
    ],
)
def test_rounding_of_half_hours(quantity: str, flow: str, grain: int | None) -> None:
    assert rounding(quantity, flow) == grain


@given(st.integers(0, 10**15), st.sampled_from([2_000_000, 5_000_000]))
def test_rounded_is_near_and_a_multiple(amount: int, grain: int) -> None:
    found = int(rounded(np.array([amount]), grain)[0])
    assert found % grain == 0
    assert abs(found - amount) <= grain // 2


@pytest.mark.parametrize(
    ("now", "day", "months", "years"),
    [
        # 08:00 local is 07:00 UTC in winter, 06:00 in summer
        ("2026-11-22T06:59", date(2026, 11, 18), date(2026, 11, 1), date(2026, 1, 1)),
        ("2026-11-22T07:00", date(2026, 11, 19), date(2026, 11, 1), date(2026, 1, 1)),
        ("2026-07-10T05:59", date(2026, 7, 6), date(2026, 6, 1), date(2026, 1, 1)),
        ("2026-07-10T06:00", date(2026, 7, 7), date(2026, 7, 1), date(2026, 1, 1)),
        ("2027-01-05T12:00", date(2027, 1, 2), date(2026, 12, 1), date(2026, 1, 1)),
        ("2027-02-10T06:59", date(2027, 2, 6), date(2027, 1, 1), date(2026, 1, 1)),
        ("2027-02-10T07:00", date(2027, 2, 7), date(2027, 2, 1), date(2027, 1, 1)),
    ],
)
def test_what_is_due(now: str, day: date, months: date, years: date) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert due.last_day(moment, PARIS) == day
    assert due.end_of_months(moment, PARIS) == months
    assert due.end_of_years(moment, PARIS) == years
