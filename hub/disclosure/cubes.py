"""From stored area totals to the tables the gate works on: half-hours, days, longer. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from hub.disclosure.policy import Policy
from hub.disclosure.tables import NO_SHARE, Mask, Tables, Tree, with_rests
from hub.model import Int64Array
from hub.periods import LongStep

#: area_id, day, amount, present, expected, largest
DayRow = tuple[int, date, int, int, int, int | None]
#: area_id, day, amounts, present, expected
SlotRow = tuple[int, date, list[int], list[int], list[int]]


@dataclass(frozen=True, slots=True)
class Forest:
    """One tree with the ids and kinds of its areas, in column order."""

    tree: Tree
    area_ids: tuple[int, ...]
    kinds: tuple[str, ...]
    flow_class: str

    @property
    def root(self) -> int:
        """The root's column."""
        return self.tree.parents.index(-1)

    def limits(
        self, policy: Policy, step: str, days: Sequence[date]
    ) -> tuple[Int64Array, np.ndarray]:
        """Floor of homes and largest share for each of ``days`` (last days of periods)."""
        floor = np.zeros((len(days), self.tree.columns), np.int64)
        share = np.full((len(days), self.tree.columns), NO_SHARE)
        for column in range(self.tree.columns):
            kind = self._kind(column)
            rules = [policy.rule(step, self.flow_class, kind, day) for day in days]
            floor[:, column] = [r.households for r in rules]
            share[:, column] = [NO_SHARE if r.max_share is None else r.max_share for r in rules]
        return floor, share

    def _kind(self, column: int) -> str:
        """A rest is judged like its siblings."""
        if column < self.tree.areas:
            return self.kinds[column]
        siblings = dict(self.tree.families)[self.tree.parents[column]]
        return self.kinds[siblings[0]]


@dataclass(frozen=True, slots=True)
class DayCube:
    """Every day of a measure from ``first``: arrays of shape (days, columns), rests included.

    ``shown`` says which of it are published figures.
    """

    forest: Forest
    first: date
    amount: Int64Array
    homes: Int64Array
    largest: Int64Array
    expected: Int64Array
    broken: np.ndarray
    shown: Mask

    @property
    def days(self) -> int:
        """Number of days."""
        return len(self.amount)

    def day(self, index: int) -> date:
        """The day of a row."""
        return self.first + timedelta(days=index)

    def index(self, day: date) -> int:
        """The row of a day; may lie outside."""
        return (day - self.first).days


def day_cube(forest: Forest, rows: Iterable[DayRow], first: date, last: date) -> DayCube:
    """The days from ``first`` to ``last`` (inclusive); a day without a row has no homes."""
    tree = forest.tree
    column_of = {area: column for column, area in enumerate(forest.area_ids)}
    shape = ((last - first).days + 1, tree.areas)
    amount, homes, expected, largest = (np.zeros(shape, np.int64) for _ in range(4))
    for area, day, value, present, wanted, top in rows:
        row = (day - first).days
        column = column_of.get(area)
        if column is None or not 0 <= row < shape[0]:
            continue
        amount[row, column], homes[row, column], expected[row, column] = value, present, wanted
        largest[row, column] = value if top is None else top
    amount, homes, broken = with_rests(tree, amount, homes)
    rests = largest[:, [tree.parents[c] for c in range(tree.areas, tree.columns)]]
    return DayCube(
        forest,
        first,
        amount,
        homes,
        np.concatenate([largest, rests], axis=1),
        expected,
        broken,
        np.zeros(amount.shape, bool),
    )


def day_tables(cube: DayCube, policy: Policy, chosen: np.ndarray) -> Tables:
    """The tables of some days (row numbers)."""
    floor, share = cube.forest.limits(policy, "day", [cube.day(int(i)) for i in chosen])
    nothing = np.zeros(floor.shape, bool)
    return Tables(
        amount=cube.amount[chosen],
        homes=cube.homes[chosen],
        filled=cube.homes[chosen] > 0,
        largest=np.where(share < NO_SHARE, cube.largest[chosen], 0),
        floor=floor,
        share=share,
        barred=nothing,
        known=nothing,
        broken=cube.broken[chosen],
    )


