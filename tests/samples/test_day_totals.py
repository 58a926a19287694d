"""The hub's day totals of each electricity file are those of ten lines over the raw file.

Loaded into a database, rolled up, read from `household_day`: what a resident sees. What these lines
compute they compute from the text alone.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest

from hub.store.connection import Connection, connect
from tests.ingest.test_samples import SAMPLES, load, register
from tests.rollup.store import worker
from tests.stack import Stack
from tests.store.district import bring

ELECTRICITY = SAMPLES / "electricity"
PARIS = ZoneInfo("Europe/Paris")
HALF = timedelta(minutes=30)
#: Local day -> mWh.
Days = dict[date, int]

pytestmark = [
    pytest.mark.samples,
    pytest.mark.skipif(not SAMPLES.is_dir(), reason="no sample files beside the repository"),
]


def portal_half_hours(text: str) -> Days:
    """Mean watts whose stamp is the end of half an hour."""
    days: Days = defaultdict(int)
    for stamp, watts in re.findall(r"^(\S{25});(\d+);?\r?$", text, re.MULTILINE):
        days[(datetime.fromisoformat(stamp) - HALF).astimezone(PARIS).date()] += int(watts) * 500
    return days


def ten_minutes(text: str) -> Days:
    """Mean watts whose stamp is the begin of ten minutes."""
    days: Days = defaultdict(int)
    for stamp, watts in re.findall(r"^(\S{25});(\d+)\r?$", text, re.MULTILINE):
        days[datetime.fromisoformat(stamp).astimezone(PARIS).date()] += int(watts) * 1000 // 6
    return days


def from_to_kilowatts(text: str) -> Days:
    """Half-hours with begin, end and a decimal comma."""
    days: Days = defaultdict(int)
    for row in list(csv.reader(io.StringIO(text), delimiter=";"))[1:]:
        if len(row) == 3:
            day, month, year = row[0][:10].split("/")
            watts = round(float(row[2].replace(",", ".")) * 1000)
            days[date(int(year), int(month), int(day))] += watts * 500
    return days


def curve_answer(text: str) -> Days:
    """Naive local ends of half-hours."""
    days: Days = defaultdict(int)
    for one in json.loads(text)["meter_reading"]["interval_reading"]:
        days[(datetime.fromisoformat(one["date"]) - HALF).date()] += int(one["value"]) * 500
    return days


def daily_answer(text: str) -> Days:
    readings = json.loads(text)["meter_reading"]["interval_reading"]
    return {date.fromisoformat(one["date"]): int(one["value"]) * 1000 for one in readings}


def detailed_soap(text: str) -> Days:
    days: Days = defaultdict(int)
    for one in ET.fromstring(text).iter("mesure"):
        said = {child.tag: child.text or "" for child in one}
        assert said["p"] == "PT10M"
        day = datetime.fromisoformat(said["d"].replace(".000", "")).astimezone(PARIS).date()
        days[day] += int(said["v"]) * 1000 // 6
    return days


WHOLE: dict[str, tuple[str, Callable[[str], Days]]] = {
    "enedis-portal-csv/aeneria_Enedis_Conso_Heure.csv": ("enedis_portal_csv", portal_half_hours),
    "enedis-portal-csv/tempo-comparatif_conso_headerless_crlf.csv": (
        "enedis_portal_csv",
        portal_half_hours,
    ),
    "enedis-portal-csv/quoalise_cdc_10min_excerpt.csv": ("enedis_portal_csv", ten_minutes),
    "enedis-portal-csv/halinky_issue99_debut_fin_kw.csv": ("enedis_portal_csv", from_to_kilowatts),
    "enedis-data-connect/myelectricaldatapy_detail.json": ("enedis_data_connect", curve_answer),
    "enedis-data-connect/myelectricaldatapy_daily.json": ("enedis_data_connect", daily_answer),
    "enedis-sge-soap/lowatt_consulterMesuresDetailleesResponse.xml": (
        "enedis_sge_soap",
        detailed_soap,
    ),
}
#: Connectors that have a test of their own below.
IN_TESTS = ("enedis_portal_csv", "enedis_sge_soap", "enedis_flux_r15")


@pytest.fixture
def url(stack: Stack) -> Iterator[str]:
    with stack.fresh_database() as address:
        yield address


@pytest.fixture
def conn(url: str) -> Iterator[Connection]:
    with connect(url, application="test") as connection:
        bring(connection)
        yield connection


def rolled_up(conn: Connection, url: str, name: str, connector: str) -> Days:
    """The household's days after the file was loaded."""
    path = ELECTRICITY / name
    register(conn, path, "electricity", connector)
    assert load(url, path).counts["rejected"] == 0
    with worker(url) as one:
        assert one.drain() > 0
    rows = conn.execute(
        "SELECT day, sum(measured + coalesce(allocated, 0))::int8 FROM household_day"
        " JOIN measure USING (measure_id) WHERE register = 'TOTAL' AND flow = 'consumption'"
        " AND commodity = 'electricity' GROUP BY day ORDER BY day"
    ).fetchall()
    return dict(rows)


