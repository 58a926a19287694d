"""What the pages read: a household's days and months, published figures, areas."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from hub.store.connection import Connection


@dataclass(frozen=True, slots=True)
class Measure:
    """What a total counts."""

    commodity: str
    flow: str
    quantity: str
    register: str


@dataclass(frozen=True, slots=True)
class DayRow:
    """A household's local day of one measure, integers of its quantity.

    `slots` are the half-hours from the commodity's day start, None where unknown, or the
    quarter-hours, twice as many; the three lists are None where the day has none (see migration
    0003).
    """

    measure: Measure
    day: dt.date
    covered: int
    measured: int
    allocated: int
    slots: list[int | None] | None
    slots_allocated: list[int | None] | None
    slots_covered: list[int | None] | None

    @property
    def amount(self) -> int:
        """Measured and allocated."""
        return self.measured + self.allocated


@dataclass(frozen=True, slots=True)
class MonthRow:
    """A household's month of one measure."""

    measure: Measure
    month: dt.date
    covered: int
    measured: int
    allocated: int

    @property
    def amount(self) -> int:
        """Measured and allocated."""
        return self.measured + self.allocated


def household_days(
    connection: Connection, household_id: int, days: Sequence[dt.date], slots: bool
) -> list[DayRow]:
    """The rows of these local days, every measure; half-hours only where asked for."""
    rows = connection.execute(_DAYS_WITH_SLOTS if slots else _DAYS, (household_id, list(days)))
    return [DayRow(Measure(*row[:4]), *row[4:]) for row in rows]


_DAYS = """
SELECT m.commodity, m.flow, m.quantity, m.register, d.day, d.covered, d.measured,
       coalesce(d.allocated, 0), NULL, NULL, NULL
FROM household_day d JOIN measure m USING (measure_id)
WHERE d.household_id = %s AND d.day = ANY(%s) ORDER BY d.day
"""
_DAYS_WITH_SLOTS = """
SELECT m.commodity, m.flow, m.quantity, m.register, d.day, d.covered, d.measured,
       coalesce(d.allocated, 0), d.slots, d.slots_allocated, d.slots_covered
FROM household_day d JOIN measure m USING (measure_id)
WHERE d.household_id = %s AND d.day = ANY(%s) ORDER BY d.day
"""


def household_months(
    connection: Connection, household_id: int, start: dt.date, end: dt.date
) -> list[MonthRow]:
    """Months from `start` to `end` (exclusive), every measure."""
    rows = connection.execute(
        """SELECT m.commodity, m.flow, m.quantity, m.register, h.month, h.covered, h.measured,
                  coalesce(h.allocated, 0)
           FROM household_month h JOIN measure m USING (measure_id)
           WHERE h.household_id = %s AND h.month >= %s AND h.month < %s ORDER BY h.month""",
        (household_id, start, end),
    )
    return [MonthRow(Measure(*row[:4]), *row[4:]) for row in rows]


def household_span(connection: Connection, household_id: int) -> tuple[dt.date, dt.date] | None:
    """First and last local day with anything known; None when there is none."""
    row = connection.execute(
        "SELECT min(day), max(day) FROM household_day WHERE household_id = %s", (household_id,)
    ).fetchone()
    return (row[0], row[1]) if row and row[0] else None


def factor(connection: Connection, name: str, day: dt.date) -> tuple[Decimal, bool] | None:
    """The factor in force that day and whether it is provisional; None where none is known."""
    row = connection.execute(
        """SELECT value, provisional FROM factor
           WHERE name = %s AND superseded_at IS NULL
             AND (valid_from IS NULL OR valid_from <= %s) AND (valid_to IS NULL OR valid_to > %s)
           ORDER BY valid_from DESC NULLS LAST LIMIT 1""",
        (name, day, day),
    ).fetchone()
    return (row[0], row[1]) if row else None


@dataclass(frozen=True, slots=True)
class Area:
    """A place with public figures; the tile is its place on the schematic map."""

    area_id: int
    code: str
    name: str
    kind: str
    parent_id: int | None
    column: int | None
    row: int | None


def areas(connection: Connection) -> list[Area]:
    """Every area in force, largest kind first."""
    rows = connection.execute(
        """SELECT area_id, code, name, kind, parent_id, tile_column, tile_row FROM area
           WHERE superseded_at IS NULL AND valid_to IS NULL
           ORDER BY array_position(ARRAY['city', 'arrondissement', 'iris'], kind), code"""
    )
    return [Area(*row) for row in rows]


class PublicFigure(NamedTuple):
    """One released figure; `amount` None means withheld. Counts are shown in bands only."""

    area_id: int
    commodity: str
    flow: str
    quantity: str
    start: dt.datetime
    end: dt.datetime
    period: dt.date
    amount: int | None
    households: int | None
    expected: int | None
    published_at: dt.datetime


def public_figures(
    connection: Connection, step: str, since: dt.date, until: dt.date
) -> list[PublicFigure]:
    """Every area's figures of periods from `since` to `until` (exclusive).

    A frozen release comes before `running`.
    """
    rows = (
        connection.cursor(binary=True)
        .execute(
            """SELECT DISTINCT ON (p.area_id, p.measure_id, p.start)
                  p.area_id, m.commodity, m.flow, m.quantity, p.start, p.end_ts, p.period,
                  p.amount, p.households, p.households_expected, p.published_at
           FROM published p JOIN measure m USING (measure_id) JOIN release r USING (release)
           WHERE p.step = %s AND p.period >= %s AND p.period < %s AND m.register = 'TOTAL'
           ORDER BY p.area_id, p.measure_id, p.start, (r.kind = 'running'), p.release DESC""",
            (step, since, until),
        )
        .fetchall()
    )
    return list(map(PublicFigure._make, rows))


def public_periods(connection: Connection) -> dict[str, tuple[dt.date, dt.date]]:
    """First and last published period of each step."""
    rows = connection.execute("SELECT step, min(period), max(period) FROM published GROUP BY step")
    return {step: (first, last) for step, first, last in rows}


def setting(connection: Connection, name: str) -> Any:
    """A fact about this installation, or None."""
    row = connection.execute("SELECT value FROM setting WHERE name = %s", (name,)).fetchone()
    return row[0] if row else None


def zone(connection: Connection) -> str:
    """IANA name of the zone of local days."""
    row = connection.execute("SHOW TimeZone").fetchone()
    assert row is not None
    return str(row[0])


def thresholds(connection: Connection, step: str, area_kind: str, day: dt.date) -> dict[str, int]:
    """Fewest households for a figure of this step: flow class -> number."""
    rows = connection.execute(
        """SELECT flow_class, households FROM publication_policy
           WHERE step = %s AND area_kind = %s AND valid_from <= %s
             AND (valid_to IS NULL OR valid_to > %s)""",
        (step, area_kind, day, day),
    )
    return dict(rows.fetchall())
