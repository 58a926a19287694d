"""A full rebuild of every derived table, against reading the readings and writing the day rows.

The limit is what no rollup can do without: one ADBC read of all readings into Arrow, and one COPY
of the finished day rows into an empty table of the same kind. Beside it, for information, the same
split as one SQL statement, of which the sums alone are asked for.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing

import adbc_driver_postgresql.dbapi as adbc

from hub.rollup.rebuild import rebuild
from hub.store.connection import Connection, connect
from tests.bench.result import Goal, Result, compared, seconds
from tests.bench.stand import copy_readings, database, half_hourly, make_channels
from tests.stack import Stack

#: (homes, half-hours of each, runs): 3.6 million and 36 million readings.
SIZES = ((2500, 1440, 5), (2500, 14_400, 1))
_TOGETHER = 50

# The share of each half-hour, as the kernel computes it, for every pair of neighbours.
_SPLIT = """
WITH pairs AS (
    SELECT channel_id, value - lag(value) OVER w AS amount, lag(ts) OVER w AS t0, ts AS t1
    FROM reading WINDOW w AS (PARTITION BY channel_id ORDER BY ts)
), split AS (
    SELECT channel_id, b AS slot,
           floor(amount * extract(epoch FROM least(t1, b + interval '30 min') - t0)
                 / extract(epoch FROM t1 - t0))
         - floor(amount * extract(epoch FROM greatest(t0, b) - t0)
                 / extract(epoch FROM t1 - t0)) AS part
    FROM pairs CROSS JOIN LATERAL generate_series(
        time_bucket('30 min', t0), t1 - interval '1 second', '30 min') b
    WHERE amount >= 0
)
SELECT count(*), sum(part) FROM split"""


def run(stack: Stack) -> Iterator[Result]:
    """Both sizes; the larger one only where HUB_BENCH_LARGE is set, for it takes long."""
    sizes = SIZES if os.environ.get("HUB_BENCH_LARGE") else SIZES[:1]
    for homes, readings, runs in sizes:
        with (
            database(stack, homes, "electricity") as url,
            closing(connect(url, application="bench")) as conn,
        ):
            fill(conn, homes, readings)
            yield _measured(conn, url, homes * readings, runs)


def fill(conn: Connection, homes: int, readings: int) -> None:
    """Channels and their half-hourly registers."""
    channels = make_channels(conn, homes)
    for first in range(1, homes + 1, _TOGETHER):
        home, ts, value = half_hourly(min(_TOGETHER, homes - first + 1), first, readings)
        copy_readings(conn, channels[home - 1], ts, value)
        conn.commit()
    conn.autocommit = True
    conn.execute("VACUUM ANALYZE reading")
    conn.execute("CHECKPOINT")


def _measured(conn: Connection, url: str, n: int, runs: int) -> Result:
    conn.execute("CREATE TABLE same_days (LIKE channel_day INCLUDING ALL)")
    conn.execute("SELECT create_hypertable('same_days', by_range('day', interval '30 days'),"
                 " create_default_indexes => false)")  # fmt: skip
    hub, limit = [], []
    for _ in range(runs):
        conn.execute("TRUNCATE channel_day, channel_month, household_day, household_month,"
                     " area_day, area_month, area_slot, dirty, dirty_area")  # fmt: skip
        conn.execute("CHECKPOINT")
        hub.append(seconds(lambda: rebuild(conn, url)))
        conn.execute("CHECKPOINT")
        limit.append(seconds(lambda: _read(url)) + _write(conn))
    statement = seconds(lambda: conn.execute(_SPLIT.encode()).fetchone())
    millions = f"{n / 1e6:g} million readings"
    return compared(
        f"rebuild-{n / 1e6:g}M", f"full rebuild, {millions}, half-hours", hub, limit,
        limit_what="ADBC read + COPY of the day rows", goal=Goal("at most", 2.0),
        note=f"the split alone as one SQL statement: {statement:.1f} s",
    )  # fmt: skip


def _read(url: str) -> None:
    with adbc.connect(url) as other, other.cursor() as cursor:
        cursor.execute("SELECT channel_id, ts, value, seconds, quality FROM reading")
        assert cursor.fetch_arrow_table().num_rows > 0


def _write(conn: Connection) -> float:
    """Seconds of a COPY of the finished rows; what the server sends and takes is the same bytes."""
    conn.execute("TRUNCATE same_days")
    with (
        conn.cursor() as cursor,
        cursor.copy("COPY (SELECT * FROM channel_day) TO STDOUT (FORMAT binary)") as rows,
    ):
        data = [bytes(block) for block in rows]

    def write() -> None:
        with (
            conn.cursor() as cursor,
            cursor.copy("COPY same_days FROM STDIN (FORMAT binary)") as copy,
        ):
            for block in data:
                copy.write(block)

    return seconds(write)
