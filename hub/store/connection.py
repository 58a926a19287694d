"""Connections to the hub's database. Instants travel as UTC; local days follow the database's zone.

The zone of local days is a property of the database (see :mod:`hub.store.migrate`), so a session
never sets it.
"""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool

#: A connection as all of hub.store takes it: rows are tuples, autocommit is off.
Connection = psycopg.Connection[TupleRow]
AsyncConnection = psycopg.AsyncConnection[TupleRow]

_CONNECT_TIMEOUT = 10  # seconds; a dead server is an error soon, not a hanging service


def _arguments(application: str) -> dict[str, Any]:
    return {
        "application_name": f"hub-{application}",
        "connect_timeout": _CONNECT_TIMEOUT,
        # A server that vanished without a word is noticed within half a minute.
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 4,
    }


def connect(url: str, *, application: str) -> Connection:
    """One connection, autocommit off. Raises psycopg.OperationalError when nothing answers.

    ``application`` is what the server's activity view shows, after ``hub-``.
    """
    return psycopg.connect(url, **_arguments(application))


def zone_of(conn: Connection | AsyncConnection) -> str:
    """IANA name of the zone of local days, as the server told it when the connection began."""
    return conn.info.parameter_status("TimeZone") or "UTC"


def pool(url: str, *, application: str, min_size: int = 1, max_size: int = 4) -> ConnectionPool:
    """An open pool of connections; close it, or use it as a context manager."""
    return ConnectionPool(
        url,
        kwargs=_arguments(application),
        min_size=min_size,
        max_size=max_size,
        open=True,
        check=ConnectionPool.check_connection,
    )
