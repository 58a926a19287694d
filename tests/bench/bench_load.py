"""Loading readings in bulk: the store's own write path against a plain COPY of the same rows.

Every pair of runs fills an empty hypertable with the same rows in transactions of the same size.
The hub's way finds the channel of each reading, refuses what is impossible, keeps one row a key,
writes, marks what is dirty and moves the latest value; COPY does nothing but COPY.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import numpy as np

from hub.intake.batch import Batch
from hub.model import Int64Array
from hub.store.channels import Directory
from hub.store.connection import Connection, connect
from hub.store.readings import BACKFILL, Origin, write_batch
from tests.bench.result import Goal, Result, compared, seconds
from tests.bench.stand import (
    NOW,
    copy_readings,
    database,
    empty_readings,
    half_hourly,
    make_channels,
    registers,
)
from tests.stack import Stack

HOMES, READINGS, RUNS = 1000, 1000, 5
#: Homes of one transaction.
_TOGETHER = 50


def run(stack: Stack) -> Iterator[Result]:
    """All keys new; then 1 % of the rows there already, half of them with another value."""
    with database(stack, HOMES, "electricity") as url, closing(_connect(url)) as conn:
        channels = make_channels(conn, HOMES)
        conn.commit()
        parts = [half_hourly(_TOGETHER, first, READINGS) for first in range(1, HOMES, _TOGETHER)]
        for bench, what, share, goal in (
            ("load-new", "bulk load, all keys new", 0.0, 0.7),
            ("load-mixed", "bulk load, 1 % duplicates and revisions", 0.01, 0.45),
        ):
            yield _compare(conn, channels, parts, share, bench, what, goal)


def _connect(url: str) -> Connection:
    return connect(url, application="bench")


def _compare(
    conn: Connection, channels: Int64Array, parts: list[tuple[Int64Array, Int64Array, Int64Array]],
    share: float, bench: str, what: str, goal: float,
) -> Result:  # fmt: skip
    batches = [registers(*part) for part in parts]
    there = [_there(part, share) for part in parts]
    n = sum(len(batch) for batch in batches)
    hub, limit = [], []
    for _ in range(RUNS):
        empty_readings(conn)
        limit.append(n / seconds(lambda: _copy_all(conn, channels, parts)))
        empty_readings(conn)
        for home, ts, value in there:
            if len(home):
                copy_readings(conn, channels[home - 1], ts, value)
        conn.commit()
        hub.append(n / seconds(lambda: _write_all(conn, batches)))
        _check(conn, n, share)
    note = f"{n / 1e6:g} million rows, {n // len(batches)} a transaction"
    return compared(
        bench, what, hub, limit, unit="rows/s", limit_what="binary COPY of the same rows",
        goal=Goal("at least", goal), note=note,
    )  # fmt: skip


def _there(
    part: tuple[Int64Array, Int64Array, Int64Array], share: float
) -> tuple[Int64Array, Int64Array, Int64Array]:
    """Rows that stand there before: some of the same, as many with another value."""
    home, ts, value = part
    dice = np.random.default_rng(7)
    at = np.flatnonzero(dice.random(len(ts)) < share)
    changed = value[at].copy()
    changed[::2] += 1000
    return home[at], ts[at], changed


def _copy_all(
    conn: Connection, channels: Int64Array, parts: list[tuple[Int64Array, Int64Array, Int64Array]]
) -> None:
    for home, ts, value in parts:
        copy_readings(conn, channels[home - 1], ts, value)
        conn.commit()


def _write_all(conn: Connection, batches: list[Batch]) -> None:
    directory = Directory()
    for batch in batches:
        write_batch(conn, directory, batch, Origin(BACKFILL))
        conn.commit()


def _check(conn: Connection, n: int, share: float) -> None:
    """Loaded is what stands in the table, not what was sent."""
    row = conn.execute(
        "SELECT (SELECT count(*) FROM reading WHERE received_at = to_timestamp(%s)),"
        " (SELECT count(DISTINCT channel_id) FROM dirty), (SELECT count(*) FROM reading_revision)",
        [NOW],
    ).fetchone()
    assert row is not None
    assert row[0] == n and row[1] == HOMES, row
    assert (row[2] > 0) == (share > 0), row
