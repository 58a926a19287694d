"""Area rows in the store: the queue, what they are made of, writing them and their months."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from hub.clock import FIRST_DATE, LAST_DATE, date_of, day_number, first_days_of
from hub.model import Int64Array
from hub.rollup.areas import AreaDays, HomeRows
from hub.rollup.block import FINE_WIDTH, HALF_HOUR, QUARTER_HOUR, WIDTH, in_half_hours
from hub.rollup.registry import Stream, inclusive
from hub.store.connection import Connection
from hub.store.encode import Arrays, Scalars, copy_rows
from hub.store.rollup_bulk import BulkReader
from hub.store.rollup_work import ATTEMPTS
from hub.store.rollup_write import months_touched


@dataclass(frozen=True, slots=True)
class DirtyArea:
    """An area's days to be summed again, first..last."""

    id: int
    area: int
    measure: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Place:
    """A dwelling (or, in a club, a household) in an area on the days first..last."""

    member: int
    area: int
    first: int
    last: int


def dirty_areas(conn: Connection, *, set_aside: bool = False) -> list[DirtyArea]:
    """Everything that waits; with ``set_aside`` what failed too often, too.

    Days are cut to those that there are: a date that no program can hold would stop all of them.
    """
    rows = conn.execute(
        "SELECT id, area_id, measure_id, least(greatest(from_day, %(first)s), %(last)s),"
        " least(greatest(to_day, %(first)s), %(last)s)"
        " FROM dirty_area WHERE failure IS NULL OR %(all)s",
        {"first": FIRST_DATE, "last": LAST_DATE, "all": set_aside},
    )
    return [DirtyArea(i, a, m, day_number(f), day_number(t)) for i, a, m, f, t in rows]


def finish_areas(
    conn: Connection, done: Iterable[DirtyArea], areas: Sequence[int], first: int, last: int
) -> None:
    """Remove exactly the marks of one measure that were summed: these areas' days first..last.

    What had been set aside there is summed with them.
    """
    marks = list(done)
    conn.execute(
        "DELETE FROM dirty_area WHERE id = ANY(%s) OR (failure IS NOT NULL AND measure_id = %s"
        " AND area_id = ANY(%s) AND from_day >= %s AND to_day <= %s)",
        [[mark.id for mark in marks], marks[0].measure, list(areas), date_of(first),
         date_of(last)],
    )  # fmt: skip


def remember_area_failure(conn: Connection, marks: Iterable[DirtyArea], reason: str) -> None:
    """Count a failed attempt; after the third a mark is set aside with the reason."""
    conn.execute(
        "UPDATE dirty_area SET attempts = attempts + 1,"
        " failure = CASE WHEN attempts + 1 >= %s THEN %s END WHERE id = ANY(%s)",
        [ATTEMPTS, reason[:2000], [mark.id for mark in marks]],
    )


def mark_all_areas(conn: Connection, first: date | None, last: date | None) -> int:
    """Have every area and club summed again on the households' days; number of marks."""
    cursor = conn.execute(
        """
        INSERT INTO dirty_area (area_id, measure_id, from_day, to_day)
        SELECT a.area_id, s.measure_id, s.first, s.last
        FROM (SELECT measure_id, min(day) AS first, max(day) AS last FROM household_day
              JOIN measure m USING (measure_id) WHERE m.register = 'TOTAL'
              AND day >= coalesce(%(first)s::date, '-infinity')
              AND day <= coalesce(%(last)s::date, 'infinity') GROUP BY measure_id) s
        CROSS JOIN (SELECT area_id FROM area WHERE superseded_at IS NULL
                    UNION SELECT club_id FROM club WHERE superseded_at IS NULL) a""",
        {"first": first, "last": last},
    )
    return cursor.rowcount


def tree(conn: Connection) -> dict[int, int | None]:
    """Area -> the area above it."""
    rows = conn.execute(
        "SELECT DISTINCT ON (area_id) area_id, parent_id FROM area WHERE superseded_at IS NULL"
        " ORDER BY area_id, valid_from DESC NULLS LAST"
    ).fetchall()
    return dict(rows)


