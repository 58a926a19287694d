"""What grows old and goes: live power after two days, refused payloads and such after a week."""

from __future__ import annotations

from contextlib import suppress

import psycopg

from hub.store.connection import Connection
from hub.store.dumping import LOCK

_DROP_POWER = "SELECT drop_chunks('power', older_than => interval '48 hours')"
_STATEMENTS = (
    "DELETE FROM rejected WHERE received_at < now() - interval '7 days'",
    "DELETE FROM unknown_device WHERE last_seen < now() - interval '30 days'",
    # whoever may write can invent ids: the newest are kept
    """DELETE FROM unknown_device WHERE (connector, ref) IN (
        SELECT connector, ref FROM unknown_device ORDER BY last_seen DESC OFFSET 10000)""",
    "DELETE FROM intake_key WHERE created_at < now() - interval '7 days'",
)


def tidy(conn: Connection) -> None:
    """Remove what is past its time, each kind in a transaction of its own. Idempotent."""
    _drop_power(conn)
    for statement in _STATEMENTS:
        conn.execute(statement)
        conn.commit()


def _drop_power(conn: Connection) -> None:
    """Drop chunks, unless a backup reads them: the next time does.

    A chunk that is read cannot be dropped, and a wait for it would hold the intake up, stand in the
    way of everyone who asks for it later, and make a dump by several processes give up.
    """
    with suppress(psycopg.errors.LockNotAvailable), conn.transaction():
        conn.execute("SET LOCAL lock_timeout = '2s'")  # a dump that is not ours takes no LOCK
        row = conn.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK]).fetchone()
        if row is not None and row[0]:
            conn.execute(_DROP_POWER)
    conn.commit()
