"""Enedis files in the long layout: each row says whose, what and how long, as SGE sends histories.

    Identifiant PRM;Date de début;...;Grandeur physique;Grandeur métier;Etape métier;Unité;
        Horodate;Valeur;Nature;Pas;Indice de vraisemblance;Etat complémentaire
    99...;2026-11-20 00:00:00;...;PA;CONS;BRUT;W;2026-11-20 00:30:00;692;B;PT30M;0;0

With a column "Cadran" it is a register that each row tells.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from connectors import _enedis_curve
from connectors._enedis_curve import Curve
from connectors._enedis_layout import UNITS, Block, flow_of, usage_point
from connectors._enedis_names import register_of
from connectors._enedis_quality import quality
from connectors._rows import Rows
from connectors._text import fold
from hub.model import ChannelKey, Context, Decoded, DecodeError, Gap, Int64Array, Note, Series

#: What makes a row part of another series -> how its column's name begins, folded.
_KINDS = {
    "prm": ("identifiant prm", "identifiant pdl", "prm"),
    "physical": ("grandeur physique",),
    "business": ("grandeur metier",),
    "unit": ("unite",),
    "grid": ("libelle grille", "grille", "code grille"),
    "class": ("identifiant classe temporelle", "id classe temporelle", "classe temporelle"),
    "dial": ("code cadran", "cadran"),
}
_LIKELIHOOD = ("indice de vraisemblance", "indice vraisemblance", "iv")
#: Active energy and power; all else is left aside.
_OURS = ("", "ea", "pa", "energie active", "puissance active")


def decode(lines: Sequence[bytes], block: Block, ctx: Context, into: Decoded) -> None:
    """Add the rows of ``block`` to ``into``. Raises DecodeError: no usage point is told."""
    rows = Rows.of(lines, block.rows, [name.capitalize() for name in block.columns], block.skip)
    at = {what: _place(block.columns, names) for what, names in _KINDS.items()}
    for which, told in _groups(rows, {what: i for what, i in at.items() if i is not None}):
        unit = fold(told.get("unit", "")) or block.unit or ("w" if at["dial"] is None else "wh")
        part = rows.take(which) if len(which) < len(rows.line) else rows
        if fold(told.get("physical", "")) not in _OURS:
            into.notes.append(_aside(told["physical"], len(which)))
            continue
        if unit not in UNITS:
            part.refuse(part.good, "bad_unit", at["unit"] or 0)
            into.rejects += part.rejects()
            continue
        device = usage_point(told.get("prm", "")) or block.prm or ctx.device
        if not device:
            raise DecodeError("missing_usage_point")
        if at["dial"] is not None or at["class"] is not None:
            _registers(part, block, told, device, unit, ctx, into)
        else:
            _enedis_curve.add(part, _curve(block, told, device, unit), ctx.zone, into)


def _place(columns: Sequence[str], names: Sequence[str]) -> int | None:
    return next((columns.index(name) for name in names if name in columns), None)


def _groups(rows: Rows, at: Mapping[str, int]) -> list[tuple[Int64Array, dict[str, str]]]:
    """The rows of each series, and what their columns say of it; in the order of the file."""
    codes = np.zeros(len(rows.line), np.int64)
    for i in at.values():
        if not rows.cells[i].constant:
            cells = list(rows.cells[i])
            known = {cell: number for number, cell in enumerate(dict.fromkeys(cells))}
            mine = np.fromiter(map(known.__getitem__, cells), np.int64, len(cells))
            _, codes = np.unique(codes * len(known) + mine, return_inverse=True)
    _, firsts = np.unique(codes, return_index=True)
    return [
        (
            np.flatnonzero(codes == codes[first]) if len(firsts) > 1 else np.arange(len(codes)),
            {what: rows.cells[i][first].decode("utf-8").strip() for what, i in at.items()},
        )
        for first in sorted(firsts.tolist())
    ]


def _curve(block: Block, told: Mapping[str, str], device: str, unit: str) -> Curve:
    columns = block.columns
    return Curve(
        device,
        flow_of(told.get("business", "")),
        unit,
        columns.index("valeur"),
        columns.index("horodate"),
        step=_place(columns, ("pas", "pas en minutes")),
        nature=_place(columns, ("nature",)),
        likelihood=_place(columns, _LIKELIHOOD),
    )


def _registers(
    rows: Rows,
    block: Block,
    told: Mapping[str, str],
    device: str,
    unit: str,
    ctx: Context,
    into: Decoded,
) -> None:
    """Add the rows of one register."""
    factor, power = UNITS[unit]
    ts = rows.times(block.columns.index("horodate"), ctx.zone)
    register = register_of(told.get("dial", ""), told.get("grid", ""), told.get("class", ""))
    if power or not register:
        column = next(i for i, n in enumerate(block.columns) if n.endswith(("cadran", "relle")))
        rows.refuse(rows.good, "bad_unit" if power else "bad_name", column)
    value, said = rows.amounts(block.columns.index("valeur"), factor)
    taken, empty = rows.good & said, rows.good & ~said
    into.gaps += [
        Gap(row, at) for row, at in zip(rows.line[empty].tolist(), ts[empty].tolist(), strict=True)
    ]
    into.rejects += rows.rejects()
    flow = flow_of(told.get("business", ""))
    key = ChannelKey(device, "electricity", flow, "energy", register, "register")
    doubts = _place(block.columns, _LIKELIHOOD)
    codes = (
        np.zeros(len(ts), np.int64)
        if doubts is None
        else _enedis_curve.each(rows.cells[doubts], lambda cell: quality("", cell))
    )
    if taken.any():
        into.series.append(
            Series(key, ts[taken], value[taken], row=rows.line[taken], quality=codes[taken])
        )


def _aside(kind: str, rows: int) -> Note:
    fr = "1 ligne laissée" if rows == 1 else f"{rows} lignes laissées"
    en = "1 row" if rows == 1 else f"{rows} rows"
    return Note("left_aside", f"« {kind} » : {fr} de côté", f"'{kind}': {en} left aside")
