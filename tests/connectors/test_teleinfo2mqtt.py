"""Facts and traps of teleinfo2mqtt's messages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

import connectors
from hub.model import DecodeError, Quality
from tests.connectors.messages import NOW, devices, qualities, registers, stamps, values
from tests.connectors.messages import decode as decode_any

ID = {"ADSC": {"raw": "041861000001", "value": 41861000001}}
EAST = {"EAST": {"raw": "000000300", "value": 300}}


def decode(payload: Any, topic: str = "teleinfo/041861000001", **more: Any) -> Any:
    return decode_any("teleinfo2mqtt", payload, topic, **more)


def clock(date: str, dst: str = "winter") -> dict[str, Any]:
    return {"DATE": {"raw": "", "value": "", "timestamp": {"dst": dst, "date": date}}}


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def test_the_z_of_the_clock_is_local_time() -> None:
    told = decode(ID | EAST | clock("2026-11-22T12:59:58.000Z"))
    assert (stamps(told), qualities(told)) == ({NOW - 2}, {Quality.GOOD})
    summer = utc("2026-07-01T10:00:03Z")
    told = decode(ID | EAST | clock("2026-07-01T12:00:00.000Z", "summer"), now=summer)
    assert stamps(told) == {summer - 3}


def test_a_clock_in_utc_is_believed_only_where_it_is_the_arrivals() -> None:
    assert stamps(decode(ID | EAST | clock("2026-11-22T11:59:58.000Z"))) == {NOW - 2}
    late = decode(ID | EAST | clock("2026-11-22T09:00:00.000Z"))  # waited three hours
    assert stamps(late) == {utc("2026-11-22T08:00:00Z")}
    file = decode(ID | EAST | clock("2026-11-22T11:59:58.000Z"), topic="")
    assert stamps(file) == {utc("2026-11-22T10:59:58Z")}


def test_f06_dst_tells_the_october_hours_apart() -> None:
    hours = [
        stamps(decode(ID | EAST | clock("2026-10-25T02:30:00.000Z", dst), topic=""))
        for dst in ("summer", "winter")
    ]
    assert hours == [{utc("2026-10-25T00:30:00Z")}, {utc("2026-10-25T01:30:00Z")}]


def test_no_clock_is_the_arrival_and_a_bad_one_a_reject() -> None:
    told = decode(ID | EAST)
    assert (stamps(told), qualities(told)) == ({NOW}, {Quality.ARRIVAL_TIME})
    for bad in (clock("today"), clock("2026-11-22T12:59:58.000Z", "spring"), clock("")):
        assert [(r.reason, r.column) for r in decode(ID | EAST | bad).rejects] == [
            ("bad_time", "DATE")
        ]


def test_f05_f11_parts_beside_the_total_and_volt_amperes() -> None:
    told = decode(
        ID
        | EAST
        | {"EASF01": {"raw": "000000100"}, "EASF02": {"raw": "000000200"}}
        | {"EASD01": {"raw": "000000300"}, "SINSTS": {"raw": "00780", "value": 780}}
    )
    assert registers(told) == {"TOTAL": 300_000, "F1": 100_000, "F2": 200_000, "D1": 300_000}
    assert values(told)["electricity", "consumption", "apparent_power", "TOTAL", "power"] == 780_000


def test_the_number_keeps_its_leading_zero() -> None:
    assert devices(decode(ID | EAST, "x/y")) == {"041861000001"}
    as_number = {"ADSC": {"value": 41861000001}} | EAST
    assert devices(decode(as_number)) == {"041861000001"}
    assert devices(decode(EAST)) == {"041861000001"}  # the topic
    with pytest.raises(DecodeError) as caught:
        decode(EAST, "teleinfo/linky")
    assert caught.value.reason == "not_this_format"


def test_f09_an_empty_value_is_a_gap() -> None:
    told = decode(ID | {"EAST": {"raw": ""}, "EAIT": {"value": None}})
    assert {gap.column for gap in told.gaps} == {"EAST", "EAIT"}


def test_t11_a_register_at_its_stop_is_rejected_by_name() -> None:
    told = decode(ID | {"EAST": {"raw": "4294967295"}})
    assert [(r.reason, r.column) for r in told.rejects] == [("sentinel", "EAST")]


def test_colours_are_no_reading() -> None:
    assert decode({"today": "BLEU"}, "teleinfo/tempo").ignored == 1


def test_saved_messages_are_recognised_and_raw_json_is_not() -> None:
    sniff = connectors.load("teleinfo2mqtt").sniff
    assert sniff(b'{\n  "ADCO": {\n    "raw": "021861000001"') == 1.0
    assert sniff(b'{"ADCO":"021861000001","BASE":"000000001"}') == 0.0
