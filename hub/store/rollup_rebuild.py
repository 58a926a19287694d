"""What a rebuild asks of the store, beside what every recomputation does."""

from __future__ import annotations

from datetime import date

from hub.clock import day_number
from hub.store.connection import Connection

_DWELLINGS = """
SELECT coalesce((SELECT dwelling_id FROM usage_point u
                 WHERE u.usage_point_id = c.usage_point_id AND u.superseded_at IS NULL
                 ORDER BY valid_from DESC NULLS LAST LIMIT 1), 0) AS dwelling_id, channel_id
FROM channel c WHERE kind <> 'power' ORDER BY 1, 2"""
_RESIDENTS = f"""
SELECT DISTINCT k.dwelling_id, o.household_id FROM ({_DWELLINGS}) k
JOIN channel c USING (channel_id) JOIN usage_point u USING (usage_point_id)
JOIN occupancy o ON o.dwelling_id = u.dwelling_id"""  # noqa: S608 - constants of this module

# From the chunks' own bounds: a look at every reading would take longer than it saves.
_SPAN = """
SELECT least(min(range_start), (SELECT min(at) FROM meter_event WHERE opening IS NOT NULL
                                AND superseded_at IS NULL))::date - 1,
       greatest(max(range_end), (SELECT max(at) FROM meter_event WHERE closing IS NOT NULL
                                 AND superseded_at IS NULL))::date + 1
FROM timescaledb_information.chunks
WHERE hypertable_schema = current_schema()
  AND hypertable_name IN ('reading', 'channel_day', 'household_day')
HAVING count(*) > 0"""

# A register known from a meter event begins or ends a piece as a reading does.
_EXTENTS = """
SELECT c.channel_id, floor(extract(epoch FROM least(a.ts, e.first)))::int8,
       ceil(extract(epoch FROM greatest(b.ts, e.last)))::int8
FROM channel c
CROSS JOIN LATERAL (SELECT ts FROM reading WHERE channel_id = c.channel_id ORDER BY ts LIMIT 1) a
CROSS JOIN LATERAL (SELECT ts FROM reading WHERE channel_id = c.channel_id
                    ORDER BY ts DESC LIMIT 1) b
CROSS JOIN LATERAL (
    SELECT min(at) FILTER (WHERE opening IS NOT NULL) AS first,
           max(at) FILTER (WHERE closing IS NOT NULL) AS last
    FROM meter_event e
    WHERE c.kind = 'register' AND e.usage_point_id = c.usage_point_id AND e.flow = c.flow
      AND e.register IN ('', c.register) AND e.superseded_at IS NULL
) e
WHERE c.channel_id = ANY(%s)"""


def channels_by_dwelling(conn: Connection) -> dict[int, list[int]]:
    """Dwelling -> numbers of its channels."""
    found: dict[int, list[int]] = {}
    for dwelling, channel in conn.execute(_DWELLINGS):
        found.setdefault(dwelling, []).append(channel)
    return found


def residents(conn: Connection) -> list[tuple[int, int]]:
    """(dwelling, household) of everyone whose rows a recomputation of the dwelling writes."""
    return conn.execute(_RESIDENTS.encode()).fetchall()


def span(conn: Connection) -> tuple[int, int] | None:
    """First and last day that may hold a row; None without readings and rows."""
    row = conn.execute(_SPAN).fetchone()
    if row is None or row[0] is None:
        return None
    return day_number(row[0]), day_number(row[1])


def extents(conn: Connection, channels: list[int]) -> dict[int, tuple[int, int]]:
    """First and last instant known of each channel, where it has readings."""
    rows = conn.execute(_EXTENTS, [channels])
    return {channel: (first, last) for channel, first, last in rows}


def dirty_of(conn: Connection, channels: list[int]) -> list[int]:
    """Ranges of these channels that wait or were set aside."""
    rows = conn.execute("SELECT id FROM dirty WHERE channel_id = ANY(%s)", [channels])
    return [row[0] for row in rows]


def drop_dirty(conn: Connection, numbers: list[int]) -> None:
    """Remove exactly these ranges."""
    conn.execute("DELETE FROM dirty WHERE id = ANY(%s)", [numbers])


def try_again(conn: Connection, first: date | None, last: date | None) -> int:
    """Put ranges that were set aside back into the queue; how many.

    Those that touch the local days first..last (None = open), a day on either side included: a gas
    day ends at six the next morning.
    """
    cursor = conn.execute(
        "UPDATE dirty SET attempts = 0, failure = NULL WHERE failure IS NOT NULL"
        " AND to_ts >= coalesce((%(first)s::date - 1)::timestamptz, '-infinity')"
        " AND from_ts < coalesce((%(last)s::date + 2)::timestamptz, 'infinity')",
        {"first": first, "last": last},
    )
    return cursor.rowcount


def drop_orphans(conn: Connection) -> None:
    """Remove rows of what no longer exists."""
    conn.execute(
        "DELETE FROM household_day h WHERE NOT EXISTS"
        " (SELECT FROM occupancy o WHERE o.household_id = h.household_id)"
    )
    conn.execute(
        "DELETE FROM household_month h WHERE NOT EXISTS"
        " (SELECT FROM occupancy o WHERE o.household_id = h.household_id)"
    )
    for table in ("channel_day", "channel_month"):
        conn.execute(
            f"DELETE FROM {table} d WHERE NOT EXISTS"  # noqa: S608 - names of this module
            " (SELECT FROM channel c WHERE c.channel_id = d.channel_id)".encode()
        )
