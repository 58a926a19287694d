"""The rollup's queue: locks on shares of dwellings, dirty ranges taken, finished or set aside."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import psycopg

from hub.model import LONGEST, Int64Array
from hub.store.connection import Connection

#: Dwellings are shared out by their number modulo this; a share has one worker at a time.
SHARES = 16
#: What the connection of a service that recomputes dirty ranges calls itself.
WORKER = "hub-rollup-ranges"
#: A range that failed so often is set aside.
ATTEMPTS = 3
#: Live ranges longer than this wait with the backfill.
_NARROW = "interval '3 days'"

_SHARE_LOCK = 0x68756203
_AREA_LOCK = 0x68756204
_NOTIFY_LIMIT = 7000

#: How far the readings of a channel `c` may reach beyond their instants: a month lasts a while.
REACH = f"""make_interval(secs => CASE c.period_class
    {" ".join(f"WHEN '{name}' THEN {seconds}" for name, seconds in LONGEST.items())} ELSE 0 END)"""

_DWELLING = """
coalesce((SELECT dwelling_id FROM usage_point u WHERE u.usage_point_id = c.usage_point_id
          AND u.superseded_at IS NULL ORDER BY valid_from DESC NULLS LAST LIMIT 1), 0)"""
_BOUNDS = "floor(extract(epoch FROM o.from_ts))::int8, ceil(extract(epoch FROM o.to_ts))::int8"

_TAKE_LIVE = f"""
WITH open AS (
    SELECT id, channel_id, from_ts, to_ts FROM dirty
    WHERE failure IS NULL AND priority = 0 AND to_ts - from_ts < {_NARROW}
      AND channel_id <> ALL(%(without)s)
), placed AS (
    SELECT c.channel_id, {_DWELLING} AS dwelling_id
    FROM channel c WHERE c.channel_id IN (SELECT channel_id FROM open)
)
SELECT o.id, o.channel_id, p.dwelling_id, {_BOUNDS}
FROM open o JOIN placed p USING (channel_id)
WHERE p.dwelling_id %% {SHARES} = ANY(%(shares)s)
ORDER BY o.id LIMIT 20000"""  # noqa: S608 - constants of this module

# The dwellings that wait longest, else the most urgent, and then all that is open for them. Only
# so many ranges are looked at to find them: a whole district's backlog has hundreds of thousands.
_TAKE_REST = f"""
WITH urgent AS (
    SELECT channel_id, row_number() OVER () AS place FROM (
        SELECT channel_id FROM dirty WHERE failure IS NULL AND channel_id <> ALL(%(without)s)
        ORDER BY marked_at > now() - interval '10 minutes', priority, id LIMIT 2000) d
), placed AS (
    SELECT c.channel_id, {_DWELLING} AS dwelling_id
    FROM channel c WHERE c.channel_id IN (SELECT channel_id FROM urgent)
), chosen AS (
    SELECT dwelling_id FROM urgent JOIN placed USING (channel_id)
    WHERE dwelling_id %% {SHARES} = ANY(%(shares)s)
    GROUP BY dwelling_id ORDER BY min(place) LIMIT %(dwellings)s
), theirs AS (
    SELECT channel_id, dwelling_id FROM placed
    UNION
    SELECT c.channel_id, {_DWELLING}
    FROM channel c WHERE c.usage_point_id IN (
        SELECT usage_point_id FROM usage_point u JOIN chosen USING (dwelling_id)
        WHERE u.superseded_at IS NULL)
)
SELECT o.id, o.channel_id, dwelling_id, {_BOUNDS}
FROM chosen JOIN theirs USING (dwelling_id) JOIN dirty o USING (channel_id)
WHERE o.failure IS NULL AND o.channel_id <> ALL(%(without)s)"""  # noqa: S608 - constants

_TAKE_LONGEST_WAITING = f"""
WITH chosen AS (
    SELECT d.channel_id, {_DWELLING} AS dwelling_id
    FROM dirty d JOIN channel c USING (channel_id)
    WHERE d.failure IS NULL AND d.channel_id = ANY(%(channels)s)
      AND {_DWELLING} %% {SHARES} = ANY(%(shares)s)
    ORDER BY d.id LIMIT 1
)
SELECT o.id, o.channel_id, dwelling_id, {_BOUNDS}
FROM chosen JOIN dirty o USING (channel_id)
WHERE o.failure IS NULL"""  # noqa: S608 - constants of this module

#: What transactions at work at once do to each other: no range's fault. Two of them that copy rows
#: of one household, which lives in dwellings of two shares, meet at its key.
CLASHES = (
    psycopg.errors.SerializationFailure,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.UniqueViolation,
)
#: Clashes in a row until it is the data's fault after all.
PATIENCE = 5

_Result = TypeVar("_Result")


def past_clashes(transaction: Callable[[], _Result]) -> _Result:
    """What a transaction gives, which begins again on a new snapshot after a clash."""
    for _ in range(PATIENCE - 1):
        try:
            return transaction()
        except CLASHES:
            continue
    return transaction()


@dataclass(frozen=True, slots=True)
class Taken:
    """Dirty ranges taken: columns of equal length. from_ts, to_ts: seconds, inclusive."""

    id: Int64Array
    channel: Int64Array
    dwelling: Int64Array
    from_ts: Int64Array
    to_ts: Int64Array

    def __len__(self) -> int:
        return len(self.id)

    def of_dwellings(self, dwellings: Sequence[int]) -> Taken:
        """Only the ranges of these dwellings."""
        mine = np.isin(self.dwelling, np.array(list(dwellings), dtype=np.int64))
        return Taken(*(getattr(self, name)[mine] for name in self.__slots__))


NOTHING = Taken(*(np.zeros(0, dtype=np.int64) for _ in Taken.__slots__))


def joined(parts: Sequence[Taken]) -> Taken:
    """Ranges one after the other."""
    return Taken(*(np.concatenate([getattr(p, n) for p in parts]) for n in Taken.__slots__))


def workers(conn: Connection) -> int:
    """How many rollup services are connected for dirty ranges; at least this one."""
    row = conn.execute(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name = %s",
        [WORKER],
    ).fetchone()
    return max(1, int(row[0]) if row else 0)


@contextmanager
def shares(conn: Connection, wanted: Sequence[int]) -> Iterator[list[int]]:
    """Lock those of the wanted shares that are free; ``conn`` is in no transaction."""
    rows = conn.execute(
        "SELECT s FROM unnest(%s::int4[]) s WHERE pg_try_advisory_lock(%s, s)",
        [list(wanted), _SHARE_LOCK],
    ).fetchall()
    mine = [row[0] for row in rows]
    try:
        yield mine
    finally:
        _unlock(conn, _SHARE_LOCK, mine)


def hold_shares(conn: Connection) -> None:
    """Wait for all shares, in the order of :func:`every_share`; they go with the transaction."""
    conn.execute(
        "SELECT pg_advisory_xact_lock(%s, s) FROM generate_series(0, %s) s",
        [_SHARE_LOCK, SHARES - 1],
    )


@contextmanager
def every_share(conn: Connection) -> Iterator[None]:
    """Wait for all shares and the area worker, in a fixed order."""
    conn.execute(
        "SELECT pg_advisory_lock(%s, s) FROM generate_series(0, %s) s", [_SHARE_LOCK, SHARES - 1]
    )
    conn.execute("SELECT pg_advisory_lock(%s, 0)", [_AREA_LOCK])
    try:
        yield
    finally:
        _unlock(conn, _AREA_LOCK, [0])
        _unlock(conn, _SHARE_LOCK, list(range(SHARES)))


@contextmanager
def area_worker(conn: Connection) -> Iterator[bool]:
    """Become the one area worker; False while another is."""
    row = conn.execute("SELECT pg_try_advisory_lock(%s, 0)", [_AREA_LOCK]).fetchone()
    mine = bool(row and row[0])
    try:
        yield mine
    finally:
        if mine:
            _unlock(conn, _AREA_LOCK, [0])


def _unlock(conn: Connection, lock: int, numbers: list[int]) -> None:
    if numbers and not conn.closed:  # a lost session has lost its locks
        conn.execute("SELECT pg_advisory_unlock(%s, s) FROM unnest(%s::int4[]) s", [lock, numbers])


@contextmanager
def snapshot(conn: Connection) -> Iterator[None]:
    """One REPEATABLE READ transaction."""
    conn.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    with conn.transaction():
        yield


def take_live(conn: Connection, mine: list[int], without: Sequence[int] = ()) -> Taken:
    """The live, narrow ranges of these shares, without those of some channels."""
    return _taken(conn.execute(_TAKE_LIVE, {"shares": mine, "without": list(without)}).fetchall())


def take_rest(
    conn: Connection, mine: list[int], dwellings: int, without: Sequence[int] = ()
) -> Taken:
    """All ranges of up to so many dwellings, without those of some channels.

    Corrections and backfill, the oldest first.
    """
    given = {"shares": mine, "dwellings": dwellings, "without": list(without)}
    return _taken(conn.execute(_TAKE_REST, given).fetchall())


def take_longest_waiting(conn: Connection, mine: list[int], channels: Sequence[int]) -> Taken:
    """All ranges of that one of these channels which waits longest, within these shares."""
    given = {"shares": mine, "channels": list(channels)}
    return _taken(conn.execute(_TAKE_LONGEST_WAITING, given).fetchall())


def _taken(rows: list[tuple[int, ...]]) -> Taken:
    table = np.array(rows, dtype=np.int64).reshape(-1, 5)
    return Taken(*(table[:, i].copy() for i in range(5)))


def finish(conn: Connection, taken: Taken) -> None:
    """Remove exactly the ranges that were taken."""
    conn.execute("DELETE FROM dirty WHERE id = ANY(%s)", [taken.id.tolist()])


def remember_failure(conn: Connection, taken: Taken, reason: str) -> None:
    """Count a failed attempt; after the third the range is set aside with the reason."""
    conn.execute(
        "UPDATE dirty SET attempts = attempts + 1,"
        " failure = CASE WHEN attempts + 1 >= %s THEN %s END WHERE id = ANY(%s)",
        [ATTEMPTS, reason[:2000], taken.id.tolist()],
    )


def has_backlog(conn: Connection) -> bool:
    """Whether corrections or backfill wait."""
    row = conn.execute(
        "SELECT EXISTS (SELECT FROM dirty WHERE priority > 0 AND failure IS NULL)"
    ).fetchone()
    return row is not None and bool(row[0])


def notify_rollup(conn: Connection, households: Sequence[int]) -> None:
    """Tell the web processes, at commit, whose rows changed."""
    payload = json.dumps(sorted(households))
    if len(payload) > _NOTIFY_LIMIT:
        payload = "*"
    conn.execute("SELECT pg_notify('hub_rollup', %s)", [payload])


def notify_everyone(conn: Connection) -> None:
    """Tell the web processes, at commit, that anybody's rows may have changed."""
    conn.execute("SELECT pg_notify('hub_rollup', '*')")
