"""How much disk the derived tables take, against the readings they are made of.

With their indexes, as they lie there after one rebuild.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

import numpy as np

from hub.model import Int64Array
from hub.rollup.rebuild import rebuild
from hub.store.connection import Connection, connect
from tests.bench.result import Goal, Result
from tests.bench.stand import (
    HALF_HOUR,
    START,
    copy_readings,
    database,
    half_hourly,
    make_channels,
)
from tests.stack import Stack

DERIVED = ("channel_day", "household_day", "channel_month", "household_month",
           "area_day", "area_month", "area_slot")  # fmt: skip
_MEGABYTE = 2**20


def run(stack: Stack) -> Iterator[Result]:
    """Half-hourly registers over five months, then daily ones over a year."""
    with _rolled_up(stack, half_hourly(500, 1, 7200)) as conn:
        raw = size(conn, "reading")
        days = size(conn, "channel_day")
        yield _result("channel_day, half-hour channels", days, raw, 0.15)
        yield _result("all derived tables, half-hour channels", _derived(conn), raw, 0.30)
    with _rolled_up(stack, _daily(2000, 365)) as conn:
        yield _result(
            "all derived tables, daily channels", _derived(conn), size(conn, "reading"), 1.5
        )


def _result(what: str, derived: int, raw: int, goal: float) -> Result:
    mine, theirs = derived / _MEGABYTE, raw / _MEGABYTE
    return Result(
        "sizes", what, "MB", mine, theirs, "the readings' hypertable", mine / theirs,
        Goal("at most", goal),
    )  # fmt: skip


def _daily(homes: int, days: int) -> tuple[Int64Array, Int64Array, Int64Array]:
    home, ts, value = half_hourly(homes, 1, days)
    return home, START + (ts - START) // HALF_HOUR * 86_400, value


@contextmanager
def _rolled_up(
    stack: Stack, readings: tuple[Int64Array, Int64Array, Int64Array]
) -> Iterator[Connection]:
    home, ts, value = readings
    homes = int(home.max())
    with (
        database(stack, homes, "electricity") as url,
        closing(connect(url, application="bench")) as conn,
    ):
        channels = make_channels(conn, homes)
        for part in np.array_split(np.arange(len(home)), 20):
            copy_readings(conn, channels[home[part] - 1], ts[part], value[part])
        conn.commit()
        conn.autocommit = True
        rebuild(conn, url)
        conn.execute("VACUUM ANALYZE")
        yield conn


def _derived(conn: Connection) -> int:
    return sum(size(conn, table) for table in DERIVED)


def size(conn: Connection, table: str) -> int:
    """Bytes of a table with its indexes and chunks."""
    row = conn.execute(
        "SELECT coalesce((SELECT hypertable_size(format('%%I.%%I', hypertable_schema,"
        " hypertable_name)::regclass) FROM timescaledb_information.hypertables"
        " WHERE hypertable_name = %s), pg_total_relation_size(%s::regclass))",
        [table, table],
    ).fetchone()
    assert row is not None
    return int(row[0])
