"""What devices said last, within a bound."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest import companions as module
from ingest.companions import LARGEST, Companions
from ingest.config import Route, Routing, defaults

ROUTE = Route("opendtu", "solar/1161", True)
OTHER = Route("opendtu", "solar/9", True)


def test_companions_are_the_other_topics_of_a_device(tmp_path: Path) -> None:
    companions = Companions()
    companions.keep(ROUTE, "solar/1161/name", b"roof")
    companions.keep(ROUTE, "solar/1161/0/power", b"1")
    companions.keep(ROUTE, "solar/1161/0/power", b"2")
    companions.keep(OTHER, "solar/9/name", b"\xff\x00")
    assert companions.of("solar/1161") == {"solar/1161/name": b"roof", "solar/1161/0/power": b"2"}
    companions.save(tmp_path / "companions.json")
    after = Companions()
    after.load(tmp_path / "companions.json")
    assert after.of("solar/1161") == companions.of("solar/1161")
    assert after.of("solar/9") == {"solar/9/name": b"\xff\x00"}


@pytest.mark.parametrize("text", [None, "", "[", "[]", '{"a": 1}', '{"a": {"b": 5}}'])
def test_saved_companions_that_are_not_whole_are_nothing(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "companions.json"
    if text is not None:
        path.write_text(text)
    companions = Companions()
    companions.load(path)
    assert companions.of("solar/1161") == {}


def test_only_what_explains_others_is_kept() -> None:
    routing = Routing({"maison/+/#": "opendtu", **defaults()})
    told = {
        "hub/v1/gw/readings": False,
        "solar/1161/0/power": False,
        "solar/1161/status/reachable": True,
        "tele/linky/SENSOR": True,
        "homeassistant/dupont/sensor/x/unit_of_measurement": True,
        "hass/dupont/zigbee2mqtt/Linky": False,
        "maison/1/0/power": True,  # where the file says which connector reads, it may be any
    }
    for topic, kept in told.items():
        route, companions = routing.route(topic), Companions()
        assert route is not None
        companions.keep(route, topic, b"x")
        assert (topic in companions.of(route.prefix)) is kept, topic


def test_a_house_of_hundreds_of_sensors_has_room() -> None:
    companions, house = Companions(), Route("homeassistant_statestream", "homeassistant/x", True)
    for n in range(3000):
        companions.keep(house, f"homeassistant/x/sensor/{n}/state", b"123.456")
    assert (len(companions.of("homeassistant/x")), companions.dropped) == (3000, 0)


def test_a_device_that_tells_too_much_loses_what_it_said_longest_ago(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "DEVICE_BYTES", 10_000)
    companions = Companions()
    companions.keep(OTHER, "solar/9/name", b"x")
    for n in range(100):
        companions.keep(ROUTE, f"solar/1161/{n}", b"x" * 100)
        companions.keep(ROUTE, "solar/1161/0", b"said all the time")
    kept = list(companions.of("solar/1161"))
    assert 25 < len(kept) < 34
    assert kept[-1] == "solar/1161/0"
    assert kept[:-1] == [f"solar/1161/{n}" for n in range(101 - len(kept), 100)]
    assert companions.dropped >= 100 - len(kept)
    assert companions.dropped_of == "solar/1161"
    assert companions.of("solar/9") == {"solar/9/name": b"x"}
    companions.keep(ROUTE, "solar/1161/large", b"x" * (LARGEST + 1))
    assert "solar/1161/large" not in companions.of("solar/1161")


def test_too_many_devices_lose_the_one_heard_longest_ago(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ALL_BYTES", 10_000)
    companions = Companions()
    for n in range(50):
        companions.keep(Route("opendtu", f"solar/{n}", True), f"solar/{n}/a", b"x" * 100)
        companions.keep(OTHER, "solar/9/b", b"still there")
    assert companions.of("solar/9")
    assert companions.of("solar/49")
    assert not companions.of("solar/1")
    assert 10 < companions.dropped < 30
