"""What the publisher reads (area totals, policy, what is still being computed) and writes."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from hub.disclosure.policy import Policy, Rule, policy_of
from hub.store.connection import Connection

RUNNING = "running"
_LOCK = 0x68756205  # any constant: one publisher at a time


@dataclass(frozen=True, slots=True)
class Measure:
    """A counting total that areas have figures of; ``day_start`` of its commodity."""

    measure_id: int
    commodity: str
    flow: str
    quantity: str
    day_start: dt.timedelta


@dataclass(frozen=True, slots=True)
class AreaNode:
    """An area in the tree; ``parent`` is its parent's id, None at the top."""

    area_id: int
    kind: str
    parent: int | None


@dataclass(frozen=True, slots=True)
class Cell:
    """One row to write: a figure, or None where it is withheld."""

    area_id: int
    measure_id: int
    step: str
    start: dt.datetime
    end: dt.datetime
    period: dt.date
    amount: int | None
    households: int
    expected: int


_PUBLISH = """
INSERT INTO published (release, withheld, area_id, measure_id, step, start, end_ts, period,
                       amount, households, households_expected)
SELECT 'running', amount IS NULL, area_id, measure_id, step, start, end_ts, period,
       amount, households, households_expected
FROM to_publish
ON CONFLICT (area_id, measure_id, step, start, release) DO UPDATE
SET amount = excluded.amount, withheld = excluded.withheld, households = excluded.households,
    households_expected = excluded.households_expected, published_at = excluded.published_at
WHERE published.withheld
"""

_DAYS = """
SELECT area_id, day, amount, present, expected, largest FROM published_basis
WHERE measure_id = %(measure)s
UNION ALL
SELECT area_id, day, amount, present, expected, largest FROM area_day a
WHERE measure_id = %(measure)s AND NOT EXISTS (
    SELECT FROM published_basis b
    WHERE b.measure_id = a.measure_id AND b.day = a.day AND b.area_id = a.area_id)"""
_KEEP = """
INSERT INTO published_basis (measure_id, day, area_id, amount, present, expected, largest)
SELECT measure_id, day, area_id, amount, present, expected, largest FROM area_day
WHERE measure_id = %(measure)s AND area_id = ANY(%(areas)s) AND day = ANY(%(days)s)
ON CONFLICT DO NOTHING"""

#: area_id, day, amount, present, expected, largest
DayRow = tuple[int, dt.date, int, int, int, int | None]
#: area_id, day, amounts, present, expected (arrays of the day's slots)
SlotRow = tuple[int, dt.date, list[int], list[int], list[int]]


def try_lock(conn: Connection) -> bool:
    """Become the only publisher; False while another one is at work. Held by the session."""
    row = conn.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK]).fetchone()
    return bool(row and row[0])


def unlock(conn: Connection) -> None:
    """Let another publisher work."""
    conn.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def policy(conn: Connection) -> Policy:
    """All thresholds, dated."""
    rows = conn.execute(
        "SELECT step, flow_class, area_kind, households, max_share::float8, served_days,"
        " long_households, valid_from, valid_to FROM publication_policy ORDER BY valid_from DESC"
    ).fetchall()
    return policy_of(Rule(*row) for row in rows)


def measures(conn: Connection) -> list[Measure]:
    """The totals some area has a figure of."""
    rows = conn.execute(
        "SELECT m.measure_id, m.commodity, m.flow, m.quantity, c.day_start"
        " FROM measure m JOIN commodity c USING (commodity)"
        " WHERE m.register = 'TOTAL' AND m.quantity = c.quantity"
        " AND EXISTS (SELECT FROM area_day a WHERE a.measure_id = m.measure_id)"
        " ORDER BY c.position, m.measure_id"
    ).fetchall()
    return [Measure(*row) for row in rows]


def area_nodes(conn: Connection) -> list[AreaNode]:
    """The areas known today. Clubs are not among them: see docs/town-hall/publication.md."""
    rows = conn.execute(
        "SELECT DISTINCT ON (area_id) area_id, kind, parent_id FROM area"
        " WHERE superseded_at IS NULL ORDER BY area_id, valid_from DESC NULLS LAST"
    ).fetchall()
    return [AreaNode(*row) for row in rows]


def day_rows(conn: Connection, measure_id: int) -> list[DayRow]:
    """Every area's days of a measure; those published before as they were then."""
    return conn.execute(_DAYS, {"measure": measure_id}).fetchall()


def keep_basis(
    conn: Connection, measure_id: int, areas: Sequence[int], days: Sequence[dt.date]
) -> None:
    """Keep what these days say of these areas: they are being published."""
    conn.execute(_KEEP, {"measure": measure_id, "areas": list(areas), "days": list(days)})


