"""Rows with NULLs, arrays and JSON as PostgreSQL's binary COPY format, whole columns at once.

Every row is laid out at its full width, with a mask that drops the bytes of what is NULL or beyond
the end of an array; what the mask keeps is the message. Where a stretch of rows has no holes there
is no mask at all.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from hub.model import Int64Array
from hub.store.connection import Connection
from hub.store.copying import copy_messages, stretches

Bytes = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]

_CHUNK = 4096
_ARRAY_TYPES = {"int4": (23, ">i4"), "int2": (21, ">i2"), "int8": (20, ">i8")}
_SCALARS = {"int8": ">i8", "int4": ">i4", "int2": ">i2", "date": ">i4", "bool": ">i1"}
#: PostgreSQL counts days from 2000-01-01.
_DATE_EPOCH = 10_957


class Column(Protocol):
    """A column that lays out its rows: bytes (n, w), and which of them count (None = all)."""

    def lay_out(self, rows: slice) -> tuple[Bytes, Mask | None]:
        """The bytes of some rows."""


@dataclass(frozen=True, slots=True)
class Scalars:
    """Numbers of one SQL type (dates as day numbers since 1970). there: which are not NULL."""

    kind: str
    values: npt.NDArray[np.int64] | npt.NDArray[np.bool_]
    there: Mask | None = None

    def lay_out(self, rows: slice) -> tuple[Bytes, Mask | None]:
        """Length and value of each row."""
        values = self.values[rows]
        wire = np.dtype(_SCALARS[self.kind])
        out = np.empty(len(values), dtype=[("length", ">i4"), ("value", wire)])
        out["length"] = wire.itemsize
        out["value"] = values - _DATE_EPOCH if self.kind == "date" else values
        there = None if self.there is None else self.there[rows]
        if there is None or there.all():
            return _bytes(out), None
        if not there.any():
            return _nulls(len(values)), None
        out["length"][~there] = -1
        keep = np.ones((len(values), out.dtype.itemsize), dtype=np.bool_)
        keep[~there, 4:] = False
        return _bytes(out), keep


@dataclass(frozen=True, slots=True)
class Arrays:
    """One array a row: the first ``count`` values of each line of a matrix; count 0 is NULL.

    known: which elements are not NULL (None = all).
    """

    kind: str
    values: npt.NDArray[np.int64]
    count: Int64Array
    known: Mask | None = None

    def lay_out(self, rows: slice) -> tuple[Bytes, Mask | None]:
        """The array header and its elements."""
        count = self.count[rows]
        n, width = len(count), int(count.max(initial=0))
        if width == 0:
            return _nulls(n), None
        oid, wire = _ARRAY_TYPES[self.kind]
        size = np.dtype(wire).itemsize
        present = np.arange(width)[None, :] < count[:, None]
        known = present if self.known is None else present & self.known[rows, :width]
        out = np.empty(n, dtype=[
            ("length", ">i4"), ("dimensions", ">i4"), ("nulls", ">i4"), ("oid", ">i4"),
            ("count", ">i4"), ("lower", ">i4"),
            ("items", [("length", ">i4"), ("value", wire)], (width,)),
        ])  # fmt: skip
        body = 20 + 4 * present.sum(axis=1) + size * known.sum(axis=1)
        out["length"] = np.where(count > 0, body, -1)
        out["dimensions"], out["oid"], out["lower"] = 1, oid, 1
        out["nulls"] = (present & ~known).any(axis=1)
        out["count"] = count
        out["items"]["length"] = np.where(known, size, -1)
        out["items"]["value"] = self.values[rows, :width]
        if known.all():
            return _bytes(out), None
        keep = np.ones((n, out.dtype.itemsize), dtype=np.bool_)
        items = keep[:, 24:].reshape(n, width, 4 + size)
        items[..., :4] = present[..., None]
        items[..., 4:] = known[..., None]
        keep[count == 0, 4:] = False
        return _bytes(out), keep


@dataclass(frozen=True, slots=True)
class Json:
    """JSON texts; an empty one is NULL."""

    texts: Sequence[bytes]

    def lay_out(self, rows: slice) -> tuple[Bytes, Mask | None]:
        """Length, version of the format, and text."""
        texts = self.texts[rows]
        longest = max(map(len, texts), default=0)
        if longest == 0:
            return _nulls(len(texts)), None
        lengths = np.array([len(t) for t in texts])
        out = np.zeros((len(texts), 5 + longest), dtype=np.uint8)
        prefix = np.where(lengths > 0, lengths + 1, -1).astype(">i4")
        out[:, :4] = _bytes(prefix)
        out[:, 4] = 1
        out[:, 5:] = np.array(texts, dtype=f"S{longest}").view(np.uint8).reshape(-1, longest)
        keep = np.arange(5 + longest)[None, :] < (5 + lengths)[:, None]
        keep[lengths == 0, 4:] = False
        return out, keep


def copy_rows(conn: Connection, table: str, columns: Mapping[str, Column], n: int) -> None:
    """COPY n rows into a table."""
    told = list(columns.values())
    messages = (encode(told, rows) for rows in stretches(n, _CHUNK))
    copy_messages(conn, table, columns, messages)


def encode(columns: Sequence[Column], rows: slice) -> bytes:
    """The message of some rows, without signature and trailer."""
    n = rows.stop - rows.start
    head = np.frombuffer(struct.pack(">h", len(columns)), dtype=np.uint8)
    laid = [column.lay_out(rows) for column in columns]
    whole = np.hstack([np.broadcast_to(head, (n, 2)), *(part for part, _ in laid)])
    if all(keep is None for _, keep in laid):
        return whole.tobytes()
    keeps = [np.ones(part.shape, dtype=np.bool_) if keep is None else keep for part, keep in laid]
    kept: Bytes = whole[np.hstack([np.ones((n, 2), dtype=np.bool_), *keeps])]
    return kept.tobytes()


def _nulls(n: int) -> Bytes:
    return np.full((n, 4), 255, dtype=np.uint8)


def _bytes(rows: npt.NDArray[Any]) -> Bytes:
    return rows.view(np.uint8).reshape(len(rows), -1)
