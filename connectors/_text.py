"""Text of portals' files: lines, separators, labels, cells and numbers. One place for all.

Files come from portals, spreadsheets and people's hands: CRLF, quotes, tabs, decimal commas, labels
of which some were encoded twice ("DÃ©but"). Labels are read tolerantly, numbers strictly: what is
not plainly a number is not a number. ``_encoding`` knows what the bytes are.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import suppress
from decimal import Decimal
from functools import lru_cache
from itertools import groupby
from typing import overload

import numpy as np
import numpy.typing as npt

from connectors import _encoding
from hub.model import DecodeError, Int64Array

#: What a cell is: a value, nothing (a gap, never zero), or not a number.
OK, EMPTY, BAD = 0, 1, 2
#: Cells in which a source says "nothing", folded.
NOTHING = frozenset({"", "null", "none", "nan", "nd", "na", "n/a", "mq", "-", "--", "#n/a"})
#: Largest magnitude of a value: 10**15 mWh is a billion kWh. int64 arithmetic on it is safe.
LARGEST = 10**15

States = npt.NDArray[np.int8]
Chars = npt.NDArray[np.uint8]

_NUMBER = re.compile(r"[+-]?(\d{1,3}([ \u00a0\u202f]\d{3})+|\d{1,20})([.,]\d{0,20})?", re.ASCII)
#: So many first lines with something in them, of so many bytes, tell what separates the cells.
_TOP, _TOP_BYTES = 50, 64 << 10
_QUOTED = re.compile(rb'"[^"]*"')
#: Longest cell that is read vectorised: below 10**12, so times 10**6 is an int64.
_PLAIN = 12


def lines(payload: bytes) -> list[bytes]:
    """The lines of a file as UTF-8, cells separated by ";", without quotes and line ends.

    Line ``i`` of the file is item ``i - 1``. Tabs and commas become ";" where they are what
    separates the first lines. Raises DecodeError(not_text).
    """
    text = _encoding.utf8(payload)
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    separator = _separator(text)
    if b'"' in text:
        rows = [_unquoted(line, separator) if b'"' in line else line for line in text.split(b"\n")]
        text = b"\n".join(rows)
    if separator != b";":
        text = text.replace(b";", b" ").replace(separator, b";")
    found = text.split(b"\n")
    if not found[-1]:
        found.pop()
    return found


def _separator(text: bytes) -> bytes:
    """What separates the cells: ";", a tab or a comma, told by the first lines.

    A table is lines below each other that have it. Decimal commas do not outnumber the semicolons
    of their lines, and a title or remark with a semicolon is no table: one is preferred to those
    behind it unless they are in twice as many lines.
    """
    top = [line for line in text[:_TOP_BYTES].split(b"\n") if line.strip()][:_TOP]
    outside = [_QUOTED.sub(b"", line) for line in top]
    for lines in (outside, top):  # rows that are quoted as a whole have it inside
        runs = {s: _longest_run([s in line for line in lines]) for s in (b";", b"\t", b",")}
        if any(runs.values()):
            break
    most = max(runs.values())
    return next((separator for separator, run in runs.items() if run and 2 * run > most), b";")


def _longest_run(there: Sequence[bool]) -> int:
    return max((len(list(run)) for is_there, run in groupby(there) if is_there), default=0)


def first_line(head: bytes) -> bytes:
    """The first line with something in it of a file that begins with ``head``; b"" if no text."""
    return next(iter(first_lines(head, 1)), b"")


def first_lines(head: bytes, most: int | None = None) -> list[bytes]:
    """The first lines with something in them of a file that begins with ``head``; [] if no text."""
    whole = head[: head.rfind(b"\n") + 1] or head
    try:
        return [line for line in lines(whole) if line.strip(b"; ")][:most]
    except DecodeError:
        return []


def _unquoted(line: bytes, separator: bytes) -> bytes:
    delimiter = separator.decode()
    try:
        cells = next(csv.reader([line.decode()], delimiter=delimiter), [])
    except csv.Error:
        return line
    if len(cells) == 1:  # a whole row in one cell: opened by another separator and saved again
        return cells[0].replace("\n", " ").encode()
    return delimiter.join(
        cell.replace(delimiter, ".").replace(";", ".").replace("\n", " ") for cell in cells
    ).encode()


class Column(Sequence[bytes]):
    """The cells of a column: places in one text, cut out only when asked for.

    A cell as an object of its own would cost more than all that is done with it.
    """

    __slots__ = ("end", "start", "text")

    def __init__(self, text: bytes, start: Int64Array, end: Int64Array) -> None:
        self.text, self.start, self.end = text, start, end

    def __len__(self) -> int:
        return len(self.start)

    @overload
    def __getitem__(self, which: int) -> bytes: ...

    @overload
    def __getitem__(self, which: slice) -> Column: ...

    def __getitem__(self, which: int | slice) -> bytes | Column:
        if isinstance(which, slice):
            return Column(self.text, self.start[which], self.end[which])
        return self.text[self.start[which] : self.end[which]]

    def __iter__(self) -> Iterator[bytes]:
        text = self.text
        for start, end in zip(self.start.tolist(), self.end.tolist(), strict=True):
            yield text[start:end]

    def take(self, rows: Int64Array) -> Column:
        """The cells of some rows."""
        return Column(self.text, self.start[rows], self.end[rows])

    @property
    def constant(self) -> bool:
        """Whether all cells say the same."""
        length = self.end - self.start
        if not len(length) or (length != length[0]).any():
            return not len(length)
        source = np.frombuffer(self.text, np.uint8)
        return not any(
            (source[self.start + at] != letter).any() for at, letter in enumerate(self[0])
        )

    def characters(self, width: int) -> Chars:
        """As :func:`characters`."""
        length = self.end - self.start
        shortest, longest = (int(length.min()), int(length.max())) if len(length) else (0, 0)
        source = np.frombuffer(self.text, np.uint8)
        chars = np.zeros((max(min(width, longest), 1), len(length)), np.uint8)
        for at, row in enumerate(chars[:longest]):
            if at < shortest:
                source.take(self.start + at, out=row, mode="clip")
            else:
                there = np.flatnonzero(length > at)
                row[there] = source[self.start[there] + at]
        return chars


def table(rows: Sequence[bytes], width: int) -> list[Column]:
    """The first ``width`` columns of ``rows``; cells that a short row lacks are empty."""
    text = b"\n".join(rows)
    ends = _ends(text, len(rows), width)
    if ends is None:
        even = [row if row.count(b";") == width - 1 else _fitted(row, width) for row in rows]
        text = b"\n".join(even)
        ends = _ends(text, len(rows), width)
    assert ends is not None
    starts = np.concatenate(([0], ends[:-1] + 1))[: len(ends)]
    return [Column(text, starts[i::width], ends[i::width]) for i in range(width)]


def _ends(text: bytes, count: int, width: int) -> Int64Array | None:
    """Where each cell of ``count`` rows ends; None unless all have ``width`` cells."""
    if not count:
        return np.zeros(0, np.int64)
    source = np.frombuffer(text, np.uint8)
    marks = np.flatnonzero((source == ord(";")) | (source == ord("\n")))
    if len(marks) != count * width - 1 or text.count(b"\n") != count - 1:
        return None
    if (source[marks[width - 1 :: width]] != ord("\n")).any():
        return None
    return np.append(marks, len(text))


def _fitted(row: bytes, width: int) -> bytes:
    return b";".join((row.split(b";", width) + [b""] * width)[:width])


@lru_cache(maxsize=4096)
def fold(label: bytes | str) -> str:
    """A label for comparing: one encoding, no accents, no case, single spaces.

    What cannot be told any more (lost characters) becomes one "?". At most 200 characters count.
    """
    label = label[:200]
    text = label.decode("utf-8", "replace") if isinstance(label, bytes) else label
    for _ in range(2):  # encoded twice, or thrice
        text = _once(text)
    plain = unicodedata.normalize("NFKD", text.replace("\ufeff", ""))
    kept = "".join(c for c in plain if not unicodedata.combining(c))
    ascii_only = "".join(c if c.isascii() or c == "°" else "?" for c in kept)
    return " ".join(re.sub(r"\?+", "?", ascii_only).casefold().split())


def _once(text: str) -> str:
    """``text`` with one layer of UTF-8 read as Windows-1252 or Latin-1 taken off."""
    if re.search("[ÃÂï]", text):
        for codec in ("cp1252", "latin-1"):
            with suppress(UnicodeError):
                return text.encode(codec).decode("utf-8")
    return text


def like(label: bytes | str, wanted: str) -> bool:
    """Whether ``label`` begins with ``wanted`` (plain and folded), a lost character aside."""
    return _pattern(wanted).match(fold(label)) is not None


@lru_cache(maxsize=256)
def _pattern(wanted: str) -> re.Pattern[str]:
    return re.compile("".join(rf"(?:{re.escape(c)}|\?)" for c in wanted))


def number(cell: bytes | str, scale: int) -> int | None:
    """One cell as floor(number x scale); None where it says "nothing". Raises ValueError."""
    text = cell.decode("utf-8", "replace") if isinstance(cell, bytes) else cell
    text = text.strip()
    if text.casefold() in NOTHING:
        return None
    if not _NUMBER.fullmatch(text):
        raise ValueError(text)
    plain = re.sub(r"[ \u00a0\u202f]", "", text).replace(",", ".")
    value = int((Decimal(plain) * scale).to_integral_value("ROUND_FLOOR"))
    if abs(value) > LARGEST:
        raise ValueError(text)
    return value


def characters(cells: Sequence[bytes], width: int) -> Chars:
    """``cells`` as bytes, one row per position (at most ``width``), padded with 0.

    A cell longer than ``width - 1`` fills its last position, so it can be told.
    """
    if isinstance(cells, Column):
        return cells.characters(width)
    longest = min(width, max(map(len, cells), default=0))
    flat = np.array(cells, dtype=f"S{max(longest, 1)}").view(np.uint8)
    return np.ascontiguousarray(flat.reshape(len(cells), max(longest, 1)).T)


def decimals(cells: Sequence[bytes], scale: int) -> tuple[Int64Array, States]:
    """Column of numbers as floor(number x scale), and what each cell is: OK, EMPTY or BAD.

    Vectorised over cells like ``1234`` or ``12,5``; the others one by one. scale at most 10**6.
    """
    chars = characters(cells, _PLAIN + 1)
    value = np.zeros(len(cells), np.int64)
    unit = np.ones(len(cells), np.int64)
    points = np.zeros(len(cells), np.int8)
    plain = _is_digit(chars[0])
    if len(chars) > _PLAIN:
        plain &= chars[_PLAIN] == 0
    for row in chars[:_PLAIN]:
        digit = _is_digit(row)
        point = (row == ord(".")) | (row == ord(","))
        unit[digit & (points > 0)] *= 10
        value = np.where(digit, value * 10 + (row - np.uint8(48)), value)
        points += point
        plain &= digit | point | (row == 0)
    plain &= points <= 1
    value = np.where(plain, value * scale // unit, 0)
    states = np.where(plain, OK, EMPTY).astype(np.int8)
    too_large = value > LARGEST
    value[too_large], states[too_large] = 0, BAD
    rest = np.flatnonzero(~plain & (chars[0] != 0))
    for i in rest.tolist():
        value[i], states[i] = _one(cells[i], scale)
    return value, states


def _is_digit(row: Chars) -> npt.NDArray[np.bool_]:
    return (row - np.uint8(48)) < 10


def _one(cell: bytes, scale: int) -> tuple[int, int]:
    try:
        value = number(cell, scale)
    except ValueError:
        return 0, BAD
    return (0, EMPTY) if value is None else (value, OK)
