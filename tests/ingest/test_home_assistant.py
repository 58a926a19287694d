"""A Home Assistant household, live: `hub ingest`, the real Mosquitto, the real TimescaleDB."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hub.store.connection import Connection, connect
from hub.store.service_state import read_state
from tests.ingest.broker import forget_session, ingest, publish, wait_for
from tests.stack import Stack
from tests.store.district import bring

IEEE = "0x00158d0001234567"
CONFIG = f"homeassistant/sensor/{IEEE}/energy/config"
ENERGY = {
    "device": {"identifiers": [f"zigbee2mqtt_{IEEE}"], "manufacturer": "Nous", "name": "Pince"},
    "device_class": "energy",
    "state_class": "total_increasing",
    "state_topic": "zigbee2mqtt/Pince",
    "unique_id": f"{IEEE}_energy_zigbee2mqtt",
    "unit_of_measurement": "kWh",
    "value_template": "{{ value_json.energy }}",
}
STATE = "zigbee2mqtt/Pince"
Retain = Callable[[str, Any], None]


@pytest.fixture
def url(stack: Stack) -> Iterator[str]:
    with stack.fresh_database() as address:
        yield address


@pytest.fixture
def conn(url: str) -> Iterator[Connection]:
    with connect(url, application="test") as connection:
        bring(connection)
        connection.autocommit = True
        yield connection


@pytest.fixture
def retain(stack: Stack) -> Iterator[Retain]:
    """Publishes what the broker is to keep; forgotten at the end."""
    kept: set[str] = set()

    def publish_one(topic: str, payload: Any) -> None:
        kept.add(topic)
        raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        publish(stack, [(topic, raw)], retain=True)

    yield publish_one
    publish(stack, [(topic, b"") for topic in kept], retain=True)


@pytest.fixture
def folder(stack: Stack, tmp_path: Path) -> Path:
    """The data folder of a service whose session the broker does not know."""
    forget_session(stack)
    return tmp_path


def declare(conn: Connection, *devices: str, connector: str = "homeassistant_discovery") -> None:
    """Register devices, each "ref,usage point"."""
    rows = "".join(f"{connector},{device}\n" for device in devices)
    bring(conn, {"d.csv": f"connector,ref,usage_point\n{rows}"})


def state(**values: Any) -> list[tuple[str, bytes]]:
    return [(STATE, json.dumps({"linkquality": 60} | values).encode())]


def readings(conn: Connection) -> list[tuple[Any, ...]]:
    """(usage point, source, value) of each, in the order of arrival."""
    return conn.execute(
        "SELECT u.ref, source, value FROM reading JOIN channel USING (channel_id)"
        " JOIN usage_point u USING (usage_point_id) WHERE u.superseded_at IS NULL"
        " ORDER BY ts, value"
    ).fetchall()


def wait_stored(conn: Connection, *values: tuple[Any, ...]) -> None:
    wait_for(lambda: len(readings(conn)) >= len(values), f"stored: {values}")
    assert readings(conn) == list(values)


def number(conn: Connection, query: str) -> Any:
    row = conn.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def of_the_clamp(kwh: float) -> tuple[str, str, int]:
    return "PRM1", "homeassistant_discovery", round(kwh * 1_000_000)


def test_a_description_that_was_there_before(
    stack: Stack, url: str, conn: Connection, folder: Path, retain: Retain
) -> None:
    declare(conn, f"{ENERGY['unique_id']},PRM1")
    retain(CONFIG, ENERGY)
    with ingest(stack, url, folder) as service:
        publish(stack, state(energy=12.5, power=300))
        wait_stored(conn, of_the_clamp(12.5))
        assert number(conn, "SELECT count(*) FROM rejected") == 0
        assert service.stop() == 0


def test_a_description_that_comes_later_and_a_restart_with_the_session(
    stack: Stack, url: str, conn: Connection, folder: Path
) -> None:
    """Not retained: after a kill only what ingest itself wrote down can explain what queued."""
    declare(conn, f"{ENERGY['unique_id']},PRM1")
    with ingest(stack, url, folder) as service:
        publish(stack, state(energy=12.4))  # nobody knows what it means yet
        publish(stack, [(CONFIG, json.dumps(ENERGY).encode()), *state(energy=12.5)])
        wait_stored(conn, of_the_clamp(12.5))
        saved = folder / "spool" / "descriptions.json"
        wait_for(saved.exists, "written down")
        service.kill()
        publish(stack, state(energy=12.6))
        time.sleep(1)
        service.start()
        wait_stored(conn, of_the_clamp(12.5), of_the_clamp(12.6))
        assert "with its session" in service.told()
        assert service.stop() == 0


def test_a_topic_that_only_a_description_tells_of(
    stack: Stack, url: str, conn: Connection, folder: Path, retain: Retain
) -> None:
    """No connector reads it: it is subscribed to, found after a restart, left when it is gone."""
    declare(conn, "compteur_eau,W1", "compteur_gaz,PCE1")
    water = {
        "~": "esp/cave", "stat_t": "~/sensor/eau/state", "uniq_id": "compteur_eau",
        "dev_cla": "water", "stat_cla": "total_increasing", "unit_of_meas": "L",
    }  # fmt: skip
    topic = "esp/cave/sensor/eau/state"
    config = "homeassistant/sensor/cave/eau/config"
    with ingest(stack, url, folder) as service:
        retain(config, water)
        known = folder / "spool" / "subscriptions.json"
        wait_for(lambda: topic in known.read_text(), "subscribed")
        time.sleep(0.3)
        publish(stack, [(topic, b"1500")])
        wait_stored(conn, ("W1", "homeassistant_discovery", 1_500_000))
        service.kill()
        publish(stack, [(topic, b"1501")])
        time.sleep(1)
        service.start()
        first = ("W1", "homeassistant_discovery", 1_500_000)
        wait_stored(conn, first, ("W1", "homeassistant_discovery", 1_501_000))
        retain(config, b"")
        wait_for(lambda: topic not in known.read_text(), "left")
        time.sleep(0.3)
        publish(stack, [(topic, b"1502"), (topic, b"1503")])
        device = {"dev": {"ids": "cave"}, "cmps": {"g": {"p": "sensor"} | water | {
            "stat_t": "esp/cave/gaz", "dev_cla": "gas", "uniq_id": "compteur_gaz"}}}  # fmt: skip
        retain("homeassistant/device/cave/config", device)
        wait_for(lambda: "esp/cave/gaz" in known.read_text(), "subscribed")
        time.sleep(0.3)
        publish(stack, [("esp/cave/gaz", b"2000")])
        wait_for(lambda: len(readings(conn)) == 3, "gas")
        assert {row[0] for row in readings(conn)} == {"W1", "PCE1"}
        assert number(conn, "SELECT count(*) FROM rejected") == 0
        assert service.stop() == 0


def test_of_two_connectors_that_read_a_topic_the_one_with_the_registered_device_counts(
    stack: Stack, url: str, conn: Connection, folder: Path, retain: Retain
) -> None:
    """A ZLinky: by the meter's number, or as Home Assistant knows it, or both."""
    register = ENERGY | {
        "unique_id": f"{IEEE}_EAST_zigbee2mqtt",
        "value_template": "{{ value_json.current_summ_delivered }}",
    }
    meter = {"meter_serial_number": "021528603314"}
    topic = f"homeassistant/sensor/{IEEE}/EAST/config"
    retain(topic, register)
    with ingest(stack, url, folder) as service:
        publish(stack, state(current_summ_delivered=1.5, **meter))
        wait_for(lambda: number(conn, "SELECT count(*) FROM unknown_device") > 0, "nobody's")
        known = conn.execute("SELECT connector, ref FROM unknown_device").fetchall()
        assert known == [("zigbee2mqtt_zlinky", "021528603314")]  # told once
        declare(conn, f"zigbee2mqtt_{IEEE},PRM1")
        time.sleep(0.3)
        publish(stack, state(current_summ_delivered=2.5, **meter))
        wait_stored(conn, of_the_clamp(2.5))
        declare(conn, "021528603314,PRM2", connector="zigbee2mqtt_zlinky")
        time.sleep(1.1)
        publish(stack, state(current_summ_delivered=3.5, **meter))
        wait_for(lambda: len(readings(conn)) == 3, "both")
        assert set(readings(conn)[1:]) == {
            of_the_clamp(3.5), ("PRM2", "zigbee2mqtt_zlinky", 3_500_000)
        }  # fmt: skip
        assert number(conn, "SELECT count(*) FROM rejected") == 1
        assert service.stop() == 0


