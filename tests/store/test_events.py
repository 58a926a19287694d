"""Meter events and context of loads that are taken back."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations

import pytest

from hub.intake.outcomes import Outcome
from hub.model import ContextPoint
from hub.registry.importing import import_tables, read_bytes
from hub.store.connection import Connection, connect
from hub.store.events import PlacedEvent, record_event, store_context
from hub.store.loads import NewLoad, add_loads, undo_load
from hub.store.migrate import migrate, migrations
from tests.ingest.broker import wait_for
from tests.stack import Stack
from tests.store.district import bring, waits

AT = 1_794_265_200  # 2026-11-10 00:00 in Paris


@pytest.fixture
def url(stack: Stack) -> Iterator[str]:
    with stack.fresh_database() as address:
        yield address


@pytest.fixture
def conn(url: str) -> Iterator[Connection]:
    with connect(url, application="test") as connection:
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


def test_of_two_writers_of_one_moment_one_event_is_in_force(url: str, conn: Connection) -> None:
    """Neither finds an event; the second is told of the first's once that is committed."""
    row = conn.execute("SELECT min(usage_point_id) FROM usage_point").fetchone()
    assert row is not None
    first, second = (PlacedEvent(row[0], AT, "replacement", closing=100, opening=n) for n in (5, 6))
    with connect(url, application="test") as other, ThreadPoolExecutor(1) as thread:
        assert record_event(conn, first, "grdf") == "added"
        told = thread.submit(record_event, other, second, "enedis")
        wait_for(lambda: told.done() or waits(conn, other), "the second writer waits")
        conn.commit()
        assert told.result() == "changed"
        other.commit()
    assert known(conn) == [(6, "enedis", 0)]


def test_an_import_that_meets_a_sources_event_replaces_it(url: str, conn: Connection) -> None:
    told = "usage_point,commodity,at,kind,closing,opening\n"
    told += "PRM1,electricity,2026-11-10T00:00+01:00,replacement,,0.007\n"
    row = conn.execute("SELECT usage_point_id FROM usage_point WHERE ref = 'PRM1'").fetchone()
    assert row is not None
    record_event(conn, PlacedEvent(row[0], AT, "replacement", opening=5), "grdf")
    with connect(url, application="test") as other, ThreadPoolExecutor(1) as thread:
        file = read_bytes("event.csv", told.encode(), "Europe/Paris")
        done = thread.submit(import_tables, other, [file])
        wait_for(lambda: done.done() or waits(conn, other), "the import waits")
        conn.commit()
        assert done.result().tables["meter_event"].changed == 1
    assert known(conn) == [(7000, "operator", 0)]


def test_of_events_that_stand_twice_the_last_one_stays_and_totals_are_made_again(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an earlier version may have left (migration 0018)."""
    every = migrations()
    with stack.fresh_database(migrated=False) as url:
        before = [m for m in every if m.name < "0018"]
        monkeypatch.setattr("hub.store.migrate.migrations", lambda: before)
        migrate(url)
        with connect(url, application="test") as conn:
            bring(conn)
            conn.execute(
                "INSERT INTO meter_event (usage_point_id, at, kind, opening, source)"
                " SELECT min(usage_point_id), to_timestamp(%s), 'replacement', v, 'grdf'"
                " FROM usage_point, generate_series(1, 3) v GROUP BY v ORDER BY v",
                [AT],
            )
            conn.execute(
                "WITH c AS (INSERT INTO channel (usage_point_id, commodity, flow, quantity,"
                " register, kind, source) SELECT min(usage_point_id), 'electricity', 'consumption',"
                " 'energy', 'TOTAL', 'register', 'grdf' FROM usage_point RETURNING channel_id)"
                " INSERT INTO reading (ts, value, channel_id, seconds, load_id, quality)"
                " SELECT to_timestamp(%s), 1, channel_id, 0, 0, 0 FROM c",
                [AT],
            )
            conn.execute("DELETE FROM dirty")
            conn.commit()
        monkeypatch.setattr("hub.store.migrate.migrations", lambda: every)
        migrate(url)
        with connect(url, application="test") as conn:
            assert known(conn) == [(3, "grdf", 0)]
            assert conn.execute("SELECT count(*) FROM dirty").fetchone() == (1,)


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
