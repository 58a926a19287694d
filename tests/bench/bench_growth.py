"""What grows with what is stored: loading, rolling up, one late reading, a page's reads.

The same 2 500 homes with a history of 1 and 10 million half-hourly readings (100 where
HUB_BENCH_LARGE is set). They go in twice by the store's own write path, in transactions of 50 000
rows: by time, as messages and nightly files bring them, and by file, a home's whole history at
once. Then everything is rolled up, a reading comes again with another value in the first weeks,
and a worker brings every total up to date: channel, household and their months; then the area
worker sums its quarter and the arrondissement. The limit is the same in the smallest tables; of a
late reading it is measured in turn with them, for a machine is not as fast after ten minutes.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import date, timedelta
from itertools import pairwise

import numpy as np

from hub.intake.batch import Batch
from hub.rollup.area_step import drain_areas
from hub.rollup.rebuild import rebuild
from hub.rollup.worker import Worker
from hub.store import rollup_work as queue
from hub.store import series
from hub.store.channels import Directory
from hub.store.connection import Connection, connect
from hub.store.readings import BACKFILL, CORRECTION, Origin, write_batch
from hub.store.rollup_bulk import BulkReader
from tests.bench.bench_sizes import DERIVED, size
from tests.bench.result import Goal, Result, compared, seconds
from tests.bench.stand import (
    HALF_HOUR,
    NOW,
    START,
    autocommit,
    database,
    empty_readings,
    half_hourly,
    registers,
)
from tests.stack import Stack

HOMES = 2500
#: Half-hours of each home.
SIZES = (400, 4000)
LARGE = 40_000
LATE, READS = 40, 200
_SMALLEST = "the same with 1 million"
#: URL, connection, a moment after the last reading.
_Place = tuple[str, Connection, int]
_TOGETHER = 50_000
_WEEK = 7


def run(stack: Stack) -> Iterator[Result]:
    """Every figure at every size, against its own at the smallest."""
    first, *larger = (*SIZES, LARGE) if os.environ.get("HUB_BENCH_LARGE") else SIZES
    with _filled(stack, first) as (small, figures):
        smallest = {what: figure for what, _, figure in figures}
        yield from (_result(first, *figure, smallest) for figure in figures)
        yield from _late_results(first, small, small)
        for readings in larger:
            with _filled(stack, readings) as (large, more):
                yield from (_result(readings, *figure, smallest) for figure in more)
                yield from _late_results(readings, large, small)


def _result(
    readings: int, what: str, unit: str, figure: float, smallest: Mapping[str, float]
) -> Result:
    return Result(
        "growth", f"{what}, {_millions(readings)}", unit, figure, smallest[what], _SMALLEST,
        figure / smallest[what], None, {"hub": [figure]},
    )  # fmt: skip


def _late_results(readings: int, hub: _Place, limit: _Place) -> Iterator[Result]:
    """Late readings here and in the smallest tables, in turn."""
    pairs = list(zip(_late(*hub), _late(*limit), strict=True))
    for place, what in enumerate(("totals", "areas")):
        mine, theirs = ([one[side][place] for one in pairs] for side in (0, 1))
        yield compared(
            "late", f"one late reading, {what}, {_millions(readings)}", mine, theirs, unit="ms",
            limit_what=_SMALLEST, goal=Goal("at most", 1.3),
        )  # fmt: skip


def _millions(readings: int) -> str:
    return f"{HOMES * readings / 1e6:.3g} million readings"


@contextmanager
def _filled(stack: Stack, readings: int) -> Iterator[tuple[_Place, list[tuple[str, str, float]]]]:
    """A database with so many readings of each home, rolled up: where, and (what, unit, figure)."""
    total = HOMES * readings
    with (
        database(stack, HOMES, "electricity") as url,
        closing(connect(url, application="bench")) as conn,
    ):
        found = [("loading by time", "rows/s", total / _load(conn, _by_time(readings)))]
        empty_readings(conn)
        found.append(("loading by file", "rows/s", total / _load(conn, _by_file(readings))))
        autocommit(conn, "VACUUM ANALYZE")
        conn.autocommit = True
        spent = seconds(lambda: rebuild(conn, url))
        found.append(("rolling all of it up", "readings/s", total / spent))
        conn.execute("VACUUM ANALYZE")
        raw, derived = size(conn, "reading"), sum(size(conn, table) for table in DERIVED)
        found.append(("disk a reading", "bytes", raw / total))
        found.append(("disk of derived tables a reading", "bytes", derived / total))
        found.append(("a household's week by day", "ms", statistics.median(_weeks(conn))))
        yield (url, conn, _after(readings)), found


def _load(conn: Connection, batches: Iterable[Batch]) -> float:
    """Seconds that the store takes; what makes the readings is not counted."""
    directory, spent = Directory(), 0.0
    for batch in batches:
        begun = time.perf_counter()
        written = write_batch(conn, directory, batch, Origin(BACKFILL))
        conn.commit()
        spent += time.perf_counter() - begun
        assert not written.reason.any()
    return spent


def _by_file(readings: int) -> Iterator[Batch]:
    """Homes' whole histories."""
    together = max(1, _TOGETHER // readings)
    for first in range(1, HOMES + 1, together):
        columns = half_hourly(min(together, HOMES - first + 1), first, readings)
        yield registers(*columns, received_at=_after(readings))


def _by_time(readings: int) -> Iterator[Batch]:
    """Some half-hours of all homes."""
    dice = np.random.default_rng(1)
    value = dice.integers(10**9, 10**10, size=HOMES)
    homes = np.arange(1, HOMES + 1)
    together = _TOGETHER // HOMES
    for first in range(0, readings, together):
        at = np.arange(first, min(first + together, readings))
        used = dice.gamma(0.8, 180_000, size=(len(at), HOMES)).astype(np.int64)
        values = value + np.cumsum(used, axis=0)
        value = values[-1]
        yield registers(
            np.tile(homes, len(at)), START + HALF_HOUR * np.repeat(at, HOMES), values.ravel(),
            received_at=_after(readings),
        )  # fmt: skip


def _after(readings: int) -> int:
    """A moment after the last reading: what is later than its arrival is refused."""
    return max(NOW, START + HALF_HOUR * readings)


def _weeks(conn: Connection) -> list[float]:
    """Milliseconds of reading the last whole week of this home and that."""
    row = conn.execute("SELECT measure_id, max(day) FROM household_day GROUP BY 1").fetchone()
    assert row is not None
    measure, last = int(row[0]), row[1]
    assert isinstance(last, date)
    since, times = last - timedelta(days=_WEEK), []
    for n in range(READS + 20):
        home = 1 + 7 * n % HOMES
        begun = time.perf_counter()
        found = series.days(conn, home, measure, since, last)
        spent = time.perf_counter() - begun
        assert len(found) == _WEEK
        if n >= 20:  # the first ones plan
            times.append(spent * 1e3)
    return times


def _late(url: str, conn: Connection, now: int) -> Iterator[tuple[float, float]]:
    """Of each late reading, ms until channel and household totals stand, and until areas do."""
    dice = np.random.default_rng(3)
    with connect(url, application="bench") as other, BulkReader(url) as bulk:
        other.autocommit = True
        worker = Worker(other, bulk, range(queue.SHARES))
        for n in range(LATE + 5):
            home = int(dice.integers(1, HOMES + 1))
            _write_one(conn, home, START + HALF_HOUR * int(dice.integers(100, 300)), now)
            spent = seconds(worker.drain)
            summed = seconds(lambda: _sum_areas(other, bulk))
            if n >= 5:  # the first ones plan
                yield spent * 1e3, summed * 1e3


def _write_one(conn: Connection, home: int, ts: int, now: int) -> None:
    """Another value for the first reading from ``ts`` on after which something was consumed."""
    rows = conn.execute(
        "SELECT extract(epoch FROM ts)::int8, value FROM reading JOIN channel USING (channel_id)"
        " JOIN usage_point USING (usage_point_id)"
        " WHERE dwelling_id = %s AND ts >= to_timestamp(%s) ORDER BY ts LIMIT 48",
        [home, ts],
    ).fetchall()
    at, value = next((t, (a + b) // 2) for (t, a), (_, b) in pairwise(rows) if b > a + 1)
    batch = registers(np.array([home]), np.array([at]), np.array([value]), received_at=now)
    with conn.transaction():
        written = write_batch(conn, Directory(), batch, Origin(CORRECTION))
    assert not written.reason.any()


def _sum_areas(conn: Connection, bulk: BulkReader) -> None:
    with queue.snapshot(conn):
        assert drain_areas(conn, bulk, "Europe/Paris") > 0
