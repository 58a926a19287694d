"""The language a command speaks: `--lang`, else the environment's, else French."""

import os

from hub.app.errors import CommandError


def language(chosen: str | None = None) -> str:
    """ "fr" or "en". `LC_ALL`, `LC_MESSAGES` and `LANG` count in this order; English needs "en"."""
    if chosen is not None:
        if chosen not in ("fr", "en"):
            raise CommandError(f"--lang {chosen}: fr or en")
        return chosen
    told = next((v for n in ("LC_ALL", "LC_MESSAGES", "LANG") if (v := os.environ.get(n))), "")
    return "en" if told.lower().startswith("en") else "fr"
