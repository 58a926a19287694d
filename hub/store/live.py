"""What moves: the last registers and powers of a household, and how the pages hear of changes."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from hub.store.connection import AsyncConnection, Connection

LATEST, ROLLUP, PUBLISHED = "hub_latest", "hub_rollup", "hub_published"


@dataclass(frozen=True, slots=True)
class LiveChannel:
    """A channel of a household and its last value, in the integer unit of its quantity.

    `at` and `value` are None where nothing has arrived that the household may see (intervals have
    no last value). `day` is today or yesterday, the newer of which something is known, None where
    nothing is; `covered` are the seconds known of it, `shared_out` says that a longer time's amount
    was shared out to it. `away_from`: since that day the register is none of the meter's.
    """

    channel_id: int
    usage_point_id: int
    commodity: str
    flow: str
    quantity: str
    register: str
    kind: str
    source: str
    at: dt.datetime | None
    value: int | None
    received_at: dt.datetime | None
    period_class: str = ""
    rank: int = 100
    day: dt.date | None = None
    covered: int = 0
    shared_out: bool = False
    away_from: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Latest:
    """The last value of one channel."""

    channel_id: int
    at: dt.datetime
    value: int


@dataclass(frozen=True, slots=True)
class Change:
    """A notification: `numbers` are channels or households, None = any of them."""

    topic: str
    numbers: frozenset[int] | None


def household_channels(
    connection: Connection, household_id: int, today: dt.date
) -> list[LiveChannel]:
    """The channels of the dwelling the household occupies today.

    The household owns the days strictly between its dates: what a meter said before them belongs
    to someone else and is not returned.
    """
    rows = connection.execute(_CHANNELS, {"household": household_id, "today": today})
    return [LiveChannel(*row) for row in rows]


_CHANNELS = """
SELECT c.channel_id, c.usage_point_id, c.commodity, c.flow, c.quantity, c.register, c.kind,
       c.source, l.ts, l.value, l.received_at, c.period_class, c.rank, d.day,
       coalesce(d.covered, 0), coalesce(d.shared_out, false), a.away_from
FROM occupancy o
JOIN usage_point u ON u.dwelling_id = o.dwelling_id AND u.superseded_at IS NULL
     AND (u.valid_from IS NULL OR u.valid_from <= %(today)s)
     AND (u.valid_to IS NULL OR u.valid_to > %(today)s)
JOIN channel c ON c.usage_point_id = u.usage_point_id
     AND (c.valid_to IS NULL OR c.valid_to > %(today)s)
LEFT JOIN latest l ON l.channel_id = c.channel_id
     AND (o.valid_from IS NULL OR l.ts >= o.valid_from + 1)
LEFT JOIN LATERAL (
    SELECT day, covered - coalesce(unowned_covered, 0) AS covered,
           coalesce(allocated, 0) <> coalesce(unowned_allocated, 0) AS shared_out
    FROM channel_day
    WHERE channel_id = c.channel_id AND day BETWEEN %(today)s - 1 AND %(today)s
      AND covered > coalesce(unowned_covered, 0)
      AND (o.valid_from IS NULL OR day > o.valid_from)
    ORDER BY day DESC LIMIT 1
) d ON c.kind <> 'power'
LEFT JOIN LATERAL (
    SELECT e.at::date + 1 AS away_from FROM meter_event e
    WHERE e.usage_point_id = c.usage_point_id AND e.flow = c.flow AND e.register = c.register
      AND e.kind = 'register-set' AND e.closing IS NOT NULL AND e.opening IS NULL
      AND e.superseded_at IS NULL AND (l.ts IS NULL OR l.ts < (e.at::date + 1)::timestamptz)
      AND NOT EXISTS (
        SELECT FROM meter_event j
        WHERE j.usage_point_id = c.usage_point_id AND j.flow = c.flow AND j.register = c.register
          AND j.kind = 'register-set' AND j.closing IS NULL AND j.opening IS NOT NULL
          AND j.superseded_at IS NULL AND j.at > e.at)
    ORDER BY e.at LIMIT 1
) a ON c.kind = 'register'
WHERE o.household_id = %(household)s AND o.superseded_at IS NULL
  AND (o.valid_from IS NULL OR o.valid_from < %(today)s)
  AND (o.valid_to IS NULL OR o.valid_to > %(today)s)
ORDER BY c.channel_id
"""


async def latest_of(connection: AsyncConnection, channels: Sequence[int]) -> list[Latest]:
    """Last values of these channels, in one query however many pages watch them."""
    cursor = await connection.execute(
        "SELECT channel_id, ts, value FROM latest WHERE channel_id = ANY(%s)", (list(channels),)
    )
    return [Latest(*row) for row in await cursor.fetchall()]


async def listen(
    connection: AsyncConnection,
) -> AsyncIterator[Change]:
    """Subscribe to what ingest, rollup and publication tell, and yield it as it comes.

    The connection must be in autocommit mode and serves nothing else.
    """
    for channel in (LATEST, ROLLUP, PUBLISHED):
        await connection.execute(f"LISTEN {channel}")
    async for notice in connection.notifies():
        yield Change(notice.channel, _numbers(notice.payload))


def _numbers(payload: str) -> frozenset[int] | None:
    """Ids of a payload; one that is not a list of them means "any", never an error here."""
    try:
        found = json.loads(payload)
        return frozenset(int(number) for number in found)
    except (ValueError, TypeError):
        return None
