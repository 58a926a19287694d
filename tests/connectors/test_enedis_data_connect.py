"""Data Connect's answers: what wraps them, which way energy flows, and what is no reading."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest

import connectors
from connectors import enedis_data_connect
from hub.model import Context, Decoded, DecodeError
from tests.connectors import golden
from tests.connectors.files import PRM, amounts, notes, reasons

POWER = {"unit": "W", "measurement_kind": "power", "aggregate": "average"}
DAY = {"unit": "Wh", "measurement_kind": "energy", "measuring_period": "P1D", "aggregate": "sum"}


def answer(points: list[Any], kind: dict[str, str], **other: Any) -> dict[str, Any]:
    told = {"usage_point_id": PRM, "quality": "BRUT", "reading_type": kind} | other
    return {"meter_reading": told | {"interval_reading": points}}


def curve(*clocks: str, value: Any = "600", step: str = "PT30M") -> dict[str, Any]:
    points = [{"value": value, "date": f"{clock}:00", "interval_length": step} for clock in clocks]
    return answer(points, POWER)


def read(told: Any, name: str = "", device: str = "") -> Decoded:
    payload = told if isinstance(told, bytes) else orjson.dumps(told)
    ctx = Context(received_at=golden.ARRIVAL, file_name=name, device=device)
    decoded = connectors.load("enedis_data_connect").decode(payload, ctx)
    assert len(golden.accounted(decoded)) + decoded.ignored == decoded.rows
    return decoded


def test_f01_t05_a_stamp_is_the_end_of_its_half_hour() -> None:
    found = amounts(read(curve("2026-11-20 00:30", "2026-11-20 01:00", "2026-11-21 00:00")))
    assert list(found) == ["2026-11-19T23:00", "2026-11-19T23:30", "2026-11-20T22:30"]


@pytest.mark.parametrize(("step", "seconds"), [("PT10M", 600), ("PT15M", 900), ("PT60M", 3600)])
def test_f02_t07_mean_power_is_energy_by_the_point_s_own_step(step: str, seconds: int) -> None:
    ((length, amount),) = amounts(read(curve("2026-11-20 12:00", step=step))).values()
    assert (length, amount) == (seconds, 600 * 1000 * seconds // 3600)


def test_the_step_may_be_told_once_for_all() -> None:
    points = [{"value": "600", "date": "2026-11-20 12:00:00"}]
    told = answer(points, POWER | {"interval_length": "PT30M"})
    assert amounts(read(told)) == {"2026-11-20T10:30": (1800, 300_000)}


@pytest.mark.parametrize("value", ["600", 600, 600.0, " 600 ", "600.0", "600,0"])
def test_a_value_may_be_a_text_or_a_number(value: Any) -> None:
    assert set(amounts(read(curve("2026-11-20 12:00", value=value))).values()) == {(1800, 300_000)}


@pytest.mark.parametrize("value", [True, [], {}, "x", "1e3"])
def test_what_is_no_number_is_rejected(value: Any) -> None:
    assert reasons(read(curve("2026-11-20 12:00", value=value))) == {1: "bad_number"}


@pytest.mark.parametrize("value", [None, "", "null"])
def test_f09_null_is_a_gap(value: Any) -> None:
    (gap,) = read(curve("2026-11-20 12:00", value=value)).gaps
    assert (gap.row, gap.end) == (1, 1_795_172_400)


def test_f06_t04_october_s_day_has_fifty_half_hours() -> None:
    clocks = [f"{h:02d}:{m}" for h in range(24) for m in ("00", "30")]
    night = [*clocks[:6], *clocks[4:]]  # 02:00 and 02:30 come twice
    decoded = read(curve(*[f"2026-10-25 {clock}" for clock in night[1:]], "2026-10-26 00:00"))
    found = amounts(decoded)
    assert (len(found), min(found), max(found)) == (50, "2026-10-24T22:00", "2026-10-25T22:30")
    assert not decoded.rejects


def test_f06_an_hour_that_the_order_does_not_tell_is_named() -> None:
    decoded = read(curve("2026-10-25 01:30", "2026-10-25 02:30", "2026-10-25 03:30"))
    assert reasons(decoded) == {2: "ambiguous_time"}


def test_march_s_day_has_forty_six() -> None:
    clocks = [f"{h:02d}:{m}" for h in range(24) for m in ("00", "30") if h != 2]
    decoded = read(curve(*[f"2026-03-29 {clock}" for clock in clocks[1:]], "2026-03-30 00:00"))
    assert (len(amounts(decoded)), decoded.rejects) == (46, [])


@pytest.mark.parametrize("date", ["2026-03-29", "2026-03-29 00:00:00"])
def test_a_day_s_energy_is_that_of_its_local_day(date: str) -> None:
    decoded = read(answer([{"value": "9000", "date": date}], DAY))
    assert amounts(decoded) == {"2026-03-28T23:00": (82_800, 9_000_000)}
    assert decoded.series[0].key.period == "day"


@pytest.mark.parametrize(
    ("wrap", "name", "flow"),
    [
        (lambda a: a, "", "consumption"),
        (lambda a: {"production_load_curve": a}, "", "injection"),
        (lambda a: [a, a], "daily_production_2026.json", "injection"),
        (lambda a: {"consumption_load_curve": [a]}, "production.json", "consumption"),
        (lambda a: a["meter_reading"], "", "consumption"),
        (lambda a: {"data": {"meter_reading": [a["meter_reading"]]}}, "", "consumption"),
    ],
)
def test_what_wraps_an_answer_tells_which_way_its_energy_flows(
    wrap: Any, name: str, flow: str
) -> None:
    decoded = read(wrap(curve("2026-11-20 12:00")), name)
    assert {s.key.flow for s in decoded.series} == {flow}


def measure(points: list[Any], **other: Any) -> dict[str, Any]:
    """An answer of the interface of 2026."""
    told = {"grandeurMetier": "CONS", "grandeurPhysique": "PA", "unite": "W"} | other
    return {"idPrm": PRM, "etapeMetier": "BRUT", "grandeur": [told | {"points": points}]}


def half_hours(first: str, count: int) -> list[Any]:
    start = datetime.fromisoformat(first)
    stamps = [start + timedelta(minutes=30 * i) for i in range(count)]
    return [{"v": "600", "d": f"{stamp}", "p": "PT30M", "n": "B", "iv": "0"} for stamp in stamps]


@pytest.mark.parametrize("first", ["2026-11-20 00:30:00", "2026-11-20 00:00:00"])
def test_f01_a_day_of_2026_may_be_labelled_by_either_end(first: str) -> None:
    found = amounts(read({"success": True, "data": measure(half_hours(first, 48))}))
    assert (len(found), min(found), max(found)) == (48, "2026-11-19T23:00", "2026-11-20T22:30")


def test_t07_a_curve_of_2026_is_mean_power() -> None:
    found = amounts(read(measure(half_hours("2026-11-20 12:00:00", 2))))
    assert set(found.values()) == {(1800, 300_000)}


@pytest.mark.parametrize(("told", "flow"), [("CONS", "consumption"), ("PROD", "injection")])
def test_an_answer_of_2026_tells_which_way_its_energy_flows(told: str, flow: str) -> None:
    days = measure([{"v": "9000", "d": "2026-03-29"}], grandeurMetier=told, unite="Wh")
    days["grandeur"][0]["grandeurPhysique"] = "EA"
    decoded = read(days | {"pas": "P1D"}, "production.json")
    assert amounts(decoded) == {"2026-03-28T23:00": (82_800, 9_000_000)}
    assert decoded.series[0].key.flow == flow


@pytest.mark.parametrize("value", [None, "null", ""])
def test_f09_no_value_of_2026_is_a_gap(value: Any) -> None:
    (point,) = half_hours("2026-11-20 12:00:00", 1)
    decoded = read(measure([point | {"v": value}]))
    assert (decoded.series, [gap.row for gap in decoded.gaps]) == ([], [1])


def test_what_is_no_active_energy_of_2026_is_left_aside() -> None:
    decoded = read(measure([{"v": "9", "d": "2026-11-20 12:01:02"}], grandeurPhysique="PMA"))
    assert (decoded.rows, decoded.ignored, decoded.series) == (1, 1, [])
    assert notes(decoded) == {"left_aside": "'PMA': 1 value left aside"}


def test_days_without_a_reading_type_are_energy() -> None:
    """Answers of 2020 tell none; of a day, a mean power is never told."""
    told = answer([{"value": "14800", "date": "2026-11-20"}], {})
    del told["meter_reading"]["reading_type"]
    assert amounts(read(told)) == {"2026-11-19T23:00": (86_400, 14_800_000)}


def test_answers_may_come_one_a_line() -> None:
    days = [curve("2026-11-20 12:00"), {"error": "no_data_found"}, curve("2026-11-20 12:30")]
    decoded = read(b"\n".join(map(orjson.dumps, days)))
    assert sum(len(s.ts) for s in decoded.series) == 2
    assert (decoded.rows, decoded.ignored) == (3, 1)


def test_a_year_of_answers_does_not_tell_its_label_each_time() -> None:
    days = [curve(f"2026-{m:02d}-{d:02d} 12:00") for m in range(1, 13) for d in range(1, 5)]
    assert len(read(days).notes) <= 6


def test_peak_power_is_left_aside() -> None:
    peak = answer(
        [{"value": "6241", "date": "2026-11-20 12:13:14"}],
        {"unit": "VA", "measurement_kind": "power", "aggregate": "maximum"},
    )
    decoded = read([peak, curve("2026-11-20 12:00")])
    assert (decoded.rows, decoded.ignored) == (2, 1)
    assert notes(decoded)["left_aside"] == "'VA': 1 value left aside"


@pytest.mark.parametrize(
    "told",
    [
        {"error": "no_data_found", "error_description": "no measure"},
        {"error": "ADAM-ERR0123", "error_description": "anterior to the meter's activation"},
        {"error": {"code": "ADAM-ERR0123"}},
        {"error_code": "ADAM-ERR0069"},
        {"code": "SGT404", "message": "Pas de mesure trouvée pour ce point"},
    ],
)
def test_an_error_answer_holds_no_rows_and_says_so(told: Any) -> None:
    decoded = read(told)
    assert (decoded.rows, decoded.ignored, decoded.series) == (1, 1, [])
    assert "no readings" in notes(decoded)["no_data"]


@pytest.mark.parametrize(
    "told",
    [
        {"customer": {"customer_id": "1", "usage_points": []}},
        {"customer_id": "1", "identity": {}},
        {"valid": True, "consent_expiration_date": "2026-01-14", "quota_limit": 50},
    ],
)
def test_contract_and_access_hold_no_readings(told: Any) -> None:
    with pytest.raises(DecodeError) as caught:
        read(told)
    assert caught.value.reason == "no_readings"


@pytest.mark.parametrize(
    "told",
    [
        {"2026-03-01": "blue", "2026-03-02": "red"},
        {"2026-01-22": {"value": 1, "message": "x", "detail": {"2026-01-23 00:00:00": 1}}},
        {"a": 1},
        [],
        {"error": 0},
    ],
)
def test_other_json_is_not_ours(told: Any) -> None:
    assert enedis_data_connect.sniff(orjson.dumps(told)) == 0
    with pytest.raises(DecodeError) as caught:
        read(told)
    assert caught.value.reason == "not_this_format"


def test_a_usage_point_must_be_known() -> None:
    told = curve("2026-11-20 12:00")
    del told["meter_reading"]["usage_point_id"]
    with pytest.raises(DecodeError) as caught:
        read(told)
    assert caught.value.reason == "missing_usage_point"
    assert read(told, device="x").series[0].key.device == "x"


def test_a_number_that_lost_its_zero_gets_it_back() -> None:
    told = curve("2026-11-20 12:00")
    told["meter_reading"]["usage_point_id"] = 1234567890123
    assert read(told).series[0].key.device == "01234567890123"


def measure_v2(points: list[Any], *, business: str = "CONS", unit: str = "W") -> dict[str, Any]:
    """An answer of "mesure_synchrone" v2."""
    told = {"grandeurMetier": business, "grandeurPhysique": "PA", "unite": unit, "points": points}
    return {"idPrm": PRM, "etapeMetier": "BRUT", "grandeur": [told], "contexte": []}


@pytest.mark.parametrize(("business", "flow"), [("CONS", "consumption"), ("PROD", "injection")])
def test_an_answer_of_v2_tells_which_way_energy_flows(business: str, flow: str) -> None:
    point = {"v": "600", "d": "2026-11-20 12:00:00", "p": "PT30M", "n": "B"}
    decoded = read(measure_v2([point], business=business), name="production_load_curve")
    assert decoded.series[0].key.flow == flow
    assert amounts(decoded) == {"2026-11-20T10:30": (1800, 300_000)}


@pytest.mark.parametrize("grandeur", [[], [{"grandeurMetier": "CONS", "points": []}]])
def test_an_answer_of_v2_without_a_measure_is_no_mistake(grandeur: list[Any]) -> None:
    decoded = read(measure_v2([]) | {"grandeur": grandeur})
    assert (decoded.rows, decoded.ignored, decoded.rejects) == (1, 1, [])


def test_the_words_of_v2_s_errors_are_told() -> None:
    decoded = read({"code": "X", "message": "Pas de mesure trouvée pour ce point"})
    assert "Pas de mesure trouvée" in notes(decoded)["no_data"]
