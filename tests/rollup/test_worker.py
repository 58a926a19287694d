"""What must not hold a worker up: other processes, wrong readings only, ranges that failed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from hub.app.cli import application
from hub.clock import days
from hub.rollup.rebuild import rebuild
from hub.rollup.steps import recompute
from hub.rollup.worker import Worker
from hub.store.connection import Connection
from hub.store.registry_marks import mark_touched
from hub.store.rollup_bulk import BulkReader
from hub.store.rollup_work import PATIENCE, past_clashes
from tests.rollup.oracle import Reading
from tests.rollup.store import (
    areas,
    channel,
    clear,
    home,
    idle,
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


def homes(conn: Connection) -> dict[str, list[tuple[Any, ...]]]:
    """The tables that a worker writes; areas are another's."""
    return {name: rows for name, rows in tables(conn).items() if not name.startswith("area")}


def two_dwellings(conn: Connection) -> tuple[int, int]:
    """Channels of two dwellings, of two shares, in which one household lives."""
    home(conn, 1)
    conn.execute("INSERT INTO dwelling (dwelling_id, ref, area_id) VALUES (2, 'd2', 1)")
    conn.execute("INSERT INTO occupancy (household_id, dwelling_id) VALUES (1, 2)")
    usage_point(conn, 2)
    return channel(conn, 1), channel(conn, 2)


