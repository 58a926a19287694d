"""`hub up`: start everything on this machine, keep it running, stop it cleanly."""

import os
import shlex
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from hub.app.children import Child, last_line, part_of
from hub.app.embedded.errors import StackError
from hub.app.embedded.process import is_free
from hub.app.errors import CommandError
from hub.app.language import either, language
from hub.app.options import DEFAULT_DATA
from hub.app.orphans import end_orphans
from hub.app.readiness import Readiness, ask
from hub.app.runfile import Address, Part, RunFile, Versions, hub_version, only_one
from hub.app.servers import Servers, data_folder
from hub.app.settings import Settings, configuration_folders
from hub.app.signals import stop_on_signals
from hub.model import HubError
from hub.store.migrate import migrate
from ingest.collect.sources import read_sources
from ingest.config import find

Say = Callable[[str], None]

_TICK = 0.2
_OTHER_PORTS = 50  # so many after a port that is taken are tried
_HOPELESS = 5  # restarts of one service before the hub was ready once


def hub_services(data: Path, demo: bool, say: Say) -> dict[str, list[str]]:
    """The hub's own services, in the order they start: name and command line.

    `collect` where hub.toml names something to ask. Where that cannot be read it is said, and the
    others start.
    """
    try:
        asks = bool(read_sources(find(configuration_folders(data))))
    except HubError as error:
        say(error.told(language()))
        asks = False
    names = ["ingest", *(["collect"] if asks else []), "rollup", "serve"]
    names += ["simulate"] if demo else []
    hub = [sys.executable, "-m", "hub.app.cli"]
    return {name: [*hub, name, "--data", str(data)] for name in names}


def _check_port(data: Path, settings: Settings, demo: bool) -> None:
    """Raise `CommandError` where the pages' port is taken, with one that is free."""
    host, port = settings.host, settings.port
    if is_free(port, host):
        return
    after = range(port + 1, min(port + _OTHER_PORTS, 65_536))
    free = next((p for p in after if is_free(p, host)), None)
    english, french = "Choose another", "Choisissez-en un autre"
    if free is not None:
        own = data.absolute() != DEFAULT_DATA.absolute()
        place, name = shlex.quote(str(data)), "demo" if demo else "up"
        command = f"hub up{' --demo' * demo}{f' --data {place}' * own} --port {free}"
        other = f"{command} (make {name} PORT={free}{f' DATA={place}' * own})"
        english, french = f"{english}: {other}", f"{french} : {other}"
    raise CommandError(
        f"port {port} on {host} is taken by another program. {english}, or stop that program.",
        f"le port {port} de {host} est pris par un autre programme. {french}, ou arrêtez ce "
        "programme.",
    )


class _StopError(Exception):
    """A signal asked us to stop while starting."""


