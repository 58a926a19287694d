"""Facts and traps of the second generation of Shelly energy meters."""

from __future__ import annotations

from typing import Any

import pytest

import connectors
from hub.model import Decoded, DecodeError, Quality
from tests.connectors.messages import NOW, devices, qualities, stamps, values
from tests.connectors.messages import decode as decode_any

ENERGY = ("electricity", "consumption", "energy", "TOTAL", "register")
RETURNED = ("electricity", "injection", "energy", "TOTAL", "register")
DRAWN = ("electricity", "consumption", "power", "TOTAL", "power")
FED = ("electricity", "injection", "power", "TOTAL", "power")
APPARENT = ("electricity", "consumption", "apparent_power", "TOTAL", "power")
SRC = "shellypro3em-99aabbccddee"
DATA = {"id": 0, "a_total_act_energy": 1, "total_act": 26289.57, "total_act_ret": 131881.86}


def decode(payload: Any, topic: str = f"{SRC}/events/rpc") -> Decoded:
    return decode_any("shelly_gen2", payload, topic)


def notify(**components: Any) -> Decoded:
    params = {"ts": NOW - 0.02} | {k.replace("_", ":"): v for k, v in components.items()}
    return decode({"src": SRC, "method": "NotifyStatus", "params": params})


def test_f12_energies_are_watt_hours_and_the_total_of_three_phases() -> None:
    told = notify(emdata_0=DATA)
    assert values(told) == {ENERGY: 26_289_570, RETURNED: 131_881_860}
    assert (devices(told), stamps(told), qualities(told)) == ({SRC}, {NOW - 1}, {Quality.GOOD})


def test_power_below_zero_leaves_the_house() -> None:
    told = notify(em_0={"id": 0, "a_act_power": 5, "total_act_power": -18.017})
    assert values(told) == {DRAWN: 0, FED: 18_017}
    assert values(notify(em_0={"total_act_power": 20})) == {DRAWN: 20_000, FED: 0}


def test_f11_apparent_power_is_not_power() -> None:
    told = notify(em_0={"total_act_power": 20, "total_aprt_power": 108.708})
    assert values(told) == {DRAWN: 20_000, FED: 0, APPARENT: 108_708}


def test_clamps_that_measure_apart_are_devices() -> None:
    told = notify(
        em1data_0={"total_act_energy": 1, "total_act_ret_energy": 0},
        em1data_1={"id": 0, "total_act_energy": 2, "total_act_ret_energy": 0},
    )
    assert devices(told) == {f"{SRC}/0", f"{SRC}/1"}
    assert (told.rows, len(told.series)) == (1, 4)


def test_the_status_topics_say_the_same_without_a_time() -> None:
    told = decode(DATA, f"{SRC}/status/emdata:0")
    assert values(told) == {ENERGY: 26_289_570, RETURNED: 131_881_860}
    assert (devices(told), stamps(told)) == ({SRC}, {NOW})
    assert qualities(told) == {Quality.ARRIVAL_TIME}
    one = decode({"id": 1, "act_power": 3.5, "aprt_power": None}, "maison/em/status/em1:1")
    assert (devices(one), values(one)) == ({"maison/em/1"}, {DRAWN: 3_500, FED: 0})


def test_a_saved_status_tells_device_and_time_in_sys() -> None:
    status = {"emdata:0": DATA, "sys": {"mac": "99AABBCCDDEE", "unixtime": NOW - 7}}
    told = decode(status, "")
    assert (devices(told), stamps(told)) == ({"99AABBCCDDEE"}, {NOW - 7})
    answer = decode({"id": 1, "src": SRC, "result": status}, "")
    assert devices(answer) == {SRC}
    with pytest.raises(DecodeError) as caught:
        decode({"emdata:0": DATA}, "")
    assert caught.value.reason == "not_this_format"


def test_a_clock_that_was_never_set_is_not_believed() -> None:
    for ts in (None, 12.4, "now", 10**12):
        told = decode({"src": SRC, "params": {"ts": ts, "emdata:0": DATA}})
        assert (stamps(told), qualities(told)) == ({NOW}, {Quality.ARRIVAL_TIME})


def test_f09_null_is_a_gap() -> None:
    told = notify(emdata_0={"total_act": None, "total_act_ret": None})
    assert [gap.column for gap in told.gaps] == ["total_act", "total_act_ret"]


def test_a_roof_produces() -> None:
    told = decode(
        {"id": 0, "total_act_energy": 5, "total_act_ret_energy": 9}, "pv/status/em1data:0"
    )
    assert values(told) == {("solar", "production", "energy", "TOTAL", "register"): 5_000}


@pytest.mark.parametrize(
    "payload",
    [
        {"src": "shelly1pmg4-99", "params": {"ts": 1, "switch:0": {"aenergy": {"total": 9}}}},
        {"src": SRC, "method": "NotifyEvent", "params": {"events": []}},
        {"id": 1, "src": SRC, "error": {"code": -103}},
        {"em:0": "x"},
        {},
    ],
)
def test_other_messages_are_ignored(payload: dict[str, Any]) -> None:
    told = decode(payload)
    assert (told.rows, told.ignored, told.series, told.rejects) == (1, 1, [], [])


def test_saved_answers_are_recognised() -> None:
    sniff = connectors.load("shelly_gen2").sniff
    assert sniff(b'{ "em:0": {"id": 0') == 1.0
    assert sniff(b'{"id":0,"total_act":1.5,"total_act_ret":0}') == 1.0
    assert sniff(b'{"id":1,"current":1.006,"act_power":122.4,"aprt_power":237.2}') == 1.0
    assert sniff(b'{"emeters":[{"total":1}]}') == 0.0


@pytest.mark.parametrize("keys", [{"keys": ["a_total_act_energy", "a_fund_act_energy"]}, {}])
def test_minutes_are_not_read_and_it_says_so(keys: dict[str, Any]) -> None:
    block = {"ts": NOW, "period": 60, "values": [[1.5, 1.5]]}
    minutes = {**keys, "data": [block], "next_record_ts": NOW + 60}
    for payload in (minutes, {"id": 1, "src": SRC, "result": minutes}):
        told = decode(payload, "")
        assert (told.rows, told.ignored, told.series) == (1, 1, [])
        assert [(note.code, note.unread) for note in told.notes] == [("shelly_minutes", True)]
    assert decode({"data": [], "data_blocks": 5}, "").notes == []


def test_saved_minutes_are_recognised() -> None:
    sniff = connectors.load("shelly_gen2").sniff
    assert sniff(b'{"keys":["a_total_act_energy","a_fund_act_energy"],"data":[]}') == 1.0
    assert sniff(b'{"keys": ["total_act_energy"]}') == 1.0
    assert sniff(b'{"keys":["other"]}') == 0.0
