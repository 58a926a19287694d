"""The traps of the correctness list that the kernel answers, each with numbers by hand."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.rollup.bridge import kernel
from tests.rollup.oracle import Channel, Event, Reading, Row, day_start, roll_up

KWH = 1_000_000
HOUR = 3600
DAY = 86_400
PLAIN = date(2026, 7, 14)


def one(channel: Channel, first: date, last: date | None = None) -> dict[date, Row]:
    """The kernel's rows, after checking that the oracle gives the same."""
    last = last or first
    rows = kernel([channel], first, last)[0]
    assert rows == roll_up(channel, first, last)
    return rows


def registers(*points: tuple[int, int], **settings: int) -> Channel:
    channel = Channel(**settings)  # type: ignore[arg-type]
    channel.readings = [Reading(ts, value) for ts, value in points]
    return channel


def intervals(*points: tuple[int, int, int], **settings: int) -> Channel:
    channel = Channel(kind="interval", **settings)  # type: ignore[arg-type]
    channel.readings = [Reading(ts, value, seconds) for ts, value, seconds in points]
    return channel


def start(day: date = PLAIN) -> int:
    return day_start(Channel(), day)


def total(row: Row) -> int:
    return row.measured + row.allocated


def amounts(row: Row) -> list[int | None]:
    assert row.slots is not None
    return [amount if covered else None for amount, _, covered in row.slots]


def test_t01_energy_between_two_buckets_belongs_to_a_bucket() -> None:
    """Readings at :20 and :50 of each hour: last minus first inside a slot would lose it all."""
    at = start()
    channel = registers(*((at + 1200 + 1800 * n, 600 * n) for n in range(46)))
    row = one(channel, PLAIN)[PLAIN]
    assert total(row) == 600 * 45
    assert amounts(row)[1:45] == [600] * 44
    assert sum(a for a in amounts(row) if a is not None) == total(row)


@pytest.mark.parametrize(
    ("day", "slots"), [(date(2026, 3, 29), 46), (date(2026, 10, 25), 50), (PLAIN, 48)]
)
def test_t02_local_days_have_46_48_or_50_half_hours(day: date, slots: int) -> None:
    at = start(day)
    channel = intervals(*((at + 1800 * n, 1000 + n, 1800) for n in range(-4, 54)))
    row = one(channel, day)[day]
    assert amounts(row) == [1000 + n for n in range(slots)]
    assert row.covered == slots * 1800


def test_t02_the_gas_day_of_the_clock_change_runs_from_six_to_six() -> None:
    channel = registers(day_start=6 * HOUR, max_per_hour=16 * KWH)
    day = date(2026, 10, 24)
    at = day_start(channel, day)
    channel.readings = [Reading(at + HOUR * n, 100 * n) for n in range(60)]
    rows = one(channel, day, day + timedelta(days=1))
    assert len(rows[day].slots or ()) == 50
    assert total(rows[day]) == 2500
    assert total(rows[date(2026, 10, 25)]) == 2400


def test_t02_a_leap_day_is_a_day() -> None:
    day = date(2028, 2, 29)
    at = start(day)
    rows = one(registers((at - DAY, 0), (at + 2 * DAY, 30_000)), day, date(2028, 3, 1))
    assert [total(rows[d]) for d in (day, date(2028, 3, 1))] == [10_000, 10_000]


def test_t08_a_swap_without_an_event_invents_nothing() -> None:
    """12 000 to 5 000 kWh: no phantom, the pair is unknown until an event tells."""
    at = start()
    swapped = registers(
        *((at + HOUR * n, 12_000 * KWH + n * KWH) for n in range(6)),
        *((at + HOUR * n, 5_000 * KWH + (n - 6) * KWH) for n in range(6, 20)),
    )
    row = one(swapped, PLAIN)[PLAIN]
    assert total(row) == (5 + 13) * KWH
    assert row.covered == 18 * HOUR
    assert row.quality == {"suspect": 1}
    assert amounts(row)[10:12] == [None, None]


def test_t08_a_drop_is_no_restart_at_zero() -> None:
    """A new meter that shows 4 kWh: less than the connection can carry, and yet not drawn here."""
    at = start()
    swapped = registers(
        *((at + HOUR * n, 12_000 * KWH + n * KWH) for n in range(6)),
        *((at + HOUR * n, (n - 2) * KWH) for n in range(6, 20)),
    )
    row = one(swapped, PLAIN)[PLAIN]
    assert (total(row), row.covered) == ((5 + 13) * KWH, 18 * HOUR)
    assert row.quality == {"suspect": 1}


