"""Facts and traps of wmbusmeters' telegrams: what is a reading, its names and units tell."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson
import pytest

from connectors import wmbusmeters
from hub.model import DecodeError, Quality
from tests.connectors.golden import accounted
from tests.connectors.messages import NOW, devices, qualities, stamps, values
from tests.connectors.messages import decode as decode_any

HEAD = {"_": "telegram", "meter": "any", "name": "x", "timestamp": "2026-11-22T11:59:00Z"}


def decode(payload: Any, topic: str = "wmbusmeters/x", **more: Any) -> Any:
    return decode_any("wmbusmeters", payload, topic, **more)


def telegram(media: str, **fields: Any) -> Any:
    return decode(HEAD | {"media": media, "id": "12345678"} | fields)


def only(media: str, **fields: Any) -> tuple[tuple[str, ...], int]:
    told = values(telegram(media, **fields))
    assert len(told) == 1, told
    return next(iter(told.items()))


@pytest.mark.parametrize(
    "media", ["water", "cold water", "warm water", "hot water", "hot/cold water"]
)
def test_all_waters_are_water(media: str) -> None:
    channel = ("water", "consumption", "volume", "TOTAL", "register")
    assert only(media, total_m3=123.529) == (channel, 123_529_000)
    assert only(media, total_l=123529) == (channel, 123_529_000)


@pytest.mark.parametrize(
    "field",
    [
        *("total_energy_consumption_kwh", "total_heat_energy_kwh", "total_heating_kwh"),
        *("total_kwh", "heat_kwh"),
    ],
)
def test_heat_by_any_drivers_name(field: str) -> None:
    channel = ("heat", "consumption", "energy", "TOTAL", "register")
    for media in ("heat", "heat/cooling load", "heating/cooling"):
        assert only(media, **{field: 1844.722222}) == (channel, 1_844_722_222)


@pytest.mark.parametrize(
    ("fields", "value"),
    [
        ({"total_energy_gj": 1.8}, 500_000_000),
        ({"total_energy_mj": 1800}, 500_000_000),
        ({"total_energy_mj": 1}, 277_778),
    ],
)
def test_f10_the_suffix_is_the_unit(fields: dict[str, Any], value: int) -> None:
    assert only("heat", **fields)[1] == value


@pytest.mark.parametrize(
    "fields",
    [
        {"current_consumption_hca": 132},
        {"current_hca": 132},
        {"current_hca_hca": 132, "previous_hca_hca": 500},
        {"consumption_hca": 132, "consumption_1_hca": 99, "base_hca": 5},
        {"consumption_hca": 7, "total_consumption_hca": 132},
    ],
)
def test_heat_cost_allocators_count_units(fields: dict[str, Any]) -> None:
    channel = ("heat", "consumption", "units", "TOTAL", "register")
    assert only("heat cost allocation", **fields) == (channel, 132_000)


def test_electricity_counts_both_ways_and_tells_its_power() -> None:
    told = values(
        telegram(
            "electricity",
            total_energy_consumption_kwh=1643.4165,
            total_energy_production_kwh=0.1876,
            current_power_consumption_kw=0.43832,
            current_power_production_kw=0,
            total_energy_consumption_tariff1_kwh=1643.2,
            total_reactive_energy_consumption_kvarh=6.0,
            apparent_consumption_kw=0.5,
        )
    )
    assert told == {
        ("electricity", "consumption", "energy", "TOTAL", "register"): 1_643_416_500,
        ("electricity", "injection", "energy", "TOTAL", "register"): 187_600,
        ("electricity", "consumption", "power", "TOTAL", "power"): 438_320,
        ("electricity", "injection", "power", "TOTAL", "power"): 0,
    }


def test_an_electricity_meter_s_positive_and_negative_are_drawn_and_fed_in() -> None:
    told = telegram(
        "electricity",
        positive_total_active_energy_kwh=7972.38,
        positive_tariff1_active_energy_kwh=7928.3,
        partial_positive_active_energy_kwh=12.5,
        negative_total_active_energy_kwh=1.5,
        three_phase_total_active_power_kw=0.006,
    )
    assert values(told) == {
        ("electricity", "consumption", "energy", "TOTAL", "register"): 7_972_380_000,
        ("electricity", "injection", "energy", "TOTAL", "register"): 1_500_000,
        ("electricity", "consumption", "power", "TOTAL", "power"): 6_000,
    }


@pytest.mark.parametrize(
    ("driver", "fields", "commodity"),
    [
        ("qheatv2", {"total_kwh": 1153}, "heat"),
        ("relhca", {"consumption_hca": 1153}, "heat"),
        ("emerlin868", {"total_m3": 1153}, "water"),
        ("somegas", {"total_m3": 1153}, "gas"),
        ("lansenpu", {"a_counter": 1153}, ""),
    ],
)
@pytest.mark.parametrize("media", ["radio converter (meter side)", "other", "Unknown"])
def test_where_the_medium_is_the_radio_s_the_driver_tells_it(
    media: str, driver: str, fields: dict[str, Any], commodity: str
) -> None:
    told = telegram(media, meter=driver, **fields)
    assert [series.key.commodity for series in told.series] == ([commodity] if commodity else [])


def test_f05_tariffs_are_parts_where_there_is_no_total() -> None:
    parts = {
        "total_energy_consumption_tariff_1_kwh": 4687.858,
        "total_energy_consumption_tariff2_kwh": 2.5,
        "total_energy_production_tariff_10_kwh": 1,
        "total_reactive_tariff_1_kwh": 9,
        "target_energy_consumption_tariff_1_kwh": 8,
    }
    assert values(telegram("electricity", **parts)) == {
        ("electricity", "consumption", "energy", "F1", "register"): 4_687_858_000,
        ("electricity", "consumption", "energy", "F2", "register"): 2_500_000,
        ("electricity", "injection", "energy", "F10", "register"): 1_000_000,
    }
    assert only("electricity", total_tariff_1_kwh=5)[0][3] == "F1"
    assert only("electricity", total_tariff_1_kwh=0, total_kwh=289.68)[0][3] == "TOTAL"
    unused = {f"total_energy_consumption_tariff_{n}_kwh": 0 for n in range(1, 5)}
    assert telegram("electricity", **unused).ignored == 1
    assert only("electricity", **unused, total_energy_production_kwh=1)[0][3] == "TOTAL"
    for media in ("heat", "water"):
        assert telegram(media, total_energy_consumption_tariff1_kwh=1, total_tariff1_m3=1).ignored


def test_f09_a_total_that_is_null_gives_way_to_what_is_told() -> None:
    null = {"total_energy_consumption_kwh": None, "total_energy_production_kwh": ""}
    parts = {"total_energy_consumption_tariff_1_kwh": 2.5}
    assert only("electricity", **null, **parts)[0][3] == "F1"
    assert only("electricity", **null, total_kwh=3)[1] == 3_000_000
    empty = telegram("electricity", **null)
    assert ([g.column for g in empty.gaps], empty.series) == (
        ["total_energy_consumption_kwh"],
        [],
    )


@pytest.mark.parametrize(
    "field",
    [
        "target_m3",
        "prev_1_month_m3",
        "last_month_total_m3",
        "last_apr_m3",
        "consumption_at_set_date_1_m3",
        "April_total_m3",
        "due_date_m3",
        "history_1_m3",
        "consumption_at_history_1_m3",
        "backflow_m3",
        "total_backward_m3",
        "volume_year_period_m3",
        "max_flow_m3h",
        "flow_m3h",
        "total",
        "m3",
    ],
)
def test_what_is_not_the_register_of_now_is_no_reading(field: str) -> None:
    alone = telegram("water", **{field: 12.5})
    assert (alone.rows, alone.ignored, alone.series) == (1, 1, [])
    assert only("water", **{field: 12.5, "total_m3": 7.704})[1] == 7_704_000


@pytest.mark.parametrize(
    ("media", "field", "unit"),
    [
        ("water", "total_gallons", "gallons"),
        ("water", "total_ft3", "ft3"),
        ("water", "total_kwh", "kwh"),
        ("gas", "total_consumption_ft3", "ft3"),
        ("electricity", "total_energy_consumption_m3", "m3"),
        ("heat", "total_energy_consumption_kcal", "kcal"),
        ("heat", "total_energy_consumption_gcal", "gcal"),
        ("heat", "total_energy_m3c", "m3c"),
        ("heat cost allocation", "current_consumption_units", "units"),
    ],
)
def test_a_register_in_a_unit_that_is_none_is_refused(media: str, field: str, unit: str) -> None:
    alone = telegram(media, **{field: 12.5})
    assert [(r.reason, r.column, r.value) for r in alone.rejects] == [("bad_unit", field, unit)]
    assert alone.rejects[0].detail["device"] == "12345678"
    assert (alone.rows, alone.ignored, alone.series, alone.gaps) == (1, 0, [], [])
    powered = telegram(media, **{field: 12.5, "power_kw": 1})
    assert [r.reason for r in powered.rejects] == ["bad_unit"]


def test_a_register_in_megawatt_hours() -> None:
    for media in ("heat", "electricity"):
        assert only(media, total_energy_mwh=12.5)[1] == 12_500_000_000


def test_a_register_in_an_odd_unit_beside_a_good_one_is_nobody_s_loss() -> None:
    assert telegram("water", total_gallons=3.3, total_m3=1).rejects == []
    for field in ("total_datetime", "total_nr", "current_date", "total_c"):
        assert telegram("water", **{field: 1}).ignored == 1
        assert telegram("heat cost allocation", **{field: 1}).ignored == 1


def test_water_through_a_heat_meter_and_cooling_are_not_consumption() -> None:
    assert telegram("heat", total_m3=398.7, total_volume_m3=1.0).ignored == 1
    assert telegram("heat/cooling load", total_cooling_energy_kwh=220).ignored == 1
    assert telegram("cooling load", total_energy_consumption_kwh=220).ignored == 1
    told = telegram("heat/cooling load", total_heat_energy_kwh=17, power_kw=-3.7)
    assert values(told) == {("heat", "consumption", "energy", "TOTAL", "register"): 17_000_000}


def test_the_time_is_the_reception_less_the_age_of_the_value() -> None:
    assert stamps(telegram("water", total_m3=1)) == {NOW - 60}
    assert stamps(telegram("water", total_m3=1, actuality_duration_s=742)) == {NOW - 60 - 742}
    assert stamps(telegram("heat", total_kwh=1, actuality_duration_h=0.5)) == {NOW - 60 - 1800}
    assert stamps(telegram("gas", total_m3=1, actuality_duration_min=5)) == {NOW - 60 - 300}
    assert stamps(telegram("gas", total_m3=1, actuality_duration_min=56401)) == {NOW - 60}
    assert stamps(telegram("water", total_m3=1, actuality_duration_s=-1)) == {NOW - 60}
    assert stamps(telegram("water", total_m3=1, actuality_duration_s="old")) == {NOW - 60}


def test_f13_telegrams_of_one_file_keep_their_own_times_in_any_order() -> None:
    times = ("12:00:00", "06:30:00", "09:15:20")
    head = b'{"media":"water","id":"1","total_m3":%d,"timestamp":"2026-11-20T%sZ"}'
    told = decode(b"\n".join(head % (n, t.encode()) for n, t in enumerate(times)), "")
    (series,) = told.series
    assert list(series.ts) == [
        int(datetime.fromisoformat(f"2026-11-20T{t}Z").timestamp()) for t in times
    ]
    assert list(series.value) == [0, 1_000_000, 2_000_000]


def test_an_unstamped_message_gets_the_arrival_an_unstamped_line_is_rejected() -> None:
    bare = {"media": "water", "id": "12345678", "total_m3": 1}
    message, line = decode(bare), decode(bare, "")
    assert (stamps(message), qualities(message)) == ({NOW}, {Quality.ARRIVAL_TIME})
    assert [(r.reason, r.column) for r in line.rejects] == [("missing_time", "timestamp")]


def test_the_year_1111_is_read_as_it_stands() -> None:
    told = telegram("water", total_m3=1, timestamp="1111-11-11T11:11:11Z")
    assert stamps(told) == {int(datetime.fromisoformat("1111-11-11T11:11:11Z").timestamp())}


@pytest.mark.parametrize(
    ("status", "quality"),
    [
        ("OK", Quality.GOOD),
        ("", Quality.GOOD),
        (None, Quality.GOOD),
        ("DRY", Quality.GOOD),
        ("UNKNOWN_40", Quality.GOOD),
        ("ERROR_FLAGS_2000000", Quality.METER_FAULT),
        ("DRY ERROR RETURN_SENSOR_INTERRUPTED", Quality.METER_FAULT),
        ("PERMANENT_ERROR", Quality.METER_FAULT),
    ],
)
def test_a_status_that_says_error_marks_the_reading(status: Any, quality: Quality) -> None:
    assert qualities(telegram("heat", total_kwh=5, status=status)) == {quality}
    assert qualities(telegram("heat", total_kwh=5, current_status=status)) == {quality}


def test_t11_sentinels_and_f09_nothing() -> None:
    told = telegram("heat", total_kwh=-2147483648, power_kw=1.5)
    assert [(r.reason, r.column) for r in told.rejects] == [("sentinel", "total_kwh")]
    assert values(told) == {("heat", "consumption", "power", "TOTAL", "power"): 1_500_000}
    for nothing in (None, ""):
        told = telegram("water", total_m3=nothing)
        assert (told.series, [g.column for g in told.gaps], told.ignored) == ([], ["total_m3"], 0)


def test_the_device_is_the_id() -> None:
    assert devices(telegram("water", total_m3=1)) == {"12345678"}
    for bad in (12345678, None, "", "x" * 200, "a\0b"):
        told = telegram("water", total_m3=1, id=bad)
        assert [(r.reason, r.column) for r in told.rejects] == [("bad_name", "id")]


def test_rows_of_a_file_add_up_and_name_their_lines() -> None:
    lines = [
        b'{"media":"water","id":"1","total_m3":1,"timestamp":"2026-11-22T11:00:00Z"}',
        b"",
        b'{"media":"water","id":"1","total_m3":',
        b'{"media":"oil","id":"1","total_m3":1}',
        b'{"media":"water","id":"1","total_m3":null,"timestamp":"2026-11-22T11:00:00Z"}',
        b'"text"',
        b'{"media":"water","id":"1","total_m3":2,"timestamp":"2026-11-22T12:00:00Z"}',
    ]
    told = decode(b"\n".join(lines), "")
    assert told.rows == 6
    assert len(accounted(told)) + told.ignored == told.rows
    assert [(r.row, r.line, r.reason) for r in told.rejects] == [
        (2, 3, "not_json"),
        (5, 6, "not_this_format"),
    ]
    assert [(list(s.row or []), list(s.value)) for s in told.series] == [
        ([1, 6], [1_000_000, 2_000_000])
    ]


@pytest.mark.parametrize("payload", [b"[]", b"3", b"null", b'"x"'])
def test_other_json_is_an_error(payload: bytes) -> None:
    with pytest.raises(DecodeError) as caught:
        decode(payload)
    assert caught.value.reason == "not_this_format"


def test_a_list_and_a_telegram_laid_out_for_reading() -> None:
    one = HEAD | {"media": "water", "id": "12345678", "total_m3": 1.5}
    for said, rows in (([one, one], 2), ([one, 5], 2), (one, 1)):
        text = orjson.dumps(said, option=orjson.OPT_INDENT_2)
        told = decode(text, "")
        assert told.rows == rows
        assert {s.key.device for s in told.series} == {"12345678"}
        assert wmbusmeters.sniff(text) > 0.9
    assert [r.reason for r in decode(orjson.dumps([one, 5]), "").rejects] == ["not_this_format"]
    with pytest.raises(DecodeError):
        decode(b"[5]")


def test_sniff_knows_its_files() -> None:
    line = b'{"_": "telegram", "media": "water", "meter": "iperl", "id": "1", "total_m3": 7.704}\n'
    assert wmbusmeters.sniff(line * 100) > 0.9
    assert wmbusmeters.sniff(b'{"media":"gas","meter":"x","id":"1","total_m3":1}') > 0.5
    assert wmbusmeters.sniff(b'{"id": "1", "media": "gas", "driver": "x"}') > 0.5
    for other in (b"", b"date;index\n", b"[{", b'{"bn":"x"}', b"\x00" * 100, b'{"media":"tv"}'):
        assert wmbusmeters.sniff(other) == 0.0
