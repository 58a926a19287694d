"""A live reading's way into its household's total while others' history is being worked off.

`hub rollup` runs as a process of its own. A year of half-hours of 200 homes has just been loaded;
behind it, a live reading of another home is committed again and again, one at a time, and the time
taken until the household's day holds it. The same before, with nothing else to do. Both share
the machine's cores with the rollup and the server.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from hub.store.channels import Directory
from hub.store.connection import Connection, connect
from hub.store.readings import BACKFILL, LIVE, Origin, write_batch
from tests.bench.result import Goal, Result
from tests.bench.stand import database, half_hourly, registers
from tests.rollup.test_crashes import services
from tests.stack import Stack

HOMES, LATE_HOMES = 700, 600
_YEAR = 365 * 48
_TOGETHER = 50
#: Live readings before the backlog, and at most so many while there is one.
_IDLE, _BUSY = 20, 200
#: DESIGN: in the totals within five seconds of the message.
_GOAL = Goal("at most", 5000.0)

_TOTAL = (
    "SELECT coalesce(sum(measured + coalesce(allocated, 0)), 0)::int8 FROM household_day"
    " JOIN occupancy USING (household_id) WHERE dwelling_id = %s"
)


def run(stack: Stack) -> Iterator[Result]:
    """One live home at a time, without and with a backlog."""
    with (
        database(stack, HOMES, "electricity") as url,
        closing(connect(url, application="bench")) as conn,
        tempfile.TemporaryDirectory() as data,
        services(url, Path(data), 1),
    ):
        conn.autocommit = True
        live = _Live(conn)
        idle = [live.delay() for _ in range(_IDLE)]
        begun = time.perf_counter()
        _load(conn)
        busy: list[float] = []
        while len(busy) < _BUSY and _backlog(conn):
            busy.append(live.delay())
        while _backlog(conn):
            time.sleep(0.1)
        spent = time.perf_counter() - begun
    yield Result(
        "live-behind-backfill", f"a live reading to its total while a year of {LATE_HOMES} homes is"
        " worked off, the longest", "ms", max(busy), float(np.median(idle)),
        "median with nothing else to do", goal=_GOAL,
        note=f"{len(busy)} readings, median {np.median(busy):.0f} ms;"
        f" {LATE_HOMES * _YEAR / 1e6:.1f} million readings loaded and rolled up in {spent:.0f} s",
        runs={"hub": busy, "limit": idle},
    )  # fmt: skip


class _Live:
    """Live readings of homes that have no backlog, one after the other."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._sent = 0
        now = int(datetime.now(UTC).timestamp())
        self._start = now - now % 60 - 7200

    def delay(self) -> float:
        """Milliseconds from the commit of a register until the total has grown by it."""
        home = LATE_HOMES + 1 + self._sent % (HOMES - LATE_HOMES)
        turn = self._sent // (HOMES - LATE_HOMES)
        self._sent += 1
        if turn == 0:  # what the next one is counted from
            self._write(home, self._start, 0)
        self._write(home, self._start + 60 * (turn + 1), 1000 * (turn + 1))
        begun = time.perf_counter()
        while self._total(home) != 1000 * (turn + 1):
            if time.perf_counter() - begun > 20:
                raise TimeoutError(f"the total of home {home} stands at {self._total(home)}")
            time.sleep(0.005)
        return (time.perf_counter() - begun) * 1e3

    def _write(self, home: int, ts: int, value: int) -> None:
        batch = registers(np.array([home]), np.array([ts]), np.array([value]), received_at=ts)
        with self._conn.transaction():
            written = write_batch(self._conn, Directory(), batch, Origin(LIVE))
        assert not written.reason.any()

    def _total(self, home: int) -> int:
        row = self._conn.execute(_TOTAL, [home]).fetchone()
        assert row is not None
        return int(row[0])


def _load(conn: Connection) -> None:
    directory = Directory()
    for first in range(1, LATE_HOMES + 1, _TOGETHER):
        columns = half_hourly(_TOGETHER, first, _YEAR)
        with conn.transaction():
            write_batch(conn, directory, registers(*columns), Origin(BACKFILL))


def _backlog(conn: Connection) -> bool:
    row = conn.execute("SELECT EXISTS (SELECT FROM dirty WHERE priority > 0)").fetchone()
    assert row is not None
    return bool(row[0])
