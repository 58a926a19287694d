"""A small registry for tests of the intake."""

from __future__ import annotations

from typing import Any

from hub.intake.batch import Batch, BatchBuilder
from hub.model import ChannelKey, Series
from hub.registry.importing import import_tables, read_bytes
from hub.store.connection import Connection

NOW = 1_795_000_000  # 2026-11-18
HOUR = 3600

FILES = {
    "areas.csv": "code,name,kind\n693830101,Part-Dieu,iris\n",
    "homes.csv": "ref,area\nd1,693830101\nd2,693830101\n",
    "people.csv": "ref\nh1\nh2\n",
    "stay.csv": "household,dwelling\nh1,d1\nh2,d2\n",
    "points.csv": "ref,commodity,dwelling,valid_from\n"
    "PRM1,electricity,d1,\nPRM2,electricity,d2,2026-01-10\nPCE1,gas,d1,\nW1,water,d1,\nS1,solar,d1,\n",
    "devices.csv": "connector,ref,usage_point\nsenml,e1,PRM1\nsenml,e2,PRM2\nsenml,w1,W1\n"
    "wmbusmeters,12345678,W1\ntasmota_teleinfo,021528603314,PRM1\nsenml,s1,S1\n",
}


def bring(conn: Connection, files: dict[str, str] | None = None) -> None:
    """Import registry files and commit; nothing may be refused."""
    read = [
        read_bytes(name, text.encode(), "Europe/Paris") for name, text in (files or FILES).items()
    ]
    assert import_tables(conn, read).problems == []


def waits(conn: Connection, other: Connection) -> bool:
    """Whether a session waits for another's lock."""
    row = conn.execute(
        "SELECT EXISTS (SELECT FROM pg_locks WHERE pid = %s AND NOT granted)",
        [other.info.backend_pid],
    ).fetchone()
    return row is not None and bool(row[0])


def key(device: str = "e1", **other: Any) -> ChannelKey:
    """A register of electricity drawn, unless told otherwise."""
    usual: dict[str, Any] = {
        "commodity": "electricity",
        "flow": "consumption",
        "quantity": "energy",
        "register": "TOTAL",
        "kind": "register",
    }
    return ChannelKey(device, **(usual | other))


def batch(
    *series: Series, received_at: int = NOW, connector: str = "senml", load_id: int = 0
) -> Batch:
    """A batch of these series; rows are counted through it."""
    builder = BatchBuilder()
    first = 0
    for one in series:
        builder.add(connector, one, received_at, first, load_id)
        first += max(one.row) if one.row is not None else 1
    return builder.build()


def registers(*pairs: tuple[int, int], device: str = "e1", **other: Any) -> Series:
    """A register's readings; every reading is a row of its own."""
    ts, value = [list(c) for c in zip(*pairs, strict=True)]
    return Series(key(device, **other), ts, value, row=list(range(1, len(pairs) + 1)))


def stored(conn: Connection) -> list[tuple[Any, ...]]:
    """Every reading: device's usage point, epoch, value, seconds, load."""
    return conn.execute(
        "SELECT u.ref, extract(epoch FROM ts)::int8, value, seconds, load_id"
        " FROM reading JOIN channel USING (channel_id) JOIN usage_point u USING (usage_point_id)"
        " WHERE u.superseded_at IS NULL ORDER BY 1, period_class, 2"
    ).fetchall()
