"""The real uplinks, water answers and context files beside the repository, told by the raw text."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import connectors
from hub.model import Context, Decoded
from tests.connectors.golden import ARRIVAL, accounted

SAMPLES = Path(__file__).resolve().parents[2] / ".." / "shared" / "samples"
UPLINKS = SAMPLES / "water" / "lorawan-uplink"
TEMPO = SAMPLES / "grid" / "tempo"
WEATHER = SAMPLES / "weather"
ENEDIS = SAMPLES / "electricity" / "enedis-data-connect"
PARIS = ZoneInfo("Europe/Paris")
PAYLOADS = sorted(UPLINKS.glob("*_payload.json"))
pytestmark = [
    pytest.mark.samples,
    pytest.mark.skipif(
        not SAMPLES.is_dir(),
        reason="the sample files are not beside the repository (../shared/samples)",
    ),
]


def decode(path: Path, connector: str) -> Decoded:
    """The file, which this connector alone knows; its rows all accounted for, none rejected."""
    payload = path.read_bytes()
    sure = {n: connectors.load(n).sniff(payload[: 64 << 10]) for n in connectors.names()}
    assert {n for n, value in sure.items() if value} == {connector}
    ctx = Context(received_at=ARRIVAL, file_name=path.name, device="99000001")
    decoded = connectors.load(connector).decode(payload, ctx)
    assert len(accounted(decoded)) + decoded.ignored == decoded.rows
    assert decoded.rejects == []
    return decoded


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


@pytest.mark.parametrize("path", PAYLOADS, ids=lambda path: path.name)
def test_a_milesight_counter_says_what_another_converter_made_of_it(path: Path) -> None:
    oracle = json.loads(path.with_name(path.name.replace("_payload", "_result")).read_bytes())
    (told,) = oracle if isinstance(oracle, list) else [oracle]
    wanted = {
        (entry["ts"] // 1000, round(float(entry["values"][name]) * 1000))
        for entry in told["telemetry"]
        for name in ("pulse", "water")
        if name in entry["values"]
    }
    assert len(wanted) == 1
    decoded = decode(path, "lorawan")
    (series,) = decoded.series
    assert {(int(t), int(v)) for t, v in zip(series.ts, series.value, strict=True)} == wanted
    # the uplink says neither the unit nor what a pulse is worth, nor of what: a bare count
    key = series.key
    assert (key.device, key.commodity, key.quantity) == (told["attributes"]["eui"], "", "units")
    assert [note.code for note in decoded.notes] == ["no_unit"]


def test_there_are_seven_counters_of_three_servers() -> None:
    servers = Counter(path.name.split("_")[-2] for path in PAYLOADS)
    assert servers == {
        "ChirpStack": 2,
        "LORIOT": 1,
        "ThingsStackCommunity": 2,
        "ThingsStackIndustries": 2,
    }


def test_an_axioma_meter_tells_a_day_of_hours() -> None:
    path = UPLINKS / "ttn_axioma_qalcosonic_w1_decoded.json"
    said = json.loads(path.read_bytes())
    data = said["output"]["data"]
    (series,) = decode(path, "lorawan").series
    assert (series.key.commodity, series.key.quantity) == ("water", "volume")
    assert (int(series.ts[0]), int(series.value[0])) == (utc("2026-09-02T23:09:34Z"), 6_054_000)
    pairs = sorted(zip(series.ts, series.value, strict=True))
    used = [round((int(b[1]) - int(a[1])) / 1000) for a, b in pairwise(pairs)]
    assert used == [round(data.get(f"delta_{n}_m3", 0) * 1000) for n in range(1, 24)]
    assert {b[0] - a[0] for a, b in pairwise(pairs)} == {3600}
    assert pairs[-1][1] - pairs[0][1] == 116_000

    raw = {**said, "output": {}}
    ctx = Context(received_at=ARRIVAL, device="99000001")
    (again,) = connectors.load("lorawan").decode(json.dumps(raw).encode(), ctx).series
    assert sorted(zip(again.ts, again.value, strict=True)) == pairs


def colours(decoded: Decoded) -> dict[str, str]:
    """Day -> colour; every point stands at 06:00 of its day."""
    told = {}
    for point in decoded.context:
        begin = datetime.fromtimestamp(point.ts, PARIS)
        assert (point.series, begin.hour, begin.minute) == ("tempo", 6, 0)
        told[str(begin.date())] = point.label or ""
    return told


def test_tempo_of_four_publishers() -> None:
    api = decode(TEMPO / "api_couleur_tempo.jsonl", "tempo")
    assert colours(api) == {"2026-04-06": "BLUE"}
    assert [gap.start for gap in api.gaps] == [utc("2026-09-30T06:00+02:00")]
    light = decode(TEMPO / "rte_tempoLight.json", "tempo")
    assert (light.rows, colours(light)) == (2, {"2025-01-02": "RED", "2025-01-01": "BLUE"})
    assert colours(decode(TEMPO / "rte_tempo_like_calendars.json", "tempo")) == {
        "2023-02-27": "WHITE",
        "2023-02-26": "BLUE",
        "2023-02-25": "BLUE",
    }
    assert colours(decode(ENEDIS / "myelectricaldatapy_tempo.json", "tempo")) == {
        "2023-03-01": "BLUE",
        "2023-03-02": "RED",
        "2023-03-03": "BLUE",
    }


def test_tempo_of_four_years() -> None:
    path = TEMPO / "tempo-comparatif_tempo.json"
    names = {"BLEU": "BLUE", "BLANC": "WHITE", "ROUGE": "RED"}
    wanted: dict[str, str] = {}
    for entry in json.loads(path.read_bytes())["dates"]:
        year, month, day = entry["date"].split("-")
        wanted[f"{year}-{month:0>2}-{day:0>2}"] = names[entry["couleur"].removeprefix("TEMPO_")]
    decoded = decode(path, "tempo")
    assert (decoded.rows, colours(decoded)) == (1489, wanted)
    assert Counter(point.label for point in decoded.context) == {
        "BLUE": 1222,
        "WHITE": 180,
        "RED": 87,
    }
    # one season of Tempo: 22 red days and 43 white ones
    season = Counter(c for d, c in wanted.items() if "2021-09-01" <= d < "2022-09-01")
    assert season == {"RED": 22, "WHITE": 43, "BLUE": 300}


def test_ecowatt_hours() -> None:
    path = ENEDIS / "myelectricaldatapy_ecowatt.json"
    stamps = re.findall(r'"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)": (\d)', path.read_text("utf-8"))
    decoded = decode(path, "ecowatt")
    told = [(datetime.fromtimestamp(p.ts, PARIS), p.value, p.label) for p in decoded.context]
    assert [(f"{at:%Y-%m-%d %H:%M:%S}", f"{value:.0f}") for at, value, _ in told] == stamps
    assert len(stamps) == 48
    assert {label for _, _, label in told} == {"GREEN"}


def test_eco2mix_of_one_moment() -> None:
    path = SAMPLES / "grid" / "eco2mix" / "odre_record_2022-06-01.json"
    fields: dict[str, Any] = json.loads(path.read_bytes())["fields"]
    (point,) = decode(path, "eco2mix").context
    assert (point.series, point.value) == ("co2_electricity/FR", fields["taux_co2"])
    local = datetime.fromtimestamp(point.ts, PARIS)
    assert f"{local:%Y-%m-%d %H:%M}" == f"{fields['date']} {fields['heure']}"


def test_open_meteo_of_a_day_in_paris() -> None:
    path = WEATHER / "open-meteo-json" / "paris_hourly_2024-08-17.json"
    hourly = json.loads(path.read_bytes())["hourly"]
    decoded = decode(path, "open_meteo")
    assert {point.series for point in decoded.context} == {"temperature/48.86,2.34"}
    assert [point.value for point in decoded.context] == hourly["temperature_2m"]
    shown = [f"{datetime.fromtimestamp(p.ts, PARIS):%Y-%m-%dT%H:%M}" for p in decoded.context]
    assert shown == hourly["time"]
    assert [note.code for note in decoded.notes] == ["left_aside"]


def test_meteo_france_hours_days_and_rain() -> None:
    folder = WEATHER / "meteo-france-csv"
    text = (folder / "H_44_blain_excerpt.csv").read_text("utf-8")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    hours = decode(folder / "H_44_blain_excerpt.csv", "meteo_france_csv")
    assert [(p.series, p.value) for p in hours.context] == [
        (f"temperature/{row['NUM_POSTE']}", float(row["T"])) for row in rows
    ]
    first = utc("2024-01-01T00:00Z")
    stamps = [datetime.fromtimestamp(point.ts, UTC) for point in hours.context]
    assert [f"{at:%Y%m%d%H}" for at in stamps] == [row["AAAAMMJJHH"] for row in rows]
    assert stamps[0] + timedelta(hours=3) == stamps[3]
    assert int(stamps[0].timestamp()) == first
    days = decode(folder / "Q_38_autrans_excerpt.csv", "meteo_france_csv")
    assert {(p.series, p.ts, p.value) for p in days.context} == {
        ("temperature_min/38020001", utc("1970-08-02T00:00Z"), 8.4),
        ("temperature_max/38020001", utc("1970-08-02T00:00Z"), 24.6),
    }
    rain = decode(folder / "MN_infrahoraire_arbent_excerpt.csv", "meteo_france_csv")
    assert (rain.rows, rain.ignored, rain.context) == (4, 4, [])
    assert [note.code for note in rain.notes] == ["no_temperature"]
