"""The blocks of an Enedis file: which lines are data, under which header.

A file is a stack of blocks: two lines about the meter ("Identifiant PRM;..." and their values),
a line of column names, rows. Any of the first three lines may be missing. Calendars ("Periode;...")
may follow and are not readings.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from connectors._text import fold, like
from hub.model import Flow

#: Unit -> (factor to mW or mWh, whether it is a power).
UNITS = {"w": (1000, True), "kw": (10**6, True), "wh": (1000, False), "kwh": (10**6, False)}
_EDGES = b" \t;="


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
        if told or not self.columns:
            return told
        found = re.search(r"\b(k?wh?)\b", self.columns[-1])
        return found[1] if found else ""


def blocks(lines: Sequence[bytes]) -> list[Block]:
    """The blocks of ``lines``; lines in none of them are headers or empty."""
    found = [Block()]
    values_of: list[str] = []
    heads = [i for i, line in enumerate(lines) if not line[:1].isdigit()]
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
        names = [fold(cell) for cell in lines[head].rstrip(b"; ").split(b";")]
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


def _names_columns(names: Sequence[str]) -> bool:
    if len(names) < 2:
        return False
    pair = like(names[0], "debut") and like(names[1], "fin") and len(names) > 2
    stamped = like(names[0], "horodate") or (
        names[0] in {"date", "datetime"} and names[1][:3] == "val"
    )
    return pair or stamped
