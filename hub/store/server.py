"""The database server itself: what it is, and making databases on it."""

import re
from dataclasses import dataclass

import psycopg
from psycopg import sql


@dataclass(frozen=True)
class ServerVersions:
    """What answers at a database address; `edition` is TimescaleDB's: apache or community."""

    postgresql: str
    timescaledb: str
    edition: str


def server_versions(conninfo: str) -> ServerVersions:
    """Ask a server for its versions. `timescaledb` is empty where the extension is missing."""
    with psycopg.connect(conninfo, autocommit=True, connect_timeout=5) as connection:
        row = connection.execute(
            "SELECT current_setting('server_version'),"
            " current_setting('timescaledb.license', true),"
            " (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb')"
        ).fetchone()
    if row is None:  # a SELECT without FROM has one row
        raise psycopg.DataError("the server gave no version")
    number = re.match(r"[\d.]+", row[0])
    return ServerVersions(
        postgresql=number[0] if number else row[0],
        timescaledb=row[2] or "",
        edition="community" if row[1] == "timescale" else "apache",
    )


def ensure_database(admin: str, name: str) -> bool:
    """Create database `name` if it is missing; True if it was created.

    `admin` connects to another database of the same server, such as `postgres`.
    """
    with psycopg.connect(admin, autocommit=True) as connection:
        query = "SELECT 1 FROM pg_database WHERE datname = %s"
        exists = connection.execute(query, [name]).fetchone() is not None
        if not exists:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return not exists
