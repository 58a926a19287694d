"""Last register and current power of each channel, and the power of the last two days."""

from __future__ import annotations

import json
from collections.abc import Collection

import numpy as np

from hub.model import Int64Array
from hub.store.connection import Connection

NOTIFY_CHANNEL = "hub_latest"
_NOTIFY_BYTES = 7000  # PostgreSQL takes 8 000

# Only forward in time; at the same instant a value received no earlier takes its place.
_MOVE = """
INSERT INTO latest AS l (channel_id, ts, value, received_at)
SELECT c, to_timestamp(t), v, to_timestamp(r)
FROM unnest(%s::int4[], %s::int8[], %s::int8[], %s::int8[]) AS n (c, t, v, r) ORDER BY c
ON CONFLICT (channel_id) DO UPDATE
SET ts = EXCLUDED.ts, value = EXCLUDED.value, received_at = EXCLUDED.received_at
WHERE EXCLUDED.ts > l.ts OR (EXCLUDED.ts = l.ts AND EXCLUDED.value <> l.value
                              AND EXCLUDED.received_at >= l.received_at)
RETURNING channel_id"""

_POWER = """
INSERT INTO power AS p (ts, value, channel_id)
SELECT to_timestamp(t), v, c FROM unnest(%s::int4[], %s::int8[], %s::int8[]) AS n (c, t, v)
ORDER BY c, t
ON CONFLICT (channel_id, ts) DO UPDATE SET value = EXCLUDED.value
WHERE p.value IS DISTINCT FROM EXCLUDED.value"""

# A message that came meanwhile may have made the row again, and may be the newer one.
_RECOMPUTE = """
INSERT INTO latest AS l (channel_id, ts, value, received_at)
SELECT c.channel_id, r.ts, r.value, r.received_at
FROM channel c
CROSS JOIN LATERAL (SELECT ts, value, received_at FROM reading
                    WHERE channel_id = c.channel_id ORDER BY ts DESC LIMIT 1) r
WHERE c.channel_id = ANY(%s) AND c.kind = 'register'
ON CONFLICT (channel_id) DO UPDATE
SET ts = EXCLUDED.ts, value = EXCLUDED.value, received_at = EXCLUDED.received_at
WHERE EXCLUDED.ts > l.ts"""


def move_latest(
    conn: Connection, channel: Int64Array, ts: Int64Array, value: Int64Array, received: Int64Array
) -> list[int]:
    """Move ``latest`` forward, one row a channel; returns the channels that moved."""
    if not len(channel):
        return []
    columns = [column.tolist() for column in (channel, ts, value, received)]
    return [row[0] for row in conn.execute(_MOVE, columns)]


def store_power(
    conn: Connection, channel: Int64Array, ts: Int64Array, value: Int64Array, received: Int64Array
) -> list[int]:
    """Store power sorted by (channel, ts), keys unique; returns the channels that moved."""
    if not len(channel):
        return []
    conn.execute(_POWER, [column.tolist() for column in (channel, ts, value)])
    last = np.ones(len(channel), dtype=bool)
    last[:-1] = channel[1:] != channel[:-1]
    return move_latest(conn, channel[last], ts[last], value[last], received[last])


def recompute_latest(conn: Connection, channels: Collection[int]) -> None:
    """Set the last register of these channels anew from what is stored."""
    numbers = list(channels)
    conn.execute(
        "DELETE FROM latest USING channel c WHERE latest.channel_id = ANY(%s)"
        " AND c.channel_id = latest.channel_id AND c.kind = 'register'",
        [numbers],
    )
    conn.execute(_RECOMPUTE, [numbers])


def notify_latest(conn: Connection, channels: Collection[int]) -> None:
    """Tell the pages which channels moved; "*" when there are too many to name. Commits."""
    payload = json.dumps(sorted(channels), separators=(",", ":"))
    conn.execute(
        "SELECT pg_notify(%s, %s)",
        [NOTIFY_CHANNEL, payload if len(payload) <= _NOTIFY_BYTES else "*"],
    )
    conn.commit()
