"""One late reading in an old month: what it costs does not depend on how much is stored.

The same 2 500 homes with a history of 1 and 10 million readings (100 where HUB_BENCH_LARGE is set),
rolled up. A reading comes again with another value in the first weeks, by the store's own path,
and a worker brings every total up to date: channel, household and their months; then the area
worker sums its quarter and the arrondissement. The limit is the same in the smallest tables.
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import pairwise

import numpy as np

from hub.rollup.area_step import drain_areas
from hub.rollup.rebuild import rebuild
from hub.rollup.worker import Worker
from hub.store import rollup_work as queue
from hub.store.channels import Directory
from hub.store.connection import Connection, connect
from hub.store.readings import CORRECTION, Origin, write_batch
from hub.store.rollup_bulk import BulkReader
from tests.bench.bench_rollup import fill
from tests.bench.result import Goal, Result, seconds
from tests.bench.stand import HALF_HOUR, START, database, registers
from tests.stack import Stack

HOMES = 2500
#: Half-hours of each home.
SIZES = (400, 4000)
LARGE = 40_000
LATE = 40


def run(stack: Stack) -> Iterator[Result]:
    """The time of one late reading by the size of the tables."""
    sizes = (*SIZES, LARGE) if os.environ.get("HUB_BENCH_LARGE") else SIZES
    first: dict[str, float] = {}
    for readings in sizes:
        with _filled(stack, HOMES, readings) as (url, conn):
            found = _late(url, conn, HOMES)
        size = f"{HOMES * readings / 1e6:.3g} million readings"
        for what, times in found.items():
            median = statistics.median(times)
            smallest = first.setdefault(what, median)
            yield Result(
                "late", f"one late reading, {what}, {size}", "ms", median, smallest,
                "the same with 1 million", median / smallest, Goal("at most", 1.3),
                {"hub": times},
            )  # fmt: skip


@contextmanager
def _filled(stack: Stack, homes: int, readings: int) -> Iterator[tuple[str, Connection]]:
    with (
        database(stack, homes, "electricity") as url,
        closing(connect(url, application="bench")) as conn,
    ):
        fill(conn, homes, readings)
        rebuild(conn, url)
        conn.execute("VACUUM ANALYZE")
        yield url, conn


def _late(url: str, conn: Connection, homes: int) -> dict[str, list[float]]:
    """Milliseconds until channel and household totals stand, and until areas do."""
    dice = np.random.default_rng(3)
    totals, areas = [], []
    with connect(url, application="bench") as other, BulkReader(url) as bulk:
        other.autocommit = True
        worker = Worker(other, bulk, range(queue.SHARES))
        for n in range(LATE + 5):
            home = int(dice.integers(1, homes + 1))
            _write_one(conn, home, START + HALF_HOUR * int(dice.integers(100, 300)))
            spent = seconds(worker.drain)
            summed = seconds(lambda: _sum_areas(other, bulk))
            if n >= 5:  # the first ones plan
                totals.append(spent * 1e3)
                areas.append(summed * 1e3)
    return {"totals": totals, "areas": areas}


def _write_one(conn: Connection, home: int, ts: int) -> None:
    """Another value for the first reading from ``ts`` on after which something was consumed."""
    rows = conn.execute(
        "SELECT extract(epoch FROM ts)::int8, value FROM reading JOIN channel USING (channel_id)"
        " JOIN usage_point USING (usage_point_id)"
        " WHERE dwelling_id = %s AND ts >= to_timestamp(%s) ORDER BY ts LIMIT 48",
        [home, ts],
    ).fetchall()
    at, value = next((t, (a + b) // 2) for (t, a), (_, b) in pairwise(rows) if b > a + 1)
    batch = registers(np.array([home]), np.array([at]), np.array([value]))
    with conn.transaction():
        written = write_batch(conn, Directory(), batch, Origin(CORRECTION))
    assert not written.reason.any()


def _sum_areas(conn: Connection, bulk: BulkReader) -> None:
    with queue.snapshot(conn):
        assert drain_areas(conn, bulk, "Europe/Paris") > 0
