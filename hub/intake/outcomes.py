"""What became of rows. A row of many readings takes the strongest outcome among them."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from hub.model import Decoded, Int64Array

OutcomeArray = npt.NDArray[np.int8]


class Outcome(IntEnum):
    """In the order of precedence: the largest code of a row's readings is the row's outcome."""

    IGNORED = 0  # not a reading, or superseded by a later one of the same second beside it
    GAP = 1  # the source says "nothing"
    UNCHANGED = 2  # known already
    ACCEPTED = 3  # new
    REVISED = 4  # took the place of another value
    REJECTED = 5  # not stored, for a reason


def row_outcomes(decoded: Decoded) -> OutcomeArray:
    """Outcome of each row before anything is stored; index 0 is row 1."""
    rows = np.zeros(decoded.rows, dtype=np.int8)
    if decoded.gaps:
        _raise_to(rows, (gap.row for gap in decoded.gaps), Outcome.GAP)
    if decoded.rejects:
        _raise_to(rows, (reject.row for reject in decoded.rejects), Outcome.REJECTED)
    return rows


def fold(rows: OutcomeArray, row: Int64Array, outcome: OutcomeArray) -> None:
    """Raise rows[row - 1] to the outcomes of their readings, in place."""
    np.maximum.at(rows, row - 1, outcome)


def counts(rows: OutcomeArray) -> dict[str, int]:
    """Rows by outcome, every outcome named; they add up to the rows read."""
    numbers = np.bincount(rows, minlength=len(Outcome))
    return {o.name.lower(): int(numbers[o]) for o in Outcome}


def _raise_to(rows: OutcomeArray, numbers: Iterable[int], outcome: Outcome) -> None:
    found = np.fromiter(numbers, dtype=np.int64)
    rows[found - 1] = np.maximum(rows[found - 1], outcome)
