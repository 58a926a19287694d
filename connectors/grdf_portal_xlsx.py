"""GRDF customer portal, "Exporter en Excel": gas by day, week or month.

Source: monespace.grdf.fr, "Données informatives"; also files a spreadsheet saved again.
Device: the PCE of the cell beside "N° PCE :"; an export without one needs a usage point given.
Units: m3 -> cm3; "Coefficient de conversion" (kWh/m3) becomes gas_coefficient/<PCE>; kWh not read.
Label: START and end in the label: a day, "Du ... au ..." (both included), a month's name; gas days
    run from 06:00 to 06:00 of the next.
Zone: local.
Cadence: daily (volume and index), weekly and monthly (volume).
Traps: labels are texts, months with a trailing space; "Absence de Données" has a volume of 0 and is
    a gap (F9); the week of New Year is split and its first label says too much; the first and the
    last month hold only the days since and until the day of export.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from connectors import _grdf, _xlsx
from connectors._grdf import BadCellError, Period
from connectors._grdf_labels import (
    cut_to_export,
    cut_weeks,
    days,
    export_date,
    note_of_cuts,
    wall,
)
from connectors._text import fold, like
from hub.model import Context, Decoded, DecodeError

NAME = "grdf_portal_xlsx"
LABELS = {"interval": "both", "register": "bound", "context": "start"}
DEVICE = "usage_point"
TOPICS: tuple[str, ...] = ()

#: What a column is -> how its name begins, folded.
_COLUMNS = {
    "label": "date de releve",
    "opening": "index de debut",
    "closing": "index de fin",
    "volume": "volume consomme",
    "coefficient": "coefficient de conversion",
    "told": "qualification",
}

Row = Sequence[object]


def decode(payload: bytes, ctx: Context) -> Decoded:
    """The table of the first sheet that has one. Raises DecodeError: no XLSX, no such table."""
    for rows in _xlsx.sheets(payload, NAME):
        head = next((i for i, row in enumerate(rows) if _columns(row)), None)
        if head is not None:
            return _decode(rows, head, ctx)
    raise DecodeError("not_this_format", connector=NAME, error="Date de relevé ; Volume consommé ?")


def sniff(head: bytes) -> float:
    """Sure by the names of its columns, where they are among the first texts."""
    if not head.startswith(b"PK\x03\x04"):
        return 0.0
    names = [fold(text) for text in re.findall(r">([^<]{1,100})<", _xlsx.texts(head))]
    wanted = (_COLUMNS["label"], _COLUMNS["volume"])
    return float(all(any(like(name, begins) for name in names) for begins in wanted))


def _columns(row: Row) -> Mapping[str, int]:
    """The places of the columns in a header row; empty if it is none."""
    names = [fold(cell) if isinstance(cell, str) else "" for cell in row]
    found = {
        what: next((i for i, name in enumerate(names) if like(name, begins)), -1)
        for what, begins in _COLUMNS.items()
    }
    if found["label"] < 0 or found["volume"] < 0:
        return {}
    for what in ("opening", "closing", "volume"):
        unit = re.search(r"\((.*?)\)", names[found[what]]) if found[what] >= 0 else None
        if unit and unit[1] != "m3":
            raise DecodeError("bad_unit", value=unit[1])
    return found


def _decode(rows: Sequence[Row], head: int, ctx: Context) -> Decoded:
    above = [cell for row in rows[:head] for cell in row]
    device = _pce(rows[:head]) or ctx.device
    if not device:
        raise DecodeError("missing_usage_point")
    into = Decoded(rows=len(rows), lines=range(1, len(rows) + 1))
    columns = _columns(rows[head])
    periods = []
    for line, row in enumerate(rows[head + 1 :], start=head + 2):
        cells = {what: row[i] if 0 <= i < len(row) else "" for what, i in columns.items()}
        if all(cell in ("", None) for cell in cells.values()):
            continue
        try:
            periods.append(_period(cells, line))
        except BadCellError as bad:
            into.rejects.append(bad.reject(line, line))
    into.ignored = into.rows - len(periods) - len(into.rejects)
    exported = export_date(above)
    cut = cut_weeks(periods) + (cut_to_export(periods, exported) if exported else 0)
    into.notes += note_of_cuts(cut)
    _grdf.add(periods, device, ctx.zone, into)
    return into


def _pce(rows: Sequence[Row]) -> str:
    """The 14 digits beside "N° PCE :", '' where there are none."""
    for row in rows:
        text = " ".join(
            str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
            for cell in row
        )
        if re.search(r"\bpce\b", fold(text)) and (digits := re.search(r"\b\d{14}\b", text)):
            return digits[0]
    return ""


def _period(cells: Mapping[str, object], line: int) -> Period:
    """One row of the table. Raises BadCellError."""
    first, after, stated = days(cells["label"], "Date de relevé")
    told = cells["told"]
    period = Period(line, wall(first), wall(after), stated, quality=_grdf.quality(told))
    if not _grdf.absent(told):
        period.volume = _grdf.cm3(cells["volume"], "Volume consommé (m3)")
    period.opening = _grdf.cm3(cells["opening"], "Index de début de période (m3)")
    period.closing = _grdf.cm3(cells["closing"], "Index de fin de période (m3)")
    period.coefficient = _grdf.coefficient(cells["coefficient"], "Coefficient de conversion")
    return period
