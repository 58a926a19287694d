"""The demo's gateways against a real broker."""

import socket
import threading
import time

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from hub.model import HubError
from ingest.simulate import publisher
from ingest.simulate.publisher import Publisher
from tests.stack import Stack


def listen(stack: Stack, topic: str, heard: list[tuple[str, bytes]]) -> mqtt.Client:
    """A client that keeps what is published on `topic`; ready when this returns."""
    ready = threading.Event()
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.on_subscribe = lambda *_: ready.set()
    client.on_message = lambda _c, _u, message: heard.append(
        (message.topic, bytes(message.payload))
    )
    client.connect(stack.mqtt_host, stack.mqtt_port)
    client.loop_start()
    client.subscribe(topic, qos=1)
    assert ready.wait(5)
    return client


def test_messages_reach_the_broker_in_order(stack: Stack) -> None:
    heard: list[tuple[str, bytes]] = []
    listener = listen(stack, "demo/test/#", heard)
    sender = Publisher(f"mqtt://{stack.mqtt_host}:{stack.mqtt_port}")
    stop = threading.Event()
    sender.start(stop)
    wanted = [(f"demo/test/{n % 7}", str(n).encode()) for n in range(3000)]
    assert sender.send(iter(wanted)) == 3000
    sender.flush(stop)
    deadline = time.monotonic() + 10
    while len(heard) < 3000 and time.monotonic() < deadline:
        time.sleep(0.02)
    sender.close()
    listener.disconnect()
    listener.loop_stop()
    assert heard == wanted
    assert sender.dropped == 0


def test_what_is_beyond_the_bound_is_dropped_and_counted(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher, "_WAITING", 10)
    sender = Publisher(f"mqtt://{stack.mqtt_host}:{stack.mqtt_port}")  # never connected
    assert sender.send((f"demo/lost/{n}", b"") for n in range(25)) < 25
    assert sender.dropped >= 25 - 11


@pytest.mark.parametrize("url", ["127.0.0.1:1883", "http://127.0.0.1", "mqtt://"])
def test_a_bad_address_is_told(url: str) -> None:
    with pytest.raises(HubError, match="broker's address"):
        Publisher(url)


def test_a_missing_broker_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publisher, "_CONNECT_SECONDS", 0.3)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        sender = Publisher(f"mqtt://127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(HubError, match="no broker answers"):
            sender.start(threading.Event())
        sender.close()
