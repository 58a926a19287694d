"""Uplinks of LoRaWAN: servers, devices, what a pulse is worth, history out of order."""

from __future__ import annotations

import base64
import struct
from typing import Any

import pytest

import connectors
from hub.model import Context, Decoded, DecodeError, Quality
from tests.connectors.messages import NOW, decode, devices, qualities, stamps, values

EUI = "99000000000000A1"
TOPIC = f"application/a/device/{EUI.lower()}/event/up"
AT = "2026-11-22T10:00:05.404859+00:00"
HEARD = NOW - 2 * 3600 + 5
WATER = ("water", "consumption", "volume", "TOTAL", "register")
COUNT = ("", "consumption", "units", "TOTAL", "register")
ENERGY = ("electricity", "consumption", "energy", "TOTAL", "register")


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def chirpstack(tags: dict[str, str] | None = None, **event: Any) -> dict[str, Any]:
    info = {"devEui": EUI.lower(), "tags": tags or {}}
    return {"time": AT, "deviceInfo": info, "fCnt": 1, "fPort": 85} | event


def heard(**event: Any) -> Decoded:
    return decode("lorawan", chirpstack(**event), TOPIC)


def reasons(decoded: Decoded) -> list[tuple[str, str | None]]:
    return [(reject.reason, reject.column) for reject in decoded.rejects]


@pytest.mark.parametrize(
    ("unit", "litres"), [("l", 7), ("10 l", 70), ("0,01 m3", 70), ("1 m³", 7000), ("2.5 L", 17.5)]
)
def test_a_tag_says_what_a_pulse_is_worth(unit: str, litres: float) -> None:
    decoded = heard(tags={"unit": unit}, object={"pulse": 7})
    assert values(decoded) == {WATER: int(litres * 1000)}
    assert (devices(decoded), stamps(decoded), decoded.notes) == ({EUI}, {HEARD}, [])


def test_pulses_of_another_commodity() -> None:
    told = heard(tags={"unit": "1 Wh"}, object={"pulse": 7})
    assert values(told) == {("electricity", "consumption", "energy", "TOTAL", "register"): 7000}
    told = heard(tags={"unit": "0.01 m3", "commodity": "gas"}, object={"pulse": 7})
    assert values(told) == {("gas", "consumption", "volume", "TOTAL", "register"): 70_000}


def test_without_a_tag_pulses_are_units_of_their_own_and_it_says_so() -> None:
    decoded = heard(object={"pulse": 7})
    assert values(decoded) == {COUNT: 7000}
    assert [note.code for note in decoded.notes] == ["no_unit"]
    told = heard(tags={"commodity": "gas"}, object={"pulse": 7})
    assert values(told) == {("gas", *COUNT[1:]): 7000}


@pytest.mark.parametrize(
    ("tags", "fields", "key", "value"),
    [
        (
            {"unit": "1 Wh", "commodity": "electricity"},
            {"index": 1256, "increments": [1, 2]},
            ENERGY,
            1_256_000,
        ),
        ({"unit": "l"}, {"index": 1234}, WATER, 1_234_000),
        ({}, {"index": 1234, "unit": "L"}, WATER, 1_234_000),
        ({}, {"meter_reading": 1234, "unit": "kWh"}, ENERGY, 1_234_000_000),
        ({"unit": "kWh"}, {"meter_reading": 1234}, ENERGY, 1_234_000_000),
        ({"unit": "m3"}, {"total": 5}, WATER, 5_000_000),
        ({"unit": "kWh"}, {"total_energy": 1234}, ENERGY, 1_234_000_000),
        ({"unit": "10 l"}, {"energy": 3, "index": 9, "pulse": 7}, WATER, 70_000),
        ({"unit": "kWh"}, {"volume": 3, "energy": 9}, ENERGY, 9_000_000),
        ({"unit": "10 l"}, {"pulse": 7, "energy_kWh": 3}, ENERGY, 3_000_000),
    ],
)
def test_a_told_unit_is_that_of_any_register_that_names_none(
    tags: dict[str, str], fields: dict[str, Any], key: tuple[str, str, str, str, str], value: int
) -> None:
    assert values(heard(tags=tags, object=fields)) == {key: value}


