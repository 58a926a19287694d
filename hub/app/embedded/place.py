"""Where the servers keep their files.

Normally in the data folder. Started by root below somebody's private home, the servers' own user
could not walk there: their files then live in the system's state folder, and a link in the data
folder leads to them.
"""

import tempfile
from pathlib import Path

from hub.app.embedded.errors import StackError
from hub.app.embedded.user import ServiceUser

_STATE = Path("/var/lib/district-energy-hub")
_LINK = "servers"


def servers_folder(data: Path, user: ServiceUser, state: Path = _STATE) -> Path:
    """The folder for the servers' files of the hub whose data folder is `data` (absolute)."""
    link = data / _LINK
    if link.is_symlink():
        target = link.resolve()
        if not target.is_dir():
            raise StackError(
                f"{link} leads to {target}, which is gone, and the hub's database with it. "
                f"Bring the folder back, or remove {link} to begin with an empty database.",
                f"{link} mène à {target}, qui n'existe plus, ni donc la base du hub. Remettez ce "
                f"dossier, ou retirez {link} pour commencer avec une base vide.",
            )
        return target
    if user.reaches(data):
        return data
    state.mkdir(parents=True, exist_ok=True)
    state.chmod(0o755)
    target = Path(tempfile.mkdtemp(prefix=f"{data.parent.name or 'hub'}-", dir=state))
    target.chmod(0o711)
    link.symlink_to(target)
    return target
