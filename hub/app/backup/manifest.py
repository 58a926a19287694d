"""What a backup's folder says of itself: `manifest.json`, and `SHA256SUMS` over every file.

20261128T195039Z/
    manifest.json       versions, schema, instant, rows of each table, digest of each file
    SHA256SUMS          the same digests and the manifest's own, as `sha256sum -c` reads them
    database/           what `pg_dump` wrote
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel

from hub.app.errors import CommandError

DATABASE = "database"
_MANIFEST, _SUMS = "manifest.json", "SHA256SUMS"
_FORMAT = 1  # raise when an older program could not restore it


class FileSum(BaseModel):
    """A file as it was written."""

    bytes: int
    sha256: str


class Manifest(BaseModel):
    """The content of `manifest.json`. `rows` are counted in the snapshot that was dumped."""

    format: int = _FORMAT
    hub: str
    taken_at: datetime
    zone: str
    schema_number: int
    migration: str
    postgresql: str
    timescaledb: str
    edition: str
    seconds: float
    bytes: int
    rows: dict[str, int]
    files: dict[str, FileSum]

    @property
    def server_major(self) -> int:
        """PostgreSQL's major version."""
        return major(self.postgresql)


def major(version: str) -> int:
    """17 of "17.12"."""
    return int(version.partition(".")[0])


def sums(folder: Path) -> dict[str, FileSum]:
    """Each file of the dump, by its path from `folder`."""
    found = sorted(p for p in (folder / DATABASE).rglob("*") if p.is_file())
    return {
        p.relative_to(folder).as_posix(): FileSum(bytes=p.stat().st_size, sha256=_digest(p))
        for p in found
    }


def write(folder: Path, manifest: Manifest) -> None:
    """Write the manifest and the sums, and wait for the disk."""
    _write(folder / _MANIFEST, manifest.model_dump_json(indent=1) + "\n")
    _write(folder / _SUMS, _sums_text(folder, manifest))
    sync(folder)


def read(folder: Path) -> Manifest:
    """The manifest of a backup, every byte of which was found to be as it was written.

    Raises CommandError naming what is damaged, missing, or of a later version.
    """
    try:
        sums_text = (folder / _SUMS).read_text(encoding="ascii")
        if not sums_text.endswith(_own_line(folder)):
            raise _damaged(folder, [_MANIFEST])
        text = (folder / _MANIFEST).read_bytes()
    except (OSError, UnicodeError) as error:
        raise _damaged(folder, [_SUMS]) from error
    manifest = _parse(text)
    if sums_text != _sums_text(folder, manifest):
        raise _damaged(folder, [_SUMS])
    if wrong := list(_wrong(folder, manifest)):
        raise _damaged(folder, wrong)
    return manifest


def _parse(text: bytes) -> Manifest:
    told = json.loads(text)
    if told["format"] > _FORMAT:
        raise newer(told["hub"], told["schema_number"])
    return Manifest.model_validate(told)


def newer(hub: str, schema: int) -> CommandError:
    """The error for a backup that this program is too old for."""
    has = f"hub {hub}, schema {schema}"
    return CommandError(
        f"the backup is of a newer hub ({has}) than this program: install that version or a later "
        "one, then restore. Nothing was touched",
        f"la sauvegarde vient d'un hub plus récent que ce programme ({has}) : installez cette "
        "version ou une plus récente, puis restaurez. Rien n'a été touché",
    )


def find(folder: Path) -> Path:
    """The backup that `folder` is, or the newest whole one in it. Raises CommandError for none."""
    if (folder / _MANIFEST).exists():
        return folder
    inside = sorted(p.parent for p in folder.glob(f"*Z/{_MANIFEST}"))
    if inside:
        return inside[-1]
    raise CommandError(
        f"{folder} is no backup and holds none: there is no {_MANIFEST} in it nor in a folder "
        "like 20261128T195039Z. 'hub backup DIR' makes one",
        f"{folder} n'est pas une sauvegarde et n'en contient pas : pas de {_MANIFEST}, ni ici ni "
        "dans un dossier comme 20261128T195039Z. 'hub backup DIR' en fait une",
    )


def sync(folder: Path) -> None:
    """Wait until the folder's entries are on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _wrong(folder: Path, manifest: Manifest) -> Iterator[str]:
    for name, written in manifest.files.items():
        path = folder / name
        try:
            intact = path.stat().st_size == written.bytes and _digest(path) == written.sha256
        except OSError:
            intact = False
        if not intact:
            yield name


def _damaged(folder: Path, names: list[str]) -> CommandError:
    told = ", ".join(names[:6]) + (", ..." if len(names) > 6 else "")
    return CommandError(
        f"{folder} is not as it was written: {told} damaged or missing. Nothing was touched. Take "
        "another backup, or another copy of this one",
        f"{folder} n'est pas tel qu'il a été écrit : {told}, abîmé ou manquant. Rien n'a été "
        "touché. Prenez une autre sauvegarde, ou une autre copie de celle-ci",
    )


def _sums_text(folder: Path, manifest: Manifest) -> str:
    lines = [f"{written.sha256}  {name}" for name, written in manifest.files.items()]
    return "\n".join([*lines, _own_line(folder)])


def _own_line(folder: Path) -> str:
    return f"{_digest(folder / _MANIFEST)}  {_MANIFEST}\n"


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(path: Path, text: str) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