def slot_rows(conn: Connection, measure_id: int, first: dt.date, last: dt.date) -> list[SlotRow]:
    """Every area's half-hours of the days from ``first`` to ``last`` (inclusive)."""
    return conn.execute(
        "SELECT area_id, day, amount, present, expected FROM area_slot"
        " WHERE measure_id = %s AND day BETWEEN %s AND %s",
        [measure_id, first, last],
    ).fetchall()


def written(
    conn: Connection, measure_id: int, step: str, since: dt.date
) -> list[tuple[int, dt.date, dt.datetime, bool]]:
    """Figures of the running release since a day: area_id, period, start, published or not."""
    return conn.execute(
        "SELECT area_id, period, start, NOT withheld FROM published"
        " WHERE measure_id = %s AND step = %s AND release = 'running' AND period >= %s",
        [measure_id, step, since],
    ).fetchall()


def unfinished(conn: Connection, before: dt.datetime) -> list[tuple[dt.datetime, dt.datetime]]:
    """Changed ranges (UTC) from before an instant, not rolled up yet.

    Those set aside count too: what is published stands, so nothing is said of a day of which it is
    known that something is missing.
    """
    rows = conn.execute("SELECT from_ts, to_ts FROM dirty WHERE from_ts < %s", [before]).fetchall()
    # UTC: instants of one zone compare by wall clock, which is wrong in October's extra hour
    return [(start.astimezone(dt.UTC), end.astimezone(dt.UTC)) for start, end in rows]


def behind(conn: Connection, last: dt.date) -> bool:
    """Whether readings or area totals of days up to ``last`` are still to be added up."""
    row = conn.execute(
        "SELECT EXISTS (SELECT FROM dirty WHERE from_ts < %(last)s::date + 1)"
        " OR EXISTS (SELECT FROM dirty_area WHERE from_day <= %(last)s)",
        {"last": last},
    ).fetchone()
    return bool(row and row[0])


def unfinished_areas(
    conn: Connection, measure_id: int, marked_before: dt.datetime
) -> list[tuple[dt.date, dt.date]]:
    """Days (first, last) of a measure that the area worker has still to add up."""
    return conn.execute(
        "SELECT DISTINCT from_day, to_day FROM dirty_area WHERE measure_id = %s AND marked_at < %s",
        [measure_id, marked_before],
    ).fetchall()


def write(conn: Connection, cells: Sequence[Cell]) -> int:
    """Write figures of the running release. A published figure stands; a withheld one may change.

    Returns the number of rows written or changed.
    """
    if not cells:
        return 0
    conn.execute(
        "CREATE TEMP TABLE IF NOT EXISTS to_publish (area_id int4, measure_id int2, step text,"
        " start timestamptz, end_ts timestamptz, period date, amount int8, households int4,"
        " households_expected int4) ON COMMIT DELETE ROWS"
    )
    with conn.cursor().copy("COPY to_publish FROM STDIN (FORMAT binary)") as copy:
        copy.set_types(
            ["int4", "int2", "text", "timestamptz", "timestamptz", "date", "int8", "int4", "int4"]
        )
        for c in cells:
            copy.write_row(
                (c.area_id, c.measure_id, c.step, c.start, c.end, c.period, c.amount,
                 c.households, c.expected)
            )  # fmt: skip
    result = conn.execute(_PUBLISH)
    conn.execute("TRUNCATE to_publish")
    return result.rowcount


def announce(conn: Connection) -> None:
    """Tell the web processes, once this transaction is committed."""
    conn.execute("NOTIFY hub_published")


def read_setting(conn: Connection, name: str) -> dict[str, Any] | None:
    """A fact about this installation, with ``changed_at`` added; None where it is not set."""
    row = conn.execute("SELECT value, changed_at FROM setting WHERE name = %s", [name]).fetchone()
    if row is None or not isinstance(row[0], dict):
        return None
    return {**row[0], "changed_at": row[1]}


def read_state(conn: Connection) -> dict[str, Any]:
    """What keep_state() wrote last; instants (names ending in ``at``) as datetimes."""
    found = read_setting(conn, "publication") or {}
    return {
        name: dt.datetime.fromisoformat(value)
        if name.endswith("at") and isinstance(value, str)
        else value
        for name, value in found.items()
    }


def keep_state(conn: Connection, state: dict[str, Any]) -> None:
    """Note when publication ran last, and what still held it back."""
    written = {k: v.isoformat() if isinstance(v, dt.datetime) else v for k, v in state.items()}
    conn.execute(
        "INSERT INTO setting (name, value) VALUES ('publication', %s) ON CONFLICT (name)"
        " DO UPDATE SET value = excluded.value, changed_at = clock_timestamp()",
        [json.dumps(written)],
    )


def merged(
    ranges: Iterable[tuple[dt.datetime, dt.datetime]],
) -> list[tuple[dt.datetime, dt.datetime]]:
    """Overlapping and touching ranges joined, in order."""
    found: list[tuple[dt.datetime, dt.datetime]] = []
    for start, end in sorted(ranges):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found
