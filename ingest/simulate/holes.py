"""What is missing since the demo last ran, home by home: long holes by files, others by messages.

The last reading is the database's own. A long hole is told by the portals (whole local days up to
yesterday) and the radio gateways' files; today, and a short hole, by each device's register at
every half-hour that passed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from ingest.simulate import district as d
from ingest.simulate import history
from ingest.simulate.amounts import Registers, registers
from ingest.simulate.district import District
from ingest.simulate.history import HistoryFile, Past
from ingest.simulate.messages import Devices, Message
from ingest.simulate.slots import SLOT, Slots, local_date, midnight
from ingest.simulate.window import boundary, last_gas_day

#: A hole of at most this many seconds is filled by messages alone.
SHORT = 12 * 3600
#: Homes whose files are written and loaded between two looks at whether to stop.
_HOMES_A_LOT = 60
LIVE_ELECTRICITY = ("tasmota_teleinfo", "zigbee2mqtt_zlinky")
GAS_PORTALS = ("grdf_portal_json", "grdf_portal_xlsx")

#: (source, usage point) -> seconds since 1970 UTC of the last reading.
Known = Mapping[tuple[str, str], int]


@dataclass(frozen=True)
class Hole:
    """What one home misses: whole days by files, then boundaries by messages.

    `file_from`: first local day that files tell (None: no files). `after`: messages tell the slot
    boundaries after this instant.
    """

    home: int
    file_from: date | None
    after: int


def holes(district: District, known: Known, now: int) -> list[Hole]:
    """Each home's hole at `now`, oldest first. A home that never spoke begins at today's start."""
    today = midnight(local_date(now))
    found = []
    for home in range(district.homes):
        live = [known.get((source, d.prm(home)), 0) for source in LIVE_ELECTRICITY]
        last = max(live)
        if last == 0:
            found.append(Hole(home, None, today - SLOT))
        elif now - last <= SHORT:
            found.append(Hole(home, None, last))
        else:
            found.append(Hole(home, local_date(last), today - SLOT))
    return sorted(found, key=lambda hole: (hole.after, hole.home))


def files(
    district: District, missing: Iterable[Hole], now: int, folder: Path
) -> Iterator[list[HistoryFile]]:
    """Write the files of long holes; yields them for some homes at a time."""
    groups: dict[date, list[int]] = defaultdict(list)
    for hole in missing:
        if hole.file_from is not None:
            groups[hole.file_from].append(hole.home)
    for first, homes in sorted(groups.items()):
        for start in range(0, len(homes), _HOMES_A_LOT):
            of = _past(district, homes[start : start + _HOMES_A_LOT], first, now, folder)
            yield list(_whole_days(of, first, local_date(now)))


def _whole_days(of: Past, first: date, today: date) -> Iterator[HistoryFile]:
    """The days from `first` to yesterday of some homes, by every source that tells them."""
    bounds = list(range(boundary(first), boundary(today) + 1))
    if first < today:
        yield from history.curves(of, first, today - timedelta(days=1))
    yield from history.solar(of, bounds)
    yield from history.water_telegrams(of, bounds)
    yield from history.gas_telegrams(of, bounds)


def gas_files(district: District, known: Known, now: int, folder: Path) -> Iterator[HistoryFile]:
    """Write what GRDF has told since: one file for all homes whose gas meter is not heard."""
    last = last_gas_day(now)
    groups: dict[date, list[int]] = defaultdict(list)
    for home in np.flatnonzero(district.has_gas & ~district.has_wmbus_gas).tolist():
        until = max(known.get((portal, d.pce(home)), 0) for portal in GAS_PORTALS)
        first = max(district.origin, local_date(until, 6)) if until else district.origin
        if first <= last:
            groups[first].append(home)
    for first, homes in sorted(groups.items()):
        of = _past(district, homes, first, now, folder)
        yield from history.grdf(of, first, last, first, sheets=False)


def _past(district: District, homes: list[int], first: date, now: int, folder: Path) -> Past:
    numbers = np.array(homes, dtype=np.int64)
    slots = Slots(boundary(first), max(now // SLOT, boundary(local_date(now))) + 1)
    return Past(district, numbers, registers(district, numbers, slots), folder)


def messages(devices: Devices, missing: Iterable[Hole], now: int) -> Iterator[list[Message]]:
    """What the devices would have said at each boundary that was missed: one list a boundary."""
    pending = list(missing)
    if not pending:
        return
    first = min(hole.after for hole in pending) // SLOT + 1
    last = now // SLOT
    if first > last:
        return
    district = devices.district
    known: Registers = registers(district, district.numbers, Slots(first, last + 2))
    for slot in range(first, last + 1):
        ts = slot * SLOT
        said: list[Message] = []
        for hole in pending:
            if hole.after < ts:
                said += devices.all_of(known, hole.home, ts, past=True)
        yield said
