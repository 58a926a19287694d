"""What the household routes read: days, months, what is being computed, factors, freshness."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from hub.store.connection import Connection


class Total(NamedTuple):  # a year of them is made in half the time of dataclasses
    """Integer totals of a day or month. ``covered`` in seconds.

    ``quality`` counts readings by their flaw's name; None where there is none.
    """

    start: dt.date
    covered: int
    measured: int
    allocated: int
    month_allocated: int
    quality: Mapping[str, int] | None


@dataclass(frozen=True, slots=True)
class SlotDay:
    """The slots of a local day, from its start, half-hours or quarter-hours as their number tells.

    Lists are None as in migration 0003.
    """

    day: dt.date
    amounts: Sequence[int | None]
    allocated: Sequence[int | None] | None
    covered: Sequence[int | None] | None


@dataclass(frozen=True, slots=True)
class Coefficient:
    """kWh per m3 from ``valid_from`` to ``valid_to`` (exclusive), None = open."""

    valid_from: dt.date | None
    valid_to: dt.date | None
    value: Decimal
    source: str
    provisional: bool


@dataclass(frozen=True, slots=True)
class Holding:
    """What a household has of one total: first and last day, and the unit's quantity."""

    commodity: str
    flow: str
    quantity: str
    register: str
    first_day: dt.date
    last_day: dt.date


@dataclass(frozen=True, slots=True)
class Place:
    """An area the household's dwelling lies in."""

    code: str
    name: str
    kind: str


def measure_id(
    conn: Connection, commodity: str, flow: str, quantity: str, register: str
) -> int | None:
    """The number of a total; None where nobody has one yet."""
    row = conn.execute(
        "SELECT measure_id FROM measure"
        " WHERE (commodity, flow, quantity, register) = (%s, %s, %s, %s)",
        [commodity, flow, quantity, register],
    ).fetchone()
    return row[0] if row else None


def registers(conn: Connection, commodity: str, flow: str, quantity: str) -> list[str]:
    """Names of registers that exist for a commodity and flow."""
    rows = conn.execute(
        "SELECT register FROM measure WHERE (commodity, flow, quantity) = (%s, %s, %s) ORDER BY 1",
        [commodity, flow, quantity],
    ).fetchall()
    return [row[0] for row in rows]


def days(
    conn: Connection, household: int, measure: int, first: dt.date, end: dt.date
) -> list[Total]:
    """The household's days from ``first`` to ``end`` (exclusive)."""
    # Sent as numbers, not as texts of numbers.
    rows = conn.cursor(binary=True).execute(
        "SELECT day, covered, measured, coalesce(allocated, 0),"
        " coalesce(month_allocated, 0), quality FROM household_day"
        " WHERE household_id = %s AND measure_id = %s AND day >= %s AND day < %s ORDER BY day",
        [household, measure, first, end],
    )
    return list(map(Total._make, rows.fetchall()))


def months(
    conn: Connection, household: int, measure: int, first: dt.date, end: dt.date
) -> list[Total]:
    """The household's months that begin from ``first`` to ``end`` (exclusive)."""
    rows = conn.execute(
        "SELECT month, covered, measured, coalesce(allocated, 0),"
        " coalesce(allocated, 0), quality FROM household_month"
        " WHERE household_id = %s AND measure_id = %s AND month >= %s AND month < %s"
        " ORDER BY month",
        [household, measure, first, end],
    ).fetchall()
    return list(map(Total._make, rows))


def slot_days(
    conn: Connection, household: int, measure: int, first: dt.date, end: dt.date
) -> list[SlotDay]:
    """The household's days that have slots, from ``first`` to ``end`` (exclusive)."""
    rows = conn.execute(
        "SELECT day, slots, slots_allocated, slots_covered FROM household_day"
        " WHERE household_id = %s AND measure_id = %s AND day >= %s AND day < %s"
        " AND slots IS NOT NULL ORDER BY day",
        [household, measure, first, end],
    ).fetchall()
    return [SlotDay(*row) for row in rows]


