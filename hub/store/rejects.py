"""Payloads and rows that could not be taken, kept a week for a second try, and unknown devices."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from hub.store.connection import Connection

Transport = Literal["mqtt", "http", "file", "collect"]

#: Of a payload so many bytes are kept; a longer one is cut and cannot be replayed.
PAYLOAD_KEPT = 64 * 1024
#: Of one sender so many payloads are kept: the newest.
KEPT_PER_SENDER = 100
#: Of one load so many rows are kept; the load's report counts them all.
KEPT_PER_LOAD = 1000

_COPY = (
    "COPY rejected (received_at, transport, origin, connector, device_ref, reason, detail,"
    " payload, payload_bytes, load_id) FROM STDIN"
)
_TRIM = """
DELETE FROM rejected WHERE id IN (
    SELECT id FROM unnest(%s::text[]) AS s (sender) CROSS JOIN LATERAL (
        SELECT id FROM rejected r WHERE r.sender = s.sender AND r.load_id IS NULL
        ORDER BY id DESC OFFSET %s) old)"""
_UNKNOWN = """
INSERT INTO unknown_device AS u (connector, ref, origin, count)
SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::int8[]) ORDER BY 1, 2
ON CONFLICT (connector, ref) DO UPDATE
SET last_seen = now(), origin = EXCLUDED.origin, count = u.count + EXCLUDED.count"""


# The payloads of those that are shown only.
_LISTED = """
WITH counted AS (
    SELECT id, count(*) OVER (PARTITION BY reason) AS alike,
           row_number() OVER (PARTITION BY reason ORDER BY id DESC) AS place
    FROM rejected
    WHERE replayed_at IS NULL AND (%(reason)s::text IS NULL OR reason = %(reason)s))
SELECT id, received_at, transport, origin, connector, device_ref, reason, detail,
       substring(payload FOR %(sample)s), payload_bytes, load_id, alike
FROM counted JOIN rejected USING (id) WHERE place <= %(most)s
ORDER BY alike DESC, reason, id DESC"""


@dataclass(slots=True)
class Rejected:
    """One payload, or one row of it, that was not taken. ``reason``: see hub.model.REASONS."""

    received_at: int
    transport: Transport
    origin: str
    reason: str
    connector: str | None = None
    device: str | None = None
    detail: Mapping[str, object] = field(default_factory=dict)
    payload: bytes | None = None
    load_id: int | None = None

    @property
    def sender(self) -> str:
        """As the table's column of that name."""
        if self.connector is None or self.device is None:
            return clean(self.origin)
        return clean(f"{self.connector}/{self.device}")


@dataclass(frozen=True, slots=True)
class Kept:
    """A payload that waits for a second try."""

    id: int
    received_at: int
    transport: Transport
    origin: str
    connector: str | None
    reason: str
    payload: bytes
    detail: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Listed:
    """A refused payload, or row of a file, to be looked at.

    sample: the payload's beginning; size: its length as it came. alike: how many have its reason.
    """

    id: int
    received_at: datetime
    transport: Transport
    origin: str
    connector: str | None
    device: str | None
    reason: str
    detail: Mapping[str, object]
    sample: bytes | None
    size: int | None
    load_id: int | None
    alike: int


def store_rejected(conn: Connection, rejected: Sequence[Rejected]) -> None:
    """Keep these, and of each sender only the newest; part of the caller's transaction."""
    if not rejected:
        return
    with conn.cursor() as cursor, cursor.copy(_COPY) as copy:
        for one in rejected:
            copy.write_row(_row(one))
    senders = sorted({one.sender for one in rejected if one.load_id is None})
    conn.execute(_TRIM, [senders, KEPT_PER_SENDER])


def note_unknown(conn: Connection, seen: Mapping[tuple[str, str], tuple[str, int]]) -> None:
    """Count devices the registry does not know: (connector, ref) -> (origin, times)."""
    if seen:
        cleaned: dict[tuple[str, str], tuple[str, int]] = {}
        for (connector, ref), (origin, times) in seen.items():
            before = cleaned.get((connector, clean(ref)), ("", 0))[1]
            cleaned[connector, clean(ref)] = (clean(origin), before + times)
        rows = [(c, ref, origin, times) for (c, ref), (origin, times) in cleaned.items()]
        conn.execute(_UNKNOWN, [list(column) for column in zip(*rows, strict=True)])


def waiting(conn: Connection, after: int, limit: int) -> list[Kept]:
    """Whole payloads not tried again yet, by id after ``after``."""
    rows = conn.execute(
        "SELECT id, extract(epoch FROM received_at)::int8, transport, origin, connector, reason,"
        " payload, detail FROM rejected WHERE replayed_at IS NULL AND load_id IS NULL AND id > %s"
        " AND octet_length(payload) = payload_bytes ORDER BY id LIMIT %s",
        [after, limit],
    )
    return [Kept(*row) for row in rows]


def listed(conn: Connection, reason: str | None, most: int, sample: int) -> list[Listed]:
    """The newest of each reason (or of one), ``most`` of each, with so many bytes of the payload.

    The most frequent reason first. What was stored by a second try is not among them.
    """
    where = {"reason": reason, "most": most, "sample": sample}
    return [Listed(*row) for row in conn.execute(_LISTED, where).fetchall()]


def note_replayed(conn: Connection, outcomes: Mapping[int, str]) -> None:
    """Note what the second try of these gave."""
    conn.execute(
        "UPDATE rejected r SET replayed_at = now(), outcome = n.outcome"
        " FROM unnest(%s::int8[], %s::text[]) AS n (id, outcome) WHERE r.id = n.id",
        [list(outcomes), list(outcomes.values())],
    )


def forget_devices(conn: Connection, devices: Iterable[tuple[str, str]]) -> None:
    """Take devices that are known now off the list of unknown ones."""
    pairs = sorted(set(devices))
    conn.execute(
        "DELETE FROM unknown_device u USING unnest(%s::text[], %s::text[]) AS k (connector, ref)"
        " WHERE u.connector = k.connector AND u.ref = k.ref",
        [[c for c, _ in pairs], [r for _, r in pairs]],
    )


def clean(text: str) -> str:
    """Text that the database takes: no NUL, no half of a surrogate pair."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def _row(one: Rejected) -> list[object]:
    payload = None if one.payload is None else one.payload[:PAYLOAD_KEPT]
    return [
        datetime.fromtimestamp(one.received_at, UTC),
        one.transport,
        clean(one.origin),
        one.connector,
        None if one.device is None else clean(one.device),
        one.reason,
        json.dumps(_clean_json(one.detail), default=str),
        payload,
        None if one.payload is None else len(one.payload),
        one.load_id,
    ]


def _clean_json(value: object) -> object:
    """A JSON value whose texts, however deep, the database takes; long ones are cut."""
    if isinstance(value, str):
        return clean(value)[:500]
    if isinstance(value, Mapping):
        return {clean(str(k)): _clean_json(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean_json(v) for v in value]
    return value
