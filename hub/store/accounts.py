"""Links, sessions, tokens and the access log. Secrets come as digests: no token is ever stored."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from hub.store.connection import Connection

_LOG_LOCK = 0x68756207  # any constant: entries of the access log are chained one after another


@dataclass(frozen=True, slots=True)
class HouseholdIdentity:
    """Whose session it is; ``ref`` is the id in addresses."""

    household_id: int
    ref: str
    simulated: bool


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One look at a household's data; ``what`` never holds values."""

    at: dt.datetime
    actor: str
    purpose: str
    subject: UUID
    what: str
    request_id: str


def household(conn: Connection, ref: str) -> HouseholdIdentity | None:
    """The household of a reference."""
    if "\0" in ref:  # no text of the database holds one, and asking for it is an error there
        return None
    row = conn.execute(
        "SELECT household_id, ref, simulated FROM household"
        " WHERE ref = %s AND superseded_at IS NULL",
        [ref],
    ).fetchone()
    return HouseholdIdentity(*row) if row else None


def add_link(conn: Connection, digest: bytes, household_id: int) -> None:
    """Keep a new link."""
    conn.execute("INSERT INTO link (digest, household_id) VALUES (%s, %s)", [digest, household_id])


def use_link(conn: Connection, digest: bytes) -> HouseholdIdentity | None:
    """The household a valid link opens; notes its use."""
    row = conn.execute(
        "UPDATE link l SET last_used_at = now() FROM household h"
        " WHERE l.digest = %s AND l.revoked_at IS NULL"
        " AND (l.expires_at IS NULL OR l.expires_at > now())"
        " AND h.household_id = l.household_id AND h.superseded_at IS NULL"
        " RETURNING h.household_id, h.ref, h.simulated",
        [digest],
    ).fetchone()
    return HouseholdIdentity(*row) if row else None


def open_links(conn: Connection, household_id: int) -> int:
    """How many links of a household open its pages."""
    row = conn.execute(
        "SELECT count(*) FROM link WHERE household_id = %s AND revoked_at IS NULL"
        " AND (expires_at IS NULL OR expires_at > now())",
        [household_id],
    ).fetchone()
    return int(row[0]) if row else 0


def revoke_links(conn: Connection, household_id: int) -> int:
    """Close every link and session of a household; returns how many links."""
    conn.execute(
        "UPDATE session SET ended_at = now() WHERE household_id = %s AND ended_at IS NULL",
        [household_id],
    )
    return conn.execute(
        "UPDATE link SET revoked_at = now() WHERE household_id = %s AND revoked_at IS NULL",
        [household_id],
    ).rowcount


def add_session(conn: Connection, digest: bytes, household_id: int, lifetime: dt.timedelta) -> None:
    """Keep a new session."""
    conn.execute(
        "INSERT INTO session (digest, household_id, expires_at) VALUES (%s, %s, now() + %s)",
        [digest, household_id, lifetime],
    )


def find_session(
    conn: Connection, digest: bytes, idle: dt.timedelta
) -> tuple[HouseholdIdentity, dt.datetime] | None:
    """Whose open session this is, and when it was seen last."""
    row = conn.execute(
        "SELECT h.household_id, h.ref, h.simulated, s.seen_at FROM session s"
        " JOIN household h ON h.household_id = s.household_id AND h.superseded_at IS NULL"
        " WHERE s.digest = %s AND s.ended_at IS NULL"
        " AND s.expires_at > now() AND s.seen_at > now() - %s",
        [digest, idle],
    ).fetchone()
    return (HouseholdIdentity(*row[:3]), row[3]) if row else None


def touch_session(conn: Connection, digest: bytes) -> None:
    """Note that a session was used."""
    conn.execute("UPDATE session SET seen_at = now() WHERE digest = %s", [digest])


