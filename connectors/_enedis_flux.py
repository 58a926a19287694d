"""Enedis's flux in XML: R151, R15, C15, each a file of readings ("relevés") of many usage points.

<R15><En_Tete_Flux><Identifiant_Flux>R15</...></...>
    <PRM><Id_PRM>...</Id_PRM><Donnees_Releve><Date_Releve>...</Date_Releve>
        <Classe_Temporelle[_Distributeur]><Rang_Cadran>, <Valeur>, <Unite_Mesure>, <Sens_Mesure> ...
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from connectors import _stamps, _xml
from connectors._enedis_names import register_of
from connectors._enedis_readings import UNITS, Readings
from connectors._text import fold
from connectors._units import BadValueError, Unit, exact, to_amount
from hub.model import TOTAL, ChannelKey, DecodeError, Flow

#: Flux that tell bills and contracts.
NO_READINGS = ("F12", "F15", "C12", "X12", "X13", "X14", "X15")
#: Units of what is no energy, folded: powers, reactive energy, hours of excess.
_ASIDE = ("kva", "va", "kw", "w", "kvar", "kvarh", "var", "varh", "h", "min", "mn", "s")
_GRIDS = {"Classe_Temporelle_Distributeur": "D", "Classe_Temporelle": "F"}
_FLUX = re.compile(rb"<(?:[\w.-]+:)?Identifiant_Flux[^>]*>\s*(\w{1,8})\s*<")


@dataclass(frozen=True, slots=True)
class Value:
    """A register's value in a reading: its channel, its unit and the element that tells it."""

    key: ChannelKey
    unit: Unit
    element: Element


def document(payload: bytes, connector: str, flux: str) -> Element:
    """The flux's root. Raises DecodeError: not XML, another flux, one without readings."""
    root = _xml.root(payload)
    named = (_xml.text(root, "En_Tete_Flux/Identifiant_Flux") or root.tag).upper()
    if named == flux:
        return root
    if named in NO_READINGS:
        raise DecodeError("no_readings", value=f"flux {named}")
    raise DecodeError("not_this_format", connector=connector, error=f"{flux} ?")


def sure(head: bytes, *flux: str) -> float:
    """1 where ``head`` begins one of these flux, else 0."""
    found = _FLUX.search(head) if _xml.begins(head) else None
    return 1.0 if found and found[1].decode("ascii", "replace").upper() in flux else 0.0


def points(root: Element) -> Iterator[tuple[str, Element]]:
    """Each usage point's number and element. Raises DecodeError where one has none."""
    for element in root.iterfind("PRM"):
        prm = _xml.text(element, "Id_PRM")
        if not re.fullmatch(r"[0-9]{8,14}", prm):
            raise DecodeError("missing_usage_point")
        yield prm, element


def values(reading: Element, prm: str, unit: str, readings: Readings) -> Iterator[Value]:
    """Every register of a reading, each a row; what is no index of energy is left aside.

    unit: where the value tells none. A register that cannot be read is refused.
    """
    for element in reading:
        if element.tag == "Puissance_Maximale":
            readings.row()
        if element.tag not in _GRIDS:
            continue
        readings.row()
        if _xml.text(element, "Classe_Mesure") not in ("", "1"):
            continue  # the energy since the reading before: it repeats the index
        told = fold(_xml.text(element, "Unite_Mesure") or unit)
        if told in _ASIDE:
            continue
        if told and told not in UNITS:
            readings.reject("bad_unit", "Unite_Mesure", told)
            continue
        name, rank = _xml.text(element, "Id_Classe_Temporelle"), _xml.text(element, "Rang_Cadran")
        flow: Flow = "injection" if _xml.text(element, "Sens_Mesure") == "1" else "consumption"
        register = register_of(grid=_GRIDS[element.tag], name=name, rank=rank)
        if flow == "injection" and fold(name) == "base":
            register = TOTAL  # what is fed in is counted once
        key = ChannelKey(prm, "electricity", flow, "energy", register, "register")
        try:
            scaled = _scaled(UNITS[told or "wh"], _xml.text(element, "Coefficient_Lecture"))
        except BadValueError as error:
            readings.reject(error.reason, "Coefficient_Lecture", error.value)
            continue
        if register:
            yield Value(key, scaled, element)
        else:
            readings.reject("bad_name", "Rang_Cadran", rank or name)


def instant(stamp: str, zone: str) -> int | None:
    """A stamp as seconds UTC; None where it is none."""
    ts, states = _stamps.instants([stamp.encode("utf-8", "replace")], zone)
    return int(ts[0]) if states[0] == _stamps.OK else None


def amount(value: Value, name: str) -> int | None:
    """The number in a value's field ``name``, in the hub's unit; None where it is none."""
    try:
        return to_amount(_xml.text(value.element, name), value.unit)
    except BadValueError:
        return None


def _scaled(unit: Unit, coefficient: str) -> Unit:
    """The unit of an index that is to be multiplied. Raises BadValueError."""
    factor = exact(coefficient) if coefficient else 1
    if not 0 < factor <= 10**6:
        raise BadValueError("out_of_range", coefficient)
    return Unit(unit.quantity, unit.times * factor.numerator, unit.over * factor.denominator)
