"""Household rows in the store: what they are made of, writing them, their months, dirty areas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hub.clock import HALF_HOUR, QUARTER_HOUR, date_of, day_number, days, first_days_of
from hub.model import Int64Array
from hub.rollup.columns import FLAG_NAMES, DayRows
from hub.rollup.households import HouseholdRows, Measure
from hub.store.connection import Connection
from hub.store.encode import Json, Scalars
from hub.store.rollup_write import json_counts, months_touched, replace_rows, slot_columns

_DAY_ROWS = """
SELECT d.channel_id, d.day, d.covered, d.measured, coalesce(d.allocated, 0),
       coalesce(d.month_allocated, 0), coalesce(d.unowned_measured, 0),
       coalesce(d.unowned_allocated, 0), coalesce(d.unowned_month_allocated, 0),
       coalesce(d.unowned_covered, 0), d.slots, d.slots_allocated, d.slots_covered, d.quality
FROM unnest(%(channel)s::int4[], %(first)s::date[], %(last)s::date[])
     AS s (channel_id, first, last)
JOIN channel_day d ON d.channel_id = s.channel_id AND d.day BETWEEN s.first AND s.last
WHERE d.day BETWEEN %(low)s::date AND %(high)s::date
ORDER BY d.channel_id, d.day"""
_FLAG_OF = {name: number for number, name in enumerate(FLAG_NAMES)}

_HOUSEHOLD_MONTHS = """
WITH touched AS (
    SELECT * FROM unnest(%(household)s::int4[], %(measure)s::int2[], %(first)s::date[],
                         %(next)s::date[]) AS t (household_id, measure_id, month, next)
), odd AS (
    SELECT * FROM unnest(%(odd_measure)s::int2[], %(odd_day)s::date[], %(odd_seconds)s::int4[])
        AS o (measure_id, day, seconds)
), days AS (
    SELECT t.household_id, t.measure_id, t.month, d.covered, d.measured, d.allocated,
           d.month_allocated, d.quality,
           d.covered::int8 * 10 >= 9 * coalesce(o.seconds, 86400) AS present
    FROM touched t
    JOIN household_day d ON d.household_id = t.household_id AND d.measure_id = t.measure_id
    LEFT JOIN odd o ON o.measure_id = d.measure_id AND o.day = d.day
    WHERE d.day >= t.month AND d.day < t.next
      AND d.day >= %(low)s::date AND d.day < %(high)s::date
), counts AS (
    SELECT household_id, measure_id, month,
           jsonb_object_agg(name, number ORDER BY name) AS quality
    FROM (SELECT household_id, measure_id, month, q.key AS name, sum(q.value::int8) AS number
          FROM days CROSS JOIN LATERAL jsonb_each_text(quality) q
          GROUP BY household_id, measure_id, month, q.key) one
    GROUP BY household_id, measure_id, month
), sums AS (
    SELECT household_id, measure_id, month, sum(covered)::int4 AS covered,
           (count(*) FILTER (WHERE present))::int2 AS days_present,
           (sum(measured) + coalesce(sum(allocated), 0) - coalesce(sum(month_allocated), 0))::int8
               AS measured,
           nullif(sum(month_allocated), 0)::int8 AS allocated
    FROM days GROUP BY household_id, measure_id, month
), gone AS (
    DELETE FROM household_month m USING touched t
    WHERE m.household_id = t.household_id AND m.measure_id = t.measure_id AND m.month = t.month
      AND NOT EXISTS (SELECT FROM sums s WHERE s.household_id = t.household_id
                      AND s.measure_id = t.measure_id AND s.month = t.month)
)
INSERT INTO household_month AS m (month, household_id, covered, measure_id, days_present,
                                  measured, allocated, quality)
SELECT s.month, s.household_id, s.covered, s.measure_id, s.days_present, s.measured, s.allocated,
       c.quality
FROM sums s LEFT JOIN counts c USING (household_id, measure_id, month)
ON CONFLICT (household_id, measure_id, month) DO UPDATE SET
    covered = excluded.covered, days_present = excluded.days_present,
    measured = excluded.measured, allocated = excluded.allocated,
    quality = excluded.quality
