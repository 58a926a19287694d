"""Who looked at whose data: append-only, each entry chained to the one before.

The log names a household by a random number whose key is destroyed with the household. Changing,
removing or inserting an entry breaks the chain from there on.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime

from hub.store import accounts as store
from hub.store.accounts import LogEntry
from hub.store.connection import Connection


def record(
    conn: Connection, *, actor: str, purpose: str, household_id: int, what: str, request_id: str
) -> None:
    """Append an entry in this transaction. ``what`` says commodity and range, never values."""
    entry = LogEntry(
        datetime.now(UTC), actor, purpose, store.subject_of(conn, household_id), what, request_id
    )
    store.append_log(conn, entry, chain_after(store.last_chain(conn), entry))


def chain_after(previous: bytes, entry: LogEntry) -> bytes:
    """The link of the chain that ``entry`` makes after ``previous``."""
    row = json.dumps(
        [
            entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
            entry.actor,
            entry.purpose,
            str(entry.subject),
            entry.what,
            entry.request_id,
        ],
        ensure_ascii=False,
        separators=(",", ":"),
    )
    return hashlib.sha256(previous + row.encode()).digest()


def first_broken(conn: Connection) -> int | None:
    """Id of the first entry whose link does not fit; None for a log that is whole."""
    previous = b""
    for number, entry, chain in store.log_entries(conn):
        if chain != chain_after(previous, entry):
            return number
        previous = chain
    return None