@pytest.mark.parametrize("name", WHOLE)
def test_day_totals(conn: Connection, url: str, name: str) -> None:
    connector, by_hand = WHOLE[name]
    wanted = by_hand((ELECTRICITY / name).read_text("utf-8-sig"))
    assert wanted
    assert rolled_up(conn, url, name, connector) == dict(wanted)


def test_day_totals_of_registers_read_at_midnight_of_the_meters_clock(
    conn: Connection, url: str
) -> None:
    """In winter the meter's day is ours; in summer an hour of each day is its neighbour's (F3)."""
    name = "enedis-portal-csv/aeneria_Enedis_Conso_Jour_index.csv"
    text = (ELECTRICITY / name).read_text("utf-8-sig")
    rows = [row for row in csv.reader(io.StringIO(text), delimiter=";") if len(row) == 17][1:]
    registers = [(datetime.fromisoformat(row[0]), int(row[16]) * 1000) for row in rows]
    found = rolled_up(conn, url, name, "enedis_portal_csv")
    assert sum(found.values()) == registers[-1][1] - registers[0][1]
    compared = 0
    for (start, opening), (end, closing) in pairwise(registers):
        if start.hour == end.hour == 0 and end - start == timedelta(days=1):
            assert found[start.date()] == closing - opening, start
            compared += 1
    assert compared == 63  # SOURCES.md: 64 rows in winter


def test_periods_of_billing_keep_their_amounts(conn: Connection, url: str) -> None:
    """Two months that follow each other: 483 and 494 kWh, each within its own days."""
    found = rolled_up(
        conn, url, "enedis-sge-soap/lowatt_consulterMesuresResponse.xml", "enedis_sge_soap"
    )
    turn = date(2021, 2, 3)
    assert sum(v for day, v in found.items() if day < turn) == 494 * 10**6
    assert sum(v for day, v in found.items() if day >= turn) == 483 * 10**6
    assert (min(found), max(found)) == (date(2021, 1, 5), date(2021, 3, 4))


def test_the_two_readings_of_a_billing_flux_tell_what_was_used_between_them(
    conn: Connection, url: str
) -> None:
    """Distributor 100 kWh, supplier 101: each set holds the whole; the supplier's counts (F5)."""
    name = "enedis-flux/electricore_r15.xml"
    of_supplier = ET.parse(ELECTRICITY / name).iterfind(".//Classe_Temporelle[Classe_Mesure='1']")
    ((closing, opening),) = (
        (int(one.findtext(f"Valeur{which}") or "") for which in ("", "_Precedent"))
        for one in of_supplier
    )
    found = rolled_up(conn, url, name, "enedis_flux_r15")
    assert sum(found.values()) == (closing - opening) * 10**6 == 101 * 10**6
    assert (min(found), max(found)) == (date(2024, 7, 1), date(2024, 7, 30))