WHERE (m.covered, m.days_present, m.measured, m.allocated, m.quality)
    IS DISTINCT FROM (excluded.covered, excluded.days_present, excluded.measured,
                      excluded.allocated, excluded.quality)"""

# The areas of the dwellings that a household has or had there, and its clubs.
_DIRTY_AREAS = """
WITH places AS MATERIALIZED (
    SELECT o.household_id, d.area_id FROM occupancy o JOIN dwelling d USING (dwelling_id)
    WHERE o.household_id = ANY(%(household)s::int4[])
    UNION
    SELECT c.household_id, c.club_id FROM club_member c
    WHERE c.household_id = ANY(%(household)s::int4[])
)
INSERT INTO dirty_area (area_id, measure_id, from_day, to_day)
SELECT DISTINCT a.area_id, s.measure_id, s.first, s.last
FROM unnest(%(household)s::int4[], %(measure)s::int2[], %(first)s::date[], %(last)s::date[])
     AS s (household_id, measure_id, first, last)
JOIN measure m ON m.measure_id = s.measure_id AND m.register = 'TOTAL'
JOIN places a USING (household_id)"""

#: Changed days no further apart than this are one range.
_NEAR = 7

#: (household, measure, first day, last day) of rows to write or to sum.
Scope = tuple[Int64Array, Int64Array, Int64Array, Int64Array]


def day_rows(conn: Connection, numbers: Int64Array, first: Int64Array, last: Int64Array) -> DayRows:
    """Stored rows of channels (their numbers in ``channel``), without readings and hints."""
    if not len(numbers):
        return _rows([])
    values = {
        "channel": numbers.tolist(),
        "first": [date_of(day) for day in first.tolist()],
        "last": [date_of(day) for day in last.tolist()],
        "low": date_of(int(first.min())),
        "high": date_of(int(last.max())),
    }
    with conn.cursor(binary=True) as cursor:
        return _rows(cursor.execute(_DAY_ROWS, values).fetchall())


def _rows(found: list[tuple[Any, ...]]) -> DayRows:
    numbers = [(row[0], day_number(row[1]), *row[2:10]) for row in found]
    table = np.array(numbers, dtype=np.int64).reshape(-1, 10)
    slots: list[tuple[int, int, int]] = []
    counts: list[int] = []
    quality: list[tuple[int, int, int]] = []
    for i, row in enumerate(found):
        mine = _slots(*row[10:13])
        counts.append(len(mine))
        slots += mine
        quality += [(i, _FLAG_OF[name], number) for name, number in (row[13] or {}).items()]
    flat = np.array(slots, dtype=np.int64).reshape(-1, 3)
    cells = np.array(sorted(quality), dtype=np.int64).reshape(-1, 3)
    unread = [np.zeros(len(found), dtype=np.int64)] * 5  # readings and hints
    columns = [
        *(table[:, i].copy() for i in range(10)),
        *unread,
        np.array(counts, dtype=np.int64),
        *(flat[:, i] for i in range(3)),
        *(cells[:, i] for i in range(3)),
    ]
    return DayRows(*columns)


def _slots(
    amount: list[int | None] | None, allocated: list[int] | None, covered: list[int] | None
) -> list[tuple[int, int, int]]:
    """(amount, allocated, covered) of each slot of a stored row."""
    if amount is None:
        return []
    whole = QUARTER_HOUR if len(amount) > 60 else HALF_HOUR
    seconds = covered or [0 if one is None else whole for one in amount]
    shares = allocated or [0] * len(amount)
    return [(one or 0, a, c) for one, a, c in zip(amount, shares, seconds, strict=True)]


def channels_at(
    conn: Connection, usage_points: Sequence[int], commodities: Sequence[str]
) -> list[int]:
    """Numbers of the channels that may count at these usage points."""
    rows = conn.execute(
        "SELECT channel_id FROM channel WHERE usage_point_id = ANY(%s) AND commodity = ANY(%s)"
        " AND kind <> 'power'",
        [list(usage_points), list(commodities)],
    )
    return [row[0] for row in rows]


def measures_of(conn: Connection, commodities: Sequence[str]) -> dict[Measure, int]:
    """Numbers of all measures of some commodities."""
    rows = conn.execute(
        "SELECT commodity, flow, quantity, register, measure_id FROM measure"
        " WHERE commodity = ANY(%s)",
        [list(commodities)],
    )
    return {(c, f, q, r): number for c, f, q, r, number in rows}


def add_measures(conn: Connection, wanted: Sequence[Measure]) -> None:
    """Number measures that have no number yet."""
    conn.execute(
        "INSERT INTO measure (commodity, flow, quantity, register)"
        " SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[])"
        " ON CONFLICT DO NOTHING",
        [[measure[i] for measure in wanted] for i in range(4)],
    )


def write_household_days(
    conn: Connection, scope: Scope, rows: HouseholdRows, numbers: Int64Array, *, whole: bool
) -> Scope:
    """Make ``rows`` the rows of ``household_day`` in the scope; gives what of it changed.

    numbers: measure_id of each row. whole: all of the scope counts as changed.
    """
    block = rows.block
    count = np.where(block.has_slots, block.length // block.slot, 0)
    allocated = block.column("allocated")
    by_month = block.column("month_allocated")
    columns = {
        "household_id": Scalars("int4", rows.household),
        "measure_id": Scalars("int2", numbers),
        "day": Scalars("date", block.day),
        "covered": Scalars("int4", block.covered),
        "expected": Scalars("bool", rows.expected),
        "measured": Scalars("int8", block.column("measured")),
        "allocated": Scalars("int8", allocated, allocated != 0),
        "month_allocated": Scalars("int8", by_month, by_month != 0),
        **slot_columns(block.slot_amount, block.slot_allocated, block.slot_covered, count),
        "quality": Json(
            json_counts(len(rows), block.quality_row, block.quality_flag, block.quality_count)
        ),
    }
    if not len(scope[0]):
        return scope
    changed = replace_rows(conn, "household_day", scope, columns, len(rows), whole=whole)
    return scope if changed is None else _runs(changed)


def _runs(changed: list[tuple[Any, ...]]) -> Scope:
    """(household, measure, day) rows as ranges of days near each other."""
    ranges: list[list[int]] = []
    for home, measure, date_ in sorted(changed):
        day = day_number(date_)
        last = ranges[-1] if ranges else None
        if last is not None and last[:2] == [home, measure] and day <= last[3] + _NEAR:
            last[3] = day
        else:
            ranges.append([home, measure, day, day])
    table = np.array(ranges, dtype=np.int64).reshape(-1, 4)
    return table[:, 0], table[:, 1], table[:, 2], table[:, 3]


def write_household_months(
    conn: Connection, scope: Scope, day_start: Mapping[int, int], zone: str
) -> None:
    """Sum the months that touch the scope from their days. day_start: by measure, seconds."""
    household, measure, first, last = scope
    key, months = months_touched(household * (1 << 15) + measure, first, last)
    if not len(key):
        return
    begin, following = first_days_of(months), first_days_of(months + 1)
    low, high = int(begin.min()), int(following.max())
    odd = [
        (number, day, seconds)
        for number, start in day_start.items()
        for day, seconds in odd_days(zone, start, low, high)
    ]
    conn.execute(
        _HOUSEHOLD_MONTHS,
        {
            "household": (key >> 15).tolist(),
            "measure": (key & ((1 << 15) - 1)).tolist(),
            "first": [date_of(day) for day in begin.tolist()],
            "next": [date_of(day) for day in following.tolist()],
            "low": date_of(low),
            "high": date_of(high),
            "odd_measure": [row[0] for row in odd],
            "odd_day": [date_of(row[1]) for row in odd],
            "odd_seconds": [row[2] for row in odd],
        },
    )


def odd_days(zone: str, day_start: int, low: int, high: int) -> list[tuple[int, int]]:
    """Local days from ``low`` to ``high`` that have not 24 hours: (day number, seconds)."""
    span = np.arange(low, high + 1)
    start, end = days(zone, day_start).bounds(span)
    length = end - start
    which = np.flatnonzero(length != 86_400)
    return list(zip(span[which].tolist(), length[which].tolist(), strict=True))


def mark_areas(conn: Connection, scope: Scope) -> None:
    """Have the areas and clubs of these households summed again."""
    household, measure, first, last = scope
    conn.execute(
        _DIRTY_AREAS,
        {
            "household": household.tolist(),
            "measure": measure.tolist(),
            "first": [date_of(day) for day in first.tolist()],
            "last": [date_of(day) for day in last.tolist()],
        },
    )
