"""Facts and traps of AhoyDTU's topics."""

from __future__ import annotations

import pytest

from hub.model import Decoded, DecodeError, Quality
from tests.connectors.messages import NOW, devices, qualities, stamps, values
from tests.connectors.messages import decode as decode_any

BASE = "inverter/Balkon"
POWER = ("solar", "production", "power", "TOTAL", "power")
TOTAL = ("solar", "production", "energy", "TOTAL", "register")


def decode(field: str, text: bytes, **status: int) -> Decoded:
    companions = {f"{BASE}/{name}": str(value).encode() for name, value in status.items()}
    return decode_any("ahoydtu", text, f"{BASE}/{field}", companions)


def test_f10_yieldtotal_is_kwh_and_yieldday_is_not_read() -> None:
    assert values(decode("ch0/YieldTotal", b"465.294")) == {TOTAL: 465_294_000}
    assert decode("ch0/YieldDay", b"51").ignored == 1
    assert values(decode("ch0/P_AC", b"71.000")) == {POWER: 71_000}


def test_f12_zero_is_a_reading_only_where_the_inverter_said_it() -> None:
    heard = {"last_success": NOW - 9}
    for status in ({}, {"available": 2}, {"available": 0, **heard}, {"available": 4, **heard}):
        told = decode("ch0/YieldTotal", b"0", **status)
        assert (told.series, [g.column for g in told.gaps]) == ([], ["YieldTotal"])
    assert values(decode("ch0/YieldTotal", b"0", available=2, **heard)) == {TOTAL: 0}


def test_all_of_an_inverter_in_one_object() -> None:
    said = b'{"U_AC":233.9,"P_AC":290.3,"YieldDay":123,"YieldTotal":465.294,"P_DC":305.1}'
    heard = {"last_success": NOW - 9}
    told = decode("ch0", said, available=2, **heard)
    assert (values(told), stamps(told)) == ({POWER: 290_300, TOTAL: 465_294_000}, {NOW - 9})
    away = decode("ch0", b'{"P_AC":0,"YieldTotal":0.0}', available=0, **heard)
    assert (away.series, {g.column for g in away.gaps}) == ([], {"P_AC", "YieldTotal"})
    assert decode("ch1", said).ignored == 1
    assert decode_any("ahoydtu", said, "inverter/total/ch0").ignored == 1
    with pytest.raises(DecodeError) as caught:
        decode("ch0", b"290.3")
    assert caught.value.reason == "not_this_format"


@pytest.mark.parametrize(
    "topic",
    [
        "inverter/total/YieldTotal",
        "inverter/total/ch0/YieldTotal",
        f"{BASE}/ch1/YieldTotal",
        f"{BASE}/ch1/P_DC",
        f"{BASE}/available",
        "inverter/status",
        "ch0/P_AC",
        "P_AC",
    ],
)
def test_f12_totals_over_inverters_and_panels_are_not_counted_again(topic: str) -> None:
    told = decode_any("ahoydtu", b"1", topic)
    assert (told.rows, told.ignored, told.series) == (1, 1, [])


@pytest.mark.parametrize("available", [0, 4])
def test_f09_what_is_said_of_an_inverter_that_is_away_is_of_when_it_was_heard(
    available: int,
) -> None:
    status = {"available": available, "last_success": NOW - 40_000}
    assert [g.column for g in decode("ch0/P_AC", b"0", **status).gaps] == ["P_AC"]
    told = decode("ch0/YieldTotal", b"465.294", **status)
    assert (values(told), stamps(told)) == ({TOTAL: 465_294_000}, {NOW - 40_000})


@pytest.mark.parametrize(
    ("status", "ts", "quality"),
    [
        ({"available": 2, "last_success": NOW - 7}, NOW - 7, Quality.GOOD),
        ({"available": 2, "last_success": NOW - 301}, NOW, Quality.ARRIVAL_TIME),
        ({"available": 3, "last_success": NOW + 61}, NOW, Quality.ARRIVAL_TIME),
        ({}, NOW, Quality.ARRIVAL_TIME),
    ],
)
def test_the_stamp_is_last_success_while_it_is_fresh(
    status: dict[str, int], ts: int, quality: Quality
) -> None:
    told = decode("ch0/P_AC", b"71.3", **status)
    assert (stamps(told), qualities(told)) == ({ts}, {quality})


def test_two_neighbours_may_use_one_name() -> None:
    for name in ("a/Dach", "b/Dach"):
        assert devices(decode_any("ahoydtu", b"1", f"{name}/ch0/P_AC")) == {name}


@pytest.mark.parametrize("payload", [b"465,294", b"abc", b"nan", b"1e3", b"-1"])
def test_what_is_no_number_is_rejected_with_its_text(payload: bytes) -> None:
    told = decode("ch0/YieldTotal", payload)
    assert [(r.column, r.value) for r in told.rejects] == [("YieldTotal", payload.decode())]


@pytest.mark.parametrize(
    ("payload", "reason"), [(b"\xff\xfe", "not_text"), (b"1" * 65, "too_large")]
)
def test_noise_is_an_error(payload: bytes, reason: str) -> None:
    with pytest.raises(DecodeError) as caught:
        decode("ch0/P_AC", payload)
    assert caught.value.reason == reason


def test_a_topic_is_needed() -> None:
    with pytest.raises(DecodeError):
        decode_any("ahoydtu", b"1.0")
