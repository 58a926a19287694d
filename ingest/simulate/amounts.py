"""What each home's meters count in each half-hour, in whole numbers, and their registers.

Homes whose people changed are spliced by occupant; an empty home only stands by.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ingest.simulate.district import District
from ingest.simulate.models import electricity, gas, solar, water
from ingest.simulate.models.people import People, people
from ingest.simulate.noise import Flags, Ints, uniform
from ingest.simulate.slots import SLOT, Slots, midnight

#: A register's names here, and what its numbers count.
UNITS = {
    "peak": "Wh",
    "off_peak": "Wh",
    "injection": "Wh",
    "solar": "Wh",
    "gas": "dm3",
    "water": "cm3",
}
#: Registers at the origin lie between these: meters that have run for some years.
_BASES = {
    "peak": (2_000_000, 24_000_000),
    "off_peak": (1_000_000, 16_000_000),
    "injection": (100_000, 3_000_000),
    "solar": (500_000, 9_000_000),
    "gas": (300_000, 9_000_000),
    "water": (20_000_000, 800_000_000),
}
#: Slots computed at once: bounds the memory to some tens of megabytes for 600 homes.
_CHUNK = 48 * 14


@dataclass(frozen=True)
class Amounts:
    """Amounts of h homes in n slots: each array h x n, int64, in the unit of UNITS.

    `peak` is all of the drawn electricity of a home without off-peak hours.
    """

    slots: Slots
    peak: Ints
    off_peak: Ints
    injection: Ints
    solar: Ints
    gas: Ints
    water: Ints

    def __getitem__(self, register: str) -> Ints:
        found: Ints = getattr(self, register)
        return found


def amounts(district: District, homes: Ints, slots: Slots) -> Amounts:
    """The amounts of `homes` (numbers) in `slots`."""
    who = people(district, homes)
    used = electricity.load(district, who, slots)
    burnt = gas.burnt(district, who, slots)
    drawn = water.drawn(district, who, slots)
    for place, former, before, empty in _splices(district, homes, slots):
        used[place, before] = electricity.load(district, former, slots)[0, before]
        burnt[place, before] = gas.burnt(district, former, slots)[0, before]
        drawn[place, before] = water.drawn(district, former, slots)[0, before]
        used[place, empty] = 20
        burnt[place, empty] = 0
        drawn[place, empty] = 0
    made = _solar(district, homes, slots)
    drawn_wh = np.maximum(used - made, 0)
    cheap = electricity.off_peak(who, slots)
    return Amounts(
        slots=slots,
        peak=np.where(cheap, 0, drawn_wh),
        off_peak=np.where(cheap, drawn_wh, 0),
        injection=np.maximum(made - used, 0),
        solar=made,
        gas=burnt,
        water=drawn,
    )


def _solar(district: District, homes: Ints, slots: Slots) -> Ints:
    made = np.zeros((len(homes), len(slots)), dtype=np.int64)
    rows = np.flatnonzero(district.has_roof[homes])
    if len(rows):
        light = solar.sky(district.seed, slots)
        made[rows] = solar.produced(solar.roofs(district, homes[rows]), light)
    return made


def _splices(
    district: District, homes: Ints, slots: Slots
) -> list[tuple[int, People, Flags, Flags]]:
    """For each move that these slots see: row, former people, their slots, the empty slots."""
    found = []
    for number, move in enumerate(district.moves):
        left, came = midnight(move.left) // SLOT + 24, midnight(move.came) // SLOT + 24
        rows = np.flatnonzero(homes == move.home)
        if len(rows) and slots.first < came:
            former = people(district, np.array([district.homes + number]))
            empty = (slots.numbers >= left) & (slots.numbers < came)
            found.append((int(rows[0]), former, slots.numbers < left, empty))
    return found


@dataclass
class Registers:
    """Registers of h homes at the slot boundaries first, ..., last (n + 1 of them).

    Each array is h x (n + 1), int64, in the unit of UNITS; it only grows.
    """

    slots: Slots
    values: dict[str, Ints]

    def at_boundary(self, register: str, boundary: int) -> Ints:
        """The register of all homes at the start of slot `boundary`."""
        return np.asarray(self.values[register][:, boundary - self.slots.first])

    def at(self, register: str, home: int, ts: int) -> int:
        """The register of the home in row `home` at `ts`: straight between its boundaries."""
        slot, second = divmod(ts, SLOT)
        place = slot - self.slots.first
        row = self.values[register][home]
        before = int(row[place])
        if second == 0:
            return before
        return before + (int(row[place + 1]) - before) * second // SLOT


def origin_slot(district: District) -> int:
    """The first slot of the district's history, one day before its origin.

    The day before lets meters that are read at 20:00 be read once before the first whole day.
    """
    return midnight(district.origin) // SLOT - 48


def opening(district: District, homes: Ints) -> dict[str, Ints]:
    """Registers of `homes` at the origin."""
    found = {}
    for register, (low, high) in _BASES.items():
        draw = uniform(district.key(f"base-{register}"), homes)
        found[register] = (low + draw * (high - low)).astype(np.int64)
    # a meter without off-peak hours has never counted on that register
    found["off_peak"][people(district, homes).off_peak == 0] = 0
    return found


def registers(
    district: District, homes: Ints, slots: Slots, start: dict[str, Ints] | None = None
) -> Registers:
    """Registers of `homes` at the boundaries of `slots`.

    `start` gives them at slots.first; without it all slots since the origin are counted first.
    """
    if start is None:
        start = opening(district, homes)
        for chunk in Slots(origin_slot(district), slots.first).chunks(_CHUNK):
            counted = amounts(district, homes, chunk)
            for register in UNITS:
                start[register] = start[register] + counted[register].sum(axis=1)
    values = {}
    counted = amounts(district, homes, slots)
    for register in UNITS:
        steps = np.concatenate([start[register][:, None], counted[register]], axis=1)
        values[register] = np.cumsum(steps, axis=1)
    return Registers(slots, values)
