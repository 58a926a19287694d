"""PostgreSQL's own `pg_dump` and `pg_restore`: where they are, and how they are run.

They are of the server's major version, no other: an older one cannot read the server, and what a
newer one says an older server does not understand.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from hub.app.embedded.prefix import find_prefix
from hub.app.errors import CommandError

_DEBIAN = Path("/usr/lib/postgresql")
_TOLD = 12  # lines of a program's own words


def find(program: str, major: int, debian: Path = _DEBIAN) -> Path:
    """The program of a major version: the embedded stack's, Debian's, or one of `PATH`.

    Raises CommandError naming what to install.
    """
    prefix = find_prefix()
    places = [prefix.postgres_bin / program] if prefix else []
    places.append(debian / str(major) / "bin" / program)
    if on_path := shutil.which(program):
        places.append(Path(on_path))
    for path in places:
        if path.is_file() and major_version(path) == major:
            return path
    raise CommandError(
        f"no {program} of PostgreSQL {major} here, the server's version. As root: "
        f"apt-get install postgresql-client-{major}",
        f"pas de {program} de PostgreSQL {major} ici, la version du serveur. En root : "
        f"apt-get install postgresql-client-{major}",
    )


def major_version(path: Path) -> int | None:
    """As the program tells it: 17."""
    told = subprocess.run([path, "--version"], check=False, capture_output=True, text=True).stdout
    match = re.search(r"\) (\d+)", told)
    return int(match[1]) if match else None


def run(program: Path, url: str, arguments: Sequence[str | Path]) -> None:
    """Run it on a database to its end. Raises CommandError with its words."""
    with running(program, url, arguments) as wait:
        wait()


@contextmanager
def running(
    program: Path, url: str, arguments: Sequence[str | Path]
) -> Iterator[Callable[[], None]]:
    """Run it beside the block, which calls what it is given to wait for the end.

    The program does not outlive the block. What it writes only we may read.
    """
    conninfo, secret = _without_password(url)
    command = [program, f"--dbname={conninfo}", "--no-password", *arguments]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
    with (
        tempfile.TemporaryFile() as words,
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=words,
            env={**environment, "LC_ALL": "C", **secret},
            umask=0o077,
        ) as process,
    ):

        def wait() -> None:
            if process.wait() != 0:
                raise _failure(program, words)

        try:
            yield wait
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """By SIGTERM, at which it ends its own workers, too."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


def _without_password(url: str) -> tuple[str, dict[str, str]]:
    """The address without its password, which everybody on the machine could read, and that."""
    parts = conninfo_to_dict(url)
    password = parts.pop("password", None)
    secret = {} if password is None else {"PGPASSWORD": str(password)}
    return make_conninfo("", **parts), secret


def _failure(program: Path, words: IO[bytes]) -> CommandError:
    words.seek(0)
    lines = words.read().decode(errors="replace").splitlines()
    first = next((i for i, line in enumerate(lines) if ": error: " in line), max(len(lines) - 3, 0))
    told = "\n  ".join(lines[first : first + _TOLD])
    return CommandError(f"{program.name} failed:\n  {told}", f"{program.name} a échoué :\n  {told}")