class Supervisor:
    """One hub on one data folder."""

    def __init__(
        self,
        data: Path,
        settings: Settings,
        demo: bool,
        say: Say,
        services: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        if not data.exists():  # or nothing would be left of it but a folder
            _check_port(data, settings, demo)
        self._data = data_folder(data)
        self._services = services or hub_services(self._data, demo, say)
        self._settings = settings
        self._demo = demo
        self._say = say
        self._stop = threading.Event()
        self._servers = Servers(self._data, settings, say)
        self._children: list[Child] = []
        self._run = self._new_run_file()

    def run(self) -> None:
        """Start, report, watch until SIGINT or SIGTERM, stop. Raises when it cannot start."""
        self._stop = stop_on_signals()
        with only_one(self._data):
            try:
                self._start()
                self._watch()
            except _StopError:
                self._say(
                    either(
                        "Arrêt avant la fin du démarrage", "Stopping before the start was complete"
                    )
                )
            finally:
                self._stop_all()

    def _start(self) -> None:
        begun = time.monotonic()
        end_orphans(self._data, self._say)
        _check_port(self._data, self._settings, self._demo)
        self._record()
        self._servers.prepare()
        self._checkpoint()
        self._say(
            either(
                "Démarrage de PostgreSQL avec TimescaleDB ...",
                "Starting PostgreSQL with TimescaleDB ...",
            )
        )
        url = self._servers.start_database()
        self._record()
        self._checkpoint()
        migrate(url)
        self._say(either("Démarrage de Mosquitto ...", "Starting Mosquitto ..."))
        self._servers.start_broker()
        self._tell_versions()
        self._checkpoint()
        self._start_children()
        seconds = f"{time.monotonic() - begun:.1f} s"
        self._say(
            either(
                f"Tout est démarré après {seconds} ; attente que le hub soit prêt",
                f"All parts started after {seconds}; waiting until ready",
            )
        )
        self._wait_until_ready(begun)

    def _start_children(self) -> None:
        environment = {
            "HUB_HOST": self._settings.host,
            "HUB_PORT": str(self._settings.port),
            "HUB_DEMO": "1" if self._demo else "0",
        }
        for name, command in self._services.items():
            child = Child(name, command, self._data / "log", environment, self._say)
            child.start()
            self._children.append(child)
            self._record()

    def _wait_until_ready(self, begun: float) -> None:
        said, said_at = "", time.monotonic()
        while True:
            self._tend()
            readiness = ask(self._url)
            if readiness.ready:
                break
            self._give_up_if_hopeless()
            told = readiness.progress or either("démarrage en cours", "still starting")
            now = time.monotonic()
            if now - said_at > (1.0 if told != said else 15.0):
                self._say(f"{now - begun:4.0f} s  {told}")
                said, said_at = told, now
            self._pause(0.5)
        self._run.ready = True
        self._record()
        self._tell_ready(readiness, time.monotonic() - begun)

    def _give_up_if_hopeless(self) -> None:
        for child in self._children:
            if child.restarts >= _HOPELESS:
                last = last_line(child.log)
                raise CommandError(
                    f"'{child.name}' ends again and again. Last line of {child.log}: {last}",
                    f"« {child.name} » se termine sans cesse. Fin de {child.log} : {last}",
                )

    def _watch(self) -> None:
        while not self._stop.wait(_TICK):
            self._tend()

    def _tend(self) -> None:
        """Look after every part once; record what changed."""
        changed = False
        try:
            changed = self._servers.tend()
        except (StackError, OSError) as error:
            # e.g. shared memory of a killed server is still in use: the next round tries again
            self._say(error.told(language()) if isinstance(error, StackError) else str(error))
            changed = True
        for child in self._children:
            changed |= child.tend()
        if changed:
            self._record()

    def _stop_all(self) -> None:
        """Everything in reverse order; further signals change nothing."""
        if self._children:
            self._say(either("Arrêt ...", "Stopping ..."))
        for child in reversed(self._children):
            child.stop()
        self._servers.stop_broker()
        self._servers.stop_database()
        RunFile.remove(self._data)
        self._say(either("Arrêté.", "Stopped."))

    @property
    def _url(self) -> str:
        return f"http://{self._settings.host}:{self._settings.port}"

    def _new_run_file(self) -> RunFile:
        ourselves = part_of(os.getpid())
        assert ourselves is not None
        return RunFile(
            pid=os.getpid(),
            started_at=datetime.now(UTC),
            supervisor=ourselves,
            demo=self._demo,
            web=Address(host=self._settings.host, port=self._settings.port, url=self._url),
            versions=Versions(hub=hub_version()),
        )

    def _tell_versions(self) -> None:
        postgresql, timescaledb, edition, mosquitto = self._servers.versions()
        self._run.versions = self._run.versions.model_copy(
            update={
                "postgresql": postgresql,
                "timescaledb": timescaledb,
                "mosquitto": mosquitto,
            }
        )
        self._run.edition = edition
        self._record()

    def _record(self) -> None:
        """Write `run.json` as things stand."""
        parts: dict[str, Part] = {}
        for name, pid in self._servers.pids().items():
            part = part_of(pid) if pid else None
            if part:
                former = self._run.parts.get(name)
                parts[name] = former if former and former.process == part.process else part
        parts |= {child.name: child.part for child in self._children if child.part}
        self._run.parts = parts
        self._run.expected = [*self._servers.pids(), *(child.name for child in self._children)]
        self._run.prefix = str(self._servers.prefix.path) if self._servers.prefix else None
        self._run.database = self._servers.database
        self._run.broker = self._servers.broker
        self._run.write(self._data)

    def _tell_ready(self, readiness: Readiness, seconds: float) -> None:
        self._say(
            either(
                f"Prêt après {seconds:.0f} s : {self._url}",
                f"Ready after {seconds:.0f} s: {self._url}",
            )
        )
        for label, path in readiness.open:
            self._say(f"  {label}: {self._url}{path}")
        self._say(either("Ctrl-C arrête tout.", "Ctrl-C stops everything."))

    def _pause(self, seconds: float) -> None:
        if self._stop.wait(seconds):
            raise _StopError

    def _checkpoint(self) -> None:
        self._pause(0)
