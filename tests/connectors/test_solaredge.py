"""Facts and traps of SolarEdge's monitoring API."""

from __future__ import annotations

from typing import Any

import pytest

from hub.model import Decoded, DecodeError, Quality
from tests.connectors.answers import DEVICE, decode, sniffed
from tests.connectors.files import amounts, instant, notes, reasons
from tests.connectors.messages import NOW, qualities, stamps, values

HOUR = 3600


def energy(step: str, *rows: tuple[Any, Any], **more: Any) -> dict[str, Any]:
    values = [{"date": date, "value": value} for date, value in rows]
    return {"energy": {"timeUnit": step, "unit": "Wh", "values": values, **more}}


def told(unit: str, *rows: tuple[Any, Any], now: str = "2026-11-22T12:00:00Z") -> Decoded:
    return decode("solaredge", energy(unit, *rows), now=instant(now))


def test_f01_the_label_is_the_start() -> None:
    found = told("HOUR", ("2023-11-09 08:00:00", 256.0), ("2023-11-09 09:00:00", 827.0))
    assert amounts(found) == {
        "2023-11-09T07:00": (HOUR, 256_000),
        "2023-11-09T08:00": (HOUR, 827_000),
    }
    assert amounts(told("QUARTER_OF_AN_HOUR", ("2023-07-09 08:45:00", 1.5))) == {
        "2023-07-09T06:45": (900, 1_500)
    }


def test_f06_the_october_hour_is_told_by_the_order() -> None:
    walls = ["01:00", "02:00", "02:00", "03:00"]
    found = told("HOUR", *((f"2025-10-26 {w}:00", float(i)) for i, w in enumerate(walls)))
    assert amounts(found) == {
        f"2025-10-{day}T{hour}:00": (HOUR, i * 1000)
        for i, (day, hour) in enumerate([("25", "23"), ("26", "00"), ("26", "01"), ("26", "02")])
    }
    assert reasons(told("HOUR", ("2025-10-26 02:00:00", 1.0))) == {1: "ambiguous_time"}


def test_f09_null_is_a_gap_and_zero_is_not() -> None:
    found = told("HOUR", ("2023-11-09 06:00:00", None), ("2023-11-09 07:00:00", 0.0))
    assert amounts(found) == {"2023-11-09T06:00": (HOUR, 0)}
    assert [(g.row, g.start) for g in found.gaps] == [(1, instant("2023-11-09T05:00:00Z"))]


@pytest.mark.parametrize(
    ("unit", "label", "start", "seconds", "period"),
    [
        ("DAY", "2026-03-29", "2026-03-28T23:00", 23 * HOUR, "day"),
        ("DAY", "2025-10-26", "2025-10-25T22:00", 25 * HOUR, "day"),
        ("WEEK", "2025-10-20", "2025-10-19T22:00", 7 * 24 * HOUR + HOUR, "week"),
        ("MONTH", "2024-02-01", "2024-01-31T23:00", 29 * 24 * HOUR, "month"),
        ("MONTH", "2025-12-01", "2025-11-30T23:00", 31 * 24 * HOUR, "month"),
    ],
)
def test_days_weeks_and_months_are_local_and_say_what_they_are(
    unit: str, label: str, start: str, seconds: int, period: str
) -> None:
    found = told(unit, (f"{label} 00:00:00", 45718.0))
    assert amounts(found) == {start: (seconds, 45_718_000)}
    assert found.series[0].key.period == period


def test_a_running_period_ends_at_the_arrival_and_is_still_a_month() -> None:
    found = told("MONTH", ("2026-11-01 00:00:00", 5.0), now="2026-11-03T12:00:00Z")
    assert amounts(found) == {"2026-10-31T23:00": (2 * 86_400 + 13 * HOUR, 5_000)}
    assert found.series[0].key.period == "month"


def test_a_year_repeats_its_months() -> None:
    found = told("YEAR", ("2025-01-01 00:00:00", 5.0))
    assert (found.series, found.ignored, list(notes(found))) == ([], 1, ["solaredge_year"])


