"""EDF's half hours: the day stands above them and 00:00 is its end."""

from __future__ import annotations

import pytest

from connectors import edf_puissances_csv
from hub.model import Decoded, DecodeError
from tests.connectors.files import PRM, amounts, decode, reasons

HEAD = (
    "Récapitulatif de mes puissances atteintes en W\n\n"
    "Date et heure de relève par le distributeur;Puissance atteinte (W);Nature de la donnée\n"
)


def read(*rows: str, encoding: str = "utf-8") -> Decoded:
    return decode("edf_puissances_csv", (HEAD + "\n".join(rows)).encode(encoding))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_f01_midnight_ends_the_day_it_stands_under(encoding: str) -> None:
    rows = ["20/11/2026;;", "00:00:00;1122;Réelle", "23:30:00;1184;Réelle", "", "19/11/2026;;"]
    decoded = read(*rows, "00:00:00;1356;Réelle", encoding=encoding)
    assert amounts(decoded) == {
        "2026-11-20T22:30": (1800, 561_000),
        "2026-11-20T22:00": (1800, 592_000),
        "2026-11-19T22:30": (1800, 678_000),
    }
    assert not decoded.rejects


def test_a_whole_day_is_24_hours_of_that_day() -> None:
    clocks = [f"{h:02d}:{m:02d}:00;600;Réelle" for h in range(24) for m in (0, 30)]
    found = amounts(read("20/11/2026;;", clocks[0], *clocks[:0:-1]))
    assert (min(found), max(found)) == ("2026-11-19T23:00", "2026-11-20T22:30")
    assert sum(value for _, value in found.values()) == 600 * 24 * 1000


def test_f02_another_minute_has_no_step_and_a_row_without_day_no_time() -> None:
    decoded = read("00:30:00;1;Réelle", "20/11/2026;;", "23:15:00;5;Réelle", "24:00:00;6;Réelle")
    assert reasons(decoded) == {4: "bad_time", 6: "unknown_step"}
    assert amounts(decoded) == {"2026-11-20T22:30": (1800, 3000)}


def test_f06_a_merged_october_hour_is_named() -> None:
    decoded = read("25/10/2026;;", "03:30:00;7;Réelle", "02:30:00;5;Réelle", "01:30:00;1;Réelle")
    assert reasons(decoded) == {6: "ambiguous_time"}


def test_f09_an_empty_half_hour_is_a_gap() -> None:
    decoded = read("20/11/2026;;", "12:30:00;;Réelle", "12:00:00;0;Réelle")
    assert [(gap.row, gap.end) for gap in decoded.gaps] == [(5, 1_795_174_200)]
    assert amounts(decoded) == {"2026-11-20T10:30": (1800, 0)}


def test_other_files_are_refused_and_a_usage_point_is_needed() -> None:
    for text in ("", "a;b\n1;2\n", "Horodate;Valeur\n"):
        with pytest.raises(DecodeError) as caught:
            decode("edf_puissances_csv", text)
        assert caught.value.reason == "not_this_format"
        assert edf_puissances_csv.sniff(text.encode()) == 0
    with pytest.raises(DecodeError) as caught:
        decode("edf_puissances_csv", HEAD, "")
    assert caught.value.reason == "missing_usage_point"
    assert decode("edf_puissances_csv", HEAD, PRM).series == []


def test_t07_mean_power_of_half_an_hour_is_half_its_watt_hours() -> None:
    decoded = read("20/11/2026;;", "12:00:00;1000;Réelle", "11:30:00;1;Réelle")
    assert sorted(amounts(decoded).values()) == [(1800, 500), (1800, 500_000)]
    assert {series.key.quantity for series in decoded.series} == {"energy"}


def test_t04_october_s_day_of_fifty_half_hours_keeps_each() -> None:
    walls = [f"{h:02d}:{m}" for h in (0, 1, 2, 2, 3) for m in ("00", "30")][1:]
    decoded = read("25/10/2026;;", *(f"{wall}:00;{i};Réelle" for i, wall in enumerate(walls)))
    found = amounts(decoded)
    assert (len(found), decoded.rejects) == (9, [])
    assert (min(found), max(found)) == ("2026-10-24T22:00", "2026-10-25T02:00")
