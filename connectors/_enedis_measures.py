"""Answers of Enedis's "mesure_synchrone" v2, Data Connect since autumn 2026, in the words of v5.

{"idPrm", "pas", "grandeur": [{"grandeurMetier": "CONS", "unite": "Wh",
    "points": [{"d", "v", "p", "n", "iv"}]}]}: stamp, value, step, nature, likelihood.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from connectors._enedis_index import many, text
from hub.model import Flow

#: A point's name in v2 -> in v5; v5 does not tell the likelihood.
_POINT = {
    "d": "date",
    "v": "value",
    "p": "interval_length",
    "n": "measure_type",
    "iv": "likelihood",
}
_FLOWS: Mapping[str, Flow] = {"CONS": "consumption", "PROD": "injection"}


def as_readings(answer: dict[str, Any], unsaid: Flow) -> Iterator[tuple[dict[str, Any], Flow]]:
    """Each quantity of an answer as a reading of v5, and which way its energy flows.

    None of an answer that tells registers.
    """
    quantities = many(answer, "grandeur")
    if not quantities and not many(answer, "contexte"):
        quantities = [{}]  # an answer without a measure is no mistake
    for quantity in quantities:
        business = text(quantity, "grandeurMetier").upper()
        flow = _FLOWS.get(business, unsaid)
        unit = text(quantity, "unite")
        energy = unit.casefold().endswith("wh")
        kind = {"unit": unit, "measurement_kind": "energy" if energy else "power"}
        if not energy:  # an energy without a step is of the day that it names
            kind["interval_length"] = text(answer, "pas")
        points = quantity.get("points")
        told = [_point(each) for each in (points if isinstance(points, list) else ())]
        reading = {"usage_point_id": answer.get("idPrm"), "reading_type": kind}
        yield reading | {"interval_reading": told}, flow


def _point(raw: Any) -> Any:
    if not isinstance(raw, dict):
        return raw
    return {_POINT.get(name, name): value for name, value in raw.items()}
