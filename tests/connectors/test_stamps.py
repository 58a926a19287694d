"""Stamps, and the two nights on which local time is no clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import _stamps

PARIS = ZoneInfo("Europe/Paris")
ZONES = ("Europe/Paris", "America/Guadeloupe", "Indian/Reunion", "Australia/Lord_Howe")


def read(*cells: str, zone: str = "Europe/Paris") -> list[str]:
    """Each stamp as UTC text, or why it is none."""
    ts, states = _stamps.instants([cell.encode() for cell in cells], zone)
    said = ("", "bad", "ambiguous")
    return [
        said[state] or datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        for at, state in zip(ts.tolist(), states.tolist(), strict=True)
    ]


@pytest.mark.parametrize(
    ("cell", "instant"),
    [
        ("2026-11-20T00:30:00+01:00", "2026-11-19T23:30:00"),
        ("2026-07-20T01:00:00+02:00", "2026-07-19T23:00:00"),
        ("2026-07-20T01:00:00+0200", "2026-07-19T23:00:00"),
        ("2026-07-20T01:00:00-04:30", "2026-07-20T05:30:00"),
        ("2026-07-20T01:00:00Z", "2026-07-20T01:00:00"),
        ("2026-07-20T01:00:00.999Z", "2026-07-20T01:00:00"),
        ("2026-07-20T01:00+02:00", "2026-07-19T23:00:00"),
        ("2026-07-20 01:00:00", "2026-07-19T23:00:00"),
        ("20/07/2026 01:00", "2026-07-19T23:00:00"),
        ("20/07/2026", "2026-07-19T22:00:00"),
        ("20/07/26", "2026-07-19T22:00:00"),
        ("2/7/2026", "2026-07-01T22:00:00"),
        ("2/07/26 1:00", "2026-07-01T23:00:00"),
        ("02/7/2026 1:00:30", "2026-07-01T23:00:30"),
        ("2026-11-20T24:00:00+01:00", "2026-11-20T23:00:00"),
        ("2028-02-29", "2028-02-28T23:00:00"),
        ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00"),
        ("2099-12-31T23:59:59Z", "2099-12-31T23:59:59"),
    ],
)
def test_layouts(cell: str, instant: str) -> None:
    assert read(cell) == [instant]


@pytest.mark.parametrize(
    "cell",
    [
        *("", "x", "2026-13-01", "2026-02-29", "2026-11-31T00:00:00Z", "31/11/2026", "2026-00-10"),
        *("2026-11-20T25:00:00Z", "2026-11-20T24:00:01Z", "2026-11-20T10:60:00Z", "0000-01-01"),
        *(
            "2026-11-20T10:00:60Z",
            "2026-11-20T10:00:00+16:00",
            "2026-11-20T10:00:00 01:00",
            *("1/13/26", "0/1/26", "1/1/126", "1/1/26 1", "1/1/26 24:01", "1/1/26 1:00 PM"),
            *("31/4/2026", "1/1/2026 1:60", "2026/1/1", "1/1/1926"),
        ),
        *("2026-11-2OT00:00:00Z", "2026-11-20T00:00:00+01:00;", "2026-11-20t00:00:00", "9" * 40),
    ],
)
def test_what_is_no_time_is_told(cell: str) -> None:
    assert read("2026-11-20T00:30:00Z", cell) == ["2026-11-20T00:30:00", "bad"]


def test_t04_the_october_hour_is_told_by_the_order_of_rows() -> None:
    night = ["01:30", "02:00", "02:30", "02:00", "02:30", "03:00"]
    up = read(*(f"2026-10-25 {clock}" for clock in night))
    assert up == [f"2026-10-2{d}" for d in ("4T23:30:00", "5T00:00:00", "5T00:30:00")] + [
        f"2026-10-25T0{h}:00" for h in ("1:00", "1:30", "2:00")
    ]
    assert read(*(f"2026-10-25 {clock}" for clock in reversed(night))) == up[::-1]


def test_t04_sorted_by_clock_each_stamp_comes_twice() -> None:
    assert read(*["2026-10-25 02:00"] * 2, *["2026-10-25 02:30"] * 2) == [
        "2026-10-25T00:00:00",
        "2026-10-25T01:00:00",
        "2026-10-25T00:30:00",
        "2026-10-25T01:30:00",
    ]


def test_t04_a_missing_row_is_told_by_the_step_back() -> None:
    assert read("2026-10-25 02:30", "2026-10-25 02:00", "2026-10-25 03:00") == [
        "2026-10-25T00:30:00",
        "2026-10-25T01:00:00",
        "2026-10-25T02:00:00",
    ]


def test_f06_what_the_order_does_not_decide_is_ambiguous() -> None:
    assert read("2026-10-25 01:30", "2026-10-25 02:30", "2026-10-25 03:30")[1] == "ambiguous"
    assert read(*["2026-10-25 02:30"] * 3) == ["ambiguous"] * 3


def test_the_hour_that_march_skips_is_no_time() -> None:
    assert read("2026-03-29 01:59", "2026-03-29 02:00", "2026-03-29 03:00") == [
        "2026-03-29T00:59:00",
        "bad",
        "2026-03-29T01:00:00",
    ]


@pytest.mark.parametrize("zone", ZONES)
@given(
    st.datetimes(datetime(1971, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001
    st.integers(1, 200),
    st.sampled_from([600, 900, 1800, 3600]),
    st.booleans(),
)
def test_a_whole_run_of_local_stamps_comes_back(
    zone: str, start: datetime, count: int, step: int, down: bool
) -> None:
    first = int(start.timestamp()) // 3600 * 3600
    instants = [first + i * step for i in range(count)][:: -1 if down else 1]
    clock = [datetime.fromtimestamp(at, ZoneInfo(zone)) for at in instants]
    cells = [f"{shown:%Y-%m-%d %H:%M:%S}".encode() for shown in clock]
    ts, states = _stamps.instants(cells, zone)
    good = states == _stamps.OK
    assert (ts[good] == np.array(instants)[good]).all()
    # Only a run that holds but one of the two hours, or a part of them, stays undecided.
    offsets = [shown.utcoffset() or timedelta() for shown in clock]
    if all(a == b for a, b in pairwise(offsets)) and not any(_twice(shown) for shown in clock):
        assert good.all()


def _twice(shown: datetime) -> bool:
    return shown.replace(fold=0).utcoffset() != shown.replace(fold=1).utcoffset()


@given(st.integers(0, 4_000_000_000))
def test_local_clock_is_the_zone_s(ts: int) -> None:
    shown = datetime.fromtimestamp(ts, PARIS).replace(tzinfo=UTC)
    assert _stamps.local(np.array([ts]), "Europe/Paris").tolist() == [int(shown.timestamp())]


def test_no_stamps_are_no_stamps() -> None:
    assert read() == []


def test_t04_the_end_of_the_first_of_two_hours_may_be_written_as_three_o_clock() -> None:
    night = ["01:30", "02:00", "02:30", "03:00", "02:30", "03:00", "03:30"]
    cells = [f"2026-10-25 {clock}:00".encode() for clock in night]
    first = int(datetime(2026, 10, 24, 23, 30, tzinfo=UTC).timestamp())
    for rows, step in ((cells, 1800), (cells[::-1], -1800)):
        ts, states = _stamps.instants(rows, "Europe/Paris")
        assert not states.any()
        begin = first if step > 0 else first + 6 * 1800
        assert ts.tolist() == [begin + i * step for i in range(7)]
    # The same row twice is the same row twice.
    again, states = _stamps.instants([*cells[4:6], cells[5]], "Europe/Paris")
    assert (again[1] == again[2], states.tolist()) == (True, [_stamps.AMBIGUOUS, 0, 0])


def test_a_column_with_the_month_first_is_not_read_at_all() -> None:
    american = ["11/01/2026 0:30", "11/12/2026", "11/13/2026 0:30", "1/1/26"]
    assert read(*american, "2026-11-20") == ["bad"] * 4 + ["2026-11-19T23:00:00"]
    # One slip among French dates is only a slip.
    assert read("12/11/2026", "13/11/2026", "11/14/2026").count("bad") == 1
