"""How fresh the readings are and how far the rollup is behind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from hub.store.connection import Connection

_QUERY = """
SELECT (SELECT extract(epoch FROM now() - max(received_at)) FROM latest),
       pending.count, pending.seconds, pending.set_aside, pending.first, pending.last,
       (SELECT failure FROM dirty WHERE failure IS NOT NULL ORDER BY id DESC LIMIT 1)
FROM (
    SELECT count(*) FILTER (WHERE failure IS NULL) AS count,
           extract(epoch FROM now() - min(marked_at) FILTER (WHERE failure IS NULL)) AS seconds,
           count(*) FILTER (WHERE failure IS NOT NULL) AS set_aside,
           min(from_ts::date) FILTER (WHERE failure IS NOT NULL) AS first,
           max(to_ts::date) FILTER (WHERE failure IS NOT NULL) AS last
    FROM dirty
) AS pending
"""


@dataclass(frozen=True)
class Flow:
    """Freshness and lag of the store.

    `freshness`: seconds since a reading was last received, None before the first one.
    `pending`: changed ranges not rolled up yet; `oldest`: age of the first of them in seconds,
    None without one. `set_aside`: ranges that failed too often and wait for a person, with their
    `first_day` and `last_day` (local) and the newest `reason`, None without one.
    """

    freshness: float | None
    pending: int
    oldest: float | None
    set_aside: int
    first_day: date | None = None
    last_day: date | None = None
    reason: str | None = None


def flow(conn: Connection) -> Flow:
    """Read freshness and lag."""
    row = conn.execute(_QUERY).fetchone()
    if row is None:
        raise LookupError("a query of aggregates gave no row")
    freshness, pending, oldest, set_aside, first_day, last_day, reason = row
    return Flow(
        freshness=None if freshness is None else float(freshness),
        pending=int(pending),
        oldest=None if oldest is None else float(oldest),
        set_aside=int(set_aside),
        first_day=first_day,
        last_day=last_day,
        reason=reason,
    )