def known_from_days(cube: DayCube, start: date, end: date) -> Mask:
    """Which totals of a longer period are the sum of published days, shape (columns,)."""
    part = slice(cube.index(start), cube.index(end))
    result: Mask = (cube.shown[part] | (cube.homes[part] == 0)).all(axis=0)
    return result


def long_tables(
    cube: DayCube,
    policy: Policy,
    step: LongStep,
    periods: Sequence[tuple[date, date]],
    months: Mapping[date, Mask],
) -> Tables:
    """Tables of longer periods (first day, first day after).

    ``months`` gives which totals of a year's months are known; empty for months. A total is barred
    where only some of its parts are known: the difference would be the sum of the others. So is
    what lies in it: subtracted from those parts, it would tell of its neighbours on their days.
    """
    rows = [_Long.of(cube, months, start, end) for start, end in periods]
    floor, share = cube.forest.limits(policy, step, [end - timedelta(days=1) for _, end in periods])

    def stacked(name: str, kind: type) -> np.ndarray:
        return np.array([getattr(r, name) for r in rows], kind).reshape(floor.shape)

    barred, known = stacked("barred", bool), stacked("known", bool)
    for parent, children in cube.forest.tree.families:  # top first
        within = list(children)
        barred[:, within] |= barred[:, [parent]] & ~known[:, within]
    return Tables(
        amount=stacked("amount", np.int64),
        homes=stacked("homes", np.int64),
        filled=stacked("filled", bool),
        largest=np.where(share < NO_SHARE, stacked("largest", np.int64), 0),
        floor=floor,
        share=share,
        barred=barred,
        known=known,
        broken=np.array([r.broken for r in rows], bool),
    )


@dataclass(frozen=True, slots=True)
class _Long:
    """One longer period: a row of its tables."""

    amount: Int64Array
    homes: Int64Array
    largest: Int64Array
    filled: Mask
    barred: Mask
    known: Mask
    broken: bool

    @classmethod
    def of(cls, cube: DayCube, months: Mapping[date, Mask], start: date, end: date) -> _Long:
        part = slice(cube.index(start), cube.index(end))
        filled = cube.homes[part] > 0
        known = known_from_days(cube, start, end)
        some = (cube.shown[part] & filled).any(axis=0)
        inner = [mask for first, mask in months.items() if start <= first < end]
        if inner:
            known = known | np.all(inner, axis=0)
            some = some | (np.any(inner, axis=0) & filled.any(axis=0))
        return cls(
            amount=cube.amount[part].sum(axis=0),
            homes=cube.homes[part].min(axis=0),
            # No household's share of the whole is above the sum of the days' largest.
            largest=cube.largest[part].sum(axis=0),
            filled=np.asarray(filled.any(axis=0)),
            barred=some & ~known,
            known=known,
            broken=bool(cube.broken[part].any()),
        )


@dataclass(frozen=True, slots=True)
class SlotTables:
    """Half-hours of one day: row i is slot i."""

    tables: Tables
    expected: Int64Array


def slot_tables(
    forest: Forest, policy: Policy, day: date, slots: int, rows: Iterable[SlotRow]
) -> SlotTables:
    """The tables of a day's half-hours. Rows of another length than ``slots`` break the day."""
    tree = forest.tree
    column_of = {area: column for column, area in enumerate(forest.area_ids)}
    amount, homes, expected = (np.zeros((slots, tree.areas), np.int64) for _ in range(3))
    odd = False
    for area, _, values, present, wanted in rows:
        column = column_of.get(area)
        if column is None:
            continue
        if not len(values) == len(present) == len(wanted) == slots:
            odd = True
            continue
        amount[:, column], homes[:, column], expected[:, column] = values, present, wanted
    amount, homes, broken = with_rests(tree, amount, homes)
    floor, share = forest.limits(policy, "30min", [day])
    share = np.repeat(share, slots, axis=0)
    nothing = np.zeros(amount.shape, bool)
    tables = Tables(
        amount=amount,
        homes=homes,
        filled=homes > 0,
        # No largest home is kept by half-hour: a policy that asks for one lets nothing through.
        largest=np.where(share < NO_SHARE, amount, 0),
        floor=np.repeat(floor, slots, axis=0),
        share=share,
        barred=nothing,
        known=nothing,
        broken=broken | odd,
    )
    return SlotTables(tables, expected)
