"""What the Enedis customer portal exports, whatever file it comes in: the blocks of its lines."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from connectors import _enedis_curve, _enedis_long, _enedis_registers, _text
from connectors._enedis_layout import UNITS, Block
from hub.model import Context, Decoded, DecodeError, Note, Reject

_ASIDE = re.compile(r"puissance max|\bpmax|energie reactive")

#: A time as only spreadsheets write it: month first, by halves of the day, or as a number of days.
_SPOILT = re.compile(
    r"\d?\d/(?:1[3-9]|[23]\d)/.*|\d\d?/\d\d?/.*[ap]\.?m\.?|\d{5}(?:[.,]\d*)?", re.IGNORECASE
)


def decode(lines: Sequence[bytes], found: Sequence[Block], ctx: Context) -> Decoded:
    """Every block of ``lines``. Raises DecodeError: no usage point."""
    into = Decoded(rows=len(lines), lines=range(1, len(lines) + 1))
    for block in found:
        _decode_block(lines, block, ctx, into)
    into.notes += _spoilt(into.rejects)
    read = np.zeros(len(lines) + 1, bool)
    for series in into.series:
        read[np.asarray(series.row)] = True
    into.ignored = into.rows - int(np.count_nonzero(read)) - len(into.gaps) - len(into.rejects)
    return into


def _spoilt(rejects: Sequence[Reject]) -> list[Note]:
    """What to do about stamps that a spreadsheet spoilt, if there are any."""
    times = (str(r.value) for r in rejects if r.reason == "bad_time")
    example = next((value for value in times if _SPOILT.fullmatch(value)), None)
    if example is None:
        return []
    fr = (
        f"« {example} » : un tableur a récrit les dates ; chargez le fichier d'Enedis tel quel, "
        "ou enregistrez les dates ainsi : 21/11/2026 00:30"
    )
    en = (
        f"'{example}': a spreadsheet rewrote the dates; load Enedis's file as it was, "
        "or save dates like this: 21/11/2026 00:30"
    )
    return [Note("spreadsheet", fr, en)]


def _decode_block(lines: Sequence[bytes], block: Block, ctx: Context, into: Decoded) -> None:
    """Add ``block`` to ``into``; calendars, and what is no energy, are left aside."""
    if block.calendar or not block.rows:
        return
    kind = block.say("type de donnees")
    told = [_text.fold(name) for name in (kind, block.say("grandeur physique"))]
    if any(_ASIDE.search(name) for name in told) or re.match("k?va", block.unit):
        rows = len(block.rows)
        fr = "1 ligne laissée" if rows == 1 else f"{rows} lignes laissées"
        en = "1 row" if rows == 1 else f"{rows} rows"
        name = kind or block.unit
        aside = f"« {name} » : {fr} de côté", f"'{name}': {en} left aside"
        into.notes.append(Note("left_aside", *aside))
        return
    if block.long:
        _enedis_long.decode(lines, block, ctx, into)
        return
    device = block.prm or ctx.device
    if not device:
        raise DecodeError("missing_usage_point")
    if (block.unit or "w") not in UNITS:
        detail = {"value": block.unit}
        into.rejects += [
            Reject(i + 1, "bad_unit", "Unite", block.unit, i + 1, detail) for i in block.rows
        ]
    elif _enedis_registers.columns(block):
        _enedis_registers.decode(lines, block, device, ctx.zone, into)
    else:
        _enedis_curve.decode(lines, block, device, ctx.zone, into)
