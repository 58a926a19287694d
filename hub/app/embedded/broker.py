"""Mosquitto on the loopback address, with its queues on disk."""

import re
import signal
import subprocess
from pathlib import Path

from hub.app.embedded.errors import StackError
from hub.app.embedded.prefix import Prefix
from hub.app.embedded.process import HOST, Server, free_port
from hub.app.embedded.user import ServiceUser

_START = 20.0

_CONFIGURATION = """\
# Written at each start of the hub. Mosquitto 2.0.

# Only programs on this machine connect here, so names and passwords would protect nothing.
# A broker for gateways elsewhere needs TLS and passwords: see docs/operator.
listener {port} {host}
allow_anonymous true

# By default the broker writes its queues every 30 minutes and loses acknowledged messages when it
# is killed. It writes all of them each time: every so many changes, it does nothing else once a
# queue is long. Every 5 seconds costs little and risks what queued in that time (decision 0004).
persistence true
persistence_location {folder}/
autosave_on_changes false
autosave_interval 5

# A batch of the hub's ingest (5 000) is acknowledged after its commit, and the next one arrives
# meanwhile: so many messages may be under way.
max_inflight_messages 10000
# While the database is down the queue grows here. Past this limit messages are dropped silently,
# so it holds a whole district for hours, and the bytes are bounded for the machine's sake.
max_queued_messages 1000000
max_queued_bytes {queued_bytes}
# Longest payload taken at all, in bytes. Above it an MQTT 3.1.1 sender is told "accepted" and an
# MQTT 5 sender repeats the message for ever, so the useful limit is ingest's own: it is lower, and
# puts a refused payload among the rejected ones with its reason.
message_size_limit 8388608
# A session nobody comes back to is forgotten with its queue.
persistent_client_expiration 14d

# Nagle's algorithm would hold small acknowledgements back.
set_tcp_nodelay true
log_dest stderr
log_type error
log_type warning
log_type notice
connection_messages false
log_timestamp_format %Y-%m-%dT%H:%M:%S
"""


class Broker:
    """A Mosquitto with its files in `folder`."""

    def __init__(self, prefix: Prefix, folder: Path, user: ServiceUser, log: Path) -> None:
        self.folder = folder
        self.port = 0
        self._user = user
        self._prefix = prefix
        self._server = Server("Mosquitto", [prefix.mosquitto, "-c", folder / "mosquitto.conf"], log)

    @property
    def pid(self) -> int | None:
        """The broker's pid while it runs."""
        return self._server.pid

    @property
    def url(self) -> str:
        """Address for clients."""
        return f"mqtt://{HOST}:{self.port}"

    def start(self) -> None:
        """Write the configuration and start; the port of the last start is kept if it is free."""
        version = mosquitto_version(self._prefix)
        if not version.startswith("2.0."):
            raise StackError(
                f"Mosquitto {version} is not 2.0: its settings differ.",
                f"Mosquitto {version} n'est pas en version 2.0 : ses réglages diffèrent.",
            )
        self.folder.mkdir(parents=True, exist_ok=True)
        self._user.own(self.folder)
        self.folder.chmod(0o700)
        port_file = self.folder / "port"
        former = int(port_file.read_text()) if port_file.exists() else None
        self.port = free_port(former, patience=10.0 if self.port else 0.0)
        port_file.write_text(f"{self.port}\n")
        text = _CONFIGURATION.format(
            host=HOST, port=self.port, folder=self.folder, queued_bytes=1 << 30
        )
        configuration = self.folder / "mosquitto.conf"
        configuration.write_text(text)
        self._user.own(configuration)
        self._server.start(self._user)
        self._server.wait_for_port(self.port, _START)

    def stop(self) -> None:
        """Ask it to write its queues and end."""
        self._server.stop(signal.SIGTERM, patience=20)

    def kill(self) -> None:
        """End it as a crash would."""
        self._server.stop(signal.SIGKILL, patience=5)


def mosquitto_version(prefix: Prefix) -> str:
    """The version the program names itself, such as 2.0.21."""
    told = subprocess.run(
        [prefix.mosquitto, "-h"], check=False, capture_output=True, text=True
    ).stdout
    match = re.search(r"mosquitto version (\S+)", told)
    if not match:
        raise StackError(
            f"{prefix.mosquitto} does not run: {told[:200]}",
            f"{prefix.mosquitto} ne démarre pas : {told[:200]}",
        )
    return match[1]
