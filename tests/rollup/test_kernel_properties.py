"""Invariants of the kernel that need no oracle."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tests.rollup.bridge import kernel
from tests.rollup.oracle import Channel, Reading, day_start
from tests.rollup.strategies import DAYS, STEPS, channels, register_channels, wanted

relaxed = settings(
    deadline=None, max_examples=examples(500), suppress_health_check=[HealthCheck.too_slow]
)


_CLEAN = st.lists(
    st.tuples(st.sampled_from(STEPS), st.integers(0, 10_000)), min_size=1, max_size=40
)


@st.composite
def clean_registers(draw: st.DrawFn) -> Channel:
    """A register that only grows, within its bound, read at any steps."""
    channel = Channel(slot=draw(st.sampled_from((1800, 900))),
                      day_start=draw(st.sampled_from((0, 6 * 3600))))  # fmt: skip
    ts = day_start(channel, draw(st.sampled_from(DAYS))) - draw(st.integers(0, 90_000))
    value = draw(st.integers(0, 10**12))
    for step, rate in [(0, 0), *draw(_CLEAN)]:
        ts += step
        value += step * rate
        channel.readings.append(Reading(ts, value))
    return channel


@given(clean_registers())
@relaxed
def test_t20_conservation_slots_and_days_add_up_to_the_registers(channel: Channel) -> None:
    first, last = wanted(channel)
    rows = kernel([channel], first, last)[0]
    difference = channel.readings[-1].value - channel.readings[0].value
    assert sum(row.measured + row.allocated for row in rows.values()) == difference
    seconds = channel.readings[-1].ts - channel.readings[0].ts
    assert sum(row.covered for row in rows.values()) == seconds
    assert not any("suspect" in row.quality or "dip" in row.quality for row in rows.values())


@st.composite
def falling_registers(draw: st.DrawFn) -> Channel:
    """A register that also goes back, by at most one step, for any number of readings."""
    channel = Channel(resolution=1000)
    ts = day_start(channel, draw(st.sampled_from(DAYS))) - draw(st.integers(0, 90_000))
    value = 10**7
    changes = st.tuples(st.sampled_from(STEPS), st.integers(-1000, 3000), st.integers(1, 12))
    for step, change, times in draw(st.lists(changes, min_size=1, max_size=20)):
        value += change
        for _ in range(times):
            ts += step
            channel.readings.append(Reading(ts, value))
    return channel


@given(falling_registers())
@relaxed
def test_t08_small_falls_and_the_rises_after_them_add_up_to_last_minus_first(
    channel: Channel,
) -> None:
    rows = list(kernel([channel], *wanted(channel))[0].values())
    first, *_, last = [end for row in rows for end in (row.first, row.last) if end]
    assert sum(row.measured + row.allocated for row in rows) == last[1] - first[1]


def fell(channel: Channel) -> bool:
    """Whether the register went back by so little that it is believed."""
    rows = kernel([channel], *wanted(channel))[0].values()
    return any("dip" in row.quality for row in rows)


@given(channels)
@relaxed
def test_t20_slots_add_up_to_their_day(channel: Channel) -> None:
    first, last = wanted(channel)
    for row in kernel([channel], first, last)[0].values():
        if row.slots is not None:
            assert sum(amount for amount, _, _ in row.slots) == row.measured + row.allocated
            assert sum(covered for _, _, covered in row.slots) == row.covered
            if not fell(channel):
                assert all(0 <= allocated <= amount for amount, allocated, _ in row.slots)
            assert all(covered or not amount for amount, _, covered in row.slots)


@given(channels)
@relaxed
def test_only_a_fall_is_negative_and_no_day_is_longer_than_itself(channel: Channel) -> None:
    first, last = wanted(channel)
    for day, row in kernel([channel], first, last)[0].items():
        length = day_start(channel, day + timedelta(days=1)) - day_start(channel, day)
        assert 0 <= row.covered <= length
        if not fell(channel):
            assert min(row.measured, row.allocated, row.month_allocated) >= 0
        assert row.unowned_covered <= row.covered


@given(register_channels(), st.integers(-(2**63), 2**63 - 1), st.integers(0, 30))
@relaxed
def test_no_stored_number_makes_the_kernel_raise(channel: Channel, value: int, at: int) -> None:
    channel.readings[at % len(channel.readings)].value = value
    first, last = wanted(channel)
    kernel([channel], first, last)


@given(clean_registers(), st.integers(1, 5))
@relaxed
def test_thinning_between_slots_changes_no_day_total(channel: Channel, keep: int) -> None:
    """A lost register reading costs shape, never energy."""
    first, last = wanted(channel)
    whole = kernel([channel], first, last)[0]
    thinned = Channel(slot=channel.slot, day_start=channel.day_start)
    final = len(channel.readings) - 1
    thinned.readings = [r for n, r in enumerate(channel.readings) if n % keep == 0 or n == final]
    rest = kernel([thinned], first, last)[0]

    def energy(rows: dict[date, object]) -> int:
        return sum(row.measured + row.allocated for row in rows.values())  # type: ignore[attr-defined]

    assert energy(dict(whole)) == energy(dict(rest))


def test_an_empty_table_gives_no_rows() -> None:
    assert kernel([Channel()], date(2026, 1, 1), date(2026, 1, 3)) == [{}]
