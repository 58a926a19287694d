"""`run.json`: what a running hub tells other commands about itself, and the lock that makes it one.

It holds the database's password and is readable by its owner only.
"""

import fcntl
import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib import metadata
from pathlib import Path

from pydantic import BaseModel, ValidationError

from hub.app.embedded.process import ProcessId
from hub.app.errors import CommandError

_NAME = "run.json"
_LOCK = "up.lock"


class Address(BaseModel):
    """Where a part answers."""

    host: str
    port: int
    url: str


class Part(BaseModel):
    """One process of the hub. `started` and `boot` tell it from a later one with the same pid."""

    pid: int
    started: int
    boot: str
    started_at: datetime
    restarts: int = 0

    @property
    def process(self) -> ProcessId:
        """The process as the system knows it."""
        return ProcessId(self.pid, self.started, self.boot)


class Versions(BaseModel):
    """Versions of what runs; None where it is unknown (a broker elsewhere)."""

    hub: str
    postgresql: str | None = None
    timescaledb: str | None = None
    mosquitto: str | None = None


def hub_version() -> str:
    """Version of this program."""
    return metadata.version("district-energy-hub")


class RunFile(BaseModel):
    """The content of `run.json`. `edition` is TimescaleDB's: apache or community."""

    pid: int
    started_at: datetime
    supervisor: Part
    demo: bool
    ready: bool = False
    prefix: str | None = None
    web: Address | None = None
    database: Address | None = None
    broker: Address | None = None
    edition: str | None = None
    versions: Versions
    expected: list[str] = []
    """The parts that are up when all is well."""
    parts: dict[str, Part] = {}

    @property
    def alive(self) -> bool:
        """Whether the hub that wrote it still runs."""
        return self.supervisor.process.alive

    @classmethod
    def read(cls, data: Path) -> "RunFile | None":
        """Read a data folder's file; None where there is none or it was cut short by a crash."""
        try:
            return cls.model_validate_json((data / _NAME).read_bytes())
        except (FileNotFoundError, NotADirectoryError, ValidationError):
            return None

    def write(self, data: Path) -> None:
        """Replace the file in one step."""
        draft = data / f"{_NAME}.new"
        draft.unlink(missing_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with os.fdopen(os.open(draft, flags, 0o600), "w") as file:
            file.write(self.model_dump_json(indent=1) + "\n")
        draft.replace(data / _NAME)

    @staticmethod
    def remove(data: Path) -> None:
        """Say that nothing runs here any more."""
        (data / _NAME).unlink(missing_ok=True)


@contextmanager
def only_one(data: Path) -> Iterator[None]:
    """Hold the data folder's lock; raise `CommandError` when another hub has it."""
    with (data / _LOCK).open("a+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.seek(0)
            owner = handle.read().strip() or "unknown"
            look = f"hub status --data {shlex.quote(str(data))}"
            raise CommandError(
                f"a hub is already running on {data} (process {owner}). See it with '{look}', "
                f"or stop it with 'kill {owner}'.",
                f"un hub tourne déjà sur {data} (processus {owner}). Voyez-le par '{look}', ou "
                f"arrêtez-le par 'kill {owner}'.",
            ) from None
        handle.truncate(0)
        handle.write(f"{os.getpid()}\n")
        handle.flush()
        yield
