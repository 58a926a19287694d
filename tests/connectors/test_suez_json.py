"""Suez's answers: which day an index closes, and what is none."""

from __future__ import annotations

import json
from typing import Any

import pytest

import connectors
from hub.model import Context, Decoded, DecodeError
from tests.connectors import golden
from tests.connectors.files import decode, reasons, registers


def measures(*told: dict[str, Any]) -> Decoded:
    document = {"code": "00", "message": "OK", "content": {"measures": list(told)}}
    return decode("suez_json", json.dumps(document))


def measure(date: str, index: object, **other: Any) -> dict[str, Any]:
    return {"date": date, "index": index, "volume": 0.1} | other


def test_f03_the_index_of_a_day_is_read_at_its_end_on_the_nights_of_the_clocks_too() -> None:
    days = ["2026-03-28 00:00:00", "2026-03-29 00:00:00", "2026-10-25 00:00:00", "26/10/2026"]
    decoded = measures(*(measure(day, n + 1) for n, day in enumerate(days)))
    assert registers(decoded) == {
        "TOTAL": {
            "2026-03-28T23:00": 1_000_000,
            "2026-03-29T22:00": 2_000_000,
            "2026-10-25T23:00": 3_000_000,
            "2026-10-26T23:00": 4_000_000,
        }
    }


@pytest.mark.parametrize("index", [None, "", 0, 0.0])
def test_f09_f12_an_index_of_nothing_or_zero_is_a_gap_beside_a_volume_of_zero(
    index: object,
) -> None:
    decoded = measures(measure("2026-11-01", index, volume=0), measure("2026-11-02", 5))
    assert ([gap.row for gap in decoded.gaps], len(decoded.series)) == ([1], 1)


def test_litres_are_exact() -> None:
    assert registers(measures(measure("2026-11-01", 1234.567)))["TOTAL"] == {
        "2026-11-01T23:00": 1_234_567_000
    }


def test_days_of_a_period_count_only_where_all_are_months() -> None:
    month = measure("2026-10-01", 5, numberOfDays=31)
    assert list(registers(measures(month))["TOTAL"]) == ["2026-10-31T23:00"]
    mixed = measures(month, measure("2026-11-07", 6, numberOfDays=3))
    assert list(registers(mixed)["TOTAL"]) == ["2026-10-01T22:00", "2026-11-07T23:00"]


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (measure("hier", 5), "bad_time"),
        (measure("2026-11-01", "x"), "bad_number"),
        (measure("2026-11-01", -5), "out_of_range"),
        (measure("2026-11-01", 4294967.295), "sentinel"),
        (measure("2026-11-01", True), "bad_number"),
        (measure("9999-12-31", 5), "bad_time"),
    ],
)
def test_bad_measures_are_refused(told: dict[str, Any], reason: str) -> None:
    assert reasons(measures(told)) == {1: reason}


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({"code": "03", "message": "Une erreur technique", "content": None}, "not_this_format"),
        ({"code": "00", "message": "OK", "content": {"measures": []}}, "no_readings"),
        ([], "no_readings"),
        (5, "not_this_format"),
    ],
)
def test_an_answer_without_measures_is_an_error(document: Any, reason: str) -> None:
    with pytest.raises(DecodeError) as caught:
        decode("suez_json", json.dumps(document))
    assert caught.value.reason == reason


def test_an_answer_tells_no_usage_point() -> None:
    payload = json.dumps([measure("2026-11-01", 5)]).encode()
    with pytest.raises(DecodeError) as caught:
        connectors.load("suez_json").decode(payload, Context(received_at=golden.ARRIVAL))
    assert caught.value.reason == "missing_usage_point"


def test_it_knows_its_files_and_no_others() -> None:
    sniff = connectors.load("suez_json").sniff
    assert sniff(json.dumps([measure("2026-11-01", 5)]).encode()) == 1
    assert sniff(b'{"content":{"measures":[{"index":null,"date":"2026-11-01 00:00:00"') == 1
    assert sniff(b'[{"date":"2026-11-01","value":5}]') == 0
