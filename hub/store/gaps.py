"""What estimates are made of: a household's days as sums, and which days are its own."""

from __future__ import annotations

import datetime as dt

from hub.store.connection import Connection

_DAY_SUMS = """
SELECT m.commodity, m.flow, m.quantity, extract(epoch FROM c.day_start)::int4,
       d.day - date '1970-01-01', d.covered, d.measured + coalesce(d.allocated, 0)
FROM household_day d JOIN measure m USING (measure_id) JOIN commodity c USING (commodity)
WHERE d.household_id = %(household)s AND d.day >= %(first)s AND d.day < %(end)s
  AND m.register = 'TOTAL' AND (%(commodity)s::text IS NULL OR m.commodity = %(commodity)s)
ORDER BY d.day"""

# The days strictly between the dates of an occupancy are the household's own.
_OWNED = """
SELECT commodity, coalesce(valid_from - date '1970-01-01' + 1, -100000),
       coalesce(valid_to - date '1970-01-01' - 1, 100000)
FROM household_usage_point WHERE household_id = %s"""


def day_sums(
    conn: Connection, household: int, first: dt.date, end: dt.date, commodity: str | None
) -> dict[tuple[str, str, str], tuple[int, list[tuple[int, int, int]]]]:
    """(commodity, flow, quantity) -> seconds at which its day begins, its days.

    Days from ``first`` to ``end`` (exclusive), ascending: (day number, covered seconds, amount).
    """
    asked = {"household": household, "first": first, "end": end, "commodity": commodity}
    found: dict[tuple[str, str, str], tuple[int, list[tuple[int, int, int]]]] = {}
    for kind, flow, quantity, day_start, *day in conn.execute(_DAY_SUMS, asked):
        found.setdefault((kind, flow, quantity), (day_start, []))[1].append(tuple(day))
    return found


def owned(conn: Connection, household: int) -> dict[str, list[tuple[int, int]]]:
    """Commodity -> first and last day number of each stretch that the household has it."""
    found: dict[str, list[tuple[int, int]]] = {}
    for commodity, first, last in conn.execute(_OWNED, [household]):
        found.setdefault(commodity, []).append((first, last))
    return found
