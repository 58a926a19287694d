"""Meter events and context of loads that are taken back."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

import pytest

from hub.intake.outcomes import Outcome
from hub.model import ContextPoint
from hub.store.connection import Connection, connect
from hub.store.events import PlacedEvent, record_event, store_context
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


def tell_context(conn: Connection, values: dict[int, float], *, by_load: bool = True) -> int:
    """Values of a series by hour after AT; the load that told them, 0 for a message."""
    load = add_loads(conn, [NewLoad("f", "d", "grdf", None, "test")])[0] if by_load else 0
    points = [(ContextPoint("temperature/lyon", AT + 3600 * h, v), load) for h, v in values.items()]
    store_context(conn, points)
    conn.commit()
    return load


def context(conn: Connection) -> dict[int, tuple[float, int]]:
    """Hour -> value and load."""
    rows = conn.execute(
        "SELECT extract(epoch FROM ts)::int8, value, load_id FROM context_series"
    ).fetchall()
    return {(ts - AT) // 3600: (value, load) for ts, value, load in rows}


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_context_is_as_if_the_loads_taken_back_had_never_been(
    conn: Connection, order: tuple[int, ...]
) -> None:
    """Three loads over the values of a message, taken back in any order."""
    tell_context(conn, {0: 10.0, 1: 10.5}, by_load=False)
    before = context(conn)
    told: list[dict[int, float]] = [{0: 1.0, 2: 1.0}, {0: 2.0, 1: 2.0}, {1: 3.0, 2: 3.0, 3: 3.0}]
    loads = [tell_context(conn, values) for values in told]
    left = dict(enumerate(told))
    for n in order:
        undo(conn, loads[n])
        del left[n]
        expected = dict(before)
        for i, values in left.items():
            expected |= {hour: (value, loads[i]) for hour, value in values.items()}
        assert context(conn) == expected


def test_undo_leaves_context_that_replaced_the_loads(conn: Connection) -> None:
    load = tell_context(conn, {0: 1.0, 1: 1.0})
    tell_context(conn, {1: 2.0}, by_load=False)
    undo(conn, load)
    assert context(conn) == {1: (2.0, 0)}


def test_each_moment_of_a_context_series_says_what_became_of_it(conn: Connection) -> None:
    def tell(*values: float) -> list[Outcome]:
        points = [(ContextPoint("temperature/lyon", AT + n, v), 0) for n, v in enumerate(values)]
        outcomes = store_context(conn, points)
        conn.commit()
        return [outcomes["temperature/lyon", AT + n] for n in range(len(values))]

    assert tell(1.0) == [Outcome.ACCEPTED]
    assert tell(1.0, 5.0) == [Outcome.UNCHANGED, Outcome.ACCEPTED]
    assert tell(2.0, 5.0) == [Outcome.REVISED, Outcome.UNCHANGED]
    assert tell() == []
