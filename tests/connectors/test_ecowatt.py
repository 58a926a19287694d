"""EcoWatt: hours of the wall clock, by two publishers."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from hub.model import Decoded, DecodeError
from tests.connectors.files import decode, reasons


def told(decoded: Decoded) -> dict[str, tuple[float | None, str | None]]:
    return {
        f"{datetime.fromtimestamp(p.ts, UTC):%dT%H}": (p.value, p.label) for p in decoded.context
    }


def signals(day: str, *hours: dict[str, Any]) -> Decoded:
    document = {"signals": [{"jour": day, "dvalue": 1, "values": list(hours)}]}
    return decode("ecowatt", json.dumps(document))


def test_pas_counts_hours_of_the_local_day() -> None:
    decoded = signals("2026-11-22T23:00:00Z", {"pas": 0, "hvalue": 0}, {"pas": 19, "hvalue": 3})
    assert told(decoded) == {"22T23": (0.0, "GREEN"), "23T18": (3.0, "RED")}


def test_f06_the_hour_that_october_has_twice_is_refused() -> None:
    decoded = signals("2026-10-25T00:00:00+02:00", {"pas": 2, "hvalue": 1}, {"pas": 3, "hvalue": 2})
    assert reasons(decoded) == {1: "ambiguous_time"}
    assert told(decoded) == {"25T02": (2.0, "ORANGE")}


def test_the_hour_that_march_skips_is_refused() -> None:
    assert reasons(signals("2026-03-29", {"pas": 2, "hvalue": 1})) == {1: "bad_time"}


def test_f09_an_hour_without_a_value_is_a_gap() -> None:
    decoded = decode("ecowatt", '{"2026-11-22": {"detail": {"2026-11-22 10:00:00": null}}}')
    assert (len(decoded.gaps), decoded.context) == (1, [])


@pytest.mark.parametrize("value", [4, -1, 1.5])
def test_what_is_no_level_is_refused(value: float) -> None:
    assert reasons(signals("2026-11-22", {"pas": 1, "hvalue": value})) == {1: "out_of_range"}


@pytest.mark.parametrize("payload", ["{}", "[]", "1", '{"signals": []}', '{"a": {"value": 1}}'])
def test_a_document_without_hours_is_another_format(payload: str) -> None:
    with pytest.raises(DecodeError):
        decode("ecowatt", payload)
