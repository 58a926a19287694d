"""What a pulse is worth: exact, whatever is printed on the meter."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.pulses import Worth, amounts, read_pulse


@pytest.mark.parametrize(
    ("text", "kept", "quantity", "one_count"),
    [
        ("10 l", "10 l", "volume", 10_000),
        ("10L", "10 l", "volume", 10_000),
        ("2,50 litres", "2.5 l", "volume", 2_500),
        ("1 dm3", "1 l", "volume", 1_000),
        (" 0.01 m³ ", "0.01 m3", "volume", 10_000),
        ("0.25 l/imp", "0.25 l", "volume", 250),
        ("1 Wh", "1 Wh", "energy", 1_000),
        ("1 kwh", "1 kWh", "energy", 1_000_000),
        ("1 MWh", "1 MWh", "energy", 1_000_000_000),
        ("1000 imp/kWh", "1000 imp/kWh", "energy", 1_000),
        ("800 pulses / kWh", "800 imp/kWh", "energy", 1_250),
        ("375 tr/kWh", "375 imp/kWh", "energy", Fraction(10**6, 375)),
        ("100 imp/m3", "100 imp/m3", "volume", 10_000),
        ("5 kg", "5 kg", "mass", 5_000),
    ],
)
def test_a_pulse_is_an_amount_or_a_constant(
    text: str, kept: str, quantity: str, one_count: Fraction
) -> None:
    pulse = read_pulse(text)
    assert (pulse.text, pulse.quantity) == (kept, quantity)
    assert Fraction(pulse.worth.times, pulse.worth.over) * 1000 == one_count
    assert read_pulse(pulse.text) == pulse


@pytest.mark.parametrize(
    "text",
    ["", "10", "l", "0 l", "0.000 l", "-1 l", "1e3 l", "10 gal", "1 mWh", "1 W", "1 imp", "1 imp/W",
     "0 imp/kWh", "ten l", "10 l 5", "0.0009 l", "999999999999 m3", "1 count"],
)  # fmt: skip
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="^" + text.replace(".", r"\.") + "$"):
        read_pulse(text)


WORTHS = st.builds(
    lambda a, b: Worth(*Fraction(a, b).as_integer_ratio()),
    st.integers(1, 10**9), st.integers(1, 10**9),
)  # fmt: skip


@given(st.lists(st.integers(-(2**60), 2**60), min_size=1), WORTHS)
def test_counts_become_the_nearest_whole_amounts_without_a_float(
    units: list[int], worth: Worth
) -> None:
    found, fits = amounts(np.array(units, dtype=np.int64), worth)
    for unit, amount, fit in zip(units, found.tolist(), fits.tolist(), strict=True):
        exact = Fraction(unit * worth.times, worth.over)
        if fit:
            assert abs(amount - exact) <= Fraction(1, 2)
        else:
            assert (amount, abs(exact) > 2**59) == (0, True)


@given(st.lists(st.integers(0, 10**12), min_size=2, max_size=50), WORTHS)
def test_registers_never_go_back_and_never_drift(units: list[int], worth: Worth) -> None:
    units.sort()
    found, fits = amounts(np.array(units, dtype=np.int64), worth)
    shown = found[fits]
    assert (np.diff(shown) >= 0).all()
    if len(shown):
        n = int(fits.sum()) - 1
        exact = Fraction((units[n] - units[0]) * worth.times, worth.over)
        assert abs(int(shown[-1]) - int(shown[0]) - exact) <= 1