@pytest.mark.parametrize("name", ["index", "total", "meter_reading", "total_energy"])
def test_a_register_without_any_unit_is_a_count_and_it_says_so(name: str) -> None:
    decoded = heard(object={name: 1234, "temperature": 20.5})
    assert values(decoded) == {COUNT: 1_234_000}
    assert [note.code for note in decoded.notes] == ["no_unit"]


@pytest.mark.parametrize(("unit", "name"), [("10 l", "energy"), ("kWh", "total_volume")])
def test_a_register_of_another_quantity_than_the_told_unit_is_refused(unit: str, name: str) -> None:
    assert reasons(heard(tags={"unit": unit}, object={name: 3})) == [("bad_unit", name)]


@pytest.mark.parametrize(
    ("tags", "column"),
    [
        ({"unit": "gal"}, "unit"),
        ({"unit": "ten l"}, "unit"),
        ({"unit": "l", "commodity": "tea"}, "commodity"),
    ],
)
def test_tags_that_are_not_understood_refuse_the_reading(tags: dict[str, str], column: str) -> None:
    ((reason, named),) = reasons(heard(tags=tags, object={"pulse": 7}))
    assert (reason, named) == ("bad_unit" if column == "unit" else "bad_name", column)


@pytest.mark.parametrize(
    ("fields", "key", "value"),
    [
        ({"total_volume_l": 12.5}, WATER, 12_500),
        ({"totalVolume_m3": 1}, WATER, 1_000_000),
        ({"accumulated_volume__m3": 1.25}, WATER, 1_250_000),
        ({"volume": {"value": 2.5, "unit": "m3"}, "pulse": 9}, WATER, 2_500_000),
        ({"water": 2.5, "unit": "m3", "water_conv": 1.0}, WATER, 2_500_000),
        ({"volume_m3": 1, "current_volume_m3": 2}, WATER, 2_000_000),
        ({"energy_kwh": 3}, ENERGY, 3_000_000),
        ({"energy_kWh": 3}, ENERGY, 3_000_000),
        ({"total_energy_mwh": 12.5}, ENERGY, 12_500_000_000),
        ({"energy_MWh": 12.5}, ENERGY, 12_500_000_000),
        ({"energy": {"value": 12.5, "unit": "MWh"}}, ENERGY, 12_500_000_000),
        ({"index": 12.5, "unit": "MWh"}, ENERGY, 12_500_000_000),
    ],
)
def test_f10_names_and_units_of_decoded_fields(
    fields: dict[str, Any], key: tuple[str, str, str, str, str], value: int
) -> None:
    assert values(heard(object=fields)) == {key: value}


@pytest.mark.parametrize(
    ("fields", "column"),
    [
        ({"energy_mWh": 5}, "energy_mWh"),
        ({"energy": {"value": 5, "unit": "mWh"}}, "energy"),
        ({"index": 5, "unit": "mWh"}, "unit"),
    ],
)
def test_a_thousandth_is_no_million(fields: dict[str, Any], column: str) -> None:
    assert reasons(heard(object=fields)) == [("bad_unit", column)]


def test_f13_the_history_keeps_its_own_times_and_a_bad_entry_costs_only_itself() -> None:
    history = [
        {"timestamp": HEARD - 3600, "pulse": 5},
        {"timestamp": "soon", "pulse": 6},
        {"pulse": 6},
        {"timestamp": (HEARD - 7200) * 1000, "pulse": 4},
        {"timestamp": HEARD - 9000, "gpio": "low"},
    ]
    decoded = heard(tags={"unit": "l"}, object={"pulse": 7, "history": history})
    (series,) = decoded.series
    assert sorted(zip(series.ts, series.value, strict=True)) == [
        (HEARD - 7200, 4000),
        (HEARD - 3600, 5000),
        (HEARD, 7000),
    ]
    assert reasons(decoded) == [
        ("bad_time", "history[1].timestamp"),
        ("missing_time", "history[2].timestamp"),
    ]


