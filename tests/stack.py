"""A throwaway TimescaleDB and Mosquitto for tests, and by hand: `python -m tests.stack`.

Databases are copies of one migrated template, so a fresh one takes a fraction of a second.
"""

import itertools
import os
import shutil
import signal
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from hub.app.embedded.broker import Broker
from hub.app.embedded.postgres import Cluster, ClusterOptions
from hub.app.embedded.prefix import Prefix, ensure_prefix
from hub.app.embedded.process import HOST
from hub.app.embedded.user import service_user
from hub.store.migrate import migrate

_TEMPLATE = "hub_template"
#: Where files are memory, which makes a database in a quarter of the time, and how much of it must
#: be free.
_MEMORY, _PLENTY = Path("/dev/shm"), 4 << 30


def _folder(durable: bool) -> Path:
    """A new folder for a stack, named after this process; in memory where it is thrown away."""
    throwaway = not durable and _MEMORY.is_dir()
    if throwaway:
        for left in _MEMORY.glob("hub-stack-*"):  # of a run that was killed
            if not Path(f"/proc/{left.name.split('-')[2]}").exists():
                shutil.rmtree(left, ignore_errors=True)
    throwaway = throwaway and shutil.disk_usage(_MEMORY).free >= _PLENTY
    prefix = f"hub-stack-{os.getpid()}-"
    return Path(tempfile.mkdtemp(prefix=prefix, dir=_MEMORY if throwaway else None))


class Stack:
    """One PostgreSQL and one Mosquitto in a temporary folder.

    `durable=True` keeps fsync on and gives the server a hub's memory, for benchmarks.
    `database_url` is a migrated database for hand use; tests take their own from
    `fresh_database`.
    """

    def __init__(self, durable: bool = False, prefix: Prefix | None = None) -> None:
        self.prefix = prefix or ensure_prefix()
        # not pytest's tmp_path: the servers' user must be able to walk into it
        self.folder = _folder(durable)
        self.folder.chmod(0o711)
        user = service_user()
        options = ClusterOptions(durable, shared_buffers=None if durable else 256 << 20)
        self.cluster = Cluster(
            self.prefix, self.folder / "pg", user, self.folder / "postgres.log", options
        )
        self.broker = Broker(
            self.prefix, self.folder / "mosquitto", user, self.folder / "mosquitto.log"
        )
        self._numbers = itertools.count(1)

    @property
    def database_url(self) -> str:
        """A migrated database that lives as long as the stack."""
        return self.cluster.url("hub")

    @property
    def mqtt_host(self) -> str:
        """The broker's host."""
        return HOST

    @property
    def mqtt_port(self) -> int:
        """The broker's port."""
        return self.broker.port

    def start(self, migrated: bool = True) -> None:
        """Start both servers; make the template and `hub`, with the schema if `migrated`."""
        self.cluster.start()
        self.broker.start()
        self.cluster.ensure_database(_TEMPLATE)
        if migrated:
            migrate(self.cluster.url(_TEMPLATE))
            self._copy("hub")
        else:
            self.cluster.ensure_database("hub")

    def stop(self) -> None:
        """Stop both and remove their files."""
        self.broker.stop()
        self.cluster.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextmanager
    def fresh_database(self, migrated: bool = True) -> Iterator[str]:
        """A new database for as long as the block lasts; yields its connection URL."""
        name = f"test_{next(self._numbers)}_{uuid.uuid4().hex[:8]}"
        if migrated:
            self._copy(name)
        else:
            self.cluster.ensure_database(name)
        try:
            yield self.cluster.url(name)
        finally:
            self._admin(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _copy(self, name: str) -> None:
        query = "CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY"
        self._admin(sql.SQL(query).format(sql.Identifier(name), sql.Identifier(_TEMPLATE)))
        migrate(self.cluster.url(name))  # a copy has the tables, but not the zone of local days

    def _admin(self, query: sql.Composed) -> None:
        with psycopg.connect(self.cluster.url("postgres"), autocommit=True) as connection:
            connection.execute(query)


def main() -> None:
    """Start a stack, print its addresses, and keep it until Ctrl-C or SIGTERM.

    With `--empty` its database has TimescaleDB but no schema.
    """
    signal.signal(signal.SIGTERM, lambda *_: os.kill(os.getpid(), signal.SIGINT))
    stack = Stack()
    try:
        stack.start(migrated="--empty" not in sys.argv)
        print(f"export HUB_DATABASE_URL={stack.database_url}")
        print(f"export HUB_MQTT_URL={stack.broker.url}")
        print(f"# psql: {stack.prefix.postgres_bin}/psql, mosquitto_pub: {stack.prefix.client_bin}")
        print("# Ctrl-C stops and removes it.", flush=True)
        signal.pause()
    except KeyboardInterrupt:
        pass
    finally:
        stack.stop()


if __name__ == "__main__":
    main()
