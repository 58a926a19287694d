"""Checks of the derived tables against each other and against the readings, in plain SQL.

Each file of ``hub/store/checks`` is one statement about the tables, written from the rules and not
from the rollup's code. Its first line says what must hold, its second how many rows that is about,
and the query gives the differences in columns with names a person can read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import numpy as np
from psycopg import sql
from psycopg.rows import dict_row

from hub.clock import day_number
from hub.model import Int64Array
from hub.rollup.households import Measure
from hub.store.connection import Connection
from hub.store.copying import copy_out

#: (household, measure, day number)
HomeDay = tuple[int, Measure, int]

#: So many differences of a check are shown.
SHOWN = 20
_PREPARE = "00_pending.sql"
_COUNTED = "-- counted: "


@dataclass(frozen=True, slots=True)
class Check:
    """A statement about the tables: ``counted`` tells how many rows it is about."""

    name: str
    differences: str
    counted: str

    @property
    def sampled(self) -> bool:
        """Whether it looks at some rows only."""
        return "%(every)s" in self.differences


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a check found: rows looked at, number of differences, the first of them."""

    name: str
    counted: int
    differences: int
    shown: Sequence[dict[str, Any]]


def checks() -> list[Check]:
    """All checks, in order."""
    found = []
    for name, text in _texts():
        if name != _PREPARE:
            title, counted, query = text.split("\n", 2)
            found.append(Check(title.removeprefix("-- "), query, counted.removeprefix(_COUNTED)))
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


def run(conn: Connection, check: Check, every: int, seed: int) -> Outcome:
    """Carry one check out. every: one in so many channel-days is in the sample."""
    values = {"every": every, "seed": seed} if check.sampled else None
    counted = conn.execute(check.counted.encode(), values).fetchone()
    assert counted is not None
    with conn.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(check.differences.encode(), values).fetchall()
    return Outcome(check.name, counted[0], len(rows), rows[:SHOWN])


def settled_households(conn: Connection) -> list[int]:
    """Households for which nothing waits. After :func:`prepare`."""
    rows = conn.execute(
        "SELECT household_id FROM (SELECT household_id FROM occupancy WHERE superseded_at IS NULL"
        " UNION SELECT household_id FROM household_month) h"
        " WHERE household_id NOT IN (SELECT household_id FROM pending_household) ORDER BY 1"
    )
    return [row[0] for row in rows]


def household_totals(
    conn: Connection, households: list[int]
) -> dict[HomeDay, tuple[int, int, int, bool]]:
    """(covered, measured, allocated, expected) of each household day."""
    rows = conn.execute(
        "SELECT household_id, commodity, flow, quantity, register, day, covered, measured,"
        " coalesce(allocated, 0), expected FROM household_day JOIN measure USING (measure_id)"
        " WHERE register = 'TOTAL' AND household_id = ANY(%s)",
        [households],
    )
    return {(row[0], row[1:5], day_number(row[5])): row[6:] for row in rows}


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
