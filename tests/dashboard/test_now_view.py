"""The cards: today so far, against usual days, the meter's last word, and silence."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from dashboard.chart_style import Style
from dashboard.components.card import card as card_of
from dashboard.tongue import NBSP, Tongue
from dashboard.views.live_text import live_text
from dashboard.views.now import Card, NowData, days_needed, now_view
from hub.store.live import LiveChannel
from hub.store.pages import DayRow
from tests.dashboard.rows import (
    ALL,
    KWH,
    PARIS,
    channel,
    commodity,
    day_row,
    flat_day,
    measure,
    until,
)

FR = Tongue("fr")
NOW = dt.datetime(2026, 11, 22, 10, 40, tzinfo=dt.UTC)  # 11:40 in Paris, a Sunday
TODAY = dt.date(2026, 11, 22)
MINUTE = dt.timedelta(minutes=1)


def data(days: list[DayRow], channels: list[LiveChannel] | None = None) -> NowData:
    return NowData(NOW, PARIS, ALL, channels or [], days, (Decimal("11.2"), True))


def card(name: str, days: list[DayRow], channels: list[LiveChannel] | None = None) -> Card:
    view = now_view(FR, data(days, channels))
    return next(c for c in view.cards if c.commodity.commodity == name)


def weeks(each: int, count: int = 8) -> list[DayRow]:
    days = [TODAY - dt.timedelta(weeks=week) for week in range(1, count + 1)]
    return [day_row(day, slots=flat_day(day, each)) for day in days]


def test_today_against_the_same_weekdays() -> None:
    today = day_row(TODAY, slots=until(TODAY, 120_000, NOW))
    found = card("electricity", [today, *weeks(100_000)])
    assert (found.number, found.unit) == ("2,76", "kWh")
    assert found.since == "depuis minuit"
    assert found.sentence.replace(NBSP, " ") == "À 11 h 30, 20 % de plus qu'un dimanche habituel."
    assert found.curve is not None
    assert len(found.curve.ends) == 48
    assert len(found.curve.today) == 23
    assert found.curve.usual is not None
    assert found.curve.usual.middle[22] == 2_300_000


def test_too_few_weeks_are_not_usual() -> None:
    today = day_row(TODAY, slots=until(TODAY, 120_000, NOW))
    found = card("electricity", [today, *weeks(100_000, count=2)])
    assert "Pas encore assez de semaines" in found.sentence
    assert found.curve is not None
    assert found.curve.usual is None


def test_a_hole_is_told_before_any_comparison() -> None:
    slots = until(TODAY, 120_000, NOW)
    slots[4:10] = [None] * 6
    found = card("electricity", [day_row(TODAY, slots=slots), *weeks(100_000)])
    assert found.sentence.replace(NBSP, " ") == "Il manque 3 h de mesures (de 2 h à 5 h)."


def test_nothing_today_is_a_dash_with_the_last_day() -> None:
    yesterday = TODAY - dt.timedelta(days=1)
    found = card("water", [day_row(yesterday, 300_000, of=measure("water"))])
    assert found.number == ""
    assert "dernier jour connu" in found.sentence
    assert "hier" in found.sentence


@pytest.mark.parametrize("name", ["electricity", "water", "gas"])
@pytest.mark.parametrize("heard", [True, False])
@pytest.mark.parametrize("figure", [True, False])
def test_in_its_first_half_hour_a_day_has_just_begun(
    name: str, *, heard: bool, figure: bool
) -> None:
    """Whether or not a number is there yet, and whatever the meters said since midnight."""
    hour = dt.timedelta(hours=6 if name == "gas" else 0)
    start = dt.datetime(2026, 11, 21, 23, tzinfo=dt.UTC) + hour
    days = [day_row(TODAY - dt.timedelta(days=1), 300_000, of=measure(name))]
    days += [day_row(TODAY, 0, of=measure(name))] if figure else []
    for after, begun in ((0.5, True), (29.9, True), (31, False)):
        now = start + after * MINUTE
        live = [channel(1, name, "register", 3_555_566_000, now - MINUTE)] if heard else []
        (found,) = now_view(FR, NowData(now, PARIS, ALL, live, days, None)).cards
        assert ("La journée commence" in found.sentence) == begun, found.sentence


def test_a_portal_that_is_late_is_said_to_be_at_midnight_too() -> None:
    now = dt.datetime(2026, 11, 21, 23, 5, tzinfo=dt.UTC)
    days = [day_row(TODAY - dt.timedelta(days=3), 300_000, of=measure("water"))]
    (found,) = now_view(FR, NowData(now, PARIS, ALL, [], days, None)).cards
    assert "dernier jour connu" in found.sentence


def test_a_total_counts_although_one_meter_never_sent_anything() -> None:
    found = card("electricity", [day_row(TODAY, 10_000_000, covered=0), *weeks(100_000)])
    assert (found.number, found.unit) == ("10,0", "kWh")
    assert found.sentence.replace(NBSP, " ") == (
        "Un compteur n'a rien envoyé pour aujourd'hui : le total compte les autres."
    )


def test_a_meter_that_speaks_is_not_said_to_have_sent_nothing() -> None:
    live = [channel(1, "electricity", "register", 3_555_566_000, NOW - MINUTE)]
    for days in ([day_row(TODAY, 0, covered=0)], [day_row(TODAY - dt.timedelta(days=1), 1_000)]):
        found = card("electricity", days, live)
        assert found.number == ""
        assert found.sentence.replace(NBSP, " ") == (
            "Le compteur répond ; le total du jour n'est pas encore connu."
        )


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (dt.timedelta(hours=30), "Le compteur répond"),
        (dt.timedelta(days=1872), "Rien reçu depuis jeudi 7 octobre 2021."),
    ],
)
def test_a_meter_that_spoke_last_years_ago_does_not_answer(ago: dt.timedelta, said: str) -> None:
    """A household of files only, long after the last of them."""
    old = channel(1, "electricity", "register", 3_555_566_000, NOW - ago)
    assert card("electricity", [], [old]).sentence.replace(NBSP, " ").startswith(said)


def test_the_lead_says_what_is_produced_where_there_is_a_roof() -> None:
    rows = [day_row(TODAY, 1), day_row(TODAY, 1, of=measure("solar"))]
    assert "a utilisé et produit aujourd'hui" in now_view(FR, data(rows)).lead
    assert "produit" not in now_view(FR, data(rows[:1])).lead


def test_a_total_without_hours_says_so() -> None:
    found = card("gas", [day_row(TODAY, 3_000_000, of=measure("gas"))])
    assert found.number == "3,00"
    assert "pas encore sa répartition" in found.sentence
    assert found.beside.replace(NBSP, " ") == "environ 33,6 kWh (coefficient provisoire)"
    assert found.since.replace(NBSP, " ") == "depuis 6 h"


def test_before_six_gas_is_still_yesterday() -> None:
    early = dt.datetime(2026, 11, 22, 3, tzinfo=dt.UTC)
    rows = [day_row(dt.date(2026, 11, 21), 2_000_000, of=measure("gas"))]
    view = now_view(FR, NowData(early, PARIS, ALL, [], rows, None))
    assert view.cards[0].number == "2,00"
    assert view.cards[0].since.replace(NBSP, " ") == "depuis hier, 6 h"


def test_only_what_the_household_has_gets_a_card() -> None:
    view = now_view(FR, data([day_row(TODAY, 1)]))
    assert [c.commodity.commodity for c in view.cards] == ["electricity"]
    empty = now_view(FR, data([]))
    assert empty.cards == []
    assert empty.profiles == []
    assert "Aucun compteur" in empty.lead


def test_profiles_share_one_axis_and_gas_lends_from_the_day_before() -> None:
    yesterday = TODAY - dt.timedelta(days=1)
    gas = measure("gas")
    rows = [
        day_row(TODAY, slots=until(TODAY, 100, NOW)),
        day_row(yesterday, of=gas, slots=flat_day(yesterday, 7, hours=6)),
    ]
    view = now_view(FR, data(rows))
    assert [len(row.bars) for row in view.profiles] == [48, 48]
    assert [bar.amount for bar in view.profiles[1].bars[:13]] == [7] * 12 + [None]


def test_the_last_half_hours_without_news_are_awaited_not_missing() -> None:
    slots = until(TODAY, 100, NOW - dt.timedelta(hours=2))
    slots[2] = None
    view = now_view(FR, data([day_row(TODAY, slots=slots)]))
    states = [bar.state for bar in view.profiles[0].bars]
    assert states[2] == "missing"
    assert states[19:23] == ["waiting"] * 4
    assert states[23:] == ["future"] * 25


def test_the_half_hour_of_now_is_not_over() -> None:
    today = day_row(TODAY, slots=[*until(TODAY, 120_000, NOW)[:23], 40_000, *[None] * 24])
    bars = now_view(FR, data([today])).profiles[0].bars
    assert [place for place, bar in enumerate(bars) if bar.running] == [23]  # 11:30 to 12:00
    assert bars[23].amount == 40_000


def test_days_needed_hold_eight_weeks() -> None:
    days = days_needed(NOW, PARIS)
    assert TODAY - dt.timedelta(weeks=8) in days
    assert len(days) == len(set(days)) == 18


def words(channels: list[LiveChannel], name: str = "electricity") -> tuple[str, str, str]:
    found = live_text(FR, commodity(name), channels, NOW, PARIS)
    return tuple(text.replace(NBSP, " ") for text in (found.power, found.detail, found.index))  # type: ignore[return-value]


def test_registers_of_a_set_stand_side_by_side() -> None:
    channels = [
        channel(1, "electricity", "register", 3_555_566_000, NOW, register="HC"),
        channel(2, "electricity", "register", 4_567_890_000, NOW, register="HP"),
    ]
    assert words(channels)[2] == (
        "heures pleines (HP) 4 567,890 kWh, heures creuses (HC) 3 555,566 kWh"
    )


def two_sources(first: int, second: int) -> list[LiveChannel]:
    """Two sources of one water meter, each with the seconds of today that it knows."""
    return [
        channel(1, "water", "register", 1_000_000, NOW - MINUTE, source="wmbusmeters", known=first),
        channel(2, "water", "register", 2_000_000, NOW, source="senml", known=second),
    ]


def test_the_index_is_of_the_source_that_counts() -> None:
    """Not of the one that spoke last: the day's figure above it would be of another meter's."""
    assert words(two_sources(1_200, 600), "water")[2] == "1,000 m³"
    assert live_text(FR, commodity("water"), two_sources(1_200, 600), NOW, PARIS).at == NOW - MINUTE
    assert words(two_sources(0, 600), "water")[2] == "2,000 m³"


def test_where_none_counts_yet_the_source_heard_last_is_named() -> None:
    assert words(two_sources(0, 0), "water")[2] == "2,000 m³ (source : senml)"


def test_where_an_interval_counts_a_register_of_another_source_is_named() -> None:
    register = channel(1, "gas", "register", 1_000_000, NOW, source="wmbusmeters")
    daily = replace(
        channel(2, "gas", "interval", 0, NOW, source="grdf_portal_json", known=86_400),
        quantity="volume",
        period_class="day",
        at=None,
        value=None,
    )
    assert words([register, daily], "gas")[2] == "1,000 m³ (source : wmbusmeters)"
    own = replace(register, source="grdf_portal_json")
    assert words([own, daily], "gas")[2] == "1,000 m³"


def test_two_meters_keep_their_own_index() -> None:
    channels = [channel(n, "water", "register", n * 1_000_000, NOW, point=n) for n in (1, 2)]
    assert words(channels, "water")[2] == "1,000 m³ et 2,000 m³"


def test_an_interval_alone_makes_no_card() -> None:
    """A portal's curve of long ago has no last word and no day to show."""
    old = replace(channel(1, "gas", "interval", 0, NOW), quantity="volume", at=None, value=None)
    assert now_view(FR, data([], [old])).cards == []


