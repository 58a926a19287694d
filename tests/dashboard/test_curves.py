"""Half-hours by instant; null is not zero; both nights the clocks change."""

from __future__ import annotations

import datetime as dt

from dashboard.curves import (
    Slot,
    by_start,
    by_the_clock,
    cumulated,
    holes,
    row_slots,
    usual,
)
from tests.dashboard.rows import PARIS, day_row, flat_day

MIDNIGHT = dt.timedelta()
DAY = dt.date(2026, 11, 18)
UTC = dt.UTC


def test_october_has_fifty_half_hours_and_march_forty_six() -> None:
    for day, count in ((dt.date(2026, 10, 25), 50), (dt.date(2026, 3, 29), 46)):
        slots = row_slots(day_row(day, slots=flat_day(day, 5)), PARIS, MIDNIGHT)
        assert len(slots) == count
        assert len({slot.start for slot in slots}) == count
        assert slots[-1].start - slots[0].start == dt.timedelta(minutes=30) * (count - 1)


def test_a_gas_day_begins_at_six() -> None:
    row = day_row(DAY, slots=flat_day(DAY, 5, hours=6))
    first = row_slots(row, PARIS, dt.timedelta(hours=6))[0]
    assert first.start == dt.datetime(2026, 11, 18, 5, tzinfo=UTC)


def test_quarter_hours_add_up_by_two() -> None:
    quarters: list[int | None] = [1, 2, None, 4] + [None] * 92
    slots = row_slots(day_row(DAY, slots=quarters), PARIS, MIDNIGHT)
    assert [slot.amount for slot in slots[:3]] == [3, 4, None]
    assert slots[0].whole
    assert not slots[1].whole


def test_allocated_and_covered_come_along() -> None:
    row = day_row(DAY, slots=[10, 20] + [None] * 46, spread=[0, 20] + [None] * 46)
    slots = row_slots(row, PARIS, MIDNIGHT)
    assert [slot.allocated for slot in slots[:2]] == [0, 20]
    assert slots[0].covered == 1800
    assert slots[2].covered == 0


def test_a_day_without_half_hours_has_none() -> None:
    assert row_slots(day_row(DAY, 7), PARIS, MIDNIGHT) == []


def test_days_join_by_instant() -> None:
    days = [day_row(day, slots=flat_day(day, 1)) for day in (DAY, DAY + dt.timedelta(days=1))]
    assert len(by_start(days, PARIS, MIDNIGHT)) == 96


def test_an_unknown_half_hour_breaks_the_cumulated_curve() -> None:
    start = dt.datetime(2026, 11, 18, tzinfo=UTC)
    assert cumulated([Slot(start, 1), Slot(start, 0), Slot(start, 3)]) == [1, 1, 4]
    assert cumulated([Slot(start, 1), Slot(start, None), Slot(start, 3)]) is None


def test_usual_needs_three_whole_days() -> None:
    assert usual([[1, 2], [3, 4], None]) is None
    band = usual([[1, 2], [3, 4], [5, 5]])
    assert band is not None
    assert (band.middle, band.days) == ([3, 4], 3)
    assert band.low[0] <= band.middle[0] <= band.high[0]


def test_t19_the_hours_of_the_clock_stand_side_by_side() -> None:
    """A day of one amount a half-hour, as an ordinary day's clock reads it, and the other way."""
    plain = [dt.datetime.combine(DAY, dt.time()) + dt.timedelta(minutes=30 * n) for n in range(49)]
    for day, lost in ((dt.date(2026, 3, 29), -2), (dt.date(2026, 10, 25), 2)):
        start = dt.datetime.combine(day, dt.time(), PARIS)
        sums = list(range(1, 49 + lost))
        ends = [end - (DAY - day) for end in plain[1:]]
        found = by_the_clock(sums, start, ends)
        assert found is not None
        assert found[:3] == [1, 2, 3]
        assert found[5:] == [n + lost for n in range(6, 49)]
        assert found == sorted(found)
        back = [end.astimezone(PARIS).replace(tzinfo=None) + (DAY - day) for end in ends_of(day)]
        ordinary = by_the_clock(list(range(1, 49)), plain[0].replace(tzinfo=PARIS), back)
        assert ordinary is not None
        assert len(ordinary) == 48 + lost
        assert ordinary[-36:] == list(range(13, 49))
        assert ordinary == sorted(ordinary)
    assert by_the_clock(None, start, []) is None


def ends_of(day: dt.date) -> list[dt.datetime]:
    slots = row_slots(day_row(day, slots=flat_day(day, 1)), PARIS, MIDNIGHT)
    return [slot.start + dt.timedelta(minutes=30) for slot in slots]


def test_holes_are_between_known_half_hours_only() -> None:
    start = dt.datetime(2026, 11, 18, tzinfo=UTC)
    half = dt.timedelta(minutes=30)
    amounts = [1, None, None, 4, None, None]
    slots = [Slot(start + half * n, amount) for n, amount in enumerate(amounts)]
    found = holes(slots, start + half * 6)
    assert [(hole.start, hole.end) for hole in found] == [(start + half, start + half * 3)]
    assert holes(slots[:1], start) == []
