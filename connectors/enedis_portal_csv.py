"""Enedis customer portal, CSV exports: load curve and daily registers of a Linky or C1 to C4 meter.

Source: enedis.fr account, "Mes mesures" and the history sent by mail; files re-saved by people.
Device: the 14-digit PRM of the header; a file without header needs a usage point given.
Units: curve: mean W (or kW) over the step -> energy mWh = W x 1000 x seconds / 3600, floored;
    registers: Wh (or kWh) -> mWh.
Label: curve: END of the step for 30-min (15, 60) curves of Linky, START for 10-min curves of C1 to
    C4 (told by first and last stamp where they can); start and end where both columns are there;
    registers: the instant of the reading.
Zone: offset in the stamp; naive stamps are local, the October hour by the order of the rows.
Cadence: 10, 15, 30 or 60 min, changing inside a file; registers daily.
Traps: step column empty (F2: the step is the distance to the neighbour; unknown is rejected);
    register stamps drift with DST (F3); EAS F and EAS D registers both add up to EAS T (F5: all
    are kept, EAS T is TOTAL); naive October stamps (F6); empty or null is a gap (F9); mean W is
    not Wh (T7); calendars below the table; several blocks in a file; a stray ";"; peak power and
    reactive energy are no energy of ours and are left aside, with a note.

Layouts, ";"-separated, UTF-8 with or without BOM, LF or CRLF:
    Identifiant PRM;Type de donnees;Date de debut;Date de fin;Grandeur physique;Grandeur metier;
        Etape metier;Unite[;Pas en minutes]      (one line, then one line of values)
    Horodate;Valeur                              2026-11-21T00:30:00+01:00;218
    (no header at all)                           2026-11-21T00:30:00+01:00;218
    Début;Fin;Valeur (en kW)                     21/11/2026 00:00:00;21/11/2026 00:30:00;4,030
    debut;fin;kW                                 2026-11-21 00:00:00;2026-11-21 00:30:00;null
    Horodate;Type de releve;EAS F1;...;EAS F10;EAS D1;...;EAS D4;EAS T
                                                 2026-11-21T00:00:00+01:00;Arrêté quotidien;155;...
    Periode;Identifiant calendrier fournisseur;...          (ignored)
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from connectors import _enedis_curve, _enedis_registers, _text
from connectors._enedis_layout import UNITS, Block, blocks
from hub.model import Context, Decoded, DecodeError, Note, Reject

NAME = "enedis_portal_csv"
TOPICS: tuple[str, ...] = ()

_CURVE_ROW = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?([+-]\d\d:?\d\d|Z)?;[^;]*;?\s*\Z")
_ASIDE = re.compile("puissance max|energie reactive")


def decode(payload: bytes, ctx: Context) -> Decoded:
    """Every block of the file. Raises DecodeError: not text, not this format, no usage point."""
    lines = _text.lines(payload)
    found = blocks(lines)
    into = Decoded(rows=len(lines), lines=range(1, len(lines) + 1))
    for block in found:
        _decode_block(lines, block, ctx, into)
    if not any(block.headed for block in found) and not into.series and not into.gaps:
        raise DecodeError("not_this_format", connector=NAME, error="Horodate;Valeur ?")
    read = np.zeros(len(lines) + 1, bool)
    for series in into.series:
        read[np.asarray(series.row)] = True
    into.ignored = into.rows - np.count_nonzero(read) - len(into.gaps) - len(into.rejects)
    return into


def sniff(head: bytes) -> float:
    """Sure by the header's first name; likely by a row of a stamp and a value."""
    first = _text.first_line(head)
    if _text.like(first, "identifiant prm;"):
        return 1.0
    if _text.like(first, "horodate;"):
        return 0.9
    if _text.like(first, "debut;fin;") and re.search(r"\bkwh?\b", _text.fold(first)):
        return 0.9
    return 0.6 if _CURVE_ROW.match(first) else 0.0


def _decode_block(lines: Sequence[bytes], block: Block, ctx: Context, into: Decoded) -> None:
    """Add ``block`` to ``into``; calendars, and what is no energy, are left aside."""
    if block.calendar or not block.rows:
        return
    kind = block.say("type de donnees")
    if any(_ASIDE.match(_text.fold(told)) for told in (kind, block.say("grandeur physique"))):
        rows = len(block.rows)
        fr = "1 ligne laissée" if rows == 1 else f"{rows} lignes laissées"
        en = "1 row" if rows == 1 else f"{rows} rows"
        told = f"« {kind} » : {fr} de côté", f"'{kind}': {en} left aside"
        into.notes.append(Note("left_aside", *told))
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
