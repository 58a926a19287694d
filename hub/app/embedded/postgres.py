"""One PostgreSQL cluster with TimescaleDB, in a folder, on the loopback address.

It listens on TCP only: no socket path that may grow too long, one way in, always with the
password.
"""

import os
import secrets
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg

from hub.app.embedded.errors import StackError
from hub.app.embedded.prefix import Prefix
from hub.app.embedded.process import HOST, ProcessId, Server, free_port
from hub.app.embedded.user import ServiceUser
from hub.store.server import ensure_database

SUPERUSER = "hub"
_START = 60.0  # seconds until it listens
_RECOVERY = 600.0  # seconds; after a crash it replays at most max_wal_size
_STARTING = ("starting up", "not yet accepting connections")
_MEMORY_CAP = 2 << 30


@dataclass(frozen=True)
class ClusterOptions:
    """What tests may choose differently from a hub that keeps people's data.

    `durable=False` turns fsync off; `shared_buffers` is in bytes.
    """

    durable: bool = True
    shared_buffers: int | None = None


class Cluster:
    """A PostgreSQL cluster: `folder/data` belongs to the service user, secrets to ours."""

    def __init__(
        self,
        prefix: Prefix,
        folder: Path,
        user: ServiceUser,
        log: Path,
        options: ClusterOptions | None = None,
    ) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.port = 0
        self._prefix = prefix
        self._user = user
        self._options = options or ClusterOptions()
        self._server = Server(
            "PostgreSQL", [prefix.postgres_bin / "postgres", "-D", self.data], log
        )

    @property
    def pid(self) -> int | None:
        """The postmaster's pid while it runs."""
        return self._server.pid

    def url(self, database: str = "hub") -> str:
        """Connection URL of a database, password included."""
        password = (self.folder / "password").read_text().strip()
        return f"postgresql://{SUPERUSER}:{password}@{HOST}:{self.port}/{database}"

    def start(self) -> None:
        """Create the cluster if it is new, clear what a crash left, and start the server."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if not (self.data / "hub.conf").exists():
            self._create()
        self._end_leftover()
        # A server started again keeps its port: its clients know no other. One that was killed
        # may need a moment to let go of it.
        self.port = free_port(self._former_port(), patience=10.0 if self.port else 0.0)
        (self.data / "hub.conf").write_text(configuration(self.port, self._options))
        (self.folder / "port").write_text(f"{self.port}\n")
        self._server.start(self._user, {"LC_ALL": "C", "PGTZ": "UTC"})
        self._server.wait_for_port(self.port, _START)
        self._wait_until_ready()

    def stop(self) -> None:
        """Fast shutdown: sessions are ended, a checkpoint is written."""
        self._server.stop(signal.SIGINT, patience=60)

    def kill(self) -> None:
        """End it as a crash would; the postmaster's children follow by themselves."""
        self._server.stop(signal.SIGKILL, patience=10)

    def ensure_database(self, name: str) -> bool:
        """Create a database if it is not there; True if it was created."""
        return ensure_database(self.url("postgres"), name)

    def _create(self) -> None:
        if self.data.exists() and any(self.data.iterdir()):
            raise StackError(
                f"{self.data} holds a database that was not finished or is not the hub's. "
                "Move it away and start again.",
                f"{self.data} contient une base inachevée ou qui n'est pas celle du hub. "
                "Déplacez-la, puis recommencez.",
            )
        self.data.mkdir(exist_ok=True)
        self.data.chmod(0o700)
        self._user.own(self.data)
        password = self.folder / "password"
        _write_secret(password, secrets.token_urlsafe(24))
        self._user.own(password)
        # The built-in locale does not change with the system's C library, so indexes stay valid.
        locale = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin")
        done = subprocess.run(
            [
                self._prefix.postgres_bin / "initdb",
                f"--pgdata={self.data}",
                f"--username={SUPERUSER}",
                f"--pwfile={password}",
                "--auth=scram-sha-256",
                "--data-checksums",
                *locale,
                "--builtin-locale=C.UTF-8",
                "--no-instructions",
                *([] if self._options.durable else ["--no-sync"]),
            ],
            check=False,
            capture_output=True,
            text=True,
            cwd="/",
            env={**os.environ, "LC_ALL": "C"},
            **self._user.credentials,
        )
        if done.returncode != 0:
            told = done.stderr.strip()[-800:]
            raise StackError(
                f"initdb failed in {self.data}:\n  {told}",
                f"initdb a échoué dans {self.data} :\n  {told}",
            )
        with (self.data / "postgresql.conf").open("a") as main:
            main.write("\ninclude 'hub.conf'\n")
        (self.data / "hub.conf").touch()
        self._user.own(self.data / "hub.conf")

    def _end_leftover(self) -> None:
        """Stop a server that outlived its hub; remove the pid file of one that crashed."""
        pid_file = self.data / "postmaster.pid"
        if not pid_file.exists():
            return
        pid = int(pid_file.read_text().split("\n", 1)[0])
        process = ProcessId.of(pid)
        if process is not None and serves(pid, self.data):
            process.stop(signal.SIGINT, patience=60)
        # Another program may have that pid now; PostgreSQL would then refuse to start.
        pid_file.unlink(missing_ok=True)

    def _former_port(self) -> int | None:
        try:
            return int((self.folder / "port").read_text())
        except (FileNotFoundError, ValueError):
            return None

    def _wait_until_ready(self) -> None:
        end = time.monotonic() + _RECOVERY
        while True:
            try:
                connection = psycopg.connect(self.url("postgres"), connect_timeout=5)
            except psycopg.OperationalError as error:
                # while it replays its log after a crash; anything else will not pass by itself
                passing = any(text in str(error) for text in _STARTING)
                if self.pid is None or not passing or time.monotonic() > end:
                    raise self._server.failure(
                        f"refuses connections: {error}", f"refuse les connexions : {error}"
                    ) from None
                time.sleep(0.05)
            else:
                connection.close()
                return


