"""What the rollup reads: channels, meter events, moves, and readings with their neighbours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from psycopg import sql

from hub.clock import day_number
from hub.model import Int64Array
from hub.rollup.columns import Events, Flag, Moves, Passes
from hub.rollup.families import WHOLE
from hub.rollup.registry import EVER, ChannelRow, inclusive
from hub.rollup.work import StoredChannel
from hub.store.connection import Connection
from hub.store.copying import copy_out

_CHANNELS = """
SELECT c.channel_id, c.usage_point_id, c.commodity, c.flow, c.quantity, c.register, c.kind,
       c.source, c.input, c.period_class, c.rank, c.valid_to, u.dwelling_id, c.slot_minutes * 60,
       c.horizon, extract(epoch FROM k.day_start)::int4, u.subscribed_va, u.pipe_mm,
       u.register_digits, coalesce(u.resolution, k.resolution), k.max_per_hour, p.closing
FROM channel c
JOIN commodity k USING (commodity)
LEFT JOIN LATERAL (
    SELECT dwelling_id, subscribed_va, pipe_mm, register_digits, resolution FROM usage_point
    WHERE usage_point_id = c.usage_point_id AND superseded_at IS NULL
    ORDER BY valid_from DESC NULLS LAST LIMIT 1
) u ON true
LEFT JOIN LATERAL (
    SELECT max(closing) AS closing FROM meter_event e
    WHERE e.usage_point_id = c.usage_point_id AND e.flow = c.flow AND c.kind = 'register'
      AND e.register IN ('', c.register) AND e.kind = 'rollover' AND e.superseded_at IS NULL
) p ON true
WHERE c.kind <> 'power' AND c.channel_id = ANY(%s) ORDER BY c.channel_id"""

# One event an instant: the register's own before one that means all registers, then the newest.
# What is said of all registers at once is the register of the whole: the parts end and begin there,
# with what is not known. So does a counter of pulses, which does not show what the meter shows. It
# begins anew where a count is worth something else from a day on, too.
_EVENTS = """
WITH asked AS (
    SELECT * FROM channel WHERE kind = 'register' AND channel_id = ANY(%(channels)s)
), told AS (
    SELECT a.channel_id, e.at, e.kind, e.register, e.row_id,
           (e.register <> '' OR a.register = ANY(%(wholes)s)) AND a.counted IS false AS known,
           e.closing, e.opening
    FROM asked a
    JOIN meter_event e ON e.usage_point_id = a.usage_point_id AND e.flow = a.flow
         AND e.register IN ('', a.register) AND e.superseded_at IS NULL
    UNION ALL
    SELECT a.channel_id, d.valid_from::timestamptz, 'replacement', '', 0, false, NULL, NULL
    FROM asked a
    CROSS JOIN LATERAL (
        SELECT valid_from, pulse IS DISTINCT FROM lag(pulse) OVER dated AS differs,
               row_number() OVER dated AS number
        FROM device
        WHERE usage_point_id = a.usage_point_id AND connector = a.source
          AND (input IN ('', a.input) OR starts_with(a.input, input || '/'))
          AND superseded_at IS NULL
        WINDOW dated AS (ORDER BY valid_from NULLS FIRST, row_id)
    ) d
    WHERE a.counted IS DISTINCT FROM false AND d.differs AND d.number > 1
      AND d.valid_from IS NOT NULL
)
SELECT DISTINCT ON (channel_id, at)
       channel_id, floor(extract(epoch FROM at))::int8, kind, register,
       CASE WHEN known THEN closing END, CASE WHEN known THEN opening END
FROM told
ORDER BY channel_id, at, register DESC, row_id DESC"""

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


def channels(conn: Connection, numbers: Sequence[int]) -> list[StoredChannel]:
    """Channels by number, without those of power."""
    return [_stored(row) for row in conn.execute(_CHANNELS, [list(numbers)])]


def _stored(row: tuple[Any, ...]) -> StoredChannel:
    number, point, commodity, flow, quantity, register, kind, source, input_, period = row[:10]
    rank, valid_to, dwelling, slot, horizon, day_start, va, pipe, digits, step = row[10:20]
    most, passed = row[20:]
    channel = ChannelRow(
        number, point, (commodity, flow, quantity), register, kind, source, input_, period,
        rank, inclusive(None, valid_to)[1],
    )  # fmt: skip
    frozen = EVER if horizon is None else day_number(horizon)
    return StoredChannel(
        channel, dwelling or 0, slot, frozen, day_start, va, pipe, digits, step, most, passed
    )


def meter_events(conn: Connection, stored: list[StoredChannel], entry: Int64Array) -> Events:
    """Events of the channels of each entry (index into ``stored``), as the kernel takes them."""
    registers = [c.row.channel_id for c in stored if c.row.kind == "register"]
    events: dict[int, list[tuple[int, ...]]] = {}
    passes: dict[int, list[tuple[int, ...]]] = {}
    wanted = {"channels": registers, "wholes": sorted(WHOLE)}
    for one, ts, kind, register, *told in conn.execute(_EVENTS, wanted):
        if kind == "rollover":
            passes.setdefault(one, []).append((ts,))
            continue
        closing, opening = (-1 if value is None or value < 0 else value for value in told)
        of_set = kind == "register-set" and register and (closing < 0) != (opening < 0)
        event = (ts, int(_FLAGS[kind]), closing, opening, int(bool(of_set)))
        events.setdefault(one, []).append(event)
    channel = [stored[i].row.channel_id for i in entry.tolist()]
    number, at, flag, closings, openings, of_sets = _by_entry(channel, events, 5)
    passed = Passes(*_by_entry(channel, passes, 1))
    return Events(number, at, flag, closings, openings, of_sets.astype(np.bool_), passed)


def moves(conn: Connection, stored: list[StoredChannel], entry: Int64Array) -> Moves:
    """Moving days of the dwelling of each entry's channel."""
    found: dict[int, list[tuple[int, ...]]] = {}
    for dwelling, day in conn.execute(_MOVES, [sorted({c.dwelling for c in stored})]):
        found.setdefault(dwelling, []).append((day_number(day),))
    return Moves(*_by_entry([stored[i].dwelling for i in entry.tolist()], found, 1))


def _by_entry(
    key: Sequence[int], found: Mapping[int, list[tuple[int, ...]]], width: int
) -> list[Int64Array]:
    """What was found of each entry's key: a column of the entries' indexes, then so many others."""
    rows = [(i, *one) for i, which in enumerate(key) for one in found.get(which, ())]
    table = np.array(rows, dtype=np.int64).reshape(-1, width + 1)
    return [table[:, i].copy() for i in range(width + 1)]


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
