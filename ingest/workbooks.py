"""A workbook (XLSX) or another zip, told from its parts, and the beginning of a workbook's texts.

A zip's first bytes tell little: its texts may lie anywhere. So its list of parts is read, and of
the parts with texts as much as one needs to know the file, however large they claim to be. Pure.
"""

from __future__ import annotations

import html
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from typing import Literal

from hub.model import DecodeError

MARK = b"PK\x03\x04"
#: The mark of a zip that holds nothing, and of one in several volumes.
EMPTY, SPLIT = b"PK\x05\x06", b"PK\x07\x08"
Kind = Literal["workbook", "archive"]

#: Parts of a workbook in which texts stand, and so many of them.
_PARTS = re.compile(r"xl/(sharedStrings|worksheets/[^/]+)\.xml", re.IGNORECASE)
_MOST_PARTS = 20
#: Of each part so many bytes are unpacked.
_SEEN = 1 << 20
#: A cell's text, which may be in several runs.
_TEXT = re.compile(r"<(?:\w+:)?(si|is)\b[^>]*>(.*?)</(?:\w+:)?\1>", re.DOTALL)
_RUN = re.compile(r"<(?:\w+:)?t\b[^>]*>([^<]*)<")
#: A longer text is cut.
_LONGEST = 200
#: So many names of a zip are looked at.
_NAMES = 10_000


def opened(payload: bytes) -> zipfile.ZipFile:
    """The zip. Raises DecodeError(broken_archive) for one that is cut or damaged."""
    try:
        return zipfile.ZipFile(io.BytesIO(payload))
    except (zipfile.BadZipFile, ValueError, OSError, OverflowError, NotImplementedError) as error:
        raise DecodeError("broken_archive", error=str(error)[:200]) from error


def kind_of(archive: zipfile.ZipFile) -> Kind:
    """What a zip is. Raises DecodeError for documents in which no connector finds readings."""
    names = {name.lower() for name in archive.namelist()[:_NAMES]}
    if "mimetype" in names and "content.xml" in names:
        raise DecodeError("is_open_document")
    if "[content_types].xml" not in names:
        return "archive"
    folders = {name.partition("/")[0] for name in names}
    if "xl" in folders:
        if "xl/workbook.bin" in names:
            raise DecodeError("is_old_office")
        return "workbook"
    if folders & {"word", "ppt"}:
        raise DecodeError("is_document")
    return "archive"


def texts(archive: zipfile.ZipFile) -> Iterator[str]:
    """The different texts of a workbook's cells, the first ones of each of its parts."""
    told: set[str] = set()
    names = [name for name in dict.fromkeys(archive.namelist()[:_NAMES]) if _PARTS.fullmatch(name)]
    for name in names[:_MOST_PARTS]:
        for match in _TEXT.finditer(_first(archive, name).decode("utf-8", "replace")):
            text = html.unescape("".join(_RUN.findall(match[2]))).strip()
            if text and text not in told:
                told.add(text)
                yield text


def beginning(cells: Iterable[str], limit: int) -> bytes:
    """A small workbook of these texts, as they would stand in its first ``limit`` bytes."""
    said = "".join(f"<si><t>{html.escape(text[:_LONGEST])}</t></si>" for text in cells)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as small:
        small.writestr("xl/sharedStrings.xml", said.encode()[: limit - 1000])
    return packed.getvalue()


def _first(archive: zipfile.ZipFile, name: str) -> bytes:
    try:
        with archive.open(name) as part:
            return part.read(_SEEN)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        ValueError,
        RuntimeError,  # encrypted; a way of packing that nobody knows (NotImplementedError)
        KeyError,
    ):
        return b""
