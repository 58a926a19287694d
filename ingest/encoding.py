"""Files as the connectors read them: in UTF-8, whatever program saved them. Pure.

Spreadsheets and editors write UTF-16 and UTF-32, JSON and XML in Windows-1252, a byte order mark
where none belongs, line ends of a bare CR, and a last Ctrl-Z. Files that are no text (workbooks,
frames as a meter sends them, encrypted telegrams) are left as they are.
"""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

from hub.model import DecodeError, Note

#: The marks of encodings, the longer before those that they begin with.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
#: UTF-16 without its mark: each of so many first characters stands beside a NUL.
_WIDE_LE = re.compile(rb"(?:[\t\n\r -~\xa0-\xff]\0){8}")
_WIDE_BE = re.compile(rb"(?:\0[\t\n\r -~\xa0-\xff]){8}")
_TWICE_ENCODED_MARK = codecs.BOM_UTF8.decode("latin-1").encode()
_DECLARED = re.compile(rb"(<\?xml[^>]{0,100}?\bencoding\s*=\s*[\"'])([A-Za-z0-9._-]+)")
_CONTROL = bytes(set(range(32)) - {9, 10, 12, 13, 27})
_LAST = b"\x1a\0"


class Readable(NamedTuple):
    """A file in UTF-8; ``note`` tells the encoding that it came in, where it was another."""

    payload: bytes
    note: Note | None = None


def readable(payload: bytes) -> Readable:
    """The file in UTF-8. Raises DecodeError(not_text) for UTF-16 or UTF-32 that is broken."""
    text, name = _narrow(payload)
    text = text.removeprefix(codecs.BOM_UTF8).removeprefix(_TWICE_ENCODED_MARK)
    if text.endswith((b"\x1a", b"\0")) and _is_plain(text.rstrip(_LAST)):
        text = text.rstrip(_LAST)
    if b"\n" not in text and b"\r" in text and _is_plain(text):
        text = text.replace(b"\r", b"\n")
    first = text[:200].lstrip()
    if first.startswith(b"<?xml"):
        text = text.lstrip()  # nothing may stand before a declaration
    if not name and not text.isascii():
        text, name = _twice_encoded(text)
        if not name and first.startswith((b"{", b"[", b"<")):
            text, name = _of_windows(text)
    declared = _DECLARED.match(text) if name else None
    if declared:
        text = declared[1] + b"utf-8" + text[declared.end() :]
    return Readable(text, _note(name) if name else None)


def _narrow(payload: bytes) -> tuple[bytes, str]:
    """UTF-16 or UTF-32 as UTF-8, and its name; anything else as it is, and ''."""
    encoding, name = next(((e, n) for mark, e, n in _MARKS if payload.startswith(mark)), ("", ""))
    if _WIDE_LE.match(payload):
        encoding, name = "utf-16-le", "UTF-16"
    elif _WIDE_BE.match(payload):
        encoding, name = "utf-16-be", "UTF-16"
    if not encoding:
        return payload, ""
    try:
        return payload.decode(encoding).encode(), name
    except UnicodeError:
        raise DecodeError("not_text") from None


def _twice_encoded(text: bytes) -> tuple[bytes, str]:
    """UTF-8 that was taken for Windows-1252 or Latin-1 and encoded once more ("dÃ©but").

    Only where all of it is: what was encoded once does not become UTF-8 by being decoded twice.
    """
    try:
        told = text.decode()
    except UnicodeDecodeError:
        return text, ""
    for encoding in ("cp1252", "latin-1"):
        try:
            once = told.encode(encoding)
            once.decode()
        except UnicodeError:
            continue
        return once, "UTF-8 × 2"
    return text, ""


def _of_windows(text: bytes) -> tuple[bytes, str]:
    """JSON or XML that is said to be UTF-8 and is not: in the encoding of Windows."""
    declared = _DECLARED.match(text)
    if declared and declared[2].lower() not in (b"utf-8", b"utf8"):
        return text, ""  # XML says so itself, and is read so
    try:
        text.decode()
    except UnicodeDecodeError:
        if not _is_plain(text):
            return text, ""
        # five bytes stand for nothing in Windows-1252: they become the sign of a lost character
        return text.decode("cp1252", "replace").encode(), "Windows-1252"
    return text, ""


def _is_plain(text: bytes) -> bool:
    """Whether no control characters are in it, as in text of any encoding with one byte a sign."""
    return text.translate(None, _CONTROL) == text


def _note(name: str) -> Note:
    return Note("encoding", f"le texte est codé en {name}", f"the text is encoded in {name}")
