"""What a rebuild asks of the store, beside what every recomputation does."""

from __future__ import annotations

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
SELECT min(range_start)::date - 1, max(range_end)::date + 1
FROM timescaledb_information.chunks
WHERE hypertable_schema = current_schema()
  AND hypertable_name IN ('reading', 'channel_day', 'household_day')"""


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
    """First and last instant of each channel's readings, where there are some."""
    rows = conn.execute(
        "SELECT c.channel_id, extract(epoch FROM a.ts)::int8, extract(epoch FROM b.ts)::int8"
        " FROM unnest(%s::int4[]) AS c (channel_id)"
        " CROSS JOIN LATERAL (SELECT ts FROM reading WHERE channel_id = c.channel_id"
        " ORDER BY ts LIMIT 1) a"
        " CROSS JOIN LATERAL (SELECT ts FROM reading WHERE channel_id = c.channel_id"
        " ORDER BY ts DESC LIMIT 1) b",
        [channels],
    )
    return {channel: (first, last) for channel, first, last in rows}


def dirty_of(conn: Connection, channels: list[int]) -> list[int]:
    """Ranges of these channels that wait or were set aside."""
    rows = conn.execute("SELECT id FROM dirty WHERE channel_id = ANY(%s)", [channels])
    return [row[0] for row in rows]


def drop_dirty(conn: Connection, numbers: list[int]) -> None:
    """Remove exactly these ranges."""
    conn.execute("DELETE FROM dirty WHERE id = ANY(%s)", [numbers])


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
