"""Checks of the database itself: does it answer, can the hub live in it, has it its schema."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg

from hub.app.doctor.finding import Finding, told
from hub.app.doctor.machine import Hub
from hub.store.connection import Connection
from hub.store.migrate import missing_and_newer
from hub.store.server import ServerVersions, server_versions

_POSTGRESQL, _TIMESCALEDB = 15, (2, 19)


def server(hub: Hub) -> Iterator[Finding]:
    """Whether it answers, and is recent enough."""
    if hub.database is None:
        yield Finding("database_starts", values={"log": hub.log("database")})
        return
    try:
        found = server_versions(hub.database.url)
    except psycopg.Error as error:
        yield unreachable(hub, error)
        return
    if not fits(found):
        values = {"postgresql": found.postgresql, "timescaledb": found.timescaledb or "-"}
        yield Finding("database_old", _place(hub), values)


def fits(found: ServerVersions) -> bool:
    """Whether the hub can live in it."""
    major = int(found.postgresql.partition(".")[0])
    timescaledb = tuple(int(n) for n in found.timescaledb.split(".")[:2] if n.isdigit())
    return major >= _POSTGRESQL and timescaledb >= _TIMESCALEDB


def unreachable(hub: Hub, error: Exception) -> Finding:
    """It does not answer, or not any more."""
    return Finding("database_silent", _place(hub), {"error": told(error)})


def schema(conn: Connection) -> Iterator[Finding]:
    """Whether the schema is this program's."""
    missing, newer = missing_and_newer(conn)
    if newer:
        yield Finding("schema_newer", ", ".join(newer))
    if missing:
        yield Finding("schema_behind", ", ".join(missing), {"count": len(missing)})


def _place(hub: Hub) -> str:
    return f"{hub.database.host}:{hub.database.port}" if hub.database else ""
