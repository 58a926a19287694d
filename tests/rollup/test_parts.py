"""Parts that join and leave a total: whatever the order of writes, the tables are a rebuild's."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial

import pytest

from hub.clock import days
from hub.rollup.rebuild import rebuild
from hub.rollup.reconcile import reconcile
from hub.store.connection import Connection
from hub.store.events import PlacedEvent, record_event
from hub.store.loads import NewLoad, add_loads, undo_load
from tests.examples import examples
from tests.rollup.oracle import Reading
from tests.rollup.store import areas, channel, clear, home, idle, mark, put, tables, worker

DAY = 86_400
KWH = 1_000_000
PLAIN = days().start_of(date(2026, 7, 14))


@pytest.fixture
def conn(database_url: str) -> Iterator[Connection]:
    with idle(database_url) as connection:
        clear(connection)
        connection.execute("TRUNCATE load CASCADE")
        areas(connection)
        yield connection


def tell(
    conn: Connection, at: int, kind: str, register: str, closing: int | None, opening: int | None,
    load: int = 0,
) -> None:  # fmt: skip
    with conn.transaction():
        record_event(
            conn, PlacedEvent(1, at, kind, "consumption", register, closing, opening), "c15", load
        )


def drained(conn: Connection, url: str) -> dict[str, list[tuple[object, ...]]]:
    with worker(url) as one:
        one.drain()
    return {name: rows for name, rows in tables(conn).items() if "area" not in name}


def as_rebuilt(conn: Connection, url: str) -> None:
    """What stands is what a rebuild makes, and the proof finds nothing."""
    found = drained(conn, url)
    rebuild(conn, url)
    rebuilt = {name: rows for name, rows in tables(conn).items() if "area" not in name}
    for name, rows in rebuilt.items():
        assert found[name] == rows, name
    _, outcomes = reconcile(conn, every=1)
    assert [(o.name, o.shown) for o in outcomes if o.differences] == []


def total(conn: Connection) -> list[tuple[int, int, int]]:
    """Day after PLAIN, kWh, hours known."""
    return conn.execute(
        "SELECT d.day - date '2026-07-14', (measured + coalesce(allocated, 0)) / 1000000,"
        " covered / 3600 FROM household_day d JOIN measure m USING (measure_id)"
        " WHERE m.register = 'TOTAL' AND (measured, covered) <> (0, 0) ORDER BY 1"
    ).fetchall()


def daily(conn: Connection, register: str, first: int, *kwh: int, source: str = "r151") -> int:
    """Registers at midnight, from the day ``first`` after PLAIN on."""
    number = channel(conn, 1, register=register, source=source)
    put(conn, number, [Reading(PLAIN + DAY * (first + n), KWH * v) for n, v in enumerate(kwh)])
    return number


def test_f05_registers_that_vanish_end_and_the_others_go_on(
    conn: Connection, database_url: str
) -> None:
    """From peak and off-peak to one price at 00:02 of the third day: F2 is told no more."""
    home(conn, 1)
    daily(conn, "F1", 0, 10, 12, 14, 20, 27)
    daily(conn, "F2", 0, 50, 53, 56)
    drained(conn, database_url)
    assert total(conn) == [(0, 5, 24), (1, 5, 24), (2, 6, 0), (3, 7, 0)]  # never silently lower
    tell(conn, PLAIN + 2 * DAY + 120, "register-set", "F2", 56 * KWH, None)
    as_rebuilt(conn, database_url)
    assert total(conn) == [(0, 5, 24), (1, 5, 24), (2, 6, 24), (3, 7, 24)]


def test_f05_a_register_that_appears_is_missed_the_day_before_its_first_reading(
    conn: Connection, database_url: str
) -> None:
    """It counted since some time of that day: F1 alone is no total. An event says since when."""
    home(conn, 1)
    daily(conn, "F1", 0, 10, 15, 17, 19)
    drained(conn, database_url)
    daily(conn, "F2", 2, 4, 8)
    drained(conn, database_url)
    assert total(conn) == [(0, 5, 24), (1, 2, 0), (2, 6, 24)]
    tell(conn, PLAIN + DAY + 120, "register-set", "F2", None, 1 * KWH)
    as_rebuilt(conn, database_url)
    assert total(conn) == [(0, 5, 24), (1, 5, 24), (2, 6, 24)]


def test_f05_another_set_that_is_whole_counts_meanwhile(
    conn: Connection, database_url: str
) -> None:
    home(conn, 1)
    daily(conn, "F1", 0, 10, 12, 14, 20)
    daily(conn, "F2", 0, 50, 53, 56)
    daily(conn, "D1", 0, 60, 65, 70, 76)
    as_rebuilt(conn, database_url)
    assert total(conn) == [(0, 5, 24), (1, 5, 24), (2, 6, 24)]


def test_a_part_of_an_undone_load_is_no_part(conn: Connection, database_url: str) -> None:
    """Its channel stays, empty, and nobody misses it."""
    home(conn, 1)
    daily(conn, "F1", 0, 10, 12, 14)
    second = daily(conn, "F2", 0, 1, 2, 3)
    drained(conn, database_url)
    with conn.transaction():
        conn.execute("DELETE FROM reading WHERE channel_id = %s", [second])
        mark(conn, second, PLAIN, PLAIN + 2 * DAY)
    as_rebuilt(conn, database_url)
    assert total(conn) == [(0, 2, 24), (1, 2, 24)]


def test_a_part_comes_back(conn: Connection, database_url: str) -> None:
    home(conn, 1)
    daily(conn, "F1", 0, *range(10, 40, 2))
    number = daily(conn, "F2", 0, 50, 51, 52)
    tell(conn, PLAIN + 2 * DAY + 120, "register-set", "F2", 52 * KWH, None)
    as_rebuilt(conn, database_url)
    put(conn, number, [Reading(PLAIN + DAY * n, KWH * v) for n, v in ((8, 53), (9, 56), (10, 57))])
    as_rebuilt(conn, database_url)
    assert total(conn)[7:12] == [(7, 2, 24), (8, 5, 24), (9, 3, 24), (10, 2, 0), (11, 2, 0)]
    tell(conn, PLAIN + 7 * DAY + 120, "register-set", "F2", None, 52 * KWH)
    tell(conn, PLAIN + 10 * DAY + 120, "register-set", "F2", 57 * KWH, None)
    as_rebuilt(conn, database_url)
    assert total(conn)[7:12] == [(7, 3, 24), (8, 5, 24), (9, 3, 24), (10, 2, 24), (11, 2, 24)]


Event = tuple[int, str, str, int | None, int | None]  # at, kind, register, closing, opening


class Steps:
    """Writes of one case, in random order: readings that come and go, events that come and go."""

    def __init__(self, conn: Connection, chance: random.Random) -> None:
        self._conn, self._chance = conn, chance
        self._undoable: list[int] = []

    def make(self) -> list[Callable[[], None]]:
        """All of them, of some registers of one or two sources."""
        chance = self._chance
        steps: list[Callable[[], None]] = []
        for source in ("a", "b")[: chance.randint(1, 2)]:
            names = chance.sample(["F1", "F2", "F3", "D1", "D2", "TOTAL"], chance.randint(2, 4))
            for name in names:
                number = channel(self._conn, 1, register=name, source=source)
                for reading in self._readings():
                    steps.append(partial(put, self._conn, number, [reading]))
                    if chance.random() < 0.15:
                        steps.append(partial(self._delete, number, reading.ts))
        for _ in range(chance.randint(0, 4)):
            at = PLAIN + DAY * chance.randint(-1, 15) + chance.choice((0, 60, 120, 36_000))
            kind = chance.choice(["register-set", "register-set", "replacement", "rollover"])
            name = chance.choice(["", "F1", "F2", "F2", "D1", "TOTAL"])
            first, second = (chance.choice((None, KWH * chance.randint(0, 40))) for _ in range(2))
            steps.append(partial(self._tell, (at, kind, name, first, second)))
        chance.shuffle(steps)
        return steps

    def undo(self) -> None:
        """Take a load back that told an event, where there is one."""
        if self._undoable:
            with self._conn.transaction():
                undo_load(self._conn, self._undoable.pop())

    def _readings(self) -> Iterator[Reading]:
        chance = self._chance
        value, day = chance.randint(0, 9), chance.randint(0, 6)
        for _ in range(chance.randint(2, 12)):
            yield Reading(PLAIN + DAY * day + chance.choice((0, 0, 0, 7200, 40_000)), KWH * value)
            value, day = value + chance.randint(0, 5), day + chance.choice((1, 1, 1, 2, 5))

    def _delete(self, number: int, at: int) -> None:
        with self._conn.transaction():
            self._conn.execute(
                "DELETE FROM reading WHERE channel_id = %s AND ts = to_timestamp(%s)", [number, at]
            )
            mark(self._conn, number, at, at)

    def _tell(self, event: Event) -> None:
        load = 0
        if self._chance.random() < 0.4:
            (load,) = add_loads(self._conn, [NewLoad("f", "d", "c15", None, "test")])
            self._undoable.append(load)
        tell(self._conn, *event, load)


def test_t09_any_order_of_readings_and_events_gives_the_tables_of_a_rebuild(
    conn: Connection, database_url: str
) -> None:
    chance = random.Random(10)
    for _ in range(examples(12)):
        clear(conn)
        areas(conn)
        home(conn, 1)
        steps = Steps(conn, chance)
        for step in steps.make():
            step()
            if chance.random() < 0.3:
                drained(conn, database_url)
            if chance.random() < 0.15:
                steps.undo()
        as_rebuilt(conn, database_url)