def test_two_processes_that_copy_rows_of_one_household_use_up_no_attempt(
    conn: Connection, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(conn, channel(conn, home(conn, 3)), [Reading(PLAIN, 0), Reading(PLAIN + 60, 5)])
    with worker(database_url) as before:
        before.drain()  # the measure has its number: it is the household's rows that collide
    for number in two_dwellings(conn):
        history = [Reading(PLAIN - DAY * n, (900 - n) * 1000) for n in range(500, 0, -1)]
        put(conn, number, history, priority=2)
    calls: list[int] = []
    clashes: list[type[Exception]] = []
    with (
        idle(database_url) as first, idle(database_url) as second,
        BulkReader(database_url) as bulk, BulkReader(database_url) as other_bulk,
    ):  # fmt: skip
        one, other = Worker(first, bulk, [1]), Worker(second, other_bulk, [2])

        def interrupted(mine: Connection, *args: Any, **more: Any) -> object:
            if mine is first:
                calls.append(1)
                if len(calls) == 1:  # its snapshot is taken: what comes now it cannot see
                    assert other.rest() == 1
            try:
                return recompute(mine, *args, **more)
            except psycopg.Error as error:
                clashes.append(type(error))
                raise

        monkeypatch.setattr("hub.rollup.worker.recompute", interrupted)
        assert one.rest() == 1
    assert len(calls) == 2
    assert clashes == [psycopg.errors.UniqueViolation]
    assert conn.execute("SELECT count(*) FROM dirty").fetchone() == (0,)
    done = homes(conn)
    rebuild(conn, database_url)
    assert homes(conn) == done


def test_a_key_that_is_there_twice_each_time_is_a_failure_after_all(
    conn: Connection, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or one range would be tried for ever, and nobody else's."""
    home(conn, 1)
    put(conn, channel(conn, 1), [Reading(PLAIN, 0)])
    calls: list[int] = []

    def collides(*_: object, **__: object) -> object:
        calls.append(1)
        raise psycopg.errors.UniqueViolation("twice")

    monkeypatch.setattr("hub.rollup.worker.recompute", collides)
    with worker(database_url) as one:
        assert one.live() == 0
    assert len(calls) == PATIENCE
    assert conn.execute("SELECT attempts, failure FROM dirty").fetchall() == [(1, None)]


def minutes(conn: Connection, number: int, count: int, value: int) -> None:
    """Readings of one value, one a minute up to PLAIN, already rolled up."""
    conn.execute(
        "INSERT INTO reading (ts, value, channel_id, seconds, quality)"
        " SELECT to_timestamp(%s - 60 * i), %s, %s, 0, 0 FROM generate_series(0, %s) i",
        [PLAIN, value, number, count - 1],
    )


def days_of_rounds(monkeypatch: pytest.MonkeyPatch) -> list[tuple[set[int], int]]:
    """What each round that was recomputed held: channels, and days in all."""
    seen: list[tuple[set[int], int]] = []

    def counted(mine: Connection, stored: Any, ranges: Any, *args: Any, **more: Any) -> object:
        report = recompute(mine, stored, ranges, *args, **more)
        numbers = {stored[i].row.channel_id for i in ranges.channel.tolist()}
        seen.append((numbers, int((ranges.last - ranges.first + 1).sum())))
        return report

    monkeypatch.setattr("hub.rollup.worker.recompute", counted)
    return seen


@pytest.mark.parametrize("good_once", [False, True])
def test_a_meter_without_a_good_reading_is_left_out_of_the_live_rounds(
    conn: Connection, database_url: str, monkeypatch: pytest.MonkeyPatch, *, good_once: bool
) -> None:
    bad, good = (channel(conn, home(conn, number)) for number in (1, 2))
    minutes(conn, bad, 3 * 1440, -5)
    if good_once:  # all the way back: that is where the piece begins
        put(conn, bad, [Reading(PLAIN - 3 * DAY, 100)])
        conn.execute("DELETE FROM dirty")
    rebuild(conn, database_url)
    seen = days_of_rounds(monkeypatch)
    with worker(database_url) as one:
        for n in range(1, 4):
            put(conn, bad, [Reading(PLAIN + 60 * n, -5)])
            put(conn, good, [Reading(PLAIN + 60 * n, n)])
            assert one.live() == 1
            assert one.rest() == 0  # nor of the rounds of the backlog
            assert seen.pop()[0] == {good}
        assert one.far() == 3  # all that came meanwhile, at once
        assert seen.pop() == ({bad}, 4 if good_once else 2)
        put(conn, bad, [Reading(PLAIN + 300, -5)])
        assert one.live() == 0
        assert one.far() == 0  # not so soon again
        assert one.far(at_once=True) == 1
        put(conn, bad, [Reading(PLAIN + 600 + 60 * n, 500 + n) for n in range(20)])
        one.drain()
        seen.clear()
        put(conn, bad, [Reading(PLAIN + 600 + 60 * n, 500 + n) for n in range(17, 25)])
        one.drain()
    done = homes(conn)
    rebuild(conn, database_url)
    assert homes(conn) == done


def test_a_change_after_readings_that_are_all_wrong_reaches_back_to_the_meters_begin(
    conn: Connection, database_url: str
) -> None:
    """The register known from the event is where the first piece begins."""
    number = channel(conn, home(conn, 1))
    conn.execute(
        "INSERT INTO meter_event (usage_point_id, at, kind, opening, source)"
        " VALUES (1, to_timestamp(%s), 'install', 0, 'operator')",
        [PLAIN - 30 * DAY],
    )
    late = [Reading(PLAIN - DAY * n, -5) for n in range(20, 0, -1)]
    with worker(database_url) as one:
        for part in ([Reading(PLAIN + 5 * DAY, 900)], late, [Reading(PLAIN, 300)]):
            put(conn, number, part)
            one.drain()
    done = homes(conn)
    assert conn.execute(
        "SELECT min(day), sum(measured + coalesce(allocated, 0)) FROM channel_day"
    ).fetchone() == (date(2026, 6, 14), 900)
    rebuild(conn, database_url)
    assert homes(conn) == done


def hub(url: str, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    monkeypatch.setenv("HUB_DATABASE_URL", url)
    result = CliRunner().invoke(application(), list(arguments))
    assert result.exit_code == 0, result.output
    return result.stdout


def test_ranges_set_aside_are_named_and_tried_again_by_a_rebuild_of_their_days(
    conn: Connection, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (channel(conn, home(conn, number)) for number in (1, 2))
    put(conn, first, [Reading(PLAIN + 3600, 0), Reading(PLAIN + 7200, 5)])
    put(conn, second, [Reading(PLAIN + 30 * DAY, 0), Reading(PLAIN + 30 * DAY + 60, 5)])
    conn.execute("UPDATE dirty SET attempts = 3, failure = 'ZeroDivisionError: a bug'")
    told = hub(database_url, monkeypatch, "status")
    assert "set aside after three failures: 2 changes, days of 2026-07-14 to 2026-08-13" in told
    assert "newest reason: ZeroDivisionError: a bug" in told
    assert "`hub rebuild --from 2026-07-14 --to 2026-08-13` tries them again" in told
    day = ("--from", "2026-07-14", "--to", "2026-07-14")
    assert "1 change that was set aside is tried again" in hub(
        database_url, monkeypatch, "rebuild", *day
    )
    rows = conn.execute("SELECT channel_id, attempts, failure IS NULL FROM dirty ORDER BY 1")
    assert rows.fetchall() == [(first, 0, True), (second, 3, False)]
    with worker(database_url) as one:
        assert one.drain() == 1
    lag = json.loads(hub(database_url, monkeypatch, "status", "--json"))["lag"]
    assert (lag["pending"], lag["set_aside"], lag["set_aside_from"]) == (0, 1, "2026-08-13")
    hub(database_url, monkeypatch, "rebuild")
    assert conn.execute("SELECT count(*) FROM dirty").fetchone() == (0,)
    assert "tries them again" not in hub(database_url, monkeypatch, "status")


def test_a_rebuild_begins_again_after_a_clash_and_gives_up_on_what_is_none() -> None:
    tries = 0

    def clashes(times: int, other: type[Exception] | None = None) -> str:
        nonlocal tries
        tries += 1
        if tries <= times:
            raise psycopg.errors.SerializationFailure
        if other is not None:
            raise other
        return "done"

    assert past_clashes(lambda: clashes(PATIENCE - 1)) == "done"
    assert tries == PATIENCE
    tries = 0
    with pytest.raises(psycopg.errors.SerializationFailure):
        past_clashes(lambda: clashes(PATIENCE))
    tries = 0
    with pytest.raises(ValueError):
        past_clashes(lambda: clashes(0, ValueError))
    assert tries == 1


def test_a_change_of_a_channel_without_readings_marks_nothing(conn: Connection) -> None:
    """As an undone load leaves it. An infinite range could not be taken, by nobody, ever."""
    home(conn, 1)
    channel(conn, 1)
    with conn.transaction():
        mark_touched(conn, "usage_point", [(1, None, None)])
    assert conn.execute("SELECT count(*) FROM dirty").fetchone() == (0,)
