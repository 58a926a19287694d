"""Counts that are counted again: in the database as intake counts them, to the last unit."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import numpy as np
import pytest

from hub.pulses import Worth, amounts
from hub.store.connection import connect
from hub.store.recounting import Recount, UnknownWorthError, recount

OVER = (1, 1, 3, 8, 1000)


def test_what_was_counted_at_one_worth_is_what_intake_counts_at_the_other(
    database_url: str,
) -> None:
    chance = Random(17)
    rows = []
    for _ in range(2000):
        worths = [
            Worth(*Fraction(chance.randint(1, 10**digits), over).as_integer_ratio())
            for digits, over in ((chance.randint(0, 6), chance.choice(OVER)) for _ in range(2))
        ]  # fmt: skip
        if any(1000 * w.times < w.over for w in worths):  # less than one unit a count
            continue
        count = chance.randint(0, 10 ** chance.randint(0, 9)) * 1000
        (old,), (new,) = (amounts(np.array([count]), worth)[0].tolist() for worth in worths)
        rows.append((old, *worths[0], *worths[1], new))
    assert len(rows) > 1000
    with connect(database_url, application="test") as conn:
        columns = [list(column) for column in zip(*rows, strict=True)]
        found = conn.execute(
            "SELECT recounted(v, a, b, c, d), wanted, v, a, b, c, d FROM unnest(%s::int8[],"
            " %s::int8[], %s::int8[], %s::int8[], %s::int8[], %s::int8[])"
            " AS t (v, a, b, c, d, wanted)",
            columns,
        ).fetchall()
    assert [row for row in found if row[0] != row[1]] == []


@pytest.mark.parametrize(
    ("value", "old", "new", "found"),
    [
        (550, Worth(1, 10), Worth(1, 1), None),  # five counts and a half
        (500, Worth(1, 10), Worth(1, 1), 5000),
        (2500, Worth(1000, 1), Worth(1, 1), None),  # a thousandth of a count is 1000 units
        (3000, Worth(1000, 1), Worth(1, 1), 3),
        (10**15, Worth(1, 1), Worth(10**9, 1), None),  # beyond any register
        (-5, Worth(2, 1), Worth(1, 1), None),
    ],
)
def test_what_is_no_count_or_no_register_is_not_counted_again(
    database_url: str, value: int, old: Worth, new: Worth, found: int | None
) -> None:
    with connect(database_url, application="test") as conn:
        row = conn.execute(
            "SELECT recounted(%s::int8, %s::int8, %s::int8, %s::int8, %s::int8)",
            [value, *old, *new],
        ).fetchone()
    assert row == (found,)


def test_what_a_change_of_a_pulse_means_for_a_channel() -> None:
    ten = Recount(Worth(10, 1), Worth(1, 1), "volume")
    assert recount("10 l", "1 l", "volume", counted=True) == ten
    assert recount("10 l", "0.01 m3", "volume", counted=True) is None
    assert recount("10 l", "1 l", "volume", counted=False) is None
    assert recount("10 l", None, "volume", counted=True) is None
    assert recount(None, "1 kWh", "units", counted=False) == Recount(
        Worth(1, 1), Worth(1000, 1), "energy"
    )
    # the same number of units of something else
    assert recount("1 l", "1 Wh", "volume", counted=True) is not None
    for old, counted in (("10 l", None), (None, True)):
        with pytest.raises(UnknownWorthError):
            recount(old, "1 l", "volume", counted=counted)
