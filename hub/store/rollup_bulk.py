"""Whole stretches of readings, fast: Arrow columns over ADBC, on the snapshot of a transaction."""

from __future__ import annotations

from contextlib import suppress
from types import TracebackType
from typing import Any

import adbc_driver_postgresql.dbapi as adbc
import numpy as np
import psycopg

from hub.model import Int64Array
from hub.rollup.columns import SPAN
from hub.store import rollup_read
from hub.store.connection import Connection
from hub.store.rollup_read import RawReadings


class BulkReader:
    """A second connection that reads what a transaction sees. Use it as a context manager."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: Any = None

    def __enter__(self) -> BulkReader:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.close()

    def close(self) -> None:
        """Close the connection; the next use opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(adbc.OperationalError):  # a lost connection is closed already
                connection.close()

    def table(self, conn: Connection, query: str) -> Any:
        """An Arrow table of what ``query`` gives in the transaction of ``conn``.

        Raises psycopg.OperationalError where the second connection is lost: like any loss of the
        server it is no range's fault. The next use opens another.
        """
        row = conn.execute("SELECT pg_export_snapshot()").fetchone()
        assert row is not None
        try:
            return self._fetch(row[0], query)
        except adbc.OperationalError as error:
            self.close()
            raise psycopg.OperationalError(str(error)) from error

    def _fetch(self, snapshot: str, query: str) -> Any:
        if self._connection is None:
            self._connection = adbc.connect(self._url)
        cursor = self._connection.cursor()
        try:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute(f"SET TRANSACTION SNAPSHOT '{snapshot}'")
            cursor.execute(query)
            return cursor.fetch_arrow_table()
        finally:
            cursor.close()
            self._connection.rollback()

    def readings(
        self,
        conn: Connection,
        numbers: Int64Array,
        start: Int64Array,
        end: Int64Array,
        around: Int64Array,
    ) -> RawReadings:
        """Readings in [start, end) of each entry with ``around`` neighbours on both sides.

        Each channel number stands in one entry only.
        """
        if not len(numbers):  # dwellings without readings
            return rollup_read.readings(conn, numbers, start, end, around, around)
        none = np.zeros(len(numbers), dtype=np.int64)
        before = rollup_read.readings(conn, numbers, start, start, around, none)
        after = rollup_read.readings(conn, numbers, end, end, none, around)
        inside = self._inside(conn, numbers, start, end)
        parts = (before, inside, after)
        columns = [
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("entry", "ts", "value", "seconds", "quality")
        ]
        # Channels have few readings a second apart, so one combined key sorts both at once.
        order = np.argsort(columns[0] * SPAN + columns[1], kind="stable")
        return RawReadings(*(column[order] for column in columns))

    def _inside(
        self, conn: Connection, numbers: Int64Array, start: Int64Array, end: Int64Array
    ) -> RawReadings:
        """Readings in [start, end), channel by channel: an array a channel is a third of the bytes
        of a row a reading, and takes a third of the time to read."""
        listed = ",".join(str(int(n)) for n in numbers)
        table = self.table(
            conn,
            "SELECT channel_id, array_agg(ts), array_agg(value),"  # noqa: S608 - whole numbers only
            " CASE WHEN bool_or(seconds <> 0) THEN array_agg(seconds) END,"
            " CASE WHEN bool_or(quality <> 0) THEN array_agg(quality) END"
            f" FROM reading WHERE channel_id = ANY('{{{listed}}}'::int4[])"
            f" AND ts >= to_timestamp({int(start.min())}) AND ts < to_timestamp({int(end.max())})"
            " GROUP BY channel_id",
        )
        order = np.argsort(numbers)
        entry = order[np.searchsorted(numbers[order], _integers(table.column(0)))]
        owner, ts = _unnested(table.column(1), entry)
        ts //= 1_000_000  # Arrow's instants are microseconds
        value = _unnested(table.column(2), entry)[1]
        # Where all of a channel are zero, as the seconds of registers, nothing was sent.
        seconds, quality = (np.zeros(len(ts), dtype=np.int64) for _ in range(2))
        for values, column in ((seconds, table.column(3)), (quality, table.column(4))):
            told, sent = _unnested(column, entry)
            values[np.isin(owner, told)] = sent
        wanted = (ts >= start[owner]) & (ts < end[owner])
        columns = (owner, ts, value, seconds, quality)
        return RawReadings(*(columns if wanted.all() else (c[wanted] for c in columns)))


def _integers(column: Any) -> Int64Array:
    return np.asarray(column.to_numpy().astype(np.int64), dtype=np.int64)


def _unnested(column: Any, entry: Int64Array) -> tuple[Int64Array, Int64Array]:
    """A column of lists as (entry of each element, element)."""
    lists = column.combine_chunks()
    counts = np.asarray(lists.value_lengths().fill_null(0), dtype=np.int64)
    values = lists.flatten().to_numpy(zero_copy_only=False).astype(np.int64)
    return np.repeat(entry, counts), values
