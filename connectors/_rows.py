"""Rows of a file on their way to readings: who is refused, for what, in which column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from connectors import _stamps, _text, _units
from connectors._text import Column
from hub.model import Int64Array, Reject

Mask = npt.NDArray[np.bool_]

#: Longest value shown in a reject.
_SHOWN = 80


@dataclass(slots=True)
class Rows:
    """n rows, as columns of cells. ``line``: the file's lines, from 1; ``names``: the columns'.

    A row is refused once, by the first thing that is wrong with it; ``good`` are the others.
    """

    line: Int64Array
    cells: Sequence[Column]
    names: Sequence[str]
    good: Mask = field(init=False)
    _why: npt.NDArray[np.object_] = field(init=False)
    _column: Int64Array = field(init=False)

    def __post_init__(self) -> None:
        self.good = np.ones(len(self.line), bool)
        self._why = np.full(len(self.line), "", object)
        self._column = np.zeros(len(self.line), np.int64)

    @classmethod
    def of(
        cls, lines: Sequence[bytes], rows: Sequence[int], names: Sequence[str], skip: int = 0
    ) -> Rows:
        """The ``rows`` (indices) of ``lines``, cut into as many columns as there are names.

        skip: empty columns before the first.
        """
        cells = _text.table([lines[i] for i in rows], skip + len(names))
        return cls(np.array(rows, np.int64) + 1, cells[skip:], names)

    def take(self, which: Int64Array) -> Rows:
        """Some of the rows, as rows of their own."""
        return Rows(self.line[which], [column.take(which) for column in self.cells], self.names)

    def refuse(self, rows: Mask, reason: str, column: int) -> None:
        """Refuse ``rows`` (those not refused before) for ``reason``, seen in ``column``."""
        fresh = rows & self.good
        if not fresh.any():
            return
        self.good = self.good & ~fresh
        self._why[fresh] = reason
        self._column[fresh] = column

    def times(self, column: int, zone: str) -> Int64Array:
        """The stamps of ``column`` as seconds UTC; rows without one are refused."""
        ts, states = _stamps.instants(self.cells[column], zone)
        self.refuse(states == _stamps.BAD, "bad_time", column)
        self.refuse(states == _stamps.AMBIGUOUS, "ambiguous_time", column)
        return ts

    def amounts(self, column: int, scale: int) -> tuple[Int64Array, Mask]:
        """The numbers of ``column`` times ``scale``, floored, and where there is one.

        Rows whose cell is no number, one below zero or absurdly large, or what a counter tells at
        its stop (T11), are refused.
        """
        value, states = _text.decimals(self.cells[column], scale)
        said = states == _text.OK
        self.refuse(states == _text.BAD, "bad_number", column)
        self.refuse(said & ((value < 0) | (value > _text.LARGEST)), "out_of_range", column)
        stops = _units.stops(scale)
        if len(value) and value.max() >= min(stops):
            self.refuse(said & np.isin(value, list(stops)), "sentinel", column)
        return value, said

    def rejects(self) -> list[Reject]:
        """The refused rows as a person finds them: line, column, value, reason."""
        found = []
        for i in np.flatnonzero(~self.good).tolist():
            column, line = int(self._column[i]), int(self.line[i])
            value = self.cells[column][i].decode("utf-8")[:_SHOWN]
            reason, detail = str(self._why[i]), {"value": value}
            found.append(Reject(line, reason, self.names[column], value, line, detail))
        return found
