"""The encodings of what comes, in one place: UTF-8 without a mark is what the formats are read in.

Spreadsheets and editors write UTF-16 and UTF-32, Windows-1252, UTF-8 that was encoded twice
("DÃ©but"), a byte order mark where none belongs, line ends of a bare CR, and a last Ctrl-Z. Files
become UTF-8 before a format is looked for, whatever way they came; of messages, which are UTF-8 by
the rules of their formats, only the mark is taken off. What is no text (workbooks, frames as a
meter sends them, encrypted telegrams), and telegrams whose checksum is of their bytes, are left as
they are. XML that names an encoding of its own is read by that. Pure.
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
_HIGH = re.compile(rb"[\x80-\xff]+")
#: Names, and with them all that is not ASCII, are mostly in the first bytes.
_HEAD = 4096
#: Bytes that stand for nothing in Windows-1252; one in so many bytes of a text may be lost. Frames
#: whose parity bits were kept have one in each line.
_NOTHING, _LOST = b"\x81\x8d\x8f\x90\x9d", 50


class Readable(NamedTuple):
    """A file in UTF-8; ``note`` tells the encoding that it came in, where it was another."""

    payload: bytes
    note: Note | None = None


def unmarked(payload: bytes) -> bytes:
    """UTF-8 without its byte order mark."""
    return payload.removeprefix(codecs.BOM_UTF8)


def is_plain(text: bytes) -> bool:
    """Whether no control characters are in it, as in text of any encoding with one byte a sign."""
    return text.translate(None, _CONTROL) == text


def utf8(payload: bytes) -> bytes:
    """A file that has to be text, in UTF-8. Raises DecodeError(not_text) for anything else."""
    text = readable(payload).payload
    if not _is_utf8(text) or not is_plain(text):
        raise DecodeError("not_text")
    return text


def readable(payload: bytes) -> Readable:
    """The file in UTF-8. Raises DecodeError(not_text) for UTF-16 or UTF-32 that is broken."""
    text, name = _narrow(payload)
    text = unmarked(text).removeprefix(_TWICE_ENCODED_MARK)
    if text.endswith((b"\x1a", b"\0")) and is_plain(text.rstrip(_LAST)):
        text = text.rstrip(_LAST)
    if b"\n" not in text and b"\r" in text and is_plain(text):
        text = text.replace(b"\r", b"\n")
    if text[:200].lstrip().startswith(b"<?xml"):
        text = text.lstrip()  # nothing may stand before a declaration
    if not name:
        text, name = _told(text)
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


def _told(text: bytes) -> tuple[bytes, str]:
    """Text with one byte a sign, or encoded twice, as UTF-8; anything else as it is, and ''."""
    cut = text.find(b"\n", _HEAD) + 1
    head, rest = text[:cut], text[cut:]
    if not rest.isascii():
        head, rest = text, b""
    if head.isascii():
        return text, ""
    if _is_utf8(head):
        head, name = _once(head)
    elif _is_windows(text):
        # what stands for nothing becomes the sign of a lost character
        head, name = head.decode("cp1252", "replace").encode(), "Windows-1252"
    else:
        return text, ""
    return (head + rest, name) if name else (text, "")


def _once(text: bytes) -> tuple[bytes, str]:
    """UTF-8 that was taken for Windows-1252 or Latin-1 and encoded once more ("dÃ©but").

    Only where all of it is: what was encoded once does not become UTF-8 by being decoded twice.
    """
    first = _HIGH.search(text)
    for encoding in ("cp1252", "latin-1"):
        try:
            for part in (first[0] if first else b"", text):
                once = part.decode().encode(encoding)
                once.decode()
        except UnicodeError:
            continue
        return once, "UTF-8 × 2"
    return text, ""


def _is_windows(text: bytes) -> bool:
    """Whether what is no UTF-8 is in the encoding of Windows, a few lost characters aside."""
    if text.lstrip()[:1] == b"/":
        return False  # a telegram
    declared = _DECLARED.match(text)
    if declared and declared[2].lower() not in (b"utf-8", b"utf8"):
        return False  # XML says so itself, and is read so
    lost = len(text) - len(text.translate(None, _NOTHING))
    return lost * _LOST <= len(text) and is_plain(text)


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _note(name: str) -> Note:
    return Note("encoding", f"le texte est codé en {name}", f"the text is encoded in {name}")