def test_an_unknown_sensor_is_registered_and_replayed(
    stack: Stack, url: str, conn: Connection, folder: Path, retain: Retain
) -> None:
    from typer.testing import CliRunner

    from hub.app.cli import application

    retain(CONFIG, ENERGY)
    with ingest(stack, url, folder) as service:
        publish(stack, state(energy=12.5))
        wait_for(lambda: number(conn, "SELECT count(*) FROM unknown_device") == 1, "unknown")
        assert number(conn, "SELECT ref FROM unknown_device") == ENERGY["unique_id"]
        assert service.stop() == 0
    declare(conn, f"{ENERGY['unique_id']},PRM1")
    bring(conn, {"c.csv": "household,purpose,valid_from\nh1,area-totals,2024-01-01\n"})
    replay = ["replay", "--data", str(folder), "--json"]
    done = CliRunner().invoke(application(), replay, env={"HUB_DATABASE_URL": url})
    assert json.loads(done.stdout)["payloads"] == {"stored": 1}
    assert readings(conn) == [of_the_clamp(12.5)]


def test_what_is_not_read_is_told_to_a_person(
    stack: Stack, url: str, conn: Connection, folder: Path, retain: Retain
) -> None:
    """A template that calculates, and a description of topics that are another's."""
    retain(CONFIG, ENERGY | {"value_template": "{{ value_json.energy + 1000 }}"})
    retain(CONFIG.replace("energy", "other"), ENERGY | {"state_topic": "hass/dupont/meter"})
    retain(CONFIG.replace("energy", "bad"), b"{")
    with ingest(stack, url, folder) as service:
        publish(stack, state(energy=12.5))

        def notes() -> list[Any]:
            found = read_state(conn, "ingest")
            return list(found[0].get("notes", [])) if found else []

        wait_for(lambda: bool(notes()), "the service told its state")
        (note,) = notes()
        assert (note["source"], note["code"]) == (ENERGY["unique_id"], "ha_template")
        told = read_state(conn, "ingest")
        assert told is not None
        assert told[0]["dropped"] == {"count": 0, "of": ""}
        refused = conn.execute("SELECT reason, detail->>'value' FROM rejected ORDER BY 1")
        assert refused.fetchall() == [("foreign_topic", "hass/dupont/meter"), ("not_json", None)]
        assert service.stop() == 0