def dwelling_places(conn: Connection) -> list[Place]:
    """Where dwellings lie."""
    rows = conn.execute(
        "SELECT dwelling_id, area_id, valid_from, valid_to FROM dwelling"
        " WHERE superseded_at IS NULL"
    )
    return [Place(d, a, *inclusive(f, t)) for d, a, f, t in rows]


def club_places(conn: Connection) -> tuple[dict[int, str], list[Place]]:
    """Code of each club, and who belongs to it."""
    codes = conn.execute("SELECT club_id, code FROM club WHERE superseded_at IS NULL").fetchall()
    rows = conn.execute(
        "SELECT household_id, club_id, valid_from, valid_to FROM club_member"
        " WHERE superseded_at IS NULL"
    )
    return dict(codes), [Place(h, c, *inclusive(f, t)) for h, c, f, t in rows]


def totals(conn: Connection) -> dict[int, tuple[Stream, int]]:
    """Measures that areas have: number -> (stream, seconds of its day start)."""
    rows = conn.execute(
        "SELECT m.measure_id, commodity, m.flow, m.quantity, extract(epoch FROM c.day_start)::int4"
        " FROM measure m JOIN commodity c USING (commodity) WHERE m.register = 'TOTAL'"
    )
    return {number: ((c, f, q), start) for number, c, f, q, start in rows}


