"""Day totals as columns that add up: the channels', then the usage points', then the households'.

Slots stand in matrices, counted from the day's start: 50 columns (the half-hours of the longest
local day), or 100 where some row of the block has quarter-hours. Each row says how long its slots
are; rows that become one are first brought to the longest among them. So a household has
quarter-hours on the days on which everything that counts for it has them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from hub.rollup.bounds import INT4_MAX
from hub.rollup.columns import BoolArray, DayRows, Int64Array

#: Half-hours of the longest local day, and its quarter-hours.
WIDTH = 50
FINE_WIDTH = 2 * WIDTH
HALF_HOUR = 1800
QUARTER_HOUR = 900

#: Columns that add up.
AMOUNTS = ("measured", "allocated", "month_allocated")


@dataclass(slots=True)
class Block:
    """n rows. day: day number; length: seconds of that local day; covered: seconds known.

    amounts: (n, 3), columns as in AMOUNTS. has_slots: rows with slots; slot: seconds of each of
    them, 1800 or 900, which says nothing of a row without; slot_*: (n, 50 or 100), where a slot
    with slot_covered 0 is unknown. quality_*: (row, flag, count).
    """

    day: Int64Array
    length: Int64Array
    covered: Int64Array
    amounts: Int64Array
    has_slots: BoolArray
    slot: Int64Array
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
            self.has_slots[which], self.slot[which], self.slot_amount[which],
            self.slot_allocated[which], self.slot_covered[which],
            np.repeat(np.arange(len(which)), count),
            self.quality_flag[at], self.quality_count[at],
        )  # fmt: skip


def block_of(rows: DayRows, length: Int64Array) -> Block:
    """What households may own of channel rows. length: seconds of each row's day.

    Parts of pieces that cross a move are left out, and their days have no slots, because they could
    show the last occupants' curve.
    """
    owned = [getattr(rows, name) - getattr(rows, f"unowned_{name}") for name in AMOUNTS]
    amounts = np.stack(owned, axis=1)
    fine = rows.slots * HALF_HOUR > length
    width = FINE_WIDTH if fine.any() else WIDTH
    return Block(
        rows.day, length, rows.covered - rows.unowned_covered, amounts,
        (rows.slots > 0) & (rows.unowned_covered == 0), np.where(fine, QUARTER_HOUR, HALF_HOUR),
        _spread(rows, rows.slot_amount, width), _spread(rows, rows.slot_allocated, width),
        _spread(rows, rows.slot_covered, width),
        rows.quality_row, rows.quality_flag, rows.quality_count,
    )  # fmt: skip


def _spread(rows: DayRows, values: Int64Array, width: int) -> Int64Array:
    matrix = np.zeros((len(rows), width), dtype=np.int64)
    owner = np.repeat(np.arange(len(rows)), rows.slots)
    first = np.cumsum(rows.slots) - rows.slots
    matrix[owner, np.arange(len(values)) - np.repeat(first, rows.slots)] = values
    return matrix


def in_half_hours(matrix: Int64Array, which: BoolArray) -> Int64Array:
    """The matrix with the quarter-hours of some rows added up by two, at the width of all."""
    if not which.any():
        return matrix
    folded = matrix.copy()
    folded[which, :WIDTH] = matrix[which, 0::2] + matrix[which, 1::2]
    folded[which, WIDTH:] = 0
    return folded


def _of_one_length(block: Block, group: Int64Array, groups: int) -> Block:
    """Quarter-hours become half-hours in the groups in which some row has only these."""
    if block.slot_amount.shape[1] <= WIDTH:
        return block
    longest = np.zeros(groups, dtype=np.int64)
    np.maximum.at(longest, group, np.where(block.has_slots, block.slot, 0))
    coarser = (block.slot == QUARTER_HOUR) & (longest[group] == HALF_HOUR)
    return replace(
        block,
        slot=np.maximum(longest[group], QUARTER_HOUR),
        slot_amount=in_half_hours(block.slot_amount, coarser),
        slot_allocated=in_half_hours(block.slot_allocated, coarser),
        slot_covered=in_half_hours(block.slot_covered, coarser),
    )


def combine(
    block: Block, group: Int64Array, groups: int, *, add_up_coverage: bool = False
) -> Block:
    """Rows of one group (0..groups-1, each with at least one row, all of one day) become one.

    Amounts add up; coverage is the smallest, or with ``add_up_coverage`` (parts that follow each
    other in time) the sum, at most the day. A slot is known where all parts know it, or one.
    """
    order = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[order], np.arange(groups))
    if len(block) == groups:  # nothing to add up
        return block.take(order)
    sorted_block = _of_one_length(block, group, groups).take(order)
    covered, slot_covered = sorted_block.covered, sorted_block.slot_covered
    amount, allocated = sorted_block.slot_amount, sorted_block.slot_allocated
    if add_up_coverage:
        # A row without slots may still hold some: those that nobody may see.
        visible = sorted_block.has_slots[:, None]
        slot_covered, amount, allocated = (
            np.where(visible, one, 0) for one in (slot_covered, amount, allocated)
        )
        day_covered = np.minimum(np.add.reduceat(covered, starts), sorted_block.length[starts])
        known = np.add.reduceat(slot_covered, starts, axis=0)
        known = np.minimum(known, sorted_block.slot[starts][:, None])
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
        has_slots & (np.abs(amount).max(axis=1, initial=0) <= INT4_MAX), sorted_block.slot[starts],
        amount, allocated, known, *quality,
    )  # fmt: skip


def _added(row: Int64Array, block: Block) -> tuple[Int64Array, Int64Array, Int64Array]:
    """Quality counts of rows with their new numbers, one entry per (row, flag)."""
    cells, at = np.unique(row * 64 + block.quality_flag, return_inverse=True)
    total = np.zeros(len(cells), dtype=np.int64)
    np.add.at(total, at, block.quality_count)
    return cells // 64, cells % 64, total


def joined(blocks: list[Block]) -> Block:
    """Blocks one after the other."""
    if len(blocks) == 1:
        return blocks[0]
    offset = np.cumsum([0, *(len(b) for b in blocks)])
    width = max(b.slot_amount.shape[1] for b in blocks)
    names = ("day", "length", "covered", "amounts", "has_slots", "slot")
    matrices = ("slot_amount", "slot_allocated", "slot_covered")
    columns = [
        *(np.concatenate([getattr(b, name) for b in blocks]) for name in names),
        *(np.concatenate([_widened(getattr(b, name), width) for b in blocks]) for name in matrices),
        np.concatenate([b.quality_row + o for b, o in zip(blocks, offset, strict=False)]),
        np.concatenate([b.quality_flag for b in blocks]),
        np.concatenate([b.quality_count for b in blocks]),
    ]
    return Block(*columns)


def _widened(matrix: Int64Array, width: int) -> Int64Array:
    missing = width - matrix.shape[1]
    return np.pad(matrix, ((0, 0), (0, missing))) if missing else matrix
