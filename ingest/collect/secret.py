"""Tokens and passwords: read when they are needed, from a file or a variable, and never shown."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from hub.words import system_words
from ingest.collect.errors import CollectError

_LONGEST = 16_384
_HIDDEN = "***"
#: A shorter one may stand in an answer by chance, as a part of a reading.
_TELLTALE = 16
#: Whoever is not the owner or the group has no business with the file; nor may the group change it.
_TOO_OPEN = stat.S_IWGRP | stat.S_IRWXO


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A text that is sent to its host and shown to nobody."""

    value: str

    def __repr__(self) -> str:
        return f"Secret({_HIDDEN})"

    def hidden_in(self, text: str) -> str:
        """The text without it."""
        return text.replace(self.value, _HIDDEN)

    def hidden_in_bytes(self, content: bytes) -> bytes:
        """An answer without it, for hosts may repeat what they were sent.

        One that is too short to be told from a number stays: no reading may be changed.
        """
        if len(self.value) < _TELLTALE:
            return content
        return content.replace(self.value.encode(), _HIDDEN.encode())


def from_file(path: Path) -> Secret:
    """The content of a file. Raises CollectError: unreadable, open to others, not one line."""
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise _wrong(f"{path} is no file", f"{path} n'est pas un fichier")
            if status.st_mode & _TOO_OPEN:
                mode = f"{stat.S_IMODE(status.st_mode):04o}"
                raise _wrong(
                    f"{path} is open to others (mode {mode}): chmod 600",
                    f"{path} est ouvert à d'autres (mode {mode}) : chmod 600",
                )
            content = file.read(_LONGEST + 1)
    except OSError as error:
        why = error.strerror or type(error).__name__
        said = system_words(why, "fr")
        raise _wrong(
            f"{path} cannot be read ({why})", f"{path} ne peut être lu ({said})"
        ) from error
    return _one_line(content, str(path))


def from_variable(name: str) -> Secret:
    """The value of an environment variable. Raises CollectError: not set, not one line."""
    value = os.environ.get(name)
    if value is None:
        raise _wrong(f"the variable {name} is not set", f"la variable {name} n'est pas définie")
    return _one_line(value.encode("utf-8", "surrogateescape"), name)


def _one_line(content: bytes, where: str) -> Secret:
    """Printable ASCII: what may stand in a header of HTTP."""
    text = content.strip().decode("ascii", "replace")
    if not text or len(content) > _LONGEST or not text.isascii() or not text.isprintable():
        raise _wrong(
            f"{where} holds no token: one line of printable ASCII is expected",
            f"{where} ne contient pas de jeton : une ligne d'ASCII imprimable est attendue",
        )
    return Secret(text)


def _wrong(english: str, french: str) -> CollectError:
    return CollectError(english, french, needs_person=True)
