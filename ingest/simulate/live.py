"""The demo's present: each device speaks about once a minute and right after each half-hour."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from ingest.simulate.amounts import Registers, registers
from ingest.simulate.district import District
from ingest.simulate.messages import Devices, Message
from ingest.simulate.noise import uniform
from ingest.simulate.slots import SLOT, Slots

log = logging.getLogger(__name__)
#: Seconds after a half-hour in which every device tells its register of that boundary.
_SPREAD = 15
#: A pause longer than this (the machine slept) is filled like one between two runs.
LONGEST_PAUSE = 300
_AHEAD = 4


class Sender(Protocol):
    """What messages are handed to."""

    def send(self, messages: Iterator[Message]) -> int: ...


class Present:
    """The registers of all homes around now, counted on as time goes by."""

    def __init__(self, district: District) -> None:
        self._district = district
        self._registers: Registers | None = None

    def at(self, ts: int) -> Registers:
        """Registers whose boundaries enclose `ts`."""
        slot = ts // SLOT
        known = self._registers
        if known is None or not known.slots.first <= slot < known.slots.last:
            start = None
            if known is not None and slot >= known.slots.last:
                # count on from the last known boundary, over all that lies between
                between = Slots(known.slots.last, slot + _AHEAD)
                start = {name: known.at_boundary(name, between.first) for name in known.values}
                known = registers(self._district, self._district.numbers, between, start)
            else:
                ahead = Slots(slot, slot + _AHEAD)
                known = registers(self._district, self._district.numbers, ahead)
            self._registers = known
        return known


@dataclass(frozen=True)
class Due:
    """One thing that one home says at its second of the cycle."""

    home: int
    what: str


class Timetable:
    """Which home says what at which second, for a cycle of `period` seconds."""

    def __init__(self, devices: Devices, rate: float) -> None:
        """`rate`: messages of each device a minute (1 is the demo's usual pace)."""
        self.devices = devices
        self.period = max(1, round(60 / rate))
        self._cycle: list[list[Due]] = [[] for _ in range(self.period)]
        district = devices.district
        speakers = {
            "electricity": range(district.homes),
            "water": range(district.homes),
            "gas": [h for h in range(district.homes) if district.has_wmbus_gas[h]],
            "solar": [h for h in range(district.homes) if district.has_roof[h]],
        }
        for what, homes in speakers.items():
            draw = uniform(district.key(f"phase-{what}"), district.numbers)
            for home in homes:
                self._cycle[int(draw[home] * self.period)].append(Due(home, what))

    def due(self, second: int) -> Iterator[tuple[Due, int]]:
        """What is said at `second` (since 1970 UTC), and of which instant."""
        for each in self._cycle[second % self.period]:
            yield each, second
        after = second % SLOT
        if after < _SPREAD:
            boundary = second - after
            for home in range(after, self.devices.district.homes, _SPREAD):
                yield Due(home, "all"), boundary

    def messages(self, present: Present, second: int) -> Iterator[Message]:
        """The messages of one second. Silent homes say nothing."""
        devices = self.devices
        for each, ts in self.due(second):
            if devices.silent(each.home, ts):
                continue
            known = present.at(ts)
            if each.what == "electricity":
                yield devices.electricity(known, each.home, ts)
            elif each.what == "water":
                yield devices.water(known, each.home, ts)
            elif each.what == "gas":
                yield devices.gas(known, each.home, ts)
            elif each.what == "solar":
                yield from devices.solar(known, each.home, ts, past=False)
            else:
                yield from devices.all_of(known, each.home, ts)


def run(
    timetable: Timetable,
    sender: Sender,
    stop: threading.Event,
    each_minute: Callable[[int], None],
    clock: Callable[[], float] = time.time,
) -> None:
    """Send until `stop`; returns early after a pause of more than LONGEST_PAUSE seconds.

    `each_minute` is called with the time about once a minute.
    """
    present = Present(timetable.devices.district)
    done = int(clock())
    present.at(done)
    while not stop.wait(max(0.0, done + 1 - clock())):
        now = int(clock())
        if now - done > LONGEST_PAUSE:
            log.info("a pause of %d s: filling it", now - done)
            return
        for second in range(done + 1, now + 1):
            sender.send(timetable.messages(present, second))
            if second % 60 == 0:
                each_minute(second)
        done = max(done, now)
