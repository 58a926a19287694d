"""Readings of many messages in one payload, gathered channel by channel."""

from __future__ import annotations

from hub.model import ChannelKey, Series


class Columns:
    """What is told of each channel, in the order in which it is told."""

    def __init__(self) -> None:
        self._told: dict[ChannelKey, tuple[list[int], list[int], list[int], list[int]]] = {}

    def add(self, key: ChannelKey, ts: int, value: int, row: int, quality: int = 0) -> None:
        """A reading of ``key``, from ``row``."""
        columns = self._told.get(key)
        if columns is None:
            columns = self._told[key] = ([], [], [], [])
        for column, number in zip(columns, (ts, value, row, quality), strict=True):
            column.append(number)

    def series(self) -> list[Series]:
        """All of it, a series a channel."""
        return [
            Series(key, ts, value, row=row, quality=quality if any(quality) else None)
            for key, (ts, value, row, quality) in self._told.items()
        ]
