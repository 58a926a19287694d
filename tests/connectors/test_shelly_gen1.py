"""Facts and traps of the first generation of Shelly energy meters."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

import connectors
from hub.model import Context, Decoded, DecodeError, Quality
from tests.connectors.messages import NOW, devices, qualities, stamps, values
from tests.connectors.messages import decode as decode_any

ENERGY = ("electricity", "consumption", "energy", "TOTAL", "register")
RETURNED = ("electricity", "injection", "energy", "TOTAL", "register")
DRAWN = ("electricity", "consumption", "power", "TOTAL", "power")
FED = ("electricity", "injection", "power", "TOTAL", "power")
SOLAR = ("solar", "production", "energy", "TOTAL", "register")


def field(name: str, text: str, device: str = "shellyem-99AA01", clamp: int = 0) -> Decoded:
    return decode_any("shelly_gen1", text.encode(), f"shellies/{device}/emeter/{clamp}/{name}")


def saved(said: Any, device: str = "") -> Decoded:
    ctx = Context(received_at=NOW, device=device)
    return connectors.load("shelly_gen1").decode(orjson.dumps(said), ctx)


def test_totals_are_watt_hours_at_the_arrival() -> None:
    told = field("total", "64541.0")
    assert values(told) == {ENERGY: 64_541_000}
    assert (devices(told), stamps(told)) == ({"shellyem-99AA01/0"}, {NOW})
    assert qualities(told) == {Quality.ARRIVAL_TIME}
    assert values(field("total_returned", "0.0")) == {RETURNED: 0}
    assert values(field("total", "1.2e+06")) == {ENERGY: 1_200_000_000}
    assert [r.reason for r in field("total", "1e999").rejects] == ["out_of_range"]


@pytest.mark.parametrize("name", ["energy", "returned_energy"])
def test_f10_watt_minutes_since_power_up_are_not_read(name: str) -> None:
    told = field(name, "3872460")
    assert (told.ignored, told.series, told.rejects) == (1, [], [])


def test_each_clamp_is_a_device() -> None:
    assert devices(field("total", "1", clamp=1)) == {"shellyem-99AA01/1"}
    assert devices(field("total", "1", "shellyem3-99AABBCCDDEE", 2)) == {"shellyem3-99AABBCCDDEE/2"}


def test_power_below_zero_leaves_the_house() -> None:
    assert values(field("power", "611.53")) == {DRAWN: 611_530, FED: 0}
    assert values(field("power", "-1458.4")) == {DRAWN: 0, FED: 1_458_400}


def test_a_clamp_whose_id_says_solar_is_a_roof() -> None:
    assert values(field("total", "12.5", "toit-solaire")) == {SOLAR: 12_500}
    assert field("total_returned", "1", "pv_garage").ignored == 1
    assert values(field("total", "12.5", "maison")) == {ENERGY: 12_500}


def test_f09_nothing_and_an_invalid_clamp_are_gaps() -> None:
    assert [gap.column for gap in field("total", "").gaps] == ["total"]
    invalid = saved({"mac": "99AA", "emeters": [{"is_valid": False, "power": 0, "total": 0}]})
    assert invalid.series == []
    assert {gap.column for gap in invalid.gaps} == {"power", "total", "total_returned"}


def test_a_status_has_its_own_time_and_a_device_per_clamp() -> None:
    clamp = {"is_valid": True, "power": 1.5, "total": 10, "total_returned": 2.5}
    told = saved({"mac": "99AABBCCDDEE", "unixtime": NOW - 9, "emeters": [clamp, clamp]})
    assert devices(told) == {"99AABBCCDDEE/0", "99AABBCCDDEE/1"}
    assert (stamps(told), qualities(told), told.rows) == ({NOW - 9}, {Quality.GOOD}, 1)
    unset = saved({"mac": "99AABBCCDDEE", "unixtime": 0, "emeters": [clamp]})
    assert qualities(unset) == {Quality.ARRIVAL_TIME}


def test_one_clamps_answer_needs_a_device() -> None:
    answer = {"power": 20.53, "is_valid": True, "total": 12345.6, "total_returned": 7.8}
    told = saved(answer, device="cave")
    assert values(told) == {ENERGY: 12_345_600, RETURNED: 7_800, DRAWN: 20_530, FED: 0}
    with pytest.raises(DecodeError) as caught:
        saved(answer)
    assert caught.value.reason == "not_this_format"


def test_saved_answers_are_recognised() -> None:
    sniff = connectors.load("shelly_gen1").sniff
    assert sniff(b'{"mac":"99AA","emeters":[{"power":1}]}') == 1.0
    assert sniff(b'{"power":1,"is_valid":true,"total":1,"total_returned":0}') == 1.0
    assert sniff(b'{"em:0":{"id":0,"total_act_power":1}}') == 0.0
