"""The real portal files beside the repository, to the last unit: totals told by the raw text."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest

import connectors
from hub.model import Context, Decoded, Series
from tests.connectors.golden import ARRIVAL, accounted

SAMPLES = Path(__file__).resolve().parents[2] / ".." / "shared" / "samples"
ENEDIS = SAMPLES / "electricity" / "enedis-portal-csv"
GAS = SAMPLES / "gas"
WATER = SAMPLES / "water" / "veolia-idf-csv"
PARIS = ZoneInfo("Europe/Paris")
GIVEN = "99123456789012"
pytestmark = [
    pytest.mark.samples,
    pytest.mark.skipif(
        not SAMPLES.is_dir(),
        reason="the sample files are not beside the repository (../shared/samples)",
    ),
]


def decode(path: Path) -> Decoded:
    """The file, by the connector that knows it best; its rows all accounted for, none rejected."""
    payload = path.read_bytes()
    sure = {n: connectors.load(n).sniff(payload[: 64 << 10]) for n in connectors.names()}
    best = max(sure, key=lambda name: sure[name])
    ctx = Context(received_at=ARRIVAL, file_name=path.name, device=GIVEN)
    decoded = connectors.load(best).decode(payload, ctx)
    assert len(accounted(decoded)) + decoded.ignored == decoded.rows
    assert decoded.rejects == []
    return decoded


def days(decoded: Decoded) -> dict[str, int]:
    """Local day -> amount of its intervals."""
    totals: dict[str, int] = defaultdict(int)
    for series in decoded.series:
        if series.key.kind == "interval":
            for ts, value in zip(series.ts, series.value, strict=True):
                totals[str(datetime.fromtimestamp(int(ts), PARIS).date())] += int(value)
    return dict(totals)


def only(decoded: Decoded, kind: str, register: str = "TOTAL") -> Series:
    found = [s for s in decoded.series if (s.key.kind, s.key.register) == (kind, register)]
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(
    ("name", "readings", "gaps"),
    [
        ("aeneria_Enedis_Conso_Heure.csv", 91, 13),
        ("tempo-comparatif_conso_headerless_crlf.csv", 579, 0),
    ],
)
def test_half_hours_add_up_to_the_file_s_days(name: str, readings: int, gaps: int) -> None:
    text = (ENEDIS / name).read_text("utf-8-sig")
    wanted: dict[str, int] = defaultdict(int)
    for stamp, watts in re.findall(r"^(\S{25});(\d+);?$", text, re.MULTILINE):
        start = datetime.fromisoformat(stamp) - timedelta(minutes=30)
        wanted[str(start.astimezone(PARIS).date())] += int(watts) * 500
    decoded = decode(ENEDIS / name)
    assert days(decoded) == dict(wanted)
    assert (len(only(decoded, "interval").ts), len(decoded.gaps)) == (readings, gaps)
    assert "the END" in decoded.notes[-2].en


def test_ten_minutes_of_a_larger_meter_start_at_their_stamp() -> None:
    decoded = decode(ENEDIS / "quoalise_cdc_10min_excerpt.csv")
    series = only(decoded, "interval")
    assert list(series.value) == [270 * 1000 // 6, 264 * 1000 // 6]
    assert [datetime.fromtimestamp(int(ts), UTC).isoformat() for ts in series.ts] == [
        "2020-08-20T21:40:00+00:00",
        "2020-08-20T21:50:00+00:00",
    ]
    assert len(decoded.gaps) == 2


def test_the_row_of_the_weekly_export_has_a_decimal_comma() -> None:
    assert days(decode(ENEDIS / "halinky_issue99_debut_fin_kw.csv")) == {"2023-03-02": 2_015_000}


def test_registers_differ_as_the_file_s_own_columns() -> None:
    text = (ENEDIS / "aeneria_Enedis_Conso_Jour_index.csv").read_text("utf-8-sig")
    rows = [row for row in csv.reader(io.StringIO(text), delimiter=";") if len(row) == 17][1:]
    decoded = decode(ENEDIS / "aeneria_Enedis_Conso_Jour_index.csv")
    assert (len(rows), decoded.ignored, len(decoded.series)) == (264, 7, 3)
    for register, column in (("F1", 2), ("D1", 12), ("TOTAL", 16)):
        series = only(decoded, "register", register)
        assert [int(v) for v in series.value] == [int(row[column]) * 1000 for row in rows]
        stamps = [int(datetime.fromisoformat(row[0]).timestamp()) for row in rows]
        assert [int(ts) for ts in series.ts] == stamps
        # The meter stays on UTC+1: its day is 24 hours long, whatever the label's offset.
        assert {(b - a) % 86_400 for a, b in pairwise(stamps)} == {0}


def test_gas_days_of_the_json_answer() -> None:
    name = "pygazpar_donnees_informatives_first150.json"
    (point,) = json.loads((GAS / "grdf-portal-json" / name).read_bytes()).values()
    records = point["releves"]
    decoded = decode(GAS / "grdf-portal-json" / name)
    wanted = {r["journeeGaziere"]: r["volumeBrutConsomme"] * 10**6 for r in records}
    assert days(decoded) == wanted
    assert sum(wanted.values()) == 1264 * 10**6
    index = only(decoded, "register").value
    assert index[-1] - index[0] == (records[-1]["indexFin"] - records[0]["indexDebut"]) * 10**6
    assert [p.value for p in decoded.context] == [r["coeffConversion"] for r in records]


def test_absence_in_the_json_answer_is_a_gap() -> None:
    decoded = decode(GAS / "grdf-portal-json" / "pygazpar_donnees_informatives_edge_records.json")
    assert [gap.row for gap in decoded.gaps] == [1]
    assert days(decoded) == {"2021-08-11": 0}
    assert list(only(decoded, "register").value) == [13936 * 10**6]


def cells(name: str) -> list[tuple[object, ...]]:
    """The rows below the heading, read by another library than the connector's."""
    book = openpyxl.load_workbook(GAS / "grdf-portal-xlsx" / name)
    page = book.active
    assert page is not None
    return [tuple(row)[1:] for row in page.iter_rows(min_row=10, values_only=True)]


