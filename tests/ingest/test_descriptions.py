"""What devices tell of themselves: kept by the topic of their values, each household's apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest import descriptions as module
from ingest.config import Routing, defaults
from ingest.descriptions import Descriptions, is_topic
from ingest.memory import Memory, descriptions_of

NAME = "homeassistant_discovery"
OWN = "homeassistant/sensor/x/energy/config"
BELOW = "hass/dupont/homeassistant/sensor/x/energy/config"


@pytest.fixture
def descriptions() -> Descriptions:
    return Descriptions(Routing(defaults()))


def told_of(descriptions: Descriptions, topic: str) -> list[bytes]:
    found = descriptions.of(topic)
    return list(found.companions.values()) if found else []


def test_they_are_found_by_the_topic_of_the_values(descriptions: Descriptions) -> None:
    assert (
        descriptions.keep(NAME, OWN, [("meter/1", b"a"), ("meter/1", b"b"), ("meter/2", b"c")])
        == []
    )
    other = "homeassistant/sensor/y/config"
    descriptions.keep(NAME, other, [("meter/1", b"d")])
    assert told_of(descriptions, "meter/1") == [b"a", b"b", b"d"]
    assert told_of(descriptions, "meter/2") == [b"c"]
    assert descriptions.of("meter/3") is None
    before = descriptions.changes
    descriptions.keep(NAME, other, [("meter/1", b"d")])
    assert descriptions.changes == before
    descriptions.keep(NAME, OWN, [("meter/2", b"e")])  # told anew
    assert (told_of(descriptions, "meter/1"), told_of(descriptions, "meter/2")) == ([b"d"], [b"e"])
    descriptions.keep(NAME, OWN, [])  # the device is gone
    assert descriptions.of("meter/2") is None
    assert descriptions.changes == before + 2


def test_topics_that_nobody_reads_are_to_be_heard() -> None:
    routing = Routing({"not/+": "", **defaults()})
    descriptions = Descriptions(routing)
    topics = ["meter/1", "zigbee2mqtt/Linky", "zigbee2mqtt/a/b/c"]
    descriptions.keep(NAME, OWN, [(topic, b"x") for topic in topics])
    assert descriptions.keep(NAME, "homeassistant/sensor/y/config", [("not/1", b"x")]) == ["not/1"]
    descriptions.keep(NAME, BELOW, [("hass/dupont/meter/1", b"x")])  # by the filter of all of them
    assert descriptions.unread == {"meter/1", "zigbee2mqtt/a/b/c"}


@pytest.mark.parametrize(
    ("description", "foreign"),
    [
        (BELOW, "hass/martin/meter/1"),
        (BELOW, "meter/1"),
        (BELOW, "zigbee2mqtt/Linky"),
        (BELOW, "hub/v1/martin/readings"),
        (BELOW, "hass/dupont"[:-1] + "/meter/1"),
        (BELOW, "hass/dupont2/meter/1"),
        (BELOW, "hass/dupont/+/1"),
        (BELOW, "hass/dupont/#"),
        (OWN, "hass/dupont/meter/1"),
        (OWN, "#"),
        (OWN, "+/status"),
        (OWN, "$SYS/broker/uptime"),
        (OWN, "$share/hub/zigbee2mqtt/+"),
        (OWN, "a\0b"),
        (OWN, "x" * 513),
    ],
)
def test_a_description_tells_of_topics_of_its_own_household_only(
    descriptions: Descriptions, description: str, foreign: str
) -> None:
    own = "hass/dupont/own" if description == BELOW else "own/1"
    assert descriptions.keep(NAME, description, [(foreign, b"x"), (own, b"y")]) == [foreign]
    assert descriptions.of(foreign) is None
    assert told_of(descriptions, own) == [b"y"]


def test_households_may_have_another_tree() -> None:
    routing = Routing({"foyers/+/#": NAME, "maison/#": NAME, **defaults()})
    assert routing.tree("foyers/dupont/zigbee2mqtt/x") == "foyers/dupont/"
    assert routing.tree("maison/zigbee2mqtt/x") == "maison/"
    assert routing.tree("hass/dupont/zigbee2mqtt/x") == "hass/dupont/"
    assert routing.tree("zigbee2mqtt/x") == ""
    descriptions = Descriptions(routing)
    topic = "foyers/dupont/homeassistant/sensor/x/config"
    assert descriptions.keep(NAME, topic, [("foyers/martin/1", b"x")]) == ["foyers/martin/1"]
    assert descriptions.keep(NAME, topic, [("foyers/dupont/1", b"x")]) == []


def test_a_household_that_describes_too_much_takes_no_ones_room(
    descriptions: Descriptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TREE_BYTES", 20_000)
    for n in range(100):
        topic = f"hass/dupont/homeassistant/sensor/{n}/config"
        descriptions.keep(NAME, topic, [(f"hass/dupont/{n}", b"x" * 500)])
    assert descriptions.dropped == 80
    assert descriptions.dropped_of == "hass/dupont/homeassistant/sensor/99/config"
    descriptions.keep(NAME, OWN, [("meter/1", b"x" * 500)])
    assert descriptions.of("meter/1") is not None
    first = "hass/dupont/homeassistant/sensor/0/config"
    descriptions.keep(NAME, first, [])  # makes room again
    descriptions.keep(NAME, f"{first[:-8]}99/config", [("hass/dupont/99", b"x" * 500)])
    assert descriptions.of("hass/dupont/99") is not None


def test_of_one_topic_so_much_is_told(descriptions: Descriptions) -> None:
    descriptions.keep(NAME, OWN, [("meter/1", b"x" * 1000) for _ in range(100)])
    assert len(told_of(descriptions, "meter/1")) == module.TOPIC_BYTES // 1000
    assert descriptions.dropped == 100 - module.TOPIC_BYTES // 1000


def test_they_survive_a_restart_as_far_as_they_still_fit(tmp_path: Path) -> None:
    routing = Routing(defaults())
    memory = Memory(tmp_path, routing)
    memory.save_descriptions()
    assert not list(tmp_path.iterdir())  # nothing to say
    memory.descriptions.keep(NAME, OWN, [("meter/é", '"é"'.encode()), ("other/1", b"{}")])
    memory.save_descriptions()
    again = descriptions_of(tmp_path, routing)
    assert told_of(again, "meter/é") == ['"é"'.encode()]
    assert again.unread == {"meter/é", "other/1"}
    changed = descriptions_of(tmp_path, Routing({"other/+": "", **defaults()}))
    assert changed.unread == {"meter/é"}


@pytest.mark.parametrize("text", [None, "", "[", "[]", '{"a": 1}', '{"a": {"b": [5]}}'])
def test_saved_descriptions_that_are_not_whole_are_nothing(
    descriptions: Descriptions, tmp_path: Path, text: str | None
) -> None:
    path = tmp_path / "descriptions.json"
    if text is not None:
        path.write_text(text)
    descriptions.load(path)
    assert descriptions.unread == set()


@pytest.mark.parametrize("text", ["a", "a/b", "zigbee2mqtt/Compteur d'eau", "a//b", "é"])
def test_a_topic_is_one(text: str) -> None:
    assert is_topic(text)


def test_what_each_worker_of_a_share_hears_by_itself() -> None:
    routing = Routing({"foyers/+/#": NAME, "a/+": "senml", **defaults()})
    alone = set(routing.retained())
    assert {
        "foyers/+/#",
        "homeassistant/sensor/+/+/config",
        "hass/+/+/sensor/+/config",
        "homeassistant/+/sensor/+/state",
    } <= alone
    assert not {"a/+", "hass/+/#", "homeassistant/+/sensor/+/last_updated", "tele/+/SENSOR"} & alone
    nothing = Routing({**defaults(), **{p: "" for p, c in defaults().items() if c == NAME}})
    assert not any(topic.endswith("config") for topic in nothing.retained())