def test_power_repeats_energy() -> None:
    values = [{"date": "2026-11-20 12:00:00", "value": 1000.0}]
    of = {"timeUnit": "QUARTER_OF_AN_HOUR", "unit": "W", "values": values}
    for answer in ({"power": of}, {"powerDetails": {**of, "values": None, "meters": [of]}}):
        found = decode("solaredge", answer)
        assert (found.series, found.ignored, list(notes(found))) == ([], 1, ["solaredge_power"])


def test_details_tell_what_is_exchanged_with_the_network() -> None:
    row = [{"date": "2026-11-20 00:00:00", "value": 2.5}]
    kinds = ("Consumption", "SelfConsumption", "Production", "FeedIn", "Purchased", "Other")
    meters = [{"type": kind, "values": row} for kind in kinds]
    found = decode(
        "solaredge", {"energyDetails": {"timeUnit": "DAY", "unit": "kWh", "meters": meters}}
    )
    assert {(s.key.commodity, s.key.flow): list(s.value) for s in found.series} == {
        ("solar", "production"): [2_500_000],
        ("electricity", "injection"): [2_500_000],
        ("electricity", "consumption"): [2_500_000],
    }
    assert (found.rows, found.ignored) == (6, 3)


def test_sites_tell_their_numbers() -> None:
    of = [{"date": "2026-11-20 00:00:00", "value": 1.0}]
    sites = [{"siteId": n, "energyValues": {"values": of}} for n in (9901, 9902)]
    answer = {"sitesEnergy": {"timeUnit": "DAY", "unit": "Wh", "siteEnergyList": sites}}
    found = decode("solaredge", answer, device="")
    assert [s.key.device for s in found.series] == ["9901", "9902"]


def test_the_overview_is_a_register() -> None:
    overview = {
        "lastUpdateTime": "2023-11-09 10:28:56",
        "lifeTimeData": {"energy": 1.9191678e7},
        "lastDayData": {"energy": 2028.0},
        "currentPower": {"power": 1173.7279},
    }
    found = decode("solaredge", {"overview": overview})
    assert values(found) == {
        ("solar", "production", "energy", "TOTAL", "register"): 19_191_678_000,
        ("solar", "production", "power", "TOTAL", "power"): 1_173_728,
    }
    assert stamps(found) == {instant("2023-11-09T09:28:56Z")}


def test_overviews_of_several_sites_tell_their_numbers() -> None:
    when, made = "2023-11-09 10:28:56", {"energy": 1.5e6}
    sites: list[Any] = [
        {"siteId": 9901, "siteOverview": {"lastUpdateTime": when, "lifeTimeData": made}},
        {"siteId": 9902, "siteOverview": {"lastUpdateTime": None}},
        {"siteId": 9903, "siteOverview": {"lastUpdateTime": "today", "lifeTimeData": made}},
        7,
    ]
    answer = {"sitesOverviews": {"count": 3, "siteEnergyList": sites}}
    found = decode("solaredge", answer, device="")
    assert [(s.key.device, list(s.value)) for s in found.series] == [("9901", [1_500_000_000])]
    assert (found.rows, found.ignored, reasons(found)) == (3, 1, {3: "bad_time"})
    assert sniffed(answer) == {"solaredge": 1.0}


