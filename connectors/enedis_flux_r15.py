"""Enedis flux R15: the registers of C5 and P4 meters at each cyclic or contractual reading.

Source: XML file (Enedis sends it zipped and enciphered to suppliers), "index et énergies".
Device: Id_PRM, the PRM; a file holds many.
Units: Unite_Mesure, kWh (Wh, MWh) -> mWh, times Coefficient_Lecture; powers, hours and reactive
    energy are left aside, any other unit is refused.
Label: Date_Releve is the instant of the reading, at the BEGINNING of the day (F4).
Zone: offset in the stamp.
Cadence: monthly, half-yearly, and at each change of contract.
Traps: the distributor's registers (D1 to D4) and the supplier's (F1 to F10) each add up to the
    total (F5: both are kept); Classe_Mesure 2 is the energy since the reading before and repeats
    the index: left aside; Valeur_Precedent is the register at Date_Releve_Precedent and is read
    too; where Indicateur_Passage_A_Zero says that the register passed its end in between, an event
    says so (T8); a reading that Enedis annuls (Statut_Releve) is left aside, with a note;
    Sens_Mesure 1 is injection; flux of bills and contracts (F12, F15, X12, ...) look alike, hold no
    readings and are refused as such.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from connectors import _enedis_flux, _xml
from connectors._enedis_flux import Value
from connectors._enedis_index import aside_notes
from connectors._enedis_quality import quality
from connectors._enedis_readings import Readings
from connectors._text import fold
from hub.model import Context, Decoded, MeterEvent, Quality

NAME = "enedis_flux_r15"
LABELS = {"register": "instant"}
DEVICE = "usage_point"
TOPICS: tuple[str, ...] = ()


def decode(payload: bytes, ctx: Context) -> Decoded:
    """All registers of all usage points. Raises DecodeError: not XML, another flux, no PRM."""
    root = _enedis_flux.document(payload, NAME, "R15")
    into = Decoded(rows=0)
    readings = Readings(into, "Date_Releve")
    aside: dict[str, int] = {}
    for prm, point in _enedis_flux.points(root):
        for reading in point.iterfind("Donnees_Releve"):
            now, before = (_xml.text(reading, f"Date_Releve{x}") for x in ("", "_Precedent"))
            nature, former = (
                quality(_xml.text(reading, f"Nature_Index{x}")) for x in ("", "_Precedent")
            )
            status = _xml.text(reading, "Statut_Releve")
            if nature == Quality.GOOD:
                nature = quality(status)
            for value in _enedis_flux.values(reading, prm, "kWh", readings):
                if fold(status).startswith("annul"):
                    aside[status] = aside.get(status, 0) + 1
                    continue
                told = _xml.text(value.element, "Valeur")
                readings.add(value.key, value.unit, "Valeur", told, now, quality=nature)
                told = _xml.text(value.element, "Valeur_Precedent")
                if told and before:
                    name = "Valeur_Precedent"
                    readings.add(value.key, value.unit, name, told, before, quality=former)
                    into.events += _rollover(value, before, now, ctx.zone)
    readings.done(ctx.zone)
    into.notes += aside_notes(aside)
    return into if into.rows else Decoded(rows=1, ignored=1)


def sniff(head: bytes) -> float:
    """Sure by the flux's name."""
    return _enedis_flux.sure(head, "R15", *_enedis_flux.NO_READINGS)


def _rollover(value: Value, before: str, now: str, zone: str) -> Iterator[MeterEvent]:
    """The passage of a register through its end, when it would have been at an even pace."""
    digits = _xml.text(value.element, "Nb_Chiffres_Cadran")
    passed = _xml.text(value.element, "Indicateur_Passage_A_Zero") in ("1", "true")
    first, last = (_enedis_flux.amount(value, f"Valeur{x}") for x in ("_Precedent", ""))
    start, end = (_enedis_flux.instant(stamp, zone) for stamp in (before, now))
    if not passed or not re.fullmatch("[4-9]", digits) or first is None or last is None:
        return
    full = 10 ** int(digits) * value.unit.times // value.unit.over
    if start is None or end is None or not last < first < full or not start < end:
        return
    at = start + (end - start) * (full - first) // (full - first + last or 1)
    key = value.key
    yield MeterEvent(key.device, "electricity", at, "rollover", key.flow, key.register, full, 0)
