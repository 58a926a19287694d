"""Numbered SQL files -> the schema, each applied once, in order, under one advisory lock.

The zone of local days is set on the database by the first migration and never changed afterwards:
stored days would silently mean other days.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from importlib.resources import files
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import psycopg
from psycopg import sql

from hub.model import HubError
from hub.store.connection import Connection, connect
from hub.store.policies import switch_on_policies

_LOCK = 0x68756201  # any constant; every hub that migrates takes the same
_TABLE = """
CREATE TABLE IF NOT EXISTS migration (
    name            text PRIMARY KEY,
    digest          text NOT NULL,
    applied_at      timestamptz NOT NULL DEFAULT now()
)"""


class MigrationError(HubError):
    """The database cannot be brought to this program's schema as it stands."""


@dataclass(frozen=True)
class Migration:
    """One file of ``hub/store/migrations``."""

    name: str
    text: str

    @property
    def digest(self) -> str:
        """sha256 of the file's text, hexadecimal."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def migrations() -> list[Migration]:
    """All files in the order they are applied."""
    folder = files("hub.store") / "migrations"
    found = (f for f in folder.iterdir() if f.name.endswith(".sql"))
    return [
        Migration(f.name, f.read_text(encoding="utf-8"))
        for f in sorted(found, key=lambda f: f.name)
    ]


def pending(conn: Connection) -> list[str]:
    """Names of the files this database has not seen; empty when the schema is current."""
    done = _applied(conn)
    return [m.name for m in migrations() if m.name not in done]


def missing_and_newer(conn: Connection) -> tuple[list[str], list[str]]:
    """Names of the files this database has not seen, and of those this program does not have."""
    known = {m.name for m in migrations()}
    return pending(conn), sorted(set(_applied(conn)) - known)


def last_applied(conn: Connection) -> str | None:
    """Name of the last file this database has seen; None for one without our tables."""
    return max(_applied(conn), default=None)


def schema_number(name: str) -> int:
    """The number of a file: schemas are told apart by that of their last one."""
    return int(name.partition("_")[0])


def migrate(url: str, zone: str = "Europe/Paris") -> list[str]:
    """Bring the database at ``url`` to the current schema; returns the names applied now.

    Safe to call at every start and from several processes at once. Raises MigrationError when an
    applied file was changed since, when the database is newer than this program, or when it
    already keeps the days of another zone than ``zone``.
    """
    known = migrations()
    with connect(url, application="migrate") as guard:
        guard.autocommit = True
        guard.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        _create_extension(url)
        guard.execute(_TABLE)
        done = _applied(guard)
        _check(done, known)
        _set_zone(guard, zone, existing=bool(done))
        with connect(url, application="migrate") as conn:  # a session that lives in the zone
            conn.autocommit = True
            applied = [m.name for m in known if _apply(conn, m, done)]
            _keep_zone(conn, zone)
            switch_on_policies(conn)
    return applied


def _create_extension(url: str) -> None:
    with connect(url, application="migrate") as conn:
        conn.autocommit = True
        conn.execute("SET client_min_messages = error")  # TimescaleDB's welcome banner
        try:
            conn.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
        except psycopg.errors.FeatureNotSupported as error:
            raise MigrationError(
                f"the database server has no TimescaleDB ({error.diag.message_primary}); "
                "install it and add it to shared_preload_libraries, then run 'hub migrate' again",
                f"le serveur n'a pas TimescaleDB ({error.diag.message_primary}) ; installez-le, "
                "ajoutez-le à shared_preload_libraries, puis relancez 'hub migrate'",
            ) from error


def _applied(conn: Connection) -> dict[str, str]:
    """name -> digest of what was applied; empty for a database without our table."""
    row = conn.execute("SELECT to_regclass('migration')").fetchone()
    if row is None or row[0] is None:
        return {}
    return dict(conn.execute("SELECT name, digest FROM migration").fetchall())


def _check(done: dict[str, str], known: list[Migration]) -> None:
    by_name = {m.name: m for m in known}
    newer = sorted(set(done) - set(by_name))
    if newer:
        raise MigrationError(
            f"the database is newer than this program (it has {', '.join(newer)}); "
            "start the version that migrated it, or a later one",
            f"la base est plus récente que ce programme (elle a {', '.join(newer)}) ; lancez la "
            "version qui l'a mise à jour, ou une plus récente",
        )
    changed = [name for name, digest in done.items() if by_name[name].digest != digest]
    if changed:
        raise MigrationError(
            f"{', '.join(sorted(changed))} changed after it was applied to this database; "
            "restore the file and put the change into a new one"
        )
    missing = [m.name for m in known if m.name not in done]
    if missing and done and missing[0] < max(done):
        raise MigrationError(
            f"{missing[0]} comes before {max(done)}, which was applied already; "
            "give it a number after it"
        )


def _set_zone(conn: Connection, zone: str, *, existing: bool) -> None:
    """Give the database its zone, before the first table; check it ever after."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise MigrationError(f"{zone!r} is not a time zone of the IANA list") from error
    if existing:
        row = conn.execute("SELECT value FROM setting WHERE name = 'zone'").fetchone()
        if row is not None and row[0] != zone:
            raise MigrationError(
                f"this database keeps the days of {row[0]} and cannot change to {zone}: "
                "make a new database and load the readings again",
                f"cette base tient les jours de {row[0]} et ne peut passer à {zone} : créez-en "
                "une autre et chargez-y les relevés",
            )
    name = conn.info.dbname
    # Set at every start: a restored or copied database keeps its rows but not this.
    conn.execute(
        sql.SQL("ALTER DATABASE {} SET timezone TO {}").format(
            sql.Identifier(name), sql.Literal(zone)
        )
    )


def _apply(conn: Connection, migration: Migration, done: dict[str, str]) -> bool:
    if migration.name in done:
        return False
    with conn.transaction():
        try:
            conn.execute(migration.text.encode())
        except psycopg.Error as error:
            raise MigrationError(f"{migration.name} failed: {error}") from error
        conn.execute(
            "INSERT INTO migration (name, digest) VALUES (%s, %s)",
            [migration.name, migration.digest],
        )
    return True


def _keep_zone(conn: Connection, zone: str) -> None:
    conn.execute(
        "INSERT INTO setting (name, value) VALUES ('zone', %s) ON CONFLICT (name) DO NOTHING",
        [json.dumps(zone)],
    )
