"""The blocks of an Enedis file: which lines are data, under which header.

A file is a stack of blocks: two lines about the meter ("Identifiant PRM;..." and their values),
a line of column names, rows. Any of the first three lines may be missing. In the long layout each
row says all about its value, and the names of the columns come first. What a workbook says above
its table ("Point Référence Mesure (PRM) : ...") and calendars below ("Periode;...") are no rows.
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
#: What a header begins with, whatever became of its accents, or has in it: looked for in lines.
_HEADER = re.compile(
    rb"\W{0,4}(identifiant|horodate|date|d\S{1,9}but|p\S{1,9}riode)|.{0,200};horodate;",
    re.IGNORECASE,
)
_UNIT = re.compile(r"\b(k?wh?|k?va(?:rh?)?)\b")
#: A column's name that is a unit, or tells it in brackets, as only exports of curves and days do.
_NAMED_UNIT = re.compile(r"(?:.*\((?:en )?)?(?:k?wh?|k?va)\)?")
#: A line above a table that tells the usage point.
_POINT = re.compile(r"(?:\bprm\b|\bpdl\b|reference mesure|point de livraison)\D*(\d{14})(?!\d)")
#: More blocks than this are no portal's file.
_BLOCKS = 10_000


@dataclass(slots=True)
class Block:
    """Rows of one table.

    about: the meter's header, folded names -> values as written. columns: folded names; skip:
    empty columns before them. rows: indices of the file's lines. calendar: rows that are no
    readings at all. long: each row says all about its value.
    """

    about: dict[str, str] = field(default_factory=dict)
    columns: list[str] = field(default_factory=lambda: ["horodate", "valeur"])
    rows: list[int] = field(default_factory=list)
    calendar: bool = False
    headed: bool = False
    long: bool = False
    skip: int = 0

    def say(self, name: str) -> str:
        """The header's value of ``name``, '' where it says none."""
        return self.about.get(name, "")

    @property
    def prm(self) -> str:
        """The usage point's number, '' where the file tells none or a spreadsheet spoilt it."""
        return usage_point(self.say("identifiant prm"))

    @property
    def flow(self) -> Flow:
        return flow_of(self.say("grandeur metier"))

    @property
    def unit(self) -> str:
        """The unit of the values, folded: the header's or the last column's; '' if untold."""
        told = fold(self.say("unite"))
        found = _UNIT.search(" ".join(self.columns))
        return told or (found[1] if found else "")

    @property
    def pair(self) -> bool:
        """Whether rows say both ends of their interval."""
        return self.columns[0].startswith("d") and self.columns[1].startswith("f")


def usage_point(told: str) -> str:
    """A usage point's number as a cell tells it; '' where it is none."""
    digits = told.strip("'= ")
    return digits if re.fullmatch(r"\d{8,14}", digits) else ""


def flow_of(business: str) -> Flow:
    """Whether "Grandeur metier" says that energy is fed in; "PROD" and "Production" do."""
    return "injection" if re.match("prod|injection", fold(business)) else "consumption"


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
            found.append(_about(values_of, lines[rows[0]]))
            values_of, rows = [], rows[1:]
        found[-1].rows.extend(rows)
        if head == len(lines) or not lines[head].strip(_EDGES):
            continue
        skip, names = _names(lines[head])
        if len(found) > _BLOCKS:
            raise DecodeError("too_large", bytes=len(found), limit=_BLOCKS)
        if _names_columns(names):
            long = _is_long(names)
            found.append(Block(found[-1].about, names, headed=True, long=long, skip=skip))
            values_of = []
        elif like(names[0], "identifiant prm") and len(names) > 2:
            values_of = names
            found.append(Block(headed=True))
        elif like(names[0], "periode"):
            found.append(Block(found[-1].about, names, calendar=True))
        elif values_of:  # the values of a meter whose number is masked, or a formula
            found.append(_about(values_of, lines[head]))
            values_of = []
        else:  # not a header: a row of the block, good or bad
            found[-1].rows.append(head)
    _take_preamble(found, lines)
    return [block for block in found if block.rows or block.headed]


def _about(names: Sequence[str], line: bytes) -> Block:
    """A block under the meter's header: its ``names``, and ``line`` with their values."""
    cells = [cell.strip("= ") for cell in line.decode("utf-8").split(";")]
    return Block(dict(zip(names, cells, strict=False)), headed=True)


def names_columns(line: bytes) -> bool:
    """Whether ``line`` names the columns of a table that may be Enedis's."""
    return _names_columns(_names(line)[1])


def names_values(line: bytes) -> bool:
    """Whether ``line`` names the columns of a table of Enedis's, and the unit of its values."""
    _, names = _names(line)
    return _names_columns(names) and (
        "horodate" in names or any(_NAMED_UNIT.fullmatch(name) for name in names[1:])
    )


def _take_preamble(found: list[Block], lines: Sequence[bytes]) -> None:
    """Lines above the first table that are no rows: they may tell the usage point."""
    first = found[0]
    if len(found) == 1 or not first.rows or any(lines[i][:1].isdigit() for i in first.rows):
        return
    told = [fold(lines[i][:200]) for i in first.rows]
    points = [match[1] for line in told if (match := _POINT.search(line))]
    if points:
        first.about["identifiant prm"] = points[0]
    first.rows = []


def _not_rows(lines: Sequence[bytes]) -> list[int]:
    """The lines that do not begin with a digit, as rows do."""
    first = np.array(lines, "S1").view(np.uint8) if lines else np.zeros(0, np.uint8)
    found: list[int] = np.flatnonzero(first - np.uint8(ord("0")) > 9).tolist()
    return found


def _names(line: bytes) -> tuple[int, list[str]]:
    """The folded cells of a line that may be a header, and how many empty ones precede them.

    One empty name for any other line.
    """
    if not _HEADER.match(line):
        return 0, [""]
    names = [fold(cell) for cell in line.rstrip(b"; ").split(b";")]
    skip = next((i for i, name in enumerate(names) if name), 0)
    return skip, names[skip:]


def _is_long(names: Sequence[str]) -> bool:
    """Whether each row says all about its value: not only when, and how much."""
    told = {*names}
    more = names[0] != "horodate" or told & {"pas", "cadran", "code cadran"}
    return {"horodate", "valeur"} <= told and bool(more)


def _names_columns(names: Sequence[str]) -> bool:
    if len(names) < 2:
        return False
    pair = like(names[0], "debut") and like(names[1], "fin") and len(names) > 2
    told = names[1][:3] == "val" or _NAMED_UNIT.fullmatch(names[1])
    stamped = like(names[0], "horodate") or bool(names[0] in {"date", "datetime"} and told)
    return pair or stamped or ("horodate" in names and "valeur" in names)
