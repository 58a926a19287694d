"""Sets of numbers, as the rollup needs them of millions of keys."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hub.rollup.columns import among, distinct

NUMBERS = st.lists(st.one_of(st.integers(-3, 3), st.integers(-(2**63), 2**63 - 1)))


@given(NUMBERS, NUMBERS)
def test_they_are_sets(values: list[int], known: list[int]) -> None:
    some, others = np.array(values, dtype=np.int64), np.array(known, dtype=np.int64)
    assert distinct(some).tolist() == sorted(set(values))
    assert among(some, distinct(others)).tolist() == [value in set(known) for value in values]
    assert some.tolist() == values
