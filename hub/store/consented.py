"""Since when a household lets its readings be taken."""

from __future__ import annotations

from hub.store.connection import Connection

# A consent without a date is for always; a household without any says nothing here.
_BEGINS = """
SELECT u.usage_point_id, extract(epoch FROM (min(c.first) + 1)::timestamptz)::int8
FROM (SELECT household_id, min(coalesce(valid_from, '-infinity')) AS first
      FROM consent WHERE superseded_at IS NULL GROUP BY household_id) c
JOIN occupancy o ON o.household_id = c.household_id AND o.superseded_at IS NULL
    AND (o.valid_to IS NULL OR o.valid_to > current_date)
JOIN usage_point u ON u.dwelling_id = o.dwelling_id AND u.superseded_at IS NULL
WHERE c.first > '-infinity' GROUP BY u.usage_point_id"""


def consent_begins(conn: Connection) -> dict[int, int]:
    """Usage point -> first instant after its present household's first consent, where dated.

    Seconds since 1970 UTC: the start of the local day after the one on which it was given.
    """
    return dict(conn.execute(_BEGINS).fetchall())
