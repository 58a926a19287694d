"""Which connector a file belongs to, by its first bytes. Pure."""

from __future__ import annotations

import re
import unicodedata

import connectors
from hub.model import DecodeError

#: So many bytes a connector may look at.
HEAD = 64 * 1024
#: Marks of encodings that no format of ours uses.
_OTHER_ENCODINGS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
_SHOWN_LINES = 3
_SHOWN_CHARACTERS = 100


def recognise(head: bytes) -> str:
    """The connector that is surest of a file beginning with ``head`` (up to 64 KiB).

    Raises DecodeError: ``empty_file``, ``not_text`` for UTF-16 and UTF-32, ``unrecognised`` with
    the first lines and the nearest connector (``unknown_format`` where none is near), or
    ``several_formats`` naming those that are equally sure.
    """
    if head.startswith(_OTHER_ENCODINGS):
        raise DecodeError("not_text")
    if not head.strip():
        raise DecodeError("empty_file")
    scores = {name: connectors.load(name).sniff(head[:HEAD]) for name in connectors.names()}
    best = max(scores.values(), default=0.0)
    if best <= 0:
        near = nearest(head)
        reason = "unrecognised" if near else "unknown_format"
        raise DecodeError(reason, value=first_lines(head), nearest=near)
    surest = [name for name, score in scores.items() if score == best]
    if len(surest) > 1:
        raise DecodeError("several_formats", value=", ".join(surest))
    return surest[0]


def first_lines(head: bytes) -> str:
    """The first lines as a person can read them."""
    lines = head[:2048].decode("utf-8", "replace").splitlines()[:_SHOWN_LINES]
    shown = "".join(c if c.isprintable() else "\ufffd" for c in " ⏎ ".join(lines))
    return shown[: _SHOWN_LINES * _SHOWN_CHARACTERS]


def nearest(head: bytes) -> str:
    """The connector whose description shares most words with the file's beginning, '' if none."""
    words = _words(head[:4096].decode("utf-8", "replace"))
    shared = {
        name: len(words & _words(connectors.load(name).__doc__ or ""))
        for name in connectors.names()
    }
    name = max(sorted(shared), key=lambda n: shared[n], default="")
    return name if name and shared[name] else ""


def _words(text: str) -> set[str]:
    folded = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(c for c in folded if not unicodedata.combining(c))
    return set(re.findall(r"[a-z]{4,}", plain))
