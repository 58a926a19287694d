"""Enedis flux R64 (R64A, R64B): the history of registers of Linky and larger meters, in JSON.

Source: JSON file of the SGE service M023 (Enedis sends it zipped), once (R64) or repeatedly (R64A,
    R64B); one document or a list of them.
Device: idPrm, the PRM; a file holds many.
Units: unite, Wh -> mWh.
Label: "d" is the instant of the reading, at the BEGINNING of the day for a Linky (F4); larger
    meters are read some hours after midnight.
Zone: local, naive.
Cadence: daily.
Traps: a register is known by its dial (IDX_EAS_F1, IDX_EAS_T), or else by its class (HPH, HCB);
    calendars of the distributor (D1 to D4) and of the supplier (F1 to F10) each add up to
    cadranTotalisateur, TOTAL (F5: all are kept); labels are encoded twice; reactive energy is left
    aside, with a note.
"""

from __future__ import annotations

from connectors import _enedis_index, _enedis_m023
from connectors._enedis_readings import Readings, device_of
from hub.model import Context, Decoded

NAME = "enedis_flux_r64"
LABELS = {"register": "instant"}
DEVICE = "usage_point"
TOPICS: tuple[str, ...] = ()


def decode(payload: bytes, ctx: Context) -> Decoded:
    """All registers of all usage points. Raises DecodeError: not JSON, another flux, no PRM."""
    into = Decoded(rows=0)
    readings = Readings(into, "d")
    aside: dict[str, int] = {}
    for measure in _enedis_m023.measures(payload, ctx, NAME, "R64"):
        device = device_of(measure.get("idPrm"), ctx.device)
        _enedis_index.registers(measure, device, readings, aside)
    readings.done(ctx.zone)
    into.notes += _enedis_index.aside_notes(aside)
    return into if into.rows else Decoded(rows=1, ignored=1)


def sniff(head: bytes) -> float:
    """Sure by the flux's name."""
    return _enedis_m023.sure(head, "R64")
