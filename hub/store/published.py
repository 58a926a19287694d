"""Public figures as everyone may read them: from ``published`` and from nothing else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from hub.store.connection import Connection


@dataclass(frozen=True, slots=True)
class Area:
    """A place with public figures; ``parent`` is its parent's code."""

    area_id: int
    code: str
    name: str
    kind: str
    parent: str | None
    tile_column: int | None
    tile_row: int | None
    cog_year: int | None


class Figure(NamedTuple):
    """One published figure; ``amount`` None is withheld. Homes are shown in bands only."""

    start: dt.datetime
    end: dt.datetime
    period: dt.date
    amount: int | None
    households: int
    release: str


@dataclass(frozen=True, slots=True)
class OpenFigure:
    """A figure of an open-data extract, with what it counts."""

    area_code: str
    area_name: str
    area_kind: str
    commodity: str
    flow: str
    quantity: str
    unit: str
    start: dt.datetime
    end: dt.datetime
    period: dt.date
    amount: int | None
    households: int
    release: str
    published_at: dt.datetime


_LATEST = """
SELECT DISTINCT ON (p.start) p.start, p.end_ts, p.period, p.amount, p.households, p.release
FROM published p JOIN release r USING (release)
WHERE p.area_id = %(area)s AND p.measure_id = %(measure)s AND p.step = %(step)s
  AND p.period >= %(first)s AND p.period < %(end)s
  AND (%(release)s::text IS NULL OR p.release = %(release)s)
  AND (p.period >= %(served_from)s OR p.households >= %(long_households)s)
ORDER BY p.start, (r.kind = 'running'), p.release DESC
"""

_OPEN = """
SELECT DISTINCT ON (c.position, m.measure_id, a.code, p.start)
       a.code, a.name, a.kind, m.commodity, m.flow, m.quantity, c.unit,
       p.start, p.end_ts, p.period, p.amount, p.households, p.release, p.published_at
FROM published p
JOIN release r USING (release)
JOIN measure m USING (measure_id)
JOIN commodity c USING (commodity)
JOIN area a ON a.area_id = p.area_id AND a.superseded_at IS NULL
WHERE p.step = %(step)s AND (%(release)s::text IS NULL OR p.release = %(release)s)
ORDER BY c.position, m.measure_id, a.code, p.start, (r.kind = 'running'), p.release DESC
"""


def areas(conn: Connection) -> list[Area]:
    """Every area known today, the largest kind first. Clubs have no public figures."""
    rows = conn.execute(
        "SELECT a.area_id, a.code, a.name, a.kind, p.code, a.tile_column, a.tile_row, a.cog_year"
        " FROM area a LEFT JOIN area p ON p.area_id = a.parent_id AND p.superseded_at IS NULL"
        " WHERE a.superseded_at IS NULL"
        " ORDER BY array_position(ARRAY['city', 'arrondissement', 'iris'], a.kind), a.code"
    ).fetchall()
    return [Area(*row) for row in rows]


def area(conn: Connection, code: str) -> Area | None:
    """The area of a code."""
    return next((a for a in areas(conn) if a.code == code), None)


def releases(conn: Connection) -> list[str]:
    """Names of the releases there are."""
    rows = conn.execute("SELECT release FROM release ORDER BY kind DESC, release").fetchall()
    return [row[0] for row in rows]


def figures(
    conn: Connection,
    *,
    area: int,
    measure: int,
    step: str,
    first: dt.date,
    end: dt.date,
    release: str | None,
    served_from: dt.date,
    long_households: int | None,
) -> list[Figure]:
    """Figures of periods from ``first`` to ``end`` (exclusive); the newest of each period.

    Half-hours from before ``served_from`` only where at least ``long_households`` stand behind
    them (None = never).
    """
    rows = (
        conn.cursor(binary=True)
        .execute(
            _LATEST,
            {
                "area": area,
                "measure": measure,
                "step": step,
                "first": first,
                "end": end,
                "release": release,
                "served_from": served_from,
                "long_households": 2**31 - 1 if long_households is None else long_households,
            },
        )
        .fetchall()
    )
    return list(map(Figure._make, rows))


def open_figures(conn: Connection, step: str, release: str | None) -> Iterator[OpenFigure]:
    """Every figure of a step, in order, streamed; the newest of each period."""
    with conn.cursor(name="open_figures") as cursor:
        cursor.itersize = 10_000
        cursor.execute(_OPEN, {"step": step, "release": release})
        for row in cursor:
            yield OpenFigure(*row)


def last_published(conn: Connection, step: str) -> dt.datetime | None:
    """When a figure of this step was published last; None where there is none yet."""
    row = conn.execute("SELECT max(published_at) FROM published WHERE step = %s", [step]).fetchone()
    return row[0] if row else None


def spans(conn: Connection, steps: Sequence[str]) -> dict[str, tuple[dt.date, dt.date]]:
    """First and last period of each step that has figures."""
    rows = conn.execute(
        "SELECT step, min(period), max(end_ts)::date FROM published"
        " WHERE step = ANY(%s) GROUP BY step",
        [list(steps)],
    ).fetchall()
    return {step: (first, last) for step, first, last in rows}


def outline(conn: Connection) -> dict[str, object] | None:
    """GeoJSON geometry of the largest area that has one."""
    row = conn.execute(
        "SELECT geometry FROM area WHERE superseded_at IS NULL AND geometry IS NOT NULL"
        " ORDER BY array_position(ARRAY['city', 'arrondissement', 'iris'], kind), code LIMIT 1"
    ).fetchone()
    return row[0] if row else None
