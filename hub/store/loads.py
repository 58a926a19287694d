"""Loads: one row for a file read once, what it wrote by channel, and taking it back."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np

from hub.intake.undone import Undone
from hub.model import HubError
from hub.store.connection import Connection
from hub.store.copying import copy_in
from hub.store.dirty import mark_ranges
from hub.store.events import take_back_context, take_back_events, told_events
from hub.store.latest import recompute_latest
from hub.store.readings import CORRECTION, ChannelCounts
from hub.store.rollup_work import hold_shares

_UNDO_LOCK = 0x68756210  # one undo at a time: none brings back what another takes away
_ADD = """
INSERT INTO load (file_name, digest, connector, usage_point, actor)
SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[])
RETURNING load_id"""
_FINISH = """
UPDATE load SET finished_at = now(), rows_read = n.r, accepted = n.a, unchanged = n.u,
    revised = n.v, rejected = n.x, gap = n.g, ignored = n.i, report = n.report
FROM unnest(%s::int4[], %s::int8[], %s::int8[], %s::int8[], %s::int8[], %s::int8[], %s::int8[],
            %s::int8[], %s::jsonb[]) AS n (load_id, r, a, u, v, x, g, i, report)
WHERE load.load_id = n.load_id"""

# What stood before this load, for every row that still is this load's: the latest former row of a
# load that was not itself taken back. None: nothing did.
_FORMER = """
CREATE TEMP TABLE taken_back ON COMMIT DROP AS
SELECT r.channel_id, r.ts, r.seconds AS now_seconds, f.revision_id, f.value, f.seconds, f.quality,
       f.received_at, f.load_id
FROM load_channel lc
JOIN reading r ON r.channel_id = lc.channel_id AND r.ts BETWEEN lc.from_ts AND lc.to_ts
LEFT JOIN LATERAL (
    SELECT v.* FROM reading_revision v LEFT JOIN load l USING (load_id)
    WHERE v.channel_id = r.channel_id AND v.ts = r.ts
      AND v.load_id <> %(load)s AND l.undone_at IS NULL
    ORDER BY v.revision_id DESC LIMIT 1
) f ON true
WHERE lc.load_id = %(load)s AND r.load_id = %(load)s"""
# A row that was replaced since `taken_back` was made, however shortly ago, is not this load's any
# more and stays: hence the last condition here and below.
_RESTORE = """
UPDATE reading r SET value = t.value, seconds = t.seconds, quality = t.quality,
    received_at = t.received_at, load_id = t.load_id
FROM taken_back t
WHERE t.revision_id IS NOT NULL AND r.channel_id = t.channel_id AND r.ts = t.ts
  AND r.load_id = %(load)s"""
# A deleted row is kept as a revision: it was known for a while.
_DELETE = """
WITH gone AS (
    DELETE FROM reading r USING taken_back t
    WHERE t.revision_id IS NULL AND r.channel_id = t.channel_id AND r.ts = t.ts
      AND r.load_id = %(load)s
    RETURNING r.channel_id, r.ts, r.seconds, r.value, r.quality, r.load_id, r.received_at)
INSERT INTO reading_revision
    (channel_id, ts, seconds, value, quality, load_id, received_at, replaced_by, why)
SELECT channel_id, ts, seconds, value, quality, load_id, received_at, load_id, %(why)s FROM gone"""
# Later loads that had rows of which this one is taken back, see `taken_back`.
_REPEATED = """
SELECT DISTINCT other.load_id, l.file_name
FROM (SELECT channel_id, min(ts) AS from_ts, max(ts) AS to_ts FROM taken_back GROUP BY 1) gone
JOIN load_channel other ON other.channel_id = gone.channel_id AND other.load_id > %s
    AND other.unchanged > 0 AND other.from_ts <= gone.to_ts AND other.to_ts >= gone.from_ts
JOIN load l ON l.load_id = other.load_id AND l.undone_at IS NULL
ORDER BY 1"""
_TOUCHED = """
SELECT channel_id, extract(epoch FROM ts)::int8,
       extract(epoch FROM ts)::int8 + greatest(now_seconds, coalesce(seconds, 0))
FROM taken_back ORDER BY channel_id, ts"""


_LOADS = """
SELECT load_id, file_name, connector, actor, started_at, undone_at, report FROM load"""


class LoadError(HubError):
    """A load that cannot be taken back as asked."""


@dataclass(frozen=True, slots=True)
class NewLoad:
    """A file about to be stored."""

    file_name: str
    digest: str
    connector: str
    usage_point: str | None
    actor: str


@dataclass(frozen=True, slots=True)
class LoadOutcome:
    """What became of a load's rows: ``counts`` by outcome; ``report`` what a person is told."""

    load_id: int
    rows_read: int
    counts: Mapping[str, int]
    report: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoredLoad:
    """A load as it stands. ``report``: what was told of it, see hub.intake.report."""

    load_id: int
    file_name: str
    connector: str
    actor: str
    started_at: datetime
    undone_at: datetime | None
    report: Mapping[str, Any]


def find_load(conn: Connection, load_id: int) -> StoredLoad | None:
    """The load of this number."""
    if not 0 < load_id < 2**31:
        return None
    row = conn.execute(f"{_LOADS} WHERE load_id = %s", [load_id]).fetchone()
    return StoredLoad(*row) if row else None