def home_rows(
    conn: Connection, bulk: BulkReader, measure: int, homes: Sequence[int], first: int, last: int
) -> HomeRows:
    """Household rows of one measure, homes numbered by their place in ``homes`` (ascending)."""
    listed = ",".join(str(int(home)) for home in homes)
    table = bulk.table(
        conn,
        "SELECT household_id, day, covered, measured + coalesce(allocated, 0) AS amount, slots,"  # noqa: S608 - numbers and dates
        f" slots_allocated, slots_covered FROM household_day WHERE measure_id = {int(measure)}"
        f" AND household_id = ANY('{{{listed}}}'::int4[])"
        f" AND day BETWEEN '{date_of(first)}' AND '{date_of(last)}'",
    ).combine_chunks()
    home, covered, amount = (
        table.column(name).to_numpy().astype(np.int64)
        for name in ("household_id", "covered", "amount")
    )
    day = table.column("day").to_numpy().astype("datetime64[D]").astype(np.int64) - first
    slots = _lists(table.column("slots"))
    fine = slots.count > WIDTH
    width = FINE_WIDTH if fine.any() else WIDTH
    known, slot_amount = _matrix(slots, width)
    part, seconds = _matrix(_lists(table.column("slots_covered")), width)
    whole = np.where(fine, QUARTER_HOUR, HALF_HOUR)[:, None]
    slot_covered = np.where(part, seconds, np.where(known, whole, 0))
    slot_allocated = _matrix(_lists(table.column("slots_allocated")), width)[1]
    order = np.lexsort((day, home))
    return HomeRows(
        np.searchsorted(np.array(homes, dtype=np.int64), home[order]),
        day[order], covered[order], amount[order],
        *(
            in_half_hours(matrix, fine)[order, :WIDTH]
            for matrix in (slot_amount, slot_allocated, slot_covered)
        ),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Lists:
    """A list column: length of each list (0 where NULL), which elements are not NULL, values."""

    count: Int64Array
    known: np.ndarray[Any, np.dtype[np.bool_]]
    values: Int64Array


def _lists(column: Any) -> _Lists:
    if not len(column):
        nothing = np.zeros(0, dtype=np.int64)
        return _Lists(nothing, nothing.astype(np.bool_), nothing)
    lists = column.combine_chunks()
    flat = lists.flatten()
    return _Lists(
        np.asarray(lists.value_lengths().fill_null(0), dtype=np.int64),
        flat.is_valid().to_numpy(zero_copy_only=False),
        flat.fill_null(0).to_numpy(zero_copy_only=False),
    )


def _matrix(lists: _Lists, width: int) -> tuple[np.ndarray[Any, np.dtype[np.bool_]], Int64Array]:
    """A list column as (which elements are not NULL, values), both (n, width)."""
    n = len(lists.count)
    values = np.zeros((n, width), dtype=np.int64)
    known = np.zeros((n, width), dtype=np.bool_)
    if lists.count.any():
        owner = np.repeat(np.arange(n), lists.count)
        place = np.arange(len(owner)) - np.repeat(np.cumsum(lists.count) - lists.count, lists.count)
        known[owner, place] = lists.known
        values[owner, place] = lists.values
    return known, values


_AREA_MONTHS = """
WITH touched AS (
    SELECT * FROM unnest(%(area)s::int4[], %(measure)s::int2[], %(first)s::date[],
                         %(next)s::date[]) AS t (area_id, measure_id, month, next)
), sums AS (
    SELECT t.area_id, t.measure_id, t.month, sum(d.amount)::int8 AS amount,
           sum(d.present)::int8 AS present, sum(d.expected)::int8 AS expected
    FROM touched t JOIN area_day d ON d.area_id = t.area_id AND d.measure_id = t.measure_id
         AND d.day >= t.month AND d.day < t.next
    GROUP BY t.area_id, t.measure_id, t.month
), gone AS (
    DELETE FROM area_month m USING touched t
    WHERE m.area_id = t.area_id AND m.measure_id = t.measure_id AND m.month = t.month
      AND NOT EXISTS (SELECT FROM sums s WHERE s.area_id = t.area_id
                      AND s.measure_id = t.measure_id AND s.month = t.month)
)
INSERT INTO area_month AS m (month, area_id, measure_id, amount, present, expected)
SELECT month, area_id, measure_id, amount, present, expected FROM sums
ON CONFLICT (area_id, measure_id, month) DO UPDATE SET
    amount = excluded.amount, present = excluded.present, expected = excluded.expected
WHERE (m.amount, m.present, m.expected)
    IS DISTINCT FROM (excluded.amount, excluded.present, excluded.expected)"""


def write_area_days(
    conn: Connection, areas: Sequence[int], measure: int, first: int, length: Int64Array,
    sums: AreaDays,
) -> None:  # fmt: skip
    """Make ``sums`` the rows of these areas from day ``first`` on, for the days of ``length``."""
    span = len(length)
    where = {
        "areas": list(areas), "measure": measure,
        "first": date_of(first), "last": date_of(first + span - 1),
    }  # fmt: skip
    for table in ("area_day", "area_slot"):
        conn.execute(
            f"DELETE FROM {table} WHERE area_id = ANY(%(areas)s) AND measure_id = %(measure)s"  # noqa: S608
            " AND day BETWEEN %(first)s AND %(last)s".encode(),
            where,
        )
    number = np.array(areas, dtype=np.int64)
    area, day = np.nonzero(sums.read > 0)
    largest = sums.largest[area, day]
    copy_rows(conn, "area_day", {
        "day": Scalars("date", day + first),
        "area_id": Scalars("int4", number[area]),
        "measure_id": Scalars("int2", np.full(len(day), measure)),
        "amount": Scalars("int8", sums.amount[area, day]),
        "present": Scalars("int4", sums.present[area, day]),
        "expected": Scalars("int4", sums.expected[area, day]),
        "largest": Scalars("int8", largest, largest >= 0),
    }, len(day))  # fmt: skip
    area, day = np.nonzero(sums.slot_present.any(axis=2))
    count = length[day] // HALF_HOUR
    copy_rows(conn, "area_slot", {
        "day": Scalars("date", day + first),
        "area_id": Scalars("int4", number[area]),
        "measure_id": Scalars("int2", np.full(len(day), measure)),
        "amount": Arrays("int8", sums.slot_amount[area, day], count),
        "present": Arrays("int4", sums.slot_present[area, day], count),
        "expected": Arrays("int4", sums.slot_expected[area, day], count),
    }, len(day))  # fmt: skip


def write_area_months(
    conn: Connection, areas: Sequence[int], measure: int, first: int, last: int
) -> None:
    """Sum the months that these days touch."""
    number = np.array(areas, dtype=np.int64)
    area, months = months_touched(number, np.full_like(number, first), np.full_like(number, last))
    conn.execute(
        _AREA_MONTHS,
        {
            "area": area.tolist(),
            "measure": [measure] * len(area),
            "first": [date_of(day) for day in first_days_of(months).tolist()],
            "next": [date_of(day) for day in first_days_of(months + 1).tolist()],
        },
    )
