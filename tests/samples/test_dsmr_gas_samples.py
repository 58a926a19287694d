"""Real P1 telegrams, GRDF answers and PyGazpar files: every value told by the raw text."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import connectors
from hub.model import Context, Decoded, DecodeError
from ingest.recognise import recognise
from tests.connectors.golden import accounted
from tests.connectors.messages import NOW, qualities

SAMPLES = Path(__file__).resolve().parents[2] / ".." / "shared" / "samples"
P1 = SAMPLES / "electricity" / "dsmr-p1"
GAS = SAMPLES / "gas"
PARIS = ZoneInfo("Europe/Paris")
GIVEN = "99123456789012"
pytestmark = [
    pytest.mark.samples,
    pytest.mark.skipif(
        not SAMPLES.is_dir(),
        reason="the sample files are not beside the repository (../shared/samples)",
    ),
]

TELEGRAMS = {
    "ESY5Q3DA1004_V304": ("1ESY1336001560", None),
    "ESY5Q3DB1024_V304": ("1ESY1313002565", None),
    "FLUVIUS_V171": ("1SAG3101021605", "2020-05-12T13:54:09+02:00"),
    "ISKRA_IE": ("09610", "2023-02-02T13:27:47+02:00"),  # the meter says S in February
    "SAGEMCOM_T210_D_R": (GIVEN, "2022-10-06T15:50:14+02:00"),  # tells no number
    "V2_2": (GIVEN, None),  # its number is zeros
    "V3": ("K8EG004046395507", None),
    "V4_2": ("3960221976967177082151037881335713", "2016-11-13T20:57:57+01:00"),
    "V5": ("K8EG004046395507", "2017-01-02T19:20:02+01:00"),
}
#: Meters behind them: number, commodity, instant, cm3.
BEHIND = {
    "FLUVIUS_V171": {
        ("7FLO2119033733", "gas", "2020-05-12T13:45:58+02:00", 112_384_000),
        ("8SAG1234567890", "water", "2020-05-12T13:45:58+02:00", 872_234_000),
    },
    "V2_2": {(f"{GIVEN}/1", "gas", "2016-11-07T19:00:00+01:00", 1_001_000)},
    "V3": {("2222ABCD123456789", "gas", "2009-02-12T16:00:00+01:00", 1_001_000)},
    "V4_2": {
        ("4819243993373755377509728609491464", "gas", "2016-11-29T20:00:00+01:00", 981_443_000)
    },
    "V5": {("2222ABCD123456789", "gas", "2017-01-02T16:10:05+01:00", 107_000)},
}


def decode(path: Path, device: str = GIVEN, topic: str = "", known_as: str = "") -> Decoded:
    """The sample, by the connector that recognises it; every row accounted for."""
    payload = path.read_bytes()
    name = known_as or recognise(payload[: 64 << 10])
    ctx = Context(received_at=NOW, file_name=path.name, device=device, topic=topic)
    decoded = connectors.load(name).decode(payload, ctx)
    assert len(accounted(decoded)) + decoded.ignored == decoded.rows
    return decoded


def telegram(name: str) -> Path:
    return P1 / f"dsmr_parser_TELEGRAM_{name}.txt"


def thousandths(number: str, unit: str) -> int:
    """mWh or mW of ``number`` kWh, Wh, kW or W, to the nearest."""
    return round(Decimal(number) * (10**6 if unit.startswith("k") else 10**3))


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


# P1 telegrams


@pytest.mark.parametrize("name", TELEGRAMS)
def test_every_register_and_power_of_a_telegram_is_there(name: str) -> None:
    raw = telegram(name).read_text("utf-8")
    wanted: dict[tuple[str, str, str], int] = {}
    for side, kind, part, number, unit in re.findall(
        r"^1-0:([12])\.([78])\.(\d)(?:\*255)?\(([\d.]+)\*(k?Wh?)\)", raw, re.MULTILINE
    ):
        flow = "consumption" if side == "1" else "injection"
        register = "TOTAL" if kind == "7" or part == "0" else f"F{part}"
        quantity = "power" if kind == "7" else "energy"
        wanted[flow, quantity, register] = thousandths(number, unit)
    assert wanted
    device, moment = TELEGRAMS[name]
    told = decode(telegram(name), topic="dsmr/home/telegram")
    main = [s for s in told.series if s.key.commodity == "electricity"]
    assert {(s.key.flow, s.key.quantity, s.key.register): s.value[0] for s in main} == wanted
    assert {s.key.device for s in main} == {device}
    assert {int(ts) for s in main for ts in s.ts} == {utc(moment) if moment else NOW}
    assert told.rejects == []
    assert qualities(told) == {0} if moment else 2 in qualities(told)


@pytest.mark.parametrize("name", TELEGRAMS)
def test_meters_behind_the_meter_keep_their_number_and_their_time(name: str) -> None:
    behind = [s for s in decode(telegram(name)).series if s.key.commodity != "electricity"]
    found = {(s.key.device, s.key.commodity, int(s.ts[0]), int(s.value[0])) for s in behind}
    assert found == {(d, c, utc(t), v) for d, c, t, v in BEHIND.get(name, set())}


@pytest.mark.parametrize("name", TELEGRAMS)
def test_a_saved_telegram_without_time_says_so(name: str) -> None:
    moment = TELEGRAMS[name][1]
    told = decode(telegram(name))
    assert [r.reason for r in told.rejects] == ([] if moment else ["missing_time"])


def test_parts_add_up_to_the_total_where_a_telegram_tells_both() -> None:
    told = decode(telegram("SAGEMCOM_T210_D_R"))
    counted = {(str(s.key.flow), s.key.register): int(s.value[0]) for s in told.series}
    for flow, total in (("consumption", 6_545_766_000), ("injection", 58_000)):
        assert counted[flow, "TOTAL"] == total == counted[flow, "F1"] + counted[flow, "F2"]


def test_all_telegrams_in_one_file_whatever_its_line_ends(tmp_path: Path) -> None:
    whole = b"".join(telegram(name).read_bytes() for name in TELEGRAMS)
    single = Counter[tuple[Any, int]]()
    for name in TELEGRAMS:
        single.update((s.key, int(s.value[0])) for s in decode(telegram(name)).series)
    for payload in (whole, whole.replace(b"\r\n", b"\n")):
        path = tmp_path / "capture"
        path.write_bytes(payload)
        told = decode(path)
        assert told.rows == len(TELEGRAMS)
        assert Counter(r.reason for r in told.rejects) == {"missing_time": 4}
        assert single == Counter((s.key, int(v)) for s in told.series for v in s.value)


def test_one_digit_of_a_checked_telegram_changed_refuses_it() -> None:
    for name, (_, moment) in TELEGRAMS.items():
        if moment:
            payload = re.sub(rb"\*k?Wh", b"0\\g<0>", telegram(name).read_bytes(), count=1)
            with pytest.raises(DecodeError) as caught:
                connectors.load("dsmr_p1").decode(payload, Context(NOW, device=GIVEN))
            assert caught.value.reason == "bad_checksum"


# GRDF


@pytest.mark.parametrize("name", ["informatives", "publiees"])
def test_adict_answers(name: str) -> None:
    path = GAS / "grdf-adict" / f"lowatt_donnees_consos_{name}.ndjson"
    (said,) = (json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip())
    used = said["consommation"]
    bounds = [utc(used[f"date_{end}_consommation"]) for end in ("debut", "fin")]
    interval, register = decode(path, device="").series
    assert {interval.key.device, register.key.device} == {said["pce"]["id_pce"]}
    assert interval.seconds is not None
    assert [interval.ts[0], interval.ts[0] + interval.seconds[0]] == bounds
    assert list(interval.value) == [used["volume_brut"] * 10**6]
    index = [
        (utc(end["horodate_Index"]), end["valeur_index"] * 10**6)
        for end in (
            said["releve_debut"]["index_brut_debut"],
            said["releve_fin"]["index_brut_fin"],
        )
        if end["valeur_index"] is not None
    ]
    assert list(zip(register.ts, register.value, strict=True)) == index
    (factor,) = decode(path).context
    assert factor.value == used["coeff_calcul"]["coeff_conversion"]


@pytest.mark.parametrize("name", ["contractuelles", "techniques"])
def test_adict_answers_without_readings_say_so(name: str) -> None:
    with pytest.raises(DecodeError) as caught:
        decode(GAS / "grdf-adict" / f"lowatt_donnees_{name}.json")
    assert caught.value.reason == "no_readings"
    assert f"donnees_{name}" in caught.value.told("fr")


def test_the_portal_s_temperatures_say_that_they_are_none() -> None:
    with pytest.raises(DecodeError) as caught:
        decode(GAS / "grdf-portal-json" / "pygazpar_temperatures.json")
    assert caught.value.reason == "no_readings"


def test_f08_energy_is_rounded_apart_from_volume_and_coefficient() -> None:
    """Why it is not read: whole kWh of a day differ from volume times coefficient."""
    path = GAS / "grdf-portal-json" / "pygazpar_donnees_informatives_first150.json"
    (point,) = json.loads(path.read_bytes()).values()
    derived = sum(r["volumeBrutConsomme"] * r["coeffConversion"] for r in point["releves"])
    said = sum(r["energieConsomme"] for r in point["releves"])
    assert 0.01 * said < abs(derived - said) < 0.02 * said
    told = decode(path)
    assert {s.key.quantity for s in told.series} == {"volume"}
    volumes = {
        int(ts): int(v) for ts, v in zip(told.series[0].ts, told.series[0].value, strict=True)
    }
    factors = {p.ts: p.value or 0.0 for p in told.context}
    assert sum(v / 10**6 * factors[ts] for ts, v in volumes.items()) == pytest.approx(derived)


# PyGazpar


def records(name: str) -> list[dict[str, Any]]:
    path = GAS / "pygazpar-output" / f"{name}_data_sample.json"
    found: list[dict[str, Any]] = json.loads(path.read_bytes(), parse_float=Decimal)
    return found


def gas(name: str) -> Decoded:
    return decode(GAS / "pygazpar-output" / f"{name}_data_sample.json")


def intervals(told: Decoded) -> dict[tuple[date, date], int]:
    """(first gas day, the one after the last) -> cm3."""
    found = {}
    for series in told.series:
        for ts, seconds, value in zip(series.ts, series.seconds or [], series.value, strict=False):
            bounds = [datetime.fromtimestamp(at, PARIS) for at in (ts, ts + seconds)]
            assert {b.hour for b in bounds} == {6}
            found[bounds[0].date(), bounds[1].date()] = int(value)
    return found


def french(text: str) -> date:
    return datetime.strptime(text, "%d/%m/%Y").replace(tzinfo=UTC).date()


def test_pygazpar_days() -> None:
    said = records("daily")
    day = timedelta(days=1)
    wanted = {
        (french(r["time_period"]), french(r["time_period"]) + day): int(r["volume_m3"] * 10**6)
        for r in said
    }
    told = gas("daily")
    assert intervals(told) == wanted
    assert sum(wanted.values()) == int(sum(r["volume_m3"] for r in said) * 10**6)
    (register,) = (s for s in told.series if s.key.kind == "register")
    assert list(register.value) == [
        int(m3 * 10**6) for m3 in (said[0]["start_index_m3"], *(r["end_index_m3"] for r in said))
    ]
    assert [Decimal(str(p.value)) for p in told.context] == [
        r["converter_factor_kwh/m3"] for r in said
    ]
    assert qualities(told) == {0, 1}
    assert (told.gaps, told.rejects, told.ignored) == ([], [], 0)


def test_pygazpar_weeks_are_the_days_within_them() -> None:
    told = intervals(gas("weekly"))
    said = records("weekly")
    assert sorted(told.values()) == sorted(int(r["volume_m3"] * 10**6) for r in said)
    labels = {tuple(map(french, re.findall(r"[\d/]{10}", r["time_period"]))) for r in said}
    days = {french(r["time_period"]): int(r["volume_m3"] * 10**6) for r in records("daily")}
    checked = 0
    for (first, after), value in told.items():
        assert (first, after - timedelta(days=1)) in labels
        inside = [days[d] for d in days if first <= d < after]
        if len(inside) == (after - first).days:
            assert sum(inside) == value
            checked += 1
    assert checked == 29


def test_pygazpar_months_hold_what_their_weeks_and_days_hold() -> None:
    told = intervals(gas("monthly"))
    said = records("monthly")
    assert list(told.values()) == [int(r["volume_m3"] * 10**6) for r in said]
    assert next(iter(told)) == (date(2019, 5, 1), date(2019, 6, 1))
    assert list(told)[-1] == (date(2021, 4, 1), date(2021, 4, 20))  # the fetch
    days: dict[tuple[int, int], int] = defaultdict(int)
    for r in records("daily"):
        first = french(r["time_period"])
        days[first.year, first.month] += int(r["volume_m3"] * 10**6)
    for (first, _), value in list(told.items())[:6]:  # the days end on 24 November
        assert value == days[first.year, first.month]
    assert sum(value for (first, _), value in told.items() if first.year == 2019) > 0


def test_pygazpar_years_tell_the_index_between_them() -> None:
    before, after = records("yearly")
    told = gas("yearly")
    (series,) = told.series
    assert before["end_index_m3"] == after["start_index_m3"]
    assert (list(series.ts), list(series.value)) == (
        [utc("2022-01-01T06:00:00+01:00")],
        [int(before["end_index_m3"] * 10**6)],
    )
    assert (told.rows, told.ignored, [n.code for n in told.notes]) == (2, 1, ["years"])


def test_pygazpar_hours_are_an_empty_list_that_nothing_tells_from_others() -> None:
    path = GAS / "pygazpar-output" / "hourly_data_sample.json"
    with pytest.raises(DecodeError):
        recognise(path.read_bytes())
    assert decode(path, known_as="pygazpar").rows == 0


def test_gazpar2mqtt_publishes_these_records() -> None:
    """A message made of the samples as gazpar2mqtt does: newest first, 14 days of them."""
    daily = json.loads((GAS / "pygazpar-output" / "daily_data_sample.json").read_bytes())[::-1][:14]
    message = {
        "volume": daily[0]["end_index_m3"],
        "energy": daily[0]["end_index_m3"] * daily[0]["converter_factor_kwh/m3"],
        "pce": GIVEN,
        "daily": daily,
        "yearly": json.loads((GAS / "pygazpar-output" / "yearly_data_sample.json").read_bytes()),
    }
    ctx = Context(received_at=NOW, topic="gazpar2mqtt/home")
    told = connectors.load("gazpar2mqtt").decode(json.dumps(message).encode(), ctx)
    assert len(accounted(told)) + told.ignored == told.rows == 16
    assert sum(intervals(told).values()) == sum(
        int(r["volume_m3"] * 10**6) for r in records("daily")[-14:]
    )
    index = {
        int(ts): int(value)
        for series in told.series
        if series.key.kind == "register"
        for ts, value in zip(series.ts, series.value, strict=True)
    }
    closed = utc("2019-11-25T06:00:00+01:00")  # the last of these days
    assert index[closed] == int(message["volume"] * 10**6)


# wmbusmeters


@pytest.mark.parametrize(
    ("path", "suffixes"),
    [
        ("water/wmbusmeters-json/wmbusmeters_water_a.jsonl", {"m3"}),
        ("gas/wmbusmeters-json/wmbusmeters_gas_a.jsonl", {"m3"}),
        ("heat/wmbusmeters-json/wmbusmeters_heat_a.jsonl", {"kwh"}),
        ("heat/wmbusmeters-json/wmbusmeters_hca_a.jsonl", {"hca"}),
        ("electricity/wmbusmeters-json/wmbusmeters_electricity_a.jsonl", {"kwh"}),
    ],
)
def test_no_telegram_with_a_total_goes_unread(path: str, suffixes: set[str]) -> None:
    """A row without a reading has no field that is a total of now in a unit of ours."""
    told = decode(SAMPLES / path)
    read = {row for s in told.series if s.key.kind == "register" for row in map(int, s.row or [])}
    for row, line in enumerate((SAMPLES / path).read_bytes().splitlines(), start=1):
        if row in read:
            continue
        totals = {
            name: value
            for name, value in json.loads(line).items()
            if re.match(r"(total|current|consumption|heat)", name)
            and name.rpartition("_")[2] in suffixes
            and not re.search(r"cooling|reactive|_at_|last_|tariff|_l\d", name)
        }
        assert not [value for value in totals.values() if value is not None], (row, totals)
