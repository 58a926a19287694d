"""Enedis customer portal, XLSX exports: load curve of a week, energy of days.

Source: enedis.fr account since 2025, "Exporter"; written from documentation: no real workbook was
    at hand, only rows of some and the programs that read them.
Device: the 14-digit "Point Référence Mesure (PRM)" above the table; a workbook without one needs a
    usage point given.
Units: "Valeur (en kW)": mean kW -> energy mWh = kW x 10^6 x seconds / 3600, floored; "Valeur (en
    kWh)": energy of the day.
Label: START and end in the row; a date is its day.
Zone: local; the October hour by the order of the rows.
Cadence: 30 min (a week a file), daily.
Traps: a page of text above the table, which begins in the second or third column; texts or true
    dates and numbers in the cells; decimal comma (F9: "NA" and "null" are gaps); mean kW is not kWh
    (T7); a sheet "... Production ..." is injection; peak power (kVA) is left aside, with a note.

Layouts, one a sheet, whatever is above and left of them; those of enedis_portal_csv as well:
    Début | Fin | Valeur (en kW)      21/11/2026 00:00:00 | 21/11/2026 00:30:00 | 4,030
    Date | Valeur (en kWh)            21/11/2026 | 6,329
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from connectors import _enedis_portal, _xlsx
from connectors._enedis_layout import Block, blocks
from connectors._text import fold
from hub.model import Context, Decoded, DecodeError

NAME = "enedis_portal_xlsx"
LABELS = {"interval": "both", "day": "day"}
DEVICE = "usage_point"
TOPICS: tuple[str, ...] = ()

_VALUE = re.compile(r">\s*Valeur\s*\(en\s*k?(?:Wh?|VA)\)\s*<", re.IGNORECASE)


def decode(payload: bytes, ctx: Context) -> Decoded:
    """The tables of all sheets. Raises DecodeError: no XLSX, no such table, no usage point."""
    lines: list[bytes] = []
    numbers: list[int] = []
    tables: list[Block] = []
    for name, rows in _xlsx.named_sheets(payload, NAME):
        these = [_line(row) for row in rows]
        found = [block for block in blocks(these) if block.headed]
        for block in found:
            block.rows = [row + len(lines) for row in block.rows if these[row].strip(b"; ")]
            block.about.setdefault("type de donnees", name)
            if re.search("production|injection", fold(name)):
                block.about.setdefault("grandeur metier", "Production")
        tables += found
        lines += these
        numbers += range(1, len(these) + 1)
    if not tables:
        raise DecodeError("not_this_format", connector=NAME, error="Début ; Fin ; Valeur (en kW) ?")
    into = _enedis_portal.decode(lines, tables, ctx)
    into.lines = numbers
    into.rejects = [replace(r, line=numbers[r.row - 1]) for r in into.rejects]
    return into


def sniff(head: bytes) -> float:
    """Sure by the name of the column of values, where it is among the first texts."""
    return 1.0 if head.startswith(b"PK\x03\x04") and _VALUE.search(_xlsx.texts(head)) else 0.0


def _line(row: list[_xlsx.Cell]) -> bytes:
    """A sheet's row as a line of text, as if it had been saved as CSV."""
    return ";".join(map(_text, row)).encode("utf-8", "replace")


def _text(cell: _xlsx.Cell) -> str:
    if isinstance(cell, datetime) and 0 < cell.year < 9999:  # a spreadsheet's times are fractions
        cell = (cell + timedelta(microseconds=500_000)).replace(microsecond=0)
    if isinstance(cell, date):  # and datetime, its subclass
        return cell.isoformat()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else f"{Decimal(repr(cell)):f}"
    return re.sub(r"[;\s]+", " ", str(cell)).strip()
