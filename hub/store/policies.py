"""What only TimescaleDB's Community edition can do by itself: compression and retention jobs.

The hub needs neither. Where they are found they are switched on; elsewhere old power rows are
dropped by :func:`hub.store.upkeep.tidy`.
"""

from __future__ import annotations

from hub.store.connection import Connection

_STATEMENTS = (
    """ALTER TABLE reading SET (timescaledb.compress,
        timescaledb.compress_segmentby = 'channel_id', timescaledb.compress_orderby = 'ts')""",
    # Corrections of the distributors arrive within weeks; older chunks hardly change.
    "SELECT add_compression_policy('reading', interval '90 days', if_not_exists => true)",
    "SELECT add_retention_policy('power', interval '48 hours', if_not_exists => true)",
)


def is_community(conn: Connection) -> bool:
    """Whether the server runs TimescaleDB's Community edition."""
    row = conn.execute("SELECT current_setting('timescaledb.license', true)").fetchone()
    return row is not None and row[0] == "timescale"


def policies_are_on(conn: Connection) -> bool:
    """Whether readings are declared to be compressed, which is the first of the policies."""
    row = conn.execute(
        "SELECT compression_enabled FROM timescaledb_information.hypertables"
        " WHERE hypertable_name = 'reading'"
    ).fetchone()
    return row is not None and bool(row[0])


def switch_on_policies(conn: Connection) -> bool:
    """Switch compression and retention on where the edition has them; True if it does.

    Idempotent. ``conn`` must be in autocommit mode: the jobs are catalogue changes of their own.
    """
    if not is_community(conn):
        return False
    first = 1 if policies_are_on(conn) else 0  # compression is declared once
    for statement in _STATEMENTS[first:]:
        conn.execute(statement)
    return True