def test_t08_the_event_of_the_swap_makes_it_known() -> None:
    at = start()
    swapped = registers(
        *((at + HOUR * n, 12_000 * KWH + n * KWH) for n in range(6)),
        *((at + HOUR * n, 5_000 * KWH + (n - 6) * KWH) for n in range(6, 20)),
    )
    half_past = at + 5 * HOUR + 1800
    swapped.events = [
        Event(half_past, "replacement", 12_005 * KWH + KWH // 2, 4_999 * KWH + KWH // 2)
    ]
    row = one(swapped, PLAIN)[PLAIN]
    assert total(row) == 19 * KWH
    assert row.covered == 19 * HOUR
    assert row.quality == {"replacement": 1}


def test_t08_one_side_of_an_event_unknown_is_unknown() -> None:
    at = start()
    channel = registers((at, 100), (at + HOUR, 200), (at + 3 * HOUR, 10), (at + 4 * HOUR, 20))
    channel.events = [Event(at + 2 * HOUR, "replacement", None, 5)]
    row = one(channel, PLAIN)[PLAIN]
    assert (total(row), row.covered) == (115, 3 * HOUR)


def test_t08_a_dip_of_one_step_is_held() -> None:
    at = start()
    row = one(registers((at, 5000), (at + 600, 4000), (at + 1200, 7000)), PLAIN)[PLAIN]
    assert (total(row), row.quality) == (2000, {"dip": 1})
    falling = one(registers((at, 5000), (at + 600, 4000)), PLAIN)[PLAIN]
    assert (total(falling), falling.covered, falling.quality) == (-1000, 600, {"dip": 1})


@pytest.mark.parametrize("long", [1, 7, 8, 20])
def test_t08_a_fall_of_one_step_adds_nothing_however_long_it_lasts(long: int) -> None:
    at = start()
    low = [(at + 600 * (n + 1), 4000) for n in range(long)]
    channel = registers((at, 5000), *low, (low[-1][0] + 600, 7000))
    row = one(channel, PLAIN)[PLAIN]
    assert (total(row), row.covered) == (2000, 600 * (long + 1))


def test_t08_the_register_that_passes_its_last_digit_goes_on() -> None:
    at = start()
    channel = registers((at, 10**12 - 2000), (at + HOUR, 3000), modulus=10**12)
    row = one(channel, PLAIN)[PLAIN]
    assert (total(row), row.quality) == (5000, {"rollover": 1})
    channel.modulus = 0
    assert total(one(channel, PLAIN)[PLAIN]) == 0


@pytest.mark.parametrize(
    ("before", "after", "amount"), [(900, 100, 200), (899, 100, 0), (900, 101, 0)]
)
def test_t08_only_the_last_and_first_tenth_are_near_the_end(
    before: int, after: int, amount: int
) -> None:
    at = start()
    channel = registers((at, before), (at + HOUR, after), modulus=1000, resolution=1)
    assert total(one(channel, PLAIN)[PLAIN]) == amount


@pytest.mark.parametrize(("last", "amount"), [(85, 30), (15, 0)])
def test_t08_a_source_that_says_that_a_register_passed_its_end_is_believed(
    last: int, amount: int
) -> None:
    """Between readings far from the end, where the fall lies between them, and nowhere else."""
    at = start()
    channel = registers((at, last), (at + 6 * HOUR, 15), modulus=100, resolution=1)
    assert total(one(channel, PLAIN)[PLAIN]) == 0
    channel.events = [Event(at + 2 * HOUR, "rollover", 100, 0)]
    row = one(channel, PLAIN)[PLAIN]
    assert (total(row), row.quality.get("rollover", 0)) == (amount, int(amount > 0))


@pytest.mark.parametrize(
    ("closing", "amount", "covered"),
    [(12_004, KWH * 6 // 10, 6), (12_003, 0, 6), (12_002, 0, 0)],
)
def test_t08_a_closing_register_in_whole_kwh_may_lie_a_little_below_the_last(
    closing: int, amount: int, covered: int
) -> None:
    at = start()
    channel = registers((at, 12_003 * KWH + 400_000), (at + 9 * HOUR, 5))
    channel.events = [Event(at + 6 * HOUR, "replacement", closing * KWH, None)]
    row = one(channel, PLAIN)[PLAIN]
    assert (total(row), row.covered) == (amount, covered * HOUR)


def test_t08_a_first_reading_a_little_below_the_opening_register_is_held() -> None:
    """People write opening registers: nothing fell that had risen before."""
    at = start()
    channel = registers((at, 500), (at + 2 * HOUR, 300), (at + 3 * HOUR, 900), resolution=1000)
    channel.events = [Event(at + HOUR, "replacement", 600, 1000)]
    row = one(channel, PLAIN)[PLAIN]
    assert (total(row), row.covered) == (100 + 600, 3 * HOUR)


def test_t08_a_held_register_did_not_pass_its_end_as_well() -> None:
    at = start()
    channel = registers((at, 95), modulus=100, resolution=1)
    channel.events = [Event(at + HOUR, "replacement", 2, None), Event(at + HOUR // 2, "rollover")]
    assert one(channel, PLAIN)[PLAIN].quality == {"dip": 1, "replacement": 1}


def test_t08_of_a_meter_that_a_source_never_read_it_tells_nothing() -> None:
    """Events before its first and after its last reading are of other meters."""
    at = start()
    channel = registers((at + 8 * HOUR, 100), (at + 9 * HOUR, 200), (at + 15 * HOUR, 30))
    channel.events = [
        Event(at + HOUR, "install", None, 0),
        Event(at + 3 * HOUR, "replacement", 50, 10),
        Event(at + 10 * HOUR, "replacement", 250, 0),
        Event(at + 12 * HOUR, "replacement", 40, 20),
        Event(at + 18 * HOUR, "replacement", 60, 0),
        Event(at + 20 * HOUR, "replacement", 500, 0),
    ]
    row = one(channel, PLAIN)[PLAIN]
    assert total(row) == (100 - 10) + 100 + 50 + 40 + 10 + 30
    assert row.covered == 15 * HOUR


def test_f05_a_register_that_leaves_the_set_counts_nothing_more_that_day() -> None:
    at = start()
    channel = registers((at - HOUR, 100), (at + HOUR, 300))
    channel.events = [Event(at + 2 * HOUR, "register_set", 350, None)]
    rows = one(channel, PLAIN, PLAIN + timedelta(days=1))
    assert list(rows) == [PLAIN]
    assert (total(rows[PLAIN]), rows[PLAIN].covered) == (150, DAY)
    channel.readings.append(Reading(at + 5 * HOUR, 400))
    assert one(channel, PLAIN)[PLAIN].covered == 5 * HOUR


def test_f05_a_register_that_joins_the_set_has_counted_nothing_before() -> None:
    at = start()
    channel = registers((at + 25 * HOUR, 300))
    channel.events = [Event(at + 20 * HOUR, "register_set", None, 50)]
    rows = one(channel, PLAIN - timedelta(days=1), PLAIN + timedelta(days=1))
    assert [(total(row), row.covered) for row in rows.values()] == [(200, DAY), (50, HOUR)]


@pytest.mark.parametrize(("spikes", "amount"), [(7, 10), (8, 0)])
def test_t08_eight_readings_decide_what_is_an_outlier(spikes: int, amount: int) -> None:
    """Seven registers far too high between two good ones are left out; eight are believed less
    than no one: the fall behind them is unknown."""
    at = start()
    high = [(at + 60 * n, 10**9) for n in range(1, spikes + 1)]
    channel = registers((at, 100), *high, (at + 60 * (spikes + 1), 110))
    assert total(one(channel, PLAIN)[PLAIN]) == amount


def test_t08_more_than_the_connection_can_carry_is_not_believed() -> None:
    """+4 000 kWh after 30 days is 5.6 kW and possible; after one hour it is not."""
    at = start()
    month = one(registers((at, 0), (at + 30 * DAY, 4000 * KWH)), PLAIN, PLAIN + timedelta(days=29))
    assert sum(total(row) for row in month.values()) == 4000 * KWH
    hour = one(registers((at, 0), (at + HOUR, 4000 * KWH)), PLAIN)[PLAIN]
    assert (hour.covered, hour.quality) == (0, {"suspect": 1})


def test_t10_energy_over_a_gap_is_known_and_its_shape_is_not() -> None:
    at = start()
    channel = registers((at - 600, 0), (at, 100), (at + 6 * HOUR, 700), (at + 6 * HOUR + 600, 800))
    row = one(channel, PLAIN)[PLAIN]
    assert total(row) == 700
    assert (row.measured, row.allocated) == (700, 0)  # the gap lies within the day
    assert row.slots is not None
    assert row.slots[0] == (50, 50, 1800)
    assert sum(allocated for _, allocated, _ in row.slots) == 600


def test_t10_a_gap_of_intervals_stays_unknown() -> None:
    at = start()
    row = one(intervals((at, 500, 1800), (at + 3600, 0, 1800)), PLAIN)[PLAIN]
    assert amounts(row)[:4] == [500, None, 0, None]
    assert row.covered == 3600


def test_t10_nothing_known_and_nothing_read_has_no_row() -> None:
    at = start()
    rows = one(intervals((at, 500, 1800)), PLAIN - timedelta(days=1), PLAIN + timedelta(days=1))
    assert list(rows) == [PLAIN]


@pytest.mark.parametrize(
    "value",
    [4_294_967_295_000, 2_147_483_647_000, 16_777_215_000_000, 2**63 - 1, -1, (2**48 - 1) * 1000],
)
def test_t11_sentinels_are_kept_out_and_counted(value: int) -> None:
    at = start()
    row = one(registers((at, 1000), (at + 600, value), (at + 1200, 3000)), PLAIN)[PLAIN]
    assert (total(row), row.covered) == (2000, 1200)
    assert row.quality == {"sentinel": 1}
    assert row.readings == 3


def test_t13_the_shorter_interval_counts_then_the_earlier() -> None:
    at = start()
    channel = intervals(
        (at, 6000, 3600), (at + 1800, 1000, 1800), (at + 3000, 900, 1800), (at + 7200, 5, 60)
    )
    row = one(channel, PLAIN)[PLAIN]
    assert amounts(row)[:5] == [3000, 1000, 600, None, 5]
    assert row.quality == {"overlap": 2}


@pytest.mark.parametrize(("length", "unowned"), [(DAY, 0), (DAY + 1, DAY + 1)])
def test_a_gap_over_a_day_that_crosses_a_move_is_nobody_s(length: int, unowned: int) -> None:
    at = start() - 1000
    channel = registers((at, 0), (at + length, 7_000_000))
    channel.moves = [PLAIN]
    rows = one(channel, PLAIN - timedelta(days=1), PLAIN + timedelta(days=1))
    assert sum(row.unowned_covered for row in rows.values()) == unowned
    assert sum(total(row) for row in rows.values()) == 7_000_000


def test_a_week_within_no_move_is_owned() -> None:
    at = start()
    channel = intervals((at, 7000, 7 * DAY), longest=8 * DAY)
    channel.moves = [PLAIN - timedelta(days=1), PLAIN + timedelta(days=7)]
    rows = one(channel, PLAIN, PLAIN + timedelta(days=6))
    assert [total(row) for row in rows.values()] == [1000] * 7
    assert not any(row.unowned_covered for row in rows.values())
    assert not any(row.slots for row in rows.values())


def test_a_month_is_measured_for_the_month_and_allocated_for_its_days() -> None:
    first = date(2026, 7, 1)
    at = start(first)
    channel = intervals((at, 31_000, 31 * DAY), longest=400 * DAY)
    rows = one(channel, first, date(2026, 7, 31))
    assert len(rows) == 31
    assert all((r.measured, r.allocated, r.month_allocated) == (0, 1000, 0) for r in rows.values())


def test_slots_that_do_not_fit_are_left_out_and_the_day_keeps_its_energy() -> None:
    at = start()
    step = 2_000_000_000
    channel = registers((at, 0), (at + 10, step), (at + 20, 2 * step), resolution=step)
    row = one(channel, PLAIN)[PLAIN]
    assert (total(row), row.slots) == (2 * step, None)
    assert row.quality == {"suspect": 1}


def test_registers_a_century_apart_overflow_nothing() -> None:
    early, late = start(date(2000, 1, 2)), start(date(2100, 1, 2))
    channel = registers((early, 0), (late, 5), max_per_hour=2**62)
    rows = one(channel, date(2100, 1, 1), date(2100, 1, 2))
    assert rows[date(2100, 1, 2)].quality == {"suspect": 1}
    assert rows[date(2100, 1, 2)].covered == 0
