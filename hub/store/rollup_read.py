"""What the rollup reads: channels, meter events, moves, and readings with their neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from psycopg import sql

from hub.clock import day_number
from hub.model import Int64Array
from hub.rollup.columns import Events, Flag, Moves
from hub.rollup.registry import EVER, ChannelRow, inclusive
from hub.rollup.work import StoredChannel
from hub.store.connection import Connection
from hub.store.copying import copy_out

_CHANNELS = """
SELECT c.channel_id, c.usage_point_id, c.commodity, c.flow, c.quantity, c.register, c.kind,
       c.source, c.input, c.period_class, c.rank, c.valid_to, u.dwelling_id, c.slot_minutes * 60,
       c.horizon, extract(epoch FROM k.day_start)::int4, u.subscribed_va, u.pipe_mm,
       u.register_digits, coalesce(u.resolution, k.resolution), k.max_per_hour
FROM channel c
JOIN commodity k USING (commodity)
LEFT JOIN LATERAL (
    SELECT dwelling_id, subscribed_va, pipe_mm, register_digits, resolution FROM usage_point
    WHERE usage_point_id = c.usage_point_id AND superseded_at IS NULL
    ORDER BY valid_from DESC NULLS LAST LIMIT 1
) u ON true
WHERE c.kind <> 'power' AND c.channel_id = ANY(%s) ORDER BY c.channel_id"""

# One event an instant: the register's own before one that means all registers, then the newest.
_EVENTS = """
SELECT DISTINCT ON (c.channel_id, e.at)
       c.channel_id, floor(extract(epoch FROM e.at))::int8, e.kind, e.closing, e.opening
FROM channel c
JOIN meter_event e ON e.usage_point_id = c.usage_point_id AND e.flow = c.flow
     AND e.register IN ('', c.register) AND e.superseded_at IS NULL
WHERE c.kind = 'register' AND c.channel_id = ANY(%s)
ORDER BY c.channel_id, e.at, e.register DESC, e.row_id DESC"""

_MOVES = """
SELECT DISTINCT o.dwelling_id, d.day FROM occupancy o
CROSS JOIN LATERAL (VALUES (o.valid_from), (o.valid_to)) AS d (day)
WHERE o.superseded_at IS NULL AND d.day IS NOT NULL AND o.dwelling_id = ANY(%s)
ORDER BY 1, 2"""

# OFFSET 0 keeps the three parts apart, each with its own ordered walk over the chunks.
_READINGS = sql.SQL("""
SELECT w.entry, r.ts, r.value, r.seconds, r.quality
FROM unnest(%s::int4[], %s::int4[], %s::int8[], %s::int8[], %s::int4[], %s::int4[])
     AS w (entry, channel_id, a, b, before, after)
