"""Facts and traps of OpenDTU's topics."""

from __future__ import annotations

from typing import Any

import pytest

from hub.model import DecodeError, Quality
from tests.connectors.messages import NOW, devices, qualities, stamps, values
from tests.connectors.messages import decode as decode_any

BASE = "solar/114180001234"
POWER = ("solar", "production", "power", "TOTAL", "power")
TOTAL = ("solar", "production", "energy", "TOTAL", "register")


def decode(field: str, text: bytes, **status: int) -> Any:
    companions = {f"{BASE}/status/{name}": str(value).encode() for name, value in status.items()}
    return decode_any("opendtu", text, f"{BASE}/{field}", companions)


def test_f10_yieldtotal_is_kwh_and_yieldday_is_not_read() -> None:
    told = decode("0/yieldtotal", b"13.338")
    assert values(told) == {TOTAL: 13_338_000}
    assert devices(told) == {"114180001234"}
    assert decode("0/yieldday", b"216").ignored == 1


def test_f12_zero_is_a_reading_only_where_the_inverter_said_it() -> None:
    for status in (
        {},
        {"last_update": 0},
        {"reachable": 0, "last_update": NOW - 9},
        {"reachable": 1},
    ):
        told = decode("0/yieldtotal", b"0.000", **status)
        assert (told.series, [g.column for g in told.gaps]) == ([], ["yieldtotal"])
    assert values(decode("0/yieldtotal", b"0.000", reachable=1, last_update=NOW - 9)) == {TOTAL: 0}


def test_f12_totals_over_inverters_and_panels_are_not_counted_again() -> None:
    for topic in (
        "solar/ac/yieldtotal",
        "solar/ac/power",
        "solar/dc/power",
        f"{BASE}/1/yieldtotal",
        f"{BASE}/1/power",
        f"{BASE}/name",
        "solar/dtu/status",
        "power",
    ):
        told = decode_any("opendtu", b"1", topic)
        assert (told.rows, told.ignored, told.series) == (1, 1, [])


def test_f09_a_power_while_out_of_reach_is_nobodys_measurement() -> None:
    told = decode("0/power", b"0.0", reachable=0, last_update=NOW - 40_000)
    assert (told.series, [g.column for g in told.gaps]) == ([], ["power"])
    assert values(decode("0/power", b"0.0", reachable=1, last_update=NOW - 3)) == {POWER: 0}


@pytest.mark.parametrize(
    ("status", "ts", "quality"),
    [
        ({"reachable": 1, "last_update": NOW - 7}, NOW - 7, Quality.GOOD),
        ({"reachable": 1, "last_update": NOW + 20}, NOW + 20, Quality.GOOD),
        ({"last_update": NOW - 300}, NOW - 300, Quality.GOOD),
        ({"reachable": 1, "last_update": NOW - 301}, NOW, Quality.ARRIVAL_TIME),
        ({"reachable": 1, "last_update": NOW + 61}, NOW, Quality.ARRIVAL_TIME),
        ({"reachable": 1, "last_update": 0}, NOW, Quality.ARRIVAL_TIME),
        ({}, NOW, Quality.ARRIVAL_TIME),
        ({"reachable": 0, "last_update": NOW - 40_000}, NOW - 40_000, Quality.GOOD),
    ],
)
def test_the_stamp_is_last_update_while_it_is_fresh(
    status: dict[str, int], ts: int, quality: Quality
) -> None:
    told = decode("0/yieldtotal", b"13.338", **status)
    assert (stamps(told), qualities(told)) == ({ts}, {quality})


def test_the_same_status_of_another_inverter_does_not_count() -> None:
    others = {"solar/114180009999/status/last_update": str(NOW - 7).encode()}
    told = decode_any("opendtu", b"13.338", f"{BASE}/0/yieldtotal", others)
    assert stamps(told) == {NOW}


@pytest.mark.parametrize("payload", [b"13,338", b"abc", b"nan", b"1e3", b"-1"])
def test_what_is_no_number_is_rejected_with_its_text(payload: bytes) -> None:
    told = decode("0/yieldtotal", payload)
    assert [(r.column, r.value) for r in told.rejects] == [("yieldtotal", payload.decode())]


@pytest.mark.parametrize(
    ("payload", "reason"), [(b"\xff\xfe", "not_text"), (b"1" * 65, "too_large")]
)
def test_noise_is_an_error(payload: bytes, reason: str) -> None:
    with pytest.raises(DecodeError) as caught:
        decode("0/power", payload)
    assert caught.value.reason == reason


def test_a_topic_is_needed() -> None:
    with pytest.raises(DecodeError):
        decode_any("opendtu", b"1.0")


def test_an_empty_payload_is_a_gap() -> None:
    told = decode("0/yieldtotal", b"")
    assert [g.column for g in told.gaps] == ["yieldtotal"]


def test_a_base_topic_may_have_the_gateways_name() -> None:
    heard = {"solar/roof/114180001234/status/last_update": str(NOW - 7).encode()}
    told = decode_any("opendtu", b"13.338", "solar/roof/114180001234/0/yieldtotal", heard)
    assert (devices(told), stamps(told)) == ({"114180001234"}, {NOW - 7})
