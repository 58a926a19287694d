"""What a service says of itself, for `hub status` and the metrics: counters since its start."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from hub.store.connection import Connection


def store_state(conn: Connection, service: str, state: Mapping[str, object]) -> None:
    """Replace what the service said before. Commits."""
    conn.execute(
        "INSERT INTO setting (name, value) VALUES (%s, %s)"
        " ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value, changed_at = now()",
        [f"service:{service}", json.dumps(state)],
    )
    conn.commit()


def read_state(conn: Connection, service: str) -> tuple[dict[str, Any], float] | None:
    """(state, seconds since it was told), None if the service never said anything."""
    row = conn.execute(
        "SELECT value, extract(epoch FROM now() - changed_at)::float8 FROM setting WHERE name = %s",
        [f"service:{service}"],
    ).fetchone()
    return (dict(row[0]), float(row[1])) if row else None


def broker_dropped(conn: Connection) -> int | None:
    """Messages that the broker has dropped since its start, as ingest heard; None: it has not."""
    heard = read_state(conn, "ingest")
    count = heard[0].get("overflow", {}).get("count") if heard else None
    return None if count is None else int(count)
