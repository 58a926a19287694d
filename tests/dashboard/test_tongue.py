"""Numbers, dates and words as readers of each language write them."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from dashboard.tongue import NBSP, Tongue

FR, EN = Tongue("fr"), Tongue("en")
TODAY = dt.date(2026, 11, 22)


@pytest.mark.parametrize(
    ("value", "french"),
    [
        (0, "0"),
        (7.4, "7,4"),
        (7.425, "7,42"),
        (12_345, f"12{NBSP}300"),
        (0.05234, "0,0523"),
        (9.999, "10"),
        (99.95, "100"),
        (-3.14159, "-3,14"),
        (1_000_000, f"1{NBSP}000{NBSP}000"),
    ],
)
def test_at_most_three_significant_figures(value: float, french: str) -> None:
    assert FR.short(value) == french
    assert EN.short(value) == french.replace(NBSP, " ").replace(",", ".").replace(" ", ",")


def test_numbers_use_a_space_the_typeface_has() -> None:
    assert "\u202f" not in FR.fixed(8123456.789, 3)
    assert FR.fixed(8123.456, 3) == f"8{NBSP}123,456"
    assert EN.fixed(8123.456, 3) == "8,123.456"
    assert FR.fixed(-1234.5, 1) == f"-1{NBSP}234,5"
    assert FR.fixed(-0.0004, 3) == "0,000"


def test_french_spaces_do_not_break() -> None:
    assert FR.t("{when} : {words}", when="Hier", words="7 %") == f"Hier{NBSP}: 7{NBSP}%"
    assert FR.percent(0.123) == f"12{NBSP}%"
    assert EN.percent(0.123) == "12%"


def test_dates_as_people_say_them() -> None:
    assert FR.relative(TODAY, TODAY) == "aujourd'hui"
    assert FR.relative(TODAY - dt.timedelta(days=1), TODAY) == "hier"
    assert FR.relative(dt.date(2026, 11, 18), TODAY) == "mercredi 18 novembre"
    assert FR.date(dt.date(2025, 11, 18), TODAY) == "mardi 18 novembre 2025"
    assert EN.relative(dt.date(2026, 11, 18), TODAY) == "Wednesday 18 November"
    assert FR.month(TODAY) == "novembre 2026"


def test_times_of_day_and_lengths() -> None:
    assert FR.clock(dt.time(14, 5)) == f"14{NBSP}h{NBSP}05"
    assert FR.clock(dt.time(14)) == f"14{NBSP}h"
    assert EN.clock(dt.time(14, 5)) == "14:05"
    assert FR.span(3 * 3600) == f"3{NBSP}h"
    assert FR.span(5400) == f"1{NBSP}h{NBSP}30"
    assert FR.span(2700) == f"45{NBSP}min"


@pytest.mark.parametrize(
    ("seconds", "french", "english"),
    [
        (-4, "à l'instant", "just now"),
        (12, "il y a 12 s", "12 s ago"),
        (59.9, "il y a 59 s", "59 s ago"),
        (60, "il y a 1 min", "1 min ago"),
        (7_300, "il y a 2 h", "2 h ago"),
        (86_400, "il y a 1 jour", "1 day ago"),
        (3 * 86_400, "il y a 3 jours", "3 days ago"),
    ],
)
def test_ages(seconds: float, french: str, english: str) -> None:
    assert FR.ago(seconds) == french
    assert EN.ago(seconds) == english


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Électricité", "d'électricité"),
        ("Eau", "d'eau"),
        ("Gaz", "de gaz"),
        ("Chaleur", "de chaleur"),
    ],
)
def test_of(name: str, words: str) -> None:
    assert FR.of(name) == words


def test_one_is_singular_and_french_zero_too() -> None:
    one, many = "{count} jour de mesures", "{count} jours de mesures"
    assert [FR.n(one, many, n) for n in (0, 1, 2)] == [
        "0 jour de mesures",
        "1 jour de mesures",
        "2 jours de mesures",
    ]
    assert EN.n(one, many, 1) == "1 day of measurements"
    assert EN.n(one, many, 2) == "2 days of measurements"


def test_the_first_of_a_month_is_an_ordinal_in_french() -> None:
    first = dt.date(2026, 11, 1)
    assert FR.date(first, TODAY) == "dimanche 1er novembre"
    assert FR.day(dt.date(2025, 10, 1), TODAY) == "1er octobre 2025"
    assert FR.date_short(first) == "1er nov."
    assert FR.date(dt.date(2026, 11, 11), TODAY) == "mercredi 11 novembre"
    assert EN.day(first, TODAY) == "1 November"


@pytest.mark.parametrize(
    ("utc", "french", "english"),
    [
        ((10, 25, 0, 0), "de 2 h à 2 h 30 (heure d'été)", "from 2:00 to 2:30 (summer time)"),
        ((10, 25, 0, 30), "de 2 h 30 à 3 h (heure d'été)", "from 2:30 to 3:00 (summer time)"),
        ((10, 25, 1, 30), "de 2 h 30 à 3 h (heure d'hiver)", "from 2:30 to 3:00 (winter time)"),
        ((10, 25, 2, 0), "de 3 h à 3 h 30", "from 3:00 to 3:30"),
        ((3, 29, 0, 30), "de 1 h 30 à 2 h", "from 1:30 to 2:00"),
        ((3, 29, 1, 0), "de 3 h à 3 h 30", "from 3:00 to 3:30"),
    ],
)
def test_half_hours_where_the_clock_changes(
    utc: tuple[int, int, int, int], french: str, english: str
) -> None:
    zone = ZoneInfo("Europe/Paris")
    start = dt.datetime(2026, *utc, tzinfo=dt.UTC)
    end = start + dt.timedelta(minutes=30)
    words = [t.slot(start.astimezone(zone), end.astimezone(zone)) for t in (FR, EN)]
    assert [text.replace(NBSP, " ") for text in words] == [french, english]


def test_a_longer_stretch_across_a_change_keeps_its_own_end() -> None:
    zone = ZoneInfo("Europe/Paris")
    start, end = (dt.datetime(2026, 3, 29, hour, tzinfo=dt.UTC) for hour in (0, 2))
    words = FR.slot(start.astimezone(zone), end.astimezone(zone))
    assert words.replace(NBSP, " ") == "de 1 h à 4 h"
