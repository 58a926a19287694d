"""T3: local days on the real database, without time_bucket, against the plain-Python oracle.

Both nights of the clock change and the leap day; electricity from midnight, gas from six.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

import hub
from hub.rollup.area_step import drain_areas
from hub.store.connection import Connection
from hub.store.rollup_bulk import BulkReader
from hub.store.rollup_work import snapshot
from tests.rollup.oracle import Channel, Reading, Row, day_start, roll_up
from tests.rollup.store import areas, channel, clear, home, idle, put, worker

SPRING, AUTUMN, LEAP = date(2026, 3, 29), date(2026, 10, 25), date(2028, 2, 29)
NIGHTS = (SPRING, AUTUMN, LEAP)
DAY = timedelta(days=1)
AT_SIX = 6 * 3600
SLOTS = {SPRING: 46, AUTUMN: 50, LEAP: 48}


@pytest.fixture
def conn(database_url: str) -> Iterator[Connection]:
    with idle(database_url) as connection:
        clear(connection)
        areas(connection)
        yield connection


def around(night: date, commodity: str) -> Channel:
    """Half-hours of four days, each of another amount; gas as a register read every 20 minutes."""
    start = day_start(Channel(), night - DAY)
    if commodity == "gas":
        made = Channel(day_start=AT_SIX, max_per_hour=16_000_000)
        made.readings = [Reading(start + 1200 * n, 1000 * n + n * n) for n in range(290)]
    else:
        made = Channel(kind="interval")
        made.readings = [Reading(start + 1800 * n, 1000 + n, 1800) for n in range(194)]
    return made


def rolled_up(conn: Connection, url: str, told: Channel, commodity: str) -> None:
    """Two homes of one quarter, with the same readings."""
    for number in (1, 2):
        home(conn, number, commodity=commodity)
        sub_daily = "sub-daily" if told.kind == "interval" else ""
        put(conn, channel(conn, number, kind=told.kind, period_class=sub_daily), told.readings)
    with worker(url) as one:
        one.drain()
    with BulkReader(url) as bulk, snapshot(conn):
        drain_areas(conn, bulk, "Europe/Paris")


def expected(told: Channel, night: date) -> dict[date, Row]:
    return roll_up(told, night - 2 * DAY, night + 4 * DAY)


def known(row: Row) -> list[int | None] | None:
    return None if row.slots is None else [a if covered else None for a, _, covered in row.slots]


def by_day(conn: Connection, table: str, key: int) -> dict[date, tuple[object, ...]]:
    of = "channel_id" if table == "channel_day" else "household_id"
    rows = conn.execute(
        f"SELECT day, covered, measured + coalesce(allocated, 0), slots FROM {table}"
        f" WHERE {of} = %s".encode(),
        [key],
    )
    return {row[0]: row[1:] for row in rows}


@pytest.mark.parametrize("commodity", ["electricity", "gas"])
@pytest.mark.parametrize("night", NIGHTS)
def test_t03_local_days_of_the_database_are_those_of_the_oracle(
    conn: Connection, database_url: str, night: date, commodity: str
) -> None:
    told = around(night, commodity)
    rolled_up(conn, database_url, told, commodity)
    wanted = {
        day: (row.covered, row.measured + row.allocated, known(row))
        for day, row in expected(told, night).items()
    }
    short_day = night - DAY if commodity == "gas" else night  # whose day holds the changed hour
    assert len(wanted[short_day][2] or ()) == SLOTS[night]
    for table in ("channel_day", "household_day"):
        assert by_day(conn, table, 1) == wanted


@pytest.mark.parametrize("commodity", ["electricity", "gas"])
@pytest.mark.parametrize("night", NIGHTS)
def test_t03_months_and_areas_are_sums_of_those_days(
    conn: Connection, database_url: str, night: date, commodity: str
) -> None:
    told = around(night, commodity)
    rolled_up(conn, database_url, told, commodity)
    rows = expected(told, night)
    months: dict[date, int] = {}
    for day, row in rows.items():
        first = day.replace(day=1)
        months[first] = months.get(first, 0) + row.measured + row.allocated
    for table in ("channel_month", "household_month"):
        stored = conn.execute(
            f"SELECT month, sum(measured + coalesce(allocated, 0)) / count(*) FROM {table}"
            " GROUP BY month".encode()
        ).fetchall()
        assert dict(stored) == months
    whole = {d: r for d, r in rows.items() if 10 * r.covered >= 9 * length(told, d)}
    assert len(whole) >= 3
    stored_areas = conn.execute(
        "SELECT day, amount FROM area_day WHERE area_id = 3 AND present > 0"
    )
    assert dict(stored_areas.fetchall()) == {
        day: 2 * (row.measured + row.allocated) for day, row in whole.items()
    }
    slots: dict[date, list[int]] = dict(
        conn.execute("SELECT day, amount FROM area_slot WHERE area_id = 3").fetchall()
    )
    for day, row in whole.items():
        assert row.slots is not None
        assert slots[day] == [
            2 * amount if covered == 1800 and not allocated else 0
            for amount, allocated, covered in row.slots
        ]


def length(told: Channel, day: date) -> int:
    return day_start(told, day + DAY) - day_start(told, day)


def test_t03_no_query_asks_the_database_for_buckets_of_local_time() -> None:
    source = [*Path(hub.__file__).parent.rglob("*.py"), *Path(hub.__file__).parent.rglob("*.sql")]
    assert len(source) > 100
    asked = [path.name for path in source if "time_bucket" in path.read_text(encoding="utf-8")]
    assert asked == []
