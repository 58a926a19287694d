"""Who lives where in the demo district: an invented Lyon 3e of 600 homes in six quarters.

Everything follows from (seed, number of homes, origin). The origin is the local day on which the
registers' history begins; it is kept with the demo so that later starts continue the same lives.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np

from ingest.simulate.noise import Flags, Ints, stream, uniform

CITY = ("69123", "Lyon (simulé)")
ARRONDISSEMENT = ("69383", "Lyon 3e (simulé)")
LATITUDE, LONGITUDE, ALTITUDE = 45.76, 4.86, 173.0


@dataclass(frozen=True)
class Quarter:
    """A quarter of the arrondissement; column and row are its place on the schematic tile map."""

    code: str
    name: str
    homes_of_600: int
    column: int
    row: int


QUARTERS = (
    Quarter("693830101", "Préfecture - Saxe (simulé)", 140, 0, 0),
    Quarter("693830102", "La Part-Dieu (simulé)", 110, 1, 0),
    Quarter("693830103", "Villette - Gare (simulé)", 80, 2, 0),
    Quarter("693830104", "Moncey - Guichard (simulé)", 30, 0, 1),
    Quarter("693830105", "Sans-Souci - Dauphiné (simulé)", 180, 1, 1),
    Quarter("693830106", "Montchat (simulé)", 60, 2, 1),
)
CLUB = ("club-montchat-solaire", "Les Toits de Montchat (club simulé)")

#: Homes between two counts of homes, of 600.
GAS_OF_600, ROOFS_OF_600, WMBUS_GAS_OF_600, XLSX_OF_600 = 450, 80, 60, 10
#: (home, days after the origin, days vacant): homes whose people changed during the year.
MOVES_OF_600 = ((411, 137, 0), (523, 221, 21), (587, 305, 0))
LEAK_HOME = 41
_LEAK_AFTER_DAYS = 372


@dataclass(frozen=True)
class Move:
    """The former people of `home` left on `left`, the present ones came on `came`."""

    home: int
    left: date
    came: date


@dataclass(frozen=True)
class District:
    """The district's homes, numbered from 0; arrays have one element a home.

    A home's people are an `occupant` number: the home's own number for the present household, and
    `homes + j` for the former household of move j. Models ask by occupant.
    """

    seed: int
    homes: int
    origin: date

    @cached_property
    def numbers(self) -> Ints:
        return np.arange(self.homes, dtype=np.int64)

    @cached_property
    def quarter(self) -> Ints:
        """Place of each home's quarter in QUARTERS; home 0 lives in the largest."""
        shares = np.array([q.homes_of_600 for q in QUARTERS], dtype=np.int64)
        ends = np.rint(np.cumsum(shares) * self.homes / shares.sum()).astype(np.int64)
        # interleaved by a fixed shuffle: neighbours in number are not neighbours in place
        places = np.searchsorted(ends, self.numbers, side="right")
        order = np.argsort(uniform(self.key("quarter"), self.numbers), kind="stable")
        quarter = np.empty(self.homes, dtype=np.int64)
        quarter[order] = places
        return quarter

    def key(self, name: str) -> int:
        """The key of one kind of randomness of this district."""
        return stream(self.seed, name)

    @cached_property
    def _order(self) -> dict[str, Ints]:
        """For each equipment, each home's place in its own shuffle; home 0 is always first."""
        found = {}
        for name in ("gas", "roof", "wmbus-gas", "zlinky"):
            draw = uniform(self.key(name), self.numbers)
            draw[0] = -1.0
            found[name] = np.argsort(np.argsort(draw, kind="stable"), kind="stable")
        return found

    def _share(self, of_600: int) -> int:
        return max(1, round(of_600 * self.homes / 600))

    @cached_property
    def has_gas(self) -> Flags:
        return np.asarray(self._order["gas"] < self._share(GAS_OF_600))

    @cached_property
    def has_roof(self) -> Flags:
        return np.asarray(self._order["roof"] < self._share(ROOFS_OF_600))

    @cached_property
    def has_wmbus_gas(self) -> Flags:
        """Homes whose gas meter is heard live; the others' gas comes by a daily file."""
        place = np.where(self.has_gas, self._order["wmbus-gas"], self.homes)
        rank = np.argsort(np.argsort(place, kind="stable"), kind="stable")
        return np.asarray(self.has_gas & (rank < self._share(WMBUS_GAS_OF_600)))

    @cached_property
    def gas_by_xlsx(self) -> Flags:
        """Gas homes whose people downloaded the portal's spreadsheet instead of its JSON."""
        candidates = self.numbers[self.has_gas & ~self.has_wmbus_gas][: self._share(XLSX_OF_600)]
        return np.isin(self.numbers, candidates)

    @cached_property
    def has_zlinky(self) -> Flags:
        """Homes whose Linky speaks by Zigbee; the others' by Tasmota. Roofs need Tasmota (EAIT)."""
        chosen = self._order["zlinky"] >= self.homes * 6 // 10
        return np.asarray(chosen & ~self.has_roof)

    @cached_property
    def moves(self) -> tuple[Move, ...]:
        return tuple(
            Move(
                home,
                self.origin + timedelta(days=after),
                self.origin + timedelta(days=after + vacant),
            )
            for home, after, vacant in MOVES_OF_600
            if home < self.homes
        )

    @property
    def leak_from(self) -> date:
        """First day of the leak in home LEAK_HOME."""
        return self.origin + timedelta(days=_LEAK_AFTER_DAYS)

    @property
    def club_members(self) -> list[int]:
        """Homes of the club: those of Montchat with a roof, twelve at most."""
        montchat = self.quarter == len(QUARTERS) - 1
        return [int(n) for n in self.numbers[montchat & self.has_roof][:12]]


def household_ref(number: int) -> str:
    """The household of occupant `number`: demo-0001 is the first."""
    return f"demo-{number + 1:04d}"


def prm(home: int) -> str:
    """Electricity usage point: the prefix 9999 is not given to real ones."""
    return f"9999{home + 1:010d}"


def pce(home: int) -> str:
    """Gas usage point."""
    return f"9999{5_000_000 + home + 1:010d}"


def water_ref(home: int) -> str:
    """Water usage point."""
    return f"EAU-DEMO-{home + 1:05d}"


def solar_ref(home: int) -> str:
    """Solar usage point."""
    return f"SOL-DEMO-{home + 1:05d}"


def linky_serial(home: int) -> str:
    """The Linky's own number (ADCO, ADSC), 12 digits, as it tells it in its customer output."""
    return f"9999{31_000_000 + home * 7 + 3:08d}"


def water_meter(home: int) -> str:
    """The water meter's wM-Bus number, 8 digits."""
    return f"{99_100_000 + home * 3 + 1:08d}"


def gas_meter(home: int) -> str:
    """The gas meter's wM-Bus number, 8 digits."""
    return f"{99_600_000 + home * 3 + 2:08d}"


def inverter(home: int) -> str:
    """The inverter's serial number, 12 digits."""
    return f"9994{10_000_000 + home * 11 + 5:08d}"
