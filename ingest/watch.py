"""``hub watch DIR``: files that appear are loaded, then moved to ``done/`` or ``rejected/``.

A file is taken when it did not change for a moment, so that one still being copied is left alone.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psycopg

from ingest.report import LoadReport

log = logging.getLogger("hub.watch")

_QUIET = 1.0  # seconds without a change
_LOOK_EVERY = 0.5
_RETRY = 5.0  # seconds until a file is tried again that the database did not take
_UNFINISHED = (".part", ".tmp", ".crdownload", ".filepart", "~")

#: Loads a file and tells what became of it.
LoadOne = Callable[[Path], LoadReport]


def watch(folder: Path, load: LoadOne, stop: threading.Event, language: str) -> None:
    """Load what appears in ``folder`` until ``stop``. Raises OSError if the folder is unusable."""
    for name in ("done", "rejected"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    seen: dict[Path, tuple[int, int, float]] = {}
    while not stop.is_set():
        for path in _ready(folder, seen):
            if stop.is_set():
                return
            try:
                report = load(path)
            except psycopg.OperationalError as error:
                log.warning("%s waits, the database is away: %s", path.name, str(error).strip())
                stop.wait(_RETRY)
                break
            settle(path, report, language)
        stop.wait(_LOOK_EVERY)


def settle(path: Path, report: LoadReport, language: str) -> Path:
    """Move a loaded file; returns where it is now.

    A file with refused rows goes to ``done`` with its report beside it, because its good rows are
    stored; one of which nothing could be read goes to ``rejected``.
    """
    where = "rejected" if _is_rejected(report) else "done"
    target = _free(path.parent / where / path.name)
    path.rename(target)
    text = "\n".join(report.lines(language)) + "\n"
    if report.problem is not None or report.rejects:
        target.with_name(f"{target.name}.report.txt").write_text(text, encoding="utf-8")
    log.info("%s -> %s/: %s", path.name, where, text.split("\n", 1)[0])
    return target


def _is_rejected(report: LoadReport) -> bool:
    taken = report.counts["accepted"] + report.counts["unchanged"] + report.counts["revised"]
    return report.problem is not None or (bool(report.rejects) and not taken)


def _ready(folder: Path, seen: dict[Path, tuple[int, int, float]]) -> list[Path]:
    """Files that have not changed for a while, oldest first; ``seen`` remembers sizes and times."""
    now = time.monotonic()
    found: dict[Path, tuple[int, int, float]] = {}
    for path in folder.iterdir():
        if path.name.startswith(".") or path.name.endswith(_UNFINISHED) or not path.is_file():
            continue
        status = path.stat()
        size, changed, since = seen.get(path, (-1, -1, now))
        same = (size, changed) == (status.st_size, status.st_mtime_ns)
        found[path] = (status.st_size, status.st_mtime_ns, since if same else now)
    seen.clear()
    seen.update(found)
    ready = [path for path, (_, _, since) in found.items() if now - since >= _QUIET]
    return sorted(ready, key=lambda p: (found[p][1], p.name))


def _free(target: Path) -> Path:
    """The name, or with a number before its suffix where it is taken."""
    number = 1
    free = target
    while free.exists():
        number += 1
        free = target.with_name(f"{target.stem}-{number}{target.suffix}")
    return free
