"""A backup: everything the database holds at one instant, dumped while the services go on."""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from hub.app.backup import clients
from hub.app.backup import manifest as manifests
from hub.app.backup.manifest import Manifest, major
from hub.app.errors import CommandError
from hub.app.language import either
from hub.app.runfile import hub_version
from hub.store import dumping
from hub.store.migrate import schema_number
from hub.store.server import ServerVersions, server_versions

Say = Callable[[str], None]

_PART = ".part"
_LOCK = ".lock"
_ZSTD_SINCE = 16  # before it pg_dump knew gzip only
_MOST_JOBS = 4


def jobs_here() -> int:
    """As many processes as there are processors, but leave a large machine to its services."""
    return min(os.cpu_count() or 1, _MOST_JOBS)


def make_backup(url: str, folder: Path, jobs: int, say: Say) -> tuple[Path, Manifest]:
    """Dump the database at ``url`` into a new folder of ``folder``; that and its manifest.

    The folder has its name only once it is whole and on the disk. Raises CommandError where it
    cannot be made; nothing of it is left then.
    """
    versions = server_versions(url)
    program = clients.find("pg_dump", major(versions.postgresql))
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _alone(folder):
            _sweep(folder, say)
            with _draft(folder) as (part, final):
                manifest = _fill(part, url, versions, program, jobs)
                part.rename(final)
            manifests.sync(folder)
    except OSError as error:
        raise CommandError(
            f"cannot write the backup into {folder}: {error.strerror}",
            f"impossible d'écrire la sauvegarde dans {folder} : {error.strerror}",
        ) from error
    return final, manifest


def _fill(part: Path, url: str, versions: ServerVersions, program: Path, jobs: int) -> Manifest:
    begun = time.monotonic()
    with dumping.snapshot(url) as (conn, snapshot):
        arguments = [
            "--format=directory",
            f"--file={part / manifests.DATABASE}",
            f"--snapshot={snapshot.name}",
            f"--jobs={jobs}",
            "--no-publications",
            "--no-subscriptions",
            *(["--compress=zstd"] if major(versions.postgresql) >= _ZSTD_SINCE else []),
        ]
        with clients.running(program, url, arguments) as wait:
            rows = dumping.row_counts(conn)
            wait()
    files = manifests.sums(part)
    made = Manifest(
        hub=hub_version(),
        taken_at=snapshot.taken_at,
        zone=snapshot.zone,
        schema_number=schema_number(snapshot.migration),
        migration=snapshot.migration,
        postgresql=versions.postgresql,
        timescaledb=versions.timescaledb,
        edition=versions.edition,
        seconds=round(time.monotonic() - begun, 3),
        bytes=sum(file.bytes for file in files.values()),
        rows=rows,
        files=files,
    )
    manifests.write(part, made)
    return made


@contextmanager
def _draft(folder: Path) -> Iterator[tuple[Path, Path]]:
    """A folder to fill and the name it gets when it is whole; removed if it does not come to that.

    The name is the instant in UTC, which sorts by time.
    """
    while True:
        name = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        part, final = folder / f"{name}{_PART}", folder / name
        if not final.exists():
            break
        time.sleep(0.1)
    part.mkdir(mode=0o700)
    try:
        yield part, final
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One backup at a time into a folder: what is unfinished in it is then nobody's."""
    with (folder / _LOCK).open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError(
                f"another backup is being written into {folder}; wait for its end",
                f"une autre sauvegarde s'écrit dans {folder} ; attendez sa fin",
            ) from None
        yield


def _sweep(folder: Path, say: Say) -> None:
    for left in sorted(folder.glob(f"*Z{_PART}")):
        shutil.rmtree(left)
        say(
            either(
                f"{left} retiré : reste d'une sauvegarde interrompue",
                f"removed {left}, left by a backup that was interrupted",
            )
        )
