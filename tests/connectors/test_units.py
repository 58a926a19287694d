"""Numbers of the world become the hub's whole numbers exactly, or are refused with a reason."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors._units import (
    JOULE,
    KWH,
    LIMIT,
    UNITS,
    WH,
    BadValueError,
    exact,
    identifier,
    numeral,
    to_amount,
    to_integer,
)


def test_t20_a_decimal_is_scaled_without_drift() -> None:
    assert to_integer(7970.903, KWH) == 7_970_903_000
    assert to_integer("7970.903", KWH) == 7_970_903_000
    assert to_integer(33161.666667, KWH) == 33_161_666_667
    assert to_integer(999999999, WH) == 999_999_999_000
    assert to_integer(0.1 + 0.2, UNITS["m3"]) == 300_000


@given(st.integers(0, 10**15))
def test_t20_every_register_with_six_decimals_is_exact(mwh: int) -> None:
    text = f"{mwh // 10**6}.{mwh % 10**6:06d}"
    assert to_integer(text, KWH) == mwh
    assert to_integer(float(text), KWH) == mwh  # at most 16 digits: the shortest repr is the text


@given(st.integers(-(10**12), 10**12), st.integers(0, 9), st.sampled_from(sorted(UNITS)))
def test_t20_rounding_is_to_the_nearest_and_to_even(digits: int, scale: int, name: str) -> None:
    unit, text = UNITS[name], str(Decimal(digits).scaleb(-scale))
    if "E" in text:
        text = f"{Decimal(text):f}"
    wanted = round(Fraction(text) * unit.times / unit.over)
    if abs(wanted) > LIMIT:
        with pytest.raises(BadValueError):
            to_integer(text, unit)
    else:
        assert to_integer(text, unit) == wanted
        assert to_integer(float(text), unit) == wanted


def test_joules_are_exact_sevenths_and_all() -> None:
    assert to_integer(3_600_000, JOULE) == 1_000_000  # 1 kWh
    assert to_integer(7, JOULE) == 2  # 1.94 mWh
    assert to_integer(1.8, UNITS["GJ"]) == 500_000_000


@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        "nan",
        "NaN",
        "inf",
        "1e5",
        "1_000",
        "１２",
        "0x10",
        "12,5",
        "1.2.3",
        "+",
        ".",
        None,
        True,
        False,
        [],
        {},
        [1],
        {"a": 1},
        b"12",
        float("nan"),
        float("inf"),
        float("-inf"),
        "9" * 40,
    ],
)
def test_what_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(BadValueError) as caught:
        to_integer(value, KWH)
    assert caught.value.reason == "bad_number"


@pytest.mark.parametrize("value", [1e300, -1e300, 10**30, 1e10, "999999999999999999", -(10**40)])
def test_the_huge_is_out_of_range(value: object) -> None:
    with pytest.raises(BadValueError) as caught:
        to_integer(value, KWH)
    assert caught.value.reason == "out_of_range"


@pytest.mark.parametrize(
    "value",
    [
        4294967.295,
        "4294967.295",
        2147483.647,
        16777.215,
        2147483647,
        4294967295,
        -2147483648,
        281474976710655,
        16777215,
        "4294967295",
    ],
)
def test_t11_a_counters_stop_is_a_sentinel(value: object) -> None:
    for unit in (KWH, WH):
        with pytest.raises(BadValueError) as caught:
            to_amount(value, unit)
        assert caught.value.reason in ("sentinel", "out_of_range")
    with pytest.raises(BadValueError) as caught:
        to_amount(value, UNITS["l"])
    assert caught.value.reason == "sentinel"


def test_t11_neighbours_of_a_sentinel_are_values() -> None:
    assert to_amount(4294967.294, KWH) == 4_294_967_294_000
    assert to_amount(16777.216, UNITS["m3"]) == 16_777_216_000
    assert to_amount(65.535, UNITS["m3"]) == 65_535_000  # 16 bits: too common to be told apart


def test_a_register_is_not_negative() -> None:
    with pytest.raises(BadValueError) as caught:
        to_amount(-0.001, KWH)
    assert caught.value.reason == "out_of_range"
    assert to_amount(-0.0, KWH) == 0


def test_the_value_of_an_error_can_be_stored() -> None:
    assert BadValueError("bad_name", "a\0" + "b" * 100).value == "a\ufffd" + "b" * 78
    assert BadValueError("bad_number", None).value is None


def test_an_identifier_is_short_and_printable() -> None:
    assert identifier(" 021861000001 ") == "021861000001"
    for raw in ("", "  ", "a\0b", "a\nb", "x" * 101, None, 12, ["a"]):
        with pytest.raises(BadValueError) as caught:
            identifier(raw)
        assert caught.value.reason == "bad_name"


def test_exact_keeps_what_was_written() -> None:
    assert exact(0.1) == Fraction(1, 10)
    assert exact("12.") == 12
    assert (exact(".5"), exact("-.25")) == (Fraction(1, 2), Fraction(-1, 4))
    assert exact("12.3400000000000000001") == Fraction(123400000000000000001, 10**19)
    with pytest.raises(BadValueError):
        exact("1." + "0" * 101)


def test_a_numeral_of_a_program_may_have_an_exponent_and_a_short_one() -> None:
    assert numeral("1.2e+06") == 1_200_000
    assert numeral("-.5E-3") == Fraction(-1, 2000)
    for text in ("1e5000", "1e", "e5", "1e5.5", "12", "1_0e5", "inf"):
        assert numeral(text) is text
    with pytest.raises(BadValueError) as caught:
        to_integer(numeral("1e999"), KWH)
    assert (caught.value.reason, (caught.value.value or "")[-5:]) == ("out_of_range", "E+999")
