"""The real answers of inverters beside the repository: what the raw files say, and nothing more."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import connectors
from hub.model import Context, Decoded
from ingest.recognise import recognise
from tests.connectors.golden import ARRIVAL, accounted
from tests.connectors.messages import qualities, stamps, values

SAMPLES = Path(__file__).resolve().parents[2] / ".." / "shared" / "samples"
SOLAR = SAMPLES / "solar"
ENVOY = SOLAR / "enphase-envoy-local"
FRONIUS = SOLAR / "fronius-solar-api"
SOLAREDGE = SOLAR / "solaredge-api"
PARIS = ZoneInfo("Europe/Paris")
pytestmark = [
    pytest.mark.samples,
    pytest.mark.skipif(
        not SAMPLES.is_dir(),
        reason="the sample files are not beside the repository (../shared/samples)",
    ),
]
MADE = ("solar", "production", "energy", "TOTAL", "register")
POWER = ("solar", "production", "power", "TOTAL", "power")
DRAWN, FED_IN = (
    ("electricity", flow, "energy", "TOTAL", "register") for flow in ("consumption", "injection")
)
FROM_GRID, TO_GRID = (
    ("electricity", flow, "power", "TOTAL", "power") for flow in ("consumption", "injection")
)
#: Of the files with these words in their names no reading is expected.
SILENT = ("ivp_meters.json", "3PInverterData", "MeterRealtimeData", "StorageRealtimeData")


def decode(path: Path, **more: Any) -> Decoded:
    """The file by the connector that is surest of it; nothing rejected, every row accounted for."""
    payload = path.read_bytes()
    ctx = Context(received_at=ARRIVAL, device="99000000009", **more)
    decoded = connectors.load(recognise(payload[: 64 << 10])).decode(payload, ctx)
    assert len(accounted(decoded)) + decoded.ignored == decoded.rows
    assert decoded.rejects == []
    return decoded


def milli(number: Any) -> int:
    """A thousand times a number as it is written in the file, to the nearest."""
    return int((Decimal(str(number)) * 1000).to_integral_value())


def read(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"), parse_float=Decimal)


def each(folder: Path, words: str, count: int) -> list[Path]:
    found = sorted(path for path in folder.iterdir() if words in path.name)
    assert len(found) == count
    return found


@pytest.mark.parametrize(
    ("folder", "connector", "count"),
    [(ENVOY, "enphase_envoy", 12), (FRONIUS, "fronius", 11), (SOLAREDGE, "solaredge", 3)],
)
def test_every_answer_is_recognised_and_read(folder: Path, connector: str, count: int) -> None:
    for path in each(folder, "", count):
        assert recognise(path.read_bytes()[: 64 << 10]) == connector
        told = decode(path)
        assert bool(told.series) != any(words in path.name for words in SILENT)


def test_envoy_lifetimes_are_those_of_the_metered_production() -> None:
    for path in each(ENVOY, "_production_json", 2) + each(ENVOY, "_production_noext", 2):
        (teller,) = (p for p in read(path)["production"] if p["type"] == "eim")
        (net,) = (c for c in read(path)["consumption"] if c["measurementType"][:3] == "net")
        told = values(decode(path))
        assert told == {
            MADE: milli(teller["whLifetime"]),
            POWER: max(0, milli(teller["wNow"])),
            FROM_GRID: max(0, milli(net["wNow"])),
            TO_GRID: max(0, -milli(net["wNow"])),
        }
        assert stamps(decode(path)) == {teller["readingTime"]}


def test_envoy_simple_answers_are_of_their_arrival() -> None:
    for path in each(ENVOY, "api_v1_production.json", 3):
        said, told = read(path), decode(path)
        assert values(told) == {
            MADE: milli(said["wattHoursLifetime"]),
            POWER: milli(said["wattsNow"]),
        }
        assert (stamps(told), qualities(told)) == ({ARRIVAL}, {2})


def test_envoy_inverters_add_up() -> None:
    for path in each(ENVOY, "inverters", 3):
        said, told = read(path), decode(path)
        newest = max(inverter["lastReportDate"] for inverter in said)
        assert all(newest - inverter["lastReportDate"] < 900 for inverter in said)
        assert values(told) == {POWER: milli(sum(i["lastReportWatts"] for i in said))}
        assert stamps(told) == {newest}


@pytest.mark.parametrize("with_meters", [False, True])
def test_envoy_meters(with_meters: bool) -> None:
    (path,), (meters,) = each(ENVOY, "readings", 1), each(ENVOY, "ivp_meters.json", 1)
    companions = {"/ivp/meters": meters.read_bytes()} if with_meters else {}
    made, net = read(path)
    told = decode(path, companions=companions)
    assert values(told) == {
        MADE: milli(made["actEnergyDlvd"]),
        POWER: milli(made["activePower"]),
        DRAWN: milli(net["actEnergyDlvd"]),
        FED_IN: milli(net["actEnergyRcvd"]),
        FROM_GRID: 0,
        TO_GRID: -milli(net["activePower"]),
    }
    assert (values(told)[MADE], stamps(told)) == (3_183_793_885, {1_693_745_133})


def test_fronius_totals() -> None:
    for path in each(FRONIUS, "Inverter", 6):
        if "3PInverterData" in path.name:  # voltages and currents
            continue
        data, told = read(path)["Body"]["Data"], values(decode(path))
        field = data["TOTAL_ENERGY"]
        total = field["Value"] if "Value" in field else sum(field["Values"].values())
        assert told[MADE] == milli(total)
        if "PAC" in data:
            field = data["PAC"]
            assert told[POWER] == milli(field.get("Value", sum(field.get("Values", {}).values())))
        assert set(told) <= {MADE, POWER}
        stamp = datetime.fromisoformat(read(path)["Head"]["Timestamp"])
        assert stamps(decode(path)) == {int(stamp.timestamp())}


def test_fronius_power_flow_at_night() -> None:
    (path,) = each(FRONIUS, "PowerFlow", 1)
    assert values(decode(path)) == {FROM_GRID: 367_722, TO_GRID: 0}


def test_solaredge_hours() -> None:
    path = SOLAREDGE / "energy_hour.json"
    said = read(path)["energy"]["values"]
    wanted = {
        int(datetime.fromisoformat(v["date"]).replace(tzinfo=PARIS).timestamp()): milli(v["value"])
        for v in said
        if v["value"] is not None
    }
    (series,) = (told := decode(path)).series
    assert dict(zip(map(int, series.ts), map(int, series.value), strict=True)) == wanted
    assert set(map(int, series.seconds or [])) == {3600}
    assert sum(wanted.values()) == 2_695_000
    assert len(told.gaps) == sum(v["value"] is None for v in said) == 18


def test_solaredge_months() -> None:
    path = SOLAREDGE / "energy_month.json"
    (series,) = decode(path).series
    for value, ts, seconds, amount in zip(
        read(path)["energy"]["values"], series.ts, series.seconds or [], series.value, strict=True
    ):
        start = datetime.fromisoformat(value["date"]).replace(tzinfo=PARIS)
        end = (start + timedelta(days=32)).replace(day=1)
        assert (int(ts), int(seconds)) == (
            int(start.timestamp()),
            int(end.timestamp()) - int(start.timestamp()),
        )
        assert int(amount) == milli(value["value"])
    assert (series.key.period, sum(map(int, series.value))) == ("month", 1_440_964_000)


def test_solaredge_overview() -> None:
    told = decode(SOLAREDGE / "overview.json")
    assert values(told) == {MADE: 19_191_678_000, POWER: 1_173_728}
    assert stamps(told) == {int(datetime.fromisoformat("2023-11-09T10:28:56+01:00").timestamp())}
