"""Short ways to decode one message in the tests of the message connectors."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson

import connectors
from hub.model import Context, Decoded

NOW = int(datetime.fromisoformat("2026-11-22T12:00:00Z").timestamp())

#: (commodity, flow, quantity, register, kind) -> value
Readings = dict[tuple[str, str, str, str, str], int]


def decode(
    connector: str,
    payload: Any,
    topic: str = "",
    companions: dict[str, bytes] | None = None,
    now: int = NOW,
) -> Decoded:
    """The connector's answer to ``payload``: bytes as they are, anything else as JSON."""
    raw = payload if isinstance(payload, bytes) else orjson.dumps(payload)
    ctx = Context(received_at=now, topic=topic, companions=companions or {})
    return connectors.load(connector).decode(raw, ctx)


def values(decoded: Decoded) -> Readings:
    """The value of each channel of a message (one reading each)."""
    told: Readings = {}
    for series in decoded.series:
        key = series.key
        assert len(series.value) == 1
        told[key.commodity, key.flow, key.quantity, key.register, key.kind] = int(series.value[0])
    return told


def registers(decoded: Decoded) -> dict[str, int]:
    """Register name -> value, of energy or volume consumed."""
    return {
        k[3]: v for k, v in values(decoded).items() if k[1] == "consumption" and k[4] == "register"
    }


def devices(decoded: Decoded) -> set[str]:
    return {series.key.device for series in decoded.series}


def stamps(decoded: Decoded) -> set[int]:
    return {int(ts) for series in decoded.series for ts in series.ts}


def qualities(decoded: Decoded) -> set[int]:
    return {int(q) for s in decoded.series for q in (s.quality or [0] * len(s.ts))}
