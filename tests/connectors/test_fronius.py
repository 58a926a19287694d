"""Facts and traps of the Fronius Solar API."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from hub.model import Decoded, DecodeError
from tests.connectors.answers import DEVICE, decode, sniffed
from tests.connectors.messages import NOW, devices, stamps, values

MADE = ("solar", "production", "energy", "TOTAL", "register")
POWER = ("solar", "production", "power", "TOTAL", "power")
DRAWN, FED_IN = (
    ("electricity", flow, "energy", "TOTAL", "register") for flow in ("consumption", "injection")
)
FROM_GRID, TO_GRID = (
    ("electricity", flow, "power", "TOTAL", "power") for flow in ("consumption", "injection")
)


def answer(
    data: Any, code: Any = 0, stamp: Any = "2026-11-22T12:59:00+01:00", **asked: Any
) -> dict[str, Any]:
    status = {"Code": code, "Reason": "LNRequestTimeout", "UserMessage": ""}
    head = {"RequestArguments": asked, "Status": status, "Timestamp": stamp}
    return {"Body": {"Data": data}, "Head": head}


def told(data: Any, device: str = DEVICE, **more: Any) -> Decoded:
    return decode("fronius", answer(data, **more), device)


def one(**fields: tuple[Any, str]) -> dict[str, Any]:
    return {name: {"Value": value, "Unit": unit} for name, (value, unit) in fields.items()}


def system(**fields: tuple[dict[str, Any], str]) -> dict[str, Any]:
    return {name: {"Values": values, "Unit": unit} for name, (values, unit) in fields.items()}


def meter(location: Any = 0, **fields: Any) -> dict[str, Any]:
    return {"Meter_Location_Current": location, "Details": {"Serial": "99160001"}, **fields}


def inputs(decoded: Decoded) -> dict[str, int]:
    return {s.key.input: int(s.value[0]) for s in decoded.series if s.key.kind == "register"}


@pytest.mark.parametrize("name", ["DeviceId", "DeviceIndex"])  # v1, v0
def test_f12_total_energy_is_the_register_and_day_and_year_are_not_read(name: str) -> None:
    data = one(
        DAY_ENERGY=(6000, "Wh"),
        YEAR_ENERGY=(12400.1, "Wh"),
        TOTAL_ENERGY=(26213502, "Wh"),
        PAC=(1762, "W"),
    )
    found = told(data, Scope="Device", **{name: "1"})
    assert values(found) == {MADE: 26_213_502_000, POWER: 1_762_000}
    assert (stamps(found), devices(found)) == ({NOW - 60}, {DEVICE})


@pytest.mark.parametrize("nothing", [None, 0, 0.0])
def test_f09_f12_no_total_at_night_is_a_gap(nothing: Any) -> None:
    found = told(one(TOTAL_ENERGY=(nothing, "Wh"), PAC=(None, "W")))
    assert (found.series, {g.column for g in found.gaps}) == ([], {"TOTAL_ENERGY", "PAC"})


def test_inverters_of_a_system_add_up() -> None:
    found = told(
        system(
            TOTAL_ENERGY=({"1": 5_000, "2": 700.5}, "Wh"), PAC=({"1": 10, "2": 5.5, "3": None}, "W")
        )
    )
    assert inputs(found) == {"": 5_000_000, "2": 700_500}
    assert [int(s.value[0]) for s in found.series if s.key.kind == "power"] == [15_500]
    again = told(one(TOTAL_ENERGY=(700.5, "Wh"), PAC=(5.5, "W")), DeviceId="2")
    assert inputs(again) == {"2": 700_500}


def test_what_an_inverter_draws_at_night_is_no_production() -> None:
    assert values(told(one(PAC=(-3, "W")))) == {POWER: 0}


def test_a_power_that_is_none_refuses_the_sum() -> None:
    found = told(system(PAC=({"1": 10, "2": "x"}, "W"), TOTAL_ENERGY=({"1": 5000}, "Wh")))
    assert [(r.reason, r.column) for r in found.rejects] == [("bad_number", "PAC")]
    assert inputs(found) == {"": 5_000_000}


@pytest.mark.parametrize("unit", ["furlong", "W", "VA"])
def test_a_register_in_another_unit_is_refused(unit: str) -> None:
    found = told(one(TOTAL_ENERGY=(5, unit)))
    assert [(r.reason, r.value) for r in found.rejects] == [("bad_unit", unit)]
    assert values(told(one(TOTAL_ENERGY=(5.5, "kWh"))))[MADE] == 5_500_000


def test_a_meter_at_the_connection_counts_by_its_own_number() -> None:
    fields = {
        "EnergyReal_WAC_Sum_Consumed": 1739327,
        "EnergyReal_WAC_Plus_Absolute": 1739328,
        "EnergyReal_WAC_Sum_Produced": 739014,
        "PowerReal_P_Sum": -367.722145,
    }
    found = told({"0": meter(**fields)}, "", DeviceClass="Meter", Scope="System")
    assert values(found) == {
        DRAWN: 1739_327_000,
        FED_IN: 739_014_000,
        FROM_GRID: 0,
        TO_GRID: 367_722,
    }
    assert devices(found) == {"99160001"}
    alone = told(meter(**fields), "", DeviceClass="Meter", DeviceId="0", Scope="Device")
    assert alone == found


@pytest.mark.parametrize("location", [1, 3, 256, 511, None, "0"])
def test_a_meter_elsewhere_does_not_count(location: Any) -> None:
    data = {"0": meter(location, EnergyReal_WAC_Sum_Consumed=5, PowerReal_P_Sum=30)}
    assert told(data, DeviceClass="Meter").ignored == 1


def test_names_of_other_firmware() -> None:
    plus = meter(EnergyReal_WAC_Plus_Absolute=5, EnergyReal_WAC_Minus_Absolute=7)
    assert values(told(plus)) == {DRAWN: 5_000, FED_IN: 7_000}
    early = {
        "SMARTMETER_VALUE_LOCATION_U16": 0.0,
        "SMARTMETER_ENERGYACTIVE_CONSUMED_SUM_F64": 28233.0,
        "SMARTMETER_ENERGYACTIVE_PRODUCED_SUM_F64": 5094426.0,
        "SMARTMETER_POWERACTIVE_MEAN_SUM_F64": 315.5,
    }
    found = told({"0": early, "1": early})
    assert inputs(told(early)) == {"": 5_094_426_000}
    assert {(s.key.device, s.key.input) for s in found.series} == {(DEVICE, ""), (DEVICE, "1")}
    assert values(told(early))[FROM_GRID] == 315_500


def test_the_power_flow_is_shown_live_and_its_totals_are_not_read() -> None:
    site = {"P_PV": 1200.5, "P_Grid": 367.722145, "P_Load": -1, "E_Total": 26213502, "P_Akku": None}
    found = told({"Site": site, "Inverters": {"1": {"P": 1200}}})
    assert values(found) == {POWER: 1_200_500, FROM_GRID: 367_722, TO_GRID: 0}
    dark = told({"Site": {"P_PV": None, "P_Grid": None}})
    assert (dark.series, {g.column for g in dark.gaps}) == ([], {"P_PV", "P_Grid"})


@pytest.mark.parametrize("code", [255, 12, "8"])
def test_an_error_answer_is_a_gap_and_says_why(code: Any) -> None:
    found = told(one(TOTAL_ENERGY=(5, "Wh")), code=code)
    assert (found.series, [g.start for g in found.gaps]) == ([], [NOW - 60])
    assert found.notes[0].en == f"error answer: {code} LNRequestTimeout"


@pytest.mark.parametrize(
    ("stamp", "utc"),
    [
        ("2019-01-10T23:33:15+01:00", "2019-01-10T22:33:15+00:00"),
        ("2020-09-18T14:14:24-07:00", "2020-09-18T21:14:24+00:00"),
        ("2026-07-01T12:00:00", "2026-07-01T10:00:00+00:00"),
    ],
)
def test_the_stamp_has_an_offset_or_is_local(stamp: str, utc: str) -> None:
    assert stamps(told(one(TOTAL_ENERGY=(5, "Wh")), stamp=stamp)) == {
        int(datetime.fromisoformat(utc).timestamp())
    }


@pytest.mark.parametrize("stamp", [None, "", 5, "yesterday"])
def test_an_answer_without_a_time_is_refused(stamp: Any) -> None:
    found = told(one(TOTAL_ENERGY=(5, "Wh")), stamp=stamp)
    assert [r.reason for r in found.rejects] == ["bad_time"]


def test_what_is_no_energy_is_ignored() -> None:
    for data in (
        one(UAC_L1=(231.8, "V")),
        {"0": {"Controller": {"StateOfCharge_Relative": 8}, "Modules": []}},
        {},
        None,
        {"Site": 5},
        {"PAC": 5},
    ):
        assert (told(data).series, told(data).rejects) == ([], [])


@pytest.mark.parametrize(
    ("payload", "device", "reason"),
    [
        (answer(one(TOTAL_ENERGY=(5, "Wh"))), "", "missing_usage_point"),
        ({"Head": {}}, DEVICE, "not_this_format"),
        ([], DEVICE, "not_this_format"),
        (b"<html>", DEVICE, "not_json"),
    ],
)
def test_what_is_no_answer_is_an_error(payload: Any, device: str, reason: str) -> None:
    with pytest.raises(DecodeError) as caught:
        decode("fronius", payload, device)
    assert caught.value.reason == reason


def test_an_answer_is_known_by_its_head_wherever_it_stands() -> None:
    whole = answer({})
    assert sniffed(whole) == sniffed(dict(reversed(whole.items()))) == {"fronius": 1.0}


@pytest.mark.parametrize("none", ["n.a.", " ", "-", None])
def test_t11_a_meter_of_pulses_has_no_number_of_its_own(none: Any) -> None:
    data = {"0": meter(Details={"Serial": none}, EnergyReal_WAC_Minus_Absolute=191147)}
    assert devices(told(data, DeviceClass="Meter", Scope="System")) == {DEVICE}
    with pytest.raises(DecodeError) as caught:
        told(data, "", DeviceClass="Meter", Scope="System")
    assert caught.value.reason == "missing_usage_point"


@pytest.mark.parametrize(
    ("arrival", "utc"),
    [("2026-10-25T00:31:00", "00:30:00"), ("2026-10-25T01:31:00", "01:30:00")],
)
def test_f06_the_october_hour_is_the_one_nearer_to_the_arrival(arrival: str, utc: str) -> None:
    said = answer(one(TOTAL_ENERGY=(5, "Wh")), stamp="2026-10-25T02:30:00")
    now = int(datetime.fromisoformat(f"{arrival}+00:00").timestamp())
    wanted = datetime.fromisoformat(f"2026-10-25T{utc}+00:00")
    assert stamps(decode("fronius", said, DEVICE, now=now)) == {int(wanted.timestamp())}


def test_the_archive_is_not_read_and_it_says_so() -> None:
    values_of = {"Unit": "Wh", "Values": {"0": 0, "300": 12.5}}
    node = {"NodeType": 97, "DeviceType": 81, "Start": "a", "End": "b"}
    found = told({"inverter/1": node | {"Data": {"EnergyReal_WAC_Sum_Produced": values_of}}})
    assert (found.rows, found.ignored, found.series) == (1, 1, [])
    assert [(note.code, note.unread) for note in found.notes] == [("fronius_archive", True)]
