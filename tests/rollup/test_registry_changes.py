"""A registry change and the workers: what one computes stays where it is until it is done."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest

from hub.clock import days
from hub.registry.importing import ImportReport, import_tables, read_bytes
from hub.rollup.rebuild import rebuild
from hub.rollup.steps import recompute
from hub.rollup.worker import Worker
from hub.store import rollup_work as queue
from hub.store.connection import Connection, connect
from hub.store.events import PlacedEvent, record_event
from hub.store.loads import NewLoad, add_loads, undo_load
from hub.store.meter_log import remove_event
from hub.store.rollup_bulk import BulkReader
from tests.rollup.oracle import Reading
from tests.rollup.store import areas, channel, clear, home, idle, put, tables, worker

DAY = 86_400
PLAIN = days().start_of(date(2026, 7, 14))
MOVE = "ref,commodity,dwelling\nu1,electricity,d2\n"
DEVICE = "connector,ref,usage_point\na,e1,{}\n"


@pytest.fixture
def conn(database_url: str) -> Iterator[Connection]:
    with idle(database_url) as connection:
        clear(connection)
        connection.execute("TRUNCATE device")
        areas(connection)
        for number in (1, 2, 3):
            home(connection, number)
        put(connection, channel(connection, 1), [Reading(PLAIN, 0), Reading(PLAIN + 600, 500)])
        yield connection


def bring(url: str, *texts: str, dry_run: bool = False) -> ImportReport:
    """Import tables on a connection of its own."""
    files = [read_bytes("t.csv", text.encode(), "Europe/Paris") for text in texts]
    with connect(url, application="test") as mine:
        report = import_tables(mine, files, dry_run=dry_run)
    assert report.problems == []
    return report


def waits(conn: Connection) -> bool:
    """Whether somebody waits for a share."""
    row = conn.execute(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    ).fetchone()
    return row is not None and row[0] > 0


def wait(conn: Connection, thread: threading.Thread) -> bool:
    """Whether the thread waits for a share; False where it ended without."""
    while thread.is_alive():
        if waits(conn):
            return True
        thread.join(0.02)
    return False


def held_up(conn: Connection, url: str, share: int, *texts: str, dry_run: bool = False) -> bool:
    """Whether an import of these tables waits for a worker that has this share."""
    with (
        ThreadPoolExecutor(1) as pool, idle(url) as other, queue.shares(other, [share]) as mine,
    ):  # fmt: skip
        assert mine == [share]
        importing = pool.submit(bring, url, *texts, dry_run=dry_run)
        while not (waiting := waits(conn)) and not importing.done():
            pass
    importing.result()
    return waiting


@pytest.mark.parametrize("share", [0, 1, 2, queue.SHARES - 1])
def test_what_changes_is_marked_when_no_worker_computes(
    conn: Connection, database_url: str, share: int
) -> None:
    assert held_up(conn, database_url, share, MOVE)


EVENT = "usage_point,at,kind,closing,opening\nu1,2026-07-14T12:00,replacement,5,0\n"


@pytest.mark.parametrize("way", ["import", "remove", "undo"])
def test_a_meter_event_is_recorded_and_taken_back_when_no_worker_computes(
    conn: Connection, database_url: str, way: str
) -> None:
    """A reading that came behind the marks would be computed with the meters as they were."""
    load = 0
    if way == "undo":
        (load,) = add_loads(conn, [NewLoad("f", "d", "c15", None, "test")])
        with conn.transaction():
            record_event(conn, PlacedEvent(1, PLAIN, "replacement", opening=0), "c15", load)
    elif way == "remove":
        bring(database_url, EVENT)
    number = conn.execute("SELECT max(row_id) FROM meter_event").fetchone()
    assert number is not None

    def change() -> None:
        with connect(database_url, application="test") as mine:
            if way == "remove":
                remove_event(mine, number[0])
            elif way == "undo":
                undo_load(mine, load)
            else:
                bring(database_url, EVENT)

    with (
        ThreadPoolExecutor(1) as pool, idle(database_url) as other,
        queue.shares(other, [5]) as held,
    ):  # fmt: skip
        assert held == [5]
        changing = pool.submit(change)
        while not (waiting := waits(conn)) and not changing.done():
            pass
    changing.result()
    assert waiting


def test_what_changes_nothing_waits_for_nobody(conn: Connection, database_url: str) -> None:
    bring(database_url, DEVICE.format("u1"))
    assert not held_up(conn, database_url, 1, DEVICE.format("u1"))
    assert not held_up(conn, database_url, 1, MOVE, dry_run=True)


def test_a_day_that_comes_behind_the_marks_of_a_change_is_computed_by_the_new_registry(
    conn: Connection, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The household takes its consent back; meanwhile the first reading of another day comes."""
    number = channel(conn, home(conn, 5))
    put(conn, number, [Reading(PLAIN, 0), Reading(PLAIN + DAY, 100)])
    with worker(database_url) as one, worker(database_url) as other:
        one.drain()
        done: list[int] = []

        def meanwhile(_: Connection) -> None:
            put(conn, number, [Reading(PLAIN + 2 * DAY, 300)])
            done.append(other.live())

        monkeypatch.setattr("hub.registry.importing.notify_registry", meanwhile)
        bring(
            database_url,
            "household,purpose,granularity,valid_from,valid_to\nh5,area-totals,half-hour,,2026-01-01\n",
        )
        assert done == [0]  # it had to wait for the change
        one.drain()
    days_of_it = "SELECT expected FROM household_day WHERE household_id = 5"
    assert conn.execute(days_of_it).fetchall() == [(False,)] * 3
    before = tables(conn)["household_day"]
    rebuild(conn, database_url)
    assert tables(conn)["household_day"] == before


