"""The rollup on a real database: from readings to the households' and areas' totals."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from hub.clock import days
from hub.rollup.area_step import drain_areas
from hub.rollup.rebuild import rebuild
from hub.rollup.steps import recompute
from hub.store.connection import Connection
from hub.store.registry_marks import mark_touched
from hub.store.rollup_bulk import BulkReader
from hub.store.rollup_work import snapshot
from tests.rollup.oracle import Reading
from tests.rollup.store import (
    areas,
    channel,
    clear,
    home,
    idle,
    mark,
    put,
    tables,
    usage_point,
    worker,
)

DAY = 86_400
PLAIN = days().start_of(date(2026, 7, 14))


@pytest.fixture
def conn(database_url: str) -> Iterator[Connection]:
    with idle(database_url) as connection:
        clear(connection)
        areas(connection)
        yield connection


def half_hours(start: int, count: int, amount: int = 500) -> list[Reading]:
    return [Reading(start + 1800 * n, amount, 1800) for n in range(count)]


def drain(url: str) -> int:
    with worker(url) as one:
        done = one.drain()
    with idle(url) as conn, BulkReader(url) as bulk, snapshot(conn):
        drain_areas(conn, bulk, "Europe/Paris")
    return done


def test_a_reading_becomes_slots_days_months_households_and_areas(
    conn: Connection, database_url: str
) -> None:
    home(conn, 1)
    number = channel(conn, 1, kind="interval", period_class="sub-daily")
    put(conn, number, half_hours(PLAIN, 48))
    assert drain(database_url) == 1
    row = conn.execute(
        "SELECT day, covered, measured, allocated, slots, slots_covered, readings FROM channel_day"
    ).fetchall()
    assert row == [(date(2026, 7, 14), DAY, 24_000, None, [500] * 48, None, 48)]
    assert conn.execute("SELECT month, measured, covered FROM channel_month").fetchall() == [
        (date(2026, 7, 1), 24_000, DAY)
    ]
    assert conn.execute(
        "SELECT household_id, measured, covered, expected, slots FROM household_day"
    ).fetchall() == [(1, 24_000, DAY, True, [500] * 48)]
    assert conn.execute("SELECT measured, days_present FROM household_month").fetchall() == [
        (24_000, 1)
    ]
    assert conn.execute(
        "SELECT area_id, amount, present, expected, largest FROM area_day ORDER BY 1"
    ).fetchall() == [(1, 24_000, 1, 1, 24_000), (3, 24_000, 1, 1, 24_000)]
    assert conn.execute(
        "SELECT amount, present, expected FROM area_slot WHERE area_id = 3"
    ).fetchall() == [([500] * 48, [1] * 48, [1] * 48)]
    assert conn.execute("SELECT count(*) FROM dirty").fetchone() == (0,)
    assert conn.execute("SELECT count(*) FROM dirty_area").fetchone() == (0,)


def test_t09_late_and_shuffled_data_give_the_same_tables(
    conn: Connection, database_url: str
) -> None:
    home(conn, 1)
    number = channel(conn, 1)
    registers = [Reading(PLAIN + 700 * n, 40 * n) for n in range(600)]
    for part in (registers[400:], registers[:100], registers[250:400], registers[100:250]):
        put(conn, number, part)
        drain(database_url)
    late = tables(conn)
    assert len(late["channel_day"]) == 5
    rebuild_all(database_url)
    assert tables(conn) == late


def test_a_long_run_of_readings_that_condemn_each_other_is_looked_beyond(
    conn: Connection, database_url: str
) -> None:
    """Two meters answer in turn under one name for forty days: no reading of these is believed,
    and the days after them still need the last good one before."""
    home(conn, 1)
    number = channel(conn, 1)
    values = [*range(1, 6), *(10 + n // 2 + 90 * (n % 2) for n in range(40)), *range(200, 206)]
    readings = [Reading(PLAIN + DAY * n, value) for n, value in enumerate(values)]
    put(conn, number, readings[:-1])
    drain(database_url)
    put(conn, number, [Reading(readings[-2].ts, 204)])
    put(conn, number, readings[-1:])
    drain(database_url)
    incremental = tables(conn)
    total = conn.execute("SELECT sum(measured + coalesce(allocated, 0)) FROM channel_day")
    assert total.fetchone() == (204,)
    for first in (date(2026, 8, 24), None):  # within the run, and from the start
        rebuild(conn, database_url, first)
        assert tables(conn) == incremental


def test_a_deleted_reading_takes_its_day_away(conn: Connection, database_url: str) -> None:
    home(conn, 1)
    number = channel(conn, 1, kind="interval", period_class="day")
    put(conn, number, [Reading(PLAIN, 5000, DAY), Reading(PLAIN + DAY, 6000, DAY)])
    drain(database_url)
    assert len(tables(conn)["area_day"]) == 4
    with conn.transaction():
        conn.execute("DELETE FROM reading WHERE ts >= to_timestamp(%s)", [PLAIN + DAY])
        mark(conn, number, PLAIN + DAY, PLAIN + 2 * DAY)
    drain(database_url)
    assert conn.execute("SELECT day FROM channel_day").fetchall() == [(date(2026, 7, 14),)]
    assert conn.execute("SELECT day FROM household_day").fetchall() == [(date(2026, 7, 14),)]
    assert conn.execute(
        "SELECT day, amount, present, expected FROM area_day WHERE area_id = 3 ORDER BY day"
    ).fetchall() == [(date(2026, 7, 14), 5000, 1, 1)]


def test_t12_who_is_missing_is_counted_as_expected(conn: Connection, database_url: str) -> None:
    for number in (1, 2, 3):
        home(conn, number, area=1 if number < 3 else 2, consent=None if number == 2 else "day")
    for number in (1, 2):
        which = channel(conn, number, kind="interval", period_class="sub-daily")
        put(conn, which, half_hours(PLAIN, 48, 100 * number))
    drain(database_url)
    found = conn.execute(
        "SELECT area_id, amount, present, expected FROM area_day ORDER BY area_id"
    ).fetchall()
    # No consent: not in the total. No row: expected, not present.
    assert found == [(1, 4800, 1, 1), (3, 4800, 1, 2)]
    assert conn.execute("SELECT count(*) FROM area_slot").fetchone() == (0,)


def test_two_usage_points_of_which_one_is_silent_leave_the_day_uncovered(
    conn: Connection, database_url: str
) -> None:
    home(conn, 1)
    usage_point(conn, 9, dwelling=1)
    number = channel(conn, 1, kind="interval", period_class="sub-daily")
    put(conn, number, half_hours(PLAIN, 48))
    drain(database_url)
    assert conn.execute("SELECT covered, measured, slots FROM household_day").fetchall() == [
        (0, 24_000, None)
    ]
    assert conn.execute("SELECT present, expected FROM area_day WHERE area_id = 3").fetchall() == [
        (0, 1)
    ]


def test_a_move_takes_the_days_from_one_household_to_the_next(
    conn: Connection, database_url: str
) -> None:
    home(conn, 1)
    number = channel(conn, 1, kind="interval", period_class="sub-daily")
    put(conn, number, half_hours(PLAIN, 48 * 4))
    drain(database_url)
    assert conn.execute("SELECT count(*) FROM household_day").fetchone() == (4,)
    with conn.transaction():
        conn.execute("UPDATE occupancy SET superseded_at = now() WHERE household_id = 1")
        conn.execute("INSERT INTO household (household_id, ref) VALUES (2, 'next')")
        conn.execute(
            "INSERT INTO occupancy (household_id, dwelling_id, valid_from, valid_to) VALUES"
            " (1, 1, NULL, '2026-07-15'), (2, 1, '2026-07-15', NULL)"
        )
        mark_touched(conn, "occupancy", [(1, None, None)])
    drain(database_url)
    rows = conn.execute("SELECT household_id, day FROM household_day ORDER BY day").fetchall()
    assert rows == [(1, date(2026, 7, 14)), (2, date(2026, 7, 16)), (2, date(2026, 7, 17))]
    assert conn.execute(
        "SELECT household_id, measured FROM household_month ORDER BY 1"
    ).fetchall() == [(1, 24_000), (2, 48_000)]


def test_parts_are_kept_beside_the_total(conn: Connection, database_url: str) -> None:
    home(conn, 1)
    for register, step in (("HP", 60), ("HC", 40)):
        which = channel(conn, 1, register=register)
        put(conn, which, [Reading(PLAIN + 3600 * n, step * n) for n in range(25)])
    drain(database_url)
    found = conn.execute(
        "SELECT register, measured + coalesce(allocated, 0), covered FROM household_day"
        " JOIN measure USING (measure_id) WHERE day = '2026-07-14' ORDER BY 1"
    ).fetchall()
    assert found == [("HC", 960, DAY), ("HP", 1440, DAY), ("TOTAL", 2400, DAY)]


def test_a_part_that_turns_out_to_have_started_earlier_is_missed_from_then_on(
    conn: Connection, database_url: str
) -> None:
    home(conn, 1)
    high = channel(conn, 1, register="HP", kind="interval", period_class="day")
    low = channel(conn, 1, register="HC", kind="interval", period_class="day")
    put(conn, high, [Reading(PLAIN + DAY * n, 60, DAY) for n in range(6)])
    put(conn, low, [Reading(PLAIN + DAY * 5, 40, DAY)])
    drain(database_url)
    covered = """SELECT covered FROM household_day JOIN measure USING (measure_id)
                 WHERE register = 'TOTAL' ORDER BY day"""
    assert conn.execute(covered).fetchall() == [(DAY,)] * 6
    put(conn, low, [Reading(PLAIN + DAY, 40, DAY)])
    drain(database_url)
    assert conn.execute(covered).fetchall() == [(DAY,), (DAY,), (0,), (0,), (0,), (DAY,)]
    state = tables(conn)
    rebuild_all(database_url)
    assert tables(conn) == state


def test_a_range_that_fails_three_times_is_set_aside_and_others_go_on(
    conn: Connection, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2):
        home(conn, number)
        which = channel(conn, number, kind="interval", period_class="sub-daily")
        put(conn, which, half_hours(PLAIN, 48))

    def fails(conn: Connection, stored: list, *args: object, **more: object) -> object:  # type: ignore[type-arg]
        if any(c.dwelling == 1 for c in stored):
            raise ZeroDivisionError("a bug")
        return recompute(conn, stored, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr("hub.rollup.worker.recompute", fails)
    for _ in range(4):
        drain(database_url)
    assert conn.execute("SELECT DISTINCT household_id FROM household_day").fetchall() == [(2,)]
    assert conn.execute("SELECT attempts, failure FROM dirty").fetchall() == [
        (3, "ZeroDivisionError: a bug")
    ]


def test_a_usage_point_is_marked_within_its_readings(conn: Connection, database_url: str) -> None:
    home(conn, 1)
    number = channel(conn, 1)
    put(conn, number, [Reading(PLAIN, 0), Reading(PLAIN + DAY, 100)])
    drain(database_url)
    mark_touched(conn, "usage_point", [(1, date(2026, 1, 1), date(2026, 3, 1))])
    assert conn.execute("SELECT count(*) FROM dirty").fetchone() == (0,)
    mark_touched(conn, "usage_point", [(1, None, None)])
    row = conn.execute("SELECT from_ts, to_ts FROM dirty").fetchone()
    assert row is not None
    assert [ts.timestamp() for ts in row] == [PLAIN, PLAIN + DAY]


def rebuild_all(url: str) -> None:
    with idle(url) as conn:
        rebuild(conn, url)
