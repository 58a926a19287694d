"""Moves, consents, areas: whatever the registry's files change, the tables are a rebuild's."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterator
from datetime import date
from itertools import chain

import pytest

from hub.registry.importing import import_tables, read_bytes
from hub.rollup.area_step import drain_areas
from hub.rollup.rebuild import rebuild
from hub.store.connection import Connection, connect
from hub.store.rollup_bulk import BulkReader
from hub.store.rollup_work import snapshot
from tests.examples import examples
from tests.rollup.cases import plan, settle, write
from tests.rollup.oracle import Reading
from tests.rollup.store import areas, channel, clear, home, idle, put, worker
from tests.rollup.test_store import PLAIN, half_hours
from tests.rollup.test_store_properties import State, generated, state

ZONE = "Europe/Paris"
DAY = 86_400


@pytest.fixture
def conn(database_url: str) -> Iterator[Connection]:
    with idle(database_url) as connection:
        clear(connection)
        areas(connection)
        yield connection


def bring(url: str, name: str, text: str) -> None:
    with connect(url, application="registry") as registry:
        assert import_tables(registry, [read_bytes(name, text.encode(), ZONE)]).problems == []


def check(conn: Connection, url: str) -> None:
    finish(conn, url)
    incremental = state(conn)
    rebuild(conn, url)
    assert apart(incremental, state(conn)) == []


def test_a_month_reaches_beyond_the_instant_it_is_stored_under(
    conn: Connection, database_url: str
) -> None:
    """The newest reading of a channel lasts: a consent is of all its days."""
    home(conn, 1)
    number = channel(conn, 1, kind="interval", period_class="month")
    put(conn, number, [Reading(PLAIN, 31_000, 31 * DAY)])
    finish(conn, database_url)
    assert conn.execute("SELECT count(*) FROM household_day WHERE expected").fetchone() == (31,)
    bring(database_url, "c.csv", "household,purpose,action\nh1,area-totals,remove\n")
    finish(conn, database_url)
    assert conn.execute("SELECT count(*) FROM household_day WHERE expected").fetchone() == (0,)
    check(conn, database_url)


def test_a_move_within_a_month_makes_all_of_it_nobody_s(
    conn: Connection, database_url: str
) -> None:
    home(conn, 1)
    number = channel(conn, 1, kind="interval", period_class="month")
    put(conn, number, [Reading(PLAIN, 31_000, 31 * DAY), Reading(PLAIN + 60 * DAY, 9, DAY * 9)])
    finish(conn, database_url)
    stay = "household,dwelling,valid_from,valid_to\nh1,d1,,2026-07-16\n"
    bring(database_url, "s.csv", stay)
    check(conn, database_url)
    bring(database_url, "s.csv", stay.replace("2026-07-16", ""))
    check(conn, database_url)
    assert conn.execute("SELECT count(*) FROM household_day").fetchone() == (40,)


def test_who_is_expected_above_changes_also_on_days_of_other_quarters(
    conn: Connection, database_url: str
) -> None:
    """A home of one quarter withdraws: the arrondissement has days that this quarter has not."""
    for number, first in ((1, PLAIN), (2, PLAIN + 5 * DAY)):
        home(conn, number, area=number)
        kind = channel(conn, number, kind="interval", period_class="sub-daily")
        put(conn, kind, half_hours(first, 48))
    finish(conn, database_url)
    bring(database_url, "c.csv", "household,purpose,action\nh1,area-totals,remove\n")
    finish(conn, database_url)
    assert conn.execute("SELECT day, expected FROM area_day WHERE area_id = 3").fetchall() == [
        (date(2026, 7, 19), 1)
    ]
    check(conn, database_url)


def test_who_is_expected_changes_also_on_a_day_that_is_being_summed_for_the_first_time(
    conn: Connection, database_url: str
) -> None:
    """The area worker has begun with the registry as it was, and its rows are not there yet."""
    for number in (1, 2):
        home(conn, number)
        channel(conn, number, kind="interval", period_class="sub-daily")
    put(conn, 1, half_hours(PLAIN, 48))
    with worker(database_url) as one:
        one.drain()
    with BulkReader(database_url) as bulk, snapshot(conn):
        drain_areas(conn, bulk, ZONE)
        bring(database_url, "c.csv", "household,purpose,action\nh2,area-totals,remove\n")
    check(conn, database_url)
    assert conn.execute("SELECT DISTINCT expected FROM area_day").fetchall() == [(1,)]


@pytest.mark.parametrize("number", range(examples(2)))
def test_any_changes_leave_the_tables_of_a_rebuild(
    conn: Connection, database_url: str, number: int
) -> None:
    """Facts and registry changes as they come, the workers after some of them."""
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # shown by pytest when the test failed
    chance = random.Random(seed)
    cases = generated(40)
    with conn.transaction():
        for n, case in enumerate(cases, start=1):
            settle(conn, case, n)
    waiting = [deque(chain.from_iterable(plan(case))) for case in cases]
    with connect(database_url, application="registry") as registry:
        while any(waiting):
            some = [n for n, steps in enumerate(waiting) if steps and chance.random() < 0.4]
            write(conn, [(cases[n], waiting[n].popleft()) for n in some])
            for _ in range(2):
                change(registry, chance, len(cases))
            if chance.random() < 0.4:
                finish(conn, database_url)
    check(conn, database_url)


def change(registry: Connection, chance: random.Random, homes: int) -> None:
    """One change as the registry's files bring it: a move, a consent, a connection."""
    n = chance.randint(1, homes)
    day = chance.choice(("2026-03-29", "2026-10-24", "2026-10-27", "2028-02-29", ""))
    action = chance.choice(("", "remove"))
    consent = f"h{n},area-totals,{chance.choice(('day', 'half-hour'))},{action}"
    files = {
        "stay.csv": f"household,dwelling,valid_from,valid_to\nh{n},d{n},,{day}\n",
        "consent.csv": f"household,purpose,granularity,action\n{consent}\n",
        "home.csv": f"ref,area\nd{n},a{chance.randint(1, 2)}\n",
    }
    name, text = chance.choice(list(files.items()))
    report = import_tables(registry, [read_bytes(name, text.encode(), ZONE)])
    assert [p.reason for p in report.problems] in ([], ["nothing_to_remove"])


def finish(conn: Connection, url: str) -> None:
    """What the services would do within the next minute: today's areas are summed once in one."""
    with worker(url) as one:
        one.drain()
    with BulkReader(url) as bulk, snapshot(conn):
        drain_areas(conn, bulk, ZONE)


def apart(found: State, wanted: State) -> list[str]:
    """The rows that differ, as much of them as fits on a page."""
    lines = []
    for key in sorted(found.keys() | wanted.keys()):
        rows, others = set(found.get(key, ())), set(wanted.get(key, ()))
        lines += [f"{key} has {row[:200]}" for row in sorted(rows - others)[:3]]
        lines += [f"{key} lacks {row[:200]}" for row in sorted(others - rows)[:3]]
    return lines[:40]