def newest_loads(conn: Connection, actor: str | None, most: int) -> list[StoredLoad]:
    """The newest loads of an actor, or of everybody; those taken back too."""
    rows = conn.execute(
        f"{_LOADS} WHERE %(actor)s::text IS NULL OR actor = %(actor)s"
        " ORDER BY load_id DESC LIMIT %(most)s",
        {"actor": actor, "most": most},
    )
    return [StoredLoad(*row) for row in rows]


def loads_of_household(conn: Connection, household_id: int, most: int) -> list[StoredLoad]:
    """The newest loads that a household sent itself."""
    row = conn.execute(
        "SELECT ref FROM household WHERE household_id = %s AND superseded_at IS NULL",
        [household_id],
    ).fetchone()
    return newest_loads(conn, f"household:{row[0]}", most) if row else []


def own_loads(conn: Connection, actor: str, loads: Collection[int]) -> set[int]:
    """Those of these loads that are an actor's own."""
    rows = conn.execute(
        "SELECT load_id FROM load WHERE load_id = ANY(%s) AND actor = %s", [list(loads), actor]
    )
    return {row[0] for row in rows}


def add_loads(conn: Connection, loads: Sequence[NewLoad]) -> list[int]:
    """Number these loads, in their order."""
    columns = [
        [load.file_name for load in loads],
        [load.digest for load in loads],
        [load.connector for load in loads],
        [load.usage_point for load in loads],
        [load.actor for load in loads],
    ]
    # the sequence is read in the order of the rows, whatever order they are returned in
    return sorted(row[0] for row in conn.execute(_ADD, columns))


def finish_loads(
    conn: Connection, outcomes: Sequence[LoadOutcome], counts: ChannelCounts | None
) -> None:
    """Note what became of loads, row by row and channel by channel."""
    names = ("accepted", "unchanged", "revised", "rejected", "gap", "ignored")
    conn.execute(
        _FINISH,
        [
            [o.load_id for o in outcomes],
            [o.rows_read for o in outcomes],
            *([o.counts[name] for o in outcomes] for name in names),
            [json.dumps(o.report) for o in outcomes],
        ],
    )
    if counts is not None and len(counts.load):
        copy_in(
            conn,
            "load_channel",
            {
                "load_id": ("int4", counts.load),
                "channel_id": ("int4", counts.channel),
                "from_ts": ("timestamptz", counts.first),
                "to_ts": ("timestamptz", counts.last),
                "accepted": ("int8", counts.accepted),
                "unchanged": ("int8", counts.unchanged),
                "revised": ("int8", counts.revised),
            },
        )


def undo_load(conn: Connection, load_id: int) -> Undone:
    """Take a load back in the transaction of ``conn``.

    Rows it added go; rows it replaced come back, unless something replaced its own since. Raises
    LoadError for a load that does not exist or was taken back already. Where the load told meter
    events workers wait until the transaction ends.
    """
    conn.execute("SELECT pg_advisory_xact_lock(%s)", [_UNDO_LOCK])
    if told_events(
        conn, load_id
    ):  # before any row is locked: an import has the workers' locks, too
        hold_shares(conn)
    file_name = _claim(conn, load_id)
    wrote = conn.execute(
        "SELECT coalesce(sum(accepted + revised), 0)::int8 FROM load_channel WHERE load_id = %s",
        [load_id],
    ).fetchone()
    undoing = {"load": load_id, "why": f"undo {load_id}"}
    conn.execute("SELECT set_config('hub.why', %(why)s, true)", undoing)
    conn.execute(_FORMER, undoing)
    conn.execute("ANALYZE taken_back")
    repeated: dict[int, str] = dict(conn.execute(_REPEATED, [load_id]).fetchall())
    restored = conn.execute(_RESTORE, undoing).rowcount
    removed = conn.execute(_DELETE, undoing).rowcount
    touched = conn.execute(_TOUCHED).fetchall()
    conn.execute("DROP TABLE taken_back")
    channels = [row[0] for row in conn.execute(
        "SELECT channel_id FROM load_channel WHERE load_id = %s", [load_id]
    )]  # fmt: skip
    if touched:
        channel, first, last = np.array(touched, dtype=np.int64).T
        mark_ranges(conn, channel, first, last, CORRECTION)
    recompute_latest(conn, channels)
    events = take_back_events(conn, load_id)
    take_back_context(conn, load_id)
    conn.execute("DELETE FROM rejected WHERE load_id = %s", [load_id])
    total = int(wrote[0]) if wrote else 0
    return Undone(
        load_id, file_name, removed, restored, total - removed - restored, events, repeated
    )


def _claim(conn: Connection, load_id: int) -> str:
    row = conn.execute(
        "SELECT file_name, undone_at FROM load WHERE load_id = %s FOR UPDATE", [load_id]
    ).fetchone()
    if row is None:
        raise LoadError(f"there is no load {load_id}", f"il n'y a pas de chargement {load_id}")
    if row[1] is not None:
        name, when = f"{load_id} ({row[0]})", f"{row[1]:%Y-%m-%d %H:%M}"
        raise LoadError(
            f"load {name} was taken back on {when}",
            f"le chargement {name} a été annulé le {when}",
        )
    conn.execute("UPDATE load SET undone_at = now() WHERE load_id = %s", [load_id])
    return str(row[0])
