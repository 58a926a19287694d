"""Sheets of an XLSX file as lists of cells, opened safely.

A workbook is a zip of XML from anyone: before a cell is read, its parts are unpacked under a limit
and packed again without compression, and what would make few bytes many (a cell in row 1 048 576,
one long text shared by every cell) is refused. Only then does calamine, a Rust library, see it.
"""

from __future__ import annotations

import html
import io
import re
import zipfile
import zlib
from collections.abc import Iterator

import python_calamine as calamine

from hub.model import DecodeError

#: Largest workbook unpacked, bytes. A year of days is 0.2 MB.
UNPACKED = 32 << 20
#: Largest sheet, rows x columns, and largest total of its texts, bytes.
AREA = 2_000_000
TEXTS = 128 << 20
_PARTS = 1000
_PART = re.compile(r"(xl/.*|_rels/.*)\.(xml|rels)|\[Content_Types\]\.xml", re.ASCII | re.IGNORECASE)
_REFERENCE = re.compile(rb"""\br\s*=\s*["']\s*\$?([A-Za-z]{0,9})\$?(\d{1,12})""")
_ROW = re.compile(rb"<(?:\w+:)?row\b")
_CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")
_SHARED = re.compile(rb"<(?:\w+:)?si\b")

_LOCAL = b"PK\x03\x04"
_TEXT = re.compile(rb"xl/(worksheets/|sharedStrings)", re.IGNORECASE)
#: What is looked at of each part, bytes unpacked, and of how many, to know a file.
_SEEN = 128 << 10
_SEEN_PARTS = 20

Cell = object


def sheets(payload: bytes, connector: str) -> Iterator[list[list[Cell]]]:
    """The rows of each sheet, as :func:`named_sheets` gives them. Raises DecodeError."""
    return (rows for _, rows in named_sheets(payload, connector))


def named_sheets(payload: bytes, connector: str) -> Iterator[tuple[str, list[list[Cell]]]]:
    """The name and the rows of each sheet, the first row of the sheet first; empty cells are "".

    Raises DecodeError: not_this_format for what is no XLSX, too_large beyond the limits.
    """
    packed = _packed(_parts(payload, connector))
    try:
        with calamine.CalamineWorkbook.from_filelike(packed) as workbook:
            for name in workbook.sheet_names:
                sheet = workbook.get_sheet_by_name(name)
                yield name, [list(row) for row in sheet.to_python(skip_empty_area=False)]
    except (calamine.CalamineError, ValueError, OSError, OverflowError) as error:
        raise _not_this(connector, str(error)[:200]) from error
    except BaseException as error:
        # A panic in Rust reaches Python as a BaseException of a module nobody can import.
        if type(error).__name__ != "PanicException":
            raise
        raise _not_this(connector, "XLSX ?") from error


def texts(head: bytes) -> str:
    """What can be read of the sheets and their texts in a file that begins with ``head``, as XML.

    The parts follow each other, each after its name; the last one ends with ``head``.
    """
    found: list[bytes] = []
    at = 0
    while head.startswith(_LOCAL, at) and len(found) < _SEEN_PARTS:
        method, size = (
            int.from_bytes(head[at + where : at + where + length], "little")
            for where, length in ((8, 2), (18, 4))
        )
        names, extra = (
            int.from_bytes(head[at + where : at + where + 2], "little") for where in (26, 28)
        )
        start = at + 30 + names + extra
        if _TEXT.match(head, at + 30):
            found.append(_seen(head[start : start + size if size else None], method))
        at = head.find(_LOCAL, start + size)
        if at < 0:
            break
    return html.unescape(b"\n".join(found).decode("utf-8", "replace"))


def _seen(data: bytes, method: int) -> bytes:
    if method != zipfile.ZIP_DEFLATED:
        return data[:_SEEN]
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, _SEEN)
    except zlib.error:
        return b""


def _parts(payload: bytes, connector: str) -> dict[str, bytes]:
    """The workbook's XML parts, unpacked under the limits and checked."""
    parts: dict[str, bytes] = {}
    left = UNPACKED
    try:
        with zipfile.ZipFile(io.BytesIO(payload)) as archive:
            for info in archive.infolist()[:_PARTS]:
                if not _PART.fullmatch(info.filename) or info.filename in parts:
                    continue
                if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                    raise _not_this(connector, f"{info.filename[:80]}: compression")
                with archive.open(info) as part:
                    parts[info.filename] = part.read(left + 1)
                left -= len(parts[info.filename])
                if left < 0:
                    raise DecodeError("too_large", bytes=info.file_size, limit=UNPACKED)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as error:
        raise _not_this(connector, str(error)[:200]) from error
    except (NotImplementedError, RuntimeError, OverflowError) as error:  # encrypted, newer zip
        raise _not_this(connector, str(error)[:200]) from error
    _check(parts, connector)
    return parts


def _check(parts: dict[str, bytes], connector: str) -> None:
    """Refuse parts that would unfold beyond the limits."""
    cells, longest = 0, 1
    for name, part in parts.items():
        if b"\0" in part or b"<!DOCTYPE" in part or b"<!ENTITY" in part:
            raise _not_this(connector, f"{name[:80]}: XML ?")
        rows = _ROW.split(part)
        here = [len(_CELL.findall(row)) for row in rows]
        cells += sum(here)
        found = _REFERENCE.findall(part)
        height = max((int(digits) for _, digits in found), default=0) + len(rows)
        letters = {letters.upper() for letters, _ in found}
        area = height * max(*here, *map(_column, letters), 1)
        if area > AREA:
            raise DecodeError("too_large", bytes=area, limit=AREA)
        longest = max(longest, *map(len, _SHARED.split(part)[1:]), 1)
    if cells * longest > TEXTS and longest > 1000:
        raise DecodeError("too_large", bytes=cells * longest, limit=TEXTS)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _packed(parts: dict[str, bytes]) -> io.BytesIO:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    packed.seek(0)
    return packed


def _not_this(connector: str, error: str) -> DecodeError:
    return DecodeError("not_this_format", connector=connector, error=error)