#: Object id -> usage point, unit, device class, and what one of the unit is in the store.
METERS = {
    "linky_total": ("PRM1", "kWh", "energy", 1_000_000),
    "gazpar": ("PCE1", "m³", "gas", 1_000_000),
    "compteur_eau": ("W1", "L", "water", 1000),
    "toit_pv_total": ("S1", "MWh", "energy", 1_000_000_000),
}
PLUGS = [f"prise_{n}" for n in range(55)]


def house(base: str, at: int, plus: int, *, times: bool) -> list[tuple[str, bytes]]:
    """What Statestream sends of sixty entities: the state, its times, then each attribute.

    The n-th counter stands at 1000 n + plus.
    """
    sent = []
    units = {name: (unit, kind) for name, (_, unit, kind, _) in METERS.items()}
    counters = units | dict.fromkeys(PLUGS, ("kWh", "energy"))
    for n, (name, (unit, kind)) in enumerate(counters.items(), start=1):
        sent += entity(base, name, f"{1000 * n + plus}", at if times else None, {
            "state_class": "total_increasing", "unit_of_measurement": unit, "device_class": kind,
            "icon": "mdi:flash", "friendly_name": name.title(),
        })  # fmt: skip
    power = {"state_class": "measurement", "unit_of_measurement": "W", "device_class": "power"}
    return sent + entity(base, "puissance", f"{450 + plus}", at if times else None, power)


def entity(
    base: str, name: str, value: str, at: int | None, attributes: dict[str, str]
) -> list[tuple[str, bytes]]:
    below = f"{base}/sensor/{name}"
    sent = [(f"{below}/state", value.encode())]
    if at is not None:
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S.250000+00:00", time.gmtime(at)).encode()
        sent += [(f"{below}/last_updated", stamp), (f"{below}/last_changed", stamp)]
    return sent + [(f"{below}/{k}", json.dumps(v).encode()) for k, v in attributes.items()]


@pytest.mark.parametrize("base", ["homeassistant", "homeassistant/dupont"])
@pytest.mark.parametrize("times", [False, True])
def test_statestream_of_sixty_entities(
    stack: Stack, url: str, conn: Connection, folder: Path, base: str, times: bool
) -> None:
    """Each registered one is stored, with its own unit, and none is mixed up with another."""
    owner = "dupont/" if base.endswith("dupont") else ""
    refs = [f"{owner}sensor.{name},{point}" for name, (point, *_) in METERS.items()]
    declare(conn, *refs, f"{owner}sensor.puissance,PRM1", connector="homeassistant_statestream")
    now = int(time.time())
    retained = house(base, now - 90, 0, times=times)
    assert sum(topic.endswith("/state") for topic, _ in retained) == 60
    publish(stack, retained, retain=True)
    try:
        with ingest(stack, url, folder) as service:
            for step in (1, 2):
                publish(stack, house(base, now - 90 + 30 * step, step, times=times), retain=True)
                wanted = step * len(METERS)
                wait_for(lambda n=wanted: len(readings(conn)) == n, "registers")  # type: ignore[misc]
                wait_for(
                    lambda n=2 * step: number(conn, "SELECT count(*) FROM power") == n,  # type: ignore[misc]
                    "power, drawn and fed in",
                )
                time.sleep(1.1)
            assert service.stop() == 0
    finally:
        publish(stack, [(topic, b"") for topic, _ in retained], retain=True)
    found: dict[str, list[int]] = {}
    for point, _, value in readings(conn):
        found.setdefault(point, []).append(value)
    assert found == {
        point: [(1000 * n + step) * unit for step in (1, 2)]
        for n, (point, _, _, unit) in enumerate(METERS.values(), start=1)
    }
    unknown = conn.execute("SELECT ref FROM unknown_device").fetchall()
    assert {row[0] for row in unknown} == {f"{owner}sensor.{name}" for name in PLUGS}
    if times:
        stamps = conn.execute(
            "SELECT DISTINCT extract(epoch FROM ts)::int8 FROM reading ORDER BY 1"
        )
        assert [row[0] for row in stamps.fetchall()] == [now - 60, now - 30]
    assert "found no room" not in service.told()
