"""The write path: a batch of readings into the store, once, whatever is delivered twice.

One call is part of one transaction of the caller: readings, power, latest and dirty ranges commit
together. Most batches hold only new keys, so a plain COPY under a savepoint is tried first where
that is likely; otherwise what exists is read, compared, and only new and changed rows are written.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
from psycopg import errors, sql

from hub.intake.batch import Batch
from hub.intake.checks import CODE, POWER_KEPT, CodeArray, refuse_impossible
from hub.intake.outcomes import Outcome, OutcomeArray
from hub.model import Int64Array
from hub.store.channels import Directory
from hub.store.connection import Connection
from hub.store.copying import copy_in, copy_out
from hub.store.dirty import mark_ranges
from hub.store.latest import move_latest, store_power
from hub.store.placing import Rules, place

LIVE, CORRECTION, BACKFILL = 0, 1, 2  # priorities in `dirty`
#: Stretches of one channel further apart than this are looked up apart.
_STRETCH = 2 * 86_400

_EXISTING = sql.SQL("""
SELECT r.channel_id, r.ts, r.value, r.seconds, r.quality, r.received_at
FROM unnest(%s::int4[], %s::int8[], %s::int8[]) AS k (channel_id, from_ts, to_ts)
CROSS JOIN LATERAL (
    SELECT * FROM reading WHERE channel_id = k.channel_id
    AND ts >= to_timestamp(k.from_ts) AND ts <= to_timestamp(k.to_ts)
) r""")
_EXISTING_TYPES = ("int4", "timestamptz", "int8", "int4", "int2", "timestamptz")

_STAGE = """
CREATE TEMP TABLE IF NOT EXISTS staged_reading (
    ts timestamptz, value int8, received_at timestamptz, channel_id int4, seconds int4,
    load_id int4, quality int2
) ON COMMIT DELETE ROWS"""
_UPSERT = """
INSERT INTO reading AS r (ts, value, received_at, channel_id, seconds, load_id, quality)
SELECT * FROM staged_reading ORDER BY channel_id, ts
ON CONFLICT (channel_id, ts) DO UPDATE SET
    value = EXCLUDED.value, seconds = EXCLUDED.seconds, quality = EXCLUDED.quality,
    received_at = EXCLUDED.received_at, load_id = EXCLUDED.load_id
WHERE (r.value, r.seconds, r.quality)
    IS DISTINCT FROM (EXCLUDED.value, EXCLUDED.seconds, EXCLUDED.quality)
    AND EXCLUDED.received_at >= r.received_at"""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a batch comes from: ``priority`` of what it makes dirty, and who may write where."""

    priority: int = LIVE
    rules: Rules = field(default_factory=Rules)


@dataclass(slots=True)
class ChannelCounts:
    """By load and channel: first and last instant, readings by outcome. Columns of equal length."""

    load: Int64Array
    channel: Int64Array
    first: Int64Array
    last: Int64Array
    accepted: Int64Array
    unchanged: Int64Array
    revised: Int64Array


@dataclass(slots=True)
class Written:
    """What became of a batch: outcome and reason code per reading, in the batch's order.

    limit: the instant a reading was held against, where it was refused for its time. moved:
    channels whose latest value changed. unknown: devices the registry does not know.
    """

    outcome: OutcomeArray
    reason: CodeArray
    limit: Int64Array
    moved: list[int]
    unknown: set[tuple[str, str]]
    counts: ChannelCounts


class MixedLoadsError(Exception):
    """Two loads of one batch give values for the same moment: write them one after the other."""


@dataclass(slots=True)
class _Rows:
    """Readings with their channel, sorted by (channel, ts), one a key. ``at``: batch index."""

    at: Int64Array
    channel: Int64Array
    ts: Int64Array
    value: Int64Array
    seconds: Int64Array
    quality: Int64Array
    received_at: Int64Array
    load: Int64Array

    def __len__(self) -> int:
        return len(self.at)

    def take(self, where: npt.NDArray[np.bool_]) -> _Rows:
        return _Rows(*(getattr(self, name)[where] for name in self.__slots__))


