"""Since when a household lets its readings be taken."""

from __future__ import annotations

from hub.store.channels import FOREVER
from hub.store.connection import Connection

# A consent in force, and living there now: from the local day after each. A consent without a date
# is one since it was recorded. A usage point that was in several dwellings goes by the last begin.
_BEGINS = """
WITH given AS (
    SELECT household_id, commodity, CASE
        WHEN valid_from IS NULL THEN ceil(extract(epoch FROM recorded_at))::int8
        ELSE extract(epoch FROM (valid_from + 1)::timestamptz)::int8 END AS since
    FROM consent
    WHERE superseded_at IS NULL AND (valid_to IS NULL OR valid_to > current_date)
)
SELECT usage_point_id, max(since) FROM (
    SELECT u.usage_point_id,
           greatest(coalesce(min(g.since), %(forever)s),
                    extract(epoch FROM (o.valid_from + 1)::timestamptz)::int8) AS since
    FROM occupancy o
    JOIN usage_point u ON u.dwelling_id = o.dwelling_id AND u.superseded_at IS NULL
    LEFT JOIN given g ON g.household_id = o.household_id
        AND (g.commodity IS NULL OR g.commodity = u.commodity)
    WHERE o.superseded_at IS NULL
      AND (o.valid_from IS NULL OR o.valid_from <= current_date)
      AND (o.valid_to IS NULL OR o.valid_to > current_date)
    GROUP BY u.usage_point_id, o.household_id, o.valid_from
) occupant GROUP BY usage_point_id"""


def consent_begins(conn: Connection) -> dict[int, int]:
    """Usage point -> the instant from which its present household lets its readings be taken.

    Seconds since 1970 UTC; FOREVER where no consent is in force. A usage point where nobody lives
    is not named: nothing of it may be taken.
    """
    return dict(conn.execute(_BEGINS, {"forever": FOREVER}).fetchall())
