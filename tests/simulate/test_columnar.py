"""Columns for load tests: complete, sorted, and the same lives as the demo's."""

from datetime import date

import numpy as np
import pytest

from ingest.simulate.amounts import amounts
from ingest.simulate.columnar import Columns, Load
from ingest.simulate.district import District
from ingest.simulate.slots import SLOT, midnight, slots_of_days

FIRST, LAST = date(2026, 3, 28), date(2026, 3, 30)  # the night the clocks change is in it


@pytest.fixture(scope="module")
def load() -> Load:
    return Load(District(1, 200, date(2025, 10, 1)), FIRST, LAST, half_hourly=30)


@pytest.fixture(scope="module")
def made(load: Load) -> list[Columns]:
    return list(load.readings(batch=64))


def test_the_count_is_what_is_made(load: Load, made: list[Columns]) -> None:
    assert sum(len(columns) for columns in made) == load.count()
    assert load.count() == 30 * (46 + 96 + 1) + 170 * 4 + 200 * 4 + 150 * 4


def test_columns_are_sorted_and_unique(made: list[Columns]) -> None:
    for columns in made:
        key = columns.home.astype(np.int64) << 40 | columns.ts
        assert (np.diff(key) > 0).all()
        assert (columns.ts % SLOT == 0).all()


def test_registers_count_what_the_demo_would(load: Load, made: list[Columns]) -> None:
    home = 3
    counted = amounts(load.district, np.array([home]), slots_of_days(FIRST, LAST))
    for commodity, used in (
        ("electricity", (counted.peak + counted.off_peak).sum() * 1000),
        ("water", counted.water.sum()),
    ):
        (columns,) = (c for c in made if c.commodity == commodity and home in c.home)
        value = columns.value[columns.home == home]
        assert (np.diff(value) >= 0).all()
        assert value[-1] - value[0] == used


def test_gas_is_told_at_six_by_those_who_have_it(load: Load, made: list[Columns]) -> None:
    gas = [columns for columns in made if columns.commodity == "gas"]
    homes = np.unique(np.concatenate([columns.home for columns in gas]))
    assert np.array_equal(homes, np.flatnonzero(load.district.has_gas))
    assert set(gas[0].ts[:4]) == {midnight(date(2026, 3, day), 6) for day in range(28, 32)}


def test_batches_do_not_change_the_readings(load: Load, made: list[Columns]) -> None:
    other = list(load.readings(batch=7))
    for commodity in ("electricity", "gas", "water"):
        ours, theirs = (
            np.concatenate([c.value for c in columns if c.commodity == commodity])
            for columns in (made, other)
        )
        assert np.array_equal(np.sort(ours), np.sort(theirs))


def test_a_day_of_55_000_households() -> None:
    load = Load(District(1, 55_000, date(2025, 10, 1)), FIRST, FIRST, half_hourly=20_000)
    total = sum(len(columns) for columns in load.readings())
    assert total == load.count() > 1_200_000
