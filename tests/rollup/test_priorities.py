"""Today first, the backlog behind it, and nobody's change waits for ever."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date

import pytest

from hub.clock import days
from hub.rollup.service import Recompute
from hub.rollup.worker import DWELLINGS, Worker
from hub.store.connection import Connection
from hub.store.readings import BACKFILL, CORRECTION
from tests.rollup.oracle import Reading
from tests.rollup.store import areas, channel, clear, home, idle, put, worker

HOUR = 3600
PLAIN = days().start_of(date(2026, 7, 14))
YEAR = 365 * 24


@pytest.fixture
def conn(database_url: str) -> Iterator[Connection]:
    with idle(database_url) as connection:
        clear(connection)
        areas(connection)
        yield connection


def year(conn: Connection, number: int, priority: int = BACKFILL) -> None:
    """A year of hourly registers up to PLAIN."""
    begin = PLAIN - YEAR * HOUR
    put(conn, number, [Reading(begin + n * HOUR, 1000 * n) for n in range(YEAR)], priority=priority)


def live(conn: Connection, number: int, hour: int) -> None:
    put(conn, number, [Reading(PLAIN + hour * HOUR, 500 * hour)])


def known(conn: Connection) -> dict[int, int]:
    """Household -> number of its days."""
    rows = conn.execute("SELECT household_id, count(*) FROM household_day GROUP BY 1")
    return dict(rows.fetchall())


def waiting(conn: Connection) -> set[int]:
    return {row[0] for row in conn.execute("SELECT channel_id FROM dirty").fetchall()}


def test_a_year_of_backfill_of_one_household_does_not_delay_another_s_live_day(
    conn: Connection, database_url: str
) -> None:
    late, today = channel(conn, home(conn, 1)), channel(conn, home(conn, 2))
    year(conn, late)
    live(conn, today, 0)
    live(conn, today, 1)
    with worker(database_url) as one:
        assert one.live() == 2
        assert known(conn) == {2: 1}
        assert waiting(conn) == {late}
        assert one.rest() == 1
    assert known(conn) == {1: 365, 2: 1}


def test_a_year_that_came_live_waits_with_the_backfill(conn: Connection, database_url: str) -> None:
    """A gateway that was away sends its year as live messages: still it is no live day."""
    late, today = channel(conn, home(conn, 1)), channel(conn, home(conn, 2))
    year(conn, late, priority=0)
    live(conn, today, 0)
    live(conn, today, 1)
    with worker(database_url) as one:
        assert one.live() == 2
        assert waiting(conn) == {late}


def test_between_two_rounds_of_the_backlog_what_is_live_has_its_turn(
    conn: Connection, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(2, DWELLINGS * 2 + 3):
        year_of_days = [Reading(PLAIN + d * 24 * HOUR, d) for d in range(-9, 1)]
        put(conn, channel(conn, home(conn, number)), year_of_days, priority=BACKFILL)
    today = channel(conn, home(conn, 1))
    told: list[tuple[str, int]] = []
    rest = Worker.rest

    def and_a_message(self: Worker) -> int:
        """One round; after its snapshot a message comes in."""
        done = rest(self)
        if done:
            live(conn, today, len(told))
        told.append(("rest", done))
        return done

    live_of = Worker.live

    def noted(self: Worker) -> int:
        done = live_of(self)
        told.append(("live", done))
        return done

    monkeypatch.setattr(Worker, "rest", and_a_message)
    monkeypatch.setattr(Worker, "live", noted)
    job = Recompute(database_url, threading.Event())
    try:
        job()
    finally:
        job.close()
    # Each message is in the totals after the round in which it came, whatever still waits.
    assert told == [
        ("live", 0), ("rest", DWELLINGS), ("live", 1), ("rest", DWELLINGS), ("live", 1),
        ("rest", 1), ("live", 1), ("rest", 0),
    ]  # fmt: skip


def test_what_waits_for_ten_minutes_goes_before_what_is_more_urgent(
    conn: Connection, database_url: str
) -> None:
    """Corrections without end do not keep a backfill waiting for ever."""
    numbers = [channel(conn, home(conn, number)) for number in range(1, DWELLINGS * 2 + 2)]
    old, urgent = numbers[0], numbers[1:]
    days_of_it = [Reading(PLAIN + d * 24 * HOUR, d) for d in range(-9, 1)]
    for number in urgent:
        put(conn, number, days_of_it, priority=CORRECTION)
    put(conn, old, days_of_it, priority=BACKFILL)
    with worker(database_url) as one:
        assert one.rest() == DWELLINGS
        assert old in waiting(conn)
        conn.execute(
            "UPDATE dirty SET marked_at = now() - interval '11 minutes' WHERE channel_id = %s",
            [old],
        )
        assert one.rest() == DWELLINGS
        assert old not in waiting(conn)
