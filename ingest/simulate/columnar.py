"""Readings of a whole city's households as columns, for load tests: no files, no messages.

The same lives as the demo's, from the same models, in the store's own integer units.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import numpy as np
import numpy.typing as npt

from ingest.simulate.amounts import Registers, opening, registers
from ingest.simulate.district import District
from ingest.simulate.noise import Ints
from ingest.simulate.slots import SLOT, Slots
from ingest.simulate.window import boundary, days

Commodity = Literal["electricity", "gas", "water"]
COMMODITIES: tuple[Commodity, ...] = ("electricity", "gas", "water")
#: Store's integer units in one of the models': Wh in mWh, dm3 in cm3, cm3.
_SCALE = {"electricity": 1000, "gas": 1000, "water": 1}
#: Local hour at which a commodity's day begins.
_HOUR = {"electricity": 0, "gas": 6, "water": 0}


@dataclass(frozen=True)
class Columns:
    """Register readings of one commodity, columns of equal length n, sorted by (home, ts).

    home: number of the home, int32; ts: seconds since 1970 UTC, int64; value: mWh or cm3, int64.
    """

    commodity: Commodity
    home: npt.NDArray[np.int32]
    ts: Ints
    value: Ints

    def __len__(self) -> int:
        return len(self.ts)


@dataclass(frozen=True)
class Load:
    """What to make: registers that count the local days `first` to `last`, both included.

    The first `half_hourly` homes tell electricity at every half-hour, the others once a day, as
    gas and water are told by all.
    """

    district: District
    first: date
    last: date
    half_hourly: int = 5000

    def count(self) -> int:
        """How many readings `readings` will make in all."""
        daily = len(_days(self, "water", half_hourly=False))
        fine = len(_days(self, "electricity", half_hourly=True))
        some = min(self.half_hourly, self.district.homes)
        gas = int(self.district.has_gas.sum())
        return some * fine + (self.district.homes - some + self.district.homes + gas) * daily

    def readings(self, batch: int = 500) -> Iterator[Columns]:
        """All readings, for `batch` homes at a time."""
        for start in range(0, self.district.homes, batch):
            homes = self.district.numbers[start : start + batch]
            known = _registers(self, homes)
            for commodity in COMMODITIES:
                yield from _columns(self, homes, known, commodity)


def _days(load: Load, commodity: Commodity, *, half_hourly: bool) -> list[int]:
    """The slot boundaries at which a home is read."""
    bounds = [
        boundary(day, _HOUR[commodity]) for day in days(load.first, load.last + timedelta(days=1))
    ]
    return list(range(bounds[0], bounds[-1] + 1)) if half_hourly else bounds


def _registers(load: Load, homes: Ints) -> Registers:
    # registers open on the first day, not at the district's origin: nothing before it is counted
    after = load.last + timedelta(days=1)
    slots = Slots(boundary(load.first), boundary(after, _HOUR["gas"]))
    return registers(load.district, homes, slots, opening(load.district, homes))


def _columns(load: Load, homes: Ints, known: Registers, commodity: Commodity) -> Iterator[Columns]:
    if commodity == "electricity":
        values = known.values["peak"] + known.values["off_peak"]
        groups = [(homes < load.half_hourly, True), (homes >= load.half_hourly, False)]
    else:
        values = known.values[commodity]
        tells = load.district.has_gas[homes] if commodity == "gas" else homes >= 0
        groups = [(tells, False)]
    for chosen, half_hourly in groups:
        rows = np.flatnonzero(chosen)
        if len(rows) == 0:
            continue
        bounds = np.array(_days(load, commodity, half_hourly=half_hourly), dtype=np.int64)
        told = values[np.ix_(rows, bounds - known.slots.first)] * _SCALE[commodity]
        yield Columns(
            commodity,
            np.repeat(homes[rows].astype(np.int32), len(bounds)),
            np.tile(bounds * SLOT, len(rows)),
            np.ascontiguousarray(told).ravel(),
        )
