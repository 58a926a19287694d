"""What grows old and goes: live power after two days, refused payloads and such after a week."""

from __future__ import annotations

from hub.store.connection import Connection

_STATEMENTS = (
    "SELECT drop_chunks('power', older_than => interval '48 hours')",
    "DELETE FROM rejected WHERE received_at < now() - interval '7 days'",
    "DELETE FROM unknown_device WHERE last_seen < now() - interval '30 days'",
    # whoever may write can invent ids: the newest are kept
    """DELETE FROM unknown_device WHERE (connector, ref) IN (
        SELECT connector, ref FROM unknown_device ORDER BY last_seen DESC OFFSET 10000)""",
    "DELETE FROM intake_key WHERE created_at < now() - interval '7 days'",
)


def tidy(conn: Connection) -> None:
    """Remove what is past its time, each kind in a transaction of its own. Idempotent."""
    for statement in _STATEMENTS:
        conn.execute(statement)
        conn.commit()