def write_batch(
    conn: Connection, directory: Directory, batch: Batch, origin: Origin | None = None
) -> Written:
    """Store a batch in the transaction of ``conn``; of two rows for a key the last received counts.

    A batch is live or of loads. Raises psycopg.Error, and MixedLoadsError before anything is
    written; roll back and call ``directory.forget()`` then.
    """
    origin = origin or Origin()
    directory.begin(conn)
    n = len(batch)
    outcome = np.full(n, Outcome.REJECTED, dtype=np.int8)
    kinds = np.array([k.channel.kind for k in batch.keys], dtype="U8")
    reason = refuse_impossible(batch, kinds[batch.key] == "interval")
    sound = np.flatnonzero(reason == 0)
    placed = place(conn, directory, batch.take(sound), origin.rules)
    reason[sound] = placed.reason
    limit = batch.received_at.copy()
    limit[sound] = placed.limit
    batch = replace(batch, value=batch.value.copy())
    batch.value[sound] = placed.value
    channel = np.zeros(n, dtype=np.int64)
    channel[sound] = placed.channel
    is_power = kinds[batch.key] == "power"
    good = np.flatnonzero((reason == 0) & ~is_power)
    rows = _sorted(batch, channel, good, outcome, reason)
    _write(conn, rows, outcome)
    mark_ranges(conn, *_changed(rows, outcome), origin.priority)
    moved = _store_power(conn, batch, channel, np.flatnonzero((reason == 0) & is_power), outcome)
    moved += move_latest(conn, *_last_registers(rows, kinds[batch.key[rows.at]] == "register"))
    counts = _counts(rows, outcome)
    return Written(outcome, reason, limit, sorted(set(moved)), placed.unknown, counts)


def _sorted(
    batch: Batch,
    channel: Int64Array,
    good: Int64Array,
    outcome: OutcomeArray,
    reason: CodeArray,
) -> _Rows:
    """Good readings sorted by key, the last of each key; the others get their outcome here."""
    key = _key(channel[good], batch.ts[good])
    order = np.argsort(key, kind="stable")
    at, key = good[order], key[order]
    last = np.ones(len(at), dtype=bool)
    last[:-1] = key[1:] != key[:-1]
    group = np.cumsum(last) - last  # how many keys are complete before each reading
    lost, to = at[~last], at[last][group[~last]]
    if np.any(batch.load[lost] != batch.load[to]):
        raise MixedLoadsError
    same = (
        (batch.value[lost] == batch.value[to])
        & (batch.seconds[lost] == batch.seconds[to])
        & (batch.quality[lost] == batch.quality[to])
    )
    outcome[lost[same]] = Outcome.UNCHANGED
    # Live, two messages of one second are usual: only the later one is stored, which is no mistake.
    lost = lost[~same]
    live = batch.load[lost] == 0
    outcome[lost] = np.where(live, Outcome.IGNORED, Outcome.REJECTED)
    reason[lost] = np.where(live, 0, CODE["duplicate_row"])
    at = at[last]
    columns = (batch.ts, batch.value, batch.seconds, batch.quality, batch.received_at, batch.load)
    return _Rows(at, channel[at], *(c[at] for c in columns))


def _key(channel: Int64Array, ts: Int64Array) -> npt.NDArray[np.uint64]:
    """(channel, ts) as one number that sorts like the pair: 31 bits and 33 bits."""
    return (channel.astype(np.uint64) << np.uint64(33)) | ts.astype(np.uint64)


def _write(conn: Connection, rows: _Rows, outcome: OutcomeArray) -> None:
    """Write what is new or changed."""
    if not len(rows):
        return
    if rows.load[0] == 0 and _try_copy(conn, rows):
        outcome[rows.at] = Outcome.ACCEPTED
        return
    index, stays = _compare(conn, rows)
    fate = np.full(len(rows), Outcome.ACCEPTED, dtype=np.int8)
    fate[index] = np.where(stays, Outcome.UNCHANGED, Outcome.REVISED)
    new, changed = fate == Outcome.ACCEPTED, fate == Outcome.REVISED
    if new.any() and not _try_copy(conn, rows.take(new)):
        changed |= new  # another writer was quicker: the upsert settles it
    if changed.any():
        _upsert(conn, rows.take(changed))
    outcome[rows.at] = fate


def _try_copy(conn: Connection, rows: _Rows) -> bool:
    """COPY under a savepoint; False, and nothing written, if a key exists."""
    try:
        with conn.transaction():
            _copy(conn, "reading", rows)
    except errors.UniqueViolation:
        return False
    return True


def _upsert(conn: Connection, rows: _Rows) -> None:
    conn.execute(_STAGE)
    conn.execute("TRUNCATE staged_reading")
    _copy(conn, "staged_reading", rows)
    conn.execute(_UPSERT)


