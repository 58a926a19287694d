"""What a registry change makes dirty: readings of the usage points it touches, and their areas.

A change is marked for every day on which the old or the new row holds. The ranges are cut to the
readings that exist, so that nobody walks through empty centuries. A meter event is an instant, and
the worker finds the readings on both sides of it, those too that come before it looks.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, NamedTuple

from hub.registry.planning import Plan
from hub.store.connection import Connection
from hub.store.registry import rows_as_dicts
from hub.store.rollup_work import REACH

CORRECTION = 1  # priority in `dirty`: after live readings, before backfill

Touched = tuple[int, date | None, date | None]  # number, first and last local day


class EventMark(NamedTuple):
    """A meter event that was recorded or taken back. register "": all of the usage point's flow."""

    usage_point_id: int
    flow: str
    register: str
    at: datetime
    kind: str


_BY_HOUSEHOLD = """
INSERT INTO touched
SELECT u.usage_point_id, g.from_day, g.to_day
FROM given g
JOIN occupancy o ON o.household_id = g.number AND o.superseded_at IS NULL
JOIN usage_point u ON u.dwelling_id = o.dwelling_id AND u.superseded_at IS NULL"""
_BY_DWELLING = """
INSERT INTO touched
SELECT u.usage_point_id, g.from_day, g.to_day
FROM given g
JOIN usage_point u ON u.dwelling_id = g.number AND u.superseded_at IS NULL"""
_DIRECT = "INSERT INTO touched SELECT * FROM given"

#: table -> (column of the number, statement that finds the usage points).
_WAYS: dict[str, tuple[str, str]] = {
    "dwelling": ("dwelling_id", _BY_DWELLING),
    "occupancy": ("dwelling_id", _BY_DWELLING),
    "usage_point": ("usage_point_id", _DIRECT),
    "device": ("usage_point_id", _DIRECT),
    "club_member": ("household_id", _BY_HOUSEHOLD),
    "consent": ("household_id", _BY_HOUSEHOLD),
}

_MARK = f"""
INSERT INTO dirty (channel_id, from_ts, to_ts, priority)
SELECT c.channel_id, greatest(t.from_ts, r.first_ts), least(t.to_ts, r.last_ts) + {REACH}, %s
FROM (SELECT usage_point_id,
             min(coalesce(from_day, '-infinity')::timestamptz) AS from_ts,
             -- a day further: the gas day ends at six the next morning
             max(coalesce(to_day + 2, 'infinity')::timestamptz) AS to_ts
      FROM touched GROUP BY usage_point_id) t
JOIN channel c USING (usage_point_id)
CROSS JOIN LATERAL (SELECT min(ts) AS first_ts, max(ts) AS last_ts
                    FROM reading WHERE channel_id = c.channel_id) r
WHERE c.kind <> 'power' AND r.first_ts IS NOT NULL
  AND greatest(t.from_ts, r.first_ts) <= least(t.to_ts, r.last_ts) + {REACH}"""  # noqa: S608

# How many digits a register has is known of its whole life by one passage through its end.
_MARK_EVENTS = """
INSERT INTO dirty (channel_id, from_ts, to_ts, priority)
SELECT c.channel_id, min(least(e.at, r.first_ts)), max(greatest(e.at, r.last_ts)), %s
FROM unnest(%s::int4[], %s::text[], %s::text[], %s::timestamptz[], %s::text[])
     AS e (usage_point_id, flow, register, at, kind)
JOIN channel c ON c.usage_point_id = e.usage_point_id AND c.flow = e.flow
     AND c.kind = 'register' AND e.register IN ('', c.register)
LEFT JOIN LATERAL (SELECT min(ts) AS first_ts, max(ts) AS last_ts
                   FROM reading WHERE channel_id = c.channel_id) r ON e.kind = 'rollover'
GROUP BY c.channel_id, CASE WHEN e.kind <> 'rollover' THEN e.at END"""

# Days that areas have of each measure, or may have before this transaction ends: somebody may be
# summing them at this moment, with the registry as it was.
_SPANS = """
span AS (
    SELECT measure_id, min(first_day) AS first_day, max(last_day) AS last_day
    FROM (SELECT measure_id, min(day) AS first_day, max(day) AS last_day
          FROM area_day GROUP BY measure_id
          UNION ALL
          SELECT measure_id, min(from_day), max(to_day) FROM dirty_area GROUP BY measure_id
          UNION ALL
          SELECT m.measure_id, min(o.from_ts)::date - 1, max(o.to_ts)::date + 1
          FROM dirty o JOIN channel c USING (channel_id) JOIN measure m USING (commodity)
          GROUP BY m.measure_id) s
    GROUP BY measure_id
)"""

