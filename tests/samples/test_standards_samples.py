"""The real and official examples of open standards beside the repository, decoded to what others
made of them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

import connectors
from hub.model import Context, Decoded
from ingest.recognise import recognise
from tests.connectors.golden import ARRIVAL, accounted
from tests.connectors.messages import devices, stamps, values

SAMPLES = Path(__file__).resolve().parents[2] / ".." / "shared" / "samples"
ESPI = SAMPLES / "standards" / "green-button-espi"
NGSI = SAMPLES / "standards" / "ngsi-ld"
pytestmark = [
    pytest.mark.samples,
    pytest.mark.skipif(
        not SAMPLES.is_dir(),
        reason="the sample files are not beside the repository (../shared/samples)",
    ),
]
#: mWh of the units that the expected texts use; the therm is the US gas industry's.
MWH = {"Wh": Decimal(1000), "therm": Decimal(105_480_400) * 5 / 18}
LINE = re.compile(
    r"^ +(\S+ \S+), (?:(\d+) days?, )?(\d+):(\d\d):(\d\d): (\S+) (Wh|therm)\b", re.MULTILINE
)


def decode(path: Path, connector: str) -> Decoded:
    payload = path.read_bytes()
    assert recognise(payload[: 64 << 10]) == connector
    ctx = Context(received_at=ARRIVAL, file_name=path.name, device="99000000009")
    decoded = connectors.load(connector).decode(payload, ctx)
    assert len(accounted(decoded)) + decoded.ignored == decoded.rows
    return decoded


def expected(name: str) -> list[tuple[int, int, int]]:
    """(start, seconds, mWh) of each line that another reader made of the feed."""
    found = []
    for at, days, hours, minutes, seconds, number, unit in LINE.findall(
        (ESPI / "expected" / f"{name}.txt").read_text("utf-8")
    ):
        length = timedelta(
            days=int(days or 0), hours=int(hours), minutes=int(minutes), seconds=int(seconds)
        )
        amount = int((Decimal(number) * MWH[unit]).to_integral_value())
        start = int(datetime.fromisoformat(at).timestamp())
        found.append((start, int(length.total_seconds()), amount))
    return found


def test_there_are_five_feeds_and_what_is_expected_of_each() -> None:
    names = {path.stem for path in ESPI.glob("*.xml")}
    assert names == {path.stem for path in (ESPI / "expected").iterdir()}
    assert len(names) == 5


@pytest.mark.parametrize(
    ("name", "commodity", "readings", "summaries"),
    [
        ("abridged_electric_containerized", "electricity", 8, 1),
        ("abridged_gas_direct", "gas", 5, 0),
        ("electricity_TestGBDataHourlyNineDaysBinnedDaily", "electricity", 216, 1),
        (
            "natural_gas_ngma_natural_gas_billing_billing_data_Service_1_1_2021-05-26_to_2024-04-25",
            "gas",
            35,
            0,
        ),
    ],
)
def test_green_button(name: str, commodity: str, readings: int, summaries: int) -> None:
    told = decode(ESPI / f"{name}.xml", "green_button")
    (series,) = told.series
    assert (series.key.commodity, series.key.flow, series.key.quantity) == (
        commodity,
        "consumption",
        "energy",
    )
    found = list(
        zip(
            map(int, series.ts), map(int, series.seconds or []), map(int, series.value), strict=True
        )
    )
    assert sorted(found) == sorted(expected(name))
    assert (len(found), told.rows, told.ignored) == (readings, readings + summaries, summaries)
    assert (told.rejects, told.gaps) == ([], [])


def test_green_button_without_a_unit_is_refused_reading_by_reading() -> None:
    """The other reader takes gas, therms and thousandths for granted; the feed says none of it."""
    name = "abridged_gas_containerized"
    told = decode(ESPI / f"{name}.xml", "green_button")
    assert [reject.reason for reject in told.rejects] == ["bad_unit"] * len(expected(name))
    assert (told.rows, told.series) == (3, [])


def test_quoalise_curve() -> None:
    path = SAMPLES / "standards" / "senml" / "quoalise_prm_load_curve.xml"
    told = decode(path, "quoalise")
    (series,) = told.series
    text = path.read_text("utf-8")
    watts = [int(value) for value in re.findall(r' v="(\d+)"', text)]
    begin, steps = re.findall(r' bt="(\d+)"', text)[0], re.findall(r' t="(\d+)"', text)
    assert list(series.value) == [w * 1000 * 1800 // 3600 for w in watts]
    assert list(series.ts) == [int(begin) + int(step) for step in steps]
    assert list(series.seconds or []) == [1800] * 4
    assert (series.key.device, series.key.flow) == ("0" * 14, "consumption")
    assert (sum(map(int, series.value)), told.rejects) == (704_500, [])


def test_senml_of_the_rfc_in_xml_is_answered_record_by_record() -> None:
    path = SAMPLES / "standards" / "senml" / "rfc8428_example_multiple_datapoints.xml"
    told = decode(path, "senml")
    assert [reject.reason for reject in told.rejects] == ["bad_name"] * 7  # volts and amperes


def test_ngsi_ld_measurements_of_alternating_current() -> None:
    told = decode(NGSI / "ACMeasurement_example-normalized_excerpt.json", "ngsi_ld")
    assert values(told) == {
        ("electricity", "consumption", "energy", "TOTAL", "register"): 150_781_964_480,
        ("electricity", "injection", "energy", "TOTAL", "register"): 1_059_801_760,
        ("electricity", "consumption", "power", "TOTAL", "power"): 31_700_270,
        ("electricity", "injection", "power", "TOTAL", "power"): 0,
    }
    assert devices(told) == {"urn:ngsi-ld:Device:T1-F01-TR05-ACTP"}
    assert stamps(told) == {int(datetime.fromisoformat("2020-02-24T22:00:00Z").timestamp())}
    assert told.rejects == []  # its dateObserved is no date, and is not needed


def test_ngsi_ld_humidity_is_nothing_of_ours() -> None:
    told = decode(NGSI / "DeviceMeasurement_example-normalized.jsonld", "ngsi_ld")
    assert (told.rows, told.ignored, told.series) == (1, 1, [])