CROSS JOIN LATERAL (
    (SELECT ts, value, seconds, quality FROM reading
     WHERE channel_id = w.channel_id AND ts < to_timestamp(w.a) ORDER BY ts DESC LIMIT w.before)
    UNION ALL
    (SELECT ts, value, seconds, quality FROM reading
     WHERE channel_id = w.channel_id AND ts >= to_timestamp(w.a) AND ts < to_timestamp(w.b))
    UNION ALL
    (SELECT ts, value, seconds, quality FROM reading
     WHERE channel_id = w.channel_id AND ts >= to_timestamp(greatest(w.a, w.b))
     ORDER BY ts LIMIT w.after)
) r""")
_READING_TYPES = ("int4", "timestamptz", "int8", "int4", "int2")

_FLAGS = {
    "install": Flag.INSTALL,
    "replacement": Flag.REPLACEMENT,
    "rollover": Flag.ROLLOVER,
    "register-set": Flag.REGISTER_SET,
}


@dataclass(frozen=True, slots=True)
class RawReadings:
    """Readings of entries, sorted by (entry, ts)."""

    entry: Int64Array
    ts: Int64Array
    value: Int64Array
    seconds: Int64Array
    quality: Int64Array


def zone_of(conn: Connection) -> str:
    """The zone of local days."""
    row = conn.execute("SELECT current_setting('TimeZone')").fetchone()
    assert row is not None
    return str(row[0])


def channels(conn: Connection, numbers: Sequence[int]) -> list[StoredChannel]:
    """Channels by number, without those of power."""
    return [_stored(row) for row in conn.execute(_CHANNELS, [list(numbers)])]


def _stored(row: tuple[Any, ...]) -> StoredChannel:
    number, point, commodity, flow, quantity, register, kind, source, input_, period = row[:10]
    rank, valid_to, dwelling, slot, horizon, day_start, va, pipe, digits, step, most = row[10:]
    channel = ChannelRow(
        number, point, (commodity, flow, quantity), register, kind, source, input_, period,
        rank, inclusive(None, valid_to)[1],
    )  # fmt: skip
    frozen = EVER if horizon is None else day_number(horizon)
    return StoredChannel(
        channel, dwelling or 0, slot, frozen, day_start, va, pipe, digits, step, most
    )


def meter_events(conn: Connection, stored: list[StoredChannel], entry: Int64Array) -> Events:
    """Events of the channels of each entry (index into ``stored``), as the kernel takes them."""
    registers = [c.row.channel_id for c in stored if c.row.kind == "register"]
    found: dict[int, list[tuple[int, int, int, int]]] = {}
    modulus = {c.row.channel_id: c.modulus for c in stored}
    for number, at, kind, closing, opening in conn.execute(_EVENTS, [registers]):
        if kind == "rollover" and modulus[number]:
            closing = modulus[number] if closing is None else closing
            opening = 0 if opening is None else opening
        closing = -1 if closing is None or closing < 0 else closing
        opening = -1 if opening is None or opening < 0 else opening
        found.setdefault(number, []).append((at, int(_FLAGS[kind]), closing, opening))
    rows = [
        (i, *event)
        for i, which in enumerate(entry.tolist())
        for event in found.get(stored[which].row.channel_id, ())
    ]
    table = np.array(rows, dtype=np.int64).reshape(-1, 5)
    return Events(*(table[:, i].copy() for i in range(5)))


def moves(conn: Connection, stored: list[StoredChannel], entry: Int64Array) -> Moves:
    """Moving days of the dwelling of each entry's channel."""
    found: dict[int, list[int]] = {}
    for dwelling, day in conn.execute(_MOVES, [sorted({c.dwelling for c in stored})]):
        found.setdefault(dwelling, []).append(day_number(day))
    rows = [
        (i, day)
        for i, which in enumerate(entry.tolist())
        for day in found.get(stored[which].dwelling, ())
    ]
    table = np.array(rows, dtype=np.int64).reshape(-1, 2)
    return Moves(table[:, 0].copy(), table[:, 1].copy())


def readings(
    conn: Connection,
    numbers: Int64Array,
    start: Int64Array,
    end: Int64Array,
    before: Int64Array,
    after: Int64Array,
) -> RawReadings:
    """For each entry: readings in [start, end), and so many before and after it.

    numbers: channel numbers. An end before its start leaves the middle out.
    """
    entries = np.arange(len(numbers))
    columns = (entries, numbers, start, end, before, after)
    found = copy_out(conn, _READINGS, [c.tolist() for c in columns], _READING_TYPES)
    order = np.lexsort((found[1], found[0]))
    return RawReadings(*(column[order] for column in found))


def next_readings(conn: Connection, after: dict[int, int]) -> dict[int, int]:
    """Instant of the first reading of each channel after an instant, where there is one."""
    rows = conn.execute(
        "SELECT w.channel_id, extract(epoch FROM r.ts)::int8"
        " FROM unnest(%s::int4[], %s::int8[]) AS w (channel_id, after)"
        " CROSS JOIN LATERAL (SELECT ts FROM reading WHERE channel_id = w.channel_id"
        " AND ts > to_timestamp(w.after) ORDER BY ts LIMIT 1) r",
        [list(after), list(after.values())],
    )
    return dict(rows.fetchall())
