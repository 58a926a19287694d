"""Which channel counts, and what a household's day is, against slow obvious rules."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.rollup.block import Block, block_of
from hub.rollup.columns import FLAG_NAMES, DayRows
from hub.rollup.counting import count
from hub.rollup.households import HouseholdRows, household_rows
from hub.rollup.registry import (
    ChannelRow,
    ConsentRow,
    OccupancyRow,
    Registry,
    UsagePointRow,
    expected_days,
    shares,
)
from tests.examples import examples
from tests.rollup.bridge import column
from tests.rollup.district import DAY, Chan, ChannelDay, Total, add, usage_point_total

FIRST = 20_000  # 2024-10-04, an ordinary day
SPAN = 4
MAIN = {"water": ("consumption", "volume")}


def day_rows(channels: list[Chan]) -> DayRows:
    cells = [(i, day, row) for i, c in enumerate(channels) for day, row in sorted(c.days.items())]
    slots = [slot for _, _, row in cells for slot in row.slots or ()]
    quality = sorted(
        (n, FLAG_NAMES.index(name), number)
        for n, (_, _, row) in enumerate(cells)
        for name, number in row.quality.items()
    )
    zero = column([0] * len(cells))
    return DayRows(
        channel=column([i for i, _, _ in cells]),
        day=column([day for _, day, _ in cells]),
        covered=column([row.covered for _, _, row in cells]),
        measured=column([row.amount - row.allocated for _, _, row in cells]),
        allocated=column([row.allocated for _, _, row in cells]),
        month_allocated=zero,
        unowned_measured=column([row.unowned[1] for _, _, row in cells]),
        unowned_allocated=zero,
        unowned_month_allocated=zero,
        unowned_covered=column([row.unowned[0] for _, _, row in cells]),
        readings=zero + 1,
        first_at=zero - 1,
        last_at=zero - 1,
        first_value=zero,
        last_value=zero,
        slots=column([len(row.slots or ()) for _, _, row in cells]),
        slot_amount=column([s[0] for s in slots]),
        slot_allocated=column([s[1] for s in slots]),
        slot_covered=column([s[2] for s in slots]),
        quality_row=column([q[0] for q in quality]),
        quality_flag=column([q[1] for q in quality]),
        quality_count=column([q[2] for q in quality]),
    )


def channel_rows(channels: list[Chan]) -> list[ChannelRow]:
    return [
        ChannelRow(
            c.number, c.point, ("water", c.flow, "volume"), c.register, c.kind, c.source,
            c.input, c.period_class, c.rank, c.last, c.started, c.away,
        )
        for c in channels
    ]  # fmt: skip


def totals_of(block: Block) -> list[Total]:
    found = []
    for i in range(len(block)):
        slots = None
        if block.has_slots[i]:
            columns = (block.slot_amount, block.slot_allocated, block.slot_covered)
            number = DAY // int(block.slot[i])
            assert not any(c[i, number:].any() for c in columns)
            slots = list(zip(*(c[i, :number].tolist() for c in columns), strict=True))
        mine = np.flatnonzero(block.quality_row == i)
        quality = {
            FLAG_NAMES[int(block.quality_flag[q])]: int(block.quality_count[q]) for q in mine
        }
        found.append(Total(int(block.covered[i]), int(block.amounts[i, :2].sum()), slots, quality))
    return found


def rolled(channels: list[Chan], registry: Registry) -> HouseholdRows:
    rows = day_rows(channels)
    block = block_of(rows, np.full(len(rows), DAY, dtype=np.int64))
    counted = count(channel_rows(channels), rows.channel, block)
    parts = list(shares(registry))
    expected = expected_days(
        parts, registry.consents, "area-totals", frozenset({"half-hour", "day"})
    )
    return household_rows(counted, parts, expected)


COVERED = (0, DAY // 24 - 1, DAY // 24, DAY // 2, DAY * 9 // 10, DAY - 87, DAY - 86, DAY)
# Made once: strategies that are made anew for each row take longer than what they test.
_SLOT = st.tuples(st.integers(0, 9), st.integers(0, 9), st.sampled_from((0, 1, 2)))  # halves known
_SLOTS = st.none() | st.tuples(
    st.sampled_from((1800, 1800, 900)), st.lists(_SLOT, min_size=1, max_size=4)
)
_QUALITY = st.dictionaries(st.sampled_from(("dip", "suspect")), st.integers(1, 3), max_size=1)
_ROW = st.tuples(
    st.sampled_from(COVERED),
    st.integers(0, 100),
    _SLOTS,
    st.integers(0, 9),
    _QUALITY,
    st.booleans(),
)
_KINDS = st.sampled_from((
    ("register", ""), ("interval", "sub-daily"), ("interval", "month"), ("interval", "week")
))  # fmt: skip
_CHANNEL = st.tuples(
    st.integers(1, 2),
    st.sampled_from(("TOTAL", "BASE", "HP", "HC", "D1")),
    st.sampled_from(("a", "b")),
    _KINDS,
    st.sampled_from(("", "", "2")),
    st.sampled_from((100, 100, 50)),  # rank
    st.sampled_from((10**6, 10**6, FIRST + 1)),  # last
    st.sampled_from((-(10**6), FIRST, FIRST + 2)),  # started
    st.sampled_from(((), (), ((FIRST + 1, 10**6),), ((FIRST, FIRST), (FIRST + 2, FIRST + 2)))),
    st.lists(st.none() | _ROW, min_size=SPAN, max_size=SPAN),
)


def channel_day(drawn: tuple[Any, ...]) -> ChannelDay:
    covered, amount, curve, unowned, quality, is_shared_out = drawn
    slots = None
    if curve is not None:
        seconds, few = curve
        known = [(a, b, halves * seconds // 2) if halves else (0, 0, 0) for a, b, halves in few]
        number = DAY // seconds
        slots = (known * number)[:number]
    owned = bool(unowned)
    allocated = amount if is_shared_out and owned else 0
    return ChannelDay(
        covered, amount, (0, 0) if owned else (covered, amount), slots, quality, allocated
    )


def district(drawn: list[tuple[Any, ...]]) -> list[Chan]:
    channels = []
    seen = set()
    for number, one in enumerate(drawn, start=1):
        point, register, source, (kind, period_class), input_, rank, *life, rows = one
        last, started, away = life
        key = (point, register, source, kind, input_, period_class)
        if key in seen:
            continue
        seen.add(key)
        days = {
            day: channel_day(row)
            for day, row in enumerate(rows, start=FIRST)
            if row is not None and day >= started
        }
        channels.append(
            Chan(number, point, register, source, kind, input_, period_class, rank=rank,
                 last=last, started=started, away=away, days=days)
        )  # fmt: skip
    return channels


districts = st.lists(_CHANNEL, min_size=1, max_size=7).map(district)


@given(districts)
@settings(deadline=None, max_examples=examples(500), suppress_health_check=[HealthCheck.too_slow])
def test_what_counts_agrees_with_the_rules(channels: list[Chan]) -> None:
    rows = day_rows(channels)
    block = block_of(rows, np.full(len(rows), DAY, dtype=np.int64))
    counted = count(channel_rows(channels), rows.channel, block)
    found = {
        (counted.usage_point[int(s)], int(day)): total
        for s, day, total in zip(
            counted.source, counted.block.day, totals_of(counted.block), strict=True
        )
    }
    wanted = {}
    for point in (1, 2):
        for day in range(FIRST, FIRST + SPAN):
            total = usage_point_total(channels, point, "consumption", day)
            if total is not None:
                wanted[point, day] = total
    assert found == wanted


def test_half_hours_that_nobody_may_see_stay_hidden_beside_another_register() -> None:
    """A moving day's HP crosses the move; BASE, which took over on that day, has half-hours."""
    curve = [(7, 0, 900)] * 48
    moving = ChannelDay(DAY // 2, 336, unowned=(DAY // 2, 336), slots=curve)
    channels = [
        Chan(1, 1, "BASE", days={FIRST: ChannelDay(0, 0, slots=[(0, 0, 0)] * 48)}),
        Chan(2, 1, "HP", days={FIRST: moving}),
    ]
    rows = day_rows(channels)
    block = block_of(rows, np.full(len(rows), DAY, dtype=np.int64))
    (total,) = totals_of(count(channel_rows(channels), rows.channel, block).block)
    assert total.slots == [(0, 0, 0)] * 48


def test_a_day_has_quarter_hours_where_all_that_counts_has_them() -> None:
    quarters = [(1, 0, 900), (2, 1, 450)] * 48
    half_hours = [(9, 0, 1800), (8, 8, 1800)] * 24
    days = [
        {FIRST: whole(3, slots=quarters), FIRST + 1: whole(3, slots=quarters)},
        {FIRST: whole(3, slots=quarters), FIRST + 1: whole(8, slots=half_hours)},
    ]
    found = simple([Chan(n, 1, input=str(n), days=d) for n, d in enumerate(days, start=1)])
    assert found["TOTAL", 0].slots == [(2, 0, 900), (4, 2, 450)] * 48
    assert found["TOTAL", 1].slots == [(12, 1, 1350), (11, 9, 1350)] * 24


@given(districts, st.integers(FIRST - 1, FIRST + 2), st.integers(0, 3))
@settings(deadline=None, max_examples=examples(500), suppress_health_check=[HealthCheck.too_slow])
def test_a_household_is_the_sum_over_its_usage_points(
    channels: list[Chan], first: int, length: int
) -> None:
    last = first + length
    registry = Registry(
        usage_points=[UsagePointRow(1, "water", 7), UsagePointRow(2, "water", 7, FIRST + 1)],
        occupancies=[OccupancyRow(5, 7, first, last)],
        consents=[ConsentRow(5, "", "area-totals", "day", FIRST + 1, FIRST + 2)],
        main=MAIN,
    )
    out = rolled(channels, registry)
    names = [out.measures[int(m)] for m in out.measure]
    found = {
        int(day): (total, bool(flag))
        for day, total, flag, name in zip(
            out.block.day, totals_of(out.block), out.expected, names, strict=True
        )
        if name[3] == "TOTAL"
    }
    wanted = {}
    for day in range(max(first, FIRST), min(last, FIRST + SPAN - 1) + 1):
        active = [1] if day < FIRST + 1 else [1, 2]
        parts = [usage_point_total(channels, point, "consumption", day) for point in active]
        known = [part for part in parts if part is not None]
        if known:
            total = add(known)
            if len(known) < len(active):
                total = Total(0, total.amount, None, total.quality)
            wanted[day] = (total, FIRST + 1 <= day <= FIRST + 2)
    assert found == wanted


def whole(amount: int, **kwargs: object) -> ChannelDay:
    return ChannelDay(DAY, amount, **kwargs)  # type: ignore[arg-type]


def simple(channels: list[Chan]) -> dict[tuple[str, int], Total]:
    registry = Registry(
        usage_points=[UsagePointRow(1, "water", 7)], occupancies=[OccupancyRow(5, 7)], main=MAIN
    )
    out = rolled(channels, registry)
    return {
        (out.measures[int(m)][3], int(day) - FIRST): total
        for m, day, total in zip(out.measure, out.block.day, totals_of(out.block), strict=True)
    }


def test_t12_a_missing_part_shows_as_no_coverage_never_as_a_lower_total() -> None:
    found = simple([
        Chan(1, 1, "HP", days={FIRST: whole(60), FIRST + 1: whole(50)}),
        Chan(2, 1, "HC", days={FIRST: whole(40)}),
    ])  # fmt: skip
    assert (found["TOTAL", 0].amount, found["TOTAL", 0].covered) == (100, DAY)
    assert (found["TOTAL", 1].amount, found["TOTAL", 1].covered) == (50, 0)
    assert found["HP", 0].amount == 60
    assert found["HC", 0].amount == 40


def test_t12_a_retired_part_is_no_longer_missed() -> None:
    found = simple([
        Chan(1, 1, "HP", last=FIRST, days={FIRST: ChannelDay(DAY // 2, 30)}),
        Chan(2, 1, "HC", last=FIRST, days={FIRST: ChannelDay(DAY // 2, 20)}),
        Chan(3, 1, "BASE", started=FIRST,
             days={FIRST: ChannelDay(DAY // 2, 40), FIRST + 1: whole(80)}),
    ])  # fmt: skip
    assert (found["TOTAL", 0].amount, found["TOTAL", 0].covered) == (90, DAY)
    assert (found["TOTAL", 1].amount, found["TOTAL", 1].covered) == (80, DAY)
    assert ("BASE", 1) not in found


def test_f05_register_sets_that_each_hold_the_whole_are_not_added_up() -> None:
    """A meter that tells the total, the supplier's parts (two tariffs') and the distributor's."""
    parts = {"HP": 60, "HC": 40, "BASE": 100, "D1": 70, "D2": 30}
    channels = [Chan(n, 1, name, days={FIRST: whole(amount)})
                for n, (name, amount) in enumerate(parts.items(), start=1)]  # fmt: skip
    assert simple(channels)["TOTAL", 0].amount == 100
    assert simple(channels)["HP", 0].amount == 60
    total = Chan(9, 1, "TOTAL", days={FIRST: whole(101)})
    assert simple([*channels, total])["TOTAL", 0].amount == 101
    assert simple([c for c in channels if c.register[0] == "D"])["TOTAL", 0].amount == 100


def test_two_inverters_of_one_source_add_up_and_two_sources_compete() -> None:
    found = simple([
        Chan(1, 1, input="1", days={FIRST: whole(10)}),
        Chan(2, 1, input="2", days={FIRST: whole(5)}),
        Chan(3, 1, source="b", days={FIRST: whole(99)}),
    ])  # fmt: skip
    assert found["TOTAL", 0].amount == 15


def test_a_source_that_knows_nothing_of_the_day_never_hides_one_that_knows_a_part() -> None:
    found = simple([
        Chan(1, 1, source="file", days={FIRST: ChannelDay(0, 0)}),  # it ended on that midnight
        Chan(2, 1, source="live", days={FIRST: ChannelDay(DAY // 3, 5)}),
    ])  # fmt: skip
    assert (found["TOTAL", 0].amount, found["TOTAL", 0].covered) == (5, DAY // 3)


def test_the_operator_s_rank_decides_among_equals() -> None:
    found = simple([
        Chan(1, 1, days={FIRST: whole(10), FIRST + 1: whole(11)}),
        Chan(2, 1, source="b", rank=50,
             days={FIRST: whole(20), FIRST + 1: ChannelDay(DAY // 2, 9)}),
    ])  # fmt: skip
    assert [found["TOTAL", n].amount for n in (0, 1)] == [20, 11]


def test_a_month_counts_only_where_nothing_finer_does() -> None:
    month: dict[str, Any] = {"kind": "interval", "period_class": "month", "source": "m"}
    found = simple([
        Chan(1, 1, rank=1, days={FIRST: whole(7), FIRST + 1: whole(7)}, **month),
        Chan(2, 1, days={FIRST: ChannelDay(DAY * 9 // 10, 4), FIRST + 1: ChannelDay(DAY // 2, 2)}),
    ])  # fmt: skip
    assert [found["TOTAL", n].amount for n in (0, 1)] == [4, 7]


def test_the_next_tenant_never_sees_what_crosses_the_move() -> None:
    slots = [(10, 10, 1800)] * 48
    found = simple([Chan(1, 1, days={FIRST: ChannelDay(DAY, 480, (DAY // 2, 300), slots)})])
    assert found["TOTAL", 0] == Total(DAY // 2, 180, None, {})


def test_the_moving_day_and_the_days_outside_belong_to_nobody() -> None:
    registry = Registry(
        usage_points=[UsagePointRow(1, "water", 7)],
        occupancies=[OccupancyRow(5, 7, last=FIRST), OccupancyRow(6, 7, first=FIRST + 2)],
        main=MAIN,
    )
    channel = Chan(1, 1, days={FIRST + n: whole(n + 1) for n in range(4)})
    out = rolled([channel], registry)
    rows = zip(out.household.tolist(), out.block.day.tolist(), strict=True)
    assert list(rows) == [(5, FIRST), (6, FIRST + 2), (6, FIRST + 3)]


def test_no_channels_give_no_households() -> None:
    assert len(rolled([], Registry())) == 0
