"""Who the occupants are: size of household, dwelling, habits, heating. One element an occupant."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ingest.simulate.district import District
from ingest.simulate.noise import Flags, Floats, Ints, uniform
from ingest.simulate.slots import Slots

WORKERS, FAMILY, HOME, STUDENT = range(4)
#: Shares of household sizes 1 to 5 in a dense arrondissement.
_SIZES = np.cumsum([0.46, 0.28, 0.13, 0.09, 0.04])
ELECTRIC, GAS, DISTRICT_HEAT = range(3)
HEATINGS = ("electric", "gas", "district")
#: Off-peak calendars: none (BASE), 22:00-06:00, 01:30-07:30 with 12:30-14:30.
BASE, NIGHT, MIDDAY = range(3)


@dataclass(frozen=True)
class People:
    """Occupants' properties, arrays of equal length. `ids` key their randomness."""

    ids: Ints
    size: Ints
    surface_m2: Ints
    habit: Ints
    heating: Ints
    off_peak: Ints
    gas: Flags
    tank: Flags  # electric hot water
    standby_w: Floats
    loss_w_per_k: Floats
    setpoint_c: Floats
    zeal: Floats  # how much more or less they use than others, around 1

    def __len__(self) -> int:
        return len(self.ids)


def people(district: District, occupants: Ints) -> People:
    """The people of `occupants` (a home's number, or homes + j for the former ones of move j)."""
    ids = np.asarray(occupants, dtype=np.int64)
    former = np.array([m.home for m in district.moves], dtype=np.int64)
    home = np.concatenate([district.numbers, former])[ids]

    def draw(name: str, by: Ints = ids) -> Floats:
        return uniform(district.key(name), by)

    gas = district.has_gas[home]
    size = 1 + np.searchsorted(_SIZES, draw("size"), side="right").clip(0, 4)
    size = np.where(home == 0, 3, size)
    surface = np.rint(24 + 15 * size + 28 * draw("surface", home)).astype(np.int64)
    heating = np.where(
        gas,
        np.where((draw("heating", home) < 0.72) | (home == 0), GAS, DISTRICT_HEAT),
        np.where(draw("heating", home) < 0.62, ELECTRIC, DISTRICT_HEAT),
    )
    tank = np.where(heating == GAS, False, draw("tank", home) < np.where(gas, 0.35, 0.8))
    off_peak = np.where(draw("off-peak", home) < 0.7, NIGHT, MIDDAY)
    option = (draw("option", home) < np.where(tank | (heating == ELECTRIC), 0.9, 0.35)) | (
        home == 0
    )
    habit = _habits(size, draw("habit"))
    return People(
        ids=ids,
        size=size,
        surface_m2=surface,
        habit=habit,
        heating=heating,
        off_peak=np.where(option, off_peak, BASE),
        gas=gas,
        tank=tank,
        standby_w=35 + 18 * size + 70 * draw("standby") ** 2,
        loss_w_per_k=surface * (0.75 + 0.85 * draw("loss", home)),
        setpoint_c=15.6 + 2.4 * draw("setpoint"),
        zeal=0.62 + 0.76 * draw("zeal"),
    )


def _habits(size: Ints, draw: Floats) -> Ints:
    alone = np.select([draw < 0.4, draw < 0.75], [WORKERS, HOME], STUDENT)
    two = np.where(draw < 0.6, WORKERS, HOME)
    return np.select([size == 1, size == 2], [alone, two], FAMILY).astype(np.int64)


def presence(district: District, who: People, slots: Slots) -> Floats:
    """1 at home, 0.08 away (occupants x slots): weekends and holidays away, more in August."""
    week = (slots.day + 3) // 7
    weeks, place = np.unique(week, return_inverse=True)
    month = (weeks * 7).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12
    chance = np.select([month == 7, month == 6, month == 11], [0.34, 0.16, 0.10], 0.035)
    away = uniform(district.key("away"), who.ids[:, None], weeks[None, :]) < chance
    trip = uniform(district.key("weekend"), who.ids[:, None], weeks[None, :]) < 0.10
    weekend = ((slots.day + 3) % 7 >= 5)[None, :]
    return np.where(away[:, place] | (trip[:, place] & weekend), 0.08, 1.0)
