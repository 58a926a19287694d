"""PostgreSQL's binary COPY format from and to NumPy columns.

A row without NULLs has a fixed width: a field count, then for each field its length and its
big-endian bytes. So a table of columns is one structured array, and its memory is the message.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from psycopg import sql

from hub.model import Int64Array
from hub.store.connection import Connection

_SIGNATURE = b"PGCOPY\n\xff\r\n\x00" + bytes(8)  # flags and header extension: none
_TRAILER = b"\xff\xff"
_EPOCH = 946_684_800  # PostgreSQL counts microseconds from 2000-01-01
_CHUNK = 1 << 16  # rows a message

#: SQL type -> NumPy type on the wire.
_WIRE = {"int8": ">i8", "int4": ">i4", "int2": ">i2", "timestamptz": ">i8"}


def copy_in(conn: Connection, table: str, columns: Mapping[str, tuple[str, Any]]) -> None:
    """COPY columns into a table: name -> (SQL type, values of equal length n or one value).

    Instants (``timestamptz``) are seconds since 1970 UTC. No value may be NULL.
    """
    types = [kind for kind, _ in columns.values()]
    values = [np.asarray(v) for _, v in columns.values()]
    n = max(len(v) for v in values if v.ndim)
    dtype = _record(types)

    def encode(part: slice) -> bytes:
        return _encode(dtype, types, [v[part] if v.ndim else v for v in values], part)

    copy_messages(conn, table, columns, (encode(part) for part in stretches(n, _CHUNK)))


def copy_messages(
    conn: Connection, table: str, columns: Iterable[str], messages: Iterable[bytes]
) -> None:
    """COPY rows into a table that are encoded already: several in each message."""
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with conn.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(_SIGNATURE)
        for message in messages:
            copy.write(message)
        copy.write(_TRAILER)


def stretches(n: int, most: int) -> Iterator[slice]:
    """``n`` rows, at most so many at a time."""
    return (slice(start, min(start + most, n)) for start in range(0, n, most))


def copy_out(
    conn: Connection, query: sql.Composable, parameters: Sequence[Any], types: Sequence[str]
) -> list[Int64Array]:
    """Run a query whose rows have no NULL; its columns as int64 (instants: seconds since 1970)."""
    statement = sql.SQL("COPY ({}) TO STDOUT (FORMAT binary)").format(query)
    with conn.cursor() as cursor, cursor.copy(statement, parameters) as copy:
        data = b"".join(bytes(block) for block in copy)
    dtype = _record(types)
    body = data[len(_SIGNATURE) : -len(_TRAILER)]
    rows = np.frombuffer(body, dtype=dtype)
    columns = []
    for i, kind in enumerate(types):
        column = rows[f"v{i}"].astype(np.int64)
        columns.append(column // 1_000_000 + _EPOCH if kind == "timestamptz" else column)
    return columns


def _record(types: Sequence[str]) -> np.dtype[np.void]:
    fields: list[tuple[str, str]] = [("count", ">i2")]
    for i, kind in enumerate(types):
        fields += [(f"l{i}", ">i4"), (f"v{i}", _WIRE[kind])]
    return np.dtype(fields)


def _encode(
    dtype: np.dtype[np.void], types: Sequence[str], values: Sequence[npt.NDArray[Any]], part: slice
) -> bytes:
    rows = np.empty(part.stop - part.start, dtype=dtype)
    rows["count"] = len(types)
    for i, (kind, column) in enumerate(zip(types, values, strict=True)):
        rows[f"l{i}"] = np.dtype(_WIRE[kind]).itemsize
        rows[f"v{i}"] = (column - _EPOCH) * 1_000_000 if kind == "timestamptz" else column
    return rows.tobytes()
