"""EDF's registers, days and months: when they are, what they are called, what is left out."""

from __future__ import annotations

import pytest

from connectors import edf_releves_csv
from hub.model import Decoded, DecodeError, Quality
from tests.connectors.files import PRM, amounts, decode, instant, notes, reasons, registers

INDEX = (
    "Date de relevé de l'index;Type d'index;Index Heures pleines (kWh);Index Heures creuses (kWh)"
)
DAYS = "Date de consommation;Consommation (kWh);Nature de la donnée"
MONTHS = "Période de consommation;Consommation (kWh);Nature de la donnée"
SENT = "Index transmis par le distributeur"


def read(head: str, *rows: str, encoding: str = "cp1252", device: str = PRM) -> Decoded:
    text = "\n".join(["", "Récapitulatif", "", head, *rows, ""])
    return decode("edf_releves_csv", text.encode(encoding), device)


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "utf-8-sig", "utf-16"])
def test_f03_an_index_is_of_the_start_of_its_day(encoding: str) -> None:
    decoded = read(INDEX, f"26/10/2026;{SENT};1010;520", f"25/10/2026;{SENT};1004;517,5",
                   encoding=encoding)  # fmt: skip
    assert registers(decoded) == {
        "HP": {"2026-10-25T23:00": 1_010_000_000, "2026-10-24T22:00": 1_004_000_000},
        "HC": {"2026-10-25T23:00": 520_000_000, "2026-10-24T22:00": 517_500_000},
    }


@pytest.mark.parametrize(
    ("column", "register"),
    [
        ("Index Base (kWh)", "BASE"),
        ("Index (kWh)", "TOTAL"),
        ("Index Bleu Heures creuses (kWh)", "HCJB"),
        ("Index Heures pleines jours Rouges (kWh)", "HPJR"),
        ("Index heures normales (kWh)", "HN"),
        ("Index heures de pointe mobile (kWh)", "PM"),
    ],
)
def test_f05_each_register_of_a_contract_has_its_name(column: str, register: str) -> None:
    head = f"Date de relevé de l'index;Type d'index;{column}"
    assert registers(read(head, f"02/01/2026;{SENT};7")) == {
        register: {"2026-01-01T23:00": 7_000_000}
    }


def test_a_register_of_another_name_is_left_aside_and_that_is_said() -> None:
    head = f"{INDEX};Index Heures super creuses (kWh);Index Heures pleines (Wh)"
    decoded = read(head, f"02/01/2026;{SENT};7;8;9;")
    assert set(registers(decoded)) == {"HP", "HC"}
    assert notes(decoded)["left_aside"] == "column left aside: Index Heures super creuses (kWh)"
    with pytest.raises(DecodeError):
        read("Date de relevé de l'index;Type d'index;Index Truc (kWh)", f"02/01/2026;{SENT};7")


def test_a_day_s_energy_is_that_of_its_local_day() -> None:
    decoded = read(DAYS, "25/10/2026;24;Réelle", "29/03/2026;23;Estimée")
    assert amounts(decoded) == {
        "2026-10-24T22:00": (25 * 3600, 24_000_000),
        "2026-03-28T23:00": (23 * 3600, 23_000_000),
    }
    (series,) = decoded.series
    assert series.key.period == "day"
    assert series.quality is not None
    assert list(series.quality) == [Quality.GOOD, Quality.ESTIMATED_BY_SOURCE]


def test_months_are_read_and_their_years_are_not_counted_again() -> None:
    decoded = read(MONTHS, "Année 2026;1 016;", "02/2026;1 016;Réelle", "Année 2025;2\u00a0345;",
                   "12/2025;1300;Estimée")  # fmt: skip
    assert amounts(decoded) == {
        "2026-01-31T23:00": (28 * 86_400, 1_016_000_000),
        "2025-11-30T23:00": (31 * 86_400, 1_300_000_000),
    }
    assert {series.key.period for series in decoded.series} == {"month"}
    running = decode("edf_releves_csv", f"{MONTHS}\n11/2026;5;Réelle", PRM)
    arrival = instant("2026-11-22T12:00:00Z")
    assert amounts(running) == {
        "2026-10-31T23:00": (arrival - instant("2026-10-31T23:00:00Z"), 5_000_000)
    }


def test_f09_no_value_is_a_gap() -> None:
    decoded = read(INDEX, f"02/01/2026;{SENT};;", f"01/01/2026;{SENT};0;")
    assert [gap.row for gap in decoded.gaps] == [5]
    assert registers(decoded) == {"HP": {"2025-12-31T23:00": 0}}
    day = instant("2026-01-01T23:00:00Z")
    gaps = read(DAYS, "02/01/2026;;Réelle").gaps
    assert [(gap.row, gap.start, gap.end) for gap in gaps] == [(5, day, day + 86_400)]


def test_bad_rows_are_named() -> None:
    decoded = read(DAYS, "hier;9;Réelle", "32/01/2026;9;Réelle", "01/01/2026;x;Réelle",
                   "01/01/2026 12:00;9;Réelle", "01/01/2026;-9;Réelle")  # fmt: skip
    assert reasons(decoded) == {
        5: "bad_time", 6: "bad_time", 7: "bad_number", 8: "bad_time", 9: "out_of_range"
    }  # fmt: skip
    assert reasons(read(MONTHS, "13/2026;9;Réelle", "2026;9;")) == {5: "bad_time", 6: "bad_time"}


def test_an_estimated_index_says_so() -> None:
    decoded = read(INDEX, "02/01/2026;Index estimé;7;8", f"01/01/2026;{SENT};7;8")
    for series in decoded.series:
        assert series.quality is not None
        assert list(series.quality) == [Quality.ESTIMATED_BY_SOURCE, Quality.GOOD]


def test_other_files_are_refused_and_a_usage_point_is_needed() -> None:
    for text in ("", "a;b\n1;2\n", "Date de relevé;Index relevé (litres)\n", "Date de conso;x\n"):
        with pytest.raises(DecodeError) as caught:
            decode("edf_releves_csv", text)
        assert caught.value.reason == "not_this_format"
        assert edf_releves_csv.sniff(text.encode()) == 0
    with pytest.raises(DecodeError) as caught:
        read(DAYS, "01/01/2026;9;Réelle", device="")
    assert caught.value.reason == "missing_usage_point"
    with pytest.raises(DecodeError) as caught:
        read("Date de consommation;Consommation (m3);Prix (kWh)", "01/01/2026;9;")
    assert caught.value.reason == "bad_unit"
