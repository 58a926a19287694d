"""Months of a rebuild, copied in whole: all days that are stored of them were just written."""

from __future__ import annotations

import numpy as np

from hub.clock import first_days_of
from hub.model import Int64Array
from hub.rollup.columns import DayRows
from hub.rollup.households import HouseholdRows
from hub.rollup.months import MonthRows, month_rows
from hub.store.connection import Connection
from hub.store.encode import Column, Json, Scalars, copy_rows
from hub.store.rollup_write import json_counts

#: Separates household and measure in one number; more than any measure.
_MEASURES = 1 << 15


def replace_channel_months(
    conn: Connection, channels: Int64Array, numbers: Int64Array, rows: DayRows
) -> None:
    """Make the months of the rows all months of these channels. numbers: channel of each row."""
    months = month_rows(
        numbers, rows.day,
        [rows.covered, rows.measured + rows.allocated - rows.month_allocated,
         rows.month_allocated, rows.readings],
        (rows.quality_row, rows.quality_flag, rows.quality_count),
    )  # fmt: skip
    covered, measured, allocated, readings = months.sums.T
    conn.execute("DELETE FROM channel_month WHERE channel_id = ANY(%s)", [channels.tolist()])
    columns: dict[str, Column] = {
        "month": Scalars("date", first_days_of(months.month)),
        "channel_id": Scalars("int4", months.key),
        "covered": Scalars("int4", covered),
        "measured": Scalars("int8", measured),
        "allocated": Scalars("int8", allocated, allocated != 0),
        "readings": Scalars("int4", readings),
        "quality": _quality(months),
    }
    copy_rows(conn, "channel_month", columns, len(months))


def replace_household_months(
    conn: Connection,
    scope: tuple[Int64Array, Int64Array],
    rows: HouseholdRows,
    measures: Int64Array,
) -> None:
    """Make the months of the rows all months of these (household, measure) pairs.

    measures: measure_id of each row.
    """
    block = rows.block
    by_month = block.column("month_allocated")
    months = month_rows(
        rows.household * _MEASURES + measures, block.day,
        [block.covered, (block.covered * 10 >= block.length * 9).astype(np.int64),
         block.column("measured") + block.column("allocated") - by_month, by_month],
        (block.quality_row, block.quality_flag, block.quality_count),
    )  # fmt: skip
    covered, present, measured, allocated = months.sums.T
    conn.execute(
        "DELETE FROM household_month m USING unnest(%s::int4[], %s::int2[])"
        " AS s (household_id, measure_id)"
        " WHERE m.household_id = s.household_id AND m.measure_id = s.measure_id",
        [scope[0].tolist(), scope[1].tolist()],
    )
    columns: dict[str, Column] = {
        "month": Scalars("date", first_days_of(months.month)),
        "household_id": Scalars("int4", months.key // _MEASURES),
        "covered": Scalars("int4", covered),
        "measure_id": Scalars("int2", months.key % _MEASURES),
        "days_present": Scalars("int2", present),
        "measured": Scalars("int8", measured),
        "allocated": Scalars("int8", allocated, allocated != 0),
        "quality": _quality(months),
    }
    copy_rows(conn, "household_month", columns, len(months))


def _quality(months: MonthRows) -> Json:
    return Json(
        json_counts(len(months), months.quality_row, months.quality_flag, months.quality_count)
    )
