"""From households to areas and clubs: sums over those present, how many, and how many expected.

An area's day is the sum over the expected households with a coverage of at least 0.9. Its
half-hours are their own table: per slot, households whose slot is wholly measured and whose consent
covers half-hours. An area above others is the sum of those below it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from hub.rollup.block import HALF_HOUR, WIDTH
from hub.rollup.columns import Int64Array

_DAYS = 1 << 21  # more than any span


@dataclass(frozen=True, slots=True)
class HomeRows:
    """Household rows of one measure on the days of a span, sorted by (home, day).

    home: index of the household, 0..homes-1; day: 0 for the first day of the span.
    slot_*: (n, 50); slot_covered 0 where unknown or where the row has no half-hours.
    """

    home: Int64Array
    day: Int64Array
    covered: Int64Array
    amount: Int64Array
    slot_amount: Int64Array
    slot_allocated: Int64Array
    slot_covered: Int64Array


@dataclass(frozen=True, slots=True)
class Membership:
    """Who is expected in an area, when: (home, area, first day, last day), days within the span."""

    home: Int64Array
    area: Int64Array
    first: Int64Array
    last: Int64Array


@dataclass(frozen=True, slots=True)
class AreaDays:
    """(areas, days) tables of one measure; largest is 0 at least, -1 where no one is present.

    read: how many of those expected have a row at all; a day of which nobody has one is no row.
    """

    read: Int64Array
    amount: Int64Array
    present: Int64Array
    expected: Int64Array
    largest: Int64Array
    slot_amount: Int64Array  # (areas, days, 50)
    slot_present: Int64Array
    slot_expected: Int64Array


def area_days(
    rows: HomeRows, daily: Membership, half_hourly: Membership, length: Int64Array, areas: int
) -> AreaDays:
    """Sums of one measure. length: seconds of each day of the span.

    daily: who is expected in daily sums; half_hourly: who in half-hours.
    """
    span = len(length)
    shape = (areas, span)
    at, cell = _pairs(rows, daily, span)
    there = (rows.covered * 10 >= length[rows.day] * 9)[at]
    read = np.bincount(cell, minlength=areas * span).astype(np.int64).reshape(shape)
    at, cell = at[there], cell[there]
    present = np.bincount(cell, minlength=areas * span).astype(np.int64).reshape(shape)
    amount, largest = np.zeros(areas * span, dtype=np.int64), np.full(areas * span, -1)
    np.add.at(amount, cell, rows.amount[at])
    np.maximum.at(largest, cell, np.maximum(rows.amount[at], 0))
    slot_amount, slot_present = (np.zeros((areas * span, WIDTH), dtype=np.int64) for _ in range(2))
    whole = (rows.slot_covered == HALF_HOUR) & (rows.slot_allocated == 0)
    at, cell = _pairs(rows, half_hourly, span)
    some = np.flatnonzero(whole.any(axis=1)[at])
    if len(some):
        at, cell = at[some], cell[some]
        order = np.argsort(cell, kind="stable")
        cells, first = np.unique(cell[order], return_index=True)
        at = at[order]
        known = np.where(whole, rows.slot_amount, 0)
        slot_amount[cells] = np.add.reduceat(known[at], first, axis=0)
        slot_present[cells] = np.add.reduceat(whole[at], first, axis=0, dtype=np.int64)
    exists = np.arange(WIDTH)[None, :] < (length // HALF_HOUR)[:, None]
    slot_expected = _counts(half_hourly, areas, span)[:, :, None] * exists[None, :, :]
    return AreaDays(
        read, amount.reshape(shape), present, _counts(daily, areas, span), largest.reshape(shape),
        slot_amount.reshape(*shape, WIDTH), slot_present.reshape(*shape, WIDTH), slot_expected,
    )  # fmt: skip


def _pairs(rows: HomeRows, members: Membership, span: int) -> tuple[Int64Array, Int64Array]:
    """Each row with each area it counts in: (position of the row, area * span + day)."""
    key = rows.home * _DAYS + rows.day
    first = np.searchsorted(key, members.home * _DAYS + members.first, side="left")
    last = np.searchsorted(key, members.home * _DAYS + members.last, side="right")
    count = last - first
    at = np.repeat(first - np.cumsum(count) + count, count) + np.arange(int(count.sum()))
    return at, np.repeat(members.area * span, count) + rows.day[at]


def _counts(members: Membership, areas: int, span: int) -> Int64Array:
    """How many are expected on each day of the span, by area."""
    change = np.zeros((areas, span + 1), dtype=np.int64)
    np.add.at(change, (members.area, members.first), 1)
    np.add.at(change, (members.area, members.last + 1), -1)
    return np.cumsum(change, axis=1)[:, :span]


def ancestors(parent: Mapping[int, int | None], area: int) -> list[int]:
    """An area and all areas above it. A loop in the tree ends the walk."""
    found = [area]
    while (above := parent.get(found[-1])) is not None and above not in found:
        found.append(above)
    return found


def with_ancestors(areas: Iterable[int], parent: Mapping[int, int | None]) -> set[int]:
    """Areas and all areas above them."""
    return {above for area in areas for above in ancestors(parent, area)}
