"""Writing channel rows: changed rows only where little changed, whole ranges where much did."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from psycopg import sql

from hub.clock import HALF_HOUR, QUARTER_HOUR, date_of, first_days_of, months_of
from hub.model import Int64Array
from hub.rollup.columns import FLAG_NAMES, DayRows
from hub.store.connection import Connection
from hub.store.encode import Arrays, Column, Json, Scalars, copy_rows

#: Key columns, then the others, of each table that is written through a stage.
_TABLES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "channel_day": (
        ("channel_id", "day"),
        ("covered", "measured", "allocated", "month_allocated", "unowned_measured",
         "unowned_allocated", "unowned_month_allocated", "unowned_covered", "readings",
         "first_at", "last_at", "first_value", "last_value", "slots", "slots_allocated",
         "slots_covered", "quality"),
    ),
    "household_day": (
        ("household_id", "measure_id", "day"),
        ("covered", "expected", "measured", "allocated", "month_allocated", "slots",
         "slots_allocated", "slots_covered", "quality"),
    ),
}  # fmt: skip


def replace_rows(
    conn: Connection, table: str, scope: Sequence[Int64Array], columns: Mapping[str, Column],
    n: int, *, whole: bool,
) -> list[tuple[Any, ...]] | None:  # fmt: skip
    """Make ``columns`` the n rows of ``table`` within the scope; keys of the rows that changed.

    scope: a column for each of the leading keys, then first and last day of each range. whole:
    delete and copy, without a look at what differs, and without an answer; else touch only what
    differs.
    """
    keys, others = _TABLES[table]
    first, last = scope[-2:]
    values = [
        *(column.tolist() for column in scope[:-2]),
        *([date_of(day) for day in column.tolist()] for column in (first, last)),
    ]
    delete = _within(table, keys[:-1], int(first.min()), int(last.max()))
    if whole:
        conn.execute(delete, values)
        copy_rows(conn, table, columns, n)
        return None
    stage = sql.Identifier(f"stage_{table}")
    _stage(conn, f"stage_{table}", f"LIKE {table}")
    copy_rows(conn, f"stage_{table}", columns, n)
    same_key = sql.SQL(" AND ").join(
        sql.SQL("t.{0} = d.{0}").format(sql.Identifier(key)) for key in keys
    )
    changed = sql.SQL(" RETURNING {}").format(
        sql.SQL(", ").join(sql.SQL("d.{}").format(sql.Identifier(key)) for key in keys)
    )
    gone = delete + sql.SQL(" AND NOT EXISTS (SELECT FROM {} t WHERE {})").format(stage, same_key)
    found = conn.execute(gone + changed, values).fetchall()
    return found + conn.execute(_upsert(table, stage, keys, others) + changed).fetchall()


def _within(table: str, keys: Sequence[str], low: int, high: int) -> sql.Composed:
    """Delete what lies in the ranges of the scope, given as arrays.

    The planner knows how many elements an array has, and so that an index is the way; of a table
    it would have to be told. Literal bounds let it leave chunks out.
    """
    types = {"channel_id": "int4", "household_id": "int4", "measure_id": "int2"}
    arrays = ", ".join([*(f"%s::{types[key]}[]" for key in keys), "%s::date[]", "%s::date[]"])
    same = " AND ".join(f"d.{key} = s.{key}" for key in keys)
    return sql.SQL(  # of names in this module only
        f"DELETE FROM {table} d USING unnest({arrays}) AS s ({', '.join(keys)}, from_day, to_day)"  # noqa: S608
        f" WHERE {same} AND d.day BETWEEN s.from_day AND s.to_day AND d.day BETWEEN {{}} AND {{}}"
    ).format(sql.Literal(date_of(low)), sql.Literal(date_of(high)))


def _stage(conn: Connection, name: str, definition: str) -> None:
    conn.execute(
        f"CREATE TEMP TABLE IF NOT EXISTS {name} ({definition}) ON COMMIT DELETE ROWS".encode()
    )
    conn.execute(f"TRUNCATE {name}".encode())


def _upsert(
    table: str, stage: sql.Identifier, keys: Sequence[str], others: Sequence[str]
) -> sql.Composed:
    names = [sql.Identifier(name) for name in (*keys, *others)]
    rest = [sql.Identifier(name) for name in others]
    return sql.SQL(
        "INSERT INTO {table} AS d ({names}) SELECT {names} FROM {stage} ON CONFLICT ({keys})"
        " DO UPDATE SET {assignments} WHERE ({old}) IS DISTINCT FROM ({new})"
    ).format(
        table=sql.Identifier(table),
        names=sql.SQL(", ").join(names),
        stage=stage,
        keys=sql.SQL(", ").join(map(sql.Identifier, keys)),
        assignments=sql.SQL(", ").join(sql.SQL("{0} = excluded.{0}").format(n) for n in rest),
        old=sql.SQL(", ").join(sql.SQL("d.{}").format(n) for n in rest),
        new=sql.SQL(", ").join(sql.SQL("excluded.{}").format(n) for n in rest),
    )


def write_channel_days(
    conn: Connection, scope: tuple[Int64Array, Int64Array, Int64Array], numbers: Int64Array,
    rows: DayRows, *, whole: bool,
) -> None:  # fmt: skip
    """Make ``rows`` the rows of ``channel_day`` in the scope (channel, first day, last day).

    numbers: the channel number of each row.
    """
    if not len(scope[0]):
        return
    covered = spread(rows.slot_covered, rows.slots)
    allocated = spread(rows.slot_allocated, rows.slots)
    unowned = rows.unowned_covered > 0
    read = rows.first_at >= 0
    columns: dict[str, Column] = {
        "channel_id": Scalars("int4", numbers),
        "day": Scalars("date", rows.day),
        "covered": Scalars("int4", rows.covered),
        "measured": Scalars("int8", rows.measured),
        "allocated": Scalars("int8", rows.allocated, rows.allocated != 0),
        "month_allocated": Scalars("int8", rows.month_allocated, rows.month_allocated != 0),
        "unowned_measured": Scalars("int8", rows.unowned_measured, unowned),
        "unowned_allocated": Scalars("int8", rows.unowned_allocated, unowned),
        "unowned_month_allocated": Scalars("int8", rows.unowned_month_allocated, unowned),
        "unowned_covered": Scalars("int4", rows.unowned_covered, unowned),
        "readings": Scalars("int4", rows.readings),
        "first_at": Scalars("int4", rows.first_at, read),
        "last_at": Scalars("int4", rows.last_at, read),
        "first_value": Scalars("int8", rows.first_value, read),
        "last_value": Scalars("int8", rows.last_value, read),
        **slot_columns(spread(rows.slot_amount, rows.slots), allocated, covered, rows.slots),
        "quality": Json(
            json_counts(len(rows), rows.quality_row, rows.quality_flag, rows.quality_count)
        ),
    }
    replace_rows(conn, "channel_day", scope, columns, len(rows), whole=whole)


def spread(values: Int64Array, slots: Int64Array) -> Int64Array:
    """Slots one row after the other -> a matrix, one line a row, zeros at the end."""
    matrix = np.zeros((len(slots), int(slots.max(initial=0))), dtype=np.int64)
    owner = np.repeat(np.arange(len(slots)), slots)
    matrix[owner, np.arange(len(owner)) - np.repeat(np.cumsum(slots) - slots, slots)] = values
    return matrix


def slot_columns(
    amount: Int64Array, allocated: Int64Array, covered: Int64Array, count: Int64Array
) -> dict[str, Column]:
    """The three array columns; those with nothing to tell are NULL. count: 0 = no slots at all."""
    known = covered > 0
    # Days of 92 slots and more are made of quarter-hours.
    whole = np.where(count > 60, QUARTER_HOUR, HALF_HOUR)[:, None]
    return {
        "slots": Arrays("int4", amount, count, known),
        "slots_allocated": Arrays("int4", allocated, count * (allocated != 0).any(axis=1)),
        "slots_covered": Arrays("int2", covered, count * (known & (covered < whole)).any(axis=1)),
    }


def json_counts(n: int, row: Int64Array, flag: Int64Array, count: Int64Array) -> list[bytes]:
    """Quality of n rows as JSON texts from sorted (row, flag, count); empty where clean."""
    texts = [b""] * n
    ends = np.searchsorted(row, row, side="right").tolist()
    rows, flags, counts = row.tolist(), flag.tolist(), count.tolist()
    at = 0
    while at < len(rows):
        end = ends[at]
        found = {FLAG_NAMES[f]: c for f, c in zip(flags[at:end], counts[at:end], strict=True)}
        texts[rows[at]] = json.dumps(found).encode()
        at = end
    return texts


_CHANNEL_MONTHS = """
WITH touched AS (
    SELECT * FROM unnest(%(channel)s::int4[], %(first)s::date[], %(next)s::date[])
        AS t (channel_id, month, next)
), days AS (
    SELECT t.channel_id, t.month, d.covered, d.measured, d.allocated,
           d.month_allocated, d.readings, d.quality
    FROM touched t JOIN channel_day d ON d.channel_id = t.channel_id
    WHERE d.day >= t.month AND d.day < t.next
      AND d.day >= %(low)s::date AND d.day < %(high)s::date
), counts AS (
    SELECT channel_id, month, jsonb_object_agg(name, number ORDER BY name) AS quality
    FROM (SELECT channel_id, month, q.key AS name, sum(q.value::int8) AS number
          FROM days CROSS JOIN LATERAL jsonb_each_text(quality) q
          GROUP BY channel_id, month, q.key) one
    GROUP BY channel_id, month
), sums AS (
    SELECT channel_id, month, sum(covered)::int4 AS covered,
           (sum(measured) + coalesce(sum(allocated), 0) - coalesce(sum(month_allocated), 0))::int8
               AS measured,
           nullif(sum(month_allocated), 0)::int8 AS allocated,
           sum(readings)::int4 AS readings
    FROM days GROUP BY channel_id, month
), gone AS (
    DELETE FROM channel_month m USING touched t
    WHERE m.channel_id = t.channel_id AND m.month = t.month
      AND NOT EXISTS (SELECT FROM sums s WHERE s.channel_id = t.channel_id AND s.month = t.month)
)
INSERT INTO channel_month AS m
    (month, channel_id, covered, measured, allocated, readings, quality)
