"""The demo's past as files in the formats of portals and gateways, for some homes at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import compress
from pathlib import Path

import numpy as np

from ingest.simulate import district as d
from ingest.simulate.amounts import Registers, origin_slot, registers
from ingest.simulate.district import District
from ingest.simulate.noise import Flags, Ints
from ingest.simulate.slots import SLOT, Slots, local_date
from ingest.simulate.window import (
    Window,
    boundary,
    days,
    last_gas_day,
    local_iso,
    local_plain,
    utc_boundary,
)
from ingest.simulate.writers import enedis_csv, grdf_json, grdf_xlsx, senml, veolia_csv, wmbus

#: One water meter in eight is read at 20:00, the others at midnight, as portals show it.
_EVENING_EVERY, _EVENING_HOUR = 8, 20
#: Wh that counters send for "no value"; among so many meters one stands there at a midnight.
_NO_VALUE = 2**24 - 1


@dataclass(frozen=True)
class HistoryFile:
    """A file to load: `usage_point` is named where the format cannot tell it."""

    path: Path
    connector: str
    usage_point: str | None = None


@dataclass(frozen=True)
class Past:
    """Registers of `homes` (numbers, h) since the origin, and where their files go."""

    district: District
    homes: Ints
    registers: Registers
    folder: Path

    def at(self, register: str, row: int, boundaries: list[int]) -> Ints:
        """The register of the home in `row` at slot boundaries."""
        places = np.asarray(boundaries, dtype=np.int64) - self.registers.slots.first
        return np.asarray(self.registers.values[register][row, places])

    def write(self, name: str, content: bytes) -> Path:
        """Write one file under the folder; its path."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def rows(self) -> Iterator[tuple[int, int]]:
        """Each home's row and number."""
        return enumerate(int(home) for home in self.homes)

    @property
    def tag(self) -> str:
        """Names a file that holds all these homes."""
        return f"{self.homes[0] + 1:05d}-{self.homes[-1] + 1:05d}"


def past(district: District, homes: Ints, until: int, folder: Path) -> Past:
    """Registers of `homes` from the origin to the boundary `until`."""
    slots = Slots(origin_slot(district), until)
    return Past(district, homes, registers(district, homes, slots), folder)


def first_fill(of: Past, window: Window) -> Iterator[HistoryFile]:
    """Write every file of a first fill; yields them, coarse before fine."""
    coarse = window.fine_from - timedelta(days=1)
    yesterday = window.today - timedelta(days=1)
    yield from indexes(of, window.origin, coarse)
    yield from veolia(of, window.origin, coarse)
    yield from grdf(of, window.origin, last_gas_day(window.now), window.fine_from)
    daily = [boundary(day) for day in days(window.origin, window.fine_from)]
    fine = range(boundary(window.fine_from), boundary(window.today) + 1)
    yield from solar(of, sorted({*daily, *fine}))
    yield from curves(of, window.fine_from, yesterday)
    telegrams = list(range(boundary(window.fine_from), window.last_boundary + 1))
    yield from water_telegrams(of, telegrams)
    heard = range(boundary(window.fine_from, 6), window.last_boundary + 1)
    yield from gas_telegrams(of, list(heard))


def _is_believed(*registers: Ints) -> Flags:
    """Where none of the registers of equal length stands at `_NO_VALUE`."""
    return np.asarray((np.stack(registers) != _NO_VALUE).all(axis=0))


def indexes(of: Past, first: date, last: date) -> Iterator[HistoryFile]:
    """Enedis: daily registers, from the one that opens `first` to the one that closes `last`.

    A night on which a register stands where counters stop is left out: no reader may believe it.
    """
    bounds = [boundary(day) for day in days(first, last + timedelta(days=1))]
    stamps = [local_iso(slot) for slot in bounds]
    for row, home in of.rows():
        prm = d.prm(home)
        peak, cheap = of.at("peak", row, bounds), of.at("off_peak", row, bounds)
        two = bool(cheap[-1])
        said = _is_believed(peak, cheap, peak + cheap)
        at, parts = list(compress(stamps, said)), (peak[said], cheap[said] if two else None)
        content = enedis_csv.drawn_index(prm, (first, last), at, *parts)
        path = of.write(f"electricity/{prm}-index-{first}.csv", content)
        yield HistoryFile(path, "enedis_portal_csv")
        if of.district.has_roof[home]:
            fed = of.at("injection", row, bounds)
            said = _is_believed(fed)
            at = list(compress(stamps, said))
            content = enedis_csv.injected_index(prm, (first, last), at, fed[said])
            path = of.write(f"electricity/{prm}-production-index-{first}.csv", content)
            yield HistoryFile(path, "enedis_portal_csv")


