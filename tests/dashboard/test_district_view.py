"""Public pages tell no more than what is published: bands, ranges, one text for withheld."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

import pytest

from dashboard.components.quarters import quarters
from dashboard.tongue import NBSP, Tongue
from dashboard.views.district import DistrictData, district_view, per_home
from dashboard.views.kiosk import KioskData, kiosk_view
from hub.disclosure.policy import WITHHELD, band
from hub.store.pages import Area, PublicFigure
from tests.dashboard.rows import ALL, KWH, PARIS, commodity

FR = Tongue("fr")
TODAY = dt.date(2026, 11, 22)
LAST = dt.date(2026, 11, 19)
NOW = dt.datetime(2026, 11, 22, 10, 40, tzinfo=dt.UTC)
AREAS = [
    Area(1, "69383", "Lyon 3e", "arrondissement", None, None, None),
    Area(2, "693830101", "Part-Dieu", "iris", 1, 1, 1),
    Area(3, "693830106", "Dauphiné", "iris", 1, 3, 2),
]


def figure(
    area: int, day: dt.date, amount: int | None, households: int | None, name: str = "electricity"
) -> PublicFigure:
    found = commodity(name)
    start = dt.datetime.combine(day, dt.time(), tzinfo=PARIS)
    end = start + dt.timedelta(days=1)
    return PublicFigure(
        area, name, found.main_flow, found.quantity, start, end, day, amount, households, 700, NOW
    )


def half_hour(start: dt.datetime, amount: int | None) -> PublicFigure:
    end = start + dt.timedelta(minutes=30)
    return PublicFigure(
        1, "electricity", "consumption", "energy", start, end, start.date(), amount, 600, 700, NOW
    )


def data(figures: list[PublicFigure]) -> DistrictData:
    thresholds = {"consumption": 100, "generation": 10}
    return DistrictData("day", LAST, "electricity", ALL, AREAS, figures, thresholds, TODAY)


@pytest.mark.parametrize("households", [100, 137, 199])
def test_an_average_is_the_same_for_every_count_in_the_band(households: int) -> None:
    """Else dividing the total by it would give the exact count."""
    shown = per_home(FR, 1_234 * KWH, households, commodity())
    assert shown == per_home(FR, 1_234 * KWH, 150, commodity())
    assert shown.replace(NBSP, " ") == "entre 6,2 et 13 kWh par foyer"


def test_an_average_contains_the_true_one() -> None:
    for households in range(10, 1000, 7):
        low, high = (int(end) for end in band(households).split("-"))
        words = per_home(FR, 5_000 * KWH, households, commodity()).replace(NBSP, " ").split()
        least, most = (float(words[n].replace(",", ".")) for n in (1, 3))
        assert least <= 5_000 / high <= 5_000 / households <= 5_000 / low <= most


def test_the_page_never_says_an_exact_count() -> None:
    figures = [figure(1, LAST, 5_332 * KWH, 613), figure(2, LAST, 1_600 * KWH, 181)]
    text = repr(district_view(FR, data(figures)).totals) + repr(
        district_view(FR, data(figures)).tiles
    )
    assert "613" not in text
    assert "181" not in text
    assert "500-999 foyers" in text.replace("\\xa0", " ")


def test_withheld_says_one_thing_and_gives_no_number() -> None:
    view = district_view(FR, data([figure(1, LAST, None, None), figure(3, LAST, None, None)]))
    assert view.totals[0].number == ""
    assert view.totals[0].sentence == WITHHELD["fr"]
    tile = next(tile for tile in view.tiles if tile.name == "Dauphiné")
    assert (tile.withheld, tile.amount, tile.per_home, tile.level) == (True, "", "", 0)
    assert view.rows[0].bars[-1].state == "withheld"


def test_not_yet_published_is_not_withheld() -> None:
    view = district_view(FR, data([figure(1, LAST, 5_332 * KWH, 613)]))
    assert [tile.withheld for tile in view.tiles] == [False, False]
    assert view.rows[0].bars[0].state == "missing"


def test_the_rule_names_the_threshold_in_force() -> None:
    view = district_view(FR, data([figure(1, LAST, 5_332 * KWH, 613)]))
    assert "à partir de 100 foyers" in view.rule.replace(NBSP, " ")


def test_a_week_before_is_the_comparison() -> None:
    figures = [
        figure(1, LAST, 1_100 * KWH, 613),
        figure(1, LAST - dt.timedelta(days=7), 1_000 * KWH, 600),
    ]
    sentence = district_view(FR, data(figures)).totals[0].sentence.replace(NBSP, " ")
    assert sentence == "10 % de plus que le jeudi 12 novembre."


def test_totals_of_another_number_of_households_are_not_compared() -> None:
    week_before = LAST - dt.timedelta(days=7)
    figures = [figure(1, LAST, 5_500 * KWH, 600), figure(1, week_before, 1_300 * KWH, 150)]
    assert district_view(FR, data(figures)).totals[0].sentence == ""


def test_the_age_is_of_the_period_looked_at() -> None:
    newer = figure(1, LAST + dt.timedelta(days=1), KWH, 600)._replace(published_at=NOW)
    older = figure(1, LAST, KWH, 600)._replace(published_at=NOW - dt.timedelta(days=1))
    assert district_view(FR, data([older, newer])).published_at == NOW - dt.timedelta(days=1)


def test_each_kiosk_slide_tells_the_age_of_its_own_figures() -> None:
    """A month published on the 10th is not two minutes old because a half-hour is."""
    at = dt.datetime(2026, 11, 22, 10, tzinfo=PARIS)
    minutes = half_hour(at, KWH)._replace(published_at=NOW - dt.timedelta(minutes=2))
    day = figure(1, LAST, KWH, 600)._replace(published_at=NOW - dt.timedelta(hours=2))
    october = dt.date(2026, 10, 1)
    months = [
        figure(1, october, KWH, 600, name)._replace(published_at=NOW - dt.timedelta(days=back))
        for name, back in (("electricity", 11), ("water", 12))
    ]
    month = replace(data(months), step="month", period=october)
    slides = kiosk_view(FR, KioskData(NOW, PARIS, ALL, AREAS, [minutes], data([day]), month)).slides
    ages = {slide.key: slide.published_at and NOW - slide.published_at for slide in slides}
    assert ages == {
        "now-electricity": dt.timedelta(minutes=2),
        "day-electricity": dt.timedelta(hours=2),
        "month": dt.timedelta(days=12),
        "join": None,
    }


def test_tiles_keep_their_places_and_are_tinted_by_total() -> None:
    figures = [
        figure(2, LAST, 1_600 * KWH, 181),
        figure(3, LAST, 900 * KWH, 120),
        figure(1, LAST, 1, 700),
    ]
    tiles = district_view(FR, data(figures)).tiles
    assert [(tile.column, tile.row) for tile in tiles] == [(1, 1), (3, 2)]
    assert [tile.level for tile in tiles] == [5, 1]


@pytest.mark.parametrize("least", [0, 1])
def test_the_map_keeps_places_counted_from_zero_or_from_one(least: int) -> None:
    given = data([figure(2, LAST, 1_600 * KWH, 181)])
    view = district_view(FR, given)
    places = [(0, 0), (2, 0), (1, 1)]
    tiles = [
        replace(view.tiles[0], column=least + column, row=least + row) for column, row in places
    ]
    section = quarters(FR, "/quartier", given, replace(view, tiles=tiles))
    found = re.findall(r"'--column': (\d+), '--row': (\d+)", repr(section))
    assert found == [("1", "1"), ("3", "1"), ("2", "2")]


def test_the_kiosk_shows_the_last_half_hour_in_its_day() -> None:
    start = dt.datetime(2026, 11, 22, 9, tzinfo=dt.UTC)
    half = dt.timedelta(minutes=30)
    figures = [half_hour(start - half * n, 45 * KWH + n * KWH) for n in range(20)]
    view = kiosk_view(FR, KioskData(NOW, PARIS, ALL, AREAS, figures, None, None))
    first, last = view.slides[0], view.slides[-1]
    assert (first.number, first.unit) == ("45", "kWh")
    assert first.title.replace(NBSP, " ") == "Électricité, de 10 h à 10 h 30"
    assert first.lines[0].replace(NBSP, " ").endswith("tout le quartier, à 5 kWh près.")
    assert first.row is not None
    assert len(first.row.bars) == 48
    assert [bar.state for bar in first.row.bars[-21:-19]] == ["missing", "known"]
    assert last.join


def test_the_kiosk_has_something_to_say_before_the_first_release() -> None:
    view = kiosk_view(FR, KioskData(NOW, PARIS, ALL, [], [], None, None))
    assert [slide.key for slide in view.slides] == ["empty", "join"]
    assert [slide.published_at for slide in view.slides] == [None, None]


def test_the_kiosk_goes_through_the_day() -> None:
    figures = [figure(1, LAST, 5_332 * KWH, 613), figure(1, LAST, 3 * KWH, 20, "solar")]
    view = kiosk_view(FR, KioskData(NOW, PARIS, ALL, AREAS, [], data(figures), None))
    assert [slide.key for slide in view.slides] == ["day-electricity", "day-solar", "join"]
    assert view.slides[0].lines[0].startswith("Entre")
