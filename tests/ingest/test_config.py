"""`hub.toml`: topics to connectors."""

from __future__ import annotations

from pathlib import Path

import pytest

import connectors
from hub.model import HubError
from ingest.config import Route, defaults, find, matches, read
from ingest.mqtt import Broker


@pytest.mark.parametrize(
    ("pattern", "topic", "expected"),
    [
        ("tele/+/SENSOR", "tele/linky/SENSOR", True),
        ("tele/+/SENSOR", "tele/a/b/SENSOR", False),
        ("tele/#", "tele/a/b", True),
        ("tele/#", "tele", True),
        ("#", "$SYS/broker", False),
        ("+/x", "$SYS/x", False),
        ("a/+", "a", False),
        ("a", "a/b", False),
        ("a/+", "a/", True),
    ],
)
def test_filters_match_as_in_mqtt(pattern: str, topic: str, expected: bool) -> None:
    assert matches(pattern, topic) is expected


def test_every_connector_with_topics_is_routed() -> None:
    settings = read(None)
    routed = set(settings.routing.filters.values())
    assert routed == {n for n in connectors.names() if connectors.load(n).TOPICS}
    assert {"senml", "tasmota_teleinfo", "wmbusmeters"} <= routed
    route = settings.routing.route("hub/v1/gw1/readings")
    assert route == Route("senml", "hub/v1/gw1")
    assert settings.routing.route("nobody/reads/this") is None


def test_the_file_comes_before_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "hub.toml"
    path.write_text(
        '[topics]\n"home/+/linky" = "tasmota_teleinfo"\n"zigbee2mqtt/+" = ""\n'
        '[mqtt]\nclient_id = "other"\nshare = "hub"\n'
    )
    settings = read(find([tmp_path / "no", tmp_path]))
    assert (settings.client_id, settings.share, settings.source) == ("other", "hub", path)
    assert settings.routing.route("home/1/linky") == Route("tasmota_teleinfo", "home/1", True)
    assert settings.routing.route("zigbee2mqtt/linky") is None
    assert "zigbee2mqtt/+" not in settings.routing.subscriptions
    assert set(defaults()) - {"zigbee2mqtt/+"} < set(settings.routing.subscriptions)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[topics", "cannot be read"),
        ("[topic]\n", "unknown topic"),
        ("topics = 1\n", "are sections"),
        ('[topics]\n"a" = "nope"\n', "names 'nope'"),
        ('[topics]\n"a" = 1\n', "names 1"),
        ('[topics]\n"a+" = "senml"\n', "not an MQTT topic filter"),
        ('[topics]\n"#/a" = "senml"\n', "not an MQTT topic filter"),
        ("[mqtt]\nclient = 'x'\n", "has client"),
        ("[mqtt]\nclient_id = 1\n", "no text"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "hub.toml"
    path.write_text(text)
    with pytest.raises(HubError, match=message) as error:
        read(path)
    assert str(path) in str(error.value)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("mqtt://127.0.0.1:1884", Broker("127.0.0.1", 1884)),
        ("mqtt://h", Broker("h", 1883)),
        ("mqtts://u:p%40@h", Broker("h", 8883, True, "u", "p@")),
    ],
)
def test_broker_addresses(url: str, expected: Broker) -> None:
    assert Broker.of(url) == expected


@pytest.mark.parametrize("url", ["http://h", "mqtt://", "mqtt://h:x", "h:1883"])
def test_what_is_no_broker_is_told(url: str) -> None:
    with pytest.raises(HubError, match="not a broker's address"):
        Broker.of(url)


def test_a_password_is_not_repeated() -> None:
    with pytest.raises(HubError) as error:
        Broker.of("mqtts://ingest:s3cret/1@h")
    assert "s3cret" not in str(error.value)
    assert "%2F" in str(error.value)


def test_an_authority_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    empty = tmp_path / "ca.crt"
    empty.touch()
    for file in (empty, tmp_path / "none.crt"):
        with pytest.raises(HubError, match=f"HUB_MQTT_CA: {file}"):
            Broker.of("mqtts://h", file).tls_context()
