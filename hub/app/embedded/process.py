"""Start, recognise and stop processes; find free ports.

A process is known by its pid and its start time, so that a pid the system gave away again is never
taken for ours.
"""

import contextlib
import errno
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hub.app.embedded.errors import StackError
from hub.app.embedded.user import ServiceUser

HOST = "127.0.0.1"
# Below the ports that Linux gives to outgoing connections (32768 and up): one of those could take
# a port between the moment it is found free and the moment the server binds it.
_PORTS = range(20_000, 32_768)
_LOG_LIMIT = 16 << 20


@dataclass(frozen=True)
class ProcessId:
    """A process: its pid and when it started, in clock ticks since the boot named by `boot`."""

    pid: int
    started: int
    boot: str

    @classmethod
    def of(cls, pid: int) -> "ProcessId | None":
        """The process with this pid, or None if there is none (a zombie is none)."""
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return None
        # the name stands in brackets and may itself hold blanks and brackets
        state, *fields = stat.rpartition(")")[2].split()
        if state in "ZX":
            return None
        return cls(pid, int(fields[18]), _boot())

    @property
    def alive(self) -> bool:
        """Whether that very process still runs."""
        return ProcessId.of(self.pid) == self

    def send(self, number: signal.Signals) -> None:
        """Send a signal if the process still runs."""
        if self.alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def stop(self, number: signal.Signals, patience: float) -> bool:
        """Signal, wait up to `patience` seconds, then kill. True if it ended on the signal."""
        self.send(number)
        if _wait(lambda: not self.alive, patience):
            return True
        self.send(signal.SIGKILL)
        _wait(lambda: not self.alive, 5)
        return False


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _wait(condition: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


class Server:
    """A server started here: in a session of its own, so that Ctrl-C reaches only the hub."""

    def __init__(self, name: str, command: Sequence[str | Path], log: Path) -> None:
        self.name = name
        self.log = log
        self._command = [str(part) for part in command]
        self._popen: subprocess.Popen[bytes] | None = None

    def start(self, user: ServiceUser, environment: Mapping[str, str] | None = None) -> None:
        """Start it as `user`, output appended to its log file."""
        rotate(self.log)
        with self.log.open("ab") as output:
            self._popen = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                start_new_session=True,
                env={**os.environ, **(environment or {})},
                **user.credentials,
            )

    @property
    def pid(self) -> int | None:
        """Its pid while it runs."""
        running = self._popen is not None and self._popen.poll() is None
        return self._popen.pid if running and self._popen else None

    def wait_for_port(self, port: int, seconds: float) -> None:
        """Wait until it listens; raise `StackError` with its last log lines when it ends first."""
        if not _wait(lambda: self.pid is None or is_listening(port), seconds) or self.pid is None:
            raise self.failure(
                f"did not start on port {port}", f"n'a pas démarré sur le port {port}"
            )

    def failure(self, what: str, french: str) -> StackError:
        """An error with the end of the log."""
        end = "\n  ".join(self.log.read_text(errors="replace").splitlines()[-8:])
        return StackError(
            f"{self.name} {what}. From {self.log}:\n  {end}",
            f"{self.name} {french}. D'après {self.log} :\n  {end}",
        )

    def stop(self, number: signal.Signals, patience: float) -> None:
        """Signal it, wait, and kill it if it does not end."""
        if self._popen is None or self._popen.poll() is not None:
            return
        self._popen.send_signal(number)
        try:
            self._popen.wait(patience)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()


def rotate(log: Path) -> None:
    """Before a start: keep one earlier log, once it is large."""
    if log.exists() and log.stat().st_size > _LOG_LIMIT:
        log.replace(log.with_suffix(".log.1"))


def is_listening(port: int, host: str = HOST) -> bool:
    """Whether something accepts connections there."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((host, port)) == 0


def is_free(port: int, host: str = HOST) -> bool:
    """Whether a server may be started on that port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES, errno.EADDRNOTAVAIL):
                return False
            raise
        return True


def free_port(preferred: int | None = None, patience: float = 0.0) -> int:
    """A free port on the loopback address: the preferred one if it is free within `patience`."""
    if preferred and _wait(lambda: is_free(preferred), patience):
        return preferred
    for port in random.sample(_PORTS, 100):
        if is_free(port):
            return port
    tried = f"{_PORTS.start}-{_PORTS.stop - 1}"
    raise StackError(
        f"none of a hundred ports tried in {tried} of {HOST} is free; stop some other programs.",
        f"aucun de cent ports essayés dans {tried} de {HOST} n'est libre ; arrêtez d'autres "
        "programmes.",
    )
