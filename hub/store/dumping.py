"""What a backup needs of the database: one snapshot for `pg_dump` and for the counts beside it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from psycopg import sql

from hub.model import HubError
from hub.store.connection import Connection, connect
from hub.store.migrate import last_applied
from hub.store.rollup_work import snapshot as one_snapshot

#: Held shared by backups, for whoever drops tables (see :mod:`hub.store.upkeep`).
LOCK = 0x68756209  # any constant
#: Every table of this database's own, but for those that an extension brings along.
_TABLES = """
SELECT relname FROM pg_class c
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT EXISTS (
    SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e')
ORDER BY relname"""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """``name`` is for `pg_dump --snapshot`; ``migration`` the last file of the schema."""

    name: str
    taken_at: dt.datetime
    zone: str
    migration: str


@contextmanager
def snapshot(url: str) -> Iterator[tuple[Connection, Snapshot]]:
    """A snapshot that others may use as long as the block lasts, and the connection that holds it.

    Nothing drops a table meanwhile. Raises HubError where the database has no schema of ours.
    """
    with connect(url, application="backup") as conn:
        conn.autocommit = True
        # Before the snapshot: it would still show what was dropped while this waited.
        conn.execute("SELECT pg_advisory_lock_shared(%s)", [LOCK])
        migration = last_applied(conn)
        if migration is None:
            raise HubError(
                f"the database {conn.info.dbname} has no tables of the hub: there is nothing to "
                "save. Does HUB_DATABASE_URL name the right one? 'hub init' makes them",
                f"la base {conn.info.dbname} n'a pas les tables du hub : rien à sauvegarder. "
                "HUB_DATABASE_URL désigne-t-elle la bonne ? 'hub init' les crée",
            )
        with one_snapshot(conn):
            conn.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            conn.execute("SET LOCAL statement_timeout = 0")
            row = conn.execute(
                "SELECT pg_export_snapshot(), now(), value #>> '{}' FROM setting"
                " WHERE name = 'zone'"
            ).fetchone()
            assert row is not None  # `migrate` keeps the zone
            yield conn, Snapshot(row[0], row[1].astimezone(dt.UTC), row[2], migration)


def row_counts(conn: Connection) -> dict[str, int]:
    """How many rows each table has, for the snapshot of ``conn``."""
    return {name: _count(conn, name) for name in tables(conn)}


def tables(conn: Connection) -> list[str]:
    """The tables of the schema `public`."""
    return [row[0] for row in conn.execute(_TABLES.encode())]


def _count(conn: Connection, table: str) -> int:
    query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier("public", table))
    row = conn.execute(query).fetchone()
    assert row is not None
    return int(row[0])
