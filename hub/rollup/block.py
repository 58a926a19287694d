"""Day totals as columns that add up: the channels', then the usage points', then the households'.

Half-hours stand in matrices of 50 columns (the longest local day), counted from the day's start.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hub.rollup.bounds import INT4_MAX
from hub.rollup.columns import BoolArray, DayRows, Int64Array

#: Half-hours of the longest local day.
WIDTH = 50
HALF_HOUR = 1800

#: Columns that add up.
AMOUNTS = ("measured", "allocated", "month_allocated")


@dataclass(slots=True)
class Block:
    """n rows. day: day number; length: seconds of that local day; covered: seconds known.

    amounts: (n, 3), columns as in AMOUNTS. has_slots: rows with half-hours; slot_*: (n, 50), where
    a half-hour with slot_covered 0 is unknown. quality_*: (row, flag, count).
    """

    day: Int64Array
    length: Int64Array
    covered: Int64Array
    amounts: Int64Array
    has_slots: BoolArray
    slot_amount: Int64Array
    slot_allocated: Int64Array
    slot_covered: Int64Array
    quality_row: Int64Array
    quality_flag: Int64Array
    quality_count: Int64Array

    def __len__(self) -> int:
        return len(self.day)

    def column(self, name: str) -> Int64Array:
        """One of the columns that add up."""
        return self.amounts[:, AMOUNTS.index(name)]

    def take(self, which: Int64Array) -> Block:
        """Rows at these positions; a row may be taken more than once."""
        order = np.argsort(self.quality_row, kind="stable")
        first = np.searchsorted(self.quality_row[order], which, side="left")
        last = np.searchsorted(self.quality_row[order], which, side="right")
        count = last - first
        at = np.repeat(first - np.cumsum(count) + count, count) + np.arange(int(count.sum()))
        at = order[at]
        return Block(
            self.day[which], self.length[which], self.covered[which], self.amounts[which],
            self.has_slots[which], self.slot_amount[which], self.slot_allocated[which],
            self.slot_covered[which], np.repeat(np.arange(len(which)), count),
            self.quality_flag[at], self.quality_count[at],
        )  # fmt: skip


def block_of(rows: DayRows, length: Int64Array) -> Block:
    """What households may own of channel rows. length: seconds of each row's day.

    Parts of pieces that cross a move are left out, and their days have no half-hours, because they
    could show the last occupants' curve. Quarter-hours become half-hours.
    """
    owned = [getattr(rows, name) - getattr(rows, f"unowned_{name}") for name in AMOUNTS]
    amounts = np.stack(owned, axis=1)
    return Block(
        rows.day, length, rows.covered - rows.unowned_covered, amounts,
        (rows.slots > 0) & (rows.unowned_covered == 0),
        _half_hours(rows, rows.slot_amount, length),
        _half_hours(rows, rows.slot_allocated, length),
        _half_hours(rows, rows.slot_covered, length),
        rows.quality_row, rows.quality_flag, rows.quality_count,
    )  # fmt: skip


def _half_hours(rows: DayRows, values: Int64Array, length: Int64Array) -> Int64Array:
    matrix = np.zeros((len(rows), WIDTH), dtype=np.int64)
    owner = np.repeat(np.arange(len(rows)), rows.slots)
    first = np.cumsum(rows.slots) - rows.slots
    number = np.arange(len(values)) - np.repeat(first, rows.slots)
    per_half_hour = np.maximum(rows.slots * HALF_HOUR // length, 1)
    if (per_half_hour == 1).all():
        matrix[owner, number] = values
    else:
        np.add.at(matrix, (owner, number // per_half_hour[owner]), values)
    return matrix


def combine(
    block: Block, group: Int64Array, groups: int, *, add_up_coverage: bool = False
) -> Block:
    """Rows of one group (0..groups-1, each with at least one row, all of one day) become one.

    Amounts add up; coverage is the smallest, or with ``add_up_coverage`` (parts that follow each
    other in time) the sum, at most the day. A half-hour is known where all parts know it, or one.
    """
    order = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[order], np.arange(groups))
    if len(block) == groups:  # nothing to add up
        return block.take(order)
    sorted_block = block.take(order)
    covered, slot_covered = sorted_block.covered, sorted_block.slot_covered
    amount, allocated = sorted_block.slot_amount, sorted_block.slot_allocated
    if add_up_coverage:
        # A row without half-hours may still hold some: those that nobody may see.
        visible = sorted_block.has_slots[:, None]
        slot_covered, amount, allocated = (
            np.where(visible, one, 0) for one in (slot_covered, amount, allocated)
        )
        day_covered = np.minimum(np.add.reduceat(covered, starts), sorted_block.length[starts])
        known = np.minimum(np.add.reduceat(slot_covered, starts, axis=0), HALF_HOUR)
        has_slots = np.logical_or.reduceat(sorted_block.has_slots, starts)
    else:
        day_covered = np.minimum.reduceat(covered, starts)
        known = np.minimum.reduceat(slot_covered, starts, axis=0)
        has_slots = np.logical_and.reduceat(sorted_block.has_slots, starts)
    amount = np.where(known > 0, np.add.reduceat(amount, starts, axis=0), 0)
    allocated = np.where(known > 0, np.add.reduceat(allocated, starts, axis=0), 0)
    quality = _added(group[order][sorted_block.quality_row], sorted_block)
    return Block(
        sorted_block.day[starts], sorted_block.length[starts], day_covered,
        np.add.reduceat(sorted_block.amounts, starts, axis=0),
        has_slots & (amount.max(axis=1, initial=0) <= INT4_MAX), amount, allocated, known, *quality,
    )  # fmt: skip


def _added(row: Int64Array, block: Block) -> tuple[Int64Array, Int64Array, Int64Array]:
    """Quality counts of rows with their new numbers, one entry per (row, flag)."""
    cells, at = np.unique(row * 64 + block.quality_flag, return_inverse=True)
    total = np.zeros(len(cells), dtype=np.int64)
    np.add.at(total, at, block.quality_count)
    return cells // 64, cells % 64, total
