"""Facts and traps of Tasmota's teleinfo messages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from hub.model import DecodeError, Quality
from tests.connectors.messages import NOW, devices, qualities, registers, stamps, values
from tests.connectors.messages import decode as decode_any

POWER = ("electricity", "consumption", "power", "TOTAL", "power")
APPARENT = ("electricity", "consumption", "apparent_power", "TOTAL", "power")


def decode(payload: Any, topic: str = "tele/linky/SENSOR", **more: Any) -> Any:
    return decode_any("tasmota_teleinfo", payload, topic, **more)


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def test_f11_papp_sinsts_and_meter_p_are_volt_amperes() -> None:
    for tic in ({"ADCO": "021861000001", "PAPP": "00780"}, {"ADSC": "041861000001", "SINSTS": 780}):
        assert values(decode({"TIC": tic})) == {APPARENT: 780_000}
    assert values(decode({"METER": {"P": 1470, "W": 1380}})) == {
        APPARENT: 1_470_000,
        POWER: 1_380_000,
    }
    assert POWER not in values(decode({"METER": {"P": 1470}}))


def test_f05_the_meters_total_stands_beside_its_parts() -> None:
    told = registers(
        decode(
            {
                "ADSC": "041861000001",
                "EAST": 300,
                "EASF01": 100,
                "EASF02": 200,
                "EASD01": 250,
                "EASD02": 50,
            }
        )
    )
    assert told == {"TOTAL": 300_000, "F1": 100_000, "F2": 200_000, "D1": 250_000, "D2": 50_000}


def test_f12_tasmotas_own_total_does_not_stand_in_for_the_meters() -> None:
    energy = {"ENERGY": {"Total": 27.5, "Power": 860}}
    heard = {"tele/linky/RESULT": b'{"ADSC":"041861000001","EAST":27416857}'}
    alone, beside = decode(energy), decode(energy, companions=heard)
    assert (devices(alone), registers(alone)) == ({"linky"}, {"TOTAL": 27_500_000})
    assert (devices(beside), registers(beside)) == ({"041861000001"}, {})
    assert values(beside) == {POWER: 860_000}
    both = decode({"TIC": {"ADSC": "041861000001", "EAST": "000030000"}} | energy)
    assert registers(both) == {"TOTAL": 30_000_000}


def test_phases_in_a_list_are_added_up() -> None:
    told = decode({"ENERGY": {"Total": [27.5, 0.25, 1], "Power": [860, 0, 40]}})
    assert registers(told) == {"TOTAL": 28_750_000}
    assert values(told)[POWER] == 900_000
    bad = decode({"ENERGY": {"Total": [27.5, "x"]}})
    assert [(r.reason, r.column) for r in bad.rejects] == [("bad_number", "ENERGY.Total")]


def test_the_device_is_the_meters_number_else_the_topics_part() -> None:
    meter = {"METER": {"W": 1}}
    assert devices(decode(meter, "tele/tasmota_EB1F5C/SENSOR")) == {"tasmota_EB1F5C"}
    assert devices(decode(meter, "compteur/tele/SENSOR")) == {"compteur"}
    assert devices(decode(meter, "house/7/tele/linky/SENSOR")) == {"house/7/linky"}
    another = {"tele/other/SENSOR": b'{"TIC":{"ADCO":"021861000009"}}'}
    assert devices(decode(meter, companions=another)) == {"linky"}
    beside = {"tele/linky/TIC": b'{"TIC":{"ADCO":"021861000009"}}'}
    assert devices(decode(meter, companions=beside)) == {"021861000009"}
    own = {"tele/linky/SENSOR": b'{"TIC":{"ADCO":"021861000009"}}'}
    assert devices(decode(meter, companions=own)) == {"linky"}  # else the id would take turns
    assert devices(decode({"ADCO": 21861000001, "BASE": 1})) == {"021861000001"}
    assert devices(decode({"ADCO": " 021861000001 ", "BASE": 1})) == {"021861000001"}
    with pytest.raises(DecodeError) as caught:
        decode(meter, "")
    assert caught.value.reason == "not_this_format"


def test_f06_time_is_local_and_the_october_hour_the_nearer_one() -> None:
    told = {"Time": "2026-10-25T02:29:50", "METER": {"W": 1}}
    first, second = utc("2026-10-25T00:29:50Z"), utc("2026-10-25T01:29:50Z")
    assert stamps(decode(told, now=first + 3)) == {first}
    assert stamps(decode(told, now=second + 3)) == {second}
    standard = {"TIC": {"ADSC": "041861000001", "DATE": "E261025022950", "EAST": "1"}}
    assert stamps(decode(standard, now=second + 3)) == {first}


def test_the_meters_clock_comes_first_then_the_gateways_then_the_arrival() -> None:
    tic = {"ADSC": "041861000001", "EAST": "1"}
    time = {"Time": "2026-11-22T13:00:10"}
    assert stamps(decode(time | {"TIC": tic | {"DATE": "H261122130003"}})) == {NOW + 3}
    degraded = decode(time | {"TIC": tic | {"DATE": "h261122130003"}})
    assert qualities(degraded) == {Quality.DEGRADED_CLOCK}
    assert stamps(decode(time | {"TIC": tic})) == {NOW + 10}
    arrived = decode({"TIC": tic})
    assert (stamps(arrived), qualities(arrived)) == ({NOW}, {Quality.ARRIVAL_TIME})


def test_f09_nothing_is_not_zero() -> None:
    silent = decode({"TIC": {"ADCO": "021861000001", "BASE": None, "PAPP": ""}})
    assert not silent.series
    assert {gap.column for gap in silent.gaps} == {"TIC.BASE", "TIC.PAPP"}
    half = decode({"TIC": {"ADCO": "021861000001", "BASE": None, "PAPP": "00780"}})
    assert (values(half), half.gaps) == ({APPARENT: 780_000}, [])


def test_t11_a_register_at_its_stop_is_rejected_by_name() -> None:
    told = decode({"TIC": {"ADCO": "021861000001", "BASE": "4294967295", "PAPP": "00780"}})
    assert [(r.reason, r.column, r.value) for r in told.rejects] == [
        ("sentinel", "TIC.BASE", "4294967295")
    ]
    assert values(told) == {APPARENT: 780_000}


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"Time": "2026-11-22T13:00:10", "Uptime": "1T"},
        {"ALERT": {"Load": 0}},
        {"TIC": "x"},
        {"Time": "2026-11-22T13:00:10", "DS18B20": {"Temperature": 21.5}},
    ],
)
def test_other_messages_of_the_device_are_ignored(payload: dict[str, Any]) -> None:
    told = decode(payload)
    assert (told.rows, told.ignored, told.series, told.rejects) == (1, 1, [], [])


@pytest.mark.parametrize("label", ["EASX", "EASF11", "EAIX", "BBRHCXX", "HCHX"])
def test_a_register_of_no_known_label_is_refused_and_never_passed_over(label: str) -> None:
    told = decode({"TIC": {"ADSC": "041861000001", label: 12, "SINSTS": 780}})
    assert [(r.reason, r.column) for r in told.rejects] == [("bad_name", f"TIC.{label}")]
    assert values(told) == {APPARENT: 780_000}
    assert decode({"TIC": {"ADSC": "041861000001", label: 12, "EAST": 5}}).rejects == []


@pytest.mark.parametrize(
    ("period", "register"),
    [
        ("TH..", "BASE"),
        ("HC..", "HC"),
        ("PM..", "PM"),
        ("HPJR", "HPJR"),
        ("BASE", "F1"),
        ("HEURE PLEINE", "F2"),
        ("HP ROUGE", "F6"),
        ("PERIOD10", "F10"),
    ],
)
def test_f05_a_contract_s_periods_are_its_registers(period: str, register: str) -> None:
    """Versions up to 14.4 tell neither the meter's number nor the total."""
    told = decode({"CONTRACT": {"name": "x", "period": "y", "color": "Bleu", period: 12_345}})
    assert (devices(told), registers(told)) == ({"linky"}, {register: 12_345_000})


