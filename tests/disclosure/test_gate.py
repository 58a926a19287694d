"""The gate: what is withheld, and that nobody can work it out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hub.disclosure.audit import leaks
from hub.disclosure.cubes import DayCube, Forest, day_cube, day_tables, known_from_days, long_tables
from hub.disclosure.gate import withhold
from hub.disclosure.policy import Policy, Rule, policy_of
from hub.disclosure.run import decide
from hub.disclosure.tables import NO_SHARE, Mask, Tables, tree_of, with_rests
from hub.periods import LongStep
from tests.disclosure.attacker import Attacker
from tests.examples import examples

FIRST = date(2026, 3, 1)
KINDS = ("iris", "arrondissement", "city")


def policy(day: int, year: int, share: float | None = 0.85) -> Policy:
    """The same floors for every kind of area."""
    floors = {"day": (day, None), "month": (day, None), "year": (year, share)}
    return policy_of(
        Rule(step, "consumption", kind, floor, top, None, None, date(2000, 1, 1), None)
        for step, (floor, top) in floors.items()
        for kind in KINDS
    )


def tables(homes: list[int], parents: list[int], floor: int, **other: object) -> Tables:
    """One table; amounts are ten a home."""
    tree = tree_of(parents)
    counts = np.array([homes], np.int64)
    amount, count, broken = with_rests(tree, counts * 10, counts)
    nothing = np.zeros(count.shape, bool)
    columns = {
        "amount": amount,
        "homes": count,
        "filled": count > 0,
        "largest": np.zeros(count.shape, np.int64),
        "floor": np.full(count.shape, floor),
        "share": np.full(count.shape, NO_SHARE),
        "barred": nothing,
        "known": nothing,
        "broken": broken,
    }
    return Tables(**{**columns, **other})  # type: ignore[arg-type]


STAR = [-1, 0, 0, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("homes", "floor", "hidden"),
    [
        # the demo district: three small quarters hide each other
        ([600, 180, 140, 110, 80, 60, 30], 100, [4, 5, 6]),
        # one small quarter alone: the next smallest is withheld too
        ([800, 180, 140, 110, 190, 130, 50], 100, [3, 6]),
        # two small quarters that are too few together: a third one
        ([700, 180, 140, 110, 210, 40, 20], 100, [3, 5, 6]),
        # everything large enough: nothing is withheld
        ([900, 150, 150, 150, 150, 150, 150], 100, []),
        # the whole is too small: nothing is shown
        ([90, 15, 15, 15, 15, 15, 15], 100, [0, 1, 2, 3, 4, 5, 6]),
        # an empty quarter hides nobody
        ([450, 150, 130, 110, 60, 0, 0], 100, [3, 4]),
    ],
)
def test_what_is_withheld(homes: list[int], floor: int, hidden: list[int]) -> None:
    found = withhold(tree_of(STAR), tables(homes, STAR, floor))
    assert [c for c in range(7) if found[0, c]] == hidden


def test_only_child_takes_its_parent_along() -> None:
    parents = [-1, 0, 1, 1]
    # the city is the arrondissement; one quarter of 30 beside one of 570
    found = withhold(tree_of(parents), tables([600, 600, 570, 30], parents, 100))
    assert found[0, :4].tolist() == [False, False, True, True]


def test_homes_outside_every_quarter_are_protected() -> None:
    # 40 homes lie in the arrondissement but in no quarter: the quarters cannot all be shown
    parents = [-1, 0, 0]
    found = withhold(tree_of(parents), tables([340, 150, 150], parents, 100))
    assert found[0, :3].tolist() == [False, True, False]


def test_one_home_that_makes_up_nearly_all() -> None:
    t = tables([60, 20, 20, 20], [-1, 0, 0, 0], 10)
    share = np.full(t.share.shape, 0.85)
    largest = np.zeros(t.largest.shape, np.int64)
    largest[0, 1] = 180  # of 200
    dominated = tables([60, 20, 20, 20], [-1, 0, 0, 0], 10, share=share, largest=largest)
    tree = tree_of([-1, 0, 0, 0])
    assert withhold(tree, dominated)[0, :4].tolist() == [False, True, True, False]
    assert not leaks(tree, dominated, withhold(tree, dominated)).any()


def test_the_audit_sees_a_lone_withheld_quarter() -> None:
    parents = [-1, 0, 0, 0]
    t = tables([600, 300, 250, 50], parents, 100)
    hidden = np.zeros(t.homes.shape, bool)
    hidden[0, 3] = True
    assert leaks(tree_of(parents), t, hidden).tolist() == [True]
    hidden[0, 2] = True
    assert leaks(tree_of(parents), t, hidden).tolist() == [False]


def test_the_audit_sees_two_that_are_too_few_together() -> None:
    parents = [-1, 0, 0, 0]
    t = tables([360, 270, 60, 30], parents, 100)
    hidden = np.array([[False, False, True, True, False]])
    assert leaks(tree_of(parents), t, hidden).tolist() == [True]


def test_contradicting_figures_are_withheld_whole() -> None:
    parents = [-1, 0, 0]
    t = tables([300, 200, 150], parents, 100)  # more in the quarters than in the whole
    assert decide(tree_of(parents), t)[0, :3].all()


def test_a_missing_policy_lets_nothing_through() -> None:
    rule = policy_of([]).rule("day", "consumption", "iris", FIRST)
    t = tables([100_000, 60_000, 40_000], [-1, 0, 0], rule.households)
    assert decide(tree_of([-1, 0, 0]), t)[0, :3].all()


TREES = ([-1, 0, 0], [-1, 0, 0, 0], [-1, 0, 1, 1], [-1, 0, 0, 1, 1])


@st.composite
def cubes(draw: st.DrawFn, days: int) -> DayCube:
    """Random homes and amounts in the smallest parts, added up the tree."""
    parents = draw(st.sampled_from(TREES))
    tree = tree_of(parents)
    leaves = [c for c in range(tree.columns) if c not in dict(tree.families)]
    # rests are rare: mostly every home lies in a quarter
    sizes = st.sampled_from([0, 1, 4, 6, 9, 11, 15, 40])
    base = [0 if c >= tree.areas and draw(st.booleans()) else draw(sizes) for c in leaves]
    homes = np.zeros((days, tree.columns), np.int64)
    amount = np.zeros((days, tree.columns), np.int64)
    for day in range(days):
        for column, size in zip(leaves, base, strict=True):
            gone = draw(st.sampled_from([0, 0, 0, 1, 3, 99]))
            homes[day, column] = max(size - gone, 0)
            amount[day, column] = int(homes[day, column]) * draw(st.integers(1, 50))
    assume(0 < np.count_nonzero(homes) <= 14)  # the attacker looks at every subset
    for parent, children in reversed(tree.families):
        homes[:, parent] = homes[:, list(children)].sum(axis=1)
        amount[:, parent] = amount[:, list(children)].sum(axis=1)
    kinds = tuple("iris" for _ in range(tree.areas))
    forest = Forest(tree, tuple(range(tree.areas)), kinds, "consumption")
    rows = [
        (area, FIRST + timedelta(days=d), int(amount[d, area]), int(homes[d, area]),
         int(homes[d, area]), int(amount[d, area]) // 2)
        for d in range(days)
        for area in range(tree.areas)
        if homes[d, area]
    ]  # fmt: skip
    return day_cube(forest, rows, FIRST, FIRST + timedelta(days=days - 1))


def climb(
    cube: DayCube, rules: Policy, months: list[tuple[int, int]]
) -> list[tuple[int, int, int]]:
    """Publish days, months, then their year: the figures shown as (column, first, end) in days."""
    tree = cube.forest.tree
    t = day_tables(cube, rules, np.arange(cube.days))
    shown = t.filled & ~decide(tree, t)
    cube.shown[:] = shown
    found = [(c, d, d + 1) for d, c in zip(*np.nonzero(shown), strict=True)]
    known: dict[date, Mask] = {}
    whole = [] if len(months) < 2 else [(months[0][0], months[-1][1])]
    ladder: list[tuple[LongStep, list[tuple[int, int]]]] = [("month", months), ("year", whole)]
    for step, spans in ladder:
        periods = [(cube.day(a), cube.day(b)) for a, b in spans]
        # as in publication: only where the whole area has somebody every day
        keep = [(cube.homes[a:b, cube.forest.root] > 0).all() for a, b in spans]
        spans = [s for s, k in zip(spans, keep, strict=True) if k]
        periods = [p for p, k in zip(periods, keep, strict=True) if k]
        t = long_tables(cube, rules, step, periods, known)
        shown = t.filled & ~decide(tree, t)
        found += [(int(c), *spans[r]) for r, c in zip(*np.nonzero(shown), strict=True)]
        known = {
            start: mask | known_from_days(cube, start, end)
            for (start, end), mask in zip(periods, shown, strict=True)
        }
    return [(int(c), a, b) for c, a, b in found]


def smallest_parts(cube: DayCube) -> dict[int, list[int]]:
    """Per column the leaves and rests it is made of."""
    below = dict(cube.forest.tree.families)

    def leaves(column: int) -> list[int]:
        if column not in below:
            return [column]
        return [leaf for child in below[column] for leaf in leaves(child)]

    return {c: leaves(c) for c in range(cube.forest.tree.columns)}


def lost_groups(
    cube: DayCube, figures: list[tuple[int, int, int]], floor_day: int, floor_year: int
) -> list[dict[int, list[int]]]:
    """Groups the attacker learns although they are too small on each of their days."""
    parts = smallest_parts(cube)
    cells = [
        (leaf, day)
        for day in range(cube.days)
        for leaf in parts[cube.forest.root]
        if cube.homes[day, leaf]
    ]
    number = {cell: i for i, cell in enumerate(cells)}
    attacker = Attacker(len(cells))
    for column, first, end in figures:
        members = [(leaf, d) for d in range(first, end) for leaf in parts[column]]
        attacker.learn([number[m] for m in members if m in number])
    lost = []
    for vector in attacker.learnt_groups():
        group: dict[int, list[int]] = {}
        for i in np.flatnonzero(vector):
            group.setdefault(cells[i][1], []).append(cells[i][0])
        homes = [int(cube.homes[day, leaves].sum()) for day, leaves in group.items()]
        whole_year = len(group) == cube.days and min(homes) >= floor_year
        if max(homes) < floor_day and not whole_year:
            lost.append(group)
    return lost


@settings(max_examples=examples(150), deadline=None)
@given(cubes(days=1))
def test_no_small_group_can_be_subtracted(cube: DayCube) -> None:
    figures = climb(cube, policy(10, 5), [])
    assert lost_groups(cube, figures, 10, 10) == []


@settings(max_examples=examples(150), deadline=None)
@given(cubes(days=3))
def test_months_do_not_give_their_days_away(cube: DayCube) -> None:
    figures = climb(cube, policy(10, 5), [(0, 3)])
    assert lost_groups(cube, figures, 10, 10) == []


@settings(max_examples=examples(100), deadline=None)
@given(cubes(days=4))
def test_years_do_not_give_their_months_away(cube: DayCube) -> None:
    figures = climb(cube, policy(10, 5, share=None), [(0, 2), (2, 4)])
    assert lost_groups(cube, figures, 10, 5) == []


def test_the_attacker_wins_against_thresholds_alone() -> None:
    """He is no straw man: without siblings withheld he finds the small quarter."""
    parents = [-1, 0, 0, 0]
    forest = Forest(tree_of(parents), (0, 1, 2, 3), ("iris",) * 4, "consumption")
    homes = [40, 20, 15, 5]
    rows = [(a, FIRST, homes[a] * 10, homes[a], homes[a], 10) for a in range(4)]
    cube = day_cube(forest, rows, FIRST, FIRST)
    figures = [(c, 0, 1) for c in range(4) if homes[c] >= 10]
    assert lost_groups(cube, figures, 10, 10) == [{0: [3]}]


def test_a_quarter_that_is_known_on_some_days_hides_no_other_on_these_days() -> None:
    """Its year, withheld beside the small one's, would be a group of nine; on three days of one."""
    forest = Forest(tree_of([-1, 0, 0, 0]), (0, 1, 2, 3), ("iris",) * 4, "consumption")
    days = [(9, 8, 1), (9, 11, 1), (9, 11, 1), (9, 11, 1)]
    rows = [
        (area, FIRST + timedelta(days=d), homes, homes, homes, 1)
        for d, parts in enumerate(days)
        for area, homes in enumerate((sum(parts), *parts))
    ]
    cube = day_cube(forest, rows, FIRST, FIRST + timedelta(days=3))
    figures = climb(cube, policy(10, 5, share=None), [(0, 2), (2, 4)])
    assert (0, 0, 4) in figures
    assert (1, 0, 4) not in figures
    assert lost_groups(cube, figures, 10, 5) == []


