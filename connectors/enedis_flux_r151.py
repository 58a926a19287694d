"""Enedis flux R151: the registers of each day of Linky meters, by subscription.

Source: XML file (Enedis sends it zipped, and enciphered to suppliers), "index quotidiens".
Device: Id_PRM, the PRM; a file holds many.
Units: Unite_Mesure_Index of the head, Wh -> mWh.
Label: Date_Releve is the day whose END the register tells: the instant is 00:00 of the day after
    (F4: R64, R15 and C15 label the beginning).
Zone: local.
Cadence: daily.
Traps: the distributor's registers (D1 to D4) and the supplier's (F1 to F10) each add up to the
    total (F5: both are kept); no total is told; labels are encoded twice and classes "INCONNU": a
    register is known by its rank; Puissance_Maximale is no energy and is left aside.
"""

from __future__ import annotations

from connectors import _enedis_flux, _xml
from connectors._enedis_quality import quality
from connectors._enedis_readings import Readings
from hub.model import Context, Decoded

NAME = "enedis_flux_r151"
LABELS = {"register": "end"}
DEVICE = "usage_point"
TOPICS: tuple[str, ...] = ()

_DAY = 86_400


def decode(payload: bytes, ctx: Context) -> Decoded:
    """All registers of all usage points. Raises DecodeError: not XML, another flux, no PRM."""
    root = _enedis_flux.document(payload, NAME, "R151")
    unit = _xml.text(root, "En_Tete_Flux/Unite_Mesure_Index")
    into = Decoded(rows=0)
    readings = Readings(into, "Date_Releve")
    for prm, point in _enedis_flux.points(root):
        for reading in point.iterfind("Donnees_Releve"):
            day = _xml.text(reading, "Date_Releve")[: len("2026-11-21")]
            for value in _enedis_flux.values(reading, prm, unit or "Wh", readings):
                told = _xml.text(value.element, "Valeur")
                doubt = quality("", _xml.text(value.element, "Indice_Vraisemblance"))
                readings.add(value.key, value.unit, "Valeur", told, day, quality=doubt)
    readings.done(ctx.zone, shift=_DAY)
    return into if into.rows else Decoded(rows=1, ignored=1)


def sniff(head: bytes) -> float:
    """Sure by the flux's name."""
    return _enedis_flux.sure(head, "R151")
