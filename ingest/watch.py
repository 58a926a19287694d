"""``hub watch DIR``: files that appear are loaded, then moved to ``done/`` or ``rejected/``.

A file is taken when it did not change for a moment, so that one still being copied is left alone.
One that changed while it was read is read again; one of which nothing can be read is given some
time more, for it may be half of what is to come.
"""

from __future__ import annotations

import logging
import os
import shlex
import stat
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import psycopg

from hub.intake.report import LoadReport
from hub.words import visible

log = logging.getLogger("hub.watch")

_QUIET = 1.0  # seconds without a change
_PATIENCE = 10.0  # the same for a file of which nothing can be read
_LOOK_EVERY = 0.5
_RETRY = 5.0  # seconds until a file is tried again that the database did not take
_UNFINISHED = (".part", ".tmp", ".crdownload", ".filepart", "~")

_REPORT = ".report.txt"
_TAKEN = ("done", "rejected")
_NAMED = 5  # files of an archive that a line of the log names
#: Reasons that ask for an option of `hub load`.
_OPTIONS = {"missing_usage_point": "--usage-point REF", "several_formats": "--format NAME"}

#: Loads a file and tells what became of it, or of each file of an archive.
LoadOne = Callable[[Path], list[LoadReport]]


class _Seen(NamedTuple):
    """A file as it was looked at last, and since when it has been like that."""

    size: int
    changed: int
    since: float

    def is_like(self, other: _Seen) -> bool:
        return (self.size, self.changed) == (other.size, other.changed)


class _Loaded(NamedTuple):
    """A file that was read and is not put away yet, as it was when it was read."""

    seen: _Seen
    reports: list[LoadReport]

    @property
    def is_unreadable(self) -> bool:
        return all(report.problem is not None for report in self.reports)


class _Watch:
    """A watched folder."""

    def __init__(self, folder: Path, load: LoadOne, language: str) -> None:
        self._folder = folder
        self._load = load
        self._language = language
        self._seen: dict[Path, _Seen] = {}
        #: Read already, and not moved: because it cannot be, or because more may come.
        self._read: dict[Path, _Loaded] = {}
        self._warned: set[Path] = set()
        self._folders: set[str] = set()

    def look(self, stop: threading.Event) -> None:
        """Take what is there. Raises psycopg.OperationalError while the database is away."""
        for path in _ready(self._folder, self._seen):
            if stop.is_set():
                return
            self._take(path, self._seen[path])
        for path in self._read.keys() - self._seen.keys():
            del self._read[path]
            self._warned.discard(path)
        self._tell_of_folders()

    def _tell_of_folders(self) -> None:
        """Say once of each folder that it is left alone."""
        with os.scandir(self._folder) as entries:
            found = {entry.name for entry in entries if entry.is_dir()}
        found = {name for name in found if name not in _TAKEN and not name.startswith(".")}
        for name in sorted(found - self._folders):
            log.warning(
                "%s is a folder and left alone: put its files into %s itself, or a ZIP of them",
                name,
                self._folder,
            )
        self._folders = found

    def _take(self, path: Path, seen: _Seen) -> None:
        loaded = self._read.get(path)
        if loaded is None or not loaded.seen.is_like(seen):
            self._warned.discard(path)
            reports = self._load(path)
            now = _looked_at(path)
            if now is not None and not now.is_like(seen):
                log.info("%s changed while it was read; it is read again", path.name)
                return
            loaded = self._read[path] = _Loaded(seen, reports)
        if loaded.is_unreadable and time.monotonic() - seen.since < _PATIENCE and path.exists():
            return
        self._put_away(path, loaded)

    def _put_away(self, path: Path, loaded: _Loaded) -> None:
        """Move a file; one that cannot be moved is remembered, so as not to load it again."""
        try:
            settle(path, loaded.reports, self._language)
        except OSError as error:
            if path.exists():
                self._warn(path, error)
                return
            # somebody else took it, or only its report was not written
            log.warning("%s was read and is gone: %s", path.name, error)
        del self._read[path]

    def _warn(self, path: Path, error: OSError) -> None:
        if path not in self._warned:
            self._warned.add(path)
            log.warning(
                "%s was read and cannot be put away: %s. It is not read again unless it changes;"
                " make the folder writable, or move the file",
                path.name,
                error,
            )


