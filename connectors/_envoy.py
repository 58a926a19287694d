"""Who tells the production of an Enphase Envoy, and what its meters measure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from hub.model import Context

PRODUCTION, NET = "production", "net-consumption"
#: Who tells production, best first.
TELLERS = ("eim", "rgm", "inverters", "pcu")
#: The eids of the meter of production and of the other one in every Envoy.
_PRODUCTION_EID, _CONSUMPTION_EID = 704643328, 704643584
#: A meter of the house alone receives a trace (noise), one at the connection what is fed in.
_TRACE = 1000


def counting(production: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the best teller says that has counted anything; each says the same for itself."""
    told = (production.get(name) for name in TELLERS)
    return next((t for t in told if isinstance(t, dict) and t.get("wattHoursLifetime")), {})


def measures(ctx: Context) -> dict[int, str]:
    """Meter -> what it measures, as ``/ivp/meters`` last told among the companions; or {}."""
    for payload in ctx.companions.values():
        if b'"eid"' in payload and b'"measurementType"' in payload:
            told = dict(_told(payload))
            if told:
                return told
    return {}


def guessed(reading: Mapping[str, Any]) -> str:
    """What a meter measures where nothing tells: by the numbers that every Envoy uses, and by its
    having received more than a trace. '' where even this does not tell."""
    eid, out, back = (reading.get(n) for n in ("eid", "actEnergyDlvd", "actEnergyRcvd"))
    if eid == _PRODUCTION_EID:
        return PRODUCTION
    if eid == _CONSUMPTION_EID and isinstance(out, int | float) and isinstance(back, int | float):
        return NET if 0 < out < back * _TRACE else ""
    return ""


def _told(payload: bytes) -> list[tuple[int, str]]:
    """(meter, what it measures) of an answer of ``/ivp/meters``; none if it is another."""
    try:
        meters: Any = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return []
    return [
        (m["eid"], "" if m.get("state") == "disabled" else str(m.get("measurementType")))
        for m in (meters if isinstance(meters, list) else ())
        if isinstance(m, dict) and isinstance(m.get("eid"), int)
    ]
