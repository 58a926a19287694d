"""What Enedis measured of one usage point: one shape for SGE's files in JSON and for Data Connect.

{"idPrm": "99...", "etapeMetier": "BRUT", "pas": "P1D", "grandeur": [{"grandeurMetier": "CONS",
    "grandeurPhysique": "EA", "unite": "Wh", "points": [{"v", "d", "p", "n", "iv"}]}],
 "contexte": [...]}    registers, as :mod:`connectors._enedis_index` tells them
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors import _enedis_index, _enedis_points
from connectors._enedis_index import many, text
from connectors._enedis_layout import flow_of
from connectors._enedis_readings import Readings
from connectors._text import fold
from hub.model import Decoded

#: Quantities that are energy drawn or fed in; all else is left aside.
_OURS = ("", "ea", "pa", "energie active", "puissance active")
_NAMES = ("d", "v", "p", "n", "iv")


def is_measure(answer: Mapping[str, Any]) -> bool:
    """Whether an object of an answer is what was measured of a usage point, be it nothing."""
    if "idPrm" in answer and isinstance(answer.get("grandeur"), list):
        return True
    told = [*many(answer, "grandeur"), *many(answer, "contexte")]
    return any("grandeurMetier" in each or "grandeur" in each for each in told)


def add(
    measure: Mapping[str, Any],
    device: str,
    zone: str,
    into: Decoded,
    readings: Readings,
    aside: dict[str, int],
) -> None:
    """Add what ``measure`` tells: curves and days to ``into``, registers to ``readings``.

    aside: counts the values that are no active energy, by quantity.
    """
    for physical in many(measure, "grandeur"):
        told = physical.get("points")
        points = told if isinstance(told, list) else [told] if told else []
        records = [point if isinstance(point, dict) else {"v": point} for point in points]
        kind = text(physical, "grandeurPhysique")
        unit = text(physical, "unite") or ("Wh" if fold(kind).startswith("e") else "W")
        if fold(kind) not in _OURS or "va" in unit.casefold():
            what = unit if fold(kind) in _OURS else kind
            into.rows += len(records)
            aside[what] = aside.get(what, 0) + len(records)
            continue
        step = text(measure, "pas")
        cells: list[_enedis_points.Point] = [
            (r.get("d"), r.get("v"), r.get("p") or step, r.get("n"), r.get("iv")) for r in records
        ]
        flow, daily = flow_of(text(physical, "grandeurMetier")), not any(c[2] for c in cells)
        _enedis_points.add(cells, _NAMES, device, flow, unit, zone, into, daily=daily)
    _enedis_index.registers(measure, device, readings, aside)
