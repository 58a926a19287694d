"""Fetch Debian packages with apt's own client and unpack them without installing anything.

apt keeps all its state in a scratch folder, so the machine's own package state is neither read nor
changed, and no privileges are needed. Signatures are checked with the machine's keyrings.
"""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from hub.app.embedded import elf, sources
from hub.app.embedded.errors import StackError
from hub.app.language import either

SUITE = "trixie"
"""Debian 13: the first release that ships TimescaleDB."""

_TOOLS = ("apt-get", "dpkg")
_TIMEOUT = 900


def unpack(target: Path, names: Sequence[str], say: Callable[[str], None]) -> dict[str, str]:
    """Download `names` from Debian and lay them out, runnable, below `target`.

    Returns the version of each package. Raises `StackError` saying what failed and what to do.
    """
    missing = [tool for tool in _TOOLS if shutil.which(tool) is None]
    if missing:
        raise StackError(
            f"{' and '.join(missing)} not found: the servers come from Debian's packages. "
            "On another system set HUB_DATABASE_URL and HUB_MQTT_URL to servers of yours.",
            f"{' et '.join(missing)} introuvable : les serveurs viennent des paquets de Debian. "
            "Sur un autre système, donnez vos serveurs dans HUB_DATABASE_URL et HUB_MQTT_URL.",
        )
    with tempfile.TemporaryDirectory(prefix="hub-apt-") as scratch:
        apt = _Apt(Path(scratch))
        say(
            either(
                f"Lecture des listes de paquets de Debian {SUITE} ...",
                f"Fetching the package lists of Debian {SUITE} ...",
            )
        )
        apt.update()
        say(
            either(
                f"Téléchargement de {len(names)} paquets (environ 40 Mo) ...",
                f"Downloading {len(names)} packages (about 40 MB) ...",
            )
        )
        files = apt.download(names)
        say(either("Décompression ...", "Unpacking ..."))
        target.mkdir(parents=True)
        target.chmod(0o755)  # the servers' user must read it, whatever our umask
        for file in files:
            _run(["dpkg", "-x", str(file), str(target)])
        elf.bind_to_prefix(target)
        return {file.name.split("_")[0]: _version(file) for file in files}


class _Apt:
    """apt-get with its own state: lists, cache, sources and an empty dpkg status."""

    def __init__(self, scratch: Path) -> None:
        self._archives = scratch / "debs"
        for folder in ("state/lists/partial", "cache/archives/partial", "parts", "debs"):
            (scratch / folder).mkdir(parents=True)
        (scratch / "parts" / "hub.sources").write_text(machine_sources())
        settings = {
            "Dir::State": scratch / "state",
            "Dir::State::Lists": scratch / "state/lists",
            "Dir::State::status": "/dev/null",
            "Dir::Cache": scratch / "cache",
            "Dir::Etc::sourcelist": "/dev/null",
            "Dir::Etc::sourceparts": scratch / "parts",
            "Dir::Etc::preferences": "/dev/null",
            "Dir::Etc::preferencesparts": "/dev/null",
            "APT::Sandbox::User": "",
            "Acquire::Retries": "3",
            "Acquire::Languages": "none",
        }
        self._options = [f"-o{name}={value}" for name, value in settings.items()]

    def update(self) -> None:
        _run(["apt-get", *self._options, "-q", "update"], what="the package lists")

    def download(self, names: Sequence[str]) -> list[Path]:
        _run(
            ["apt-get", *self._options, "-q", "download", *names],
            what="the packages",
            cwd=self._archives,
        )
        files = sorted(self._archives.glob("*.deb"))
        if len(files) != len(names):
            got = {file.name.split("_")[0] for file in files}
            missing = ", ".join(sorted(set(names) - got))
            raise StackError(
                f"Debian {SUITE} gave no package {missing}",
                f"Debian {SUITE} n'a pas donné les paquets {missing}",
            )
        return files


def machine_sources() -> str:
    """The apt sources to use here, in deb822 form, from the machine's own."""
    codename = _codename(Path("/etc/os-release"))
    found: list[sources.Source] = []
    files = [Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt/sources.list.d").glob("*"))]
    for file in files:
        if not file.is_file():
            continue
        parse = {".list": sources.parse_one_line, ".sources": sources.parse_deb822}.get(file.suffix)
        if parse is not None:
            found += parse(file.read_text(errors="replace"))
    usable = sources.for_suite(found, codename, SUITE)
    if not usable:
        raise StackError(
            f"no Debian mirror for '{codename}' in /etc/apt/sources.list or sources.list.d. "
            "Debian 12 or 13 is needed; elsewhere set HUB_DATABASE_URL and HUB_MQTT_URL to "
            "servers of yours.",
            f"aucun miroir Debian pour « {codename} » dans /etc/apt/sources.list ni dans "
            "sources.list.d. Il faut Debian 12 ou 13 ; ailleurs, donnez vos serveurs dans "
            "HUB_DATABASE_URL et HUB_MQTT_URL.",
        )
    return sources.render(usable)


def _codename(os_release: Path) -> str:
    match = re.search(r'^VERSION_CODENAME="?(\w+)"?$', os_release.read_text(), re.MULTILINE)
    return match[1] if match else "unknown"


def _version(file: Path) -> str:
    # Debian's file names are name_version_architecture.deb, with ':' written as %3a
    return file.name.split("_")[1].replace("%3a", ":")


def _run(command: list[str], what: str = "a package", cwd: Path | None = None) -> None:
    environment = {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(
            command,
            check=False,
            cwd=cwd,
            env=environment,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT,
        )
    except subprocess.TimeoutExpired:
        raise StackError(
            f"'{command[0]}' did not finish with {what} in {_TIMEOUT} s. "
            "Check the network (or the proxy in apt's configuration) and start again.",
            f"« {command[0]} » n'a pas fini en {_TIMEOUT} s. Vérifiez le réseau (ou le "
            "mandataire dans la configuration d'apt), puis recommencez.",
        ) from None
    if done.returncode != 0:
        raise _failure(command, what, done.stderr or done.stdout)


def _failure(command: list[str], what: str, output: str) -> StackError:
    lines = [line for line in output.splitlines() if line.startswith(("E:", "dpkg", "W:"))]
    told = "\n  ".join((lines or output.splitlines())[-6:])
    return StackError(
        f"'{command[0]}' could not get {what}:\n  {told}\n"
        "Check that this machine reaches its Debian mirror ('apt-get update'), that "
        "debian-archive-keyring is installed and the disk is not full, then start again.",
        f"« {command[0]} » a échoué :\n  {told}\n"
        "Vérifiez que cette machine atteint son miroir Debian (« apt-get update »), que "
        "debian-archive-keyring est installé et que le disque n'est pas plein, puis recommencez.",
    )
