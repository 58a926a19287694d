"""Messages read with what was heard before, and by which of two connectors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from hub.model import Decoded, Reject
from hub.store.channels import Directory
from hub.store.connection import Connection, connect
from ingest.config import Routing, defaults
from ingest.reading import Reader, chosen
from ingest.storing import Message, Read
from tests.stack import Stack
from tests.store.district import bring, registers

NOW = 1_795_348_800
CONFIG = "homeassistant/sensor/x/energy/config"
STATE = "zigbee2mqtt/Pince"


@pytest.fixture(scope="module")
def conn(stack: Stack) -> Iterator[Connection]:
    with stack.fresh_database() as url, connect(url, application="test") as connection:
        bring(connection)
        yield connection


@pytest.fixture
def reader() -> Reader:
    return Reader(Routing(defaults()), "Europe/Paris")


def message(topic: str, payload: Any, *, retained: bool = False) -> Message:
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return Message(topic, raw, NOW, NOW, retained)


def config(**more: Any) -> dict[str, Any]:
    return {
        "state_topic": STATE, "unique_id": "x_energy", "device_class": "energy",
        "state_class": "total", "unit_of_measurement": "kWh",
        "value_template": "{{ value_json.energy }}",
    } | more  # fmt: skip


def test_what_nobody_reads_has_no_connector(reader: Reader) -> None:
    read = reader.read(message("nobody/reads/this", b"1"))
    assert read.reject is not None
    assert (read.connector, read.decoded, read.reject.reason) == (None, None, "no_connector")


@pytest.mark.parametrize("retained", [False, True])
def test_a_described_topic_is_read_by_both(reader: Reader, retained: bool) -> None:
    assert reader.read(message(STATE, {"energy": 1})).beside is None
    reader.read(message(CONFIG, config(), retained=retained))
    read = reader.read(message(STATE, {"energy": 12.5}))
    assert (read.connector, read.decoded and read.decoded.ignored) == ("zigbee2mqtt_zlinky", 1)
    assert read.beside is not None
    assert read.beside.connector == "homeassistant_discovery"
    assert read.beside.decoded is not None
    assert list(read.beside.decoded.series[0].value) == [12_500_000]
    kept = reader.read(message(STATE, {"energy": 13}, retained=True))
    assert kept.beside is not None
    assert [one.decoded and one.decoded.ignored for one in (kept, kept.beside)] == [1, 1]
    reader.read(message(CONFIG, b"", retained=retained))  # the device is gone
    assert reader.read(message(STATE, {"energy": 14})).beside is None


def test_a_damaged_description_is_refused_and_the_last_good_one_holds(reader: Reader) -> None:
    reader.read(message(CONFIG, config(), retained=True))
    read = reader.read(message(CONFIG, b"{", retained=True))
    assert read.reject is not None
    assert read.reject.reason == "not_json"
    assert reader.read(message(STATE, {"energy": 12.5})).beside is not None


def test_a_description_of_anothers_topic_is_refused_by_name(reader: Reader) -> None:
    parts = {
        name: {"p": "sensor"} | config(state_topic=topic)
        for name, topic in (("a", "hass/dupont/meter"), ("b", "own/meter"))
    }
    read = reader.read(message("homeassistant/device/d/config", {"cmps": parts}))
    assert read.reject is not None
    assert (read.reject.reason, read.reject.value) == ("foreign_topic", "hass/dupont/meter")
    assert reader.read(message("own/meter", {"energy": 1})).connector == "homeassistant_discovery"


def test_notes_are_kept_of_what_is_not_read(reader: Reader) -> None:
    reader.read(message(CONFIG, config(value_template="{{ value_json.energy + 2 }}")))
    reader.read(message(STATE, {"energy": 12.5}))
    reader.read(message("zigbee2mqtt/linky", {"current_summ_delivered": 100.5}))  # a note of how
    assert [(n["source"], n["code"]) for n in reader.notes.told(NOW)] == [
        ("x_energy", "ha_template")
    ]


def one(connector: str, device: str = "", **more: Any) -> Read:
    """What a connector made of a message: a register of a device, unless told otherwise."""
    series = [registers((NOW, 1), device=device)] if device else []
    decoded = more.get("decoded", Decoded(rows=1, series=series, ignored=0 if series else 1))
    return Read(message(STATE, b""), connector, decoded, more.get("reject"))


NOTHING = one("first")
REFUSED = one("first", decoded=Decoded(rows=1, rejects=[Reject(1, "bad_number")]))
UNREADABLE = one("first", decoded=None, reject=Reject(0, "not_json"))


@pytest.mark.parametrize(
    ("first", "second", "counts"),
    [
        (one("senml", "e1"), one("second", "x"), ["senml"]),
        (one("first", "x"), one("senml", "e1"), ["senml"]),
        (one("senml", "e1"), one("senml", "e2"), ["senml", "senml"]),
        (one("first", "x"), one("second", "x"), ["first"]),
        (NOTHING, one("second", "x"), ["second"]),
        (UNREADABLE, one("second", "x"), ["second"]),
        (REFUSED, one("second", "x"), ["first", "second"]),
        (REFUSED, one("senml", "e1"), ["senml"]),
        (UNREADABLE, one("second"), ["first"]),
        (NOTHING, one("second"), ["first"]),
    ],
)
def test_of_two_readers_the_one_with_a_registered_device_counts(
    conn: Connection, first: Read, second: Read, counts: list[str]
) -> None:
    alone = one("alone", "x")
    reads = [alone, first._replace(beside=second), alone]
    found = chosen(conn, Directory(), reads)
    conn.rollback()
    assert [read.connector for read in found] == ["alone", *counts, "alone"]
    assert all(read.beside is None for read in found)
