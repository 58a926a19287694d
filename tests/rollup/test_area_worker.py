"""The area worker: a mark that fails holds no other up; a registry that stays is not read again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import psycopg
import pytest

from hub.clock import day_number
from hub.rollup.area_step import AreaWorker
from hub.rollup.rebuild import rebuild
from hub.store import rollup_areas, rollup_registry
from hub.store.connection import Connection
from hub.store.rollup_bulk import BulkReader
from tests.rollup.store import areas, channel, clear, home, idle, put, tables, worker
from tests.rollup.test_store import PLAIN, half_hours
from tests.rollup.test_worker import hub

MARKS = """SELECT area_id, from_day::text, attempts, failure FROM dirty_area
           ORDER BY area_id, from_day, id"""


@pytest.fixture
def conn(database_url: str) -> Iterator[Connection]:
    with idle(database_url) as connection:
        clear(connection)
        areas(connection)
        yield connection


@pytest.fixture
def area_worker(database_url: str) -> Iterator[AreaWorker]:
    with idle(database_url) as mine, BulkReader(database_url) as bulk:
        yield AreaWorker(mine, bulk)


def two_homes(conn: Connection, url: str, days: int = 1) -> None:
    """Electricity in quarter 1, water in quarter 2; their areas are marked."""
    for number, commodity in ((1, "electricity"), (2, "water")):
        home(conn, number, area=number, commodity=commodity)
        which = channel(conn, number, kind="interval", period_class="sub-daily")
        put(conn, which, half_hours(PLAIN, 48 * days))
    with worker(url) as one:
        one.drain()


def amounts(conn: Connection) -> list[tuple[Any, ...]]:
    return conn.execute(
        "SELECT commodity, area_id, day::text, amount FROM area_day JOIN measure USING (measure_id)"
        " ORDER BY 1, 2, 3"
    ).fetchall()


def break_sums(monkeypatch: pytest.MonkeyPatch, where: Any) -> list[tuple[int, int, int]]:
    """Sums fail where ``where(measure, first, last)``; gives the list of those tried."""
    tried: list[tuple[int, int, int]] = []
    whole = rollup_areas.home_rows

    def home_rows(
        conn: Connection, bulk: BulkReader, measure: int, homes: list[int], first: int, last: int
    ) -> Any:
        tried.append((measure, first, last))
        if where(measure, first, last):
            raise OverflowError("a bug")
        return whole(conn, bulk, measure, homes, first, last)

    monkeypatch.setattr(rollup_areas, "home_rows", home_rows)
    return tried


def measure_of(conn: Connection, commodity: str) -> int:
    row = conn.execute(
        "SELECT measure_id FROM measure WHERE commodity = %s AND register = 'TOTAL'", [commodity]
    ).fetchone()
    assert row is not None
    return int(row[0])


def test_a_measure_that_fails_is_set_aside_and_the_others_are_summed(
    conn: Connection, database_url: str, area_worker: AreaWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_homes(conn, database_url)
    water = measure_of(conn, "water")
    tried = break_sums(monkeypatch, lambda measure, *_: measure == water)
    assert [area_worker.drain() for _ in range(4)] == [1, 0, 0, 0]
    assert [measure for measure, _, _ in tried].count(water) == 3
    assert [row[:2] for row in amounts(conn)] == [("electricity", 1), ("electricity", 3)]
    assert conn.execute(MARKS).fetchall() == [(2, "2026-07-14", 3, "OverflowError: a bug")]
    told = hub(database_url, monkeypatch, "status")
    assert "set aside after three failures: 1 area total, days of 2026-07-14" in told
    assert "newest reason: OverflowError: a bug" in told
    assert "`hub rebuild --from 2026-07-14 --to 2026-07-14` tries them again" in told
    lag = json.loads(hub(database_url, monkeypatch, "status", "--json"))["lag"]
    assert (lag["areas"], lag["areas_set_aside"]) == (0, 1)
    assert "not compared: 1 area total (1 set aside)" in hub(database_url, monkeypatch, "reconcile")


def test_one_day_that_fails_takes_no_other_along(
    conn: Connection, database_url: str, area_worker: AreaWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_homes(conn, database_url, days=4)
    water = measure_of(conn, "water")
    poison = day_number(date(2026, 7, 15))
    conn.execute("DELETE FROM dirty_area")
    conn.execute(
        "INSERT INTO dirty_area (area_id, measure_id, from_day, to_day)"
        " SELECT 2, %s, d, d FROM generate_series('2026-07-14'::date, '2026-07-17', '1 day') d",
        [water],
    )
    break_sums(monkeypatch, lambda _, first, last: first <= poison <= last)
    assert area_worker.drain() == 3
    assert [row[2] for row in amounts(conn) if row[1] == 2] == [
        "2026-07-14", "2026-07-16", "2026-07-17"
    ]  # fmt: skip
    assert conn.execute(MARKS).fetchall() == [(2, "2026-07-15", 1, None)]


def test_what_was_set_aside_goes_when_its_days_are_summed_after_all(
    conn: Connection, database_url: str, area_worker: AreaWorker
) -> None:
    two_homes(conn, database_url, days=2)
    conn.execute("UPDATE dirty_area SET attempts = 3, failure = 'a bug'")
    assert area_worker.drain() == 0
    conn.execute(
        "INSERT INTO dirty_area (area_id, measure_id, from_day, to_day)"
        " SELECT area_id, measure_id, '2026-07-14', '2026-07-14' FROM dirty_area"
    )
    assert area_worker.drain() == 2
    assert len(conn.execute(MARKS).fetchall()) == 2  # one of the two days is still not summed
    rebuild(conn, database_url)
    assert conn.execute(MARKS).fetchall() == []
    assert len(amounts(conn)) == 8


def test_a_date_beyond_all_calendars_stops_nobody(
    conn: Connection, database_url: str, area_worker: AreaWorker
) -> None:
    two_homes(conn, database_url)
    conn.execute("UPDATE dirty_area SET from_day = '-infinity' WHERE area_id = 1")
    conn.execute("UPDATE dirty_area SET to_day = 'infinity' WHERE area_id = 1")
    assert area_worker.drain() == 2
    assert len(amounts(conn)) == 4


def test_a_lost_connection_counts_against_no_mark(
    conn: Connection, database_url: str, area_worker: AreaWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_homes(conn, database_url)

    def lost(*_: object) -> object:
        raise psycopg.OperationalError("lost")

    with monkeypatch.context() as broken:
        broken.setattr(rollup_areas, "home_rows", lost)
        with pytest.raises(psycopg.OperationalError):
            area_worker.drain()
    assert [row[2:] for row in conn.execute(MARKS)] == [(0, None)] * 2
    assert area_worker.drain() == 2


CHANGES = {
    "occupancy": "UPDATE occupancy SET superseded_at = now() WHERE household_id = 1",
    "consent": "UPDATE consent SET superseded_at = now() WHERE household_id = 1",
    "usage_point": "UPDATE usage_point SET superseded_at = now() WHERE usage_point_id = 1",
    "dwelling": "UPDATE dwelling SET superseded_at = now() WHERE dwelling_id = 1",
    "member": "INSERT INTO club_member (household_id, club_id) VALUES (1, 9);"
              "INSERT INTO consent (household_id, purpose) VALUES (1, 'club:velo')",
    "area": "UPDATE area SET superseded_at = now() WHERE area_id = 1;"
            "INSERT INTO area (area_id, code, name, kind) VALUES (1, 'a1', 'x', 'iris')",
    "another home": "INSERT INTO occupancy (household_id, dwelling_id) VALUES (2, 1)",
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_the_registry_is_read_again_when_it_changed_and_only_then(
    conn: Connection, database_url: str, area_worker: AreaWorker,
    monkeypatch: pytest.MonkeyPatch, change: str,
) -> None:  # fmt: skip
    reads: list[int] = []
    whole = rollup_registry.whole_registry

    def counted(mine: Connection) -> Any:
        reads.append(1)
        return whole(mine)

    two_homes(conn, database_url)
    conn.execute("INSERT INTO club (club_id, code, name) VALUES (9, 'velo', 'Vélo')")
    with monkeypatch.context() as watched:
        watched.setattr(rollup_registry, "whole_registry", counted)
        for _ in range(3):
            rollup_areas.mark_all_areas(conn, None, None)
            assert area_worker.drain() > 0
        assert reads == [1]
        before = tables(conn)
        conn.execute(CHANGES[change].encode())
        rollup_areas.mark_all_areas(conn, None, None)
        assert area_worker.drain() > 0
        assert reads == [1, 1]
    after = tables(conn)
    assert after["area_day"] != before["area_day"] or change == "another home"
    with idle(database_url) as fresh, BulkReader(database_url) as bulk:
        rollup_areas.mark_all_areas(conn, None, None)
        AreaWorker(fresh, bulk).drain()
    assert tables(conn) == after


def test_a_new_kind_of_meter_is_expected_at_once(
    conn: Connection, database_url: str, area_worker: AreaWorker
) -> None:
    home(conn, 1)
    home(conn, 2)
    for number in (1, 2):
        which = channel(conn, number, flow="injection", kind="interval", period_class="sub-daily")
        put(conn, which, half_hours(PLAIN, 48))
        with worker(database_url) as one:
            one.drain()
        area_worker.drain()
        row = conn.execute("SELECT present, expected FROM area_day WHERE area_id = 3").fetchone()
        assert row == (number, number)
