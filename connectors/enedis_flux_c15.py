"""Enedis flux C15: contractual and technical events of C5 points, with the registers around them.

Source: XML file (Enedis sends it zipped and enciphered to suppliers), "situation contractuelle".
Device: Id_PRM, the PRM; a file holds many.
Units: Unite_Mesure, kWh (Wh, MWh) -> mWh, times Coefficient_Lecture; powers, hours and reactive
    energy are left aside, any other unit is refused.
Label: Date_Releve is the instant of the reading, at the BEGINNING of the day (F4).
Zone: offset in the stamp.
Cadence: one file a day, of the points where something happened.
Traps: Code_Qualification 1 is the reading before the event, 2 the one after, a minute later or at
    the same instant. A change of meter (CMAT, unless of the circuit breaker) is a replacement:
    energy counts up to the register before and from the one after (T8); where nothing is told of a
    side it is unknown. At other events the meter counts on; a register that falls, or jumps by more
    than 10 kWh, is a changed register set. A register of one side only, whose grid the other side
    tells too, leaves the set or joins it (F5). The distributor's registers (D1 to D4) and the
    supplier's (F1 to F10) each add up to the total: both are kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from connectors import _enedis_flux, _xml
from connectors._enedis_quality import quality
from connectors._enedis_readings import Readings
from hub.model import DISTRIBUTOR_FAMILIES, Context, Decoded, Flow, MeterEvent

NAME = "enedis_flux_c15"
LABELS = {"register": "instant"}
DEVICE = "usage_point"
TOPICS: tuple[str, ...] = ()

#: (flow, register) -> mWh, None where what is told is no register
Registers = dict[tuple[Flow, str], int | None]

_DISTRIBUTOR = frozenset().union(*DISTRIBUTOR_FAMILIES)
#: More than any C5 meter counts between the two readings of an event, mWh.
_JUMP = 10 * 10**6


def decode(payload: bytes, ctx: Context) -> Decoded:
    """All registers of all usage points. Raises DecodeError: not XML, another flux, no PRM."""
    root = _enedis_flux.document(payload, NAME, "C15")
    into = Decoded(rows=0)
    readings = Readings(into, "Date_Releve")
    for prm, point in _enedis_flux.points(root):
        for event in point.iterfind("Evenement_Declencheur"):
            events = list(_events(event, prm, ctx.zone))
            into.events += events
            at = {(e.flow, e.register): e.at for e in events}
            for reading in event.iterfind("Releves/Donnees_Releve"):
                _add(reading, prm, at, ctx.zone, readings)
    readings.done(ctx.zone)
    return into if into.rows else Decoded(rows=1, ignored=1, events=into.events)


def sniff(head: bytes) -> float:
    """Sure by the flux's name."""
    return _enedis_flux.sure(head, "C15")


def _add(
    reading: Element,
    prm: str,
    at: dict[tuple[Flow, str], int],
    zone: str,
    readings: Readings,
) -> None:
    """Add a reading; at the very instant of a register's event, that of the old meter is left out.

    The event says it, and at that instant there is but one register.
    """
    stamp = _xml.text(reading, "Date_Releve")
    nature = quality(_xml.text(reading, "Nature_Index"))
    instant = None if _is_after(reading) else _enedis_flux.instant(stamp, zone)
    for value in _enedis_flux.values(reading, prm, "kWh", readings):
        if instant is None or at.get((value.key.flow, value.key.register)) != instant:
            told = _xml.text(value.element, "Valeur")
            readings.add(value.key, value.unit, "Valeur", told, stamp, quality=nature)


def _events(event: Element, prm: str, zone: str) -> Iterator[MeterEvent]:
    """What an event means for the registers: nothing where they go on."""
    found = event.findall("Releves/Donnees_Releve")
    before, after = (_registers(found, prm, is_after=side) for side in (False, True))
    stamps = [_xml.text(r, "Date_Releve") for r in sorted(found, key=_is_after)]
    at = _enedis_flux.instant(stamps[-1] if stamps else _xml.text(event, "Date_Evenement"), zone)
    if at is None:
        return
    grown = {
        key: b - a
        for key, a in before.items()
        if a is not None and (b := after.get(key)) is not None
    }
    broken = {key for key, growth in grown.items() if not 0 <= growth <= _JUMP}
    replaced = _is_of_the_meter(event) and (not grown or bool(broken))
    if replaced:
        for flow in sorted({"consumption", *(flow for flow, _ in before | after)}):
            yield MeterEvent(prm, "electricity", at, "replacement", _flow(flow))
    moved = _of_one_side(before, after) | _of_one_side(after, before)
    for key in sorted(before | after if replaced else broken | moved):
        sides = before.get(key), after.get(key)
        if replaced and key not in moved:
            yield MeterEvent(prm, "electricity", at, "replacement", *key, *sides)
        else:
            yield MeterEvent(prm, "electricity", at, "register-set", *key, *sides)


def _is_of_the_meter(event: Element) -> bool:
    """Whether the event is a change of material, and not of the circuit breaker alone."""
    materials = {_xml.text(o, "Categorie_Materiel") for o in event.iterfind("Operation")}
    changed = _xml.text(event, "Nature_Evenement").upper() == "CMAT"
    return changed and (not materials or materials != {"DISJONCTEUR"})


def _registers(found: list[Element], prm: str, *, is_after: bool) -> Registers:
    """The registers that the readings of one side tell."""
    told: Registers = {}
    scratch = Readings(Decoded(rows=0), "")
    for reading in found:
        if _is_after(reading) == is_after:
            for value in _enedis_flux.values(reading, prm, "kWh", scratch):
                told[value.key.flow, value.key.register] = _enedis_flux.amount(value, "Valeur")
    return told


def _of_one_side(here: Registers, there: Registers) -> set[tuple[Flow, str]]:
    """Registers that only this side tells, of grids that the other side tells as well."""
    told = {_grid(key) for key in there}
    return {key for key in here.keys() - there.keys() if _grid(key) in told}


def _grid(key: tuple[Flow, str]) -> tuple[Flow, bool]:
    """The distributor's or the supplier's."""
    flow, register = key
    return flow, register in _DISTRIBUTOR


def _is_after(reading: Element) -> bool:
    return _xml.text(reading, "Code_Qualification") == "2"


def _flow(name: str) -> Flow:
    return "injection" if name == "injection" else "consumption"
