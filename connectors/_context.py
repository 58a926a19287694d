"""Points of context series on their way: temperatures, CO2, colours of days. A row each, or none.

Names of series: what it is, then its place where it has one: ``tempo``, ``ecowatt``,
``co2_electricity/FR``, ``temperature/<station or latitude,longitude>``.
"""

from __future__ import annotations

from connectors._text import NOTHING, fold
from connectors._units import BadValueError, exact
from hub.model import ContextPoint, Decoded, DecodeError, Gap, Reject


class Told:
    """What a source tells of context series, row by row.

    :meth:`row` begins a row; what follows is of it. A row of which nothing follows is ignored.
    """

    def __init__(self) -> None:
        self.out = Decoded(rows=0)
        self._lines: list[int] = []
        self._line: int | None = None
        self._said = True

    def row(self, line: int | None = None) -> int:
        """Begin the next row, which stands in this line of the file; its number."""
        self._close()
        self.out.rows += 1
        self._line = line
        self._said = False
        if line is not None:
            self._lines.append(line)
        return self.out.rows

    def point(self, series: str, ts: int, value: float | None = None, label: str = "") -> None:
        """A value or a label of ``series`` from ``ts`` on."""
        self._said = True
        point = ContextPoint(series, ts, value, label or None, row=self.out.rows)
        self.out.context.append(point)

    def gap(self, column: str, ts: int | None = None) -> None:
        """The source says "nothing" here."""
        self._said = True
        self.out.gaps.append(Gap(self.out.rows, ts, column=column))

    def refuse(self, error: BadValueError | DecodeError, column: str = "") -> None:
        """The row cannot be taken."""
        self._said = True
        if isinstance(error, DecodeError):
            reject = Reject(self.out.rows, error.reason, line=self._line, detail=error.detail)
        else:
            detail = {"value": error.value}
            name, shown = (error.column or column)[:80] or None, error.value
            reject = Reject(self.out.rows, error.reason, name, shown, self._line, detail)
        self.out.rejects.append(reject)

    def done(self) -> Decoded:
        """All of it."""
        self._close()
        if len(self._lines) == self.out.rows:
            self.out.lines = self._lines or None
        return self.out

    def _close(self) -> None:
        self.out.ignored += not self._said
        self._said = True


def number(raw: object, low: int, high: int) -> float | None:
    """A value of a context series; None where it says "nothing" (null, '', ND).

    Raises BadValueError: bad_number, out_of_range.
    """
    if isinstance(raw, bytes):
        raw = raw.decode("utf-8", "replace")
    if raw is None or (isinstance(raw, str) and fold(raw) in NOTHING):
        return None
    value = exact(raw.strip().replace(",", ".") if isinstance(raw, str) else raw)
    if not low <= value <= high:
        raise BadValueError("out_of_range", raw)
    return float(value)
