"""Enedis SGE, answers of its SOAP services: load curves, energies of days and months, registers.

Source: consulterMesuresDetaillees v2 and v3, consulterMesures v1.1, the whole envelope as received.
Device: pointId, the PRM; an answer without one needs a usage point given.
Units: curve: mean W over the step <p> -> energy mWh = W x 1000 x seconds / 3600, floored; energy of
    a day and registers: Wh; amounts of consulterMesures: kWh.
Label: curve: END of the step for 30-min (15, 60) curves of Linky, START for curves of 10 and 5 min
    of C1 to C4 (told by first and last stamp where they can); a day's energy: the local day of its
    stamp; registers: the instant of the reading; amounts: [dateDebut, dateFin).
Zone: offset in the stamp; naive stamps are local, the October hour by the order of the points.
Cadence: 5 to 60 min; daily; monthly and longer.
Traps: namespaces and their prefixes vary; v2 says <mesure> where v3 says <points>; both grids, the
    distributor's (Turpe) and the supplier's (Frn), add up to the total (F5: both are kept, as D1 to
    D4 beside BASE, HP, HC, ...); energies are those of days where <p> is P1D, or is missing and
    they come once a day; a stamp in UTC is of the local day that it begins; a regularisation below
    zero is rejected; peak power, tension and reactive power are left aside, with a note; a fault
    holds no rows and says so.
"""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

from connectors import _enedis_index, _enedis_points, _xml
from connectors._enedis_layout import flow_of
from connectors._enedis_names import register_of
from connectors._enedis_quality import quality
from connectors._enedis_readings import UNITS, Readings, device_of
from connectors._text import fold
from hub.model import ChannelKey, Context, Decoded, DecodeError, Note

NAME = "enedis_sge_soap"
LABELS = {"interval": "end", "day": "day", "month": "both", "register": "instant"}
DEVICE = "usage_point"
TOPICS: tuple[str, ...] = ()

_NAMES = ("d", "v", "p", "n", "iv")
_ANSWER = re.compile(r"consulterMesures\w*Response")
_HEAD = re.compile(rb"<(?:[\w.-]+:)?consulterMesures\w*Response")
_CURVES = ("pa", "ea", "")
_GRIDS = {"seriesMesuresDateesGrilleTurpe": "D", "seriesMesuresDateesGrilleFrn": "F"}


def decode(payload: bytes, ctx: Context) -> Decoded:
    """All values of the answer. Raises DecodeError: not XML, not this format, no usage point."""
    root = _xml.root(payload)
    into = Decoded(rows=0)
    answer = next((e for e in root.iter() if _ANSWER.match(e.tag)), None)
    if answer is None:
        fault = next(root.iter("Fault"), None)
        if fault is None:
            raise DecodeError("not_this_format", connector=NAME, error="consulterMesures ?")
        why = " ".join(" ".join(fault.itertext()).split())[:200]
        into.notes.append(Note("no_data", f"aucun relevé : « {why} »", f"no readings: '{why}'"))
        return Decoded(rows=1, ignored=1, notes=into.notes)
    point = next((e.text for e in root.iter("pointId")), None)
    device = device_of((point or "").strip(), ctx.device)
    aside: dict[str, int] = {}
    for physical in answer.findall("grandeur"):
        _curve(physical, device, ctx, into, aside)
    readings = Readings(into, "d", "dateFin")
    _enedis_index.registers(_tree(answer), device, readings, aside)
    for tag, grid in _GRIDS.items():
        for series in answer.iterfind(f"{tag}/serie"):
            _amounts(series, grid, device, readings, aside)
    readings.done(ctx.zone)
    into.notes += _enedis_index.aside_notes(aside)
    return into if into.rows else Decoded(rows=1, ignored=1)


def sniff(head: bytes) -> float:
    """Sure by the answer's name."""
    return 1.0 if _xml.begins(head) and _HEAD.search(head) else 0.0


def _curve(
    physical: Element, device: str, ctx: Context, into: Decoded, aside: dict[str, int]
) -> None:
    """Add the points of one quantity."""
    elements = [e for e in physical if e.tag in ("mesure", "points")]
    kind = _xml.text(physical, "grandeurPhysique")
    if fold(kind) not in _CURVES:
        aside[kind] = aside.get(kind, 0) + len(elements)
        into.rows += len(elements)
        return
    text = _xml.text
    points: list[_enedis_points.Point] = [
        (text(e, "d"), text(e, "v"), text(e, "p"), text(e, "n"), text(e, "iv")) for e in elements
    ]
    flow = flow_of(_xml.text(physical, "grandeurMetier"))
    unit = _xml.text(physical, "unite") or ("Wh" if fold(kind) == "ea" else "W")
    daily = not any(point[2] for point in points)
    _enedis_points.add(points, _NAMES, device, flow, unit, ctx.zone, into, daily=daily)


def _amounts(
    series: Element, grid: str, device: str, readings: Readings, aside: dict[str, int]
) -> None:
    """Add the amounts of one class of a grid."""
    kind = _code(series, "grandeurPhysique")
    name, unit = _code(series, "classeTemporelle"), fold(_xml.text(series, "unite") or "kWh")
    register = register_of(grid=grid, name=name)
    flow = flow_of(_code(series, "grandeurMetier"))
    key = ChannelKey(device, "electricity", flow, "energy", register, "interval", period="month")
    for element in series.iterfind("mesuresDatees/mesure"):
        readings.row()
        if fold(kind) not in ("ea", ""):
            aside[kind] = aside.get(kind, 0) + 1
        elif not register:
            readings.reject("bad_name", "classeTemporelle", name)
        elif unit not in UNITS:
            readings.reject("bad_unit", "unite", unit)
        else:
            start, end = _xml.text(element, "dateDebut"), _xml.text(element, "dateFin")
            value, nature = _xml.text(element, "valeur"), _code(element, "nature")
            code = quality(nature)
            readings.add(key, UNITS[unit], "valeur", value, start, end, code)


def _code(owner: Element, tag: str) -> str:
    """The code of an element that has one, else its text."""
    element = owner.find(tag)
    return "" if element is None else element.get("code", "") or (element.text or "").strip()


def _tree(element: Element) -> object:
    """An element as :mod:`connectors._enedis_index` reads it: its children by name, or its text."""
    if not len(element):
        return (element.text or "").strip()
    found: dict[str, list[object]] = {}
    for child in element:
        found.setdefault(child.tag, []).append(_tree(child))
    return {name: parts[0] if len(parts) == 1 else parts for name, parts in found.items()}
