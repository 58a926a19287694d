"""Levels of history: what an address asks for, and the ways up, down and along."""

from __future__ import annotations

import datetime as dt
from urllib.parse import parse_qsl

import pytest

from dashboard.tongue import Tongue
from dashboard.views.periods import LEVELS, Level, ancestors, asked, period, short_title, title

TODAY = dt.date(2026, 11, 22)
NAMES = ["electricity", "gas"]
FR = Tongue("fr")


@pytest.mark.parametrize(
    ("values", "level", "start", "commodity"),
    [
        ({}, "semaine", dt.date(2026, 11, 16), ""),
        ({"vue": "jour"}, "jour", TODAY, ""),
        ({"vue": "mois", "date": "2026-02"}, "mois", dt.date(2026, 2, 1), ""),
        ({"vue": "annee", "date": "2025"}, "annee", dt.date(2025, 1, 1), ""),
        ({"vue": "jour", "date": "2031-01-01"}, "jour", TODAY, ""),
        ({"vue": "jour", "date": "1815-06-18"}, "jour", TODAY, ""),
        ({"vue": "jour", "date": "demain"}, "jour", TODAY, ""),
        ({"vue": "siècle", "energie": "uranium"}, "semaine", dt.date(2026, 11, 16), ""),
        ({"energie": "gas"}, "semaine", dt.date(2026, 11, 16), "gas"),
    ],
)
def test_an_address_always_means_something(
    values: dict[str, str], level: str, start: dt.date, commodity: str
) -> None:
    found = asked(values, TODAY, NAMES)
    assert (found.level, found.start, found.commodity) == (level, start, commodity)


@pytest.mark.parametrize("level", LEVELS)
def test_an_address_leads_back_to_its_period(level: Level) -> None:
    found = period(level, dt.date(2026, 2, 17), "gas")
    assert asked(dict(parse_qsl(found.query.removeprefix("?"))), TODAY, NAMES) == found


@pytest.mark.parametrize("level", LEVELS[:-1])
def test_periods_follow_one_another_without_gap(level: Level) -> None:
    found = period(level, dt.date(2028, 2, 29))
    for _ in range(30):
        assert found.next.start == found.end
        assert found.next.previous == found
        found = found.next


def test_the_way_up() -> None:
    levels = [way.level for way in ancestors(period("jour", TODAY))]
    assert levels == ["tout", "annee", "mois", "jour"]


@pytest.mark.parametrize("level", LEVELS)
def test_another_level_of_what_holds_today_is_about_today(level: Level) -> None:
    now = period(level, TODAY)
    assert [now.at(other, TODAY) for other in LEVELS] == [period(other, TODAY) for other in LEVELS]
    past = period("mois", dt.date(2026, 2, 17))
    assert past.at("jour", TODAY).start == dt.date(2026, 2, 1)


def test_titles() -> None:
    assert [title(FR, period(level, TODAY), TODAY) for level in LEVELS] == [
        "dimanche 22 novembre 2026",
        "semaine du 16 novembre",
        "novembre 2026",
        "2026",
        "toutes les années",
    ]
    assert short_title(FR, period("semaine", TODAY)) == "sem. du 16 nov."
