"""What a file holds, told from its series: spans, steps, totals, what is missing."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.intake.summary import CHANNELS, TOLD, ChannelSummary, Missing, Stretch, summarise
from hub.model import ChannelKey, Decoded, Gap, Kind, PeriodClass, Series
from tests.examples import examples

NOW = 1_795_348_800
T0 = 1_790_000_000
HALF = 1800


def key(kind: Kind = "interval", register: str = "TOTAL", period: PeriodClass = "") -> ChannelKey:
    return ChannelKey("PRM1", "electricity", "consumption", "energy", register, kind, period=period)


def curve(starts: list[int], values: list[int] | None = None, seconds: int = HALF) -> Series:
    return Series(key(), starts, values or [1] * len(starts), [seconds] * len(starts))


def only(*series: Series, gaps: list[Gap] | None = None) -> ChannelSummary:
    (found,) = summarise(Decoded(9, list(series), gaps or []), NOW).channels
    return found


def test_a_curve_tells_its_span_step_and_sum() -> None:
    found = only(curve([T0, T0 + HALF, T0 + 2 * HALF], [5, 6, 7]))
    assert (found.readings, found.start, found.end) == (3, T0, T0 + 3 * HALF)
    assert (found.step, found.total, found.key.period) == (HALF, 18, "sub-daily")
    assert found.missing == Missing()


def test_a_curve_names_what_is_missing_inside() -> None:
    found = only(curve([T0 + n * HALF for n in (0, 1, 4, 5, 9)]))
    assert found.missing == Missing(
        2,
        5 * HALF,
        (Stretch(T0 + 2 * HALF, T0 + 4 * HALF), Stretch(T0 + 6 * HALF, T0 + 9 * HALF)),
    )


def test_the_order_of_rows_does_not_matter_and_the_last_of_one_second_counts() -> None:
    found = only(curve([T0 + HALF, T0], [5, 6]), curve([T0], [7]))
    assert (found.readings, found.total) == (2, 12)


def test_intervals_within_others_have_no_total() -> None:
    found = only(curve([T0, T0 + 600], [5, 6]))
    assert found.total is None
    assert found.end == T0 + 600 + HALF


def test_days_and_half_hours_are_different_channels() -> None:
    series = Series(key(), [T0, T0], [48, 1], [86_400, HALF])
    found = summarise(Decoded(2, [series]), NOW).channels
    assert [(c.key.period, c.total) for c in found] == [("sub-daily", 1), ("day", 48)]
    stated = Series(key(period="month"), [T0], [9], [7 * 86_400])
    assert only(stated).key.period == "month"


def test_registers_tell_their_difference_and_their_distance() -> None:
    day = 86_400
    winter = [T0 + n * day + 3600 for n in (2, 5, 6, 7)]
    found = only(Series(key("register"), [T0, T0 + day, *winter], [100, 110, 125, 160, 161, 161]))
    assert (found.step, found.total) == (day, 61)
    assert found.missing.first == (Stretch(T0 + 2 * day + 3600, T0 + 5 * day + 3600),)


def test_registers_without_a_rhythm_miss_nothing() -> None:
    found = only(Series(key("register"), [T0, T0 + 7, T0 + 4000, T0 + 90_000], [1, 2, 3, 4]))
    assert (found.step, found.missing) == (None, Missing())


def test_a_register_that_falls_has_no_difference() -> None:
    assert only(Series(key("register"), [T0, T0 + 60], [100, 3])).total is None
    assert only(Series(key("register"), [T0], [100])).total is None


def test_power_has_a_span_alone() -> None:
    found = only(Series(key("power"), [T0, T0 + 60], [100, 3]))
    assert (found.readings, found.step, found.total) == (2, None, None)


def test_readings_that_nobody_can_mean_are_left_out() -> None:
    series = Series(
        key(),
        [T0, -30_000_000_000, NOW, 2**70, T0 + HALF, T0 + 2 * HALF],
        [1, 2, 3, 4, 2**80, 6],
        [HALF, HALF, HALF, HALF, HALF, 0],
    )
    found = only(series)
    assert (found.readings, found.total, found.end) == (1, 1, T0 + HALF)
    absurd = Series(key("register"), np.array([-(2**63)]), np.array([-(2**63)]))
    assert summarise(Decoded(1, [absurd]), NOW).channels == ()


def test_a_sum_may_be_larger_than_one_number_of_the_store() -> None:
    values = [2**60] * 20
    assert only(curve([T0 + n * HALF for n in range(20)], values)).total == 20 * 2**60


def test_rows_without_a_value_are_told_as_stretches() -> None:
    gaps = [
        Gap(1, T0, T0 + HALF),
        Gap(2, T0 + HALF),  # as long as the file's step
        Gap(3, T0 + 9 * HALF, T0 + 10 * HALF),
        Gap(4),
        Gap(5, 2**70, 2**71),
        Gap(6, -5, 3),
    ]
    found = summarise(Decoded(9, [curve([T0 + 4 * HALF])], gaps), NOW).gaps
    assert found == Missing(
        2, 3 * HALF, (Stretch(T0, T0 + 2 * HALF), Stretch(T0 + 9 * HALF, T0 + 10 * HALF))
    )


def test_many_stretches_are_counted_and_the_first_are_told() -> None:
    found = only(curve([T0 + n * 2 * HALF for n in range(100)])).missing
    assert (found.count, found.seconds, len(found.first)) == (99, 99 * HALF, TOLD)


def test_of_very_many_channels_the_first_are_told_and_all_are_counted() -> None:
    series = [Series(key("register", f"R{n}"), [T0], [n]) for n in range(CHANNELS + 7)]
    found = summarise(Decoded(1, series), NOW)
    assert (len(found.channels), found.left) == (CHANNELS, 7)
    assert found.channels[-1].key.register == f"R{CHANNELS - 1}"


@settings(max_examples=examples(100))
@given(st.lists(st.integers(0, 300), min_size=1, unique=True))
def test_what_is_there_and_what_is_missing_is_the_span(slots: list[int]) -> None:
    found = only(curve([T0 + n * HALF for n in slots]))
    assert found.missing.seconds + HALF * len(slots) == found.end - found.start
    assert found.total == len(slots)
