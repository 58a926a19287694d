"""Checks of the derived tables against each other and against the readings, in plain SQL.

Each file of ``hub/store/checks`` is one statement about the tables, written from the rules and not
from the rollup's code. Its first line says what must hold. The query gives every row that this is
about, in columns with names a person can read; ``left_out`` says why a row was not compared (NULL:
it was), ``differs`` whether it is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import numpy as np
from psycopg import sql
from psycopg.rows import dict_row

from hub.model import Int64Array
from hub.rollup.households import Measure
from hub.store.connection import Connection
from hub.store.copying import copy_out

#: So many differences of a check are shown.
SHOWN = 20
_COUNTS = """
SELECT left_out, count(*), count(*) FILTER (WHERE differs) FROM ({}) r GROUP BY left_out
ORDER BY left_out"""
_SHOWN = f"SELECT * FROM ({{}}) r WHERE left_out IS NULL AND differs LIMIT {SHOWN}"  # noqa: S608
_PREPARE = "00_pending.sql"


@dataclass(frozen=True, slots=True)
class Check:
    """A statement about the tables, and the query that gives its rows."""

    name: str
    rows: str

    @property
    def sampled(self) -> bool:
        """Whether it looks at some rows only."""
        return "%(every)s" in self.rows


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a check found: rows compared, rows left out by reason, number of differences, some."""

    name: str
    compared: int
    left_out: Mapping[str, int]
    differences: int
    shown: Sequence[dict[str, Any]]


def checks() -> list[Check]:
    """All checks, in order."""
    found = []
    for name, text in _texts():
        if name != _PREPARE:
            title, query = text.split("\n", 1)
            found.append(Check(title.removeprefix("-- "), query))
    return found


def _texts() -> list[tuple[str, str]]:
    folder = files("hub.store") / "checks"
    found = [(f.name, f.read_text(encoding="utf-8")) for f in folder.iterdir()]
    return sorted((name, text) for name, text in found if name.endswith(".sql"))


def prepare(conn: Connection) -> dict[str, int]:
    """Note what is waiting on this snapshot: how many ranges and areas, and of these set aside."""
    conn.execute(dict(_texts())[_PREPARE].encode())
    row = conn.execute(
        "SELECT count(*), count(*) FILTER (WHERE failure IS NOT NULL),"
        " (SELECT count(*) FROM dirty_area),"
        " (SELECT count(*) FROM dirty_area WHERE failure IS NOT NULL) FROM dirty"
    ).fetchone()
    assert row is not None
    return dict(zip(("ranges", "set_aside", "areas", "areas_set_aside"), row, strict=True))


def channel_days(conn: Connection) -> int:
    """Number of stored days of all channels."""
    row = conn.execute("SELECT count(*) FROM channel_day").fetchone()
    return int(row[0]) if row else 0


def run(conn: Connection, check: Check, every: int, seed: int) -> Outcome:
    """Carry one check out. every: one in so many channel-days is in the sample."""
    values = {"every": every, "seed": seed} if check.sampled else None
    counts = conn.execute(_COUNTS.format(check.rows).encode(), values).fetchall()
    left_out = {why: number for why, number, _ in counts if why is not None}
    compared = sum(number for why, number, _ in counts if why is None)
    differences = sum(wrong for why, _, wrong in counts if why is None)
    shown: list[dict[str, Any]] = []
    if differences:  # asked for once more, so that nobody keeps millions of good rows
        with conn.cursor(row_factory=dict_row) as cursor:
            shown = cursor.execute(_SHOWN.format(check.rows).encode(), values).fetchall()
    for row in shown:
        del row["left_out"], row["differs"]
    return Outcome(check.name, compared, left_out, differences, shown)


def settled_households(conn: Connection) -> list[int]:
    """Households for which nothing waits. After :func:`prepare`."""
    rows = conn.execute(
        "SELECT household_id FROM (SELECT household_id FROM occupancy WHERE superseded_at IS NULL"
        " UNION SELECT household_id FROM household_month) h"
        " WHERE household_id NOT IN (SELECT household_id FROM pending_household) ORDER BY 1"
    )
    return [row[0] for row in rows]


def pending_days(conn: Connection) -> int:
    """Days that are stored of the other households. After :func:`prepare`."""
    row = conn.execute(
        "SELECT count(*) FROM household_day JOIN measure m USING (measure_id)"
        " WHERE m.register = 'TOTAL'"
        " AND household_id IN (SELECT household_id FROM pending_household)"
    ).fetchone()
    assert row is not None
    return int(row[0])


def measures(conn: Connection) -> dict[Measure, int]:
    """Numbers of the measures that are totals."""
    rows = conn.execute(
        "SELECT commodity, flow, quantity, register, measure_id FROM measure"
        " WHERE register = 'TOTAL'"
    )
    return {(row[0], row[1], row[2], row[3]): row[4] for row in rows}


def household_totals(conn: Connection, households: list[int]) -> Int64Array:
    """(household, measure, day, covered, measured, allocated, expected: 0 or 1) of totals."""
    query = sql.SQL("""
        SELECT household_id, measure_id, day - date '1970-01-01', covered, measured,
               coalesce(allocated, 0), expected::int4
        FROM household_day JOIN measure m USING (measure_id)
        WHERE m.register = 'TOTAL' AND household_id = ANY(%s::int4[])""")
    types = ("int4", "int2", "int4", "int4", "int8", "int8", "int4")
    return np.stack(copy_out(conn, query, [households], types), axis=1)


def channel_totals(conn: Connection, channels: list[int]) -> Int64Array:
    """(channel, day, covered, measured, allocated, month_allocated) that households may own."""
    query = sql.SQL("""
        SELECT channel_id, day - date '1970-01-01', covered - coalesce(unowned_covered, 0),
               measured - coalesce(unowned_measured, 0),
               coalesce(allocated, 0) - coalesce(unowned_allocated, 0),
               coalesce(month_allocated, 0) - coalesce(unowned_month_allocated, 0)
        FROM channel_day WHERE channel_id = ANY(%s::int4[])""")
    types = ("int4", "int4", "int4", "int8", "int8", "int8")
    return np.stack(copy_out(conn, query, [channels], types), axis=1)
