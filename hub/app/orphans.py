"""Processes that outlived a hub which was killed: found by its `run.json` and ended.

PostgreSQL's own pid file is a second witness, looked after where the cluster starts.
"""

import os
import signal
from collections.abc import Callable
from pathlib import Path

from hub.app.embedded.process import ProcessId
from hub.app.language import either
from hub.app.runfile import Part, RunFile

_PATIENCE = {"database": 60.0}
_SIGNALS = {"database": signal.SIGINT}  # PostgreSQL's fast shutdown


def end_orphans(data: Path, say: Callable[[str], None]) -> list[str]:
    """End what an earlier hub on this data folder left running, newest first; their names."""
    earlier = RunFile.read(data)
    if earlier is None:
        return []
    ended = []
    for name, part in reversed(earlier.parts.items()):
        if not _is_left(part):
            continue
        say(
            either(
                f"Arrêt de {name} (processus {part.pid}), reste d'un hub qui a été tué",
                f"Stopping {name} (process {part.pid}), left by a hub that was killed",
            )
        )
        part.process.stop(_SIGNALS.get(name, signal.SIGTERM), _PATIENCE.get(name, 10.0))
        ended.append(name)
    RunFile.remove(data)
    return ended


def _is_left(part: Part) -> bool:
    # the start time says it is the same process; the owner, that it is ours to end
    process = ProcessId.of(part.pid)
    if process != part.process:
        return False
    owner = Path(f"/proc/{part.pid}").stat().st_uid
    return os.geteuid() in (0, owner)
