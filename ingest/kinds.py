"""Files that people mistake for an export of readings, told by their first bytes. Pure.

Each gets a reason that says what it is and what to do instead; see ``hub.model.REASONS``.
"""

from __future__ import annotations

import re

from hub.model import DecodeError
from ingest.config import Routing, defaults

#: How a file begins -> reason, and what the reason's text names.
_BEGINNINGS: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF-", "is_pdf", ""),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is_old_office", ""),
    (b"\x89PNG\r\n", "is_picture", ""),
    (b"\xff\xd8\xff", "is_picture", ""),
    (b"GIF8", "is_picture", ""),
    (b"SQLite format 3\0", "is_database", "SQLite"),
    (b"7z\xbc\xaf\x27\x1c", "is_archive", "7z"),
    (b"Rar!\x1a\x07", "is_archive", "RAR"),
    (b"\xfd7zXZ\0", "is_archive", "xz"),
    (b"BZh", "is_archive", "bzip2"),
    (b"\x28\xb5\x2f\xfd", "is_archive", "zstd"),
)
_TAR_AT, _TAR = 257, b"ustar"
_PHOTO_AT, _PHOTO = 4, re.compile(rb"ftyp(heic|heix|mif1|avif)")
_PAGE = re.compile(
    rb"(?:<!--.{0,500}?-->|<\?xml[^>]{0,200}>|\s)*<(?:!doctype html|html)\b",
    re.IGNORECASE | re.DOTALL,
)
#: Values that are JSON and hold nothing.
_NOTHING = frozenset({b"[]", b"{}", b"null", b'""', b"[{}]", b"[[]]"})
#: A topic of several levels with a letter in it (a date has none), a tab, a payload.
_MESSAGE = re.compile(rb"((?=[^\t]*[A-Za-z])[^\s{}<>\";,()]+(?:/[^\s{}<>\";,()]+)+)\t([^\t\n])")
#: So many first lines must all be messages; so many bytes are looked at.
_LINES, _SEEN = 3, 64 << 10


def refuse(payload: bytes) -> None:
    """Raise DecodeError for a file that is known not to hold readings; return for any other."""
    for beginning, reason, value in _BEGINNINGS:
        if payload.startswith(beginning):
            raise DecodeError(reason, value=value)
    if payload.startswith(_TAR, _TAR_AT):
        raise DecodeError("is_archive", value="tar")
    if _PHOTO.match(payload, _PHOTO_AT):
        raise DecodeError("is_picture")
    if _PAGE.match(payload):
        raise DecodeError("is_web_page")
    if not payload.strip():
        raise DecodeError("empty_file")
    if payload[:16].strip() in _NOTHING and len(payload.strip()) <= 4:
        raise DecodeError("no_rows", value=payload.strip().decode())


def refuse_messages(payload: bytes) -> None:
    """Raise DecodeError(messages) for a capture of MQTT messages: topic, tab, payload a line.

    The first lines all are such; one of the file's beginning has a topic that a connector reads, or
    JSON for a payload, as no table has.
    """
    lines = [line for line in payload[:_SEEN].split(b"\n") if line.strip()]
    found = [match for line in lines if (match := _MESSAGE.match(line))]
    if not found or len([m for m in map(_MESSAGE.match, lines[:_LINES]) if m]) < len(
        lines[:_LINES]
    ):
        return
    routing = Routing(defaults())
    routes = [routing.route(match[1].decode("utf-8", "replace")) for match in found]
    readers = sorted({route.connector for route in routes if route})
    if readers or any(match[2].startswith(b"{") for match in found):
        raise DecodeError("messages", value=", ".join(readers) or "-")
