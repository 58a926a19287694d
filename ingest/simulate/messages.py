"""What each home's devices say at an instant, as MQTT messages of real devices."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from ingest.simulate import district as d
from ingest.simulate.amounts import Registers
from ingest.simulate.district import District
from ingest.simulate.models.electricity import off_peak
from ingest.simulate.models.people import BASE, people
from ingest.simulate.noise import uniform
from ingest.simulate.slots import SLOT, ZONE, Slots
from ingest.simulate.window import utc_stamp
from ingest.simulate.writers import opendtu, tasmota, wmbus, zlinky
from ingest.simulate.writers.linky import Linky, Moment

Message = tuple[str, bytes]
#: One home in so many is out of reach for some hours on a day; the first homes never.
_SILENT_SHARE, _SILENT_HOURS, _ALWAYS_HEARD = 0.05, 4, 10


class Devices:
    """The devices of a district's homes. Rows of the registers are the homes' numbers."""

    def __init__(self, district: District) -> None:
        self.district = district
        self._people = people(district, district.numbers)
        self._cheap: tuple[int, list[bool]] = (-1, [])
        # a producer's Linky is in standard mode: only that tells what is injected
        mode = uniform(district.key("tic-mode"), district.numbers) < 0.5
        self._linkys = [
            Linky(
                d.linky_serial(home),
                two=bool(self._people.off_peak[home] != BASE),
                standard=bool(mode[home] or district.has_roof[home]),
                produces=bool(district.has_roof[home]),
            )
            for home in range(district.homes)
        ]

    def silent(self, home: int, ts: int) -> bool:
        """Whether this home's gateway is out of reach at `ts`."""
        if home < _ALWAYS_HEARD:
            return False
        day, second = divmod(ts, 86_400)
        key = self.district.key("silent")
        chance, start = (float(uniform(key, home, day, n)[0]) for n in (0, 1))
        begins = start * (24 - _SILENT_HOURS) * 3600
        return chance < _SILENT_SHARE and begins <= second < begins + _SILENT_HOURS * 3600

    def electricity(self, registers: Registers, home: int, ts: int) -> Message:
        """The Linky by Tasmota or Zigbee."""
        say = zlinky.message if self.district.has_zlinky[home] else tasmota.message
        return say(self._linkys[home], self._moment(registers, home, ts))

    def _moment(self, registers: Registers, home: int, ts: int) -> Moment:
        drawn = _per_hour(registers, "peak", home, ts) + _per_hour(registers, "off_peak", home, ts)
        flicker = self._flicker(home, ts)
        return Moment(
            ts=ts,
            peak=registers.at("peak", home, ts),
            off_peak=registers.at("off_peak", home, ts),
            injected=registers.at("injection", home, ts),
            cheap=self._is_cheap(home, ts),
            drawn_w=round(drawn * flicker),
            injected_w=round(_per_hour(registers, "injection", home, ts) * flicker),
        )

    def _is_cheap(self, home: int, ts: int) -> bool:
        slot = ts // SLOT
        if self._cheap[0] != slot:
            flags = off_peak(self._people, Slots(slot, slot + 1))[:, 0]
            self._cheap = (slot, flags.tolist())
        return self._cheap[1][home]

    def _flicker(self, home: int, ts: int) -> float:
        return 0.8 + 0.4 * float(uniform(self.district.key("flicker"), home, ts // 10)[0])

    def water(self, registers: Registers, home: int, ts: int) -> Message:
        """The water meter by radio."""
        meter = d.water_meter(home)
        litres = registers.at("water", home, ts) // 1000
        flow = round(_per_hour(registers, "water", home, ts) / 1e6, 3)
        line = wmbus.water(meter, d.water_ref(home), litres, utc_stamp(ts), flow)
        return f"wmbusmeters/{meter}", line.encode()

    def gas(self, registers: Registers, home: int, ts: int) -> Message:
        """The gas meter by radio."""
        meter = d.gas_meter(home)
        litres = registers.at("gas", home, ts)
        flow = round(_per_hour(registers, "gas", home, ts) / 1e3, 3)
        line = wmbus.gas(meter, f"gaz-{home + 1:04d}", litres, utc_stamp(ts), flow)
        return f"wmbusmeters/{meter}", line.encode()

    def solar(self, registers: Registers, home: int, ts: int, *, past: bool) -> list[Message]:
        """The inverter; `past`: of a moment that is over, told by one that is out of reach."""
        watts = _per_hour(registers, "solar", home, ts) * self._flicker(home, ts)
        total = registers.at("solar", home, ts)
        return opendtu.messages(d.inverter(home), ts, total, None if past else watts)

    def all_of(
        self, registers: Registers, home: int, ts: int, *, past: bool = False
    ) -> Iterator[Message]:
        """Everything this home's devices say of `ts`."""
        if not (past and ambiguous(ts)):
            yield self.electricity(registers, home, ts)
        yield self.water(registers, home, ts)
        if self.district.has_wmbus_gas[home]:
            yield self.gas(registers, home, ts)
        if self.district.has_roof[home]:
            yield from self.solar(registers, home, ts, past=past)


def ambiguous(ts: int) -> bool:
    """Whether the wall clock at `ts` is seen twice: Tasmota cannot tell later which one it was."""
    local = datetime.fromtimestamp(ts, ZoneInfo(ZONE))
    other = local.replace(fold=1 - local.fold, tzinfo=ZoneInfo(ZONE)).astimezone(UTC)
    return other != local.astimezone(UTC)


def _per_hour(registers: Registers, register: str, home: int, ts: int) -> float:
    """What the register counts an hour in the slot of `ts` (of Wh: the mean power in W)."""
    place = ts // SLOT - registers.slots.first
    row = registers.values[register][home]
    return float(row[place + 1] - row[place]) * 3600 / SLOT
