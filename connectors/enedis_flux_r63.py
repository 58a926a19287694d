"""Enedis flux R63 and R65: load curves, and energies of days, of any meter, in JSON.

Source: JSON file of the SGE service M023 (Enedis sends it zipped), once (R63, R65) or repeatedly
    (R63A, R63B); one document or a list of them. Written from documentation (public programs that
    read it): no file was at hand.
Device: idPrm, the PRM; a file holds many.
Units: R63: mean W over the step p -> energy mWh = W x 1000 x seconds / 3600, floored; R65: Wh.
Label: R63: END of the step for 30-min (15, 60) curves of Linky, START for curves of 10 and 5 min
    of C1 to C4 (told by first and last stamp where they can); R65: the local day of the stamp.
Zone: offset in the stamp; naive stamps are local, the October hour by the order of the points.
Cadence: 5 to 60 min, changing inside a file (F2); daily.
Traps: values are texts; null is a gap (F9); mean W is not Wh (T7); grandeurMetier PROD is
    injection; energies are those of days where "p" or "pas" is P1D, or where neither is told and
    they come once a day, whatever the hour of their stamp; reactive power, tension and peaks (R66
    tells nothing else) are left aside, with a note; a value that Enedis completed (n is E, H, K, P)
    is an estimate.
"""

from __future__ import annotations

from connectors import _enedis_m023, _enedis_measures
from connectors._enedis_index import aside_notes
from connectors._enedis_readings import Readings, device_of
from hub.model import Context, Decoded

NAME = "enedis_flux_r63"
LABELS = {"interval": "end", "day": "day"}
DEVICE = "usage_point"
TOPICS: tuple[str, ...] = ()

_FLUX = ("R63", "R65", "R66")
#: Each usage point tells its label and steps.
_NOTES = 6


def decode(payload: bytes, ctx: Context) -> Decoded:
    """All curves and days of all usage points. Raises DecodeError: not JSON, another flux."""
    into = Decoded(rows=0)
    readings = Readings(into, "d")
    aside: dict[str, int] = {}
    for measure in _enedis_m023.measures(payload, ctx, NAME, *_FLUX):
        device = device_of(measure.get("idPrm"), ctx.device)
        _enedis_measures.add(measure, device, ctx.zone, into, readings, aside)
    readings.done(ctx.zone)
    into.notes = [*dict.fromkeys(into.notes)][:_NOTES] + aside_notes(aside)
    return into if into.rows else Decoded(rows=1, ignored=1)


def sniff(head: bytes) -> float:
    """Sure by the flux's name."""
    return _enedis_m023.sure(head, *_FLUX)
