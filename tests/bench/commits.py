"""When messages were committed: the server's own stamps, read when all is over.

The server stamps every transaction (track_commit_timestamp, on for a benchmark only), a reading's
own transaction is found by its xmin, and its register tells when its message was due. Nothing polls
while it is measured. The stamp is taken just before the commit's flush to disk, so the flush's mean
time (pg_stat_wal) is added. The generator's lateness counts as delay.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hub.store.connection import Connection, connect
from tests.bench.generator import FIRST, Plan
from tests.bench.stand import autocommit
from tests.stack import Stack


@contextmanager
def commit_times(stack: Stack) -> Iterator[None]:
    """The server stamps every commit, and times its flushes, for as long as the block lasts."""
    names = ("track_commit_timestamp", "track_wal_io_timing")

    def restarted(statement: str) -> None:
        with connect(stack.database_url, application="bench") as conn:
            for name in names:
                autocommit(conn, statement.format(name))
        stack.cluster.stop()
        stack.cluster.start()

    restarted("ALTER SYSTEM SET {} = on")
    try:
        yield
    finally:
        restarted("ALTER SYSTEM RESET {}")


@dataclass(frozen=True)
class Commits:
    """When the messages of a plan were due, and committed; seconds since 1970."""

    due: npt.NDArray[np.float64]
    at: npt.NDArray[np.float64]

    def delay(self, percent: float) -> float:
        """Milliseconds from one to the other."""
        return float(np.percentile(self.at - self.due, percent)) * 1000


def commits(conn: Connection, plan: Plan) -> Commits:
    """Of a plan's messages, which are all stored."""
    rows = conn.execute(
        "SELECT value, extract(epoch FROM pg_xact_commit_timestamp(xmin))::float8 FROM reading"
        " WHERE ts >= to_timestamp(%s) AND ts <= to_timestamp(%s)",
        [plan.instant(0), plan.instant(plan.messages - 1)],
    ).fetchall()
    value, at = (np.array(column, dtype=np.float64) for column in zip(*rows, strict=True))
    return Commits(plan.start + (value - FIRST) / (1000 * plan.step), at + flush(conn) / 1000)


def flush(conn: Connection) -> float:
    """Mean milliseconds of a flush to disk since the figures were reset."""
    row = conn.execute("SELECT wal_sync_time / greatest(wal_sync, 1) FROM pg_stat_wal").fetchone()
    assert row is not None
    return float(row[0])