def has_quarter_hours(conn: Connection, household: int, commodity: str) -> bool:
    """Whether a channel of the household is kept at 15 minutes, so that some day may be."""
    row = conn.execute(
        "SELECT 1 FROM household_usage_point u JOIN channel c USING (usage_point_id)"
        " WHERE u.household_id = %s AND c.commodity = %s AND c.slot_minutes = 15 LIMIT 1",
        [household, commodity],
    ).fetchone()
    return row is not None


def pending(
    conn: Connection,
    household: int,
    commodity: str,
    flow: str,
    start: dt.datetime,
    end: dt.datetime,
) -> list[tuple[dt.datetime, dt.datetime]]:
    """Changed ranges of the household's channels that touch [start, end), not rolled up yet.

    Only what lies within its own days: what changes before and after is somebody else's.
    """
    return conn.execute(
        "SELECT DISTINCT d.from_ts, d.to_ts FROM household_usage_point u"
        " JOIN channel c USING (usage_point_id) JOIN dirty d USING (channel_id)"
        " WHERE u.household_id = %s AND c.commodity = %s AND c.flow = %s"
        " AND d.from_ts < least(%s, u.valid_to::timestamptz)"
        " AND d.to_ts >= greatest(%s, (u.valid_from + 1)::timestamptz) ORDER BY 1, 2",
        [household, commodity, flow, end, start],
    ).fetchall()


def coefficients(conn: Connection, household: int) -> list[Coefficient]:
    """Gas coefficients (kWh per m3) for where the household lives, the nearest place first."""
    rows = conn.execute(
        "SELECT f.valid_from, f.valid_to, f.value, f.source, f.provisional FROM factor f"
        " LEFT JOIN household_area(%s) a ON a.code = f.scope"
        " WHERE f.name = 'gas_coefficient' AND f.superseded_at IS NULL"
        " AND (f.scope = '' OR a.code IS NOT NULL)"
        " ORDER BY coalesce(a.distance, 100), f.provisional, f.valid_from DESC NULLS LAST",
        [household],
    ).fetchall()
    return [Coefficient(*row) for row in rows]


def holdings(conn: Connection, household: int) -> list[Holding]:
    """What the household has data of, in the order of pages."""
    rows = conn.execute(
        "SELECT m.commodity, m.flow, m.quantity, m.register, min(d.day), max(d.day)"
        " FROM household_day d JOIN measure m USING (measure_id) JOIN commodity c USING (commodity)"
        " WHERE d.household_id = %s GROUP BY c.position, 1, 2, 3, 4"
        " ORDER BY c.position, m.flow, (m.register <> 'TOTAL'), m.register",
        [household],
    ).fetchall()
    return [Holding(*row) for row in rows]


def last_readings(conn: Connection, household: int) -> dict[str, tuple[dt.datetime, dt.datetime]]:
    """Per commodity the newest reading since the household moved in: its time, its arrival."""
    rows = conn.execute(
        "SELECT c.commodity, max(l.ts), max(l.received_at) FROM household_usage_point u"
        " JOIN channel c USING (usage_point_id) JOIN latest l USING (channel_id)"
        " WHERE u.household_id = %s AND (u.valid_to IS NULL OR u.valid_to > current_date)"
        " AND l.ts >= coalesce(u.valid_from + 1, '-infinity'::date) GROUP BY 1",
        [household],
    ).fetchall()
    return {commodity: (at, received) for commodity, at, received in rows}


def places(conn: Connection, household: int) -> list[Place]:
    """The areas the household lives in today, the smallest first."""
    rows = conn.execute(
        "SELECT code, name, kind FROM household_area(%s) WHERE current ORDER BY distance",
        [household],
    ).fetchall()
    return [Place(*row) for row in rows]
