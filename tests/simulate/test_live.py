"""The demo's present: who speaks when."""

import threading
from collections import Counter
from collections.abc import Iterator
from datetime import date

import numpy as np

from ingest.simulate.amounts import UNITS, registers
from ingest.simulate.district import District
from ingest.simulate.live import LONGEST_PAUSE, Present, Timetable, run
from ingest.simulate.messages import Devices, Message
from ingest.simulate.slots import SLOT, Slots, midnight

NOON = midnight(date(2026, 11, 20), 12)


class Kept:
    """A sender that keeps what it is given."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    def send(self, messages: Iterator[Message]) -> int:
        taken = list(messages)
        self.messages += taken
        return len(taken)


def test_each_device_speaks_once_a_minute(small: District) -> None:
    timetable = Timetable(Devices(small), rate=1)
    present = Present(small)
    said = [m for s in range(60) for m in timetable.messages(present, NOON + 300 + s)]
    topics = Counter(topic for topic, _ in said)
    silent = sum(timetable.devices.silent(h, NOON + 300) for h in range(60))
    roofs, heard_gas = int(small.has_roof.sum()), int(small.has_wmbus_gas.sum())
    expected = 2 * 60 + heard_gas + roofs * 4
    assert expected - 7 * silent <= len(said) <= expected
    assert set(topics.values()) == {1}


def test_every_home_tells_its_registers_of_the_half_hour(small: District) -> None:
    timetable = Timetable(Devices(small), rate=1)
    of_boundary = Counter(
        due.home for s in range(60) for due, ts in timetable.due(NOON + s) if due.what == "all"
    )
    assert of_boundary == Counter(range(60))
    stamps = {ts for s in range(60) for due, ts in timetable.due(NOON + s) if due.what == "all"}
    assert stamps == {NOON}


def test_the_rate_scales_the_messages(small: District) -> None:
    devices = Devices(small)
    slow, usual, fast = (
        sum(1 for s in range(300, 900) for _ in Timetable(devices, rate).due(NOON + s))
        for rate in (0.5, 1, 6)
    )
    assert usual == 2 * slow
    assert fast == 6 * usual


def test_registers_count_on_over_any_gap(small: District) -> None:
    present = Present(small)
    for ts in (NOON, NOON + 60, NOON + 5 * SLOT, NOON + 100 * SLOT, NOON + 3 * SLOT):
        known = present.at(ts)
        slot = ts // SLOT
        afresh = registers(small, small.numbers, Slots(slot, slot + 1))
        for name in UNITS:
            assert np.array_equal(known.at_boundary(name, slot), afresh.at_boundary(name, slot))
            assert np.array_equal(
                known.at_boundary(name, slot + 1), afresh.at_boundary(name, slot + 1)
            )


def run_with(small: District, times: list[float]) -> tuple[Kept, list[int]]:
    """Run the loop on a clock that shows `times`, then stop it."""
    kept, stop = Kept(), threading.Event()
    minutes: list[int] = []
    shown = iter(times)

    def clock() -> float:
        try:
            return next(shown)
        except StopIteration:
            stop.set()
            return times[-1]

    run(Timetable(Devices(small), 1), kept, stop, minutes.append, clock)
    return kept, minutes


def test_seconds_that_were_missed_are_said_late(small: District) -> None:
    # two readings of the clock a round: how long to wait, and what time it is
    times = [NOON + 30.5, NOON + 40.0, NOON + 40.0, NOON + 95.0, NOON + 95.0]
    kept, minutes = run_with(small, times)
    topics = Counter(topic for topic, _ in kept.messages)
    assert topics["wmbusmeters/99100001"] >= 1
    assert minutes == [NOON + 60]


def test_a_long_pause_ends_the_round(small: District) -> None:
    late = NOON + LONGEST_PAUSE + 60.0
    kept, _ = run_with(small, [NOON + 0.0, late, late, late])
    assert not kept.messages
