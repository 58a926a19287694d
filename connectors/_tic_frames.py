"""Frames of the TIC as they come over the serial line: groups between line ends, each checked.

A group is LF, label, separator, value, separator, checksum, CR: with spaces in historique mode,
with tabs and sometimes a horodate before the value in standard mode. A frame lies between STX and
ETX; in text files these may be missing, then a meter's number begins a frame.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from connectors._encoding import unmarked
from connectors._tic import NUMBERS, READINGS

#: Seven bits and a parity bit, captured as eight.
_SEVEN_BITS = bytes(n & 0x7F for n in range(256))
#: STX, ETX and EOT (the meter stops in the middle of a frame), or what stands between line ends.
_TOKEN = re.compile(rb"[\x02\x03\x04]|[^\n\r\x02\x03\x04]+")
#: What follows a group that was not sent to its end: nothing, EOT, the next frame.
_CUTS = (b"", b"\x04", b"\x02")
_TAB, _SPACE = 9, 32
#: Lengths of powers and registers.
_DIGITS = (5, 9)


class Group(NamedTuple):
    """A label and its value; ``stamp`` is the horodate, '' where there is none."""

    label: str
    value: str
    stamp: str


@dataclass(slots=True)
class Frame:
    """Groups whose checksum is right, with their rows; ``number`` is the meter's, '' if unknown."""

    number: str = ""
    groups: list[tuple[int, Group]] = field(default_factory=list)


class Bad(NamedTuple):
    """A row that is no group, or one whose checksum is wrong. ``cut``: it is not whole."""

    row: int
    label: str
    text: str
    cut: bool


@dataclass(slots=True)
class Capture:
    """All of a payload: a row for each line that is not blank, ``lines`` their numbers, from 1."""

    frames: list[Frame] = field(default_factory=lambda: [Frame()])
    bad: list[Bad] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)


def read(payload: bytes) -> Capture:
    """The frames of a capture or of a text."""
    text = plain(payload)
    found = Capture()
    line, at = 1, 0
    for token in _TOKEN.finditer(text):
        piece, start = token[0], token.start()
        line += text.count(b"\n", at, start)
        at = start
        if piece in b"\x02\x03\x04":
            found.frames.append(Frame())
        elif not piece.isspace():
            found.lines.append(line)
            follows = text[token.end() : token.end() + 1]
            _take(found, piece, cut=start == 0 or follows in _CUTS)
    return found


def _take(found: Capture, piece: bytes, cut: bool) -> None:
    row = len(found.lines)
    group = group_of(piece) or _trimmed(piece)
    if group is None:
        text = piece[:80].decode("ascii")
        label = re.match(r"[A-Z0-9+-]*", text)
        shown = "".join(c if c.isprintable() else "\ufffd" for c in text.replace("\t", " "))
        found.bad.append(Bad(row, label[0] if label else "", shown, cut))
        return
    if group.label in NUMBERS and found.frames[-1].groups:
        found.frames.append(Frame())
    frame = found.frames[-1]
    frame.groups.append((row, group))
    if group.label in NUMBERS and group.value.isprintable():
        frame.number = group.value.strip()


def _trimmed(piece: bytes) -> Group | None:
    """A group of a text whose checksum is a space, which an editor cut off; None for any other.

    A value that may have been cut too is not believed.
    """
    group = group_of(piece.rstrip(b" ") + b"  ")
    whole = group and (group.label not in READINGS or len(group.value) in _DIGITS)
    return group if whole else None


def groups(payload: bytes) -> Iterator[Group]:
    """Groups whose checksum is right, wherever they stand."""
    for token in _TOKEN.finditer(plain(payload)):
        group = group_of(token[0])
        if group is not None:
            yield group


def plain(payload: bytes) -> bytes:
    """Without parity bits."""
    payload = unmarked(payload)
    return payload if payload.isascii() else payload.translate(_SEVEN_BITS)


@lru_cache(maxsize=16_384)
def group_of(piece: bytes) -> Group | None:
    """A group without its line ends; None if its checksum is wrong. Most come again each second.

    The checksum is of the label to the value, in standard mode with the tab behind it.
    """
    if not 5 <= len(piece) <= 150:
        return None
    body, separator = piece[:-1], piece[-2]
    total = sum(body) if separator == _TAB else sum(body[:-1])
    if separator not in (_TAB, _SPACE) or (total & 0x3F) + 0x20 != piece[-1]:
        return None
    label, _, rest = body[:-1].decode("ascii").partition(chr(separator))
    stamp, tab, value = rest.partition("\t")
    return Group(label, value, stamp) if tab else Group(label, rest, "")
