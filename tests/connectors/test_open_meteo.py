"""Temperatures of Open-Meteo: offsets, units, places, what is left aside."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from hub.model import Decoded, DecodeError
from tests.connectors.files import decode, notes, reasons


def answer(block: str = "hourly", unit: str | None = None, **told: Any) -> dict[str, Any]:
    """An answer of one time; other fields replace or join."""
    data = {"time": ["2026-11-20T00:00"], "temperature_2m": [3.5]} | told.pop("data", {})
    units = {f"{block}_units": {"temperature_2m": unit}} if unit else {}
    place = {"latitude": 45.76, "longitude": 4.86, "utc_offset_seconds": 3600}
    return place | {block: data} | units | told


def points(document: Any) -> Decoded:
    return decode("open_meteo", json.dumps(document))


def stamps(decoded: Decoded) -> list[str]:
    return [f"{datetime.fromtimestamp(p.ts, UTC):%dT%H:%M}" for p in decoded.context]


def test_naive_times_have_the_one_offset_of_the_answer() -> None:
    times = {"time": ["2026-10-25T01:00", "2026-10-25T04:00"], "temperature_2m": [9, 8]}
    assert stamps(points(answer(data=times, utc_offset_seconds=7200))) == ["24T23:00", "25T02:00"]
    gmt = {"time": [1793404800], "temperature_2m": [9]}
    assert stamps(points(answer(data=gmt))) == ["31T00:00"]


def test_fahrenheit_is_converted_and_kelvin_refused() -> None:
    (point,) = points(answer(unit="°F", data={"temperature_2m": [50]})).context
    assert point.value == 10.0
    assert reasons(points(answer(unit="K"))) == {1: "bad_unit"}


def test_f09_null_and_a_list_that_is_too_short_are_gaps() -> None:
    times = {"time": ["2026-11-20T00:00", "2026-11-20T01:00"], "temperature_2m": [None]}
    assert [gap.row for gap in points(answer(data=times)).gaps] == [1, 2]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"temperature_2m": ["warm"]}, "bad_number"),
        ({"temperature_2m": [99]}, "out_of_range"),
        ({"time": ["noon"]}, "bad_time"),
        ({"time": ["2026-11-20T00:00Z"]}, "bad_time"),
        ({"time": [10**20]}, "bad_time"),
    ],
)
def test_bad_cells_are_refused(data: dict[str, Any], reason: str) -> None:
    assert reasons(points(answer(data=data))) == {1: reason}


def test_members_of_an_ensemble_are_left_aside() -> None:
    decoded = points(answer(data={"temperature_2m_member01": [4.0]}))
    assert [point.value for point in decoded.context] == [3.5]
    assert notes(decoded) == {"left_aside": "left aside: temperature_2m_member01"}


def test_days_have_series_of_their_own() -> None:
    data = {"time": ["2026-11-20"], "temperature_2m_mean": [5], "temperature_2m": [1]}
    decoded = points(answer("daily", data=data))
    assert {p.series for p in decoded.context} == {"temperature_mean/45.76,4.86"}


@pytest.mark.parametrize("document", [{}, [], 5, {"error": True, "reason": "no"}, [[]]])
def test_another_document_is_another_format(document: Any) -> None:
    with pytest.raises(DecodeError):
        points(document)


def test_a_place_without_coordinates_is_refused() -> None:
    assert reasons(points(answer(latitude=None))) == {1: "bad_name"}
