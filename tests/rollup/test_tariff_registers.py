"""T6: peak and off-peak are what the meter's registers counted; nobody computes tariff windows.

A meter whose off-peak hours begin and end within half-hours, and whose registers are read every
seven minutes, beside one sum by hand of what it drew.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from hub.clock import day_number
from hub.rollup.block import Block, block_of
from hub.rollup.counting import count
from hub.rollup.households import household_rows
from hub.rollup.kernel import roll_up
from hub.rollup.registry import ChannelRow, OccupancyRow, Registry, UsagePointRow, shares
from tests.rollup.bridge import channels_of, events_of, moves_of, readings_of
from tests.rollup.oracle import Channel, Reading, day_start

SPRING, AUTUMN, PLAIN = date(2026, 3, 29), date(2026, 10, 25), date(2026, 7, 14)
DAY = timedelta(days=1)
#: Local minutes of the day at which off-peak begins and ends: none on a half-hour.
OFF_PEAK = ((0, 6 * 60 + 8), (12 * 60 + 38, 14 * 60 + 38), (22 * 60 + 8, 24 * 60))
#: What is drawn, mWh a second, in and out of the off-peak hours.
NIGHT_RATE, DAY_RATE = 700, 300
EVERY = 7 * 60


def windows(day: date) -> list[tuple[int, int]]:
    """The off-peak spans of a local day as the meter's own clock has them (half-open)."""
    return [(local(day, begin), local(day, end)) for begin, end in OFF_PEAK]


def local(day: date, minutes: int) -> int:
    """The instant at which the clock shows that minute of the day."""
    clock = Channel(day_start=minutes * 60) if minutes < 24 * 60 else Channel()
    return day_start(clock, day if minutes < 24 * 60 else day + DAY)


def meter(first: date, days: int) -> dict[str, Channel]:
    """Registers HP and HC, read every seven minutes over these days and a little around them."""
    off_peak = [span for n in range(-1, days + 1) for span in windows(first + n * DAY)]
    begin = day_start(Channel(), first) - 1000
    found = {"HP": Channel(), "HC": Channel()}
    peak = low = 5_000_000
    ts = begin
    while ts < day_start(Channel(), first + days * DAY) + 1000:
        found["HP"].readings.append(Reading(ts, peak))
        found["HC"].readings.append(Reading(ts, low))
        cheap = sum(max(0, min(ts + EVERY, b) - max(ts, a)) for a, b in off_peak)
        peak += (EVERY - cheap) * DAY_RATE
        low += cheap * NIGHT_RATE
        ts += EVERY
    return found


def household(registers: dict[str, Channel], first: date, last: date) -> dict[str, Block]:
    """The household's rows by register, from its channels' readings."""
    told = list(registers.values())
    rows = roll_up(
        readings_of(told), channels_of(told, first, last), events_of(told), moves_of(told)
    )
    calendar = channels_of(told, first, last).calendars[0]
    begin, end = calendar.bounds(rows.day)
    of = [
        ChannelRow(
            n, 1, ("electricity", "consumption", "energy"), name, "register", "linky", "", ""
        )
        for n, name in enumerate(registers, start=1)
    ]
    counted = count(of, rows.channel, block_of(rows, end - begin))
    registry = Registry(
        usage_points=[UsagePointRow(1, "electricity", 7)],
        occupancies=[OccupancyRow(5, 7)],
        main={"electricity": ("consumption", "energy")},
    )
    out = household_rows(counted, list(shares(registry)), {})
    return {
        name: out.block.take(np.flatnonzero(out.measure == n))
        for n, (_, _, _, name) in enumerate(out.measures)
    }


@pytest.mark.parametrize("first", [SPRING, AUTUMN, PLAIN])
def test_t06_off_peak_is_what_the_off_peak_register_counted(first: date) -> None:
    found = household(meter(first, 2), first, first + DAY)
    cheap = {n: sum(b - a for a, b in windows(first + n * DAY)) for n in range(2)}
    whole = {n: length(first + n * DAY) for n in range(2)}
    assert cheap[1] == 10 * 3600
    for n in range(2):
        near = EVERY * NIGHT_RATE  # midnight lies within a reading's seven minutes
        assert amount(found["HC"])[n] == pytest.approx(cheap[n] * NIGHT_RATE, abs=near)
        peak = (whole[n] - cheap[n]) * DAY_RATE
        assert amount(found["HP"])[n] == pytest.approx(peak, abs=near)


@pytest.mark.parametrize("first", [SPRING, AUTUMN, PLAIN])
def test_t06_peak_and_off_peak_add_up_to_the_total(first: date) -> None:
    """Each half-hour of the total, and the switch within one, to the last unit."""
    found = household(meter(first, 2), first, first + DAY)
    parts = [found["HP"], found["HC"]]
    assert found["TOTAL"].day.tolist() == [day_number(first), day_number(first + DAY)]
    assert (found["TOTAL"].covered == found["TOTAL"].length).all()
    assert amount(found["TOTAL"]) == [sum(pair) for pair in zip(*map(amount, parts), strict=True)]
    assert found["TOTAL"].has_slots.all()
    slots = sum(part.slot_amount for part in parts)
    assert (found["TOTAL"].slot_amount == slots).all()
    known = found["TOTAL"].slot_covered[0] > 0
    assert known.sum() == length(first) // 1800
    both = (parts[0].slot_amount > 0) & (parts[1].slot_amount > 0)
    assert both[1].sum() == 4  # 06:08, 12:38, 14:38 and 22:08 each share a half-hour


def amount(block: Block) -> list[int]:
    return [int(n) for n in block.amounts[:, 0] + block.amounts[:, 1]]


def length(day: date) -> int:
    return day_start(Channel(), day + DAY) - day_start(Channel(), day)
