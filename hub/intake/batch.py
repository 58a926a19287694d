"""Readings of many channels and payloads as columns, in the order in which they arrived."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from hub.model import ChannelKey, Column, Int64Array, Series

_COLUMNS = 8
_INT8 = (-(2**63), 2**63 - 1)


class SourceKey(NamedTuple):
    """A series as its source knows it."""

    connector: str
    channel: ChannelKey


@dataclass(slots=True)
class Batch:
    """n readings, arrival order. All columns have length n.

    key: index into ``keys``. ts, received_at: seconds since 1970 UTC. seconds: 0 for registers and
    power. row: number of the source's row, from 1, in the caller's own counting. load: number of
    the load, 0 for messages.
    """

    keys: list[SourceKey]
    key: npt.NDArray[np.int32]
    ts: Int64Array
    value: Int64Array
    seconds: Int64Array
    quality: Int64Array
    row: Int64Array
    received_at: Int64Array
    load: Int64Array

    def __len__(self) -> int:
        return len(self.key)

    def take(self, where: npt.NDArray[np.int64]) -> Batch:
        """The readings at these indexes, in this order."""
        return Batch(
            self.keys,
            self.key[where],
            self.ts[where],
            self.value[where],
            self.seconds[where],
            self.quality[where],
            self.row[where],
            self.received_at[where],
            self.load[where],
        )


@dataclass(slots=True)
class BatchBuilder:
    """Collects series. Messages (short lists) and files (arrays) are both cheap."""

    _numbers: dict[SourceKey, int] = field(default_factory=dict)
    _parts: list[tuple[Int64Array, ...]] = field(default_factory=list)
    _pending: tuple[list[int], ...] = field(
        default_factory=lambda: tuple([] for _ in range(_COLUMNS))
    )

    def add(
        self,
        connector: str,
        series: Series,
        received_at: int,
        first_row: int = 0,
        load_id: int = 0,
    ) -> None:
        """Append a series; its row r becomes ``first_row + r``."""
        key = self._numbers.setdefault(SourceKey(connector, series.key), len(self._numbers))
        n = len(series.ts)
        if isinstance(series.ts, np.ndarray) or n > 64:
            self._flush()
            self._parts.append(_columns(key, series, received_at, first_row, load_id))
            return
        keys, ts, value, seconds, quality, row, received, load = self._pending
        keys.extend([key] * n)
        ts.extend(series.ts)
        value.extend(series.value)
        seconds.extend(series.seconds if series.seconds is not None else [0] * n)
        quality.extend(series.quality if series.quality is not None else [0] * n)
        row.extend(
            [first_row + r for r in series.row] if series.row is not None else [first_row + 1] * n
        )
        received.extend([received_at] * n)
        load.extend([load_id] * n)

    def build(self) -> Batch:
        """The batch of everything added."""
        self._flush()
        if not self._parts:
            self._parts.append(tuple(np.zeros(0, dtype=np.int64) for _ in range(_COLUMNS)))
        key, *columns = (np.concatenate(column) for column in zip(*self._parts, strict=True))
        return Batch(list(self._numbers), key.astype(np.int32), *columns)

    def _flush(self) -> None:
        if self._pending[0]:
            self._parts.append(tuple(as_int64(column) for column in self._pending))
            self._pending = tuple([] for _ in range(_COLUMNS))


def _columns(
    key: int, series: Series, received_at: int, first_row: int, load_id: int
) -> tuple[Int64Array, ...]:
    n = len(series.ts)
    zero = np.zeros(n, dtype=np.int64)
    row = np.ones(n, dtype=np.int64) if series.row is None else as_int64(series.row)
    return (
        np.full(n, key, dtype=np.int64),
        as_int64(series.ts),
        as_int64(series.value),
        zero if series.seconds is None else as_int64(series.seconds),
        zero if series.quality is None else as_int64(series.quality),
        row + first_row,
        np.full(n, received_at, dtype=np.int64),
        np.full(n, load_id, dtype=np.int64),
    )


def as_int64(column: Column) -> Int64Array:
    """A column as int64; what is beyond it becomes the largest, which the range check refuses."""
    try:
        return np.asarray(column, dtype=np.int64)
    except OverflowError:
        low, high = _INT8
        return np.asarray([min(max(int(v), low), high) for v in column], dtype=np.int64)