def serves(pid: int, data: Path) -> bool:
    """Whether process `pid` is a postmaster on the data folder `data`."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return command[0].endswith(b"postgres") and os.fsencode(data) in command


def configuration(port: int, options: ClusterOptions) -> str:
    """The settings file, sized from this machine's memory."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    shared = options.shared_buffers or min(max(memory // 8, 128 << 20), _MEMORY_CAP)
    settings = {
        "listen_addresses": HOST,
        "port": port,
        "unix_socket_directories": "",
        "max_connections": 60,
        "shared_preload_libraries": "timescaledb",
        "timescaledb.telemetry_level": "off",
        # Its jobs need the Community edition, and its schedulers hold every database open.
        "timescaledb.max_background_workers": 0,
        "shared_buffers": _kilobytes(shared),
        "effective_cache_size": _kilobytes(memory // 2),
        "work_mem": "32MB",
        "maintenance_work_mem": _kilobytes(min(memory // 32, 512 << 20)),
        "max_wal_size": "4GB",
        "checkpoint_timeout": "15min",
        "wal_compression": "lz4",
        "random_page_cost": 1.1,
        "jit": "off",  # compiling costs more than our short queries
        "synchronous_commit": "on",  # a committed reading is acknowledged to its sender
        "log_timezone": "UTC",
        "log_line_prefix": "%m [%p] %d ",
        "log_min_duration_statement": "5s",
        # Repeated readings are tried as new ones first: expected, and their keys are people's.
        "log_error_verbosity": "terse",
        "log_min_error_statement": "fatal",
    }
    if not options.durable:
        settings |= {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
    lines = (f"{name} = '{value}'" for name, value in settings.items())
    return "# Written at each start of the hub.\n" + "\n".join(lines) + "\n"


def _kilobytes(size: int) -> str:
    return f"{size // 1024}kB"


def _write_secret(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text + "\n")
