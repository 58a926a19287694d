"""Where benchmarks run: the real servers with the settings of a hub, and districts of any size.

The servers are started for the run with fsync on, in a temporary folder of this machine's disk.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import psycopg

from hub.intake.batch import Batch, SourceKey
from hub.model import ChannelKey, Int64Array, Quantity
from hub.store.connection import Connection, connect
from hub.store.copying import copy_in
from tests.stack import Stack

NOW = 1_795_348_800  # 2026-11-22 16:00 UTC
HALF_HOUR = 1800
#: Midnight in Paris, winter time, of 2026-01-10: no clock change in the months that follow.
START = 1_768_000_000 - 1_768_000_000 % 86_400 + 82_800

_QUANTITIES: dict[str, Quantity] = {
    "electricity": "energy", "gas": "volume", "water": "volume",
}  # fmt: skip

_REGISTRY = """
INSERT INTO area (code, name, kind, parent_id)
    VALUES ('69383', 'Arrondissement', 'arrondissement', NULL);
INSERT INTO area (code, name, kind, parent_id)
    SELECT '69383' || lpad(n::text, 4, '0'), 'Quarter ' || n, 'iris',
           (SELECT area_id FROM area WHERE code = '69383')
    FROM generate_series(1, 40) n;
INSERT INTO dwelling (dwelling_id, ref, area_id)
    SELECT n, 'd' || n, (SELECT area_id FROM area
                         WHERE code = '69383' || lpad((1 + n % 40)::text, 4, '0'))
    FROM generate_series(1, {homes}) n;
INSERT INTO household (household_id, ref) SELECT n, 'h' || n FROM generate_series(1, {homes}) n;
INSERT INTO occupancy (household_id, dwelling_id) SELECT n, n FROM generate_series(1, {homes}) n;
INSERT INTO consent (household_id, purpose) SELECT n, 'area-totals'
    FROM generate_series(1, {homes}) n;
"""
_COMMODITY = """
INSERT INTO usage_point (ref, dwelling_id, commodity, resolution)
    SELECT %(short)s || n, n, %(commodity)s, 1 FROM generate_series(1, %(homes)s) n;
INSERT INTO device (connector, ref, usage_point_id)
    SELECT 'senml', u.ref, u.usage_point_id FROM usage_point u WHERE u.commodity = %(commodity)s;
"""


@contextmanager
def stand() -> Iterator[Stack]:
    """The servers, for as long as the block lasts."""
    stack = Stack(durable=True)
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()


@contextmanager
def database(stack: Stack, homes: int, *commodities: str) -> Iterator[str]:
    """A fresh database with so many homes, each with a usage point per commodity; its URL.

    Home n (from 1) has device ``e<n>``, ``g<n>``, ``w<n>`` of connector ``senml``.
    """
    with stack.fresh_database() as url, connect(url, application="bench") as conn:
        conn.execute(_REGISTRY.format(homes=int(homes)).encode())
        for commodity in commodities:
            values = {"short": commodity[0], "commodity": commodity, "homes": homes}
            for statement in _COMMODITY.split(";")[:2]:
                conn.execute(statement.encode(), values)
        conn.execute("ANALYZE")
        conn.commit()
        yield url


def source_key(commodity: str, home: int) -> SourceKey:
    """The series of a home's meter as its gateway would tell it."""
    key = ChannelKey(
        f"{commodity[0]}{home}", commodity, "consumption", _QUANTITIES[commodity], "TOTAL",
        "register",
    )  # fmt: skip
    return SourceKey("senml", key)


def registers(
    homes: Int64Array, ts: Int64Array, value: Int64Array, commodity: str = "electricity",
    *, received_at: int = NOW, load: int = 0,
) -> Batch:  # fmt: skip
    """A batch of register readings; columns of equal length: number of the home, instant, value."""
    numbers, key = np.unique(homes, return_inverse=True)
    n = len(ts)
    zero = np.zeros(n, dtype=np.int64)
    return Batch(
        [source_key(commodity, int(home)) for home in numbers], key.astype(np.int32), ts, value,
        zero, zero, np.arange(1, n + 1), np.full(n, received_at), np.full(n, load),
    )  # fmt: skip


def half_hourly(homes: int, first: int, readings: int) -> tuple[Int64Array, Int64Array, Int64Array]:
    """(home, instant, register in mWh) of homes first.. with a reading every half-hour, seeded."""
    dice = np.random.default_rng(first)
    used = dice.gamma(0.8, 180_000, size=(homes, readings)).astype(np.int64)
    value = np.cumsum(used, axis=1) + dice.integers(10**9, 10**10, size=(homes, 1))
    home = np.repeat(np.arange(first, first + homes), readings)
    ts = np.tile(START + HALF_HOUR * np.arange(readings), homes)
    return home, ts, value.ravel()


def copy_readings(conn: Connection, channel: Int64Array, ts: Int64Array, value: Int64Array) -> None:
    """A plain binary COPY of register readings: the limit of every way to load them."""
    copy_in(
        conn, "reading",
        {
            "ts": ("timestamptz", ts),
            "value": ("int8", value),
            "received_at": ("timestamptz", np.full(len(ts), NOW)),
            "channel_id": ("int4", channel),
            "seconds": ("int4", 0),
            "load_id": ("int4", 0),
            "quality": ("int2", 0),
        },
    )  # fmt: skip


def empty_readings(conn: Connection) -> None:
    """As before the first reading; the checkpoint of one run is not paid by the next."""
    conn.execute("TRUNCATE reading, reading_revision, dirty, latest")
    conn.commit()
    autocommit(conn, "CHECKPOINT")


def make_channels(conn: Connection, homes: int, commodity: str = "electricity") -> Int64Array:
    """Channels of the homes' registers as ingest would make them; channel number of home i + 1."""
    conn.execute(
        "INSERT INTO channel (usage_point_id, commodity, flow, quantity, register, kind, source)"
        " SELECT u.usage_point_id, u.commodity, 'consumption', c.quantity, 'TOTAL', 'register',"
        " 'senml' FROM usage_point u JOIN commodity c USING (commodity) WHERE u.commodity = %s"
        " ORDER BY u.dwelling_id",
        [commodity],
    )
    rows = conn.execute(
        "SELECT c.channel_id FROM channel c JOIN usage_point u USING (usage_point_id)"
        " WHERE c.commodity = %s ORDER BY u.dwelling_id",
        [commodity],
    ).fetchall()
    assert len(rows) == homes
    return np.array([row[0] for row in rows], dtype=np.int64)


def autocommit(conn: psycopg.Connection[tuple[object, ...]], statement: str) -> None:
    """A statement that may not stand in a transaction."""
    conn.commit()
    conn.autocommit = True
    conn.execute(statement.encode())
    conn.autocommit = False
