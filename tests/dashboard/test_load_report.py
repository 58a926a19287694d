"""What the page `/envoyer` says of files: in a resident's words."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

import connectors
from dashboard.components.load_names import Names
from dashboard.components.load_reasons import is_mixed
from dashboard.components.load_report import report
from dashboard.markup import html_of
from dashboard.source_names import SOURCES
from dashboard.tongue import tongue
from hub.intake.counted import FeedRow, countings
from hub.intake.report import LoadReport
from hub.intake.summary import ChannelSummary, Missing, Stretch, Summary
from hub.model import ChannelKey, Kind, PeriodClass, Reject

FR = tongue("fr")
T0 = 1_793_746_800  # 2026-11-04 00:00 in Paris
SPACES = str.maketrans("\u00a0\u202f", "  ")


def words(told: LoadReport, names: Names | None = None) -> str:
    shown = html_of(report(names or Names(FR, []), told.as_json("fr")))
    return str(shown).translate(SPACES).replace("&#39;", "'")


def loaded(**other: Any) -> LoadReport:
    made = LoadReport("a.csv", load_id=7, connector="grdf_portal_xlsx", rows_read=6)
    for name, value in other.items():
        setattr(made, name, value)
    return made


def lacking(connector: str) -> LoadReport:
    return loaded(connector=connector, problem=Reject(0, "missing_usage_point"))


def channel(kind: Kind, period: PeriodClass = "", **other: Any) -> ChannelSummary:
    key = ChannelKey("PCE1", "gas", "consumption", "energy", "TOTAL", kind, period=period)
    hole = Missing(1, 3600, (Stretch(T0, T0 + 3600),))
    told: dict[str, Any] = {"readings": 17_520, "start": T0, "end": T0 + 86_400, "step": 86_400}
    return ChannelSummary(key, **(told | {"total": 1_854_245_000, "missing": hole} | other))


def test_every_format_has_a_title() -> None:
    assert SOURCES.keys() == set(connectors.names())


def test_rows_from_before_the_household_moved_in_are_one_line() -> None:
    rejects = [
        Reject(
            n,
            "before_usage_point",
            value=f"2024-04-{1 + n % 30:02}T00:00:00+02:00",
            detail={"limit": "2024-05-02T00:00:00+02:00"},
        )
        for n in range(1, 265)
    ]
    counts = dict.fromkeys(LoadReport("").counts, 0) | {"rejected": 264}
    told = loaded(rejects=rejects, counts=counts)
    moved = words(told, Names(FR, [], (), dt.date(2024, 5, 1)))
    assert "264 lignes d'avant votre emménagement (du 1er avril 2024 au 30 avril 2024)" in moved
    assert "T00:00" not in moved
    assert moved.count("<tr>") == 2
    assert "Valeur" not in moved
    assert "autres lignes" not in moved
    same = words(told, Names(FR, [], (), dt.date(2024, 5, 1)))
    assert "jour même" not in same
    opened = words(told)
    assert "264 lignes d'avant le 2 mai 2024, jour d'ouverture" in opened


def test_what_is_not_shown_of_the_rejected_rows_is_counted_in_rows() -> None:
    """A row may be refused for several of its readings."""
    rejects = [Reject(n, "bad_number", "Valeur", f"x{n}") for n in range(1, 61) for _ in (1, 2)]
    counts = dict.fromkeys(LoadReport("").counts, 0) | {"rejected": 60}
    assert "Et 10 autres lignes rejetées." in words(loaded(rejects=rejects, counts=counts))


def test_a_file_of_no_meter_is_one_line() -> None:
    rejects = [Reject(n, "no_meter", value=f"2024-08-17T{n:02}:00:00+02:00") for n in range(1, 24)]
    told = words(loaded(rejects=rejects))
    assert told.count("ce fichier ne parle d'aucun compteur") == 1
    assert "2024-08-17T" not in told


def test_numbers_stand_in_the_site_s_formats() -> None:
    told = words(loaded(summary=Summary((channel("interval", "day"), channel("register")))))
    assert "<td>1 854 kWh</td>" in told
    assert "<td>17 520 quantités</td>" in told
    assert told.count("<td>1 jour</td>") == 2
    volume = ChannelKey("W", "water", "consumption", "volume", "TOTAL", "register")
    water = ChannelSummary(volume, 3, T0, T0 + 9, None, 2_100_000_000)
    assert "<td>2 100 m³</td>" in words(loaded(summary=Summary((water,))))


def test_what_is_missing_says_of_which_series() -> None:
    told = words(loaded(summary=Summary((channel("interval", "day"), channel("register")))))
    assert "gas, consommation, quantités par jour : 1 période" in told
    assert "gas, consommation, index : 1 période" in told
    alone = words(loaded(summary=Summary((channel("register"),))))
    assert "<li>gas, consommation : 1 période" in alone


def test_sources_have_names_and_no_rank() -> None:
    def row(number: int, source: str, register: str, *, own: bool) -> FeedRow:
        return FeedRow(
            number, "PRM1", "electricity", "consumption", "energy", register, "register", source,
            "", 100, own,
        )  # fmt: skip

    rows = [
        row(1, "enedis_portal_csv", "TOTAL", own=True),
        row(2, "enedis_portal_csv", "HP", own=True),
        row(3, "wmbusmeters", "TOTAL", own=False),
    ]
    told = words(loaded(countings=countings(rows)))
    assert "rang" not in told
    assert "TOTAL" not in told
    assert "ce qui compte : le total (et à côté, sans s'y ajouter : heures pleines (HP))" in told
    assert "1. espace client Enedis (CSV), index (ce fichier) ; 2. compteur radio (wmbus" in told


def test_a_missing_usage_point_is_asked_for_among_those_of_its_energy() -> None:
    points = [("PRM1", "electricity"), ("W1", "water")]
    names = Names(FR, [], points)
    assert "choisissez-le ci-dessus : electricity PRM1." in words(
        lacking("enedis_portal_csv"), names
    )
    gas = words(lacking("grdf_portal_json"), names)
    assert "votre foyer n'a pas de point de livraison de cette énergie (gas)" in gas
    assert "demandez à la mairie" in gas
    assert "choisissez-le ci-dessus" not in gas


@pytest.mark.parametrize(
    ("files", "mixed"),
    [
        (["veolia_csv", "grdf_portal_json"], True),
        (["veolia_csv", "suez_json"], False),
        (["veolia_csv"], False),
    ],
)
def test_one_choice_does_not_do_for_files_of_several_energies(
    files: list[str], mixed: bool
) -> None:
    told = [lacking(connector).as_json("fr") for connector in files]
    assert is_mixed(told) == mixed
    names = Names(FR, [], [("W1", "water")], mixed=mixed)
    assert ("envoyez ces fichiers séparément" in words(lacking("veolia_csv"), names)) == mixed


def test_a_file_of_no_known_format_says_where_exports_come_from() -> None:
    told = words(loaded(problem=Reject(0, "unknown_format", detail={"value": "Bonjour"})))
    assert "espace client" in told
