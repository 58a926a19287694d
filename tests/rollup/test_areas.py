"""Area sums against plain loops."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.rollup.areas import HomeRows, Membership, ancestors, area_days, with_ancestors
from tests.examples import examples
from tests.rollup.bridge import column

SPAN, HOMES, AREAS = 3, 4, 2
LENGTH = column([86_400, 82_800, 90_000])
SLOTS = (48, 46, 50)

slot = st.sampled_from(((5, 0, 1800), (7, 7, 1800), (3, 0, 900), (0, 0, 0), (0, 0, 1800)))
row = st.tuples(
    st.sampled_from((0, 40_000, 74_519, 74_520, 77_760, 81_000, 86_400)),
    st.integers(0, 100),
    st.none() | st.lists(slot, min_size=1, max_size=3),
)
homes = st.dictionaries(
    st.tuples(st.integers(0, HOMES - 1), st.integers(0, SPAN - 1)), row, max_size=12
)
spans = st.tuples(st.integers(0, SPAN - 1), st.integers(0, SPAN - 1)).map(sorted)
# One span for each (home, area): the ranges of one home in one area never overlap.
members = st.dictionaries(
    st.tuples(st.integers(0, HOMES - 1), st.integers(0, AREAS - 1)), spans, max_size=8
)


def table(
    found: dict[tuple[int, int], tuple[int, int, list[tuple[int, int, int]] | None]],
) -> HomeRows:
    keys = sorted(found)
    slots = np.zeros((3, len(keys), 50), dtype=np.int64)
    for n, key in enumerate(keys):
        few = found[key][2]
        if few is not None:
            for j, values in enumerate((few * 50)[: SLOTS[key[1]]]):
                slots[:, n, j] = values
    return HomeRows(
        column([home for home, _ in keys]),
        column([day for _, day in keys]),
        column([found[key][0] for key in keys]),
        column([found[key][1] for key in keys]),
        slots[0],
        slots[1],
        slots[2],
    )


def membership(found: dict[tuple[int, int], list[int]]) -> Membership:
    rows = [(home, area, first, last) for (home, area), (first, last) in found.items()]
    columns = list(zip(*rows, strict=True)) or [()] * 4
    return Membership(*(column(c) for c in columns))


@given(homes, members, members)
@settings(deadline=None, max_examples=examples(500))
def test_t12_sums_present_and_expected(
    found: dict[tuple[int, int], tuple[int, int, list[tuple[int, int, int]] | None]],
    daily: dict[tuple[int, int], list[int]],
    half_hourly: dict[tuple[int, int], list[int]],
) -> None:
    sums = area_days(table(found), membership(daily), membership(half_hourly), LENGTH, AREAS)
    for area in range(AREAS):
        for day in range(SPAN):
            mine = [h for (h, a), (x, y) in daily.items() if a == area and x <= day <= y]
            there = [found[h, day] for h in mine if (h, day) in found]
            amounts = [r[1] for r in there if r[0] * 10 >= LENGTH[day] * 9]
            assert sums.expected[area, day] == len(mine)
            assert sums.read[area, day] == len(there)
            assert sums.present[area, day] == len(amounts)
            assert sums.amount[area, day] == sum(amounts)
            assert sums.largest[area, day] == max((max(a, 0) for a in amounts), default=-1)
            fine = [h for (h, a), (x, y) in half_hourly.items() if a == area and x <= day <= y]
            for j in range(50):
                shown = [
                    (few * 50)[j]
                    for few in (found[h, day][2] for h in fine if (h, day) in found)
                    if few is not None and j < SLOTS[day]
                ]
                whole = [amount for amount, part, seconds in shown if seconds == 1800 and not part]
                assert sums.slot_amount[area, day, j] == sum(whole)
                assert sums.slot_present[area, day, j] == len(whole)
                assert sums.slot_expected[area, day, j] == (len(fine) if j < SLOTS[day] else 0)


def test_an_area_knows_those_above_it_and_a_loop_ends() -> None:
    parent = {1: 3, 2: 3, 3: 4, 4: None, 8: 9, 9: 8}
    assert ancestors(parent, 1) == [1, 3, 4]
    assert ancestors(parent, 8) == [8, 9]
    assert with_ancestors([1, 2], parent) == {1, 2, 3, 4}
