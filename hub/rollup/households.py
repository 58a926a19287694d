"""From the channels that count to households: whose day it is, and what it sums to.

A household owns the days strictly between its dates. Its day is the sum over its usage points with
the smallest coverage; a usage point without a row makes it 0. Parts that nobody may own (register
gaps or long intervals across a move) were left out of the channels' rows before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hub.model import TOTAL
from hub.rollup.block import Block, combine, joined
from hub.rollup.columns import BoolArray, Int64Array
from hub.rollup.counting import Counted
from hub.rollup.registry import Share, Stream

_DAYS = 1 << 21
_OFFSET = 1 << 20

#: (commodity, flow, quantity, register)
Measure = tuple[str, str, str, str]


@dataclass(slots=True)
class HouseholdRows:
    """Rows of ``household_day``, one per household, measure and day.

    measure: index into ``measures``. expected: it counts in the area's totals of that day.
    """

    household: Int64Array
    measure: Int64Array
    measures: list[Measure]
    expected: BoolArray
    block: Block

    def __len__(self) -> int:
        return len(self.household)


def household_rows(
    counted: Counted,
    parts: list[Share],
    expected: Mapping[tuple[int, Stream], list[tuple[int, int]]],
) -> HouseholdRows:
    """Household rows from what counts at usage points.

    parts: which usage points make up which households (see registry.shares). expected: days on
    which a household is expected in area totals (see registry.expected_days).
    """
    measures: dict[Measure, int] = {}
    totals = _totals(counted, parts, measures)
    splits = _splits(counted, parts, measures)
    pieces = [piece for piece in (totals, splits) if len(piece[2])]
    if not pieces:
        empty = np.zeros(0, dtype=np.int64)
        return HouseholdRows(empty, empty, [], empty.astype(np.bool_), totals[2])
    household = np.concatenate([piece[0] for piece in pieces])
    measure = np.concatenate([piece[1] for piece in pieces])
    block = joined([piece[2] for piece in pieces])
    flags = _expected(household, measure, list(measures), block.day, expected)
    return HouseholdRows(household, measure, list(measures), flags, block)


def _totals(
    counted: Counted, parts: list[Share], measures: dict[Measure, int]
) -> tuple[Int64Array, Int64Array, Block]:
    key_of = {key: i for i, key in enumerate(zip(counted.usage_point, counted.stream, strict=True))}
    rows = _by_source(counted.source, counted.block.day)
    taken: list[Int64Array] = []
    owner: list[int] = []
    which: list[int] = []
    for part in parts:
        source = key_of.get((part.usage_point, part.stream))
        if source is None:
            continue
        found = _range(rows, source, part.first, part.last)
        taken.append(found)
        owner.append(part.household)
        which.append(measures.setdefault((*part.stream, TOTAL), len(measures)))
    household, measure, points, block = _grouped(counted.block, taken, owner, which, rows.order)
    _miss_absent_points(household, measure, points, block, parts, measures)
    return household, measure, block


def _splits(
    counted: Counted, parts: list[Share], measures: dict[Measure, int]
) -> tuple[Int64Array, Int64Array, Block]:
    key_of = {key: i for i, key in enumerate(zip(counted.usage_point, counted.stream, strict=True))}
    width = max(len(counted.registers), 1)
    number = counted.part_source * width + counted.part_register
    rows = _by_source(number, counted.parts.day)
    present = set(np.unique(number).tolist())
    taken: list[Int64Array] = []
    owner: list[int] = []
    which: list[int] = []
    for part in parts:
        source = key_of.get((part.usage_point, part.stream))
        for i, register in enumerate(counted.registers if source is not None else ()):
            if source is None or source * width + i not in present:
                continue
            taken.append(_range(rows, source * width + i, part.first, part.last))
            owner.append(part.household)
            which.append(measures.setdefault((*part.stream, register), len(measures)))
    household, measure, _, block = _grouped(counted.parts, taken, owner, which, rows.order)
    return household, measure, block


@dataclass(frozen=True, slots=True)
class _Sorted:
    """Rows in order of (number, day). order: positions; key: their sorted keys."""

    order: Int64Array
    key: Int64Array


def _by_source(number: Int64Array, day: Int64Array) -> _Sorted:
    key = number * _DAYS + day + _OFFSET
    order = np.argsort(key, kind="stable")
    return _Sorted(order, key[order])


def _range(rows: _Sorted, number: int, first: int, last: int) -> Int64Array:
    """Places in the sorted order of the rows of one number on the days first..last."""
    low = max(first + _OFFSET, 0)
    high = min(last + _OFFSET, _DAYS - 1)
    a = np.searchsorted(rows.key, number * _DAYS + low, side="left")
    b = np.searchsorted(rows.key, number * _DAYS + high, side="right")
    return np.arange(a, b)


def _grouped(
    block: Block, taken: list[Int64Array], owner: list[int], which: list[int], order: Int64Array
) -> tuple[Int64Array, Int64Array, Int64Array, Block]:
    """Rows of one household, measure and day become one, in that order.

    Gives household, measure, number of usage points with a row, and the sums.
    """
    at = np.concatenate([np.zeros(0, dtype=np.int64), *taken])
    lengths = [len(found) for found in taken]
    household = np.repeat(np.array(owner, dtype=np.int64), lengths)
    measure = np.repeat(np.array(which, dtype=np.int64), lengths)
    rows = block.take(order[at])
    pair = np.unique(household * (max(which, default=0) + 1) + measure, return_inverse=True)[1]
    keys, group = np.unique(pair * _DAYS + rows.day + _OFFSET, return_inverse=True)
    first = np.zeros(len(keys), dtype=np.int64)
    first[group] = np.arange(len(group))
    points = np.bincount(group, minlength=len(keys)).astype(np.int64)
    return household[first], measure[first], points, combine(rows, group, len(keys))


def _miss_absent_points(
    household: Int64Array,
    measure: Int64Array,
    points: Int64Array,
    block: Block,
    parts: list[Share],
    measures: dict[Measure, int],
) -> None:
    """A usage point that is active and has no row makes the household's day uncovered."""
    by_total: dict[tuple[int, int], list[Share]] = {}
    for part in parts:
        name = measures.get((*part.stream, TOTAL))
        if name is not None:
            by_total.setdefault((part.household, name), []).append(part)
    for (home, name), found in by_total.items():
        if len(found) == 1:
            continue
        a, b = np.searchsorted(household, [home, home + 1])
        mine = a + np.flatnonzero(measure[a:b] == name)
        active = np.zeros(len(mine), dtype=np.int64)
        for part in found:
            active += (part.first <= block.day[mine]) & (block.day[mine] <= part.last)
        missing = mine[points[mine] < active]
        block.covered[missing] = 0
        block.has_slots[missing] = False


def _expected(
    household: Int64Array,
    measure: Int64Array,
    measures: list[Measure],
    day: Int64Array,
    expected: Mapping[tuple[int, Stream], list[tuple[int, int]]],
) -> BoolArray:
    flags = np.zeros(len(household), dtype=np.bool_)
    pair = household * (len(measures) + 1) + measure
    order = np.argsort(pair, kind="stable")
    numbers, first = np.unique(pair[order], return_index=True)
    bounds = [*first.tolist(), len(order)]
    for number, a, b in zip(numbers.tolist(), bounds, bounds[1:], strict=False):
        home, name = divmod(number, len(measures) + 1)
        mine = order[a:b]
        for low, high in expected.get((home, measures[name][:3]), ()):
            flags[mine] |= (low <= day[mine]) & (day[mine] <= high)
    return flags
