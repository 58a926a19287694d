"""`hub up` with the real PostgreSQL and Mosquitto and stand-ins for the hub's services."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from hub.app.embedded.process import free_port
from hub.app.runfile import RunFile
from hub.app.status import status
from hub.app.supervisor import hub_services

_SCRIPT = Path(__file__).with_name("run_supervisor.py")


def wait_for(condition: Callable[[], bool], what: str, seconds: float = 30.0) -> None:
    """Poll until true; fail with `what` after `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.05)


class Hub:
    """A supervisor process on a data folder."""

    def __init__(self, data: Path, port: int, *arguments: str, delay: float = 0.0) -> None:
        self.data = data
        self.output = data.parent / f"{data.name}.out"
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, str(_SCRIPT), str(data), str(port), *arguments],
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, "HUB_TEST_DELAY": str(delay)},
            )

    @property
    def run(self) -> RunFile:
        """What run.json says."""
        found = RunFile.read(self.data)
        assert found is not None, self.text
        return found

    @property
    def text(self) -> str:
        """What it printed."""
        return self.output.read_text()

    def pid(self, part: str) -> int:
        """A part's process."""
        return self.run.parts[part].pid

    def wait_until_ready(self) -> None:
        """Wait until run.json says ready and it has printed where."""

        def ready() -> bool:
            assert self.process.poll() is None, self.text
            found = RunFile.read(self.data)
            recorded = found is not None and found.alive and found.ready
            return recorded and "Ctrl-C stops everything" in self.text

        wait_for(ready, "ready")

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Signal it and return its exit code."""
        self.process.send_signal(number)
        return self.process.wait(30)

    def end(self) -> None:
        """Leave nothing running, whatever the test found."""
        if self.process.poll() is not None:
            return
        parts = self.run.parts if (self.data / "run.json").exists() else {}
        try:
            self.stop()
        except subprocess.TimeoutExpired:
            self.process.kill()
            for part in parts.values():
                part.process.send(signal.SIGKILL)
            raise


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder the servers' user can walk into."""
    path = Path(tempfile.mkdtemp(prefix="hub-test-"))
    path.chmod(0o711)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def start(folder: Path) -> Iterator[Callable[..., Hub]]:
    """Starts hubs on `folder/data` and ends whatever of them is left."""
    hubs: list[Hub] = []

    def _start(
        *arguments: str, port: int | None = None, data: str = "data", delay: float = 0.0
    ) -> Hub:
        hubs.append(Hub(folder / data, port or free_port(), *arguments, delay=delay))
        return hubs[-1]

    yield _start
    for hub in hubs:
        hub.end()


def exists(pid: int) -> bool:
    """Whether a process runs (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_what_is_polled_is_asked_where_there_is_something_to_ask(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    said: list[str] = []
    assert list(hub_services(folder, False, said.append)) == ["ingest", "rollup", "serve"]
    source = '[[collect]]\nname = "em"\nkind = "shelly_gen1"\nurl = "http://10.0.0.1"\n'
    (folder / "hub.toml").write_text(source)
    services = hub_services(folder, True, said.append)
    assert list(services) == ["ingest", "collect", "rollup", "serve", "simulate"]
    assert services["collect"][-3:] == ["collect", "--data", str(folder)]
    (folder / "hub.toml").write_text(source + "interval = 0\n")
    assert said == []
    assert list(hub_services(folder, False, said.append)) == ["ingest", "rollup", "serve"]
    assert "em: interval = 0" in said[0]


def test_start_restart_and_clean_stop(start: Callable[..., Hub]) -> None:
    hub = start(delay=1.5)
    hub.wait_until_ready()
    run = hub.run
    assert run.web and run.database and run.broker
    assert (hub.data / "run.json").stat().st_mode & 0o777 == 0o600
    assert list(run.parts) == ["database", "broker", "ingest", "serve"]
    assert run.versions.timescaledb == "2.19.3"
    assert run.versions.mosquitto and run.versions.mosquitto.startswith("2.0.")
    assert run.edition == "apache"
    assert "history 40 %" in hub.text
    assert f"Foyer: {run.web.url}/h" in hub.text
    with psycopg.connect(run.database.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS value")

    assert hub.stop(signal.SIGINT) == 0
    assert not (hub.data / "run.json").exists()
    assert not any(exists(part.pid) for part in run.parts.values())

    begun = time.monotonic()
    again = start()
    again.wait_until_ready()
    assert time.monotonic() - begun < 30
    # devices and scripts keep their addresses
    assert again.run.database and again.run.database.port == run.database.port
    assert again.run.broker and again.run.broker.port == run.broker.port
    with psycopg.connect(again.run.database.url) as connection:
        assert connection.execute("SELECT value FROM kept").fetchone() == (7,)
    assert again.stop() == 0


def test_killed_parts_come_back(start: Callable[..., Hub]) -> None:
    hub = start()
    hub.wait_until_ready()
    database = hub.run.database
    assert database
    for name in ("ingest", "serve", "broker", "database"):
        killed = hub.pid(name)
        os.kill(killed, signal.SIGKILL)
        wait_for(
            lambda name=name, killed=killed: (  # type: ignore[misc]
                name in hub.run.parts and hub.pid(name) != killed
            ),
            f"{name} again",
        )
    assert hub.run.database == database
    with psycopg.connect(database.url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert hub.run.parts["ingest"].restarts == 1
    assert "ingest ended (SIGKILL); starting it again" in hub.text
    wait_for(lambda: not status(hub.data).down, "nothing down")


def test_after_a_killed_supervisor_orphans_are_ended(start: Callable[..., Hub]) -> None:
    hub = start()
    hub.wait_until_ready()
    assert hub.run.web
    port, before = hub.run.web.port, hub.run.parts
    hub.process.kill()
    hub.process.wait()
    assert all(exists(part.pid) for part in before.values())

    again = start(port=port)  # its port is still held by the orphaned web process
    again.wait_until_ready()
    assert not any(exists(part.pid) for part in before.values())
    assert "left by a hub that was killed" in again.text
    assert set(again.run.parts) == set(before)
    assert again.stop() == 0


def test_a_server_without_run_file_is_found_by_its_own_pid_file(start: Callable[..., Hub]) -> None:
    hub = start()
    hub.wait_until_ready()
    before = hub.run.parts
    hub.process.kill()
    hub.process.wait()
    (hub.data / "run.json").unlink()
    for name in ("ingest", "serve", "broker"):
        os.kill(before[name].pid, signal.SIGKILL)
    again = start()
    again.wait_until_ready()
    assert not exists(before["database"].pid)


def test_second_start_on_the_same_data_is_refused(start: Callable[..., Hub]) -> None:
    hub = start()
    hub.wait_until_ready()
    second = start()
    assert second.process.wait(20) == 2
    assert f"already running on {hub.data} (process {hub.process.pid})" in second.text
    assert not status(hub.data).down


@pytest.fixture
def taken_pair() -> Iterator[int]:
    """A port that listens, and the one after it too.

    Another program may hold the second, or let it go at any moment, so both must be ours.
    """
    for _ in range(100):
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except (OSError, OverflowError):
                continue
            first.listen()
            second.listen()
            yield port
            return
    pytest.fail("no two ports in a row are free")


def test_taken_port_is_named(start: Callable[..., Hub], taken_pair: int) -> None:
    port = taken_pair
    hub = start(port=port)
    assert hub.process.wait(20) == 2
    assert f"port {port} on 127.0.0.1 is taken" in hub.text
    (other,) = set(re.findall(r"--port (\d+)", hub.text))
    assert int(other) > port + 1
    assert f"hub up --data {hub.data} --port {other} (make up PORT={other} DATA=" in hub.text
    assert not hub.data.exists()


def test_hopeless_web_process_ends_the_start(start: Callable[..., Hub]) -> None:
    hub = start("broken")
    assert hub.process.wait(60) == 2
    assert "ends again and again" in hub.text
    assert "broken on purpose" in hub.text


def test_stop_during_the_start(start: Callable[..., Hub]) -> None:
    hub = start()
    wait_for(lambda: "Starting PostgreSQL" in hub.text, "starting")
    assert hub.stop() == 0
    assert not (hub.data / "run.json").exists()
    assert not (hub.data / "pg/data/postmaster.pid").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs servers as another user")
def test_data_below_a_private_folder(start: Callable[..., Hub], folder: Path) -> None:
    """Root's own home is 0700: the servers' user cannot walk there."""
    (folder / "private").mkdir(mode=0o700)
    hub = start(data="private/data")
    hub.wait_until_ready()
    servers = (hub.data / "servers").resolve()
    try:
        assert (servers / "pg/data/PG_VERSION").exists()
        assert hub.stop() == 0
        again = start(data="private/data")
        again.wait_until_ready()
        assert (hub.data / "servers").resolve() == servers
        assert again.stop() == 0
    finally:
        shutil.rmtree(servers)


def test_status_from_outside(start: Callable[..., Hub]) -> None:
    hub = start()
    hub.wait_until_ready()
    command = [sys.executable, "-m", "hub.app.cli", "status", "--json", "--data", str(hub.data)]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    found: dict[str, Any] = json.loads(told.stdout)
    assert found["database"]["port"] and found["broker"]["port"] and found["web"]["port"]
    assert found["lag"] == {
        "pending": 0, "oldest_seconds": None, "set_aside": 0,
        "set_aside_from": None, "set_aside_to": None, "set_aside_reason": None,
        "areas": 0, "areas_set_aside": 0, "areas_set_aside_from": None,
        "areas_set_aside_to": None, "areas_set_aside_reason": None,
    }  # fmt: skip
    assert found["freshness"] == {"seconds": None}
    os.kill(hub.process.pid, signal.SIGSTOP)  # so that nobody starts it again
    try:
        os.kill(hub.pid("ingest"), signal.SIGKILL)
        told = subprocess.run(command, capture_output=True, text=True, check=False)
    finally:
        os.kill(hub.process.pid, signal.SIGCONT)
    assert told.returncode == 1
    assert json.loads(told.stdout)["down"] == ["ingest"]
    hub.stop()
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == 2
    assert f"hub up --data {hub.data}" in told.stderr