def test_the_first_reading_of_a_channel_that_comes_behind_an_events_marks_is_the_new_meters(
    conn: Connection, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The event's register is where its first piece begins, two days before."""
    home(conn, 5)
    done: list[int] = []
    with worker(database_url) as one, worker(database_url) as other:

        def meanwhile(_: Connection) -> None:
            put(conn, channel(conn, 5), [Reading(PLAIN + 2 * DAY, 900)])
            done.append(other.live())

        monkeypatch.setattr("hub.registry.importing.notify_registry", meanwhile)
        bring(database_url, "usage_point,at,kind,opening\nu5,2026-07-14T00:00,install,0\n")
        assert done == [0]  # it had to wait for the event
        one.drain()
    found = "SELECT measured + coalesce(allocated, 0) FROM household_day WHERE household_id = 5"
    assert conn.execute(found).fetchall() == [(450,), (450,), (0,)]
    before = tables(conn)["household_day"]
    rebuild(conn, database_url)
    assert tables(conn)["household_day"] == before


def test_a_move_while_a_worker_computes_leaves_no_row_of_the_former_household(
    conn: Connection, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    thread = threading.Thread(target=bring, args=(database_url, MOVE))
    with (
        idle(database_url) as first, idle(database_url) as second,
        BulkReader(database_url) as bulk, BulkReader(database_url) as other_bulk,
    ):  # fmt: skip
        one, other = Worker(first, bulk, [1]), Worker(second, other_bulk, [2])

        def interrupted(mine: Connection, *args: Any, **more: Any) -> object:
            if mine is first:
                calls.append(1)
                thread.start()
                assert wait(conn, thread)
                assert other.rest() == 0
            return recompute(mine, *args, **more)

        monkeypatch.setattr("hub.rollup.worker.recompute", interrupted)
        assert one.live() == 1
        thread.join()
    assert len(calls) == 1  # nothing had to be done twice
    with worker(database_url) as rest:
        assert rest.drain() > 0
    assert conn.execute("SELECT household_id, measured FROM household_day").fetchall() == [(2, 500)]
    state = {name: rows for name, rows in tables(conn).items() if not name.startswith("area")}
    rebuild(conn, database_url)
    assert {name: tables(conn)[name] for name in state} == state
