"""The real Mosquitto with the server's own configuration: TLS, passwords, access list."""

from __future__ import annotations

import queue
import shutil
import signal
import ssl
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from hub.app.embedded.prefix import Prefix
from hub.app.embedded.process import Server, free_port
from hub.app.embedded.user import service_user
from tests.ingest.broker import wait_for

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
HOST = "localhost"


class DeployedBroker:
    """Mosquitto as `deploy/mosquitto` has it; only paths and port are this test's own."""

    def __init__(self, prefix: Prefix, folder: Path, passwords: Mapping[str, str]) -> None:
        self.port = free_port()
        self.ca = folder / "certificates" / "ca.crt"
        self.log = folder / "mosquitto.log"
        self._passwords = passwords
        self._user = service_user()
        for name in ("certificates", "config", "data"):
            (folder / name).mkdir()
        make_certificates(folder / "certificates")
        write_passwords(prefix, folder / "config" / "passwords", passwords)
        shutil.copy(DEPLOY / "mosquitto" / "acl", folder / "config")
        text = (DEPLOY / "mosquitto" / "mosquitto.conf").read_text()
        text = text.replace("listener 8883", f"listener {self.port} 127.0.0.1")
        configuration = folder / "config" / "mosquitto.conf"
        configuration.write_text(text.replace(" /mosquitto/", f" {folder}/"))
        for path in (folder, *folder.rglob("*")):
            self._user.own(path)
        self._server = Server("Mosquitto", [prefix.mosquitto, "-c", configuration], self.log)

    def url(self, user: str) -> str:
        """Its address for a user, as HUB_MQTT_URL has it."""
        password = quote(self._passwords[user], safe="")
        return f"mqtts://{user}:{password}@{HOST}:{self.port}"

    def environment(self, user: str) -> dict[str, str]:
        """The settings of a service that connects as this user."""
        return {"HUB_MQTT_URL": self.url(user), "HUB_MQTT_CA": str(self.ca)}

    def start(self) -> None:
        """Start it and wait until it listens."""
        self._server.start(self._user)
        self._server.wait_for_port(self.port, 20)

    def stop(self) -> None:
        """End it."""
        self._server.stop(signal.SIGTERM, patience=20)
        print(self.log.read_text())  # shown by pytest when the test failed


@contextmanager
def deployed_broker(prefix: Prefix, passwords: Mapping[str, str]) -> Iterator[DeployedBroker]:
    """A running broker in a folder that the servers' user can walk into."""
    folder = Path(tempfile.mkdtemp(prefix="hub-deploy-"))
    folder.chmod(0o711)
    broker = DeployedBroker(prefix, folder, passwords)
    try:
        broker.start()
        yield broker
    finally:
        broker.stop()
        shutil.rmtree(folder)


@contextmanager
def household_broker(prefix: Prefix, bridge: str) -> Iterator[int]:
    """A household's own Mosquitto with a bridge; its port on this machine."""
    folder = Path(tempfile.mkdtemp(prefix="hub-household-"))
    folder.chmod(0o711)
    port, user, log = free_port(), service_user(), folder / "mosquitto.log"
    configuration = folder / "mosquitto.conf"
    local = f"listener {port} 127.0.0.1\nallow_anonymous true\nlog_dest stderr\n"
    configuration.write_text(f"{local}\n{bridge}")
    for path in (folder, configuration):
        user.own(path)
    server = Server("Mosquitto", [prefix.mosquitto, "-c", configuration], log)
    server.start(user)
    try:
        server.wait_for_port(port, 20)
        yield port
    finally:
        server.stop(signal.SIGTERM, patience=20)
        print(log.read_text())  # shown by pytest when the test failed
        shutil.rmtree(folder)


class Gateway:
    """An MQTT 5 client with a user name of its own, connected for as long as the block lasts."""

    def __init__(self, broker: DeployedBroker, user: str, password: str) -> None:
        self.received: queue.Queue[str] = queue.Queue()
        self.refusal: ReasonCode | None = None
        self._answers: queue.Queue[tuple[int, bool]] = queue.Queue()
        self._client = Client(
            CallbackAPIVersion.VERSION2, user, protocol=MQTTProtocolVersion.MQTTv5
        )
        context = ssl.create_default_context(cafile=str(broker.ca))
        context.verify_flags |= ssl.VERIFY_X509_STRICT  # the default from Python 3.13 on
        self._client.tls_set_context(context)
        self._client.username_pw_set(user, password)
        self._client.on_connect = self._on_connect
        self._client.on_publish = self._on_publish
        self._client.on_message = self._on_message
        self._client.connect(HOST, broker.port)
        self._client.loop_start()

    def __enter__(self) -> Gateway:
        wait_for(self._client.is_connected, "the gateway connects")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Leave."""
        self._client.disconnect()
        self._client.loop_stop()

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> bool:
        """Publish with QoS 1; whether the broker took it."""
        sent = self._client.publish(topic, payload, qos=1, retain=retain)
        mid, taken = self._answers.get(timeout=20)
        assert mid == sent.mid
        return taken

    def subscribe(self, *topics: str) -> None:
        """Subscribe; an access list filters what is delivered, not what is asked for."""
        self._client.subscribe([(topic, 1) for topic in topics])

    def _on_connect(
        self, _: Client, __: object, ___: object, reason: ReasonCode, ____: object
    ) -> None:
        self.refusal = reason if reason.is_failure else None

    def _on_publish(
        self, _: Client, __: object, mid: int, reason: ReasonCode, ___: Properties
    ) -> None:
        self._answers.put((mid, not reason.is_failure))

    def _on_message(self, _: Client, __: object, message: MQTTMessage) -> None:
        self.received.put(message.topic)


def make_certificates(folder: Path) -> None:
    """An authority of one's own and the broker's certificate, by the commands of the manual."""
    lines = (ROOT / "docs" / "operator" / "server.md").read_text().splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith("openssl req -x509"))
    commands = "\n".join(lines[first : lines.index("```", first)])
    assert "-CAcreateserial" in commands
    commands = commands.replace("energie.example.fr", HOST).replace("rsa:4096", "rsa:2048")
    _run(["bash", "-euc", commands], folder)


def write_passwords(prefix: Prefix, file: Path, passwords: Mapping[str, str]) -> None:
    """A password file, made by Mosquitto's own program."""
    file.touch()
    for user, password in passwords.items():
        _run([str(prefix.client_bin / "mosquitto_passwd"), "-b", str(file), user, password])


def _run(command: list[str], folder: Path | None = None) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}: {done.stderr}"
