"""Values are a function of (seed, occupant, instant): any range, any order, the same numbers."""

from datetime import date

import numpy as np
import pytest

from ingest.simulate.amounts import UNITS, amounts, opening, origin_slot, registers
from ingest.simulate.district import District
from ingest.simulate.slots import SLOT, Slots, midnight, slots_of_days

DAYS = slots_of_days(date(2026, 3, 25), date(2026, 4, 2))


@pytest.mark.parametrize("size", [1, 7, 48, 100])
def test_any_split_gives_the_same_amounts(small: District, size: int) -> None:
    slots = Slots(DAYS.first, DAYS.first + 100)
    whole = amounts(small, small.numbers, slots)
    parts = [amounts(small, small.numbers, chunk) for chunk in slots.chunks(size)]
    for name in UNITS:
        assert np.array_equal(whole[name], np.concatenate([p[name] for p in parts], axis=1)), name


def test_any_choice_of_homes_gives_the_same_amounts(small: District) -> None:
    whole = amounts(small, small.numbers, DAYS)
    homes = np.array([41, 3, 0])
    part = amounts(small, homes, DAYS)
    for name in UNITS:
        assert np.array_equal(whole[name][homes], part[name]), name


def test_another_seed_is_another_district(small: District) -> None:
    other = District(2, small.homes, small.origin)
    assert not np.array_equal(
        amounts(small, small.numbers, DAYS).water, amounts(other, other.numbers, DAYS).water
    )


def test_registers_count_what_was_used(small: District) -> None:
    counted = amounts(small, small.numbers, DAYS)
    found = registers(small, small.numbers, DAYS)
    for name in UNITS:
        assert np.array_equal(np.diff(found.values[name], axis=1), counted[name])


def test_registers_continue_from_any_boundary(small: District) -> None:
    later = Slots(DAYS.first + 100, DAYS.last)
    whole = registers(small, small.numbers, DAYS)
    start = {name: whole.at_boundary(name, later.first) for name in UNITS}
    afresh, continued = (
        registers(small, small.numbers, later),
        registers(small, small.numbers, later, start),
    )
    for name in UNITS:
        assert np.array_equal(afresh.values[name], continued.values[name])
        assert np.array_equal(afresh.values[name], whole.values[name][:, 100:])


def test_registers_begin_at_the_opening(small: District) -> None:
    first = origin_slot(small)
    found = registers(small, small.numbers, Slots(first, first + 1))
    for name, values in opening(small, small.numbers).items():
        assert np.array_equal(found.at_boundary(name, first), values)


def test_a_register_grows_within_a_half_hour(small: District) -> None:
    found = registers(small, small.numbers, DAYS)
    ts = midnight(date(2026, 3, 27), 19)
    values = [found.at("peak", 5, ts + second) for second in range(0, SLOT + 1, 60)]
    assert values == sorted(values)
    assert values[0] == found.at_boundary("peak", ts // SLOT)[5]
    assert values[-1] == found.at_boundary("peak", ts // SLOT + 1)[5]
    assert values[0] < values[-1]


def test_roofs_draw_or_inject_but_not_both(small: District) -> None:
    counted = amounts(small, small.numbers, DAYS)
    assert not ((counted.peak + counted.off_peak > 0) & (counted.injection > 0)).any()
    assert counted.injection.any()


def test_the_former_people_lived_otherwise(district: District) -> None:
    move = district.moves[1]
    homes = np.array([move.home])
    empty = slots_of_days(move.left, move.came)
    counted = amounts(district, homes, empty)
    noon = midnight(move.left, 12) // SLOT - empty.first
    assert not counted.water[0, noon : noon + 48].any()
    drawn = counted.peak + counted.off_peak
    used = (drawn + counted.solar - counted.injection)[0, noon : noon + 48]
    assert set(used) == {20}
    before = slots_of_days(date(2026, 4, 1), date(2026, 4, 30))
    as_now = amounts(District(district.seed, move.home + 1, date(2020, 1, 1)), homes, before)
    assert not np.array_equal(amounts(district, homes, before).water, as_now.water)
