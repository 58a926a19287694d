"""An attacker with intervals: he knows that nothing is negative, and narrows down what is hidden.

Linear algebra finds what is known exactly; intervals find what is known nearly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.disclosure.cubes import DayCube
from hub.disclosure.policy import rounded
from tests.disclosure.test_gate import climb, cubes, policy, smallest_parts
from tests.examples import examples

_UNKNOWN = float(10**9)
Cell = tuple[int, int]


@dataclass
class Sum:
    """A published figure: its cells add up to something within [low, high]."""

    cells: list[Cell]
    low: float
    high: float


def bounds(cells: Sequence[Cell], sums: Sequence[Sum]) -> dict[Cell, tuple[float, float]]:
    """Narrow each cell until no sum says more: a cell is its sum less the others."""
    found = dict.fromkeys(cells, (0.0, _UNKNOWN))
    for _ in range(60):
        before = dict(found)
        for known in sums:
            lows = sum(found[c][0] for c in known.cells)
            highs = sum(found[c][1] for c in known.cells)
            for c in known.cells:
                low, high = found[c]
                found[c] = (
                    max(low, known.low - (highs - high)),
                    min(high, known.high - (lows - low)),
                )
        if found == before:
            break
    return found


def differences(sums: list[Sum]) -> list[Sum]:
    """Published totals less the published parts that lie within them."""
    more = []
    for whole in sums:
        inner = [s for s in sums if s is not whole and set(s.cells) < set(whole.cells)]
        taken: set[Cell] = set()
        low, high = whole.low, whole.high
        for part in sorted(inner, key=lambda s: -len(s.cells)):
            if not taken & set(part.cells):
                taken |= set(part.cells)
                low, high = low - part.high, high - part.low
        rest = [c for c in whole.cells if c not in taken]
        if taken and rest:
            more.append(Sum(rest, max(low, 0), high))
    return more


def attacked(
    cube: DayCube, figures: list[tuple[int, int, int]], grain: int
) -> dict[Cell, tuple[float, float]]:
    parts = smallest_parts(cube)
    cells = [
        (leaf, day)
        for day in range(cube.days)
        for leaf in parts[cube.forest.root]
        if cube.homes[day, leaf]
    ]
    sums = []
    for column, first, end in figures:
        members = [(c, d) for d in range(first, end) for c in parts[column] if cube.homes[d, c]]
        total = sum(int(cube.amount[d, c]) for c, d in members)
        public = int(rounded(np.array([total]), grain)[0])
        sums.append(Sum(members, public - grain / 2, public + grain / 2))
    return bounds(cells, sums + differences(sums))


@settings(max_examples=examples(150), deadline=None)
@given(cubes(days=1), st.sampled_from([1, 7]))
def test_a_small_cell_is_not_known_nearly(cube: DayCube, grain: int) -> None:
    for (leaf, day), (low, high) in attacked(cube, climb(cube, policy(10, 5), []), grain).items():
        amount = int(cube.amount[day, leaf])
        assert low - grain <= amount <= high + grain
        if cube.homes[day, leaf] < 10:
            assert high - low >= amount


@settings(max_examples=examples(100), deadline=None)
@given(cubes(days=3))
def test_nor_by_way_of_the_month(cube: DayCube) -> None:
    for (leaf, day), (low, high) in attacked(cube, climb(cube, policy(10, 5), [(0, 3)]), 1).items():
        if cube.homes[day, leaf] < 10:
            assert high - low >= int(cube.amount[day, leaf])
