"""``hub watch DIR``: files that appear are loaded, then moved to ``done/`` or ``rejected/``.

A file is taken when it did not change for a moment, so that one still being copied is left alone.
"""

from __future__ import annotations

import logging
import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import psycopg

from ingest.report import LoadReport

log = logging.getLogger("hub.watch")

_QUIET = 1.0  # seconds without a change
_LOOK_EVERY = 0.5
_RETRY = 5.0  # seconds until a file is tried again that the database did not take
_UNFINISHED = (".part", ".tmp", ".crdownload", ".filepart", "~")

#: Loads a file and tells what became of it.
LoadOne = Callable[[Path], LoadReport]


class _Seen(NamedTuple):
    """A file as it was looked at last, and since when it has been like that."""

    size: int
    changed: int
    since: float

    def is_like(self, other: _Seen) -> bool:
        return (self.size, self.changed) == (other.size, other.changed)


class _Loaded(NamedTuple):
    """A file that could not be moved yet, as it was when it was loaded."""

    seen: _Seen
    report: LoadReport


def watch(folder: Path, load: LoadOne, stop: threading.Event, language: str) -> None:
    """Load what appears in ``folder`` until ``stop``. Raises OSError if the folder is unusable."""
    for name in ("done", "rejected"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    seen: dict[Path, _Seen] = {}
    stuck: dict[Path, _Loaded] = {}
    while not stop.is_set():
        for path in _ready(folder, seen):
            if stop.is_set():
                return
            loaded = stuck.pop(path, None)
            if loaded is not None and loaded.seen.is_like(seen[path]):
                _put_away(path, loaded, stuck, language, said=True)
                continue
            try:
                report = load(path)
            except psycopg.OperationalError as error:
                log.warning("%s waits, the database is away: %s", path.name, str(error).strip())
                stop.wait(_RETRY)
                break
            _put_away(path, _Loaded(seen[path], report), stuck, language)
        for path in stuck.keys() - seen.keys():
            del stuck[path]
        stop.wait(_LOOK_EVERY)


def _put_away(
    path: Path, loaded: _Loaded, stuck: dict[Path, _Loaded], language: str, *, said: bool = False
) -> None:
    """Move a loaded file; one that cannot be moved is remembered, so as not to load it again."""
    try:
        settle(path, loaded.report, language)
    except OSError as error:
        if not path.exists():  # somebody else took it, or only its report could not be written
            log.warning("%s was read and is gone: %s", path.name, error)
            return
        stuck[path] = loaded
        if not said:
            log.warning(
                "%s was read and cannot be put away: %s. It is not read again unless it changes;"
                " make the folder writable, or move the file",
                path.name,
                error,
            )


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


def _ready(folder: Path, seen: dict[Path, _Seen]) -> list[Path]:
    """Files that have not changed for a while, oldest first; ``seen`` remembers what they were."""
    now = time.monotonic()
    found: dict[Path, _Seen] = {}
    for path in folder.iterdir():
        if path.name.startswith(".") or path.name.endswith(_UNFINISHED):
            continue
        try:
            status = path.stat()
        except OSError:  # gone since it was listed, or nobody's to look at
            continue
        if not stat.S_ISREG(status.st_mode):
            continue
        this = _Seen(status.st_size, status.st_mtime_ns, now)
        before = seen.get(path)
        found[path] = before if before is not None and before.is_like(this) else this
    seen.clear()
    seen.update(found)
    ready = [path for path, file in found.items() if now - file.since >= _QUIET]
    return sorted(ready, key=lambda p: (found[p].changed, p.name))


def _free(target: Path) -> Path:
    """The name, or with a number before its suffix where it is taken."""
    number = 1
    free = target
    while free.exists():
        number += 1
        free = target.with_name(f"{target.stem}-{number}{target.suffix}")
    return free
