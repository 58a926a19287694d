"""How fresh the readings are and how far the rollup is behind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from hub.store.connection import Connection

_QUERY = """
SELECT (SELECT extract(epoch FROM now() - max(received_at)) FROM latest),
       pending.count, pending.seconds, pending.set_aside, pending.first, pending.last,
       (SELECT failure FROM dirty WHERE failure IS NOT NULL ORDER BY id DESC LIMIT 1),
       areas.count, areas.set_aside, areas.first, areas.last,
       (SELECT failure FROM dirty_area WHERE failure IS NOT NULL ORDER BY id DESC LIMIT 1)
FROM (
    SELECT count(*) FILTER (WHERE failure IS NULL) AS count,
           extract(epoch FROM now() - min(marked_at) FILTER (WHERE failure IS NULL)) AS seconds,
           count(*) FILTER (WHERE failure IS NOT NULL) AS set_aside,
           min(from_ts::date) FILTER (WHERE failure IS NOT NULL) AS first,
           max(to_ts::date) FILTER (WHERE failure IS NOT NULL) AS last
    FROM dirty
) AS pending, (
    SELECT count(*) FILTER (WHERE failure IS NULL) AS count,
           count(*) FILTER (WHERE failure IS NOT NULL) AS set_aside,
           min(from_day) FILTER (WHERE failure IS NOT NULL AND isfinite(from_day)) AS first,
           max(to_day) FILTER (WHERE failure IS NOT NULL AND isfinite(to_day)) AS last
    FROM dirty_area
) AS areas
"""


@dataclass(frozen=True)
class SetAside:
    """What failed too often and waits for a person: how many, local days, the newest reason.

    Days and reason are None where there is nothing.
    """

    count: int
    first_day: date | None = None
    last_day: date | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Flow:
    """Freshness and lag of the store.

    `freshness`: seconds since a reading was last received, None before the first one.
    `pending`: changed ranges not rolled up yet; `oldest`: age of the first of them in seconds,
    None without one. `areas`: marks of area totals to sum again. `set_aside`, `areas_set_aside`:
    ranges and marks that wait for a person.
    """

    freshness: float | None
    pending: int
    oldest: float | None
    set_aside: SetAside
    areas: int
    areas_set_aside: SetAside


def flow(conn: Connection) -> Flow:
    """Read freshness and lag."""
    row = conn.execute(_QUERY).fetchone()
    if row is None:
        raise LookupError("a query of aggregates gave no row")
    freshness, pending, oldest = row[:3]
    return Flow(
        freshness=None if freshness is None else float(freshness),
        pending=int(pending),
        oldest=None if oldest is None else float(oldest),
        set_aside=SetAside(*row[3:7]),
        areas=row[7],
        areas_set_aside=SetAside(*row[8:12]),
    )
