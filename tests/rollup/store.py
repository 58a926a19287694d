"""A small registry and readings in a real database, and its derived tables as plain rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from hub.rollup.worker import Worker
from hub.store.connection import Connection, connect
from hub.store.rollup_bulk import BulkReader
from hub.store.rollup_work import SHARES
from tests.rollup.oracle import Channel, Reading

DERIVED = ("channel_day", "channel_month", "household_day", "household_month",
           "area_day", "area_month", "area_slot")  # fmt: skip


@contextmanager
def idle(url: str) -> Iterator[Connection]:
    """A connection as the worker wants it: autocommit."""
    with connect(url, application="test") as conn:
        conn.autocommit = True
        yield conn


@contextmanager
def worker(url: str) -> Iterator[Worker]:
    with idle(url) as conn, BulkReader(url) as bulk:
        yield Worker(conn, bulk, range(SHARES))


def clear(conn: Connection) -> None:
    """Empty everything that these tests write."""
    tables = (*DERIVED, "reading", "reading_revision", "dirty", "dirty_area", "channel", "area",
              "dwelling", "household", "occupancy", "usage_point", "consent", "meter_event",
              "club", "club_member")  # fmt: skip
    conn.execute(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY CASCADE".encode())
    conn.execute("DELETE FROM setting WHERE name = 'verdict'")  # the last proof's verdict


def home(
    conn: Connection, number: int, *, area: int = 1, commodity: str = "electricity",
    first: str | None = None, last: str | None = None, consent: str | None = "half-hour",
) -> int:  # fmt: skip
    """A dwelling, household, occupancy and usage point of one number; gives the number."""
    conn.execute(
        "INSERT INTO dwelling (dwelling_id, ref, area_id) VALUES (%s, %s, %s)",
        [number, f"d{number}", area],
    )
    conn.execute(
        "INSERT INTO household (household_id, ref) VALUES (%s, %s)", [number, f"h{number}"]
    )
    conn.execute(
        "INSERT INTO occupancy (household_id, dwelling_id, valid_from, valid_to)"
        " VALUES (%s, %s, %s, %s)",
        [number, number, first, last],
    )
    usage_point(conn, number, commodity)
    if consent is not None:
        conn.execute(
            "INSERT INTO consent (household_id, purpose, granularity)"
            " VALUES (%s, 'area-totals', %s)",
            [number, consent],
        )
    return number


def usage_point(
    conn: Connection, number: int, commodity: str = "electricity", dwelling: int | None = None
) -> None:
    conn.execute(
        "INSERT INTO usage_point (usage_point_id, ref, dwelling_id, commodity, resolution)"
        " VALUES (%s, %s, %s, %s, 1)",
        [number, f"u{number}", dwelling or number, commodity],
    )


def areas(conn: Connection) -> None:
    """Two quarters (1, 2) in one arrondissement (3)."""
    for number, kind, parent in ((3, "arrondissement", None), (1, "iris", 3), (2, "iris", 3)):
        conn.execute(
            "INSERT INTO area (area_id, code, name, kind, parent_id) VALUES (%s, %s, %s, %s, %s)",
            [number, f"a{number}", f"Area {number}", kind, parent],
        )


def channel(
    conn: Connection, point: int, *, register: str = "TOTAL", kind: str = "register",
    flow: str = "consumption", source: str = "a", period_class: str = "", slot: int = 30,
) -> int:  # fmt: skip
    """A channel of a usage point, in the quantity of its commodity."""
    row = conn.execute(
        "INSERT INTO channel (usage_point_id, commodity, flow, quantity, register, kind, source,"
        " period_class, slot_minutes) SELECT %s, u.commodity, %s, c.quantity, %s, %s, %s, %s, %s"
        " FROM usage_point u JOIN commodity c USING (commodity) WHERE usage_point_id = %s"
        " LIMIT 1 RETURNING channel_id",
        [point, flow, register, kind, source, period_class, slot, point],
    ).fetchone()
    assert row is not None
    return int(row[0])


def put(conn: Connection, number: int, readings: Sequence[Reading], *, priority: int = 0) -> None:
    """Write readings and mark what changed, in one transaction."""
    if not readings:
        return
    with conn.transaction():
        with conn.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO reading (ts, value, channel_id, seconds, quality)"
                " VALUES (to_timestamp(%s), %s, %s, %s, %s)"
                " ON CONFLICT (channel_id, ts) DO UPDATE SET value = excluded.value,"
                " seconds = excluded.seconds, quality = excluded.quality",
                [(r.ts, r.value, number, r.seconds, r.quality) for r in readings],
            )
        last = max(r.ts + max(r.seconds, 0) for r in readings)
        mark(conn, number, min(r.ts for r in readings), last, priority)


def mark(conn: Connection, number: int, first: int, last: int, priority: int = 0) -> None:
    conn.execute(
        "INSERT INTO dirty (channel_id, from_ts, to_ts, priority)"
        " VALUES (%s, to_timestamp(%s), to_timestamp(%s), %s)",
        [number, first, last, priority],
    )


def stored_channel(conn: Connection, point: int, like: Channel, source: str = "a") -> int:
    """A channel with the settings of the oracle's, without its readings. Its usage point is set."""
    number = channel(conn, point, kind=like.kind, source=source,
                     period_class="" if like.kind == "register" else
                     ("sub-daily" if like.longest <= 82_800 else "month"),
                     slot=like.slot // 60)  # fmt: skip
    for event in like.events:
        conn.execute(
            "INSERT INTO meter_event (usage_point_id, at, kind, closing, opening, source)"
            " VALUES (%s, to_timestamp(%s), %s, %s, %s, 'operator')",
            [point, event.at, event.kind.replace("_", "-"), event.closing, event.opening],
        )
    return number


def tables(conn: Connection) -> dict[str, list[tuple[Any, ...]]]:
    """All derived rows, as text and in order, to compare whole states."""
    return {
        name: conn.execute(f"SELECT t::text FROM {name} t ORDER BY 1".encode()).fetchall()
        for name in DERIVED
    }