def end_session(conn: Connection, digest: bytes) -> None:
    """Close a session."""
    conn.execute(
        "UPDATE session SET ended_at = now() WHERE digest = %s AND ended_at IS NULL", [digest]
    )


def add_token(
    conn: Connection, digest: bytes, kind: str, subject: str, expires_at: dt.datetime | None
) -> None:
    """Keep a new API token."""
    conn.execute(
        "INSERT INTO token (digest, subject_kind, subject, expires_at) VALUES (%s, %s, %s, %s)",
        [digest, kind, subject, expires_at],
    )


def find_token(conn: Connection, digest: bytes) -> tuple[str, str] | None:
    """Kind and subject of a valid token."""
    return conn.execute(
        "SELECT subject_kind, subject FROM token WHERE digest = %s AND revoked_at IS NULL"
        " AND (expires_at IS NULL OR expires_at > now())",
        [digest],
    ).fetchone()


def revoke_tokens(conn: Connection, kind: str, subject: str) -> int:
    """Close every token of a subject; returns how many."""
    return conn.execute(
        "UPDATE token SET revoked_at = now()"
        " WHERE subject_kind = %s AND subject = %s AND revoked_at IS NULL",
        [kind, subject],
    ).rowcount


def had_token(conn: Connection, kind: str, subject: str) -> bool:
    """Whether a token was ever made for this subject."""
    row = conn.execute(
        "SELECT EXISTS (SELECT 1 FROM token WHERE subject_kind = %s AND subject = %s)",
        [kind, subject],
    ).fetchone()
    return bool(row and row[0])


def allow_usage_point(conn: Connection, gateway: str, ref: str) -> bool:
    """Add the usage points of a reference to what a gateway may write; False where none exists."""
    row = conn.execute(
        "WITH point AS (SELECT DISTINCT usage_point_id FROM usage_point"
        "               WHERE ref = %s AND superseded_at IS NULL),"
        " added AS (INSERT INTO gateway_usage_point (gateway, usage_point_id)"
        "           SELECT %s, usage_point_id FROM point ON CONFLICT DO NOTHING)"
        " SELECT count(*) FROM point",
        [ref, gateway],
    ).fetchone()
    return bool(row and row[0])


def subject_of(conn: Connection, household_id: int) -> UUID:
    """The random number that stands for a household in the log; made at first use."""
    conn.execute(
        "INSERT INTO subject_number (household_id) VALUES (%s) ON CONFLICT DO NOTHING",
        [household_id],
    )
    row = conn.execute(
        "SELECT subject FROM subject_number WHERE household_id = %s", [household_id]
    ).fetchone()
    assert row is not None  # inserted above, or there already
    subject: UUID = row[0]
    return subject


def last_chain(conn: Connection) -> bytes:
    """The chain's last link, locked until this transaction ends; empty for a new log."""
    conn.execute("SELECT pg_advisory_xact_lock(%s)", [_LOG_LOCK])
    row = conn.execute("SELECT chain FROM access_log ORDER BY id DESC LIMIT 1").fetchone()
    return bytes(row[0]) if row else b""


def append_log(conn: Connection, entry: LogEntry, chain: bytes) -> None:
    """Write an entry with its link of the chain."""
    conn.execute(
        "INSERT INTO access_log (at, actor, purpose, subject, what, request_id, chain)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s)",
        [
            entry.at,
            entry.actor,
            entry.purpose,
            entry.subject,
            entry.what,
            entry.request_id,
            chain,
        ],
    )


def log_entries(conn: Connection) -> Iterator[tuple[int, LogEntry, bytes]]:
    """The whole log in order, streamed: id, entry, link."""
    with conn.cursor(name="access_log") as cursor:
        cursor.itersize = 10_000
        cursor.execute(
            "SELECT id, at, actor, purpose, subject, what, request_id, chain"
            " FROM access_log ORDER BY id"
        )
        for row in cursor:
            yield row[0], LogEntry(*row[1:7]), bytes(row[7])
