"""The hub's own services as child processes, started again when they end."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from hub.app.embedded.process import ProcessId, rotate
from hub.app.language import either
from hub.app.runfile import Part

_FIRST_DELAY = 0.2
_LONGEST_DELAY = 30.0
_STEADY = 60.0  # seconds after which a service is taken to be well again


class Child:
    """One service with its own log file.

    The delay before a restart doubles with each end until the service has run for a minute.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        logs: Path,
        environment: Mapping[str, str],
        say: Callable[[str], None],
    ) -> None:
        self.name = name
        self.log = logs / f"{name}.log"
        self.restarts = 0
        self.part: Part | None = None
        self._command = list(command)
        self._environment = environment
        self._say = say
        self._delay = _FIRST_DELAY
        self._due = 0.0
        self._begun = 0.0
        self._popen: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process in a session of its own (Ctrl-C reaches only the supervisor)."""
        rotate(self.log)
        with self.log.open("ab") as output:
            self._popen = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **self._environment},
                start_new_session=True,
            )
        self._begun = time.monotonic()
        self.part = part_of(self._popen.pid, self.restarts)

    def tend(self) -> bool:
        """Start it again if it ended and its delay is over. True if its process changed."""
        if self._popen is None:
            if time.monotonic() < self._due:
                return False
            self.restarts += 1
            self.start()
            return True
        code = self._popen.poll()
        if code is None:
            return False
        if time.monotonic() - self._begun > _STEADY:
            self._delay = _FIRST_DELAY
        last = last_line(self.log)
        self._say(
            either(
                f"{self.name} s'est terminé ({_ending(code)}) ; relance dans {self._delay:g} s. "
                f"Dernière ligne de {self.log} : {last}",
                f"{self.name} ended ({_ending(code)}); starting it again in {self._delay:g} s. "
                f"Last line of {self.log}: {last}",
            )
        )
        self._due = time.monotonic() + self._delay
        self._delay = min(self._delay * 2, _LONGEST_DELAY)
        self._popen = None
        self.part = None
        return True

    def stop(self, patience: float = 10.0) -> None:
        """SIGTERM, then SIGKILL for one that does not end in time."""
        if self._popen is None:
            return
        self._popen.send_signal(signal.SIGTERM)
        try:
            self._popen.wait(patience)
        except subprocess.TimeoutExpired:
            self._say(
                either(
                    f"{self.name} ne se termine pas ; il est tué",
                    f"{self.name} does not end; killing it",
                )
            )
            self._popen.kill()
            self._popen.wait()
        self._popen = None
        self.part = None


def part_of(pid: int, restarts: int = 0) -> Part | None:
    """The entry of a process in `run.json`; None if it ended already."""
    process = ProcessId.of(pid)
    if process is None:
        return None
    return Part(
        pid=process.pid,
        started=process.started,
        boot=process.boot,
        started_at=datetime.now(UTC),
        restarts=restarts,
    )


def last_line(log: Path) -> str:
    """The last line of a log that is not blank, shortened."""
    with log.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - 4096))
        lines = [line for line in file.read().decode(errors="replace").splitlines() if line.strip()]
    return lines[-1][:300] if lines else either("(vide)", "(empty)")


def _ending(code: int) -> str:
    if code < 0:
        return signal.Signals(-code).name
    return either(f"code de sortie {code}", f"exit code {code}")
