"""Words for people: two languages, numbers that agree, foreign text that is safe to show. Pure."""

from __future__ import annotations

import errno
import os
import unicodedata

#: One and several of a thing: ("reading", "readings").
Forms = tuple[str, str]


#: What the system says of a file or a connection that failed -> French.
_SYSTEM: dict[str, str] = {
    os.strerror(number): french
    for number, french in {
        errno.ENOENT: "fichier ou dossier introuvable",
        errno.EACCES: "accès refusé",
        errno.EPERM: "opération interdite",
        errno.EISDIR: "c'est un dossier",
        errno.ENOTDIR: "ce n'est pas un dossier",
        errno.ENOSPC: "il n'y a plus de place sur le disque",
        errno.EIO: "le disque ne répond pas bien",
        errno.ECONNREFUSED: "connexion refusée",
        errno.ECONNRESET: "connexion interrompue",
        errno.ETIMEDOUT: "pas de réponse à temps",
        errno.EHOSTUNREACH: "aucun chemin jusqu'à cet appareil",
        errno.ENETUNREACH: "réseau injoignable",
    }.items()
}


def system_words(told: str, language: str) -> str:
    """What the system said, in French where it is a usual thing; its own words otherwise."""
    return _SYSTEM.get(told, told) if language == "fr" else told


def agree(number: int, french: Forms, english: Forms, language: str) -> str:
    """The number with its noun: "1 reading", "2 readings"; in French none is singular too."""
    if language == "fr":
        return f"{number} {french[abs(number) > 1]}"
    return f"{number} {english[number != 1]}"


def length(seconds: int, language: str) -> str:
    """A length of time in at most two units: "30 min", "1 h 30 min", "3 jours 2 h"."""
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3600)
    minutes, rest = divmod(rest, 60)
    parts = [
        agree(days, ("jour", "jours"), ("day", "days"), language) if days else "",
        f"{hours} h" if hours else "",
        f"{minutes} min" if minutes else "",
        f"{rest} s" if rest else "",
    ]
    return " ".join([part for part in parts if part][:2]) or "0 s"


def visible(text: str) -> str:
    """Text of a file, an address or a device, fit for a terminal or a log.

    Control characters and other characters that nobody sees are written out (``\\x1b``): they could
    recolour a terminal, forge a line or turn the reading direction.
    """
    if text.isprintable():
        return text
    return "".join(_visible(character) for character in text)


def visible_lines(text: str) -> str:
    """Text of several lines of our own, each as :func:`visible` shows it."""
    return "\n".join(visible(line) for line in text.split("\n"))


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if character.isprintable() or category == "Zs":  # spaces of French numbers among them
        return character
    return character.encode("unicode_escape", "backslashreplace").decode("ascii")
