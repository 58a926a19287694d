"""Names, steps and stamps of Quoalise's documents."""

from __future__ import annotations

from typing import Any

import pytest

from hub.model import Decoded, DecodeError, Quality
from tests.connectors.answers import decode, sniffed
from tests.connectors.files import amounts, instant, reasons

PRM = "99123456789012"
T0 = instant("2020-09-14T00:00:00Z")
SECONDS = '<sampling interval="1800"/>'


def document(*records: str, sampling: str = SECONDS) -> bytes:
    measurement = f'<measurement direction="production">{sampling}</measurement>'
    pack = f'<sensml xmlns="urn:ietf:params:xml:ns:senml">{"".join(records)}</sensml>'
    return (
        f'<quoalise xmlns="urn:quoalise:0"><data><meta>{measurement}</meta>{pack}</data></quoalise>'
    ).encode()


def record(of: str, value: Any, unit: str = "W", t: int = T0) -> str:
    return f'<senml n="urn:dev:prm:{PRM}{of}" t="{t}" v="{value}" u="{unit}"/>'


def told(*records: str, sampling: str = SECONDS) -> Decoded:
    return decode("quoalise", document(*records, sampling=sampling), device="")


@pytest.mark.parametrize(
    "name",
    [
        "_consumption_load",
        "_consumption/active_power/raw",
        ":consumption/active_power/raw",
        "_consumption/power/active/raw",
        "_consumption/power/active/corrected",
    ],
)
def test_t07_f01_a_curve_is_a_mean_power_from_its_stamp_on(name: str) -> None:
    found = told(record(name, 245))
    assert amounts(found) == {"2020-09-14T00:00": (1800, 122_500)}
    key = found.series[0].key
    assert (key.device, key.commodity, key.flow) == (PRM, "electricity", "consumption")
    corrected = [Quality.CORRECTED_BY_SOURCE] if name.endswith("corrected") else None
    assert found.series[0].quality == corrected


def test_the_name_tells_the_flow_and_production_is_fed_in() -> None:
    assert told(record("_production_load", 245)).series[0].key.flow == "injection"


@pytest.mark.parametrize(
    ("sampling", "seconds"),
    [
        ('<sampling interval="600"/>', 600),
        ('<sampling interval="PT1H"/>', 3600),
        ('<measurement sampling-interval="PT10M"/>', 600),
    ],
)
def test_the_step_is_stated(sampling: str, seconds: int) -> None:
    found = told(record("_consumption_load", 60), sampling=sampling)
    assert amounts(found) == {"2020-09-14T00:00": (seconds, 60_000 * seconds // 3600)}


@pytest.mark.parametrize("sampling", ["", '<sampling interval=""/>', '<sampling interval="x"/>'])
def test_f02_a_curve_without_a_step_is_refused(sampling: str) -> None:
    assert reasons(told(record("_consumption_load", 60), sampling=sampling)) == {1: "unknown_step"}


@pytest.mark.parametrize(
    ("start", "hours"),
    [
        ("2026-03-29T00:00+01:00", 23),
        ("2026-10-25T00:00+02:00", 25),
        ("2026-06-01T00:00+02:00", 24),
    ],
)
def test_days_are_local(start: str, hours: int) -> None:
    found = told(record("_consumption/energy/active/daily", 5, "Wh", instant(start)))
    assert list(amounts(found).values()) == [(hours * 3600, 5_000)]


def test_f05_tariff_classes_stand_beside_the_total() -> None:
    base = "_consumption/energy/active/index"
    names = (base, f"{base}/distributor/hph", f"{base}/provider/hp")
    found = told(*(record(name, 10 + i, "Wh") for i, name in enumerate(names)), sampling="")
    assert {s.key.register: list(s.value) for s in found.series} == {
        "TOTAL": [10_000],
        "D_HPH": [11_000],
        "HP": [12_000],
    }
    assert {s.key.kind for s in found.series} == {"register"}


def test_what_is_not_counted_is_ignored_and_what_is_no_meter_refused() -> None:
    found = told(
        record("_consumption/power/apparent/max", 5000, "VA"),
        record("_consumption/voltage/raw", 230, "V"),
        '<senml n="urn:dev:ow:10e2073a0108006:voltage" t="1" v="1" u="V"/>',
    )
    assert (found.ignored, reasons(found)) == (2, {3: "bad_name"})


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (record("_consumption_load", "ND"), "bad_number"),
        (record("_consumption_load", -5), "out_of_range"),
        (record("_consumption_load", 5, "Wh"), "bad_unit"),
        (record("_consumption_load", 5, t=60), "missing_time"),
        (record("_consumption/energy/active/daily", 5, "W"), "bad_unit"),
        (f'<senml n="urn:dev:prm:{PRM}_consumption_load" t="x" v="1" u="W"/>', "bad_time"),
    ],
)
def test_a_bad_record_is_rejected_alone(bad: str, reason: str) -> None:
    found = told(bad, record("_consumption_load", 245))
    assert (reasons(found), len(amounts(found))) == ({1: reason}, 1)


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"<quoalise", "not_xml"),
        (b'<quoalise xmlns="urn:quoalise:0"><data/></quoalise>', "not_this_format"),
        (b"<x><data><sensml/></data></x>", "not_this_format"),
    ],
)
def test_what_is_no_document_is_an_error(payload: bytes, reason: str) -> None:
    with pytest.raises(DecodeError) as caught:
        decode("quoalise", payload)
    assert caught.value.reason == reason


def test_it_is_surer_than_any_senml() -> None:
    sure = sniffed(document(record("_consumption/power/active/raw", 1)))
    assert max(sure, key=lambda name: sure[name]) == "quoalise"
    assert sure["senml"] < 1