def test_t16_what_lies_in_a_partly_known_whole_tells_nothing_of_its_neighbours() -> None:
    """The year of the quarter (column 2) would have told three days of one home each: the whole
    around it is known on some of its days, and withheld in the year."""
    forest = Forest(tree_of([-1, 0, 1, 1]), (0, 1, 2, 3), ("iris",) * 4, "consumption")
    days = [(12, 11, 11, 0), (13, 12, 11, 1), (12, 12, 11, 1), (12, 11, 11, 0)]
    rows = [
        (area, FIRST + timedelta(days=d), homes, homes, homes, homes // 2)
        for d, parts in enumerate(days)
        for area, homes in enumerate(parts)
        if homes
    ]
    cube = day_cube(forest, rows, FIRST, FIRST + timedelta(days=3))
    figures = climb(cube, policy(10, 5, share=None), [(0, 2), (2, 4)])
    assert (1, 2, 3) in figures
    assert (2, 0, 4) not in figures
    assert lost_groups(cube, figures, 10, 5) == []


def test_t08_a_register_that_went_back_by_a_step_withholds_nothing() -> None:
    """Neither among the homes of no quarter nor where a whole quarter injects nothing."""
    tree = tree_of([-1, 0, 0])
    homes = np.array([[253, 120, 130]], np.int64)
    amount, _, broken = with_rests(tree, np.array([[249_000, 120_000, 130_000]]), homes)
    assert amount[0, 3] == -1_000
    assert not broken.any()
    nobody = np.array([[250, 120, 130]], np.int64)
    assert with_rests(tree, np.array([[249_000, 120_000, 130_000]]), nobody)[2].all()
    fallen = tables([25, 12, 13], [-1, 0, 0], floor=10)
    below = np.array([[-1_000, -1_000, 0, 0]])
    assert not decide(tree, replace(fallen, amount=below))[0, :3].any()
    ruled = replace(fallen, amount=below, share=np.full((1, 4), 0.85))
    assert decide(tree, ruled)[0, :2].all(), "where one home may not dominate, nothing is told"