def watch(folder: Path, load: LoadOne, stop: threading.Event, language: str) -> None:
    """Load what appears in ``folder`` until ``stop``. Raises OSError if the folder is unusable."""
    for name in _TAKEN:
        (folder / name).mkdir(parents=True, exist_ok=True)
    watched = _Watch(folder, load, language)
    while not stop.is_set():
        try:
            watched.look(stop)
        except psycopg.OperationalError as error:
            log.warning("files wait, the database is away: %s", str(error).strip())
            stop.wait(_RETRY)
        stop.wait(_LOOK_EVERY)


def settle(path: Path, reports: Sequence[LoadReport], language: str) -> Path:
    """Move a loaded file, its report beside it; returns where the file is now.

    A file with refused rows goes to ``done``, because its good rows are stored, and so does an
    archive with a good file in it; one of which nothing could be taken goes to ``rejected``.
    """
    where = "rejected" if all(report.is_refused for report in reports) else "done"
    target = _free(path.parent / where / path.name)
    lines = [line for report in reports for line in report.lines(language)]
    lines += _by_hand(target, reports, language)
    beside = target.with_name(f"{target.name}{_REPORT}")
    beside.write_text("\n".join(lines) + "\n", encoding="utf-8")
    path.rename(target)  # last: who sees the file there finds its report
    log.info("%s -> %s/: %s", path.name, where, _in_short(reports))
    return target


def _in_short(reports: Sequence[LoadReport]) -> str:
    """What became of a file, for the log, which is in English: of an archive, of how many files."""
    if len(reports) == 1:
        return next(iter(reports[0].lines("en")))
    refused = [report.file for report in reports if report.is_refused]
    told = f"{len(reports) - len(refused)} of {len(reports)} files taken"
    if refused:
        more = ", ..." if len(refused) > _NAMED else ""
        told += f"; not: {', '.join(refused[:_NAMED])}{more}"
    return told


def _by_hand(target: Path, reports: Sequence[LoadReport], language: str) -> Iterator[str]:
    """The command for a file whose reason asks for an option, which nobody can give here."""
    reasons = {r.reason for report in reports for r in (report.problem, *report.rejects) if r}
    for reason, option in _OPTIONS.items():
        if reason in reasons:
            command = f"hub load {shlex.quote(str(target))} {option}"
            said = "pour le charger" if language == "fr" else "to load it"
            yield visible(f"{said}{' :' if language == 'fr' else ':'} {command}")


def _looked_at(path: Path) -> _Seen | None:
    """A regular file as it is now; None for anything else, and for what is gone."""
    try:
        status = path.stat()
    except OSError:  # gone since it was listed, or nobody's to look at
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    return _Seen(status.st_size, status.st_mtime_ns, time.monotonic())


def _ready(folder: Path, seen: dict[Path, _Seen]) -> list[Path]:
    """Files that have not changed for a while, oldest first; ``seen`` remembers what they were."""
    found: dict[Path, _Seen] = {}
    for path in folder.iterdir():
        if path.name.startswith(".") or path.name.endswith(_UNFINISHED):
            continue
        this = _looked_at(path)
        if this is None:
            continue
        before = seen.get(path)
        found[path] = before if before is not None and before.is_like(this) else this
    seen.clear()
    seen.update(found)
    now = time.monotonic()
    ready = [path for path, file in found.items() if now - file.since >= _QUIET]
    return sorted(ready, key=lambda p: (found[p].changed, p.name))


def _free(target: Path) -> Path:
    """The name, or with a number before its suffix where it is taken."""
    number = 1
    free = target
    while free.exists() or free.with_name(f"{free.name}{_REPORT}").exists():
        number += 1
        free = target.with_name(f"{target.stem}-{number}{target.suffix}")
    return free
