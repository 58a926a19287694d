"""The local calendar of half-hours, on both nights when the clocks change."""

from datetime import date

import pytest

from ingest.simulate.slots import SLOT, Slots, local_date, midnight, slots_of_days


@pytest.mark.parametrize(
    ("day", "count"),
    [(date(2026, 3, 29), 46), (date(2026, 10, 25), 50), (date(2026, 11, 22), 48)],
)
def test_a_local_day_has_its_own_number_of_half_hours(day: date, count: int) -> None:
    slots = slots_of_days(day, day)
    assert len(slots) == count
    assert set(slots.day) == {(day - date(1970, 1, 1)).days}
    assert slots.of_day[0] == 0 and slots.of_day[-1] == 47


def test_the_missing_and_the_repeated_hour() -> None:
    spring = slots_of_days(date(2026, 3, 29), date(2026, 3, 29)).of_day.tolist()
    assert 4 not in spring and 5 not in spring
    autumn = slots_of_days(date(2026, 10, 25), date(2026, 10, 25)).of_day.tolist()
    assert autumn.count(4) == 2 and autumn.count(5) == 2


def test_rest_days_are_weekends_and_holidays() -> None:
    def rests(day: date) -> bool:
        return bool(slots_of_days(day, day).rest_day.all())

    assert rests(date(2026, 11, 22))  # a Sunday
    assert rests(date(2026, 11, 11))  # a Wednesday
    assert not rests(date(2026, 11, 23))


def test_chunks_cover_the_slots_once() -> None:
    slots = Slots(100, 1000)
    pieces = [n for chunk in slots.chunks(48) for n in chunk.numbers.tolist()]
    assert pieces == list(range(100, 1000))


def test_local_date_knows_gas_days() -> None:
    five = midnight(date(2026, 11, 22), 5)
    assert local_date(five) == date(2026, 11, 22)
    assert local_date(five, 6) == date(2026, 11, 21)
    assert local_date(five + 3600, 6) == date(2026, 11, 22)
    assert midnight(date(2026, 11, 22)) % SLOT == 0
