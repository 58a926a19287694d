"""Enedis customer portal, CSV exports: load curve and daily registers of a Linky or C1 to C4 meter.

Source: enedis.fr account, "Mes mesures", the history sent by mail or to an SGE account; files
    re-saved by people.
Device: the 14-digit PRM of the header or of each row; a file without needs a usage point given.
Units: curve: mean W (or kW) over the step -> energy mWh = W x 1000 x seconds / 3600, floored;
    registers: Wh (or kWh) -> mWh; energy of a day: kWh.
Label: curve: END of the step for 30-min (15, 60) curves of Linky, START for 10-min curves of C1 to
    C4 (told by first and last stamp where they can); start and end where both columns are there;
    registers: the instant of the reading; energies of days: the local day of their stamp.
Zone: offset in the stamp; naive stamps are local, the October hour by the order of the rows.
Cadence: 5, 10, 15, 30 or 60 min, changing inside a file; registers daily.
Traps: step column empty (F2: the step is the distance to the neighbour; unknown is rejected);
    register stamps drift with DST (F3); EAS F and EAS D registers both add up to EAS T (F5: all are
    kept, EAS T is TOTAL); naive October stamps (F6); empty or null is a gap (F9); mean W is not Wh
    (T7); energies of days are known by the step P1D, by the header ("quotidienne"), or as dates or
    midnights a day apart, never of weeks or months, and never a power; calendars below the table;
    several blocks in a file; a stray ";"; files that a spreadsheet saved again (other separators,
    dates like 1/11/26 0:30 are French; a column with a month first is refused, with a note); peak
    power and reactive energy are no energy of ours and are left aside, with a note.

Layouts, ";"-separated, UTF-8 with or without BOM, LF or CRLF:
    Identifiant PRM;Type de donnees;Date de debut;Date de fin;Grandeur physique;Grandeur metier;
        Etape metier;Unite[;Pas en minutes]      (one line, then one line of values)
    Horodate;Valeur                              2026-11-21T00:30:00+01:00;218
    (no header at all)                           2026-11-21T00:30:00+01:00;218
    Début;Fin;Valeur (en kW)                     21/11/2026 00:00:00;21/11/2026 00:30:00;4,030
    debut;fin;kW                                 2026-11-21 00:00:00;2026-11-21 00:30:00;null
    date;value                                   2026-11-21T00:30:00+01:00;218
    Date;Valeur (en kWh)                         21/11/2026;6,329
    Horodate;Type de releve;EAS F1;...;EAS F10;EAS D1;...;EAS D4;EAS T
                                                 2026-11-21T00:00:00+01:00;Arrêté quotidien;155;...
    Identifiant PRM;...;Grandeur physique;Grandeur métier;Etape métier;Unité;Horodate;Valeur;
        Nature;Pas;Indice de vraisemblance;...   99...;PA;CONS;BRUT;W;2026-11-21 00:30:00;692;B;...
    (the same with Grille and Cadran)            99...;EA;CONS;BRUT;Wh;...;IDX_EAS_F1;3602078;0
    Periode;Identifiant calendrier fournisseur;...          (ignored)
"""

from __future__ import annotations

import re

from connectors import _enedis_portal, _text
from connectors._enedis_layout import blocks, names_columns, names_values
from hub.model import Context, Decoded, DecodeError

NAME = "enedis_portal_csv"
LABELS = {"interval": "both", "day": "day", "register": "instant"}
DEVICE = "usage_point"
TOPICS: tuple[str, ...] = ()

_CURVE_ROW = re.compile(
    rb"(?:\d{4}-\d\d-\d\d|\d\d?/\d\d?/(?:20)?\d\d)[T ]\d\d?:\d\d(:\d\d)?([+-]\d\d:?\d\d|Z)?"
    rb";[^;]*;*\s*\Z"
)
#: Lines among which the header is looked for: a workbook's table begins after a page of text.
_TOP = 40


def decode(payload: bytes, ctx: Context) -> Decoded:
    """Every block of the file. Raises DecodeError: not text, not this format, no usage point."""
    lines = _text.lines(payload)
    found = blocks(lines)
    into = _enedis_portal.decode(lines, found, ctx)
    if not any(block.headed for block in found) and not into.series and not into.gaps:
        raise DecodeError("not_this_format", connector=NAME, error="Horodate;Valeur ?")
    return into


def sniff(head: bytes) -> float:
    """Sure by the header's names; likely by a row of a stamp and a value."""
    lines = _text.first_lines(head, _TOP)
    if not lines:
        return 0.0
    if _text.like(lines[0], "identifiant prm;") or re.search(rb"(?i)\bhorodate;valeur\b", lines[0]):
        return 1.0
    if _text.like(lines[0], "horodate;") or any(map(names_values, lines)):
        return 0.9
    first = lines[1] if len(lines) > 1 and names_columns(lines[0]) else lines[0]
    return 0.6 if _CURVE_ROW.match(first) else 0.0
