"""Facts and traps of the Envoy's local answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hub.model import DecodeError, Quality
from tests.connectors.answers import DEVICE, decode, sniffed
from tests.connectors.messages import NOW, devices, qualities, stamps, values

MADE = ("solar", "production", "energy", "TOTAL", "register")
POWER = ("solar", "production", "power", "TOTAL", "power")
DRAWN, FED_IN = (
    ("electricity", flow, "energy", "TOTAL", "register") for flow in ("consumption", "injection")
)
FROM_GRID, TO_GRID = (
    ("electricity", flow, "power", "TOTAL", "power") for flow in ("consumption", "injection")
)
INVERTERS = {
    "type": "inverters",
    "activeCount": 9,
    "readingTime": NOW - 300,
    "wNow": 1320,
    "whLifetime": 10211,
}
EIM = {
    "type": "eim",
    "activeCount": 1,
    "measurementType": "production",
    "readingTime": NOW - 5,
    "wNow": 1298.4,
    "whLifetime": 5123456.7891,
}


def production(*tellers: Any, **more: Any) -> Any:
    return decode("enphase_envoy", {"production": list(tellers), **more})


def meter(eid: int, dlvd: float, rcvd: float, **more: Any) -> dict[str, Any]:
    return {
        "eid": eid,
        "timestamp": NOW - 3,
        "actEnergyDlvd": dlvd,
        "actEnergyRcvd": rcvd,
        "activePower": 100.0,
        **more,
    }


def test_f12_inverters_and_eim_tell_the_same_energy_and_the_meter_counts() -> None:
    told = production(INVERTERS, EIM)
    assert values(told) == {MADE: 5_123_456_789, POWER: 1_298_400}
    assert (stamps(told), devices(told)) == ({NOW - 5}, {DEVICE})
    assert production(EIM, INVERTERS) == told


def test_f12_a_meter_that_is_not_active_does_not_count() -> None:
    told = production(INVERTERS, EIM | {"activeCount": 0})
    assert values(told) == {MADE: 10_211_000, POWER: 1_320_000}
    rgm = {**EIM, "type": "rgm", "whLifetime": 5123457}
    assert values(production(INVERTERS, EIM | {"activeCount": 0}, rgm))[MADE] == 5_123_457_000


@pytest.mark.parametrize("nothing", [0, 0.0, None, ""])
def test_f12_a_total_of_nothing_is_no_reading(nothing: Any) -> None:
    told = production(INVERTERS, EIM | {"whLifetime": nothing, "wNow": None})
    assert (told.series, {g.column for g in told.gaps}) == (
        [],
        {"production.eim.whLifetime", "production.eim.wNow"},
    )
    simple = {"wattHoursToday": 0, "wattHoursLifetime": nothing, "wattsNow": None}
    assert decode("enphase_envoy", simple).series == []


def test_a_total_without_a_time_is_of_its_arrival() -> None:
    told = production(INVERTERS | {"readingTime": 0})
    assert (values(told), stamps(told)) == ({MADE: 10_211_000}, {NOW})  # the power is nobody's
    assert qualities(told) == {Quality.ARRIVAL_TIME}
    simple = decode("enphase_envoy", {"wattHoursLifetime": 6012540, "wattsNow": 1271})
    assert (values(simple), stamps(simple)) == ({MADE: 6_012_540_000, POWER: 1_271_000}, {NOW})


def test_what_inverters_draw_at_night_is_no_production() -> None:
    assert values(production(EIM | {"wNow": -6.481}))[POWER] == 0


def test_f12_phases_are_not_added_to_their_total() -> None:
    lines = [{"wNow": 400, "whLifetime": 2_000_000.0}] * 3
    assert production(EIM | {"lines": lines}) == production(EIM)


@pytest.mark.parametrize(
    ("watts", "drawn", "fed"), [(215.565, 215_565, 0), (-765.064, 0, 765_064), (0, 0, 0)]
)
def test_net_power_is_drawn_or_fed_in(watts: float, drawn: int, fed: int) -> None:
    net = {**EIM, "measurementType": "net-consumption", "wNow": watts, "whLifetime": 8436418.8}
    total = {**EIM, "measurementType": "total-consumption", "wNow": 3802.98, "whLifetime": 27629.8}
    told = values(production(EIM, consumption=[total, net]))
    assert (told[FROM_GRID], told[TO_GRID]) == (drawn, fed)
    assert DRAWN not in told  # whLifetime of net-consumption is no register in every firmware
    assert FROM_GRID not in values(production(EIM, consumption=[total, net | {"activeCount": 0}]))


METERS = [
    {"eid": 704643328, "state": "enabled", "measurementType": "production"},
    {"eid": 704643584, "state": "enabled", "measurementType": "net-consumption"},
]
READINGS = [meter(704643328, 5123460.125, 9911.5), meter(704643584, 3100203.75, 12.5)]


def test_meters_are_what_ivp_meters_says() -> None:
    told = decode(
        "enphase_envoy", READINGS, companions={"/ivp/meters": json.dumps(METERS).encode()}
    )
    found = values(told)
    assert (found[MADE], found[DRAWN], found[FED_IN]) == (5_123_460_125, 3_100_203_750, 12_500)
    assert (stamps(told), told.notes) == ({NOW - 3}, [])
    total = [METERS[0], METERS[1] | {"measurementType": "total-consumption"}]
    told = decode("enphase_envoy", READINGS, companions={"m": json.dumps(total).encode()})
    assert set(values(told)) == {MADE, POWER}
    disabled = [METERS[0] | {"state": "disabled"}, METERS[1]]
    told = decode("enphase_envoy", READINGS, companions={"m": json.dumps(disabled).encode()})
    assert MADE not in values(told)


def test_without_it_a_meter_of_consumption_must_have_received_to_be_one_of_the_network() -> None:
    told = decode("enphase_envoy", READINGS)
    assert set(values(told)) == {MADE, POWER}
    assert [note.code for note in told.notes] == ["envoy_meters"]
    told = decode("enphase_envoy", [READINGS[0], meter(704643584, 3100203.75, 1899000.5)])
    assert values(told)[FED_IN] == 1_899_000_500
    assert told.notes == []
    told = decode("enphase_envoy", [meter(123, 3100203.75, 1899000.5)])
    assert (told.series, told.ignored, len(told.notes)) == ([], 1, 1)


def test_a_companion_that_is_no_answer_tells_nothing() -> None:
    for noise in (b'{"eid":1,"measurementType"', b'["eid","measurementType"]', b"{}"):
        told = decode("enphase_envoy", READINGS, companions={"m": noise})
        assert values(told)[MADE] == 5_123_460_125


def test_powers_of_one_quarter_of_an_hour_are_added_up() -> None:
    def inverter(ago: int, watts: Any) -> dict[str, Any]:
        return {
            "serialNumber": "990000000001",
            "lastReportDate": NOW - ago if ago >= 0 else 0,
            "lastReportWatts": watts,
        }

    told = decode("enphase_envoy", [inverter(300, 151), inverter(1200, 149), inverter(1201, 90)])
    assert (values(told), stamps(told)) == ({POWER: 300_000}, {NOW - 300})
    assert decode("enphase_envoy", [inverter(-1, 0)]).gaps  # none has reported yet
    told = decode("enphase_envoy", [inverter(300, 151), inverter(200, "many")])
    assert [(r.reason, r.column) for r in told.rejects] == [("bad_number", "lastReportWatts")]


def test_a_time_that_is_none_refuses_the_answer() -> None:
    told = production(EIM | {"readingTime": "noon"})
    assert [(r.reason, r.value) for r in told.rejects] == [("bad_time", "noon")]


@pytest.mark.parametrize(
    ("answer", "device", "reason"),
    [
        ({"wattHoursLifetime": 1}, "", "missing_usage_point"),
        ({"production": {}}, DEVICE, "not_this_format"),
        ([], DEVICE, "not_this_format"),
        ([1], DEVICE, "not_this_format"),
        ([{"a": 1}], DEVICE, "not_this_format"),
        (b"<html>login</html>", DEVICE, "not_json"),
    ],
)
def test_what_is_no_answer_is_an_error(answer: Any, device: str, reason: str) -> None:
    with pytest.raises(DecodeError) as caught:
        decode("enphase_envoy", answer, device)
    assert caught.value.reason == reason


def test_each_answer_is_known_by_its_content() -> None:
    for answer in (
        {"wattHoursLifetime": 1},
        {"production": [INVERTERS]},
        {"production": [dict(reversed(INVERTERS.items()))]},
        READINGS,
        METERS,
        [dict(reversed(METERS[0].items()))],
        [{"serialNumber": "99", "lastReportDate": 1, "lastReportWatts": 1}],
    ):
        assert sniffed(answer) == {"enphase_envoy": 1.0}


@pytest.mark.parametrize(
    ("told", "made", "power"),
    [
        ({"pcu": (5123456, 2540), "rgm": (0, 0), "eim": (5100001, 2533)}, 5_100_001_000, 2_533_000),
        ({"eim": (0, 0), "rgm": (4100001, 2531), "pcu": (5123456, 2540)}, 4_100_001_000, 2_531_000),
        ({"pcu": (5123456, 2540), "rgm": (0, 0), "eim": (0, 0)}, 5_123_456_000, 2_540_000),
    ],
)
def test_f12_of_three_that_tell_the_same_energy_the_first_that_counted_counts(
    told: dict[str, tuple[int, int]], made: int, power: int
) -> None:
    """``/ivp/pdm/energy``: what the house uses stands beside it and is not read."""
    tellers = {n: {"wattHoursLifetime": wh, "wattsNow": w} for n, (wh, w) in told.items()}
    answer = {"production": tellers, "consumption": {"eim": {"wattHoursLifetime": 15100001}}}
    assert values(decode("enphase_envoy", answer)) == {MADE: made, POWER: power}
    assert sniffed(answer) == {"enphase_envoy": 1.0}


def test_f09_nothing_is_no_zero() -> None:
    for nothing in (None, ""):
        told = decode("enphase_envoy", {"wattHoursLifetime": nothing, "wattsNow": nothing})
        assert (told.series, {g.column for g in told.gaps}) == (
            [], {"wattHoursLifetime", "wattsNow"}
        )  # fmt: skip
