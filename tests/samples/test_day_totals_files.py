# ruff: noqa: E501 - names of samples, and rows of the tables, are as long as they are
"""Day totals of the other electricity files, each beside its own ten lines over the raw text.

The inputs are the samples beside the repository where they hold amounts, else the golden inputs of
``tests/connectors``; a sample with one reading is loaded twice, the second time a month later.
"""

from __future__ import annotations

import io
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree as ET

import openpyxl
import pytest

from hub.store.connection import Connection, connect
from tests.connectors.golden import HERE
from tests.samples.totals import (
    Days,
    Proof,
    Raw,
    Told,
    a_home,
    instant,
    load_files,
    local,
    midnight,
    of_intervals,
    of_registers,
    shown,
)
from tests.stack import Stack

SAMPLES = Path(__file__).parents[3] / "shared" / "samples"
HALF = 1800


def sample(name: str) -> Callable[[], list[bytes]]:
    def read() -> list[bytes]:
        if not SAMPLES.is_dir():
            pytest.skip("no sample files beside the repository")
        return [(SAMPLES / name).read_bytes()]

    return read


def golden(name: str) -> Callable[[], list[bytes]]:
    return lambda: [path.read_bytes() for path in sorted((HERE / name).glob("input.*"))]


def text_of(raw: Raw) -> str:
    (payload,) = raw
    assert isinstance(payload, bytes)
    return payload.decode("utf-8-sig", "replace")


def mwh(wh: str, times: int = 1000) -> int:
    return int(Decimal(wh.replace(",", ".")) * times)


# curves and days


def quoalise_curve(raw: Raw) -> Days:
    """Mean watts over half an hour from bt + t on."""
    text = text_of(raw)
    base = re.search(r'bt="(\d+)"', text)
    assert base
    rows = re.findall(r'<senml .*?\bt="(\d+)" v="(\d+)"', text)
    starts = [(int(base[1]) + int(t), int(watts)) for t, watts in rows]
    return of_intervals((start, start + HALF, watts * 500) for start, watts in starts)


def espi(raw: Raw) -> Days:
    """Wh of the seconds from a UNIX time on; the unit is stated as 72 (Wh), times 10 to the 0."""
    told = []
    for block in re.findall(r"<IntervalReading>.*?</IntervalReading>", text_of(raw), re.DOTALL):
        seconds, start, wh = (
            int(found[1])
            for tag in ("duration", "start", "value")
            if (found := re.search(rf"<{tag}>(\d+)</{tag}>", block))
        )
        told.append((start, start + seconds, wh * 1000))
    return of_intervals(told)


def edf_powers(raw: Raw) -> Days:
    """Mean watts of half-hours, by the day under which they stand; 00:00 ends that day."""
    days: Days = defaultdict(int)
    seen = set()
    for row in text_of(raw).splitlines():
        if found := re.match(r"(\d\d)/(\d\d)/(\d{4});;", row):
            day = date(int(found[3]), int(found[2]), int(found[1]))
        elif (found := re.match(r"(\d\d:[03]0:00);(\d+);", row)) and (day, row) not in seen:
            days[day] += int(found[2]) * 500
            seen.add((day, row))
    return days


def edf_days(raw: Raw) -> Days:
    rows = re.findall(r"^(\d\d)/(\d\d)/(\d{4});([\d,]+);", text_of(raw), re.MULTILINE)
    return {date(int(y), int(m), int(d)): mwh(kwh, 10**6) for d, m, y, kwh in rows}


def edf_index_of_october() -> list[bytes]:
    """The rows on which both registers are told."""
    (payload,) = golden("edf_releves_csv/index")()
    return [payload.partition(b"01/03/2026")[0]]


def edf_index(raw: Raw) -> Days:
    """Kilowatt-hours of peak and off-peak at the midnight that a day begins with."""
    rows = re.findall(r"^(\d\d/\d\d/\d{4});[^;]*;(\d+);(\d+)", text_of(raw), re.MULTILINE)
    return of_registers(
        (name, local(day, "%d/%m/%Y"), mwh(kwh, 10**6))
        for day, *both in rows
        for name, kwh in zip(("HP", "HC"), both, strict=True)
    )


