"""Who may write what, and answers given once for one idempotency key."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from hub.store.channels import ALWAYS
from hub.store.connection import Connection
from hub.store.placing import Rules

# A household writes its own usage points, from the day after it moved in.
_OWN = """
SELECT u.usage_point_id,
       coalesce(extract(epoch FROM (o.valid_from + 1)::timestamptz)::int8, %(always)s)
FROM household h
JOIN occupancy o ON o.household_id = h.household_id AND o.superseded_at IS NULL
    AND (o.valid_from IS NULL OR o.valid_from <= current_date)
    AND (o.valid_to IS NULL OR o.valid_to > current_date)
JOIN usage_point u ON u.dwelling_id = o.dwelling_id AND u.superseded_at IS NULL
WHERE h.ref = %(ref)s AND h.superseded_at IS NULL"""


def rules_of(conn: Connection, kind: str, subject: str) -> Rules | None:
    """What a token's subject may write; None for one that only reads (a club)."""
    if kind == "operator":
        return Rules()
    if kind == "household":
        own: dict[int, int] = dict(
            conn.execute(_OWN, {"ref": subject, "always": ALWAYS}).fetchall()
        )
        return Rules(usage_points=frozenset(own), not_before=own)
    if kind == "gateway":
        rows = conn.execute(
            "SELECT usage_point_id FROM gateway_usage_point WHERE gateway = %s", [subject]
        ).fetchall()
        # none named: whatever device the registry knows
        return Rules(usage_points=frozenset(row[0] for row in rows)) if rows else Rules()
    return None


def limits_of_gateways(conn: Connection) -> dict[str, Rules]:
    """What each gateway may write whose usage points are named; any other may write for all."""
    rows = conn.execute(
        "SELECT gateway, array_agg(usage_point_id) FROM gateway_usage_point GROUP BY gateway"
    )
    return {gateway: Rules(usage_points=frozenset(own)) for gateway, own in rows}


def own_usage_points(conn: Connection, household_id: int) -> list[tuple[str, str]]:
    """(reference, commodity) of a household's usage points of today, by commodity."""
    rows = conn.execute(
        "SELECT DISTINCT u.ref, u.commodity FROM occupancy o"
        " JOIN usage_point u ON u.dwelling_id = o.dwelling_id AND u.superseded_at IS NULL"
        " WHERE o.household_id = %s AND o.superseded_at IS NULL"
        " AND (o.valid_from IS NULL OR o.valid_from <= current_date)"
        " AND (o.valid_to IS NULL OR o.valid_to > current_date) ORDER BY 2, 1",
        [household_id],
    )
    return [(ref, commodity) for ref, commodity in rows]


def moved_in(connection: Connection, household_id: int) -> date | None:
    """The day on which a household moved into where it lives; None where nobody said."""
    row = connection.execute(
        "SELECT max(valid_from) FROM occupancy WHERE household_id = %s AND superseded_at IS NULL"
        " AND valid_from <= current_date AND (valid_to IS NULL OR valid_to > current_date)",
        [household_id],
    ).fetchone()
    return row[0] if row else None


def claim_key(conn: Connection, subject: str, key: str, digest: str) -> tuple[str, Any] | None:
    """Claim an idempotency key for this transaction; None if it is ours now.

    Else (digest, answer) of the request that used it: a second request waits here until the first
    one is committed.
    """
    claimed = conn.execute(
        "INSERT INTO intake_key (subject, key, digest, answer) VALUES (%s, %s, %s, '{}')"
        " ON CONFLICT DO NOTHING RETURNING key",
        [subject, key, digest],
    ).fetchone()
    if claimed is not None:
        return None
    row = conn.execute(
        "SELECT digest, answer FROM intake_key WHERE subject = %s AND key = %s", [subject, key]
    ).fetchone()
    return (str(row[0]), row[1]) if row else ("", {})


def keep_answer(conn: Connection, subject: str, key: str, answer: object) -> None:
    """Keep what was answered for a claimed key."""
    conn.execute(
        "UPDATE intake_key SET answer = %s WHERE subject = %s AND key = %s",
        [json.dumps(answer), subject, key],
    )
