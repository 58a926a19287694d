"""What operators watch: whether the hub is ready, how far behind it is, what it refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hub.store.connection import Connection
from hub.store.migrate import pending
from hub.store.publication import read_setting, read_state


@dataclass(frozen=True, slots=True)
class Readiness:
    """``progress`` says in French and English what is awaited; None when ready."""

    ready: bool
    progress: str | None = None
    open: tuple[tuple[str, str], ...] = ()


def readiness(conn: Connection, *, expects_demo: bool = False) -> Readiness:
    """Ready: the schema is current, and a demo's history is filled in, added up and published.

    ``expects_demo``: a demo was asked for; until it has begun the hub is not ready.
    """
    missing = pending(conn)
    if missing:
        return Readiness(False, f"schéma à mettre à jour / schema to upgrade: {missing[0]}")
    demo = read_setting(conn, "demo")
    if demo is None:
        told = "la démonstration commence / the demo begins"
        return Readiness(False, told) if expects_demo else Readiness(True)
    if demo.get("state") != "ready":
        return Readiness(False, str(demo.get("progress") or "préparation / preparing the demo"))
    rows = conn.execute(
        "SELECT count(*) FROM dirty WHERE priority = 2 AND failure IS NULL AND marked_at <= %s",
        [demo["changed_at"]],
    ).fetchone()
    if rows and rows[0]:
        return Readiness(False, f"calcul / computing: {rows[0]} séries à traiter / ranges left")
    whole_at = read_state(conn).get("whole_at")
    if whole_at is None or whole_at < demo["changed_at"]:
        return Readiness(False, "publication des totaux / publishing totals")
    return Readiness(True, None, _addresses(demo))


def _addresses(demo: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """Addresses worth showing when the demo is ready (label, path)."""
    found = demo.get("open") or []
    return tuple((str(label), str(path)) for label, path in found)


def rejected(conn: Connection) -> dict[str, int]:
    """Payloads and rows not taken and not replayed yet, by reason."""
    rows = conn.execute(
        "SELECT reason, count(*) FROM rejected WHERE replayed_at IS NULL GROUP BY 1 ORDER BY 1"
    ).fetchall()
    return dict(rows)


def publication_state(conn: Connection) -> tuple[float | None, bool]:
    """Seconds since publication last ran, None if never; whether something was held back."""
    row = conn.execute(
        "SELECT extract(epoch FROM now() - changed_at)::float8,"
        " coalesce((value->>'waiting_days')::boolean, false)"
        " OR coalesce((value->>'waiting_half_hours')::boolean, false)"
        " FROM setting WHERE name = 'publication'"
    ).fetchone()
    return (row[0], row[1]) if row else (None, False)
