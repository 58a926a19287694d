"""The unprivileged user the servers run as when the hub is started by root."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from hub.app.embedded.errors import StackError

_CANDIDATES = ("postgres", "nobody")


class Credentials(TypedDict, total=False):
    """Keyword arguments of `subprocess.Popen` that drop privileges; empty when not root."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class ServiceUser:
    """Who runs PostgreSQL and Mosquitto. PostgreSQL refuses root and needs a passwd entry."""

    name: str
    uid: int
    gid: int

    @property
    def credentials(self) -> Credentials:
        """What to hand to `Popen` so that the child runs as this user."""
        if os.geteuid() != 0:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        """Give one file or folder to this user (no change when already running as them)."""
        if os.geteuid() == 0:
            os.chown(path, self.uid, self.gid)

    def reaches(self, folder: Path) -> bool:
        """Whether this user may walk down to `folder` (not below somebody's 0700 home)."""
        if os.geteuid() != 0:
            return os.access(folder, os.X_OK)
        # /usr/bin/test asks the kernel as that user; mode bits alone would miss ACLs.
        return (
            subprocess.run(
                ["/usr/bin/test", "-x", str(folder)], check=False, **self.credentials
            ).returncode
            == 0
        )


def service_user() -> ServiceUser:
    """Choose the user: ourselves unless root, else `postgres`, else `nobody`."""
    if os.geteuid() != 0:
        entry = _entry_of_current_user()
        return ServiceUser(entry.pw_name, entry.pw_uid, entry.pw_gid)
    for name in _CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return ServiceUser(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise StackError(
        f"no unprivileged user to run the servers as: none of {', '.join(_CANDIDATES)} exists "
        "in /etc/passwd. Create one, or start the hub as a normal user.",
        "aucun utilisateur sans privilèges pour les serveurs : ni "
        f"{', ni '.join(_CANDIDATES)} dans /etc/passwd. Créez-en un, ou démarrez le hub "
        "comme utilisateur ordinaire.",
    )


def _entry_of_current_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwuid(os.geteuid())
    except KeyError:
        raise StackError(
            f"user id {os.geteuid()} has no entry in /etc/passwd; PostgreSQL needs one. "
            "Start the hub as a named user.",
            f"l'utilisateur {os.geteuid()} n'est pas dans /etc/passwd ; PostgreSQL en a besoin. "
            "Démarrez le hub comme un utilisateur nommé.",
        ) from None
