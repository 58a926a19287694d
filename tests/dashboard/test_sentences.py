"""Sentences name what, how much, compared with what, and what is not known."""

from __future__ import annotations

import datetime as dt

import pytest

from dashboard import sentences
from dashboard.amounts import Unit, base_unit
from dashboard.curves import Hole
from dashboard.tongue import NBSP, Tongue
from tests.dashboard.rows import PARIS

FR, EN = Tongue("fr"), Tongue("en")
NOON = dt.datetime(2026, 11, 18, 14, 30, tzinfo=PARIS)


def plain(text: str) -> str:
    """Without unbreakable spaces."""
    return text.replace(NBSP, " ")


@pytest.mark.parametrize(
    ("change", "french", "english"),
    [
        (-0.12, "12 % de moins qu'un mercredi habituel", "12% less than a usual Wednesday"),
        (0.30, "30 % de plus qu'un mercredi habituel", "30% more than a usual Wednesday"),
        (0.04, "autant qu'un mercredi habituel", "about as much as a usual Wednesday"),
        (1.34, "2,3 fois plus qu'un mercredi habituel", "2.3 times as much as a usual Wednesday"),
    ],
)
def test_comparisons(change: float, french: str, english: str) -> None:
    assert plain(sentences.comparison(FR, change, "un mercredi habituel")) == french
    assert sentences.comparison(EN, change, "a usual Wednesday") == english


def test_than_elides() -> None:
    assert sentences.than(FR, "en octobre 2026") == "qu'en octobre 2026"
    assert sentences.than(FR, "la semaine précédente") == "que la semaine précédente"


def against(so_far: int, usual: float | None, produced: bool = False) -> str:
    return plain(
        sentences.against_usual(
            FR,
            so_far=so_far,
            usual=usual,
            unit=Unit("L", 1000),
            weekday="mercredi",
            until=NOON,
            produced=produced,
        )
    )


def test_the_day_so_far() -> None:
    assert against(880, 1000.0) == "À 14 h 30, 12 % de moins qu'un mercredi habituel."
    assert against(880, None) == "Pas encore assez de semaines pour dire ce qui est habituel."
    assert against(5, 0.0) == "À 14 h 30, un mercredi habituel n'a encore rien compté."
    assert against(0, 0.0) == "À 14 h 30, rien, comme un mercredi habituel."
    assert "le soleil" in against(0, 0.0, produced=True)
    assert against(2_400, 1000.0) == "À 14 h 30, 2,4 fois plus qu'un mercredi habituel."
    assert against(55_000, 2500.0) == "À 14 h 30, 55 L au lieu de 2,5 L un mercredi habituel."


def test_what_is_missing_is_said_with_its_hours() -> None:
    at = dt.datetime(2026, 11, 18, 1, tzinfo=dt.UTC)
    one = [Hole(at, at + dt.timedelta(hours=3))]
    assert plain(sentences.missing(FR, one, PARIS)) == "Il manque 3 h de mesures (de 2 h à 5 h)."
    many = [
        Hole(at + dt.timedelta(hours=n), at + dt.timedelta(hours=n, minutes=30)) for n in range(3)
    ]
    assert plain(sentences.missing(FR, many, PARIS)) == "Il manque 1 h 30 de mesures, en 3 fois."


def test_history_says_amount_mean_comparison_and_gap() -> None:
    said = sentences.history(
        FR,
        name="Électricité",
        produced=False,
        drawn=False,
        when="hier",
        total="7,4 kWh",
        mean="",
        difference=(-0.12, "un mercredi habituel"),
        lost="3 h de mesures",
        estimated="0,6 kWh",
    )
    assert plain(said) == (
        "Hier : 7,4 kWh d'électricité, 12 % de moins qu'un mercredi habituel."
        " Il manque 3 h de mesures ; estimation : 0,6 kWh."
    )


def test_what_the_network_gave_is_not_all_that_was_used() -> None:
    said = sentences.history(
        FR, name="Électricité", produced=False, drawn=True, when="", total="7,4 kWh", mean="",
        difference=None, lost="", estimated="",
    )  # fmt: skip
    assert plain(said) == "7,4 kWh pris au réseau."


def test_nothing_known_is_not_zero() -> None:
    said = sentences.history(
        FR,
        name="Eau",
        produced=False,
        drawn=False,
        when="",
        total="",
        mean="",
        difference=None,
        lost="",
        estimated="",
    )
    assert plain(said) == "Eau : rien de connu."


def test_solar_share_is_of_all_electricity_used() -> None:
    """4 drawn, 4 made, 1 left: 3 of 7 came from the roof."""
    said = plain(sentences.solar_share(FR, 4, 4, 1))
    assert said.startswith("Le toit a couvert 43 % de l'électricité utilisée")
    assert "25 % de sa production" in said
    assert sentences.solar_share(FR, -1, 4, -1) == sentences.solar_share(FR, 0, 4, 0)
    assert sentences.solar_share(FR, 4, 0, 0) == ""
    assert sentences.solar_share(FR, 4, 1, 2) == "", "more left than was made: not told"


def test_the_busiest_half_hour() -> None:
    bars = [("de 7 h à 7 h 30", 580_000), ("de 8 h à 8 h 30", None), ("de 9 h à 9 h 30", 1)]
    said = sentences.busiest(FR, bars, base_unit("energy"), "Électricité")
    assert plain(said) == "Électricité : le plus de 7 h à 7 h 30, 0,58 kWh."
    assert "aucune" in sentences.busiest(FR, [("x", None)], base_unit("energy"), "Eau")
    assert "rien" in sentences.busiest(FR, [("x", 0)], base_unit("energy"), "Eau")