def test_f12_a_total_of_nothing_is_no_reading_and_neither_are_its_parts() -> None:
    told = decode({"CONTRACT": {"serial": 41861000001, "CONSO": 0, "HC..": 0, "PROD": 0}})
    assert (told.series, told.ignored) == ([], 1)


@pytest.mark.parametrize("serial", [41861000001, "41861000001", "041861000001"])
def test_a_serial_that_lost_its_zero_is_the_meter_s_number(serial: Any) -> None:
    assert devices(decode({"CONTRACT": {"serial": serial, "CONSO": 5}})) == {"041861000001"}
    heard = {"tele/linky/RESULT": f'{{"CONTRACT":{{"serial":{serial}}}}}'.encode()}
    assert devices(decode({"METER": {"W": 1}}, companions=heard)) == {"041861000001"}


@pytest.mark.parametrize("none", [0, "0", "000000", None, ""])
def test_a_serial_of_nothing_is_no_number(none: Any) -> None:
    assert devices(decode({"CONTRACT": {"serial": none, "CONSO": 5}})) == {"linky"}


def test_t11_a_number_at_a_counter_s_stop_is_no_meter_s() -> None:
    """Some programs keep ADSC in 32 bits: all their meters would be one."""
    told = decode({"ADSC": 2_147_483_647, "EAST": 3_839_865})
    assert (devices(told), registers(told)) == ({"linky"}, {"TOTAL": 3_839_865_000})