def day_of(text: str) -> date:
    """24/10/2026."""
    day, month, year = map(int, text[:10].split("/"))
    return date(year, month, day)


def sheets(raw: Raw) -> dict[str, list[tuple[object, ...]]]:
    (payload,) = raw
    assert isinstance(payload, bytes)
    book = openpyxl.load_workbook(io.BytesIO(payload))
    return {sheet.title: [row[1:] for row in sheet.values] for sheet in book}


def portal_days(title: str) -> Callable[[Raw], Days]:
    """Kilowatt-hours of a day; its date is a text or a date."""

    def read(raw: Raw) -> Days:
        days = {}
        for day, kwh in sheets(raw)[title]:
            if isinstance(day, str) and re.match(r"\d\d/\d\d/\d{4}$", day):
                day = day_of(day)
            if isinstance(day, date) and kwh != "NA":
                days[day.date() if isinstance(day, datetime) else day] = mwh(str(kwh), 10**6)
        return days

    return read


def portal_half_hours(raw: Raw) -> Days:
    """Kilowatts from a local begin to a local end, all of one day here."""
    days: Days = defaultdict(int)
    for start, _, kilowatts in (row[:4][-3:] for row in sheets(raw)["Consommation Horaire"]):
        if isinstance(start, str) and re.match(r"\d\d/\d\d/\d{4} ", start) and kilowatts != "NA":
            days[day_of(start)] += mwh(str(kilowatts), 10**6) // 2
    return days


