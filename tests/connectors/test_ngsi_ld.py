"""NGSI-LD entities in the forms that context brokers give them."""

from __future__ import annotations

import json
from typing import Any

import pytest

import connectors
from hub.model import Context, Decoded, DecodeError, Quality
from tests.connectors.answers import decode, sniffed
from tests.connectors.messages import NOW, devices, qualities, stamps, values

AT = "2026-11-22T11:59:30.173Z"
USED, FED_IN = (
    ("electricity", flow, "energy", "TOTAL", "register") for flow in ("consumption", "injection")
)
FROM_GRID, TO_GRID = (
    ("electricity", flow, "power", "TOTAL", "power") for flow in ("consumption", "injection")
)
DEVICE = "urn:ngsi-ld:Device:99"
AC = {
    "id": "urn:ngsi-ld:ACMeasurement:99",
    "type": "ACMeasurement",
    "refDevice": [DEVICE],
    "dateObserved": AT,
    "totalActiveEnergyImport": 150781.96448,
    "totalActiveEnergyExport": 1059.80176,
    "totalActivePower": -31.5,
}
ONE = {
    "id": "urn:ngsi-ld:DeviceMeasurement:99",
    "type": "DeviceMeasurement",
    "refDevice": DEVICE,
    "dateObserved": AT,
    "controlledProperty": "electricityConsumption",
    "numValue": 7970.903,
    "unit": "KWH",
}
READ = {USED: 150_781_964_480, FED_IN: 1_059_801_760, FROM_GRID: 0, TO_GRID: 31_500}


def told(document: Any) -> Decoded:
    return decode("ngsi_ld", document, device="")


def one(**more: Any) -> Decoded:
    return told(ONE | more)


def normalized(entity: dict[str, Any], at: str = "") -> dict[str, Any]:
    """The entity with every attribute written out, and its moment beside each number."""
    moment = {"observedAt": at} if at else {}
    return {
        name: value
        if name in ("id", "type")
        else {"type": "Relationship", "object": value}
        if name == "refDevice"
        else {"type": "Property", "value": value, **(moment if type(value) is float else {})}
        for name, value in entity.items()
    }


@pytest.mark.parametrize(
    "document",
    [
        AC,
        normalized(AC),
        [AC],
        {"type": "Notification", "data": [AC]},
        {
            "type": "FeatureCollection",
            "features": [{"type": "Feature", "id": "urn:x", "properties": normalized(AC)}],
        },
        {"type": "Feature", "id": "urn:x", "geometry": {}, "properties": AC},
        {"metadata": {}, "body": {"data": [normalized(AC)]}},
        {
            name if name in ("id", "type") else f"https://x.example/m#{name}": v
            for name, v in AC.items()
        },
        AC | {"type": "https://smartdatamodels.org/dataModel.Energy/ACMeasurement"},
        AC | {"type": ["ThreePhaseAcMeasurement"]},
        normalized(AC | {"dateObserved": {"type": "DateTime", "value": "2026-11-22TT"}}, AT),
        AC | {"totalActiveEnergyExport": {"value": 1059801.76, "unitCode": "WHR"}},
    ],
)
def test_one_entity_in_every_form(document: Any) -> None:
    found = told(document)
    assert values(found) == READ
    assert (devices(found), stamps(found), found.rejects) == ({DEVICE}, {NOW - 30}, [])


def test_f05_phases_are_added_up_where_there_is_no_total() -> None:
    phases = {"L1": 100.125, "L2": 200.25, "L3": 0.0001}
    entity = {k: v for k, v in AC.items() if not k.startswith("total")}
    assert values(told(entity | {"activeEnergyImport": phases})) == {USED: 300_375_100}
    both = entity | {"activeEnergyImport": phases, "totalActiveEnergyImport": 5}
    assert values(told(both)) == {USED: 5_000_000}
    single = entity | {"activePower": {"L": 12.5}, "totalActivePower": None}
    assert values(told(single)) == {FROM_GRID: 12_500, TO_GRID: 0}
    for bad in ({"L1": "x"}, {"N": 5}, {}):
        found = told(entity | {"activeEnergyImport": bad})
        assert (found.series, [r.reason for r in found.rejects]) == ([], ["bad_number"])