def _copy(conn: Connection, table: str, rows: _Rows) -> None:
    copy_in(
        conn,
        table,
        {
            "ts": ("timestamptz", rows.ts),
            "value": ("int8", rows.value),
            "received_at": ("timestamptz", rows.received_at),
            "channel_id": ("int4", rows.channel),
            "seconds": ("int4", rows.seconds),
            "load_id": ("int4", rows.load),
            "quality": ("int2", rows.quality),
        },
    )


def _compare(conn: Connection, rows: _Rows) -> tuple[Int64Array, npt.NDArray[np.bool_]]:
    """(index of rows whose key exists, whether the stored row stays).

    It stays if it is the same, or if it was received later than the row that comes now.
    """
    apart = np.ones(len(rows), dtype=bool)
    apart[1:] = (rows.channel[1:] != rows.channel[:-1]) | (rows.ts[1:] - rows.ts[:-1] > _STRETCH)
    first = np.flatnonzero(apart)
    last = np.append(first[1:], len(rows)) - 1
    ranges = [rows.channel[first].tolist(), rows.ts[first].tolist(), rows.ts[last].tolist()]
    channel, ts, value, seconds, quality, received = copy_out(
        conn, _EXISTING, ranges, _EXISTING_TYPES
    )
    key = _key(rows.channel, rows.ts)
    stored = _key(channel, ts)
    index = np.minimum(np.searchsorted(key, stored), len(key) - 1)
    hit = key[index] == stored
    index = index[hit]
    stays = (
        (value[hit] == rows.value[index])
        & (seconds[hit] == rows.seconds[index])
        & (quality[hit] == rows.quality[index])
    ) | (received[hit] > rows.received_at[index])
    return index, stays


def _changed(rows: _Rows, outcome: OutcomeArray) -> tuple[Int64Array, Int64Array, Int64Array]:
    """(channel, first, last instant touched) of every row that is new or changed.

    What a former, longer interval reached beyond that, its replacement marks (migration 0016).
    """
    fate = outcome[rows.at]
    changed = (fate == Outcome.ACCEPTED) | (fate == Outcome.REVISED)
    return rows.channel[changed], rows.ts[changed], rows.ts[changed] + rows.seconds[changed]


def _store_power(
    conn: Connection, batch: Batch, channel: Int64Array, at: Int64Array, outcome: OutcomeArray
) -> list[int]:
    """Store power no older than two days; the last value of each second and channel counts.

    Power is shown live and is nobody's figure: what a file tells of it is not taken.
    """
    live = (batch.ts[at] > batch.received_at[at] - POWER_KEPT) & (batch.load[at] == 0)
    outcome[at[~live]] = Outcome.IGNORED
    at = at[live]
    outcome[at] = Outcome.ACCEPTED
    key = _key(channel[at], batch.ts[at])
    order = np.argsort(key, kind="stable")
    key = key[order]
    last = np.ones(len(key), dtype=bool)
    last[:-1] = key[1:] != key[:-1]
    at = at[order]
    outcome[at[~last]] = Outcome.IGNORED
    at = at[last]
    received = batch.received_at[at]
    return store_power(conn, channel[at], batch.ts[at], batch.value[at], received)


def _last_registers(
    rows: _Rows, is_register: npt.NDArray[np.bool_]
) -> tuple[Int64Array, Int64Array, Int64Array, Int64Array]:
    """(channel, ts, value, received_at) of the last register of each channel."""
    rows = rows.take(is_register)
    last = np.ones(len(rows), dtype=bool)
    last[:-1] = rows.channel[1:] != rows.channel[:-1]
    return rows.channel[last], rows.ts[last], rows.value[last], rows.received_at[last]


def _counts(rows: _Rows, outcome: OutcomeArray) -> ChannelCounts:
    order = np.lexsort((rows.ts, rows.channel, rows.load))
    load, channel, ts = rows.load[order], rows.channel[order], rows.ts[order]
    new = np.ones(len(order), dtype=bool)
    new[1:] = (load[1:] != load[:-1]) | (channel[1:] != channel[:-1])
    first = np.flatnonzero(new)
    last = np.append(first[1:], len(order))[: len(first)] - 1
    fate = outcome[rows.at[order]]
    by_fate = [
        np.add.reduceat((fate == o).astype(np.int64), first) if len(first) else first
        for o in (Outcome.ACCEPTED, Outcome.UNCHANGED, Outcome.REVISED)
    ]
    return ChannelCounts(load[first], channel[first], ts[first], ts[last], *by_fate)
