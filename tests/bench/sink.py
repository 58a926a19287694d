"""The limit of receiving: a paho subscriber that only acknowledges, as a process of its own.

Same protocol and settings as the hub's (MQTT 5, QoS 1, lasting session, manual acknowledgement, a
window of two batches). It acknowledges a thousand at a time: the quickest way that paho offers.

`python -m tests.bench.sink HOST PORT N`: with N = 0 leaves a session behind; else prints how many
seconds passed from the broker's welcome to the N-th message's acknowledgement, and how many seconds
of the processor it took.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from ingest.mqtt import WINDOW
from tests.stack import Stack

_TOGETHER = 1000
_PATIENCE = 120.0


class Sink:
    """Counts and acknowledges until it has seen so many."""

    def __init__(self, messages: int) -> None:
        self.seconds = self.cpu = 0.0
        self.ready, self.done = threading.Event(), threading.Event()
        self._messages, self._seen = messages, 0
        self._since = self._idle = 0.0
        self._held: list[int] = []
        self.client = Client(
            CallbackAPIVersion.VERSION2, "sink", protocol=MQTTProtocolVersion.MQTTv5,
            manual_ack=True,
        )  # fmt: skip
        self.client.on_connect = self._connected
        self.client.on_subscribe = lambda *_: self.ready.set()
        self.client.on_message = self._take

    def connect(self, host: str, port: int) -> None:
        """With the session of last time, or a new one to be kept."""
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = 3600
        properties.ReceiveMaximum = WINDOW
        self.client.connect(host, port, clean_start=not self._messages, properties=properties)

    def _connected(self, client: Client, *_: Any) -> None:
        self._since, self._idle = time.perf_counter(), time.process_time()
        client.subscribe("hub/v1/+/readings", 1)

    def _take(self, client: Client, _: Any, message: MQTTMessage) -> None:
        self._seen += 1
        self._held.append(message.mid)
        if len(self._held) < _TOGETHER and self._seen != self._messages:
            return
        for mid in self._held:
            client.ack(mid, 1)
        self._held.clear()
        if self._seen == self._messages:
            self.seconds = time.perf_counter() - self._since
            self.cpu = time.process_time() - self._idle
            self.done.set()


def sink(stack: Stack, messages: int) -> tuple[float, float]:
    """Run it to its end; the seconds it took, and those of the processor."""
    told = [stack.mqtt_host, str(stack.mqtt_port), str(messages)]
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.sink", *told],
        cwd=Path(__file__).parents[2], check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    seconds, cpu = done.stdout.split()
    return float(seconds), float(cpu)


def main() -> None:
    """One run."""
    host, port, messages = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    it = Sink(messages)
    it.connect(host, port)
    it.client.loop_start()
    if not (it.done if messages else it.ready).wait(_PATIENCE):
        sys.exit("the sink did not get its messages")
    it.client.disconnect()
    it.client.loop_stop()
    print(it.seconds, it.cpu)


if __name__ == "__main__":
    main()
