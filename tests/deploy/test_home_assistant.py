"""Home Assistant households on a server's broker: by the manual's bridge, each with its own."""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import yaml  # type: ignore[import-untyped]

from hub.store.connection import Connection, connect
from ingest.config import defaults, matches
from tests.deploy.broker import (
    DEPLOY,
    HOST,
    ROOT,
    DeployedBroker,
    Gateway,
    deployed_broker,
    household_broker,
)
from tests.ingest.broker import ingest, publish, wait_for
from tests.stack import Stack
from tests.store.district import bring

PASSWORDS = {"ingest": "p1", "ingest-2": "p2", "dupont": "p/3", "martin": "p4", "sensor": "p5"}
MANUAL = (ROOT / "docs" / "resident" / "connect-home-assistant.md").read_text()
REF = "0x00158d0001234567_energy_zigbee2mqtt"
CONFIG = "homeassistant/sensor/0x00158d0001234567/energy/config"


def described(topic: str = "zigbee2mqtt/Pince", unique_id: str = REF) -> bytes:
    """A description of a clamp's energy."""
    return json.dumps({
        "state_topic": topic, "unique_id": unique_id, "device_class": "energy",
        "state_class": "total_increasing", "unit_of_measurement": "kWh",
        "value_template": "{{ value_json.energy }}",
    }).encode()  # fmt: skip


def blocks(first: str) -> list[str]:
    """Fenced texts of the manual that begin so."""
    return [
        text
        for text in re.findall(r"```\w*\n(.*?)```", MANUAL, re.DOTALL)
        if text.startswith(first)
    ]


def bridge(broker: DeployedBroker) -> str:
    """The manual's bridge, both its kinds of topics, to this broker."""
    (settings,) = blocks("connection hub")
    (topics,) = blocks("topic homeassistant/sensor/0x")
    told = {
        "energie.example.fr:8883": f"{HOST}:{broker.port}",
        "/ssl/hub-ca.crt": str(broker.ca),
        "MOT-DE-PASSE": PASSWORDS["dupont"],
    }
    text = settings + topics
    for word, ours in told.items():
        assert word in text
        text = text.replace(word, ours)
    return text


@pytest.fixture(scope="module")
def broker(stack: Stack) -> Iterator[DeployedBroker]:
    with deployed_broker(stack.prefix, PASSWORDS) as running:
        yield running


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


def gateway(broker: DeployedBroker, user: str) -> Gateway:
    return Gateway(broker, user, PASSWORDS[user])


def declare(conn: Connection, *devices: str) -> None:
    """Register devices, each "connector,ref,usage point"."""
    bring(conn, {"d.csv": "connector,ref,usage_point\n" + "".join(f"{d}\n" for d in devices)})


def readings(conn: Connection) -> set[tuple[Any, ...]]:
    return set(
        conn.execute(
            "SELECT u.ref, source, value FROM reading JOIN channel USING (channel_id)"
            " JOIN usage_point u USING (usage_point_id) WHERE u.superseded_at IS NULL"
        ).fetchall()
    )


def refusals(conn: Connection) -> list[tuple[Any, ...]]:
    return conn.execute(
        "SELECT origin, reason, coalesce(device_ref, '') FROM rejected ORDER BY id"
    ).fetchall()


