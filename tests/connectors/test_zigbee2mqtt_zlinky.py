"""Facts and traps of ZLinky messages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from hub.model import DecodeError, Quality
from tests.connectors.messages import NOW, devices, qualities, registers, stamps, values
from tests.connectors.messages import decode as decode_any

APPARENT = ("electricity", "consumption", "apparent_power", "TOTAL", "power")
ID = {"meter_serial_number": "021861000001"}


def decode(payload: Any, topic: str = "zigbee2mqtt/ZLinky", **more: Any) -> Any:
    return decode_any("zigbee2mqtt_zlinky", payload, topic, **more)


@pytest.mark.parametrize(
    ("payload", "mwh", "note"),
    [
        ({"currentSummDelivered": 4571435}, 4_571_435_000, "zlinky_wh"),
        ({"currentSummDelivered": 4571}, 4_571_000, "zlinky_wh"),
        ({"currentSummDelivered": 4571.4}, 4_571_400_000, "zlinky_kwh"),
        ({"current_summ_delivered": 4096}, 4_096_000_000, "zlinky_kwh"),
        ({"current_summ_delivered": 50371.822}, 50_371_822_000, "zlinky_kwh"),
        ({"current_summ_delivered": 50371822}, 50_371_822_000, "zlinky_wh"),
    ],
)
def test_f10_the_unit_is_told_by_names_decimals_and_range(
    payload: dict[str, Any], mwh: int, note: str
) -> None:
    told = decode(payload | {"last_seen": "2026-11-22T12:00:00Z"})
    assert registers(told) == {"TOTAL": mwh}
    assert [n.code for n in told.notes] == [note]


def test_f10_one_large_register_tells_the_unit_of_all() -> None:
    told = decode(
        ID
        | {
            "current_tarif": "HC..",
            "current_tier1_summ_delivered": 12_345_678,
            "current_tier2_summ_delivered": 900_000,
        }
    )
    assert registers(told) == {"HC": 12_345_678_000, "HP": 900_000_000}


def test_f09_sentinels_are_gaps_and_not_zero() -> None:
    told = decode(
        ID | {"apparent_power": 65535, "current_summ_delivered": None, "injected_v_a": -32768}
    )
    assert not told.series
    assert {g.column for g in told.gaps} == {
        "apparent_power",
        "current_summ_delivered",
        "injected_v_a",
    }
    assert registers(decode(ID | {"current_summ_delivered": 65535})) == {"TOTAL": 65_535_000_000}
    assert decode(ID | {"apparent_power": 0}).series  # nothing drawn is a fact


def test_f11_apparent_power_is_not_power_and_ccasn_is_not_read() -> None:
    told = decode(ID | {"apparent_power": 1670, "active_power": 2204, "active_power_ph_b": 2268})
    assert values(told) == {APPARENT: 1_670_000}


def test_f12_zero_before_the_first_reception_is_no_reading() -> None:
    first = decode(
        ID
        | {
            "current_summ_delivered": 0,
            "current_tarif": "HC..",
            "current_tier1_summ_delivered": 0,
            "current_tier2_summ_delivered": 0,
        }
    )
    assert (first.series, len(first.gaps)) == ([], 3)
    later = decode(
        ID
        | {
            "current_summ_delivered": 0,
            "current_tarif": "HC..",
            "current_tier1_summ_delivered": 12.5,
            "current_tier2_summ_delivered": 0,
        }
    )
    assert registers(later) == {"HC": 12_500_000, "HP": 0}


@pytest.mark.parametrize(
    ("contract", "names"),
    [
        ({"current_tarif": "HC.."}, ["HC", "HP"]),
        ({"current_tarif": "EJP."}, ["HN", "PM"]),
        ({"current_tarif": "BBR("}, ["HCJB", "HPJB"]),
        ({"current_tarif": "BASE"}, []),
        ({"active_register_tier_delivered": "HP.."}, ["HC", "HP"]),
        ({"active_register_tier_delivered": "PM.."}, ["HN", "PM"]),
        ({"active_register_tier_delivered": "HCJR"}, ["HCJB", "HPJB"]),
        ({"active_register_tier_delivered": "TH.."}, []),
        ({}, []),
        ({"current_tarif": "BASE", "current_price": "BASE"}, ["F1", "F2"]),
        ({"current_tarif": "TEMPO", "current_index_tarif": 1}, ["F1", "F2"]),
        ({"current_tarif": "H PLEINE/CREUSE"}, ["F1", "F2"]),
    ],
)
def test_tiers_take_their_names_from_the_contract(
    contract: dict[str, Any], names: list[str]
) -> None:
    told = decode(
        ID
        | contract
        | {
            "current_summ_delivered": 30.5,
            "current_tier1_summ_delivered": 10.5,
            "current_tier2_summ_delivered": 20.5,
        }
    )
    tiers = dict(zip(names, [10_500_000, 20_500_000], strict=False))
    total = {} if names and names[0][0] != "F" else {"TOTAL": 30_500_000}
    assert registers(told) == total | tiers


def test_f12_a_total_that_zigbee2mqtt_added_up_is_not_read_beside_tempo_registers() -> None:
    told = decode(
        ID
        | {
            "current_tarif": "BBR(",
            "current_summ_delivered": 110.5,  # tiers 1 and 2 of some minutes ago
            "current_tier1_summ_delivered": 100.5,
            "current_tier2_summ_delivered": 10.5,
            "current_tier3_summ_delivered": 900.25,
        }
    )
    assert registers(told) == {"HCJB": 100_500_000, "HPJB": 10_500_000, "HCJW": 900_250_000}
    alone = decode(ID | {"current_tarif": "BBR(", "current_summ_delivered": 110.5})
    assert registers(alone) == {"TOTAL": 110_500_000}


def test_f12_the_zeros_of_a_newer_module_in_historique_mode_are_no_readings() -> None:
    told = decode(
        ID
        | {f"active_enerfy_out_d0{n}": 0 for n in range(1, 5)}
        | {
            "current_tarif": "HC..",
            "current_index_tarif": 0,
            "current_price": "",
            "current_date": "",
            "site_id": "",
            "current_summ_delivered": 0,
            "current_summ_received": 0,
            "current_tier1_summ_delivered": 7828.158,
            "current_tier2_summ_delivered": 7452.224,
            "current_tier3_summ_delivered": 0,
        }
    )
    assert registers(told) == {"HC": 7_828_158_000, "HP": 7_452_224_000}
    assert {key[1] for key in values(told)} == {"consumption"}


def test_the_time_is_last_seen_else_a_fresh_clock_else_the_arrival() -> None:
    def when(**fields: Any) -> tuple[set[int], set[int]]:
        told = decode(ID | {"apparent_power": 1} | fields)
        return stamps(told), qualities(told)

    assert when(last_seen="2026-11-22T12:59:58.695+01:00") == ({NOW - 2}, {Quality.GOOD})
    assert when(last_seen=(NOW - 2) * 1000 + 695) == ({NOW - 2}, {Quality.GOOD})
    assert when(current_date="H261122125950") == ({NOW - 10}, {Quality.GOOD})
    assert when(current_date="h261122125950") == ({NOW - 10}, {Quality.DEGRADED_CLOCK})
    assert when(current_date="H261122105950") == ({NOW}, {Quality.ARRIVAL_TIME})
    assert when(current_date="H261122135950") == ({NOW}, {Quality.ARRIVAL_TIME})
    assert when() == ({NOW}, {Quality.ARRIVAL_TIME})
    bad = decode(ID | {"apparent_power": 1, "last_seen": "recently"})
    assert [(r.reason, r.column, r.value) for r in bad.rejects] == [
        ("bad_time", "last_seen", "recently")
    ]


def test_the_device_is_the_meter_then_the_delivery_point_then_the_friendly_name() -> None:
    power = {"apparent_power": 1}
    assert devices(decode(power | ID | {"site_id": "99999999999901"})) == {"021861000001"}
    assert devices(decode(power | {"site_id": "99999999999901"})) == {"99999999999901"}
    assert devices(decode(power | {"meter_serial_number": "000000000000"})) == {"ZLinky"}
    assert devices(decode(power, "iot/zigbee/cellar")) == {"cellar"}
    with pytest.raises(DecodeError):
        decode(power, "")


def test_other_zigbee_devices_are_ignored() -> None:
    told = decode({"state": "ON", "power": 12, "energy": 1.5}, "zigbee2mqtt/plug")
    assert (told.rows, told.ignored, told.series) == (1, 1, [])


def test_the_day_of_the_first_generation() -> None:
    told = decode({"currentSummDelivered": 4571435, "last_seen": "2021-12-24T11:33:18.695Z"})
    assert stamps(told) == {int(datetime.fromisoformat("2021-12-24T11:33:18Z").timestamp())}


@pytest.mark.parametrize(
    "topic",
    [
        "zigbee2mqtt/bridge/state",
        "zigbee2mqtt/gw/bridge/logging",
        "zigbee2mqtt/ZLinky/availability",
    ],
)
def test_what_the_bridge_says_of_itself_is_ignored(topic: str) -> None:
    assert decode(b"online", topic).ignored == 1
    with pytest.raises(DecodeError):
        decode(b"online", "zigbee2mqtt/ZLinky")


@pytest.mark.parametrize(
    "field",
    ["current_tier11_summ_delivered", "currentTier12SummReceived", "active_energy_out_d09"],
)
def test_a_register_of_no_known_name_is_refused_and_never_passed_over(field: str) -> None:
    told = decode(ID | {field: 12})
    assert [r.reason for r in told.rejects] == ["bad_name"]
    assert (told.rows, told.ignored) == (1, 0)
    assert decode(ID | {field: 12, "current_summ_delivered": 5}).rejects == []


def test_f05_the_total_stands_beside_its_parts_in_standard_mode() -> None:
    told = decode(
        ID
        | {
            "current_tarif": "H PLEINE/CREUSE",
            "current_price": "HEURE CREUSE",
            "current_summ_delivered": 1500.5,
            "current_tier1_summ_delivered": 500.25,
            "current_tier2_summ_delivered": 1000.25,
            "active_enerfy_out_d01": 1500.5,
        }
    )
    assert registers(told) == {
        "TOTAL": 1_500_500_000, "F1": 500_250_000, "F2": 1_000_250_000, "D1": 1_500_500_000
    }  # fmt: skip


def test_t11_a_register_at_its_stop_is_no_reading() -> None:
    for stop in (0xFFFF_FFFF_FFFF, 0xFFFF_FFFF, 4294967.295):
        told = decode(ID | {"current_summ_delivered": stop, "current_summ_received": 5.5})
        assert values(told) == {
            ("electricity", "injection", "energy", "TOTAL", "register"): 5500000
        }
