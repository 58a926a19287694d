"""The blocks of an Enedis file: which lines are data, under which header.

A file is a stack of blocks: two lines about the meter ("Identifiant PRM;..." and their values),
a line of column names, rows. Any of the first three lines may be missing. Calendars ("Periode;...")
may follow and are not readings.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from connectors._text import fold, like
from hub.model import DecodeError, Flow

#: Unit -> (factor to mW or mWh, whether it is a power).
UNITS = {"w": (1000, True), "kw": (10**6, True), "wh": (1000, False), "kwh": (10**6, False)}
_EDGES = b" \t;="
#: What a header begins with, whatever became of its accents: looked for in every line.
_HEADER = re.compile(
    rb"\W{0,4}(identifiant|horodate|date|d\S{1,9}but|p\S{1,9}riode)", re.IGNORECASE
)
#: More blocks than this are no portal's file.
_BLOCKS = 10_000


@dataclass(slots=True)
class Block:
    """Rows of one table.

    about: the meter's header, folded names -> values as written. columns: folded names. rows:
    indices of the file's lines. calendar: rows that are no readings at all.
    """

    about: dict[str, str] = field(default_factory=dict)
    columns: list[str] = field(default_factory=lambda: ["horodate", "valeur"])
    rows: list[int] = field(default_factory=list)
    calendar: bool = False
    headed: bool = False

    def say(self, name: str) -> str:
        """The header's value of ``name``, '' where it says none."""
        return self.about.get(name, "")

    @property
    def prm(self) -> str:
        """The usage point's number, '' where the file tells none or a spreadsheet spoilt it."""
        digits = self.say("identifiant prm").strip("'")
        return digits if re.fullmatch(r"\d{8,14}", digits) else ""

    @property
    def flow(self) -> Flow:
        business = fold(self.say("grandeur metier"))
        return "injection" if re.match("production|injection", business) else "consumption"

    @property
    def unit(self) -> str:
        """The unit of the values, folded: the header's or the last column's; '' if untold."""
        told = fold(self.say("unite"))
        found = re.search(r"\b(k?wh?)\b", " ".join(self.columns))
        return told or (found[1] if found else "")


def blocks(lines: Sequence[bytes]) -> list[Block]:
    """The blocks of ``lines``; lines in none of them are headers or empty. Raises DecodeError."""
    found = [Block()]
    values_of: list[str] = []
    heads = _not_rows(lines)
    start = 0
    for head in [*heads, len(lines)]:
        rows = range(start, head)
        start = head + 1
        if values_of and rows:
            cells = [cell.strip("= ") for cell in lines[rows[0]].decode("utf-8").split(";")]
            found.append(Block(dict(zip(values_of, cells, strict=False)), headed=True))
            values_of, rows = [], rows[1:]
        found[-1].rows.extend(rows)
        if head == len(lines) or not lines[head].strip(_EDGES):
            continue
        names = _names(lines[head])
        if len(found) > _BLOCKS:
            raise DecodeError("too_large", bytes=len(found), limit=_BLOCKS)
        if like(names[0], "identifiant prm") and len(names) > 2:
            values_of = names
            found.append(Block(headed=True))
        elif _names_columns(names):
            found.append(Block(found[-1].about, names, headed=True))
        elif like(names[0], "periode"):
            found.append(Block(found[-1].about, names, calendar=True))
        else:  # not a header: a row of the block, good or bad
            found[-1].rows.append(head)
    return [block for block in found if block.rows or block.headed]


def _not_rows(lines: Sequence[bytes]) -> list[int]:
    """The lines that do not begin with a digit, as rows do."""
    first = np.array(lines, "S1").view(np.uint8) if lines else np.zeros(0, np.uint8)
    return np.flatnonzero(first - np.uint8(ord("0")) > 9).tolist()


def _names(line: bytes) -> list[str]:
    """The folded cells of a line that may be a header; one empty name for any other line."""
    if not _HEADER.match(line):
        return [""]
    return [fold(cell) for cell in line.rstrip(b"; ").split(b";")]


def _names_columns(names: Sequence[str]) -> bool:
    if len(names) < 2:
        return False
    pair = like(names[0], "debut") and like(names[1], "fin") and len(names) > 2
    stamped = like(names[0], "horodate") or (
        names[0] in {"date", "datetime"} and names[1][:3] == "val"
    )
    return pair or stamped
