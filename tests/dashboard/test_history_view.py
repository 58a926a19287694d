"""History: the same bars at each level; missing is not zero; parts, shares and comparisons."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.tongue import NBSP, Tongue
from dashboard.views.bars import Bar, bar_words, remark
from dashboard.views.history import HistoryView, history_view
from dashboard.views.history_bars import HistoryData
from dashboard.views.history_parts import split_bar
from dashboard.views.periods import Level, period
from hub.store.pages import DayRow, MonthRow
from tests.dashboard.rows import ALL, KWH, PARIS, day_row, flat_day, measure, month_row

FR = Tongue("fr")
NOW = dt.datetime(2026, 11, 22, 10, 40, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def view(
    level: Level,
    day: dt.date,
    days: list[DayRow] | None = None,
    months: list[MonthRow] | None = None,
    commodity: str = "",
    span: tuple[dt.date, dt.date] | None = (dt.date(2025, 1, 1), dt.date(2026, 11, 22)),
    estimates: dict[dt.date, int] | None = None,
    now: dt.datetime = NOW,
) -> HistoryView:
    wanted = period(level, day, commodity)
    beside = {("electricity", "consumption", "energy"): estimates or {}}
    data = HistoryData(now, PARIS, ALL, wanted, span, days or [], months or [], beside)
    return history_view(FR, data)


def november(amount: int, skip: tuple[int, ...] = ()) -> list[DayRow]:
    days = [dt.date(2026, 11, number) for number in range(1, 23) if number not in skip]
    return [day_row(day, amount) for day in days]


def test_a_month_has_a_bar_a_day_and_tells_the_missing_from_the_future() -> None:
    found = view("mois", dt.date(2026, 11, 1), november(8 * KWH, skip=(9,)))
    bars = found.series[0].row.bars
    assert len(bars) == 30
    assert [n + 1 for n, bar in enumerate(bars) if bar.state == "missing"] == [9]
    assert all(bar.state == "future" for bar in bars[22:])
    assert bars[8].amount is None
    assert "Il manque 1 jour de mesures." in found.series[0].sentence


@pytest.mark.parametrize("commodity", ["", "electricity"])
def test_an_estimate_stands_beside_at_every_level_and_never_in_the_bar(commodity: str) -> None:
    gap = {dt.date(2026, 11, 9): 7 * KWH}
    rows = november(8 * KWH, skip=(9,))
    month = view("mois", dt.date(2026, 11, 1), rows, commodity=commodity, estimates=gap).series[0]
    assert (month.row.bars[8].amount, month.row.bars[8].estimated) == (None, 7 * KWH)
    assert sum(bar.estimated for bar in month.row.bars) == 7 * KWH
    assert month.row.total == 21 * 8 * KWH
    missing = f"Il manque 1 jour de mesures{NBSP}; estimation{NBSP}: 7{NBSP}kWh."
    assert missing in month.sentence
    totals = [month_row(dt.date(2026, 11, 1), 168 * KWH, covered=21 * 86_400)]
    for level in ("annee", "tout"):
        found = view(level, dt.date(2026, 1, 1), months=totals, commodity=commodity, estimates=gap)
        assert [b.estimated for b in found.series[0].row.bars if b.amount] == [7 * KWH]
    day = [day_row(dt.date(2026, 11, 9), slots=[KWH // 10] * 44 + [None] * 4)]
    one = view("jour", dt.date(2026, 11, 9), day, commodity=commodity, estimates=gap).series[0]
    assert f"estimation{NBSP}: 7{NBSP}kWh." in one.sentence


def test_an_estimate_of_a_minute_is_not_worth_a_word() -> None:
    rows = november(8 * KWH)
    said = view("mois", dt.date(2026, 11, 1), rows, estimates={dt.date(2026, 11, 9): KWH // 10})
    assert "estim" not in said.series[0].sentence
    said = view("mois", dt.date(2026, 11, 1), rows, estimates={dt.date(2026, 11, 9): KWH})
    assert f"Ce qui manque est estimé à 1{NBSP}kWh." in said.series[0].sentence


def test_what_came_before_the_first_reading_is_not_missing() -> None:
    span = (dt.date(2026, 11, 10), dt.date(2026, 11, 22))
    rows = [row for row in november(8 * KWH, skip=(14,)) if row.day >= span[0]]
    found = view("mois", dt.date(2026, 11, 1), rows, span=span).series[0]
    assert [bar.state for bar in found.row.bars[:10]] == ["before"] * 9 + ["known"]
    assert "Il manque 1 jour de mesures." in found.sentence
    assert found.sentence.endswith("Les mesures commencent le mardi 10 novembre 2026.")
    year = view(
        "annee", span[0], months=[month_row(dt.date(2026, 11, 1), KWH, covered=86_400)], span=span
    )
    assert [bar.state for bar in year.series[0].row.bars[:11]] == ["before"] * 10 + ["partial"]
    assert "Il manque" not in year.series[0].sentence
    assert year.series[0].sentence.endswith("Les mesures commencent le mardi 10 novembre 2026.")


def test_a_day_of_gas_between_midnight_and_six() -> None:
    """Sunday has bars of Saturday's gas; its own day has not begun, and Saturday's is not over."""
    sunday, saturday = dt.date(2026, 11, 22), dt.date(2026, 11, 21)
    at_three = dt.datetime(2026, 11, 22, 2, tzinfo=dt.UTC)
    rows = [day_row(saturday, KWH, of=measure("gas"), covered=75_600)]
    found = view("jour", sunday, rows, now=at_three).series[0].sentence.replace(NBSP, " ")
    assert found == "Gaz : sa journée va de 6 h à 6 h ; celle-ci n'a pas encore commencé."
    found = view("jour", saturday, rows, now=at_three).series[0].sentence.replace(NBSP, " ")
    assert found.startswith("Hier (journée en cours, jusqu'à 6 h) : ")
    found = view("jour", saturday, rows).series[0].sentence.replace(NBSP, " ")
    assert found.startswith("Hier, de 6 h à 6 h : ")  # the bars beside are the calendar day's
    found = view("jour", saturday, rows, commodity="gas").series[0].sentence.replace(NBSP, " ")
    assert found.startswith("Hier : ")


@pytest.mark.parametrize(("day", "slots"), [((2026, 3, 28), 46), ((2026, 3, 29), 48)])
def test_t02_a_day_of_gas_begins_at_six_in_the_spring_night_too(
    day: tuple[int, int, int], slots: int
) -> None:
    rows = [day_row(dt.date(*day), KWH, of=measure("gas"))]
    found = view("jour", dt.date(*day), rows, commodity="gas").series
    assert len(found[0].row.bars) == slots
    assert found[0].row.bars[0].title.replace(NBSP, " ").startswith("de 6 h ")


def test_missing_hours_are_named_where_they_are_in_one_piece() -> None:
    day = dt.date(2026, 11, 18)
    slots = flat_day(day, 100)
    slots[4:10] = [None] * 6
    said = view("jour", day, [day_row(day, slots=slots)]).series[0].sentence.replace(NBSP, " ")
    assert said.endswith("Il manque 3 h de mesures (de 2 h à 5 h).")
    slots[20] = None
    said = view("jour", day, [day_row(day, slots=slots)]).series[0].sentence.replace(NBSP, " ")
    assert said.endswith("Il manque 3 h 30 de mesures.")


def test_a_zero_is_a_value() -> None:
    bars = view("mois", dt.date(2026, 11, 1), november(0)).series[0].row.bars
    assert {bar.amount for bar in bars[:22]} == {0}
    assert {bar.state for bar in bars[:21]} == {"known"}


def test_the_newest_days_may_still_arrive() -> None:
    days = [row for row in november(8 * KWH) if row.day.day < 20]
    states = [bar.state for bar in view("mois", dt.date(2026, 11, 1), days).series[0].row.bars]
    assert states[18:23] == ["known", "waiting", "waiting", "waiting", "future"]


def test_a_half_measured_day_is_incomplete() -> None:
    days = [*november(8 * KWH, skip=(5,)), day_row(dt.date(2026, 11, 5), 4 * KWH, covered=43_200)]
    bar = view("mois", dt.date(2026, 11, 1), days).series[0].row.bars[4]
    assert (bar.state, bar.coverage, bar.amount) == ("partial", 0.5, 4 * KWH)


@pytest.mark.parametrize(
    ("day", "count"),
    [(dt.date(2026, 10, 25), 50), (dt.date(2026, 3, 29), 46), (dt.date(2026, 11, 18), 48)],
)
def test_a_day_has_as_many_half_hours_as_the_clock_gave(day: dt.date, count: int) -> None:
    found = view("jour", day, [day_row(day, slots=flat_day(day, 100))])
    row = found.series[0].row
    assert len(row.bars) == count
    assert row.total == 100 * count
    titles = [text for _, text in found.ticks]
    assert titles[0] == titles[-1] == f"0{NBSP}h"


def test_one_gas_day_alone_runs_from_six_to_six() -> None:
    day = dt.date(2026, 11, 18)
    rows = [day_row(day, of=measure("gas"), slots=flat_day(day, 7, hours=6))]
    alone = view("jour", day, rows, commodity="gas").series[0].row
    assert alone.total == 48 * 7
    assert alone.bars[0].title.replace(NBSP, " ") == "de 6 h à 6 h 30"
    beside = view("jour", day, rows).series[0].row
    assert [bar.state for bar in beside.bars[:12]] == ["missing"] * 12


@pytest.mark.parametrize("level", ["mois", "annee", "tout"])
def test_a_period_that_is_not_over_says_so(level: Level) -> None:
    months = [month_row(dt.date(2026, month, 1), 10 * KWH) for month in (10, 11)]
    found = view(level, dt.date(2026, 11, 1), november(8 * KWH), months).series[0].row
    assert [bar.running for bar in found.known] == [False] * (len(found.known) - 1) + [True]
    assert "en cours" in bar_words(FR, found.known[-1], found.unit)
    assert "en cours" in remark(FR, found.known[-1], found.unit)


def test_a_day_of_gas_goes_on_until_six() -> None:
    saturday = dt.date(2026, 11, 21)
    rows = [day_row(saturday, KWH, of=measure("gas"))]
    for hour, running in ((2, True), (5, False)):  # UTC: three and six by the clock
        now = dt.datetime(2026, 11, 22, hour, tzinfo=dt.UTC)
        found = view("semaine", saturday, rows, now=now).series[0].row
        assert [bar.running for bar in found.known] == [running]


def test_years_are_sums_of_months() -> None:
    months = [
        month_row(dt.date(year, month, 1), 10 * KWH) for year in (2025, 2026) for month in (1, 2)
    ]
    bars = view("tout", dt.date(2026, 1, 1), months=months).series[0].row.bars
    assert [(bar.title, bar.amount) for bar in bars] == [("2025", 20 * KWH), ("2026", 20 * KWH)]
    assert all(bar.target.startswith("?vue=annee") for bar in bars)


def test_a_year_that_begins_with_the_first_day_known_says_so() -> None:
    months = [month_row(dt.date(2025, 11, 1), 10 * KWH), month_row(dt.date(2026, 1, 1), 10 * KWH)]
    span = (dt.date(2025, 10, 25), dt.date(2026, 11, 22))
    row = view("tout", dt.date(2026, 1, 1), months=months, span=span).series[0].row
    assert [bar.title for bar in row.bars] == ["2025, depuis le 25 octobre", "2026"]
    ticks = view("tout", dt.date(2026, 1, 1), months=months, span=span).ticks
    assert ticks == [(0, "2025<br>dès oct."), (1, "2026")]


def test_electricity_beside_a_roof_is_what_the_network_gave() -> None:
    day = dt.date(2026, 11, 18)
    rows = [day_row(day, 5 * KWH), day_row(day, 2 * KWH, of=measure("solar"))]
    told = [series.sentence.replace(NBSP, " ") for series in view("jour", day, rows).series]
    assert "5 kWh pris au réseau" in told[0] and "2 kWh produits" in told[1]
    assert "d'électricité" in view("jour", day, rows[:1]).series[0].sentence


def test_a_month_is_compared_with_the_same_month_a_year_before() -> None:
    year_before = [month_row(dt.date(2025, 11, 1), 10 * KWH * 30)]
    said = view("mois", dt.date(2026, 11, 1), november(8 * KWH), year_before).series[0].sentence
    assert said.replace(NBSP, " ") == (
        "176 kWh d'électricité, soit 8 kWh par jour : 20 % de moins qu'en novembre 2025."
    )


def test_minutes_are_not_stretched_to_a_day() -> None:
    """Twenty minutes of a day tell nothing of a day: no mean, nothing to compare."""
    day = dt.date(2026, 11, 18)
    minutes = [day_row(day, 300_000, covered=1_200)]
    year_before = [month_row(dt.date(2025, 11, 1), 10 * KWH * 30)]
    last_week = [day_row(day - DAY * n, 8 * KWH) for n in range(3, 10)]
    short_month = [month_row(dt.date(2026, 11, 1), 300_000, covered=1_200)]
    for level, days, months in (
        ("semaine", minutes + last_week, []),
        ("mois", minutes, year_before),
        ("annee", [], [*short_month, month_row(dt.date(2025, 11, 1), 10 * KWH * 30)]),
        ("tout", [], short_month),
    ):
        said = view(level, day, days, months).series[0].sentence.replace(NBSP, " ")  # type: ignore[arg-type]
        assert " par jour" not in said, level
        assert "plus" not in said, level
        assert "moins" not in said, level


def test_the_mean_is_of_whole_days_only() -> None:
    days = [*november(8 * KWH, skip=(22,)), day_row(dt.date(2026, 11, 22), 2 * KWH, covered=21_600)]
    said = view("mois", dt.date(2026, 11, 1), days).series[0].sentence.replace(NBSP, " ")
    assert said.startswith("170 kWh d'électricité, soit 8 kWh par jour")
    months = [
        month_row(dt.date(2026, 9, 1), 240 * KWH),
        month_row(dt.date(2026, 10, 1), 100 * KWH, covered=5 * 86_400),
    ]
    said = view("annee", dt.date(2026, 1, 1), months=months).series[0].sentence.replace(NBSP, " ")
    assert said.startswith("340 kWh d'électricité, soit 8 kWh par jour")


def test_without_it_with_the_month_before() -> None:
    october = [day_row(dt.date(2026, 10, 1) + DAY * n, 4 * KWH) for n in range(31)]
    said = view("mois", dt.date(2026, 11, 1), november(8 * KWH) + october).series[0].sentence
    assert "2 fois plus qu'en octobre 2026" in said.replace(NBSP, " ")


def test_a_day_is_compared_with_its_weekday() -> None:
    day = dt.date(2026, 11, 18)
    before = [day_row(day - DAY * 7 * week, 10 * KWH) for week in range(1, 9)]
    rows = [day_row(day, slots=flat_day(day, KWH * 5 // 48)), *before]
    said = view("jour", day, rows).series[0].sentence
    assert "50 % de moins qu'un mercredi habituel" in said.replace(NBSP, " ")


def test_an_unfinished_day_is_not_compared() -> None:
    day = dt.date(2026, 11, 22)
    before = [day_row(day - DAY * 7 * week, 10 * KWH) for week in range(1, 9)]
    rows = [day_row(day, slots=[KWH] * 20 + [None] * 28), *before]
    assert "habituel" not in view("jour", day, rows).series[0].sentence


def test_a_year_stands_beside_the_same_months_only_if_most_are_known() -> None:
    months = [month_row(dt.date(2026, month, 1), 10 * KWH) for month in range(1, 11)]
    one = [month_row(dt.date(2025, 10, 1), 5 * KWH)]
    most = [month_row(dt.date(2025, month, 1), 5 * KWH) for month in range(1, 11)]
    january = dt.date(2026, 1, 1)
    assert "2025" not in view("annee", january, months=months + one).series[0].sentence
    assert "mêmes mois de 2025" in view("annee", january, months=months + most).series[0].sentence


def test_peak_and_off_peak_split_the_bars_of_one_commodity() -> None:
    day = dt.date(2026, 11, 18)
    rows = [
        day_row(day, 8 * KWH),
        day_row(day, 5 * KWH, of=measure(register="HP")),
        day_row(day, 3 * KWH, of=measure(register="HC")),
    ]
    row = view("semaine", day, rows, commodity="electricity").series[0].row
    assert [part.name for part in row.parts] == ["heures pleines (HP)", "heures creuses (HC)"]
    assert "les deux périodes de prix" in row.gloss
    assert row.bars[2].parts == ((5 * KWH, 0), (3 * KWH, 0))
    assert view("semaine", day, rows).series[0].row.parts == ()


def test_production_splits_into_used_and_left() -> None:
    day = dt.date(2026, 11, 18)
    rows = [
        day_row(day, 5 * KWH, of=measure("solar")),
        day_row(day, 2 * KWH, of=measure(flow="injection")),
        day_row(day, 7 * KWH),
    ]
    found = view("semaine", day, rows, commodity="solar")
    assert found.series[0].row.bars[2].parts == ((3 * KWH, 0), (2 * KWH, 0))
    assert [part.fill for part in found.series[0].row.parts] == ["tint", "dots"]
    assert found.solar.replace(NBSP, " ").startswith("Le toit a couvert 30 % de l'électricité")


def test_what_no_register_accounts_for_is_a_part_of_its_own() -> None:
    months = [
        month_row(dt.date(2026, 9, 1), 170_694_000),
        month_row(dt.date(2026, 9, 1), 36_952_000, of=measure(register="F1")),
        month_row(dt.date(2026, 9, 1), 122_417_000, of=measure(register="F2")),
        month_row(dt.date(2026, 10, 1), 180_211_000),
    ]
    found = view("annee", dt.date(2026, 1, 1), months=months, commodity="electricity").series[0]
    assert [(part.name, part.fill) for part in found.row.parts] == [
        ("registre F1 du fournisseur", "tint"),
        ("registre F2 du fournisseur", "tint"),
        ("sans détail par tarif", "rest"),
    ]
    assert "un registre par période de prix" in found.row.gloss
    assert found.row.bars[8].parts == ((36_952_000, 0), (122_417_000, 0), (11_325_000, 0))
    assert found.row.bars[9].parts == ((None, 0), (None, 0), (180_211_000, 0))


def test_production_whose_leaving_is_unknown_is_not_called_used_here() -> None:
    day = dt.date(2026, 11, 18)
    rows = [
        day_row(day, 5 * KWH, of=measure("solar")),
        day_row(day, 2 * KWH, of=measure(flow="injection")),
        day_row(day - DAY, 4 * KWH, of=measure("solar")),
    ]
    row = view("semaine", day, rows, commodity="solar").series[0].row
    assert [part.name for part in row.parts][-1] == "sans détail de l'usage"
    assert row.bars[1].parts == ((None, 0), (None, 0), (4 * KWH, 0))
    assert row.bars[2].parts == ((3 * KWH, 0), (2 * KWH, 0), (0, 0))


def test_suppliers_and_distributors_registers_never_stand_in_one_stack() -> None:
    day = dt.date(2026, 11, 18)
    rows = [day_row(day, 8 * KWH)] + [
        day_row(day, amount * KWH, of=measure(register=register))
        for register, amount in (("F10", 1), ("F2", 2), ("F1", 5), ("D1", 8))
    ]
    row = view("semaine", day, rows, commodity="electricity").series[0].row
    assert [part.name[:12] for part in row.parts] == [
        "registre F1 ",
        "registre F2 ",
        "registre F10",
    ]
    assert row.bars[2].parts == ((5 * KWH, 0), (2 * KWH, 0), (KWH, 0))


def test_registers_that_count_more_than_the_total_are_not_drawn() -> None:
    day = dt.date(2026, 11, 18)
    rows = [day_row(day, 8 * KWH)] + [
        day_row(day, 5 * KWH, of=measure(register=register)) for register in ("HP", "HC")
    ]
    row = view("semaine", day, rows, commodity="electricity").series[0].row
    assert row.bars[2].parts == ((None, 0), (None, 0), (8 * KWH, 0))


AMOUNTS = st.one_of(st.none(), st.integers(0, 20 * KWH))


@given(
    total=st.integers(0, 50 * KWH),
    spread=st.integers(0, 50 * KWH),
    registers=st.lists(st.tuples(AMOUNTS, st.integers(0, KWH)), min_size=2, max_size=6),
    near=st.booleans(),
    step=st.integers(-6_000, 6_000),
)
def test_parts_and_rest_are_the_bar(
    total: int, spread: int, registers: list[tuple[int | None, int]], near: bool, step: int
) -> None:
    """Whatever registers tell or do not tell, a bar is exactly as high as its total."""
    if near:
        total = max(0, sum(amount or 0 for amount, _ in registers) + step)
    whole = Bar("lundi", total, min(spread, total))
    parts = [Bar("lundi", amount, min(allocated, amount or 0)) for amount, allocated in registers]
    found = split_bar(whole, parts, 1_000)
    assert len(found) == len(registers) + 1
    assert sum(amount or 0 for amount, _ in found) == total
    assert all(0 <= allocated <= (amount or 0) for amount, allocated in found)


def test_a_few_steps_of_the_registers_are_no_rest() -> None:
    parts = [Bar("", 5 * KWH), Bar("", 3 * KWH)]
    for rest in (-2_000, 0, 2_000):
        assert split_bar(Bar("", 8 * KWH + rest), parts, 1_000)[-1] == (0, 0)
    assert split_bar(Bar("", 9 * KWH), parts, 1_000)[-1] == (KWH, 0)


def test_years_add_up_what_their_months_show() -> None:
    """A month of which one meter sent nothing is in the sentence, so it is in the bar too."""
    months = [
        month_row(dt.date(2026, 1, 1), 10 * KWH),
        month_row(dt.date(2026, 2, 1), 5 * KWH, covered=0),
    ]
    found = view("tout", dt.date(2026, 1, 1), months=months).series[0]
    assert found.row.bars[-1].amount == 15 * KWH
    assert found.sentence.replace(NBSP, " ").startswith("15 kWh")


def test_the_solar_share_counts_only_days_where_all_three_are_known() -> None:
    day = dt.date(2026, 11, 18)
    rows = [
        day_row(day, 5 * KWH, of=measure("solar")),
        day_row(day, 2 * KWH, of=measure(flow="injection")),
        day_row(day, 7 * KWH),
        day_row(day - DAY, 99 * KWH, of=measure("solar")),
    ]
    assert "30" in view("semaine", day, rows).solar
    assert view("semaine", day, rows[:1]).solar == ""


def test_neighbours_stop_where_nothing_is() -> None:
    first = dt.date(2025, 1, 1)
    assert view("annee", first).previous is None
    assert view("annee", first).next is not None
    assert view("jour", dt.date(2026, 11, 22)).next is None
    assert view("tout", first).previous is None


def test_without_rows_there_is_nothing_to_show() -> None:
    found = view("mois", dt.date(2026, 11, 1), span=None)
    assert found.series == []
    assert found.solar == ""


def test_a_day_of_which_only_the_total_came_says_so() -> None:
    day = dt.date(2026, 3, 29)
    found = view("jour", day, [day_row(day, 5 * KWH)]).series[0]
    said = found.sentence
    assert said.endswith(". Seul le total du jour est connu.")
    # and no bar says that nothing was measured, not in its table either
    assert {bar.state for bar in found.row.bars} == {"total"}
    assert remark(FR, found.row.bars[0], found.row.unit) == "seul le total du jour est connu"
    other = view("jour", day, [day_row(day - DAY, 5 * KWH)]).series[0].row.bars
    assert "total" not in {bar.state for bar in other}
    whole = view("jour", day, [day_row(day, slots=flat_day(day, 100))]).series[0].sentence
    assert "Seul le total" not in whole


def test_a_day_of_which_one_meter_sent_nothing_is_incomplete_not_unknown() -> None:
    day = dt.date(2026, 11, 18)
    row = view("semaine", day, [day_row(day, 10 * KWH, covered=0)]).series[0]
    bar = row.row.bars[2]
    assert (bar.amount, bar.state) == (10 * KWH, "partial")
    assert row.sentence.replace(NBSP, " ").startswith("10 kWh d'électricité")


def test_a_year_names_every_second_month_so_that_a_phone_can_show_them_level() -> None:
    found = view("annee", dt.date(2026, 1, 1), months=[month_row(dt.date(2026, 1, 1), KWH)])
    assert [text for _, text in found.ticks] == ["janv.", "mars", "mai", "juil.", "sept.", "nov."]
    assert [place for place, _ in found.ticks] == [0, 2, 4, 6, 8, 10]


# A register that went back by a step: the amount is below zero, and nobody reads nonsense.


def test_t08_a_part_that_went_back_by_a_step_costs_no_bar_its_split() -> None:
    day, step = dt.date(2026, 11, 19), 1_000
    of = {name: measure("electricity", "", name) for name in ("HP", "HC")}
    rows = [
        day_row(day, slots=[299_000] + [300_000] * 47),
        day_row(day, of=of["HP"], slots=[-step] + [0] * 13 + [300_000] * 34),
        day_row(day, of=of["HC"], slots=[300_000] * 14 + [0] * 34),
    ]
    row = view("jour", day, rows, commodity="electricity").series[0].row
    assert len(row.parts) == 2
    assert sorted(amount or 0 for amount, _ in row.bars[0].parts) == [0, 299_000]


def test_t08_what_a_roof_gave_and_what_left_are_never_below_zero() -> None:
    day = dt.date(2026, 11, 19)
    rows = [
        day_row(day, 9 * KWH, slots=[9 * KWH // 48] * 48),
        day_row(day, of=measure(flow="injection"), slots=[0] * 21 + [-1_000] + [0] * 26),
        day_row(day, of=measure("solar"), slots=[-1_000] + [0] * 20 + [10_000] * 2 + [0] * 25),
    ]
    assert "0 % de sa production" in view("jour", day, rows).solar.replace(NBSP, " ")
    row = view("jour", day, rows, commodity="solar").series[0].row
    assert [part.name for part in row.parts] == ["utilisé sur place", "parti au réseau"]
    assert row.bars[21].parts[:2] == ((10_000, 0), (0, 0))


def test_t08_a_day_below_zero_is_read_as_nothing_and_its_table_is_exact() -> None:
    day, cubic_metre = dt.date(2026, 11, 19), 10**6
    before = [
        day_row(day - DAY * 7 * week, cubic_metre // 2, of=measure("gas")) for week in range(1, 6)
    ]
    found = view("jour", day, [day_row(day, -cubic_metre, of=measure("gas")), *before]).series[0]
    sentence = found.sentence.replace(NBSP, " ")
    assert "0 m³" in sentence and "100 % de moins" in sentence
    rising = [day_row(row.day, -cubic_metre, of=measure("gas")) for row in before]
    found = view("jour", day, [day_row(day, cubic_metre, of=measure("gas")), *rising]).series[0]
    assert "%" not in found.sentence and "fois" not in found.sentence


def test_t08_what_one_of_two_meters_went_back_by_is_known() -> None:
    rows = [day_row(dt.date(2026, 11, 18), -1_000, covered=0), *november(KWH, skip=(18,))]
    found = view("mois", dt.date(2026, 11, 1), rows).series[0]
    assert found.row.bars[17].amount == -1_000