SELECT s.month, s.channel_id, s.covered, s.measured, s.allocated, s.readings, c.quality
FROM sums s LEFT JOIN counts c USING (channel_id, month)
ON CONFLICT (channel_id, month) DO UPDATE SET
    covered = excluded.covered, measured = excluded.measured, allocated = excluded.allocated,
    readings = excluded.readings, quality = excluded.quality
WHERE (m.covered, m.measured, m.allocated, m.readings, m.quality)
    IS DISTINCT FROM (excluded.covered, excluded.measured, excluded.allocated,
                      excluded.readings, excluded.quality)"""


def write_channel_months(
    conn: Connection, scope: tuple[Int64Array, Int64Array, Int64Array]
) -> None:
    """Sum the months that touch the scope (channel, first day, last day) from their days."""
    channel, months = months_touched(*scope)
    if not len(channel):
        return
    first, following = first_days_of(months), first_days_of(months + 1)
    conn.execute(
        _CHANNEL_MONTHS,
        {
            "channel": channel.tolist(),
            "first": [date_of(day) for day in first.tolist()],
            "next": [date_of(day) for day in following.tolist()],
            "low": date_of(int(first.min())),
            "high": date_of(int(following.max())),
        },
    )


def months_touched(
    key: Int64Array, first: Int64Array, last: Int64Array
) -> tuple[Int64Array, Int64Array]:
    """Each (key, month) that a range of days touches, once."""
    begin, end = months_of(first), months_of(last)
    count = end - begin + 1
    step = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
    pairs = np.stack([np.repeat(key, count), np.repeat(begin, count) + step], axis=1)
    found = np.unique(pairs, axis=0) if len(pairs) else pairs
    return found[:, 0], found[:, 1]
