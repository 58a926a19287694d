"""Readings of many rows, gathered channel by channel."""

from __future__ import annotations

from hub.model import ChannelKey, Series


class Columns:
    """Registers and powers of a file on their way to series, in the order in which they came."""

    def __init__(self) -> None:
        self._found: dict[ChannelKey, tuple[list[int], list[int], list[int], list[int]]] = {}

    def add(self, key: ChannelKey, ts: int, value: int, row: int, quality: int = 0) -> None:
        """One reading of a row (from 1)."""
        columns = self._found.get(key)
        if columns is None:
            columns = self._found[key] = ([], [], [], [])
        for column, number in zip(columns, (ts, value, row, quality), strict=True):
            column.append(number)

    def put(self, series: Series, row: int) -> None:
        """The readings of a message that is one row of a file."""
        quality = series.quality if series.quality is not None else [0] * len(series.ts)
        for ts, value, code in zip(series.ts, series.value, quality, strict=True):
            self.add(series.key, int(ts), int(value), row, int(code))

    def series(self) -> list[Series]:
        """All of it; no qualities where all are good."""
        return [
            Series(key, ts, value, row=row, quality=quality if any(quality) else None)
            for key, (ts, value, row, quality) in self._found.items()
        ]