# The number of homes expected changes even where no reading does, and in the areas above also on
# days that only their other quarters have.
_MARK_AREAS = f"""
INSERT INTO dirty_area (area_id, measure_id, from_day, to_day)
WITH {_SPANS}
SELECT w.area_id, m.measure_id, greatest(w.from_day, s.first_day), least(w.to_day, s.last_day)
FROM (SELECT d.area_id, u.commodity,
             min(coalesce(t.from_day, '-infinity')) AS from_day,
             max(coalesce(t.to_day + 1, 'infinity')) AS to_day
      FROM touched t
      JOIN usage_point u ON u.usage_point_id = t.usage_point_id AND u.superseded_at IS NULL
      JOIN dwelling d ON d.dwelling_id = u.dwelling_id AND d.superseded_at IS NULL
      GROUP BY d.area_id, u.commodity) w
JOIN measure m ON m.commodity = w.commodity AND m.register = 'TOTAL'
JOIN span s USING (measure_id)
WHERE greatest(w.from_day, s.first_day) <= least(w.to_day, s.last_day)"""  # noqa: S608

_MARK_WHOLE_AREAS = f"""
INSERT INTO dirty_area (area_id, measure_id, from_day, to_day)
WITH {_SPANS}
SELECT area_id, measure_id, first_day, last_day FROM unnest(%s::int4[]) area_id, span
JOIN measure USING (measure_id) WHERE register = 'TOTAL'"""  # noqa: S608

# A club's members may have days that the club has not.
_MARK_CLUBS = """
INSERT INTO dirty_area (area_id, measure_id, from_day, to_day)
SELECT c.club_id, h.measure_id, min(h.day), max(h.day)
FROM (SELECT DISTINCT household_id, club_id FROM club_member WHERE household_id = ANY(%s)) c
JOIN household_day h USING (household_id)
JOIN measure m ON m.measure_id = h.measure_id AND m.register = 'TOTAL'
GROUP BY c.club_id, h.measure_id"""


def mark_plan(conn: Connection, plan: Plan) -> None:
    """Mark what a written plan makes dirty, in its transaction."""
    name = plan.table.name
    pairs = [r for pair in plan.changes for r in pair if r is not None]
    rows = rows_as_dicts(plan.table, pairs)
    if name in ("area", "club"):
        mark_areas(conn, [row[plan.table.id_column] for row in rows])
    elif name == "meter_event":
        mark_events(conn, [EventMark(*(row[f] for f in EventMark._fields)) for row in rows])
    elif name in _WAYS:
        column, _ = _WAYS[name]
        mark_touched(conn, name, [(row[column], *_period(row)) for row in rows])
    if name == "usage_point":  # one that moved leaves a dwelling behind
        mark_touched(conn, "dwelling", [(row["dwelling_id"], *_period(row)) for row in rows])
    elif name == "dwelling":
        mark_areas(conn, [row["area_id"] for row in rows])
    elif name in ("club_member", "consent"):
        conn.execute(_MARK_CLUBS, [sorted({row["household_id"] for row in rows})])


def mark_touched(conn: Connection, table: str, touched: Iterable[Touched]) -> None:
    """Mark the usage points behind changed rows of ``table`` (a key of the ways above)."""
    if not _has_channels(conn):
        return
    conn.execute("CREATE TEMP TABLE given (number int4, from_day date, to_day date)")
    conn.execute("CREATE TEMP TABLE touched (usage_point_id int4, from_day date, to_day date)")
    with conn.cursor() as cursor, cursor.copy("COPY given FROM STDIN") as copy:
        for row in touched:
            copy.write_row(row)
    conn.execute(_WAYS[table][1])
    conn.execute("ANALYZE touched")
    conn.execute(_MARK, [CORRECTION])
    conn.execute(_MARK_AREAS)
    conn.execute("DROP TABLE given, touched")


def mark_events(conn: Connection, events: Iterable[EventMark]) -> None:
    """Mark what meter events change that were recorded or taken back in this transaction.

    A channel that another transaction is just making is not seen: wait for it, or for the workers,
    before (``lock_first_sight``, ``hold_shares``).
    """
    columns = [list(column) for column in zip(*events, strict=True)]
    if columns:
        conn.execute(_MARK_EVENTS, [CORRECTION, *columns])


def mark_areas(conn: Connection, numbers: list[int]) -> None:
    """Mark every day that areas or clubs have, or are about to have."""
    if numbers:
        conn.execute(_MARK_WHOLE_AREAS, [numbers])


def _period(row: dict[str, Any]) -> tuple[date | None, date | None]:
    return row["valid_from"], row["valid_to"]


def _has_channels(conn: Connection) -> bool:
    row = conn.execute("SELECT EXISTS (SELECT FROM channel)").fetchone()
    return row is not None and bool(row[0])
