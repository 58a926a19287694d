"""Enedis flux R67: the energy that was billed, by period and class, in JSON.

Source: JSON file of the SGE service M023 (Enedis sends it zipped), "mesures facturantes"; one
    document or a list of them. Written from documentation (an anonymised public file and its
    description): no file was at hand.
Device: idPrm, the PRM; a file holds many.
Units: unite, Wh -> mWh.
Label: [dbtMesure, finMesure), local days: finMesure is the dbtMesure of the next.
Zone: local.
Cadence: monthly, shorter at a change of contract or supplier, 36 months at most.
Traps: the contexts (CYCL, CFNS, MCT, ...) follow each other in time and are all read; the
    distributor's grid (D1 to D4) and the supplier's (BASE, HP, HC, ...) each add up to the total
    (F5: both are kept); "periode" is what was asked for and no period of energy; codeNature E is
    estimated, C regularised: below zero it is rejected.
"""

from __future__ import annotations

from connectors import _enedis_index, _enedis_m023
from connectors._enedis_index import many, text
from connectors._enedis_quality import quality
from connectors._enedis_readings import UNITS, Readings, device_of
from connectors._text import fold
from hub.model import Context, Decoded

NAME = "enedis_flux_r67"
LABELS = {"interval": "both"}
DEVICE = "usage_point"
TOPICS: tuple[str, ...] = ()


def decode(payload: bytes, ctx: Context) -> Decoded:
    """All amounts of all usage points. Raises DecodeError: not JSON, another flux, no PRM."""
    into = Decoded(rows=0)
    readings = Readings(into, "dbtMesure", "finMesure")
    aside: dict[str, int] = {}
    for measure in _enedis_m023.measures(payload, ctx, NAME, "R67"):
        device = device_of(measure.get("idPrm"), ctx.device)
        for dial in _enedis_index.dials(measure):
            for amount in many(dial.content, "quantite"):
                readings.row()
                if not dial.ours:
                    aside[dial.physical] = aside.get(dial.physical, 0) + 1
                elif _enedis_index.usable(dial, readings):
                    key = dial.key(device, "interval", "month")
                    unit = UNITS[fold(dial.unit or "wh")]
                    start, end = text(amount, "dbtMesure"), text(amount, "finMesure")
                    code = quality(text(amount, "codeNature", "libelleNature"))
                    readings.add(key, unit, "quantite", amount.get("quantite"), start, end, code)
    readings.done(ctx.zone)
    into.notes += _enedis_index.aside_notes(aside)
    return into if into.rows else Decoded(rows=1, ignored=1)


def sniff(head: bytes) -> float:
    """Sure by the flux's name."""
    return _enedis_m023.sure(head, "R67")