def test_gas_by_day_week_and_month_tells_one_amount() -> None:
    names = [f"pygazpar_Donnees_informatives_PCE_{x}.xlsx" for x in ("DAILY", "WEEKLY", "MONTHLY")]
    by_day, by_week, by_month = (decode(GAS / "grdf-portal-xlsx" / name) for name in names)
    daily = {
        str(datetime.strptime(str(row[0]), "%d/%m/%Y").date()): int(float(str(row[3])) * 10**6)  # noqa: DTZ007
        for row in cells(names[0])
        if row[7] != "Absence de Données"
    }
    assert days(by_day) == daily
    assert [gap.row for gap in by_day.gaps] == [269, 362, 367]
    for longer in (by_week, by_month):
        assert sum(days(longer).values()) == sum(daily.values()) == 2100 * 10**6
        series = only(longer, "interval")
        assert series.seconds is not None
        for ts, seconds, value in zip(series.ts, series.seconds, series.value, strict=True):
            first = datetime.fromtimestamp(ts, PARIS).date()
            last = datetime.fromtimestamp(ts + seconds, PARIS).date()
            inside = sum(v for d, v in daily.items() if first <= date.fromisoformat(d) < last)
            assert value == inside, f"{first} to {last}"


def test_water_registers_and_their_irregular_hours() -> None:
    text = (WATER / "historique_jours_litres.csv").read_text("utf-8-sig")
    rows = [line.split(";") for line in text.splitlines()[1:]]
    series = only(decode(WATER / "historique_jours_litres.csv"), "register")
    assert [int(v) for v in series.value] == [int(row[1]) * 1000 for row in rows]
    shown = [
        datetime.fromtimestamp(int(ts), PARIS).strftime("%Y-%m-%d %H:%M:%S") for ts in series.ts
    ]
    assert shown == [row[0] for row in rows]


def test_water_months_end_at_midnight_after_their_last_day() -> None:
    series = only(decode(WATER / "historique_mois_litres.csv"), "register")
    shown = [datetime.fromtimestamp(int(ts), PARIS).isoformat() for ts in series.ts]
    assert shown == [f"2022-{month:02d}-01T00:00:00+02:00" for month in range(5, 11)]
    used = [(int(b) - int(a)) // 1000 for a, b in pairwise(series.value)]
    assert used == [21292, 18301, 28460, 24575, 14438]  # the file's own column
