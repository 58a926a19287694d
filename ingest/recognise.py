"""Which connector a file belongs to, by what is in it, never by its name. Pure."""

from __future__ import annotations

import math
import re
import unicodedata
import zipfile
from collections import Counter
from functools import cache
from itertools import islice

import connectors
from hub.model import DecodeError
from ingest import kinds, workbooks

#: So many bytes a connector may look at.
HEAD = 64 * 1024
#: So many texts of a workbook.
_TEXTS = 2000
_SHOWN_LINES = 3
_SHOWN_TEXTS = 12
_SHOWN_CHARACTERS = 100
#: So many formats are named as near; each has at least this share of the nearest one's likeness.
_NEAR, _NEAR_SHARE = 3, 0.5
#: What a table or a document of a program has and prose has not: prose is near no format.
_STRUCTURE = re.compile(r"\t|[;|]\S|,[^\s\d]|^\s*(json|xml)?\s*[\[{<]")


def recognise(payload: bytes) -> str:
    """The connector that is surest of a file that begins with ``payload``.

    Give all of it: the first 64 KiB are looked at, and those parts of a workbook that have texts.
    Raises DecodeError: ``several_formats`` naming those that are equally sure, ``unrecognised``
    with the first lines and the nearest formats (``unknown_format`` where none is near),
    ``messages`` for a capture of MQTT, ``broken_archive``, or what a file that is no export of
    readings is (``is_pdf``, ``is_web_page``, ``empty_file``, ...).
    """
    kinds.refuse(payload)
    kinds.refuse_messages(payload)
    if payload.startswith(workbooks.MARK):
        cells = list(islice(workbooks.texts(_workbook(payload)), _TEXTS))
        head = workbooks.beginning(cells, HEAD)
        shown, words = _cut(cells[:_SHOWN_TEXTS]), " ".join(["xlsx", *cells[:_SHOWN_TEXTS]])
    else:
        head = payload[:HEAD]
        shown, words = first_lines(head), _text(head)
    surest = _surest(head)
    if not surest:
        is_table = payload.startswith(workbooks.MARK) or _STRUCTURE.search(words)
        near = ", ".join(nearest(words)) if is_table else ""
        raise DecodeError("unrecognised" if near else "unknown_format", value=shown, nearest=near)
    if len(surest) > 1:
        raise DecodeError("several_formats", value=", ".join(surest))
    return surest[0]


def first_lines(head: bytes) -> str:
    """The first lines as a person can read them."""
    lines = head[:2048].decode("utf-8", "replace").splitlines()
    return _cut([line for line in lines if line.strip()][:_SHOWN_LINES])


def nearest(text: str) -> list[str]:
    """The connectors whose description has most in common with a text, the nearest first.

    A word counts the more, the fewer connectors have it.
    """
    words = _words(text)
    worth = _worth()
    likeness = {
        name: sum(worth[word] for word in words & _words_of(name)) for name in connectors.names()
    }
    best = max(likeness.values(), default=0.0)
    ranked = sorted(likeness, key=lambda name: (-likeness[name], name))
    return [n for n in ranked[:_NEAR] if best > 0 and likeness[n] >= best * _NEAR_SHARE]


def _workbook(payload: bytes) -> zipfile.ZipFile:
    archive = workbooks.opened(payload)
    if workbooks.kind_of(archive) == "archive":
        raise DecodeError("nested_archive")
    return archive


def _surest(head: bytes) -> list[str]:
    """The connectors that are surest of a file; none where no one knows it."""
    scores = {name: connectors.load(name).sniff(head) for name in connectors.names()}
    best = max(scores.values(), default=0.0)
    return [name for name, score in scores.items() if score == best and best > 0]


def _cut(lines: list[str]) -> str:
    shown = "".join(c if c.isprintable() else "\ufffd" for c in " ⏎ ".join(lines))
    return shown[: _SHOWN_LINES * _SHOWN_CHARACTERS]


def _text(head: bytes) -> str:
    """The beginning of a file as text, with the name of its family."""
    told = head[:4096].decode("utf-8", "replace")
    family = {"{": "json", "[": "json", "<": "xml"}.get(told.lstrip()[:1], "")
    return f"{family} {told}"


@cache
def _words_of(name: str) -> frozenset[str]:
    return _words(connectors.load(name).__doc__ or "")


@cache
def _worth() -> dict[str, float]:
    """Word -> what it tells: nothing where every connector has it."""
    names = connectors.names()
    found = Counter(word for name in names for word in _words_of(name))
    return {word: math.log(len(names) / number) for word, number in found.items()}


def _words(text: str) -> frozenset[str]:
    folded = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(c for c in folded if not unicodedata.combining(c))
    return frozenset(re.findall(r"[a-z]{3,}", plain))
