"""EDF customer account, "mes-index-elec" and "ma-conso": registers, energies of days and months.

Source: suiviconso.edf.fr, files of the ZIP of all data: mes-index-elec, ma-conso-quotidienne,
    ma-conso-mensuelle; written from documentation (programs that read them): no real file was at
    hand.
Device: the file tells none: a usage point must be given.
Units: as the column's name says, kWh or Wh.
Label: an index is of the START of its day; a consumption is of its local day or month.
Zone: local, days only.
Cadence: daily; monthly.
Traps: registers are whole kWh, so days between them are off by up to one; days and months are
    rounded apart and never take each other's place; "Année 2025" adds up the months below it: not
    read; a month that is not over at the arrival ends there; rows come twice; the columns of the
    index are those of the contract: Base, Heures pleines and creuses, Tempo's six, EJP's two; one
    of another name is left aside, with a note; "Estimé" rows; Windows-1252.

Layouts, ";"-separated, under a title ("Récapitulatif de mes index") and an empty line:
    Date de relevé de l'index;Type d'index;Index Heures pleines (kWh);Index Heures creuses (kWh)
        03/01/2026;Index transmis par le distributeur;1010;520
    Date de consommation;Consommation (kWh);Nature de la donnée
        02/01/2026;9;Réelle
    Période de consommation;Consommation (kWh);Nature de la donnée
        Année 2025;2 345;
        12/2025;1300;Estimée
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from connectors import _stamps, _text
from connectors._enedis_quality import quality
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
    PeriodClass,
    Series,
)

NAME = "edf_releves_csv"
LABELS = {"register": "start", "day": "day", "month": "month"}
DEVICE = "usage_point"
TOPICS: tuple[str, ...] = ()

_DAY = 86_400
#: Lines among which the header is looked for.
_TOP = 20
#: How the first name begins -> of what the rows are; "" is an instant.
_KINDS: dict[str, PeriodClass] = {
    "date de releve de l": "",
    "date de consommation": "day",
    "periode de consommation": "month",
}
_UNITS = {"kwh": 10**6, "wh": 1000}
_SLOTS = {"base": "BASE", "pleine": "HP", "creuse": "HC", "normale": "HN", "pointe": "PM"}
_COLOURS = {"bleu": "JB", "blanc": "JW", "rouge": "JR"}
_MONTH = re.compile(rb"(\d\d)/(\d{4})")


def decode(payload: bytes, ctx: Context) -> Decoded:
    """Every row. Raises DecodeError: not text, not this format, no usage point, another unit."""
    lines = _text.lines(payload)
    kinds = [_kind(line) for line in lines[:_TOP]]
    head, kind = next(((i, k) for i, k in enumerate(kinds) if k is not None), (0, None))
    if kind is None:
        raise DecodeError("not_this_format", connector=NAME, error="Date de relevé de l'index ?")
    if not ctx.device:
        raise DecodeError("missing_usage_point")
    names = [name.decode("utf-8").strip() for name in lines[head].rstrip(b"; ").split(b";")]
    data = [i for i in range(head + 1, len(lines)) if lines[i].strip(b"; \t")]
    data = [i for i in data if not _text.like(lines[i], "annee ")]
    rows = Rows.of(lines, data, names)
    into = Decoded(rows=len(lines), lines=range(1, len(lines) + 1))
    start, seconds = _times(rows, kind, ctx)
    columns = {i: TOTAL for i, name in enumerate(names) if _text.like(name, "consommation (")}
    if kind == "":
        columns = dict(_registers(names, into))
    if not columns:
        raise DecodeError("not_this_format", connector=NAME, error="(kWh) ?")
    amounts = {i: rows.amounts(i, _unit(names[i])) for i in columns}
    empty = rows.good & ~np.any([told for _, told in amounts.values()], axis=0)
    until = start + seconds
    into.gaps = [
        Gap(int(rows.line[i]), int(start[i]), None if kind == "" else int(until[i]))
        for i in np.flatnonzero(empty)
    ]
    into.rejects = rows.rejects()
    said = [_text.fold(cell).removeprefix("index ") for cell in _nature(rows)]
    codes = np.array([quality(nature) for nature in said], np.int64)
    for i, (value, told) in amounts.items():
        taken = rows.good & told
        if taken.any():
            lasting = None if kind == "" else seconds[taken]
            key = ChannelKey(
                *(ctx.device, "electricity", "consumption", "energy", columns[i]),
                "register" if kind == "" else "interval",
                period=kind,
            )
            into.series.append(
                Series(key, start[taken], value[taken], lasting, rows.line[taken], codes[taken])
            )
    into.ignored = into.rows - len(data)
    return into


def sniff(head: bytes) -> float:
    """Sure by the first names of the three tables."""
    return 1.0 if any(_kind(line) is not None for line in _text.first_lines(head, _TOP)) else 0.0


def _kind(line: bytes) -> PeriodClass | None:
    """Of what the rows below this header are; None if it is none."""
    names = line.split(b";")
    if len(names) < 2 or not any("kwh" in _text.fold(n) or "(wh" in _text.fold(n) for n in names):
        return None
    return next((kind for name, kind in _KINDS.items() if _text.like(names[0], name)), None)


def _times(rows: Rows, kind: PeriodClass, ctx: Context) -> tuple[Int64Array, Int64Array]:
    """Start and length of what each row tells; rows without a time are refused."""
    cells = [cell.strip() for cell in rows.cells[0]]
    if kind == "month":
        cells = [b"01/" + cell if _MONTH.fullmatch(cell) else b"" for cell in cells]
    found = _stamps.written(cells)
    rows.refuse(~(found.ok & found.naive & (found.wall % _DAY == 0)), "bad_time", 0)
    after = found.wall + _DAY
    if kind == "month":
        months = found.wall.astype("datetime64[s]").astype("datetime64[M]") + 1
        after = months.astype("datetime64[s]").astype(np.int64)
    start, end = (_stamps.utc(wall, ctx.zone)[0] for wall in (found.wall, after))
    over = np.where(start < ctx.received_at, np.minimum(end, ctx.received_at), end)
    return start, np.where(rows.good, over - start, 0)


def _registers(names: Sequence[str], into: Decoded) -> Iterator[tuple[int, str]]:
    """Columns of the contract's registers."""
    for i, name in enumerate(names):
        if not _text.like(name, "index"):
            continue
        words = _text.fold(name)
        slot = next((part for word, part in _SLOTS.items() if word in words), "")
        colour = next((part for word, part in _COLOURS.items() if word in words), "")
        alone = re.fullmatch(r"index(?: total)? ?\(k?wh\)", words)
        if alone or (slot and "super" not in words):
            yield i, TOTAL if alone else slot + colour
        else:
            fr, en = f"colonne laissée de côté : {name[:60]}", f"column left aside: {name[:60]}"
            into.notes.append(Note("left_aside", fr, en))


def _unit(name: str) -> int:
    """mWh of the unit in "Index Base (kWh)". Raises DecodeError."""
    unit = re.search(r"\((.*?)\)", _text.fold(name))
    if not unit or unit[1] not in _UNITS:
        raise DecodeError("bad_unit", value=unit[1] if unit else name)
    return _UNITS[unit[1]]


def _nature(rows: Rows) -> Sequence[bytes]:
    folded = [_text.fold(name) for name in rows.names]
    at = next((i for i, n in enumerate(folded) if n.startswith(("nature", "type d"))), None)
    return [b""] * len(rows.line) if at is None else rows.cells[at]
