"""The private prefix: one folder with Debian's PostgreSQL, TimescaleDB and Mosquitto in it.

It is shared by every checkout on the machine, keyed by the list of packages, and built once under
a lock. Executables hold absolute paths into it, so it is built where it stays, and a stamp written
last says that it is whole.
"""

import fcntl
import hashlib
import json
import os
import platform
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from hub.app.embedded import packages
from hub.app.embedded.errors import StackError
from hub.app.language import either

Say = Callable[[str], None]

_RECIPE = "1"  # raise when the way of building changes, so that old prefixes are left alone
_STAMP = "complete.json"
_SHARED = Path("/var/cache/district-energy-hub")


@dataclass(frozen=True)
class Prefix:
    """A finished prefix."""

    path: Path

    @property
    def postgres_bin(self) -> Path:
        """The folder of `initdb` and `postgres`."""
        return self.path / "usr/lib/postgresql/17/bin"

    @property
    def mosquitto(self) -> Path:
        """The broker."""
        return self.path / "usr/sbin/mosquitto"

    @property
    def client_bin(self) -> Path:
        """The folder of `mosquitto_pub` and `mosquitto_sub`."""
        return self.path / "usr/bin"

    @property
    def versions(self) -> dict[str, str]:
        """Debian's version of each package, by name."""
        stamp = json.loads((self.path / _STAMP).read_text())
        return dict(stamp["packages"])


def package_names() -> list[str]:
    """The packages of `packages.txt`."""
    text = resources.files(__package__).joinpath("packages.txt").read_text()
    return [line for line in text.split("\n") if line and not line.startswith("#")]


def prefix_key(names: list[str]) -> str:
    """What a prefix is made of: packages, machine and recipe, as 16 hex digits."""
    text = "\n".join([_RECIPE, platform.machine(), packages.SUITE, *sorted(names)])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def default_base() -> Path:
    """`HUB_PREFIX`, else a cache for the machine (root) or for the user."""
    if configured := os.environ.get("HUB_PREFIX"):
        return Path(configured).absolute()
    if os.geteuid() == 0:
        return _SHARED
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(cache) / "district-energy-hub"


def find_prefix(base: Path | None = None) -> Prefix | None:
    """The prefix, if this machine has one."""
    bases = [base] if base else [default_base()]
    if base is None and "HUB_PREFIX" not in os.environ:
        bases.insert(0, _SHARED)
    key = prefix_key(package_names())
    return next((Prefix(b / key) for b in bases if (b / key / _STAMP).is_file()), None)


def ensure_prefix(say: Say = print, base: Path | None = None) -> Prefix:
    """Return the prefix, building it first if this machine has none yet.

    Raises `StackError` when the packages cannot be fetched; a later call begins anew.
    """
    if found := find_prefix(base):
        return found
    names = package_names()
    key = prefix_key(names)
    base = base or default_base()
    target = base / key
    _make_base(base)
    with _locked(base / f"{key}.lock", say):
        if not (target / _STAMP).is_file():
            _build(target, names, say)
    return Prefix(target)


def _make_base(base: Path) -> None:
    try:
        base.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            base.chmod(0o755)
    except OSError as error:
        raise StackError(
            f"cannot make the folder for the servers' programs, {base}: {error.strerror}. "
            "Set HUB_PREFIX to a folder you may write.",
            f"impossible de créer le dossier des programmes des serveurs, {base} : "
            f"{error.strerror}. Donnez dans HUB_PREFIX un dossier où vous pouvez écrire.",
        ) from error


@contextmanager
def _locked(path: Path, say: Say) -> Iterator[None]:
    with path.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(
                either(
                    "Un autre processus charge les mêmes paquets ; attente.",
                    "Another process is fetching the same packages; waiting for it.",
                )
            )
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _build(target: Path, names: list[str], say: Say) -> None:
    shutil.rmtree(target, ignore_errors=True)  # what an interrupted build left
    versions = packages.unpack(target, names, say)
    (target / _STAMP).write_text(json.dumps({"packages": versions}, indent=1) + "\n")
    say(
        either(
            f"PostgreSQL, TimescaleDB et Mosquitto sont prêts dans {target}",
            f"PostgreSQL, TimescaleDB and Mosquitto are ready in {target}",
        )
    )
