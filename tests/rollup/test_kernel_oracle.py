"""The kernel agrees with the oracle, integer for integer, on every generated case."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tests.rollup.bridge import kernel
from tests.rollup.oracle import Channel, roll_up
from tests.rollup.strategies import (
    channels,
    coarse_intervals,
    interval_channels,
    register_channels,
    small_registers,
    wanted,
)

relaxed = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    max_examples=examples(500),
)


one_of_any_kind = st.one_of(small_registers(), coarse_intervals(), channels)


@given(register_channels())
@relaxed
def test_registers(channel: Channel) -> None:
    first, last = wanted(channel)
    assert kernel([channel], first, last) == [roll_up(channel, first, last)]


@given(small_registers())
@relaxed
def test_registers_of_few_values(channel: Channel) -> None:
    first, last = wanted(channel)
    assert kernel([channel], first, last) == [roll_up(channel, first, last)]


@given(st.one_of(interval_channels(), coarse_intervals()))
@relaxed
def test_intervals(channel: Channel) -> None:
    first, last = wanted(channel)
    assert kernel([channel], first, last) == [roll_up(channel, first, last)]


@given(st.lists(one_of_any_kind, min_size=2, max_size=3))
@relaxed
def test_several_channels_at_once(several: list[Channel]) -> None:
    ranges = [wanted(channel) for channel in several]
    near = ranges[0][0] - timedelta(days=9)  # the others may lie years before
    first = max(min(r[0] for r in ranges), near)
    last = min(max(r[1] for r in ranges), ranges[0][1])
    assert kernel(several, first, last) == [roll_up(c, first, last) for c in several]


@given(channels, st.integers(0, 6), st.integers(0, 3))
@relaxed
def test_any_range_of_days_gives_the_same_rows(channel: Channel, skip: int, length: int) -> None:
    """A recomputed range of days holds exactly the rows that a rebuild gives it."""
    first, last = wanted(channel)
    everything = kernel([channel], first, last)[0]
    low = first + timedelta(days=skip)
    high = low + timedelta(days=length)
    part = {day: row for day, row in everything.items() if low <= day <= high}
    assert kernel([channel], low, high)[0] == part