@pytest.mark.parametrize(
    ("source", "target", "drawn", "fed_in"),
    [("GRID", "Load", 130_000, 0), ("LOAD", "Grid", 0, 130_000), ("PV", "Load", 130_000, 0)],
)
def test_the_connections_tell_which_way_the_power_flows(
    source: str, target: str, drawn: int, fed_in: int
) -> None:
    flow = {
        "unit": "kW",
        "connections": [{"from": "PV", "to": "Load"}, {"from": source, "to": target}],
        "GRID": {"status": "Active", "currentPower": 0.13},
        "LOAD": {"status": "Active", "currentPower": 3.15},
        "PV": {"status": "Active", "currentPower": 3.02},
    }
    found = decode("solaredge", {"siteCurrentPowerFlow": flow})
    assert values(found) == {
        ("solar", "production", "power", "TOTAL", "power"): 3_020_000,
        ("electricity", "consumption", "power", "TOTAL", "power"): drawn,
        ("electricity", "injection", "power", "TOTAL", "power"): fed_in,
    }
    assert (stamps(found), qualities(found)) == ({NOW}, {Quality.ARRIVAL_TIME})
    assert sniffed({"siteCurrentPowerFlow": flow}) == {"solaredge": 1.0}
    assert decode("solaredge", {"siteCurrentPowerFlow": {}}).ignored == 1  # of no meter
    with pytest.raises(DecodeError) as caught:
        decode("solaredge", {"siteCurrentPowerFlow": flow | {"unit": "kWh"}})
    assert caught.value.reason == "bad_unit"


def test_f12_a_lifetime_of_nothing_is_no_reading() -> None:
    overview = {"lastUpdateTime": "2023-11-09 10:28:56", "lifeTimeData": {"energy": 0.0}}
    assert [g.column for g in decode("solaredge", {"overview": overview}).gaps] == [
        "lifeTimeData.energy"
    ]
    assert decode("solaredge", {"overview": {"lastUpdateTime": None}}).ignored == 1
    bad = decode("solaredge", {"overview": {"lastUpdateTime": "today"}})
    assert reasons(bad) == {1: "bad_time"}


@pytest.mark.parametrize(
    ("date", "value", "reason"),
    [
        ("2026-11-20 00:00:00", "x", "bad_number"),
        ("2026-11-20 00:00:00", -1.0, "out_of_range"),
        ("2026-11-20 00:00:00", 1e300, "out_of_range"),
        ("20/13/2026", 1.0, "bad_time"),
        (None, 1.0, "bad_time"),
        ({"a": 1}, 1.0, "bad_time"),
    ],
)
def test_a_bad_value_is_rejected_alone(date: Any, value: Any, reason: str) -> None:
    found = told("DAY", (date, value), ("2026-11-19 00:00:00", 5.0))
    assert reasons(found) == {1: reason}
    assert len(amounts(found)) == 1


@pytest.mark.parametrize(
    ("answer", "device", "reason"),
    [
        (energy("HOUR"), "", "missing_usage_point"),
        (energy("FORTNIGHT", ("2026-11-19 00:00:00", 5.0)), DEVICE, "unknown_step"),
        (energy("HOUR", unit="furlong"), DEVICE, "bad_unit"),
        (energy("HOUR", unit="m3"), DEVICE, "bad_unit"),
        ({"energy": {}}, DEVICE, "not_this_format"),
        ([], DEVICE, "not_this_format"),
    ],
)
def test_what_is_no_answer_is_an_error(answer: Any, device: str, reason: str) -> None:
    with pytest.raises(DecodeError) as caught:
        decode("solaredge", answer, device)
    assert caught.value.reason == reason


def test_an_answer_is_known_in_any_order_of_its_fields() -> None:
    whole = energy("HOUR", ("2026-11-20 00:00:00", 1.0))
    turned = {"energy": dict(reversed(whole["energy"].items()))}
    assert sniffed(whole) == sniffed(turned) == {"solaredge": 1.0}
    assert sniffed({"overview": {"lifeTimeData": {"energy": 1.0}}}) == {"solaredge": 1.0}


@pytest.mark.parametrize("number", [None, "", "  ", {}, [7]])
def test_a_site_without_a_number_is_that_of_the_usage_point_given(number: object) -> None:
    of = [{"date": "2026-11-20 00:00:00", "value": 1.0}]
    sites = [{"siteId": number, "energyValues": {"values": of}}]
    answer = {"sitesEnergy": {"timeUnit": "DAY", "unit": "Wh", "siteEnergyList": sites}}
    assert [s.key.device for s in decode("solaredge", answer).series] == [DEVICE]
    with pytest.raises(DecodeError, match="does not tell its usage point"):
        decode("solaredge", answer, device="")