@pytest.mark.parametrize(
    ("controlled", "unit", "number", "channel", "amount"),
    [
        ("electricityConsumption", "KWH", 7.5, USED, 7_500_000),
        ("energy", "Wh", 7.5, USED, 7_500),
        ("activeEnergyExport", "MWH", 7.5, FED_IN, 7_500_000_000),
        (
            "gasComsumption",
            "MTQ",
            7.5,
            ("gas", "consumption", "volume", "TOTAL", "register"),
            7_500_000,
        ),
        (
            "gasConsumption",
            "m3",
            7.5,
            ("gas", "consumption", "volume", "TOTAL", "register"),
            7_500_000,
        ),
        (
            "waterConsumption",
            "LTR",
            5,
            ("water", "consumption", "volume", "TOTAL", "register"),
            5_000,
        ),
        (
            "heatConsumption",
            "GV",
            3.6,
            ("heat", "consumption", "energy", "TOTAL", "register"),
            10**9,
        ),
        (
            "solarProduction",
            "kWh",
            1,
            ("solar", "production", "energy", "TOTAL", "register"),
            10**6,
        ),
        ("solarProduction", "KWT", 1, ("solar", "production", "power", "TOTAL", "power"), 10**6),
    ],
)
def test_a_measurement_is_what_its_property_and_unit_say(
    controlled: str, unit: str, number: float, channel: Any, amount: int
) -> None:
    found = one(controlledProperty=controlled, unit=unit, numValue=number)
    assert values(found) == {channel: amount}


def test_f10_the_unit_of_the_number_comes_before_that_of_the_entity() -> None:
    found = one(numValue={"type": "Property", "value": 5, "unitCode": "WHR"})
    assert values(found) == {USED: 5_000}


def test_who_measured() -> None:
    assert devices(one(refDevice=None)) == {ONE["id"]}
    assert devices(one(refDevice={"type": "Property", "value": "urn:x"})) == {"urn:x"}
    found = one(refDevice="\n", id="")
    assert [(r.reason, r.column) for r in found.rejects] == [("bad_name", "refDevice")]
    assert [r.reason for r in one(refDevice=None, id=None).rejects] == ["bad_name"]


def test_an_outlier_is_marked() -> None:
    assert qualities(one(outlier=True)) == {Quality.METER_FAULT}
    assert qualities(one(outlier=False)) == {Quality.GOOD}


@pytest.mark.parametrize(
    ("fields", "reason", "column"),
    [
        ({"unit": "furlong"}, "bad_unit", "unit"),
        ({"unit": None}, "bad_unit", "unit"),
        ({"unit": "kVA"}, "bad_unit", "unit"),
        ({"numValue": "many"}, "bad_number", "numValue"),
        ({"numValue": -1}, "out_of_range", "numValue"),
        ({"dateObserved": "yesterday at noon"}, "bad_time", "dateObserved"),
        ({"dateObserved": None}, "missing_time", "dateObserved"),
    ],
)
def test_a_bad_entity_is_rejected_alone(fields: Any, reason: str, column: str) -> None:
    found = told([ONE | fields, ONE])
    assert [(r.row, r.reason, r.column) for r in found.rejects] == [(1, reason, column)]
    assert values(found) == {USED: 7_970_903_000}


def test_a_message_without_a_time_is_of_its_arrival() -> None:
    payload = json.dumps({k: v for k, v in ONE.items() if k != "dateObserved"}).encode()
    ctx = Context(NOW, topic="city/ngsi")
    found = connectors.load("ngsi_ld").decode(payload, ctx)
    assert (stamps(found), qualities(found)) == ({NOW}, {Quality.ARRIVAL_TIME})