def test_t11_f09_nothing_is_a_gap_and_a_counter_at_its_stop_is_refused() -> None:
    assert len(heard(object={"pulse": None}).gaps) == 1
    assert reasons(heard(object={"pulse": 2**32 - 1})) == [("sentinel", "pulse")]
    stopped = bytes([0x05, 0xC8, 0xFF, 0xFF, 0xFF, 0xFF])
    assert reasons(heard(data=b64(stopped))) == [("sentinel", "pulse")]


def test_the_codec_s_fields_go_before_the_bytes() -> None:
    raw = b64(bytes([0x05, 0xC8, 9, 0, 0, 0]))
    assert values(heard(object={"pulse": 7}, data=raw)) == {COUNT: 7000}
    assert values(heard(object={}, data=raw)) == {COUNT: 9000}
    assert values(heard(object={"battery": 90}, data=raw)) == {COUNT: 9000}


def test_a_binary_fraction_is_the_decimal_that_was_meant() -> None:
    raw = bytes([0x85, 0xE1]) + struct.pack("<HHf", 10, 648, 1500.6) + b"\x03"
    assert values(heard(tags={"unit": "m3"}, data=b64(raw))) == {WATER: 1_500_600_000}
    bad = bytes([0x05, 0xE1]) + struct.pack("<HHf", 10, 648, float("nan"))
    assert reasons(heard(data=b64(bad))) == [("bad_number", "water")]


def test_bytes_that_nobody_can_decode_are_refused_and_settings_ignored() -> None:
    assert reasons(heard(fPort=2, data=b64(b"\x01\x02"))) == [("no_codec", "data")]
    assert reasons(heard(data="not base64!")) == [("no_codec", "data")]
    pulse = bytes([0x05, 0xC8, 9, 0, 0, 0])
    cut = heard(data=b64(pulse + b"\x20\xce\x01"))
    assert (values(cut), reasons(cut)) == ({COUNT: 9000}, [("no_codec", "data")])
    assert heard(data=b64(b"\xfe\x03\xb0\x04")).ignored == 1
    assert heard(data=b64(b"\x01\x75\x64")).ignored == 1


@pytest.mark.parametrize(
    ("topic", "event"),
    [
        ("application/a/device/x/event/join", {"time": AT, "deviceInfo": {"devEui": EUI}}),
        ("application/a/device/x/event/status", chirpstack(margin=5)),
        ("application/a/device/x/event/ack", {"deviceInfo": {}, "acknowledged": True}),
        ("v3/a/devices/x/join", {"end_device_ids": {"dev_eui": EUI}, "join_accept": {}}),
        ("v3/a/devices/x/up", {"end_device_ids": {}, "uplink_message": {}, "simulated": True}),
        (f"loriot/{EUI}", {"cmd": "txd", "EUI": EUI, "data": "00"}),
        (TOPIC, chirpstack(object={"temperature": 20.5})),
        (TOPIC, chirpstack()),
    ],
)
def test_other_events_and_sensors_are_ignored(topic: str, event: dict[str, Any]) -> None:
    decoded = decode("lorawan", event, topic)
    assert (decoded.ignored, decoded.series, decoded.rejects) == (1, [], [])


def test_one_uplink_heard_by_many_gateways_is_one() -> None:
    gateways = [{"gatewayId": "a", "time": AT}, {"gatewayId": "b", "time": AT}]
    assert values(heard(object={"pulse": 7}, rxInfo=gateways)) == {COUNT: 7000}


