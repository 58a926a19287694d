"""Senders and the service as tests use them: a real publisher, `hub ingest` as a process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from tests.stack import Stack

ROOT = Path(__file__).parents[2]


def register_pack(device: str, ts: int, watt_hours: float, commodity: str = "electricity") -> bytes:
    """A SenML pack with one register reading."""
    unit = "Wh" if commodity in ("electricity", "solar") else "l"
    flow = "production" if commodity == "solar" else "consumption"
    record = {
        "bn": f"{device}/",
        "n": f"{commodity}/{flow}/TOTAL",
        "u": unit,
        "t": ts,
        "v": watt_hours,
    }
    return json.dumps([record]).encode()


def publish(stack: Stack, messages: Sequence[tuple[str, bytes]], *, retain: bool = False) -> None:
    """Publish with QoS 1 and wait until the broker has them all."""
    publish_to(stack.mqtt_host, stack.mqtt_port, messages, retain=retain)


def publish_to(
    host: str, port: int, messages: Sequence[tuple[str, bytes]], *, retain: bool = False
) -> None:
    """The same, to any broker."""
    done = threading.Event()
    left = len(messages)
    lock = threading.Lock()

    def published(*_: object) -> None:
        nonlocal left
        with lock:
            left -= 1
            if left == 0:
                done.set()

    client = Client(CallbackAPIVersion.VERSION2)
    client.max_inflight_messages_set(1000)
    client.max_queued_messages_set(0)
    client.on_publish = published
    client.connect(host, port)
    client.loop_start()
    try:
        for topic, payload in messages:
            client.publish(topic, payload, qos=1, retain=retain)
        if messages and not done.wait(60):
            raise TimeoutError(f"{left} messages were not taken by the broker")
    finally:
        client.disconnect()
        client.loop_stop()


class Ingest:
    """`hub ingest` as a process of its own; `environment` adds and changes settings."""

    def __init__(
        self, stack: Stack, database_url: str, data: Path, environment: Mapping[str, str]
    ) -> None:
        self._data = data
        self._env = {
            **os.environ,
            "HUB_DATABASE_URL": database_url,
            "HUB_MQTT_URL": f"mqtt://{stack.mqtt_host}:{stack.mqtt_port}",
            **environment,
        }
        self.log = data / "ingest.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; it connects by itself."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "hub.app.cli", "ingest", "--data", str(self._data)],
                cwd=ROOT,
                env=self._env,
                stderr=log,
            )

    def cpu_seconds(self) -> float:
        """Processor time of the running process so far."""
        ticks = self._proc("stat").rsplit(")", 1)[1].split()[11:13]  # user, system
        return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")

    def peak_mib(self) -> float:
        """The most memory it has had."""
        lines = self._proc("status").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024

    def _proc(self, name: str) -> str:
        assert self._process is not None
        return Path(f"/proc/{self._process.pid}/{name}").read_text()

    def kill(self) -> None:
        """As a crash would."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """As a service manager would; its exit code."""
        return self._end(signal.SIGTERM)

    def told(self) -> str:
        """What it logged so far."""
        return self.log.read_text() if self.log.exists() else ""

    def _end(self, number: signal.Signals) -> int:
        if self._process is None:
            return 0
        self._process.send_signal(number)
        code = self._process.wait(10)
        self._process = None
        return code


@contextmanager
def ingest(
    stack: Stack, database_url: str, data: Path, environment: Mapping[str, str] | None = None
) -> Iterator[Ingest]:
    """A running service with a session at the broker."""
    service = Ingest(stack, database_url, data, environment or {})
    service.start()
    try:
        wait_for(lambda: "connected to" in service.told(), "ingest connects")
        time.sleep(0.3)  # its subscriptions
        yield service
    finally:
        service.kill()
        print(service.told())  # shown by pytest when the test failed


def forget_session(stack: Stack) -> None:
    """The client id is fixed: what an earlier test left with the broker must not come here."""
    client = Client(CallbackAPIVersion.VERSION2, "hub-ingest", protocol=MQTTProtocolVersion.MQTTv5)
    client.connect(stack.mqtt_host, stack.mqtt_port, clean_start=True)
    client.loop_start()
    wait_for(client.is_connected, "the test takes the session over")
    client.disconnect()
    client.loop_stop()


def wait_for(condition: Callable[[], bool], what: str, seconds: float = 30) -> None:
    """Wait until something is so; raises AssertionError naming it otherwise."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.05)