@pytest.mark.parametrize("nothing", [None, ""])
def test_f09_null_is_a_gap(nothing: Any) -> None:
    found = one(numValue=nothing)
    assert (found.series, [g.column for g in found.gaps]) == ([], ["numValue"])


def test_what_is_of_no_meter_is_ignored_and_what_is_no_entity_rejected() -> None:
    found = told([ONE | {"controlledProperty": "humidity"}, {"type": "Building"}, ONE, 5])
    assert (found.rows, found.ignored) == (4, 2)
    assert [(r.row, r.reason) for r in found.rejects] == [(4, "not_this_format")]


@pytest.mark.parametrize("document", [{}, [], [1], {"data": []}, {"a": {"type": "x"}}, 5, None])
def test_what_holds_no_entity_is_an_error(document: Any) -> None:
    with pytest.raises(DecodeError) as caught:
        told(document)
    assert caught.value.reason == "not_this_format"


def test_an_entity_is_known_by_its_type() -> None:
    for document in (AC, [normalized(ONE)], {"data": [ONE]}, AC | {"type": ["ACMeasurement"]}):
        assert sniffed(document) == {"ngsi_ld": 1.0}
    assert sniffed({"type": "Building"}) == {}


WATER = ("water", "consumption", "volume", "TOTAL", "register")


def test_f10_water_is_read_in_the_unit_that_is_told_and_in_no_other() -> None:
    meter = {"id": "urn:ngsi-ld:Consumer:99", "type": "WaterConsumptionObserved"}
    for code, cm3 in (("LTR", 191_051_000), ("MTQ", 191_051_000_000), ("m3", 191_051_000_000)):
        said = {"type": "Property", "value": 191051, "observedAt": AT, "unitCode": code}
        found = told(meter | {"waterConsumption": said, "maxFlow": {"value": 620}})
        assert (values(found), devices(found)) == ({WATER: cm3}, {"urn:ngsi-ld:Consumer:99"})
        assert sniffed([meter]) == {"ngsi_ld": 1.0}
    for wrong in ({}, {"unitCode": "KWH"}, {"unitCode": "x"}):
        found = told(meter | {"waterConsumption": {"value": 5, "observedAt": AT, **wrong}})
        assert [(r.reason, r.column) for r in found.rejects] == [("bad_unit", "unit")]
    assert told(meter | {"maxFlow": {"value": 620}}).ignored == 1


@pytest.mark.parametrize(
    ("controlled", "unit", "channel"),
    [
        (["energy"], "Wh", USED),
        (["humidity", "activeEnergyExport"], "Wh", FED_IN),
        (["energy", "power"], "W", FROM_GRID),
    ],
)
def test_the_first_controlled_property_that_is_a_meter_s(
    controlled: list[str], unit: str, channel: tuple[str, ...]
) -> None:
    found = one(controlledProperty=controlled, unit=unit, numValue=7)
    assert {key: value for key, value in values(found).items() if value} == {channel: 7_000}
    written = told(normalized(ONE | {"controlledProperty": controlled, "unit": unit}))
    assert channel in values(written)


@pytest.mark.parametrize("controlled", [["humidity"], [], [None], [["energy"]], None])
def test_controlled_properties_of_no_meter_are_ignored(controlled: Any) -> None:
    assert one(controlledProperty=controlled).ignored == 1


@pytest.mark.parametrize(
    "when",
    [
        {"dateObserved": f"2026-11-22T11:00:00Z/{AT}"},
        {"dateObserved": f"PT15M/{AT}"},
        {"dateObserved": None, "dateObservedFrom": "2026-11-22T11:00:00Z", "dateObservedTo": AT},
    ],
)
def test_f01_a_register_is_of_the_end_of_its_interval(when: dict[str, Any]) -> None:
    assert stamps(told(AC | when)) == {NOW - 30}
    bad = told(AC | {"dateObserved": "2026-11-22T11:00:00Z/PT15M"})
    assert {(r.reason, r.column) for r in bad.rejects} == {("bad_time", "dateObserved")}
