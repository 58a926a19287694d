"""Times as gateways write them, both DST nights included."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors._time import (
    at_local,
    duration_seconds,
    horodate,
    is_duration,
    local_day,
    local_seconds,
    utc_seconds,
)
from connectors._units import BadValueError

PARIS = "Europe/Paris"


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def test_utc_is_floored_and_assumed_where_no_offset_is_told() -> None:
    assert utc_seconds("2024-03-03T18:37:00Z") == at("2024-03-03T18:37:00+00:00")
    assert utc_seconds("2024-03-03T18:37:00.999Z") == at("2024-03-03T18:37:00+00:00")
    assert utc_seconds("2024-03-03 18:37:00") == at("2024-03-03T18:37:00+00:00")
    assert utc_seconds("2024-03-03T19:37:00+01:00") == at("2024-03-03T18:37:00+00:00")
    assert utc_seconds("1969-12-31T23:59:59.5Z") == -1


@pytest.mark.parametrize(
    "text",
    ["2024-03-03", "soon", "", None, 12, "2024-13-03T18:37:00Z", "2024-W10-7T18:37:00", "x" * 16],
)
def test_what_is_no_time_is_refused(text: object) -> None:
    for read in (utc_seconds, lambda t: local_seconds(t, PARIS, 0)):
        if text == "2024-W10-7T18:37:00":
            assert read(text)  # a week date is ISO 8601 too
            continue
        with pytest.raises(BadValueError) as caught:
            read(text)
        assert caught.value.reason == "bad_time"


@pytest.mark.parametrize(
    "text", ["0001-01-01T00:00:00", "9999-12-31T23:59:59", "1111-11-11T11:11:11Z"]
)
def test_far_years_are_read_as_they_stand(text: str) -> None:
    assert isinstance(utc_seconds(text), int)
    assert isinstance(local_seconds(text, PARIS, 0), int)


def test_f06_the_october_hour_is_the_one_nearer_to_the_arrival() -> None:
    first, second = at("2026-10-25T00:30:00+00:00"), at("2026-10-25T01:30:00+00:00")
    assert local_seconds("2026-10-25T02:30:00", PARIS, first + 5) == first
    assert local_seconds("2026-10-25T02:30:00", PARIS, second + 5) == second
    assert local_seconds("2026-10-25T03:30:00", PARIS, first) == at("2026-10-25T02:30:00+00:00")
    assert local_seconds("2026-10-25T02:30:00+02:00", PARIS, second) == first


@given(st.integers(978_307_200, 3_800_000_000))
def test_f06_a_message_that_has_just_arrived_gets_its_own_time(ts: int) -> None:
    local = datetime.fromtimestamp(ts, ZoneInfo(PARIS)).replace(tzinfo=None, fold=0)
    assert local_seconds(local.isoformat(), PARIS, ts + 2) == ts


def test_f06_the_season_letter_tells_which_hour() -> None:
    assert horodate("E261025023000", PARIS) == (at("2026-10-25T00:30:00+00:00"), True)
    assert horodate("H261025023000", PARIS) == (at("2026-10-25T01:30:00+00:00"), True)
    assert horodate("h221121195754", PARIS) == (at("2022-11-21T18:57:54+00:00"), False)


def test_a_horodate_is_read_in_the_household_s_own_zone() -> None:
    for zone, offset in (("Europe/Dublin", 0), ("Europe/Amsterdam", 1), ("Europe/Budapest", 1)):
        for letter, month, ahead in (("H", 1, offset), ("E", 7, offset + 1)):
            told = at(f"2023-{month:02}-02T12:00:00+00:00") - ahead * 3600
            assert horodate(f"{letter}23{month:02}02120000", zone) == (told, True), zone


@pytest.mark.parametrize(
    "text", [" 221121195754", "H22112119575", "H221321195754", "X221121195754", None, 5]
)
def test_a_horodate_that_is_none_is_refused(text: object) -> None:
    with pytest.raises(BadValueError) as caught:
        horodate(text, PARIS)
    assert caught.value.reason == "bad_time"


def test_t02_a_day_is_local() -> None:
    def day(text: str, duration: str = "P1D") -> int:
        return duration_seconds(duration, at(text), PARIS)

    assert day("2026-10-25T00:00:00+02:00") == 25 * 3600
    assert day("2026-03-29T00:00:00+01:00") == 23 * 3600
    assert day("2026-03-28T06:00:00+01:00") == 23 * 3600  # a gas day
    assert day("2026-06-01T00:00:00+02:00") == 24 * 3600
    assert day("2026-10-19T00:00:00+02:00", "P1W") == 7 * 86_400 + 3600
    assert day("2026-10-01T00:00:00+02:00", "P1M") == 31 * 86_400 + 3600
    assert day("2026-01-31T00:00:00+01:00", "P1M") == 28 * 86_400
    assert day("2025-12-01T00:00:00+01:00", "P1M") == 31 * 86_400
    assert day("2026-03-28T23:30:00+01:00", "PT30M") == 1800
    assert day("2026-01-01T00:00:00+01:00", "P1DT12H") == 36 * 3600


@given(st.integers(978_307_200, 4_000_000_000), st.integers(1, 400))
def test_t02_days_end_at_the_same_local_time(start: int, days: int) -> None:
    zone = ZoneInfo(PARIS)
    begin = datetime.fromtimestamp(start, zone)
    try:
        end = datetime.fromtimestamp(start + duration_seconds(f"P{days}D", start, PARIS), zone)
    except BadValueError:
        assert days == 400  # with one hour more than 400 days
        return
    wall = begin.replace(tzinfo=None) + timedelta(days=days)
    skipped = (
        wall.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) != wall
    )
    assert end.replace(tzinfo=None) == wall or skipped


@pytest.mark.parametrize(
    "text", ["PT30M", "PT15M", "PT0.5H", "PT0,5H", "PT90S", "P1D", "P2W", "P1M", "P1Y"]
)
def test_durations_of_iso_8601(text: str) -> None:
    assert is_duration(text)


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "T30M", "30M", "PT30", "P1.5D", "-PT30M", "PT30M ", "TOTAL", "P1DT"]
)
def test_what_is_no_duration(text: str) -> None:
    assert not is_duration(text)
    with pytest.raises(BadValueError):
        duration_seconds(text, 0, PARIS)


@pytest.mark.parametrize("text", ["PT0S", "PT0.5S", "P401D", "P2Y", "P999999Y", "PT999999999H"])
def test_lengths_beyond_a_second_and_400_days(text: str) -> None:
    for start in (1_795_345_200, 253_402_300_799, 0):
        with pytest.raises(BadValueError) as caught:
            duration_seconds(text, start, PARIS)
        assert caught.value.reason == "out_of_range"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-1-2", "2024-01-02"),
        ("2024-01-02", "2024-01-02"),
        (" 02/01/2024 ", "2024-01-02"),
        ("2024-01-02 23:00:00", "2024-01-02"),
        ("2024-01-01T23:30:00Z", "2024-01-02"),
        ("2024-01-02T00:00:00+01:00", "2024-01-02"),
    ],
)
def test_local_days(text: str, day: str) -> None:
    assert str(local_day(text, "Europe/Paris")) == day


@pytest.mark.parametrize("raw", [None, 5, "", "2024-13-01", "31/02/2024", "0001-01-01T00:00Z", []])
def test_what_is_no_day(raw: object) -> None:
    with pytest.raises(BadValueError):
        local_day(raw, "America/New_York")


def test_hours_of_local_days() -> None:
    day = local_day("2026-10-25", "Europe/Paris")
    begin, end = (at_local(day, hour, "Europe/Paris") for hour in (0, 24))
    assert end - begin == 25 * 3600
    assert at_local(day, 6, "Europe/Paris") - begin == 7 * 3600
    with pytest.raises(BadValueError):
        at_local(local_day("9999-12-31", "Europe/Paris"), 24, "Europe/Paris")
