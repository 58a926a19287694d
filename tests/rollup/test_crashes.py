"""`hub rollup` twice on one database, killed again and again while facts and registry change.

What is left behind must be the tables of a rebuild: a crash repeats work and loses none.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

import pytest

from hub.rollup.rebuild import rebuild
from hub.rollup.reconcile import reconcile
from hub.store.connection import Connection, connect
from tests.ingest.broker import wait_for
from tests.rollup.cases import Case, plan, settle, write
from tests.rollup.store import areas, idle
from tests.rollup.test_registry_reach import apart, change, finish
from tests.rollup.test_store_properties import generated, state
from tests.stack import Stack

ROOT = Path(__file__).parents[2]
_AT_WORK = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND application_name LIKE 'hub-rollup-%' AND state <> 'idle'"
)


class Service:
    """`hub rollup` as a process of its own: worker, area worker and publication."""

    def __init__(self, url: str, data: Path) -> None:
        self._env = {**os.environ, "HUB_DATABASE_URL": url}
        self._data = data
        self._process = self._started()

    def _started(self) -> subprocess.Popen[bytes]:
        with (self._data / "rollup.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "hub.app.cli", "rollup", "--data", str(self._data)],
                cwd=ROOT,
                env=self._env,
                stdout=log,
                stderr=log,
            )

    def crash(self) -> None:
        """kill -9, and another one in its place."""
        assert self._process.poll() is None, "it ended by itself"
        self._process.kill()
        self._process.wait(10)
        self._process = self._started()

    def stop(self) -> int:
        """As a service manager would; its exit code."""
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(30)

    def end(self) -> None:
        """Whatever happened."""
        self._process.kill()
        self._process.wait(10)


@contextmanager
def services(url: str, data: Path, count: int) -> Iterator[list[Service]]:
    running = [Service(url, data) for _ in range(count)]
    try:
        yield running
    finally:
        for one in running:
            one.end()
        print((data / "rollup.log").read_text()[-4000:])  # shown by pytest when the test failed


def test_crashes_leave_the_tables_of_a_rebuild(stack: Stack, tmp_path: Path) -> None:
    crashing(stack, tmp_path, homes=24, crashes=4, seed=random.randrange(2**32))


@pytest.mark.long
@pytest.mark.parametrize("number", range(4))
def test_many_crashes_leave_the_tables_of_a_rebuild(
    stack: Stack, tmp_path: Path, number: int
) -> None:
    hits = crashing(stack, tmp_path, homes=150, crashes=25, seed=random.randrange(2**32))
    assert hits > 5  # crashes in the middle of a transaction


def crashing(stack: Stack, data: Path, *, homes: int, crashes: int, seed: int) -> int:
    """One schedule; how many of the crashes met a worker within a transaction."""
    print(f"seed {seed}")
    chance = random.Random(seed)
    with stack.fresh_database() as url, idle(url) as conn:
        areas(conn)
        cases = generated(homes)
        with conn.transaction():
            for number, case in enumerate(cases, start=1):
                settle(conn, case, number)
        with services(url, data, 2) as running:
            hits = schedule(conn, url, cases, running, crashes, chance)
            wait_for(lambda: _count(conn, "SELECT count(*) FROM dirty") == 0, "all taken", 60)
            # One that was started a moment ago does not listen to signals yet.
            wait_for(lambda: _registered(conn), "both are there", 60)
            assert [one.stop() for one in running] == [0, 0]
        finish(conn, url)
        incremental = state(conn)
        assert len(incremental) > homes
        rebuild(conn, url)
        assert apart(incremental, state(conn)) == []
        pending, outcomes = reconcile(conn, every=1)
        assert not any(pending.values())
        assert [(o.name, o.shown) for o in outcomes if o.differences] == []
        return hits


def schedule(
    conn: Connection,
    url: str,
    cases: list[Case],
    running: list[Service],
    crashes: int,
    chance: random.Random,
) -> int:
    """Facts, corrections and registry changes as they come, crashes among them."""
    waiting = [deque(chain.from_iterable(plan(case))) for case in cases]
    wait_for(lambda: _count(conn, _AT_WORK) > 0 or _registered(conn), "a worker is there", 60)
    hits = left = 0
    with connect(url, application="registry") as registry:
        while any(waiting) or left < crashes:
            some = [n for n, steps in enumerate(waiting) if steps and chance.random() < 0.3]
            write(conn, [(cases[n], waiting[n].popleft()) for n in some])
            if chance.random() < 0.5:
                change(registry, chance, len(cases))
            if left < crashes and chance.random() < 0.4:
                hits += crash(conn, chance.choice(running), chance)
                left += 1
            time.sleep(chance.random() * 0.1)
    return hits


def crash(conn: Connection, victim: Service, chance: random.Random) -> int:
    """Wait for somebody to be at work, if it does not take long, and kill one; 1 for a hit."""
    until = time.monotonic() + chance.choice((0, 1, 3))
    while time.monotonic() < until and not _count(conn, _AT_WORK):
        time.sleep(0.002)
    time.sleep(chance.random() * 0.03)
    hit = _count(conn, _AT_WORK) > 0
    victim.crash()
    return int(hit)


def _registered(conn: Connection) -> bool:
    """Both services have opened their connections."""
    return _count(conn, _AT_WORK.replace("AND state <> 'idle'", "")) >= 6


def _count(conn: Connection, query: str) -> int:
    row = conn.execute(query.encode()).fetchone()
    assert row is not None
    return int(row[0])