def test_the_time_is_the_server_s_else_the_arrival() -> None:
    event = {"end_device_ids": {"dev_eui": EUI}, "received_at": "2026-11-22T10:00:06.1Z"}
    message = {"received_at": "2026-11-22T10:00:05.906399073Z", "decoded_payload": {"pulse": 7}}
    told = decode("lorawan", event | {"uplink_message": message}, "v3/a/devices/x/up")
    assert (stamps(told), qualities(told)) == ({HEARD}, {0})
    bare = {"deviceInfo": {}, "fPort": 85, "object": {"pulse": 7}}
    told = decode("lorawan", bare, TOPIC)
    assert (devices(told), stamps(told)) == ({EUI}, {NOW})
    assert qualities(told) == {int(Quality.ARRIVAL_TIME)}


def test_a_device_s_id_in_any_spelling() -> None:
    for eui in (EUI, EUI.lower(), "99-00-00-00-00-00-00-A1", b64(bytes.fromhex(EUI))):
        assert devices(decode("lorawan", {"devEUI": eui, "object": {"pulse": 1}, "dr": 5})) == {EUI}
    assert reasons(decode("lorawan", {"devEUI": "x", "object": {"pulse": 1}, "dr": 5})) == [
        ("bad_name", "devEui")
    ]


def w1(status: int = 0, scale: int = 0) -> bytes:
    """A day of a Qalcosonic W1: 100 m3, then 1 l in the first hour, 16383 l in the last."""
    packed = 1 | (16383 << 14 * 22) | (scale << 14 * 23)
    return struct.pack("<BIBI", 1, HEARD, status, 100_000) + packed.to_bytes(41, "little")


def test_the_hours_of_a_qalcosonic_w1() -> None:
    (series,) = heard(fPort=100, data=b64(w1())).series
    told = dict(zip(series.ts, series.value, strict=True))
    assert len(told) == 24
    assert told[HEARD - 23 * 3600] == 100_000_000
    assert told[HEARD - 22 * 3600] == told[HEARD - 3600] == 100_001_000
    assert told[HEARD] == 116_384_000
    assert qualities(heard(fPort=100, data=b64(w1(status=8)))) == {int(Quality.METER_FAULT)}
    assert reasons(heard(fPort=100, data=b64(w1(scale=1)))) == [("no_codec", "data")]


def test_hours_that_do_not_add_up_are_not_believed() -> None:
    said = {"log_volume_l": 10, "delta_1_l": 1, "history_count": 1, "current_volume_l": 12}
    assert values(heard(object=said)) == {WATER: 12_000}


@pytest.mark.parametrize("document", [{}, [], 5, {"a": 1}, {"input": 1, "output": 2}])
def test_another_document_is_another_format(document: Any) -> None:
    with pytest.raises(DecodeError):
        decode("lorawan", document)


def test_a_file_of_a_codec_s_example_needs_a_usage_point() -> None:
    example = {"input": {"fPort": 100, "bytes_hex": w1().hex()}, "output": {}}
    with pytest.raises(DecodeError) as caught:
        decode("lorawan", example)
    assert caught.value.reason == "missing_usage_point"


def test_it_knows_its_files_and_no_others() -> None:
    sniff = connectors.load("lorawan").sniff
    assert sniff(b'\n[{"deviceInfo": {"devEui": "99"') == 1
    assert sniff(b'{"result": {"end_device_ids": {') == 1
    assert sniff(b'{"cmd":"rx","EUI":"99-00-00-00-00-00-00-A1"') == 1
    assert sniff(b'{"EUI":"x","data":1}') == sniff(b'"devEui":1') == 0


def test_saved_lines_keep_their_numbers() -> None:
    lines = b'{"devEUI": "%s", "dr": 1, "object": {"pulse": 1}}\n{"devEUI"\n' % EUI.encode()
    decoded = connectors.load("lorawan").decode(lines, Context(received_at=NOW))
    assert (decoded.rows, [(r.row, r.line) for r in decoded.rejects]) == (2, [(2, 2)])
