"""The shape gate and audit work on: areas of one tree, many periods, one measure and step. Pure.

A tree's columns are its areas and, under each parent, a *rest*: what the parent has beyond its
children (a home that is in no quarter). The rest is never published, and must be protected like
any quarter, because it is what remains when the quarters are subtracted from the whole.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from hub.model import Int64Array

#: A share no household exceeds: where the policy has no rule of dominance.
NO_SHARE = 1e6

Mask = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Tree:
    """``parents[i]`` is the column of area i's parent, -1 for the root; rests come last.

    ``families`` lists each parent with its children, its rest included, top first.
    """

    parents: tuple[int, ...]
    areas: int
    families: tuple[tuple[int, tuple[int, ...]], ...]

    @property
    def columns(self) -> int:
        """Number of columns: areas and rests."""
        return len(self.parents)

    def is_rest(self) -> Mask:
        """Which columns are rests, shape (columns,)."""
        return np.arange(self.columns) >= self.areas


def tree_of(parents: list[int]) -> Tree:
    """The tree of areas given as parent columns (-1 = root); adds a rest under each parent."""
    count = len(parents)
    ordered = _top_first(parents)
    having = [p for p in ordered if p in set(parents)]
    extended = [*parents, *having]
    families = tuple(
        (p, tuple(c for c in range(len(extended)) if extended[c] == p)) for p in having
    )
    return Tree(tuple(extended), count, families)


def _top_first(parents: list[int]) -> list[int]:
    depth = []
    for column, parent in enumerate(parents):
        steps = 0
        while parent >= 0:
            parent, steps = parents[parent], steps + 1
            if steps > len(parents):
                raise ValueError(f"area {column} lies within itself")
        depth.append(steps)
    return sorted(range(len(parents)), key=lambda c: (depth[c], c))


@dataclass(frozen=True, slots=True)
class Tables:
    """One table a period: arrays of shape (periods, columns).

    amount: integer units. homes: contributing households (of a longer period: on its weakest day,
    so that the count is never too high). filled: somebody contributes at all. largest: upper bound
    of the largest household's amount, 0 where the policy asks for none. floor, share: the policy's
    minimum of homes and maximum share. barred: a part of the period, and not all of it, is known
    already: published, it would tell the sum of the other parts.
    known: can be added up from what is published already. broken, shape (periods,): the figures
    contradict each other.
    """

    amount: Int64Array
    homes: Int64Array
    filled: Mask
    largest: Int64Array
    floor: Int64Array
    share: FloatArray
    barred: Mask
    known: Mask
    broken: npt.NDArray[np.bool_]

    def unsafe(self) -> Mask:
        """Cells that may not be known: too few homes, or one that makes up nearly all."""
        small = self.homes < self.floor
        return self.filled & (small | dominates(self.largest, self.share, self.amount))

    def hiding(self) -> tuple[Int64Array, Int64Array]:
        """Homes and amount that each cell brings to a group of withheld ones, whatever the period.

        None where a part of it is published: on those days it hides nobody.
        """
        return np.where(self.barred, 0, self.homes), np.where(self.barred, 0, self.amount)

    def rows(self, chosen: npt.NDArray[np.intp]) -> Tables:
        """The same for some of the periods."""
        names = [n for n in self.__dataclass_fields__ if n != "broken"]
        picked = {n: getattr(self, n)[chosen] for n in names}
        return replace(self, broken=self.broken[chosen], **picked)


def with_rests(
    tree: Tree, amount: Int64Array, homes: Int64Array
) -> tuple[Int64Array, Int64Array, Mask]:
    """Add the rests' columns to areas' amounts and homes (shape (periods, areas)).

    Also gives which periods are broken: fewer homes than none, or an amount that no home made. An
    amount below zero is none: a register may have gone back by a step.
    """
    shape = (len(amount), tree.columns - tree.areas)
    wide = np.concatenate([amount, np.zeros(shape, np.int64)], axis=1)
    count = np.concatenate([homes, np.zeros(shape, np.int64)], axis=1)
    broken = np.zeros(len(amount), bool)
    for parent, children in tree.families:
        *below, rest = children
        wide[:, rest] = wide[:, parent] - wide[:, below].sum(axis=1)
        count[:, rest] = count[:, parent] - count[:, below].sum(axis=1)
        broken |= (count[:, rest] < 0) | ((wide[:, rest] != 0) & (count[:, rest] == 0))
    return wide, count, broken


def dominates(largest: Int64Array, share: FloatArray, amount: Int64Array) -> Mask:
    """Whether one home may make up more of a group than the policy allows, where it asks."""
    return np.asarray((share < NO_SHARE) & (largest > share * amount))