def m023(business: str, shift: int) -> Callable[[Raw], Days]:
    """Mean watts of a curve whose local stamps are ``shift`` steps after the begin."""

    def read(raw: Raw) -> Days:
        told = []
        for measures in json.loads(text_of(raw))["mesures"]:
            for kind in measures["grandeur"]:
                if (kind["grandeurMetier"], kind["grandeurPhysique"]) == (business, "PA"):
                    for one in (one for one in kind["points"] if one["v"].isdecimal()):
                        step = int(re.sub(r"\D", "", one["p"])) * 60
                        start = local(one["d"], "%Y-%m-%d %H:%M:%S") - shift * step
                        told.append((start, start + step, int(one["v"]) * step * 1000 // 3600))
        return of_intervals(told)

    return read


def m023_days(raw: Raw) -> Days:
    (kind,) = [
        kind
        for flux in json.loads(text_of(raw))
        for measures in flux["mesures"]
        for kind in measures["grandeur"]
        if kind["grandeurPhysique"] == "EA"
    ]
    return {date.fromisoformat(one["d"]): mwh(one["v"]) for one in kind["points"]}


def first_two_bills() -> list[bytes]:
    """Those whose two grids are whole."""
    (payload,) = golden("enedis_flux_r67/contexts")()
    flux = json.loads(payload)
    del flux[0]["mesures"][0]["contexte"][2:]
    return [json.dumps(flux).encode()]


def bills(raw: Raw) -> Days:
    """Watt-hours of the supplier's class from one local day to another."""
    told = []
    for grid in re.findall(r'"codeGrille": "F".*?\]\}\]', text_of(raw)):
        start, end, wh = re.findall(
            r'"dbtMesure": "(.{10})", "finMesure": "(.{10})".*"quantite": (\d+)', grid
        )[0]
        told.append((local(start), local(end), mwh(wh)))
    return of_intervals(told)


# registers


def r151(raw: Raw) -> Days:
    """The supplier's registers (Wh), which stand for the END of the day that is told."""
    told: list[Told] = []
    for point in ET.fromstring(text_of(raw).replace("\ufffd", "?")).iter("PRM"):
        for reading in point.iter("Donnees_Releve"):
            day, wh = reading.findtext("Date_Releve"), reading.findtext("Classe_Temporelle/Valeur")
            if day and wh:
                end = midnight(date.fromisoformat(day) + timedelta(days=1))
                told.append((point.findtext("Id_PRM") or "", end, mwh(wh)))
    return of_registers(told)


def next_day_of_r151() -> list[bytes]:
    """The sample, and the same a day later with 7 300 Wh more on each register."""
    (payload,) = sample("electricity/enedis-flux/electricore_r151.xml")()
    later = re.sub(
        rb"(<Rang_Cadran>\d</Rang_Cadran><Valeur>)(\d+)",
        lambda found: found[1] + str(int(found[2]) + 7_300).encode(),
        payload,
    )
    return [payload, later.replace(b"2024-04-04", b"2024-04-05")]


def r151_files(raw: Raw) -> Days:
    """Both files; the supplier's class is the one that stands in no Distributeur."""
    told = []
    for payload in raw:
        assert isinstance(payload, bytes)
        tree = ET.fromstring(payload.decode())
        day, wh = tree.findtext(".//Date_Releve"), tree.findtext(".//Classe_Temporelle/Valeur")
        assert day and wh
        told.append(("F1", midnight(date.fromisoformat(day) + timedelta(days=1)), mwh(wh)))
    return of_registers(told)


def r64(raw: Raw) -> Days:
    """Wh at naive local stamps of the October night: one that goes back is an hour later."""
    told = []
    for name, points in re.findall(
        r'"idClasseTemporelle": "(\w+)".*?"valeur": \[(.*?)\]', text_of(raw)
    ):
        before = 0
        for stamp, wh in re.findall(r'"d": "([^"]+)", "v": (\d+)', points):
            ts = local(stamp, "%Y-%m-%d %H:%M:%S")
            before = ts if ts > before else local(stamp, "%Y-%m-%d %H:%M:%S", fold=1)
            told.append((name, before, mwh(wh)))
    return of_registers(told)


def next_day_of_r64() -> list[bytes]:
    """The sample, and the same a day later with 4 100 Wh more on each register."""
    (payload,) = sample("electricity/enedis-flux/electricore_r64.json")()
    later = re.sub(rb'("v": )(\d+)', lambda v: v[1] + str(int(v[2]) + 4_100).encode(), payload)
    return [payload, later.replace(b"2026-06-01 00", b"2026-06-02 00")]


def r64_total(raw: Raw) -> Days:
    """Of each meter the total, where it is told, else the supplier's registers."""
    told: list[tuple[str, str, int, int]] = []
    for payload in raw:
        assert isinstance(payload, bytes)
        for part in payload.decode().split('"idPrm": ')[1:]:
            for name, stamp, wh in re.findall(
                r'"codeCadran": "(\w+)".*?"d": "([^"]+)",\s*"v": (\d+)', part, re.DOTALL
            ):
                told.append((part[:16] + name, name, local(stamp[:10]), mwh(wh)))
    wanted = "IDX_EAS_T" if any(name == "IDX_EAS_T" for _, name, *_ in told) else "IDX_EAS_F"
    return of_registers((key, ts, v) for key, name, ts, v in told if name.startswith(wanted))


def next_month_of_c15() -> list[bytes]:
    """The sample, and the same a month later: 31 kWh more for the supplier, 30 in two classes."""
    (payload,) = sample("electricity/enedis-flux/electricore_c15_avec_releves.xml")()
    later = payload.replace(b"2024-10-04", b"2024-11-04").replace(b"+02:00", b"+01:00")
    for old, new in ((b"9569", b"9600"), (b"2531", b"2540"), (b"3005", b"3026")):
        later = later.replace(b">%b<" % old, b">%b<" % new)
    return [payload, later]


def c15(raw: Raw) -> Days:
    """The supplier's register in kWh at the instants of the contract's events."""
    told = []
    for payload in raw:
        assert isinstance(payload, bytes)
        for reading in ET.fromstring(payload.decode()).iter("Donnees_Releve"):
            stamp = reading.findtext("Date_Releve") or ""
            kwh = reading.findtext("Classe_Temporelle/Valeur") or ""
            told.append(("F1", instant(stamp), mwh(kwh, 10**6)))
    return of_registers(told)


# answers of gateways, saved


def of_tic(label: str) -> Callable[[Raw], Days]:
    """A register of frames in standard mode: DATE tells the season; one group has a bad sum."""

    def read(raw: Raw) -> Days:
        told = []
        for frame in text_of(raw).split("\x02"):
            stamp = re.search(r"\nDATE\t([HhEe])(\d{12})\t", frame)
            if stamp and (wh := re.search(rf"\n{label}\t(\d+)\t([^3])\r", frame)):
                winter = stamp[1] in "Hh"
                told.append((label, local(stamp[2], "%y%m%d%H%M%S", fold=winter), mwh(wh[1])))
        return of_registers(told)

    return read


def of_p1(code: str) -> Callable[[Raw], Days]:
    """Two registers of the telegrams of a file; S is summer, W is winter."""

    def read(raw: Raw) -> Days:
        told = []
        for telegram in text_of(raw).split("/FLU5")[1:]:
            stamp = re.search(r"0-0:1\.0\.0\((\d{12})([SW])\)", telegram)
            assert stamp
            ts = local(stamp[1], "%y%m%d%H%M%S", fold=stamp[2] == "W")
            for tier, kwh in re.findall(rf"1-0:{code}\.([12])\(([\d.]+)\*kWh\)", telegram):
                told.append((tier, ts, mwh(kwh, 10**6)))
        return of_registers(told)

    return read


def two(name: str, *swaps: tuple[bytes, bytes]) -> Callable[[], list[bytes]]:
    """A golden input and the same with other numbers, each of which stands in it."""

    def read() -> list[bytes]:
        (payload,) = golden(name)()
        later = payload
        for old, new in swaps:
            assert old in later
            later = later.replace(old, new)
        return [payload, later]

    return read


def answers(number: str, stamp: str, scale: int = 1000) -> Callable[[Raw], Days]:
    """Of each answer the number and the time that the patterns find."""

    def read(raw: Raw) -> Days:
        told = []
        for payload in raw:
            assert isinstance(payload, bytes)
            text = re.sub(r"\s+", " ", payload.decode())
            value, at = re.search(number, text), re.search(stamp, text)
            assert value and at
            ts = int(at[1]) if at[1].isdecimal() else instant(at[1])
            told.append(("", ts, mwh(value[1], scale)))
        return of_registers(told)

    return read


def solaredge_hours(raw: Raw) -> Days:
    """Wh of hours from their local begin on; null is nothing."""
    values = json.loads(text_of(raw))["energy"]["values"]
    days: Days = defaultdict(int)
    for one in (one for one in values if one["value"] is not None):
        days[date.fromisoformat(one["date"][:10])] += mwh(str(one["value"]))
    return days


METER_DAYS = (
    Proof("quoalise", sample("standards/senml/quoalise_prm_load_curve.xml"), quoalise_curve, ending=".xml"),
    Proof("quoalise", golden("quoalise/curve_of_the_october_night"), quoalise_curve, ending=".xml"),
    Proof("green_button", sample("standards/green-button-espi/electricity_TestGBDataHourlyNineDaysBinnedDaily.xml"), espi, ending=".xml"),
    Proof("edf_puissances_csv", golden("edf_puissances_csv/newest_first"), edf_powers, ending=".csv"),
    Proof("edf_puissances_csv", golden("edf_puissances_csv/october_night"), edf_powers, ending=".csv"),
    Proof("edf_releves_csv", golden("edf_releves_csv/days"), edf_days, ending=".csv"),
    Proof("edf_releves_csv", edf_index_of_october, edf_index, ending=".csv"),
    Proof("enedis_portal_xlsx", golden("enedis_portal_xlsx/days"), portal_days("Export Consommation Quotidienne"), ending=".xlsx"),
    Proof("enedis_portal_xlsx", golden("enedis_portal_xlsx/days"), portal_days("Export Production Quotidienne"), flow="injection", ending=".xlsx"),
    Proof("enedis_portal_xlsx", golden("enedis_portal_xlsx/week"), portal_half_hours, ending=".xlsx"),
    Proof("enedis_flux_r63", golden("enedis_flux_r63/curves_r63a"), m023("CONS", 0), ending=".json"),
    Proof("enedis_flux_r63", golden("enedis_flux_r63/curves_r63a"), m023("PROD", 1), flow="injection", ending=".json"),
    Proof("enedis_flux_r63", golden("enedis_flux_r63/days_r65"), m023_days, ending=".json"),
    Proof("enedis_flux_r67", first_two_bills, bills, ending=".json"),
    Proof("enedis_flux_r151", golden("enedis_flux_r151/two_points"), r151, ending=".xml"),
    Proof("enedis_flux_r151", next_day_of_r151, r151_files, ending=".xml"),
    Proof("enedis_flux_r64", golden("enedis_flux_r64/october_hour"), r64, ending=".json"),
    Proof("enedis_flux_r64", next_day_of_r64, r64_total, ending=".json"),
    Proof("enedis_flux_c15", next_month_of_c15, c15, ending=".xml"),
)  # fmt: skip
GATEWAY_DAYS = (
    Proof("linky_tic", golden("linky_tic/standard_october_night"), of_tic("EAST"), ending=".bin"),
    Proof("linky_tic", golden("linky_tic/standard_october_night"), of_tic("EAIT"), flow="injection", ending=".bin"),
    Proof("dsmr_p1", golden("dsmr_p1/be_file_october_night"), of_p1("1.8")),
    Proof("fronius", two("fronius/inverter_by_day", (b"35611042", b"35618042"), (b"2026-11-22T13", b"2026-11-24T10")), answers(r'"TOTAL_ENERGY": \{ "Unit": "Wh", "Value": (\d+)', r'"Timestamp": "([^"]+)'), "solar", "production", ".json"),
    Proof("fronius", two("fronius/meters", (b"1739327", b"1751000"), (b"2026-11-22T13", b"2026-11-24T10")), answers(r'"EnergyReal_WAC_Sum_Consumed": (\d+)', r'"Timestamp": "([^"]+)'), ending=".json"),
    Proof("fronius", two("fronius/meters", (b"739014", b"745000"), (b"2026-11-22T13", b"2026-11-24T10")), answers(r'"EnergyReal_WAC_Sum_Produced": (\d+)', r'"Timestamp": "([^"]+)'), flow="injection", ending=".json"),
    Proof("enphase_envoy", two("enphase_envoy/production_metered", (b"5123456.7891", b"5131111.5"), (b"1795348795", b"1795472000")), answers(r'"type": "eim".*?"readingTime": \d+, "wNow": [\d.]+, "whLifetime": ([\d.]+)', r'"type": "eim".*?"readingTime": (\d+)'), "solar", "production", ".json"),
    Proof("solaredge", sample("solar/solaredge-api/energy_hour.json"), solaredge_hours, "solar", "production", ".json"),
    Proof("solaredge", golden("solaredge/hours_of_the_october_night"), solaredge_hours, "solar", "production", ".json"),
    Proof("ngsi_ld", two("ngsi_ld/ac_normalized", (b"150781.96448", b"150790.5"), (b"2026-11-22T11", b"2026-11-24T09")), answers(r'"totalActiveEnergyImport": \{ "type": "Property", "value": ([\d.]+)', r'"observedAt": "([^"]+)"', 10**6), ending=".json"),
)  # fmt: skip
PROOFS = METER_DAYS + GATEWAY_DAYS


@pytest.fixture
def url(stack: Stack) -> Iterator[str]:
    with stack.fresh_database() as address:
        yield address


@pytest.fixture
def conn(url: str) -> Iterator[Connection]:
    with connect(url, application="test") as connection:
        a_home(connection)
        yield connection


@pytest.mark.parametrize(
    "proof", [pytest.param(p, id=f"{n}-{p.connector}-{p.flow}") for n, p in enumerate(PROOFS)]
)
def test_day_totals_of_a_file(conn: Connection, url: str, tmp_path: Path, proof: Proof) -> None:
    wanted = proof.by_hand(proof.raw())
    assert sum(wanted.values()) > 0
    load_files(conn, url, proof, tmp_path)
    assert shown(conn, url, proof.commodity, proof.flow) == dict(wanted)
