"""CO2 of the electricity: records of every version, and RTE's own table."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

import connectors
from hub.model import Decoded, DecodeError
from tests.connectors.files import decode, reasons

AT = "2026-11-20T10:00:00+00:00"


def told(decoded: Decoded) -> dict[str, float | None]:
    """UTC instant -> g/kWh."""
    return {f"{datetime.fromtimestamp(p.ts, UTC):%dT%H:%M}": p.value for p in decoded.context}


def eco2mix(document: Any) -> Decoded:
    return decode("eco2mix", json.dumps(document))


@pytest.mark.parametrize(
    "wrapped",
    [
        lambda record: record,
        lambda record: [record],
        lambda record: {"fields": record},
        lambda record: {"records": [{"recordid": "a", "fields": record}]},
        lambda record: {"records": [{"record": {"id": "a", "fields": record}}]},
        lambda record: {"total_count": 1, "results": [record]},
    ],
)
def test_a_record_of_every_version_of_the_api(wrapped: Any) -> None:
    record = {"taux_co2": 23, "date_heure": AT, "perimetre": "France"}
    assert told(eco2mix(wrapped(record))) == {"20T10:00": 23.0}


@pytest.mark.parametrize("value", [None, "", "ND", "nd", "-"])
def test_f09_nd_and_nothing_are_gaps(value: object) -> None:
    decoded = eco2mix([{"taux_co2": value, "date_heure": AT}, {"date_heure": AT}])
    assert ([gap.row for gap in decoded.gaps], decoded.context) == ([1, 2], [])


@pytest.mark.parametrize(
    ("value", "reason"), [("x", "bad_number"), (-1, "out_of_range"), (9999, "out_of_range")]
)
def test_what_is_no_rate_is_refused(value: object, reason: str) -> None:
    assert reasons(eco2mix({"taux_co2": value, "date_heure": AT})) == {1: reason}


def table(*rows: str) -> Decoded:
    head = "Périmètre\tNature\tDate\tHeures\tConsommation\tTaux de Co2"
    return decode("eco2mix", "\n".join([head, *rows, "RTE ne pourra"]).encode("latin-1"))


def test_f06_the_october_hour_of_the_table_is_told_by_the_order_of_its_rows() -> None:
    times = ["01:30", "02:00", "02:30", "02:00", "02:30", "03:00"]
    rows = [f"France\tx\t2026-10-25\t{t}\t1\t{n}" for n, t in enumerate(times)]
    assert list(told(table(*rows)).items()) == [
        ("24T23:30", 0.0),
        ("25T00:00", 1.0),
        ("25T00:30", 2.0),
        ("25T01:00", 3.0),
        ("25T01:30", 4.0),
        ("25T02:00", 5.0),
    ]
    alone = table("France\tx\t2026-10-25\t02:00\t1\t40")
    assert reasons(alone) == {2: "ambiguous_time"}


def test_a_row_that_a_spreadsheet_cut_short_is_a_gap_and_the_notice_is_ignored() -> None:
    decoded = table("France\tx\t2026-10-20\t01:30", "France\tx\t2026-10-20\t01:45\t1\t12\t\t")
    assert ([gap.row for gap in decoded.gaps], decoded.ignored) == ([2], 2)
    assert told(decoded) == {"19T23:45": 12.0}


@pytest.mark.parametrize("payload", ["{}", '{"results": []}', "[1]", "Date;Valeur\n1;2\n"])
def test_another_document_is_another_format(payload: str) -> None:
    with pytest.raises(DecodeError):
        decode("eco2mix", payload)


def test_it_knows_its_files_and_no_others() -> None:
    sniff = connectors.load("eco2mix").sniff
    assert sniff(b'{"total_count":1,"results":[{"taux_co2":null') == 1
    assert sniff("Périmètre\tDate\tHeures\tTaux de Co2\r\n".encode("latin-1")) == 1
    assert sniff(b"Date;Consommation\n") == sniff(b'{"consommation":1}') == 0
