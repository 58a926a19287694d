"""Temperatures of Météo-France's stations: hours, days, quality, overseas."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

import connectors
from hub.model import Decoded, DecodeError
from tests.connectors.files import decode, notes, reasons

HOURS = "NUM_POSTE;NOM_USUEL;AAAAMMJJHH;T;QT"


def told(decoded: Decoded) -> dict[tuple[str, str], float | None]:
    return {
        (p.series, f"{datetime.fromtimestamp(p.ts, UTC):%m-%dT%H:%M}"): p.value
        for p in decoded.context
    }


def hours(*rows: str, head: str = HOURS) -> Decoded:
    return decode("meteo_france_csv", "\n".join([head, *rows]))


def test_hours_are_utc_on_the_nights_of_the_clocks_too() -> None:
    decoded = hours("69999001;X;2026032902;7.5;1", "69999001;X;2026102500;-1.25;1")
    assert told(decoded) == {
        ("temperature/69999001", "03-29T02:00"): 7.5,
        ("temperature/69999001", "10-25T00:00"): -1.25,
    }


def test_blanks_lost_zeros_commas_and_quotes_of_a_spreadsheet() -> None:
    decoded = hours(' 1999001 ;"X; Y";"2026110112";"12,5";1;;')
    assert told(decoded) == {("temperature/01999001", "11-01T12:00"): 12.5}


def test_f09_empty_mq_and_doubtful_are_gaps() -> None:
    decoded = hours(*(f"69999001;X;20261101{n:02};{t}" for n, t in enumerate([";", "mq;", "8;2"])))
    assert ([gap.row for gap in decoded.gaps], decoded.context) == ([2, 3, 4], [])
    assert notes(decoded) == {"doubtful": "doubtful values (quality code 2) left aside: 1"}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("station;X;2026110112;8;1", "bad_name"),
        ("69999001;X;20261101123;8;1", "bad_time"),
        ("69999001;X;2026133112;8;1", "bad_time"),
        ("69999001;X;;8;1", "bad_time"),
        ("69999001;X;2026110112;chaud;1", "bad_number"),
        ("69999001;X;2026110112;-273;1", "out_of_range"),
    ],
)
def test_bad_cells_are_refused(row: str, reason: str) -> None:
    assert reasons(hours(row)) == {2: reason}


def test_stations_overseas_have_an_hour_that_is_not_told() -> None:
    decoded = hours("97499001;X;2026110112;25;1", "69999001;X;2026110112;9;1")
    assert (decoded.ignored, len(decoded.context)) == (2, 1)
    assert "overseas" in notes(decoded)


def test_days_and_instants_are_different_series() -> None:
    head = "NUM_POSTE;AAAAMMJJ;TN;QTN;TX;QTX;TM;QTM;TNTXM"
    assert told(hours("69999001;20261101;2.0;1;9.0;2;5.6;1;5.5", head=head)) == {
        ("temperature_mean/69999001", "11-01T00:00"): 5.6,
        ("temperature_min/69999001", "11-01T00:00"): 2.0,
    }


def test_another_table_is_another_format() -> None:
    sniff = connectors.load("meteo_france_csv").sniff
    for head in (b"Date;Valeur\n1;2\n", b"NUM_POSTE;LAT\n", b"", b"\xff\xfe"):
        assert sniff(head) == 0
        with pytest.raises(DecodeError):
            decode("meteo_france_csv", head)
    assert sniff(b"\xef\xbb\xbf NUM_POSTE ;NOM_USUEL;AAAAMMJJHHMN;RR") == 1
