"""PyGazpar's records: gas days, sums of days, and what a file of them may look like."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors import gazpar2mqtt, pygazpar
from hub.model import Decoded, DecodeError, Quality
from tests.connectors.files import amounts, decode, instant, notes, registers


def day(label: str = "10/01/2026", **said: object) -> dict[str, Any]:
    """The record of a gas day."""
    return {
        "time_period": label,
        "start_index_m3": None,
        "end_index_m3": None,
        "volume_m3": 7.5,
        "energy_kwh": 84.0,
        "converter_factor_kwh/m3": None,
        "type": "Mesuré",
        "timestamp": "2026-11-22T10:21:46.265119",
    } | said


def read(*records: object, device: str = "gaz-1") -> Decoded:
    return decode("pygazpar", json.dumps(records, ensure_ascii=False), device)


def longer(
    label: str, opening: object = None, closing: object = None, **said: object
) -> dict[str, Any]:
    return day(label, start_index_m3=opening, end_index_m3=closing) | said


# days


@pytest.mark.parametrize(
    ("label", "start", "seconds"),
    [
        ("10/01/2026", "2026-01-10T05:00", 86_400),
        ("10/07/2026", "2026-07-10T04:00", 86_400),
        ("28/03/2026", "2026-03-28T05:00", 82_800),
        ("24/10/2026", "2026-10-24T04:00", 90_000),
    ],
)
def test_f07_the_gas_day_is_six_to_six_local(label: str, start: str, seconds: int) -> None:
    assert amounts(read(day(label))) == {start: (seconds, 7_500_000)}


def test_f08_volume_index_and_coefficient_and_no_energy() -> None:
    said = {"converter_factor_kwh/m3": 11.244, "start_index_m3": 9642.0, "end_index_m3": 9650}
    told = read(day() | said)
    assert amounts(told) == {"2026-01-10T05:00": (86_400, 7_500_000)}
    assert registers(told) == {
        "TOTAL": {"2026-01-10T05:00": 9_642_000_000, "2026-01-11T05:00": 9_650_000_000}
    }
    assert [(p.series, p.value) for p in told.context] == [("gas_coefficient/gaz-1", 11.244)]
    assert {s.key.quantity for s in told.series} == {"volume"}


def test_f09_absence_null_and_nan_are_gaps() -> None:
    text = json.dumps([
        day("10/01/2026", volume_m3=0, type="Absence de Données"),
        day("11/01/2026", volume_m3=None),
        day("12/01/2026", volume_m3=float("nan"), temperature_degC=float("-inf")),
    ])  # fmt: skip
    assert "NaN" in text
    told = decode("pygazpar", text, "gaz-1")
    assert ([gap.row for gap in told.gaps], told.series) == ([1, 2, 3], [])


def test_a_nan_in_a_text_is_a_text() -> None:
    told = decode("pygazpar", json.dumps([day(type="a: NaN, b")]), "gaz-1")
    assert len(amounts(told)) == 1


@pytest.mark.parametrize(
    ("kind", "quality"),
    [
        ("MES", Quality.GOOD),
        ("EST", Quality.ESTIMATED_BY_SOURCE),
        ("Estimé", Quality.ESTIMATED_BY_SOURCE),
        ("Corrigé", Quality.CORRECTED_BY_SOURCE),
        (None, Quality.GOOD),
    ],
)
def test_the_quality_is_the_portal_s(kind: str | None, quality: Quality) -> None:
    assert [s.quality for s in read(day(type=kind)).series] == [[quality]]


# sums of days


def test_weeks_and_months_are_called_so_and_end_with_the_fetch() -> None:
    told = read(
        longer("Du 09/11/2026 au 15/11/2026"), longer("Du 16/11/2026 au 22/11/2026"),
        longer("Octobre 2026"), longer("Novembre 2026 "),
    )  # fmt: skip
    found = {
        (s.key.period, int(ts)): int(seconds) // 3600
        for s in told.series
        for ts, seconds in zip(s.ts, s.seconds or [], strict=True)
    }
    assert found == {
        ("week", instant("2026-11-09T06:00:00+01:00")): 168,
        ("week", instant("2026-11-16T06:00:00+01:00")): 144,
        ("month", instant("2026-10-01T06:00:00+02:00")): 31 * 24 + 1,
        ("month", instant("2026-11-01T06:00:00+01:00")): 21 * 24,
    }
    assert "period_cut" in notes(told)


def test_dates_of_newer_versions_tell_what_a_label_says_too_much() -> None:
    dates = {"frequency": "monthly", "start_date": "2026-10-28", "end_date": "2026-11-01"}
    told = read(longer("Octobre 2026", **dates))
    assert amounts(told) == {"2026-10-28T05:00": (4 * 86_400, 7_500_000)}
    assert notes(told) == {}
    outside = dates | {"start_date": "2026-09-28"}
    assert list(amounts(read(longer("Octobre 2026", **outside)))) == ["2026-10-01T04:00"]


def test_an_index_of_longer_periods_counts_where_both_sides_say_it() -> None:
    told = read(
        longer("Août 2026", 100, 110), longer("Septembre 2026", 110, 130),
        longer("Octobre 2026", 131, 150), longer("Novembre 2026", 150, 160),
    )  # fmt: skip
    assert registers(told) == {
        "TOTAL": {"2026-09-01T04:00": 110_000_000, "2026-11-01T05:00": 150_000_000}
    }


def test_years_tell_their_index_and_no_amount() -> None:
    told = read(longer("2024", 10, 20), longer("2025", 20, 30), longer("2026", 31, 40))
    assert [s.key.kind for s in told.series] == ["register"]
    assert registers(told) == {"TOTAL": {"2025-01-01T05:00": 20_000_000}}
    assert (told.ignored, list(notes(told))) == (2, ["years"])


# files


@pytest.mark.parametrize(
    "answer",
    [
        [day()],
        day(),
        {"daily": [day()]},
        {"hourly": [], "daily": [day()], "weekly": None},
        [dict(reversed(day().items()))],
    ],
)
def test_files_in_any_wrapping(answer: object) -> None:
    for indent in (None, 2):
        text = "\ufeff" + json.dumps(answer, indent=indent)
        assert amounts(decode("pygazpar", text, "gaz-1")) == {
            "2026-01-10T05:00": (86_400, 7_500_000)
        }
        assert (pygazpar.sniff(text.encode()), gazpar2mqtt.sniff(text.encode())) == (1.0, 0.0)


def test_a_file_tells_no_meter() -> None:
    with pytest.raises(DecodeError) as caught:
        read(day(), device="")
    assert caught.value.reason == "missing_usage_point"
    assert decode("pygazpar", "[]", "").rows == 0  # the hours


@pytest.mark.parametrize(
    ("said", "reason", "column"),
    [
        ({"volume_m3": -1}, "out_of_range", "volume_m3"),
        ({"volume_m3": True}, "bad_number", "volume_m3"),
        ({"end_index_m3": "12a"}, "bad_number", "end_index_m3"),
        ({"converter_factor_kwh/m3": 1000}, "out_of_range", "converter_factor_kwh/m3"),
        ({"time_period": "31/02/2026"}, "bad_time", "time_period"),
        ({"time_period": "0000"}, "bad_time", "time_period"),
        ({"time_period": None}, "bad_time", "time_period"),
    ],
)
def test_bad_records_are_named(said: dict[str, object], reason: str, column: str) -> None:
    told = read(day("09/01/2026"), day() | said)
    assert [(r.row, r.reason, r.column) for r in told.rejects] == [(2, reason, column)]
    assert len(amounts(told)) == 1


@pytest.mark.parametrize("text", ["", "[1]", '{"a": 1}', "3", "nope", '[{"releves": []}]'])
def test_other_json_is_refused(text: str) -> None:
    with pytest.raises(DecodeError):
        decode("pygazpar", text)
    assert pygazpar.sniff(text.encode()) == gazpar2mqtt.sniff(text.encode()) == 0.0
