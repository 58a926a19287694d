"""Units people read, chosen by size; exact values in tables."""

from __future__ import annotations

import pytest

from dashboard.amounts import base_unit, big, exact, index, power, said, unit_for
from dashboard.tongue import NBSP, Tongue

FR = Tongue("fr")


@pytest.mark.parametrize(
    ("quantity", "largest", "resolution", "symbol"),
    [
        ("energy", 7_400_000, 1_000, "kWh"),
        ("energy", 9_999 * 10**6, 1_000, "kWh"),
        ("energy", 10_000 * 10**6, 1_000, "MWh"),
        ("energy", 10_000 * 10**9, 1_000, "GWh"),
        ("volume", 182_000, 1_000, "L"),
        ("volume", 182_000, 1_000_000, "m³"),
        ("volume", 4_200_000, 1_000, "m³"),
        ("mass", 3_000, 1_000, "kg"),
    ],
)
def test_the_unit_fits_the_size(quantity: str, largest: int, resolution: int, symbol: str) -> None:
    assert unit_for(quantity, largest, resolution).symbol == symbol


def test_said_exact_and_big() -> None:
    kwh = base_unit("energy")
    litre = unit_for("volume", 1_000, 1_000)
    assert said(FR, 7_412_345, kwh) == f"7,41{NBSP}kWh"
    assert exact(FR, 7_412_345, kwh) == "7,412"
    assert exact(FR, 182_400, litre) == "182,4"
    assert [big(FR, value, kwh) for value in (420_000, 12_340_000, 123_400_000)] == [
        "0,42",
        "12,3",
        "123",
    ]
    assert big(FR, 182_400, litre) == "182"


def test_people_read_nothing_below_zero_and_tables_are_exact() -> None:
    m3 = base_unit("volume")
    assert (said(FR, -1_000_000, m3), big(FR, -1_000_000, m3)) == (f"0{NBSP}m³", "0,00")
    assert exact(FR, -1_000_000, m3) == "-1,000"


def test_index_and_power_as_the_meter_shows_them() -> None:
    assert index(FR, 8_123_456_000, "energy") == f"8{NBSP}123,456{NBSP}kWh"
    assert index(FR, 287_432_000, "volume") == f"287,432{NBSP}m³"
    assert power(FR, 1_240_000, "power") == f"1{NBSP}240{NBSP}W"
    assert power(FR, 1_240_000, "apparent_power") == f"1{NBSP}240{NBSP}VA"
