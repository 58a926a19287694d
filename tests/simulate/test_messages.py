"""What the devices say, read back by the connectors of those devices."""

import time
from datetime import UTC, date, datetime

import numpy as np
import pytest

from connectors import load
from hub.model import Context, Series
from ingest.simulate import district as d
from ingest.simulate.amounts import Registers, registers
from ingest.simulate.district import District
from ingest.simulate.messages import Devices, Message, ambiguous
from ingest.simulate.slots import SLOT, Slots, midnight

TS = midnight(date(2026, 6, 17), 13) + 417


@pytest.fixture(scope="module")
def devices(small: District) -> Devices:
    return Devices(small)


@pytest.fixture(scope="module")
def known(small: District) -> Registers:
    return registers(small, small.numbers, Slots(TS // SLOT, TS // SLOT + 2))


def decode(connector: str, messages: list[Message], received_at: int = TS) -> dict[str, Series]:
    """The series of messages of one device, by flow and register (power: by quantity)."""
    companions = dict(messages)
    found = {}
    for topic, payload in messages:
        context = Context(received_at=received_at, topic=topic, companions=companions)
        decoded = load(connector).decode(payload, context)
        assert not decoded.rejects
        for series in decoded.series:
            name = series.key.quantity if series.key.kind == "power" else series.key.register
            found[f"{series.key.flow}/{name}"] = series
    return found


@pytest.mark.parametrize("home", range(60))
def test_the_linky_is_read_back(
    devices: Devices, known: Registers, small: District, home: int
) -> None:
    connector = "zigbee2mqtt_zlinky" if small.has_zlinky[home] else "tasmota_teleinfo"
    found = decode(connector, [devices.electricity(known, home, TS)])
    peak, cheap = known.at("peak", home, TS), known.at("off_peak", home, TS)
    drawn = {
        s.key.register: s.value[0]
        for s in found.values()
        if s.key.kind == "register" and s.key.flow == "consumption"
    }
    assert {s.key.device for s in found.values()} == {d.linky_serial(home)}
    assert {s.ts[0] for s in found.values()} == {TS}
    parts = [value for name, value in drawn.items() if name != "TOTAL"]
    assert drawn.get("TOTAL", sum(parts)) == (peak + cheap) * 1000
    assert not parts or sum(parts) == (peak + cheap) * 1000
    if small.has_roof[home]:
        assert found["injection/TOTAL"].value[0] == known.at("injection", home, TS) * 1000


def test_every_kind_of_linky_is_among_the_homes(devices: Devices, known: Registers) -> None:
    texts = [devices.electricity(known, home, TS)[1] for home in range(60)]
    for label in (b"BASE", b"HCHC", b"EAST", b"EAIT", b"current_tier2", b"HP..", b"current_price"):
        assert any(label in text for text in texts), label


def test_water_and_gas_are_read_back(devices: Devices, known: Registers) -> None:
    found = decode("wmbusmeters", [devices.water(known, 0, TS)])
    assert found["consumption/TOTAL"].key.device == d.water_meter(0)
    assert found["consumption/TOTAL"].value[0] == known.at("water", 0, TS) // 1000 * 1000
    found = decode("wmbusmeters", [devices.gas(known, 0, TS)])
    assert found["consumption/TOTAL"].key.commodity == "gas"
    assert found["consumption/TOTAL"].value[0] == known.at("gas", 0, TS) * 1000
    assert found["consumption/TOTAL"].ts[0] == TS


def test_the_inverter_is_read_back(devices: Devices, known: Registers) -> None:
    found = decode("opendtu", devices.solar(known, 0, TS, past=False), TS + 12)
    assert found["production/TOTAL"].value[0] == known.at("solar", 0, TS) * 1000
    assert found["production/TOTAL"].ts[0] == TS
    assert found["production/power"].value[0] > 0


def test_a_past_register_of_the_inverter_keeps_its_time(devices: Devices, known: Registers) -> None:
    found = decode("opendtu", devices.solar(known, 0, TS, past=True), TS + 6 * 3600)
    assert found["production/TOTAL"].ts[0] == TS
    assert "production/power" not in found


def test_the_repeated_hour_is_known_to_be_ambiguous() -> None:
    def at(hour: int, minute: int = 0) -> int:
        return int(datetime(2026, 10, 25, hour, minute, tzinfo=UTC).timestamp())

    assert [ambiguous(at(h)) for h in (23, 0, 1, 2)] == [False, True, True, False]
    assert not ambiguous(int(time.time()))


def test_few_homes_are_silent_at_once_and_the_first_never(district: District) -> None:
    devices = Devices(district)
    start = midnight(date(2026, 11, 16))
    heard = [
        sum(not devices.silent(home, ts) for home in range(600))
        for ts in range(start, start + 86_400, 3 * SLOT)
    ]
    assert min(heard) >= 560
    assert min(heard) < 600
    assert not any(devices.silent(0, ts) for ts in range(start, start + 90 * 86_400, SLOT))


def test_power_is_that_of_the_half_hour(devices: Devices, known: Registers) -> None:
    for home in np.flatnonzero(~devices.district.has_zlinky).tolist():
        found = decode("tasmota_teleinfo", [devices.electricity(known, home, TS)])
        drawn = found["consumption/power"].value[0] / 1000
        mean = 2 * float(
            known.values["peak"][home, 1]
            - known.values["peak"][home, 0]
            + known.values["off_peak"][home, 1]
            - known.values["off_peak"][home, 0]
        )
        assert 0.79 * mean - 1 <= drawn <= 1.21 * mean + 1