def test_a_household_joins_by_the_bridge_of_the_manual(
    broker: DeployedBroker, stack: Stack, url: str, conn: Connection, tmp_path: Path
) -> None:
    """Its own Mosquitto has retained what was said before the bridge was there."""
    shutil.copy(DEPLOY / "hub.toml", tmp_path)
    declare(
        conn,
        f"homeassistant_discovery,dupont/{REF},PRM1",
        "homeassistant_statestream,dupont/sensor.eau_volume,W1",
    )
    below = "homeassistant/dupont/sensor/eau_volume"
    about = {"unit_of_measurement": "m³", "device_class": "water", "state_class": "total"}
    before = [
        (CONFIG, described()),
        (f"{below}/state", b"123.4"),
        *((f"{below}/{name}", json.dumps(text).encode()) for name, text in about.items()),
        ("homeassistant/dupont/light/salon/state", b"on"),
    ]
    with household_broker(stack.prefix, bridge(broker)) as port:
        own = cast(Stack, SimpleNamespace(mqtt_host="127.0.0.1", mqtt_port=port))
        publish(own, before, retain=True)
        with ingest(stack, url, tmp_path, broker.environment("ingest")) as service:
            live = [
                ("zigbee2mqtt/Pince", b'{"energy":12.5,"power":300}'),
                ("zigbee2mqtt/Lampe", b'{"state":"ON"}'),
                (f"{below}/state", b"123.5"),
            ]

            def both() -> bool:
                publish(own, live)
                time.sleep(1)
                return len(readings(conn)) == 2

            wait_for(both, "both meters, once the bridge is up")
            assert readings(conn) == {
                ("PRM1", "homeassistant_discovery", 12_500_000),
                ("W1", "homeassistant_statestream", 123_500_000),
            }
            assert refusals(conn) == []
            assert service.stop() == 0


def test_nobody_describes_anothers_topics_or_devices(
    broker: DeployedBroker, stack: Stack, url: str, conn: Connection, tmp_path: Path
) -> None:
    """With all topics that a connector reads by default: here the access list alone protects."""
    declare(
        conn,
        f"homeassistant_discovery,dupont/{REF},PRM1",
        "homeassistant_discovery,martin/mine,PRM2",
        "homeassistant_discovery,mine,PRM2",
    )
    victim, state = "hass/dupont/zigbee2mqtt/Pince", b'{"energy":12.5}'
    with (
        ingest(stack, url, tmp_path, broker.environment("ingest")) as service,
        gateway(broker, "dupont") as dupont,
        gateway(broker, "martin") as martin,
        gateway(broker, "sensor") as sensor,
    ):
        assert dupont.publish(f"hass/dupont/{CONFIG}", described(), retain=True)
        # where it would count he may not write
        for topic in (
            CONFIG,
            "homeassistant/sensor/martin/config",
            "homeassistant/sensor/martin/x/config",
            "homeassistant/martin/sensor/x/config",
            "homeassistant/device/martin/config",
            f"hass/dupont/{CONFIG}",
            victim,
        ):
            assert not martin.publish(topic, described(victim, "mine")), topic
        for topic in ("homeassistant/sensor/sensor/x/config", "homeassistant/sensor/sensor/config"):
            assert not sensor.publish(topic, described(victim, "mine")), topic
        # where he may write it does not count
        for n, topic in enumerate(
            (victim, f"../dupont/{victim}", "zigbee2mqtt/Pince", "hass/+/zigbee2mqtt/Pince", "#")
        ):
            config = f"hass/martin/homeassistant/sensor/n{n}/config"
            assert martin.publish(config, described(topic, "mine"), retain=True), topic
        assert dupont.publish(victim, state)
        wait_for(lambda: bool(readings(conn)), "the household's own")
        # another's device, told of among one's own topics
        own = "hass/martin/meter"
        assert martin.publish(f"hass/martin/{CONFIG}", described("meter"))
        assert martin.publish(own, b'{"energy":99}')
        wait_for(
            lambda: (own, "unknown_device", f"martin/{REF}") in refusals(conn), "nobody's device"
        )
        time.sleep(0.5)
        assert readings(conn) == {("PRM1", "homeassistant_discovery", 12_500_000)}
        assert {(origin, reason) for origin, reason, _ in refusals(conn)} == {
            (own, "unknown_device"),
            ("hass/martin/homeassistant/sensor/n3/config", "foreign_topic"),
            ("hass/martin/homeassistant/sensor/n4/config", "foreign_topic"),
        }
        assert dupont.publish(f"hass/dupont/{CONFIG}", b"", retain=True)
        for n in range(5):
            assert martin.publish(f"hass/martin/homeassistant/sensor/n{n}/config", b"", retain=True)
        assert service.stop() == 0


