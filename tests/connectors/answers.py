"""Short ways to decode an answer of an inverter's or a portal's interface in the tests."""

from __future__ import annotations

import json
from typing import Any

import connectors
from connectors._encoding import readable
from hub.model import Context, Decoded
from tests.connectors.golden import accounted
from tests.connectors.messages import NOW

DEVICE = "99000000009"


def decode(
    connector: str,
    answer: Any,
    device: str = DEVICE,
    companions: dict[str, bytes] | None = None,
    now: int = NOW,
) -> Decoded:
    """The connector's answer to ``answer`` (bytes as they are, else as JSON), its rows checked."""
    raw = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    ctx = Context(received_at=now, device=device, companions=companions or {})
    decoded = connectors.load(connector).decode(raw, ctx)
    assert len(accounted(decoded)) + decoded.ignored == decoded.rows
    return decoded


def sniffed(answer: Any) -> dict[str, float]:
    """Which connectors claim the answer, and how surely."""
    raw = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    head = readable(raw).payload[: 64 << 10]
    sure = {name: connectors.load(name).sniff(head) for name in connectors.names()}
    return {name: value for name, value in sure.items() if value}
