"""The night's proof of all totals: when it is due, what it keeps."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hub.clock import days
from hub.rollup.nightly import is_due, prove
from hub.rollup.reconcile import reconcile
from hub.store.connection import Connection
from hub.store.verdicts import keep_verdict, last_verdict
from tests.rollup.oracle import Reading
from tests.rollup.store import areas, channel, clear, home, idle, put, worker

PARIS = ZoneInfo("Europe/Paris")
DAY = 86_400
NOON = days().start_of(date(2026, 7, 14)) + DAY // 2


@pytest.mark.parametrize(
    ("now", "last", "due"),
    [
        ((28, 3, 0), (27, 3, 5), True),
        ((28, 2, 59), (27, 3, 5), False),
        ((28, 3, 10), (28, 3, 5), False),
        ((28, 15, 0), (26, 3, 5), True),  # the service was down at night
        ((28, 0, 8), (27, 0, 8), True),  # and is back before the next one
        ((28, 0, 8), (27, 12, 0), False),
        ((28, 15, 0), (28, 2, 0), True),  # somebody looked by hand before three
    ],
)
def test_it_is_due_once_a_night(
    now: tuple[int, int, int], last: tuple[int, int, int], due: bool
) -> None:
    at, before = (datetime(2026, 11, *t, tzinfo=PARIS) for t in (now, last))
    assert is_due(at, before) is due


def test_the_nights_of_the_clock_change_have_one_each() -> None:
    for day in (date(2026, 3, 29), date(2026, 10, 25)):
        start = datetime(day.year, day.month, day.day, tzinfo=PARIS).astimezone(UTC)
        last = start - timedelta(hours=12)
        looks = []
        for minute in range(0, 24 * 60, 10):
            now = start + timedelta(minutes=minute)
            if is_due(now.astimezone(PARIS), last.astimezone(PARIS)):
                looks.append(now)
                last = now
        assert len(looks) == 1


@pytest.fixture
def conn(database_url: str) -> Iterator[Connection]:
    with idle(database_url) as connection:
        clear(connection)
        areas(connection)
        yield connection


def test_it_waits_for_the_first_totals_then_keeps_what_it_found(
    conn: Connection, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    now = datetime.now(UTC)
    assert prove(conn, now) is False
    home(conn, 1)
    number = channel(conn, 1)
    begin = days().start_of(date(2026, 7, 14))
    put(conn, number, [Reading(begin + i * DAY, 1000 * i) for i in range(4)], priority=2)
    assert prove(conn, now) is False  # they are not rolled up yet
    with worker(database_url) as at_work:
        at_work.drain()
    assert prove(conn, now) is True
    found = last_verdict(conn)
    assert found is not None and not found.wrong and found.compared > 0
    assert prove(conn, now) is False

    conn.execute("UPDATE channel_day SET measured = measured + 1 WHERE measured > 0")
    with caplog.at_level(logging.ERROR, "hub.rollup"):
        assert prove(conn, now + timedelta(days=2)) is True
    found = last_verdict(conn)
    assert found is not None and found.wrong
    assert "do not add up" in caplog.text


def test_it_keeps_what_waited_and_what_was_set_aside(conn: Connection, database_url: str) -> None:
    home(conn, 1)
    put(conn, channel(conn, 1), [Reading(NOON + i * DAY, 1000 * i) for i in range(4)])
    with worker(database_url) as at_work:
        at_work.drain()
    home(conn, 2)
    late = channel(conn, 2)
    put(conn, late, [Reading(NOON, 0)])
    conn.execute("UPDATE dirty SET failure = 'no', attempts = 3 WHERE channel_id = %s", [late])
    conn.execute(
        "INSERT INTO dirty_area (area_id, measure_id, from_day, to_day)"
        " SELECT area_id, measure_id, '2026-07-14', '2026-07-15' FROM area, measure"
        " WHERE kind = 'iris' AND register = 'TOTAL' LIMIT 1"
    )
    areas_waiting = conn.execute("SELECT count(*) FROM dirty_area").fetchone()
    assert areas_waiting is not None
    keep_verdict(conn, *reconcile(conn))
    found = last_verdict(conn)
    assert found is not None
    assert (found.pending, found.set_aside) == (1 + areas_waiting[0], 1)


def test_a_look_at_nothing_is_no_verdict(conn: Connection) -> None:
    keep_verdict(conn, *reconcile(conn))
    assert last_verdict(conn) is None
