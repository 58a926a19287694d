"""A database filled beside the one it is for, and put in its place when it is whole.

The place keeps what it has until then: whatever fails or is killed leaves it as it was. What is
filled is a database of its own on the same server, by the name of the place with an ending.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from hub.model import HubError
from hub.store.connection import Connection, connect
from hub.store.dumping import tables

_LOCK = "SELECT pg_try_advisory_lock(0x6875620A, hashtext(%s))"  # any constant
_LONGEST_NAME = 63
#: What a new hub writes before anyone has told it anything: a database with no more is empty.
_SEED = {"commodity", "measure", "migration", "publication_policy", "release", "setting"}
#: Tables outside `public` that are neither the server's nor an extension's.
_ELSEWHERE = """
SELECT nspname || '.' || relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
WHERE relkind IN ('r', 'p', 'm', 'f') AND nspname NOT IN ('public', 'information_schema')
  AND nspname !~ '^(pg_|_?timescaledb_)' AND NOT EXISTS (
    SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e')
ORDER BY 1"""


@dataclass(frozen=True, slots=True)
class Place:
    """The database to fill: its address, and a session on its server's `postgres`.

    ``url`` leads to the place, ``draft_url`` to what is filled for it.
    """

    admin: Connection
    url: str
    name: str

    @property
    def draft(self) -> str:
        """Name of the database that is filled."""
        return _with_ending(self.name, "_restore")

    @property
    def former(self) -> str:
        """What the place's own, empty one is called in the moment before it goes."""
        return _with_ending(self.name, "_before_restore")

    @property
    def draft_url(self) -> str:
        """Address of the database that is filled."""
        return make_conninfo(self.url, dbname=self.draft)


class HeldError(HubError):
    """The place is not free: what it holds, or who is at it."""


def _with_ending(name: str, ending: str) -> str:
    return name[: _LONGEST_NAME - len(ending)] + ending


@contextmanager
def place(url: str) -> Iterator[Place]:
    """The database at ``url``, for one restore at a time.

    Raises HeldError for a second one, HubError for a role that may not restore.
    """
    with connect(make_conninfo(url, dbname="postgres"), application="restore") as admin:
        admin.autocommit = True
        name = str(conninfo_to_dict(url).get("dbname") or admin.info.user)
        if not _one(admin, _LOCK, name):
            raise HeldError(
                f"another 'hub restore' is filling {name}; wait for its end",
                f"un autre 'hub restore' remplit {name} ; attendez sa fin",
            )
        if not _one(admin, "SELECT current_setting('is_superuser')::boolean"):
            role = admin.info.user
            raise HubError(
                f"TimescaleDB lets only a superuser restore, and {role} is none. As one, for as "
                f"long as it takes: ALTER ROLE {role} SUPERUSER",
                f"TimescaleDB ne laisse restaurer qu'un superutilisateur, et {role} n'en est pas "
                f"un. Comme tel, le temps qu'il faut : ALTER ROLE {role} SUPERUSER",
            )
        yield Place(admin, url, name)


def sweep(at: Place) -> bool:
    """Remove what a restore that was killed left; whether there was anything."""
    left = [name for name in (at.draft, at.former) if _exists(at, name)]
    for name in left:
        drop(at, name)
    if left:  # it may have been killed while it kept everybody out
        _allow(at.admin, at.name, True)
    return bool(left)


def held(conn: Connection) -> list[str]:
    """What a database holds that an empty hub does not: names of tables."""
    found = [row[0] for row in conn.execute(_ELSEWHERE.encode())]
    known = tables(conn)
    if "migration" not in known:
        return [*known, *found]
    return [*(n for n in known if n not in _SEED and _has_rows(conn, n)), *found]


def offers(at: Place, timescaledb: str) -> list[str]:
    """Empty where the server has this version of TimescaleDB, else the versions that it has."""
    rows = at.admin.execute(
        "SELECT version FROM pg_available_extension_versions WHERE name = 'timescaledb'"
    )
    found = [row[0] for row in rows]
    return [] if timescaledb in found else sorted(found) or ["-"]


def begin(at: Place, timescaledb: str) -> None:
    """Make the draft, like its place, and have TimescaleDB ready for `pg_restore`."""
    like = _one(at.admin, "SELECT to_jsonb(d) FROM pg_database d WHERE datname = %s", at.name)
    at.admin.execute(_creation(at, like))
    with connect(at.draft_url, application="restore") as conn:
        conn.autocommit = True
        conn.execute("SET client_min_messages = error")  # TimescaleDB's welcome banner
        version = sql.SQL("CREATE EXTENSION timescaledb VERSION {}")
        conn.execute(version.format(sql.Literal(timescaledb)))
        conn.execute("SELECT timescaledb_pre_restore()")


def end(at: Place) -> None:
    """All rows are there: TimescaleDB takes up its work again."""
    with connect(at.draft_url, application="restore") as conn:
        conn.autocommit = True
        conn.execute("SELECT timescaledb_post_restore()")


def analyze(at: Place) -> None:
    """What the planner knows of tables is not in a dump."""
    with connect(at.draft_url, application="restore") as conn:
        conn.autocommit = True
        conn.execute("ANALYZE")


def put_in_place(at: Place) -> int:
    """Give the draft the name of its place, if that is still empty; how many sessions it ended.

    Raises HeldError where somebody wrote there meanwhile; everything is then as it was.
    """
    with connect(at.url, application="restore") as last:
        last.autocommit = True
        _allow(at.admin, at.name, False)
        try:
            ended = _end_sessions(at.admin, at.name, last.info.backend_pid)
            require_empty(last)
            last.close()
            _swap(at)
        except BaseException:
            _allow(at.admin, at.name, True)
            raise
    with suppress(psycopg.Error):  # done all the same: what is empty goes at the next restore
        drop(at, at.former)
        with connect(at.url, application="restore") as conn:  # the Community edition's jobs
            conn.execute("SELECT _timescaledb_functions.restart_background_workers()")
    return ended


def _swap(at: Place) -> None:
    for number in range(5):
        _end_sessions(at.admin, at.draft, 0)
        try:
            with at.admin.transaction():
                _rename(at.admin, at.name, at.former)
                _rename(at.admin, at.draft, at.name)
        except psycopg.errors.ObjectInUse:  # TimescaleDB's scheduler came back just now
            if number == 4:
                raise
        else:
            return


def drop(at: Place, name: str) -> None:
    """Remove a database of ours, whoever is at it."""
    query = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    at.admin.execute(query)


def require_empty(conn: Connection) -> None:
    """Raises HeldError for a database with something in it."""
    found, name = held(conn), conn.info.dbname
    if not found:
        return
    told = ", ".join(found[:6]) + (", ..." if len(found) > 6 else "")
    raise HeldError(
        f"the database {name} is not empty ({told}), and a restore fills an empty one only. Name "
        "another: a new folder by --data, or a new database (createdb) in HUB_DATABASE_URL",
        f"la base {name} n'est pas vide ({told}), et une restauration n'en remplit qu'une vide. "
        "Désignez-en une autre : un nouveau dossier par --data, ou une nouvelle base (createdb) "
        "dans HUB_DATABASE_URL",
    )


def _creation(at: Place, like: dict[str, Any]) -> sql.Composed:
    """`CREATE DATABASE` with encoding, locale and owner of the place."""
    names = {
        "owner": _one(at.admin, "SELECT pg_get_userbyid(%s)", like["datdba"]),
        "encoding": _one(at.admin, "SELECT pg_encoding_to_char(%s)", like["encoding"]),
        "lc_collate": like["datcollate"],
        "lc_ctype": like["datctype"],
        "locale_provider": {"c": "libc", "i": "icu", "b": "builtin"}[like["datlocprovider"]],
    }
    if like["datlocprovider"] != "c":  # the column had another name before PostgreSQL 17
        names[f"{names['locale_provider']}_locale"] = like.get(
            "datlocale", like.get("daticulocale")
        )
    options = (
        sql.SQL("{} = {}").format(sql.SQL(name), sql.Literal(value))
        for name, value in names.items()
    )
    return sql.SQL("CREATE DATABASE {} TEMPLATE template0 {}").format(
        sql.Identifier(at.draft), sql.SQL(" ").join(options)
    )


def _has_rows(conn: Connection, table: str) -> bool:
    query = sql.SQL("SELECT EXISTS (SELECT FROM {})").format(sql.Identifier("public", table))
    row = conn.execute(query).fetchone()
    return row is not None and bool(row[0])


def _exists(at: Place, name: str) -> bool:
    return bool(_one(at.admin, "SELECT count(*) FROM pg_database WHERE datname = %s", name))


def _allow(admin: Connection, name: str, allowed: bool) -> None:
    query = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    admin.execute(query.format(sql.Identifier(name), sql.Literal(allowed)))


def _end_sessions(admin: Connection, name: str, but: int) -> int:
    """End the sessions on a database and wait for their end; how many were clients."""
    rows = admin.execute(
        "SELECT pg_terminate_backend(pid, 5000), backend_type FROM pg_stat_activity"
        " WHERE datname = %s AND pid <> %s",
        [name, but],
    ).fetchall()
    return sum(kind == "client backend" for _, kind in rows)


def _rename(admin: Connection, name: str, to: str) -> None:
    query = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    admin.execute(query.format(sql.Identifier(name), sql.Identifier(to)))


def _one(conn: Connection, query: str, *values: object) -> Any:
    row = conn.execute(query.encode(), values).fetchone()
    assert row is not None
    return row[0]
