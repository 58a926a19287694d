"""Veolia Eau d'Île-de-France, CSV exports of the customer portal: water by day, week or month.

Source: vedif.eau.veolia.fr, "historique_jours_litres.csv", "_semaine_" and "_mois_"; also files
    that tools write in the same columns, of Veolia elsewhere too.
Device: the file tells none: a usage point must be given.
Units: litres (or m3) -> cm3. The index is the fact; the consumption column is the difference to
    the reading before, which may not be in the file, and is not read.
Label: the instant of the index: the stamp of a day's row; a day without hour, a week and a month
    stand for their END (24:00 of the last day). Where the consumptions of days without hour lead
    from each index to the next, it is that of the START of its day, as a note says (F1).
Zone: local, naive; the October hour by the order of the rows.
Cadence: daily at irregular hours (00:00, 08:00, 20:00), weekly, monthly.
Traps: irregular hours are normal, missing days too (F14); the week label "26/09-02/10" has no year:
    the Monday tells it; "Estimé" or E rows; UTF-8 with BOM or Windows-1252.

Layouts, ";"-separated, the columns in any order, a title above them or not:
    Date de relevé;Index relevé (litres);Consommation du jour (litres);Index Mesuré/Estimé
        2022-09-25 20:00:00;1198636;476;Mesuré          (also 25/09/2022 20:00, 25/09/2022)
    Semaine;Index relevé fin de semaine (litres);Consommation de la semaine (litres);...
        26/09-02/10;1202206;3570;Mesuré
    Mois;Index relevé fin de mois (litres);Consommation du mois (litres);...
        04/2022;1093810;17361;Mesuré
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from connectors import _stamps, _text, _veolia_labels
from connectors._rows import Rows
from hub.model import (
    TOTAL,
    ChannelKey,
    Context,
    Decoded,
    DecodeError,
    Gap,
    Int64Array,
    Note,
    Quality,
    Series,
)

NAME = "veolia_csv"
LABELS = {"register": "instant"}
DEVICE = "usage_point"
TOPICS: tuple[str, ...] = ()

_KINDS = {"date de releve": "day", "semaine": "week", "mois": "month"}
#: Lines among which the header is looked for.
_TOP = 20
_DAY = 86_400
_OPENING = Note(
    "label",
    "index du début de chaque jour, d'après les consommations",
    "the index of the beginning of each day, by what was drawn",
)
_ENDING = Note(
    "label",
    "index de la fin du jour sans heure, de la semaine ou du mois",
    "the index of the end of a day without hour, of a week or of a month",
)
_UNITS = {"litres": 1000, "litre": 1000, "l": 1000, "m3": 10**6}


class _Layout(NamedTuple):
    """What the rows under a header are; columns of their labels and of the index."""

    kind: str
    label: int
    register: int


def decode(payload: bytes, ctx: Context) -> Decoded:
    """Every row of the table. Raises DecodeError: not text, not this format, no usage point."""
    lines = _text.lines(payload)
    head, layout = _header(lines)
    if layout is None:
        raise DecodeError("not_this_format", connector=NAME, error="Date de relevé;Index relevé ?")
    if not ctx.device:
        raise DecodeError("missing_usage_point")
    names = [name.decode("utf-8").strip() for name in lines[head].rstrip(b"; ").split(b";")]
    data = [i for i in range(head + 1, len(lines)) if lines[i].strip(b"; \t")]
    rows = Rows.of(lines, data, names)
    into = Decoded(rows=len(lines), lines=range(1, len(lines) + 1))
    unit = _unit(names[layout.register])
    value, said = rows.amounts(layout.register, unit)
    ts = _times(rows, layout, ctx, into, _opens(rows, layout, value, unit))
    empty, taken = rows.good & ~said, rows.good & said
    into.gaps = [
        Gap(row, at) for row, at in zip(rows.line[empty].tolist(), ts[empty].tolist(), strict=True)
    ]
    into.rejects = rows.rejects()
    key = ChannelKey(ctx.device, "water", "consumption", "volume", TOTAL, "register")
    if taken.any():
        quality = np.array([_quality(cell) for cell in _told(rows)], np.int64)
        into.series.append(
            Series(key, ts[taken], value[taken], row=rows.line[taken], quality=quality[taken])
        )
    into.ignored = into.rows - len(data)
    return into


def sniff(head: bytes) -> float:
    """Sure by the names of the columns of label and index."""
    return 1.0 if _header(_text.first_lines(head, _TOP))[1] else 0.0


def _header(lines: Sequence[bytes]) -> tuple[int, _Layout | None]:
    """Where the header is among the first lines, and its layout."""
    found = ((i, _layout(line)) for i, line in enumerate(lines[:_TOP]))
    return next(((i, layout) for i, layout in found if layout), (0, None))


def _layout(line: bytes) -> _Layout | None:
    names = line.split(b";")
    index = next((i for i, name in enumerate(names) if _text.like(name, "index releve")), None)
    for label, name in enumerate(names):
        kind = next((k for begins, k in _KINDS.items() if _text.like(name, begins)), "")
        if kind and index is not None:
            return _Layout(kind, label, index)
    return None


def _unit(name: str) -> int:
    """cm3 of the unit in "Index relevé (litres)". Raises DecodeError."""
    unit = re.search(r"\((.*?)\)", _text.fold(name))
    if not unit or unit[1] not in _UNITS:
        raise DecodeError("bad_unit", value=unit[1] if unit else name)
    return _UNITS[unit[1]]


def _opens(rows: Rows, layout: _Layout, value: Int64Array, unit: int) -> bool:
    """Whether all labels are days whose index is that of their beginning."""
    drawn = next((i for i, n in enumerate(rows.names) if _text.like(n.encode(), "consomm")), None)
    cells = rows.cells[layout.label]
    if layout.kind != "day" or drawn is None or not all(map(_veolia_labels.is_day, cells)):
        return False
    wall, _ = _veolia_labels.walls(cells, layout.kind, 0)
    return _veolia_labels.opens(wall, value, _text.decimals(rows.cells[drawn], unit)[0])


def _times(rows: Rows, layout: _Layout, ctx: Context, into: Decoded, opens: bool) -> Int64Array:
    """The instants of the labels; rows without one are refused."""
    at = layout.label
    wall, ok = _veolia_labels.walls(rows.cells[at], layout.kind, ctx.received_at)
    if opens:
        wall -= _DAY
        into.notes.append(_OPENING)
    elif layout.kind != "day" or any(map(_veolia_labels.is_day, rows.cells[at])):
        into.notes.append(_ENDING)
    rows.refuse(~np.array(ok, bool), "bad_time", at)
    ts, states = _stamps.utc(wall, ctx.zone)
    rows.refuse(states == _stamps.BAD, "bad_time", at)
    rows.refuse(states == _stamps.AMBIGUOUS, "ambiguous_time", at)
    if layout.kind == "week" and rows.good.any():
        first, last = (str(np.datetime64(int(at), "s"))[:10] for at in _ends(wall[rows.good]))
        fr = f"semaines sans année : lues d'après leurs lundis, fins du {first} au {last}"
        en = f"weeks without a year: read by their Mondays, ends from {first} to {last}"
        into.notes.append(Note("week_year", fr, en))
    return ts


def _ends(wall: Int64Array) -> tuple[int, int]:
    return int(wall.min()), int(wall.max())


def _told(rows: Rows) -> Sequence[bytes]:
    at = next((i for i, n in enumerate(rows.names) if "estime" in _text.fold(n)), None)
    return [b""] * len(rows.line) if at is None else rows.cells[at]


def _quality(cell: bytes) -> Quality:
    estimated = _text.like(cell, "estime") or cell.strip() in (b"E", b"e")
    return Quality.ESTIMATED_BY_SOURCE if estimated else Quality.GOOD
