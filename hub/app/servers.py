"""PostgreSQL and Mosquitto of one hub: the embedded ones, or servers elsewhere."""

import os
import time
from collections.abc import Callable
from pathlib import Path

from hub.app.embedded.broker import Broker, mosquitto_version
from hub.app.embedded.place import servers_folder
from hub.app.embedded.postgres import Cluster
from hub.app.embedded.prefix import Prefix, ensure_prefix
from hub.app.embedded.user import service_user
from hub.app.errors import CommandError
from hub.app.language import either
from hub.app.runfile import Address
from hub.app.settings import Settings, address
from hub.store.server import server_versions

_DATABASE = "hub"
#: A server as the log and `hub status` call it.
_NAMES = {"database": "la base de données", "broker": "le courtier MQTT"}


class Servers:
    """Starts, watches and stops the servers that are not given by `HUB_..._URL`."""

    def __init__(self, data: Path, settings: Settings, say: Callable[[str], None]) -> None:
        self.prefix: Prefix | None = None
        self.database: Address | None = None
        self.broker: Address | None = None
        self._data = data
        self._settings = settings
        self._say = say
        self._cluster: Cluster | None = None
        self._mosquitto: Broker | None = None
        self._restart_at = 0.0

    def prepare(self) -> None:
        """Find the programs and the folders; note addresses of servers elsewhere."""
        if url := self._settings.database_url:
            self.database = address("HUB_DATABASE_URL", url)
        if url := self._settings.mqtt_url:
            self.broker = address("HUB_MQTT_URL", url)
        if self.database and self.broker:
            return
        self.prefix = ensure_prefix(self._say)
        user = service_user()
        home = servers_folder(self._data, user)
        log = self._data / "log"
        if not self.database:
            self._cluster = Cluster(self.prefix, home / "pg", user, log / "postgresql.log")
        if not self.broker:
            self._mosquitto = Broker(self.prefix, home / "mosquitto", user, log / "mosquitto.log")

    def start_database(self) -> str:
        """Start the database where it is ours; return its URL."""
        if self._cluster:
            self._cluster.start()
            self._cluster.ensure_database(_DATABASE)
            self.database = address("HUB_DATABASE_URL", self._cluster.url(_DATABASE))
        if self.database is None:
            raise CommandError("no database: prepare() was not called")
        return self.database.url

    def start_broker(self) -> None:
        """Start the broker where it is ours."""
        if self._mosquitto:
            self._mosquitto.start()
            self.broker = address("HUB_MQTT_URL", self._mosquitto.url)

    def stop_broker(self) -> None:
        """Stop our broker: it writes its queues."""
        if self._mosquitto:
            self._mosquitto.stop()

    def stop_database(self) -> None:
        """Stop our database: fast shutdown with a checkpoint."""
        if self._cluster:
            self._cluster.stop()

    def pids(self) -> dict[str, int | None]:
        """Our servers' pids by part name; None for one that is down."""
        ours = {"database": self._cluster, "broker": self._mosquitto}
        return {name: server.pid for name, server in ours.items() if server}

    def tend(self) -> bool:
        """Start again what ended by itself, at most once in two seconds. True if it did."""
        down = [name for name, pid in self.pids().items() if pid is None]
        if not down or time.monotonic() < self._restart_at:
            return False
        self._restart_at = time.monotonic() + 2.0
        for name in down:
            logs = self._data / "log"
            self._say(
                either(
                    f"{_NAMES[name]} : arrêt inattendu, nouveau démarrage (voir {logs})",
                    f"{name} ended by itself; starting it again (see {logs})",
                )
            )
            if name == "database":
                self.start_database()
            else:
                self.start_broker()
        return True

    def versions(self) -> tuple[str, str, str, str | None]:
        """PostgreSQL, TimescaleDB, its edition, and Mosquitto where it is ours."""
        assert self.database is not None
        found = server_versions(self.database.url)
        ours = self.prefix if self._mosquitto else None
        broker = mosquitto_version(ours) if ours else None
        return found.postgresql, found.timescaledb, found.edition, broker


def data_folder(data: Path) -> Path:
    """Make the data folder, walkable for the servers' user, closed to others' eyes."""
    data = data.absolute()
    try:
        if not data.exists():
            data.mkdir(parents=True)
            data.chmod(0o711 if os.geteuid() == 0 else 0o700)
            # People's readings must not get into somebody's repository by `git add .`
            (data / ".gitignore").write_text("*\n")
        (data / "log").mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise CommandError(
            f"cannot make the data folder {data}: {error.strerror}. Choose another with --data.",
            f"impossible de créer le dossier de données {data} : {error.strerror}. "
            "Choisissez-en un autre avec --data.",
        ) from error
    return data
