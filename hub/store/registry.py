"""The registry in the store: rows in force, numbers of what is there, and writing a plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from psycopg import sql
from psycopg.types.json import Jsonb

from hub.registry.planning import Current, Lookups, Plan
from hub.registry.tables import TABLES, Table
from hub.store.connection import Connection

NOTIFY_CHANNEL = "hub_registry"
_LOCK = 0x68756202  # one import at a time: two would give one thing two numbers
_NUMBERED = {t.name: t.identity[0] for t in TABLES if t.identity and t.name != "usage_point"}
_SEQUENCE = {"club": "area_id_seq"}  # clubs and areas share one sequence of numbers


def lock_registry(conn: Connection) -> None:
    """Wait for other imports; held to the end of the transaction."""
    conn.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def lookups(conn: Connection) -> Lookups:
    """Numbers of everything in force, and the commodities."""
    numbers: dict[str, dict[str, int]] = {}
    for table, column in _NUMBERED.items():
        query = sql.SQL("SELECT DISTINCT {}, {} FROM {} WHERE superseded_at IS NULL").format(
            sql.Identifier(column), sql.Identifier(f"{table}_id"), sql.Identifier(table)
        )
        numbers[table] = dict(conn.execute(query).fetchall())
    points: dict[str, dict[str, int]] = {}
    for ref, commodity, number in conn.execute(
        "SELECT DISTINCT ref, commodity, usage_point_id FROM usage_point"
        " WHERE superseded_at IS NULL"
    ):
        points.setdefault(ref, {})[commodity] = number
    quantities = conn.execute("SELECT commodity, quantity FROM commodity").fetchall()
    return Lookups(numbers, points, dict(quantities))


def current_rows(conn: Connection, table: Table) -> list[Current]:
    """Rows of a table in force, values in the order of ``table.targets``."""
    columns = sql.SQL(", ").join(map(sql.Identifier, table.targets))
    query = sql.SQL("SELECT row_id, {} FROM {} WHERE superseded_at IS NULL").format(
        columns, sql.Identifier(table.name)
    )
    return [Current(row[0], row[1:]) for row in conn.execute(query)]


def number_source(conn: Connection, table: Table, block: int = 1000) -> Callable[[], int]:
    """A function that gives the next number of a table's things, taken in blocks."""
    sequence = _SEQUENCE.get(table.name, f"{table.name}_id_seq")
    ready: list[int] = []

    def next_number() -> int:
        if not ready:
            rows = conn.execute("SELECT nextval(%s) FROM generate_series(1, %s)", [sequence, block])
            ready.extend(row[0] for row in reversed(rows.fetchall()))
        return ready.pop()

    return next_number


def write_plan(conn: Connection, plan: Plan) -> None:
    """Supersede and add rows as planned, in the transaction of ``conn``."""
    table = sql.Identifier(plan.table.name)
    if plan.superseded:
        conn.execute(
            sql.SQL("UPDATE {} SET superseded_at = now() WHERE row_id = ANY(%s)").format(table),
            [plan.superseded],
        )
    if plan.added:
        columns = sql.SQL(", ").join(map(sql.Identifier, plan.table.targets))
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(table, columns)
        with conn.cursor() as cursor, cursor.copy(statement) as copy:
            for row in plan.added:
                copy.write_row([_stored(value) for value in row])


def notify_registry(conn: Connection) -> None:
    """Tell services, at commit, that what they remember of the registry may be old."""
    conn.execute(f"NOTIFY {NOTIFY_CHANNEL}")


def _stored(value: Any) -> Any:
    return Jsonb(value) if isinstance(value, (dict, list)) else value


def rows_as_dicts(table: Table, rows: Sequence[tuple[Any, ...]]) -> list[dict[str, Any]]:
    """Stored rows with the names of their columns."""
    return [dict(zip(table.targets, row, strict=True)) for row in rows]
