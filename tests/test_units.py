"""Units: exact, and the same whether one converts before or after adding up."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.units import DECIMALS, Unit, UnknownUnitError, plain, unit_of

UNITS = [unit_of(quantity, name) for quantity, names in DECIMALS.items() for name in names]


@given(st.integers(-(2**63), 2**63 - 1), st.sampled_from(UNITS))
def test_text_and_amount_are_the_same_number(value: int, unit: Unit) -> None:
    assert Decimal(unit.text(value)) == unit.amount(value)
    assert plain(unit.amount(value)) == unit.text(value)
    assert "E" not in unit.text(value)


@given(st.lists(st.integers(-(10**15), 10**15)), st.sampled_from(UNITS))
def test_t18_converting_a_sum_is_summing_what_is_converted(values: list[int], unit: Unit) -> None:
    assert sum((unit.amount(v) for v in values), Decimal(0)) == unit.amount(sum(values))


@pytest.mark.parametrize(
    ("value", "name", "text"),
    [
        (7_412_003, "kWh", "7.412003"),
        (7_412_003, "Wh", "7412.003"),
        (7_412_003, "MWh", "0.007412003"),
        (-500_000, "kWh", "-0.5"),
        (0, "kWh", "0"),
        (10_000_000, "kWh", "10"),
    ],
)
def test_energy(value: int, name: str, text: str) -> None:
    assert unit_of("energy", name).text(value) == text


def test_a_unit_of_something_else_is_refused() -> None:
    with pytest.raises(UnknownUnitError, match="kWh, Wh, MWh"):
        unit_of("energy", "m3")