def test_workers_that_share_the_messages_all_know_the_descriptions(
    broker: DeployedBroker, stack: Stack, url: str, conn: Connection, tmp_path: Path
) -> None:
    """Retained before they came, and told while they listen; states go to one of them."""
    declare(
        conn,
        f"homeassistant_discovery,dupont/{REF},PRM1",
        "homeassistant_discovery,dupont/later,PRM2",
        "homeassistant_statestream,dupont/sensor.eau,W1",
    )
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
        (folder / "hub.toml").write_text('[mqtt]\nshare = "hub"\n')
    water = "homeassistant/dupont/sensor/eau"
    about = {"unit_of_measurement": "m³", "device_class": "water", "state_class": "total"}
    start = int(time.time()) - 1000
    with gateway(broker, "dupont") as dupont:
        dupont.publish(f"hass/dupont/{CONFIG}", described(), retain=True)
        with (
            ingest(stack, url, folders[0], broker.environment("ingest")) as one,
            ingest(stack, url, folders[1], broker.environment("ingest-2")) as two,
        ):
            later = "hass/dupont/homeassistant/sensor/later/config"
            dupont.publish(later, described("zigbee2mqtt/Autre", "later"))
            time.sleep(1)
            for n in range(20):
                dupont.publish("hass/dupont/zigbee2mqtt/Pince", b'{"energy":%d}' % (100 + n))
                dupont.publish("hass/dupont/zigbee2mqtt/Autre", b'{"energy":%d}' % (200 + n))
                stamp = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(start + n))
                dupont.publish(f"{water}/state", b"%d" % (300 + n), retain=True)
                dupont.publish(f"{water}/last_updated", stamp.encode(), retain=True)
                for name, text in about.items():
                    dupont.publish(f"{water}/{name}", json.dumps(text).encode(), retain=True)
                time.sleep(0.1)
            last = {
                ("PRM1", "homeassistant_discovery", 119_000_000),
                ("PRM2", "homeassistant_discovery", 219_000_000),
                ("W1", "homeassistant_statestream", 319_000_000),
            }
            wait_for(lambda: last <= readings(conn), "the last of each")
            counted = conn.execute(
                "SELECT extract(epoch FROM ts)::int8, value FROM reading JOIN channel"
                " USING (channel_id) WHERE source = 'homeassistant_statestream' ORDER BY ts"
            ).fetchall()
            # the first came before its attributes; a worker that has heard of no time yet goes by
            # the arrival, once
            stamped = [row for row in counted if row[0] < start + 20]
            assert stamped == [(start + n, (300 + n) * 1_000_000) for n in range(1, 20)]
            assert len(counted) - len(stamped) <= 2
            assert {reason for _, reason, _ in refusals(conn)} <= {"unknown_device"}
            assert one.stop() == two.stop() == 0
        for topic in (f"hass/dupont/{CONFIG}", f"{water}/state", f"{water}/last_updated"):
            dupont.publish(topic, b"", retain=True)


def test_the_yaml_of_the_manual_is_what_is_read() -> None:
    (text,) = blocks("mqtt_statestream:")
    told = yaml.safe_load(text)["mqtt_statestream"]
    assert set(told) == {"base_topic", "publish_attributes", "publish_timestamps", "include"}
    assert told["publish_attributes"] is told["publish_timestamps"] is True
    entities = told["include"]["entities"]
    (first, *_) = blocks("connector,ref,usage_point\nhomeassistant_statestream")
    refs = [line.split(",")[1] for line in first.splitlines()[1:]]
    assert refs == [f"dupont/{entity}" for entity in entities]
    for entity in entities:
        topic = f"{told['base_topic']}/{entity.replace('.', '/')}/state"
        readers = [name for f, name in defaults().items() if matches(f, topic)]
        assert readers == ["homeassistant_statestream"]