def test_where_the_electricity_comes_from() -> None:
    grid = channel(1, "electricity", "power", 900_000, NOW)
    roof = channel(2, "solar", "power", 340_000, NOW, point=2)
    out = channel(3, "electricity", "power", 80_000, NOW, flow="injection")
    assert words([grid, roof])[:2] == ("900 W", "en ce moment : 900 W du réseau, 340 W du toit")
    assert words([grid])[1] == "en ce moment"  # without a roof it goes without saying
    assert words([grid, replace(roof, value=0)])[1] == "en ce moment, tout vient du réseau"
    assert words([grid, roof, out])[1] == "en ce moment, 80 W partent au réseau"
    assert words([roof], "solar")[1] == "en ce moment"


def test_a_roof_that_is_not_heard_is_not_said_to_give_nothing() -> None:
    grid = channel(1, "electricity", "power", 900_000, NOW)
    roof = channel(2, "solar", "power", 340_000, NOW - 11 * MINUTE, point=2)
    assert words([grid, roof])[:2] == ("900 W", "en ce moment")
    assert words([grid, replace(roof, at=NOW, value=0)])[1] == "en ce moment, tout vient du réseau"


def test_the_source_of_the_moment_stands_beside_the_power_not_the_days_total() -> None:
    grid = channel(1, "electricity", "power", 900_000, NOW)
    out = channel(2, "electricity", "power", 80_000, NOW, flow="injection")
    found = card("electricity", [day_row(TODAY, KWH)], [grid, out])
    drawn = card_of(FR, Style("light"), found, PARIS, NOW)
    head, _, beside = drawn.children[:3]
    assert "partent au réseau" in str(head)
    assert "réseau" not in str(beside)


def test_an_old_power_is_not_now() -> None:
    old = channel(1, "electricity", "power", 900_000, NOW - 11 * MINUTE)
    assert words([old])[:2] == ("", "")


def test_apparent_power_only_without_real_power() -> None:
    real = channel(1, "electricity", "power", 900_000, NOW)
    apparent = channel(2, "electricity", "power", 1_240_000, NOW, quantity="apparent_power")
    assert words([apparent])[0] == "1 240 VA"
    assert words([apparent, real])[0] == "900 W"


def test_a_silent_meter_is_called_silent() -> None:
    for minutes, silent in ((119, False), (121, True)):
        at = NOW - minutes * MINUTE
        found = live_text(
            FR, commodity(), [channel(1, "electricity", "register", 1, at)], NOW, PARIS
        )
        assert (found.at, found.silent) == (at, silent)
    assert live_text(FR, commodity(), [], NOW, PARIS).at is None


def test_a_file_that_is_two_days_late_is_not_a_silent_meter() -> None:
    days = dt.timedelta(days=2)
    late = channel(1, "gas", "register", 1, NOW - days, delay=days - MINUTE)
    assert not live_text(FR, commodity("gas"), [late], NOW, PARIS).silent
