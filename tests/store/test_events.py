"""Meter events of loads that are taken back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hub.store.connection import Connection, connect
from hub.store.events import PlacedEvent, record_event
from hub.store.loads import NewLoad, add_loads, undo_load
from tests.stack import Stack
from tests.store.district import bring

AT = 1_794_265_200  # 2026-11-10 00:00 in Paris


@pytest.fixture
def conn(stack: Stack) -> Iterator[Connection]:
    with stack.fresh_database() as url, connect(url, application="test") as connection:
        bring(connection)
        yield connection


def tell(conn: Connection, opening: int, *, by_load: bool = True) -> int:
    """A replacement of the first usage point's meter; the load that told it, 0 for a person."""
    row = conn.execute("SELECT min(usage_point_id) FROM usage_point").fetchone()
    assert row is not None
    load = add_loads(conn, [NewLoad("f", "d", "grdf", None, "test")])[0] if by_load else 0
    event = PlacedEvent(row[0], AT, "replacement", register="TOTAL", closing=100, opening=opening)
    record_event(conn, event, "grdf" if by_load else "operator", load)
    conn.commit()
    return load


def undo(conn: Connection, load: int) -> None:
    undo_load(conn, load)
    conn.commit()


def known(conn: Connection) -> list[tuple[int, str, int]]:
    return conn.execute(
        "SELECT opening, source, load_id FROM meter_event WHERE superseded_at IS NULL"
    ).fetchall()


def test_undo_brings_back_the_event_that_a_load_replaced(conn: Connection) -> None:
    tell(conn, 0, by_load=False)
    load = tell(conn, 5)
    assert known(conn) == [(5, "grdf", load)]
    undo(conn, load)
    assert known(conn) == [(0, "operator", 0)]


def test_undo_skips_what_was_taken_back_itself(conn: Connection) -> None:
    tell(conn, 0, by_load=False)
    first, second = tell(conn, 5), tell(conn, 6)
    undo(conn, first)
    assert known(conn) == [(6, "grdf", second)]
    undo(conn, second)
    assert known(conn) == [(0, "operator", 0)]


def test_undo_leaves_an_event_that_replaced_the_loads(conn: Connection) -> None:
    load = tell(conn, 5)
    tell(conn, 7, by_load=False)
    undo(conn, load)
    assert known(conn) == [(7, "operator", 0)]


def test_undo_of_an_event_that_replaced_nothing(conn: Connection) -> None:
    undo(conn, tell(conn, 5))
    assert known(conn) == []
