"""Enedis's real answers and flux beside the repository, to the last unit, by their raw text."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import connectors
from hub.model import Context, Decoded, DecodeError
from tests.connectors.golden import ARRIVAL, accounted

SAMPLES = Path(__file__).resolve().parents[2] / ".." / "shared" / "samples" / "electricity"
FLUX = SAMPLES / "enedis-flux"
SOAP = SAMPLES / "enedis-sge-soap"
JSON = SAMPLES / "enedis-data-connect"
PARIS = ZoneInfo("Europe/Paris")
#: Dials of the distributor's classes, as the flux R64 itself tells them.
DIALS = {"hcb": "D1", "hpb": "D2", "hch": "D3", "hph": "D4"}
pytestmark = [
    pytest.mark.samples,
    pytest.mark.skipif(
        not SAMPLES.is_dir(),
        reason="the sample files are not beside the repository (../shared/samples)",
    ),
]


def decode(path: Path, connector: str) -> Decoded:
    """The file, which only ``connector`` knows; its rows all accounted for, none rejected."""
    payload = path.read_bytes()
    sure = {n: connectors.load(n).sniff(payload[: 64 << 10]) for n in connectors.names()}
    assert [name for name, value in sure.items() if value > 0] == [connector]
    ctx = Context(received_at=ARRIVAL, file_name=path.name)
    decoded = connectors.load(connector).decode(payload, ctx)
    assert len(accounted(decoded)) + decoded.ignored == decoded.rows
    assert decoded.rejects == []
    return decoded


def days(decoded: Decoded) -> dict[str, int]:
    """Local day -> amount of its intervals."""
    totals: dict[str, int] = defaultdict(int)
    for series in decoded.series:
        for ts, value in zip(series.ts, series.value, strict=True):
            totals[str(datetime.fromtimestamp(int(ts), PARIS).date())] += int(value)
    return dict(totals)


def registers(decoded: Decoded) -> dict[tuple[str, str, str], int]:
    """(device, register, local instant) -> Wh."""
    return {
        (s.key.device, s.key.register, datetime.fromtimestamp(int(ts), PARIS).isoformat()): int(
            value
        )
        // 1000
        for s in decoded.series
        for ts, value in zip(s.ts, s.value, strict=True)
    }


def expected(name: str) -> list[dict[str, Any]]:
    """What another reader of the same file found."""
    found: list[dict[str, Any]] = json.loads((FLUX / "expected" / name).read_bytes())
    return found


def test_half_hours_of_data_connect_add_up_to_the_file_s_days() -> None:
    (answer,) = json.loads((JSON / "myelectricaldatapy_detail.json").read_bytes()).values()
    wanted: dict[str, int] = defaultdict(int)
    for point in answer["interval_reading"]:
        start = datetime.fromisoformat(point["date"]) - timedelta(minutes=30)
        wanted[str(start.date())] += int(point["value"]) * 500
    decoded = decode(JSON / "myelectricaldatapy_detail.json", "enedis_data_connect")
    assert days(decoded) == dict(wanted)
    assert (list(wanted), decoded.rows) == (["2023-03-01", "2023-03-02", "2023-03-03"], 144)
    assert {s.key.device for s in decoded.series} == {"01234567890"}
    assert "the END" in decoded.notes[0].en


def test_days_of_data_connect() -> None:
    (answer,) = json.loads((JSON / "myelectricaldatapy_daily.json").read_bytes()).values()
    wanted = {p["date"]: int(p["value"]) * 1000 for p in answer["interval_reading"]}
    decoded = decode(JSON / "myelectricaldatapy_daily.json", "enedis_data_connect")
    assert days(decoded) == wanted
    (series,) = decoded.series
    assert series.seconds is not None
    assert sum(series.seconds) == (date(2023, 3, 8) - date(2022, 3, 8)).days * 86_400
    assert {int(seconds) // 3600 for seconds in series.seconds} == {23, 24, 25}


@pytest.mark.parametrize("name", ["access", "contract"])
def test_other_answers_of_data_connect_hold_no_readings(name: str) -> None:
    with pytest.raises(DecodeError) as caught:
        decode(JSON / f"myelectricaldatapy_{name}.json", "enedis_data_connect")
    assert caught.value.reason == "no_readings"


@pytest.mark.parametrize("name", ["tempo", "ecowatt"])
def test_colours_and_signals_are_not_data_connect_s(name: str) -> None:
    payload = (JSON / f"myelectricaldatapy_{name}.json").read_bytes()
    assert connectors.load("enedis_data_connect").sniff(payload) == 0


def test_ten_minutes_of_sge_start_at_their_stamp() -> None:
    text = (SOAP / "lowatt_consulterMesuresDetailleesResponse.xml").read_text("utf-8")
    wanted: dict[str, int] = defaultdict(int)
    for watts, stamp in re.findall(r"<v>(\d+)</v><d>([^<]+)</d><p>PT10M</p>", text):
        day = datetime.fromisoformat(stamp).astimezone(PARIS).date()
        wanted[str(day)] += int(watts) * 1000 * 600 // 3600
    decoded = decode(SOAP / "lowatt_consulterMesuresDetailleesResponse.xml", "enedis_sge_soap")
    assert days(decoded) == dict(wanted) == {"2020-03-01": 137_997}
    (series,) = decoded.series
    assert series.seconds is not None
    assert (series.key.device, list(series.seconds)) == ("99999999990002", [600] * 8)
    assert "the START" in decoded.notes[0].en


def test_both_grids_of_sge_tell_one_amount() -> None:
    text = (SOAP / "lowatt_consulterMesuresResponse.xml").read_text("utf-8")
    found = re.findall(r"<valeur>(\d+)\s*</valeur>\s*<dateDebut>([\d-]+)", text)
    decoded = decode(SOAP / "lowatt_consulterMesuresResponse.xml", "enedis_sge_soap")
    assert {s.key.register: len(s.ts) for s in decoded.series} == {"D1": 2, "BASE": 2}
    for series in decoded.series:
        starts = [str(datetime.fromtimestamp(int(ts), PARIS).date()) for ts in series.ts]
        amounts = [int(value) // 10**6 for value in series.value]
        grid = found[:2] if series.key.register == "D1" else found[2:]
        assert dict(zip(starts, amounts, strict=True)) == {day: int(kwh) for kwh, day in grid}
        assert series.key.device == "99999999990003"


def test_r151_registers_are_those_of_the_day_s_end() -> None:
    decoded = decode(FLUX / "electricore_r151.xml", "enedis_flux_r151")
    text = (FLUX / "electricore_r151.xml").read_text("utf-8")
    raw = re.findall(
        r"Temporelle(_Distributeur)?><Id.*?<Rang_Cadran>(\d)</.*?<Valeur>(\d+)</Valeur>", text
    )
    found = registers(decoded)
    assert sorted(found.values()) == sorted(int(value) for _, _, value in raw)
    (other,) = expected("electricore_flux_r151.json")
    for name, dial in DIALS.items():
        key = (other["pdl"], dial, other["date_releve"])
        assert found[key] // 1000 == other[f"index_{name}_kwh"]
    assert found[other["pdl"], "F1", other["date_releve"]] == 23_270_652
    assert len(found) == 5


def test_r15_registers_and_those_of_the_reading_before() -> None:
    decoded = decode(FLUX / "electricore_r15.xml", "enedis_flux_r15")
    (other,) = expected("electricore_flux_r15.json")
    prm, before = other["pdl"], "2024-07-01T00:00:00+02:00"
    assert registers(decoded) == {
        (prm, "D1", other["date_releve"]): other["index_base_kwh"] * 1000,
        (prm, "D1", before): 10_060_000,
        (prm, "F1", other["date_releve"]): 15_276_000,
        (prm, "F1", before): 15_175_000,
    }
    # The file's own energies since the reading before: 100 and 101 kWh.
    assert (decoded.rows, decoded.ignored) == (4, 2)


def test_r64_registers_of_two_points() -> None:
    decoded = decode(FLUX / "electricore_r64.json", "enedis_flux_r64")
    found = registers(decoded)
    for other in expected("electricore_flux_r64.json"):
        stamp = other["date_releve"]
        for name, dial in DIALS.items():
            assert found[other["pdl"], dial, stamp] // 1000 == other[f"index_{name}_kwh"]
    text = (FLUX / "electricore_r64.json").read_text("utf-8")
    assert sorted(found.values()) == sorted(map(int, re.findall(r'"v": (\d+)', text)))
    for prm in ("99103630318530", "99331145115979"):
        mine = {r: value for (p, r, _), value in found.items() if p == prm}
        parts = sum(value for r, value in mine.items() if r.startswith("D"))
        assert abs(parts - mine["TOTAL"]) < 5  # each register is rounded


def test_c15_of_a_changed_tariff_has_registers_that_go_on_and_three_that_join() -> None:
    decoded = decode(FLUX / "electricore_c15_avec_releves.xml", "enedis_flux_c15")
    text = (FLUX / "electricore_c15_avec_releves.xml").read_text("utf-8")
    raw = [int(value) for value in re.findall(r"<Valeur>(\d+)</Valeur>", text)]
    found = registers(decoded)
    assert sorted(found.values()) == sorted(1000 * value for value in raw)
    prm, before, after = (
        "99660599682036",
        "2024-10-04T00:01:00+02:00",
        "2024-10-04T00:02:00+02:00",
    )
    assert found[prm, "D1", before] == found[prm, "D1", after] == 2_531_000
    assert found[prm, "F1", before] == found[prm, "F1", after] == 9_569_000
    assert [found[prm, f"D{n}", after] for n in (2, 3, 4)] == [3_005_000, 1_065_000, 2_967_000]
    at = datetime.fromisoformat(after)
    # one register for the whole year before, four after: together they are the supplier's one
    assert [(e.at, e.kind, e.register, e.closing, e.opening) for e in decoded.events] == [
        (int(at.timestamp()), "register-set", f"D{n}", None, 1000 * found[prm, f"D{n}", after])
        for n in (2, 3, 4)
    ]
    assert found[prm, "F1", after] - sum(found[prm, f"D{n}", after] for n in (1, 2, 3, 4)) == 1000


@pytest.mark.parametrize("name", ["f12", "f15"])
def test_bills_hold_no_readings(name: str) -> None:
    with pytest.raises(DecodeError) as caught:
        decode(FLUX / f"electricore_{name}.xml", "enedis_flux_r15")
    assert caught.value.reason == "no_readings"