def curves(of: Past, first: date, last: date) -> Iterator[HistoryFile]:
    """Enedis: load curves of the days `first` to `last`."""
    bounds = list(range(boundary(first), boundary(last + timedelta(days=1)) + 1))
    ends = [local_iso(slot) for slot in bounds[1:]]
    for row, home in of.rows():
        prm = d.prm(home)
        drawn = np.diff(of.at("peak", row, bounds) + of.at("off_peak", row, bounds))
        content = enedis_csv.curve(prm, (first, last), ends, drawn * 2, "Consommation")
        path = of.write(f"electricity/{prm}-courbe-{first}.csv", content)
        yield HistoryFile(path, "enedis_portal_csv")
        if of.district.has_roof[home]:
            fed = np.diff(of.at("injection", row, bounds))
            content = enedis_csv.curve(prm, (first, last), ends, fed * 2, "Production")
            path = of.write(f"electricity/{prm}-production-courbe-{first}.csv", content)
            yield HistoryFile(path, "enedis_portal_csv")


def veolia(of: Past, first: date, last: date) -> Iterator[HistoryFile]:
    """Veolia: one register a day that together cover the days `first` to `last`."""
    for row, home in of.rows():
        hour = _EVENING_HOUR if home % _EVENING_EVERY == 7 else 0
        before = timedelta(days=2 if hour else 1)
        bounds = [boundary(day, hour) for day in days(first - before, last + timedelta(days=1))]
        # the row of the first register needs one before it: what the portal shows as that day's use
        litres = of.at("water", row, bounds[1:]) // 1000
        litres = np.concatenate([litres[:1], litres])
        content = veolia_csv.daily([local_plain(slot) for slot in bounds[1:]], litres)
        path = of.write(f"water/{d.water_ref(home)}-jours-{first}.csv", content)
        yield HistoryFile(path, "veolia_csv", d.water_ref(home))


def grdf(
    of: Past, first: date, last: date, heard_from: date, *, sheets: bool = True
) -> Iterator[HistoryFile]:
    """GRDF: gas days `first` to `last`; homes heard live end with the day before `heard_from`.

    With `sheets` some homes' days come as the portal's spreadsheet.
    """
    together = {}
    for row, home in of.rows():
        if not of.district.has_gas[home]:
            continue
        heard = of.district.has_wmbus_gas[home]
        gas_days = days(first, min(last, heard_from - timedelta(days=1)) if heard else last)
        if not gas_days:
            continue
        bounds = [boundary(day, 6) for day in [*gas_days, gas_days[-1] + timedelta(days=1)]]
        index = (of.at("gas", row, bounds) // 1000).tolist()
        pce = d.pce(home)
        if sheets and of.district.gas_by_xlsx[home]:
            exported = last + timedelta(days=1)
            content = grdf_xlsx.daily(pce, exported, gas_days, index)
            path = of.write(f"gas/{pce}-jours-{first}.xlsx", content)
            yield HistoryFile(path, "grdf_portal_xlsx", pce)
        else:
            together[pce] = (gas_days, index)
    if together:
        path = of.write(f"gas/releves-{of.tag}-{first}.json", grdf_json.informative(together))
        yield HistoryFile(path, "grdf_portal_json")


def solar(of: Past, bounds: list[int]) -> Iterator[HistoryFile]:
    """SenML: the inverters' registers at slot boundaries."""
    times = [slot * SLOT for slot in bounds]
    name = "solar/production/TOTAL"
    parts = [
        senml.register(d.inverter(home), name, "Wh", of.at("solar", row, bounds).tolist(), times)
        for row, home in of.rows()
        if of.district.has_roof[home]
    ]
    if parts:
        since = local_date(times[0])
        path = of.write(f"solar/onduleurs-{of.tag}-{since}.senml.json", senml.pack(parts))
        yield HistoryFile(path, "senml")


def water_telegrams(of: Past, bounds: list[int]) -> Iterator[HistoryFile]:
    """wmbusmeters: the water meters' telegrams at slot boundaries."""
    stamps = [utc_boundary(slot) for slot in bounds]
    parts = [
        wmbus.water_lines(
            d.water_meter(home),
            d.water_ref(home),
            (of.at("water", row, bounds) // 1000).tolist(),
            stamps,
        )
        for row, home in of.rows()
    ]
    if bounds:
        since = local_date(bounds[0] * SLOT)
        path = of.write(f"water/telegrammes-{of.tag}-{since}.jsonl", "".join(parts).encode())
        yield HistoryFile(path, "wmbusmeters")


def gas_telegrams(of: Past, bounds: list[int]) -> Iterator[HistoryFile]:
    """wmbusmeters: the telegrams of the gas meters that are heard, at slot boundaries."""
    stamps = [utc_boundary(slot) for slot in bounds]
    parts = [
        wmbus.gas_lines(
            d.gas_meter(home), f"gaz-{home + 1:04d}", of.at("gas", row, bounds).tolist(), stamps
        )
        for row, home in of.rows()
        if of.district.has_wmbus_gas[home]
    ]
    if parts and bounds:
        since = local_date(bounds[0] * SLOT)
        path = of.write(f"gas/telegrammes-{of.tag}-{since}.jsonl", "".join(parts).encode())
        yield HistoryFile(path, "wmbusmeters")
