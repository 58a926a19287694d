"""Months as sums of whole sets of day rows: what a rebuild has at hand it need not read again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hub.clock import months_of
from hub.rollup.columns import Int64Array

_MONTHS = 1 << 16  # more than any month number
_FLAGS = 64


@dataclass(frozen=True, slots=True)
class MonthRows:
    """n rows, sorted by (key, month). month: number, see :func:`hub.clock.months_of`.

    sums: (n, columns) of what was given to add up. quality_*: sorted (row, flag, count).
    """

    key: Int64Array
    month: Int64Array
    sums: Int64Array
    quality_row: Int64Array
    quality_flag: Int64Array
    quality_count: Int64Array

    def __len__(self) -> int:
        return len(self.key)


def month_rows(
    key: Int64Array,
    day: Int64Array,
    columns: list[Int64Array],
    quality: tuple[Int64Array, Int64Array, Int64Array],
) -> MonthRows:
    """One row for each key and month of the day rows. quality: (day row, flag, count)."""
    cells, row = np.unique(key * _MONTHS + months_of(day), return_inverse=True)
    sums = np.zeros((len(cells), len(columns)), dtype=np.int64)
    np.add.at(sums, row, np.stack(columns, axis=1))
    day_row, flag, count = quality
    flags, at = np.unique(row[day_row] * _FLAGS + flag, return_inverse=True)
    counts = np.zeros(len(flags), dtype=np.int64)
    np.add.at(counts, at, count)
    return MonthRows(
        cells // _MONTHS, cells % _MONTHS, sums, flags // _FLAGS, flags % _FLAGS, counts
    )
