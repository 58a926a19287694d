"""Every household day derived again from the stored channel days, and compared with what is stored.

It finds what the rollup forgot to recompute; that the rules themselves are right is for the tests.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from hub.clock import date_of, days
from hub.model import TOTAL
from hub.rollup.block import HALF_HOUR, Block
from hub.rollup.columns import Int64Array
from hub.rollup.counting import count
from hub.rollup.households import Measure, household_rows
from hub.rollup.parts import with_lives
from hub.rollup.registry import AREA_TOTALS, DAILY, Registry, expected_days, shares
from hub.rollup.work import StoredChannel
from hub.store import reconcile as store
from hub.store import rollup_households, rollup_read, rollup_registry
from hub.store.connection import Connection
from hub.store.reconcile import Outcome

_NAME = "every household is the sum of the channels that count"
#: Households looked at together.
_HOMES = 500
#: Columns that name a row: household, measure, day; the last two are below these in a key.
_NAMES, _MEASURES, _DAYS = 3, 1 << 10, 1 << 21


def recount(conn: Connection) -> Outcome:
    """Compare the households of this snapshot, without those for which something waits."""
    zone = rollup_read.zone_of(conn)
    homes, numbers = store.settled_households(conn), store.measures(conn)
    compared = differences = 0
    shown: list[dict[str, Any]] = []
    for start in range(0, len(homes), _HOMES):
        part = homes[start : start + _HOMES]
        derived, stored = _derived(conn, part, zone, numbers), store.household_totals(conn, part)
        keys = np.union1d(_key(derived), _key(stored))
        pairs = np.stack([_aligned(keys, derived), _aligned(keys, stored)], axis=1)
        wrong = np.flatnonzero((pairs[:, 0] != pairs[:, 1]).any(axis=1))
        compared += len(keys)
        differences += len(wrong)
        names = {number: "/".join(measure) for measure, number in numbers.items()}
        for which in wrong[: max(0, store.SHOWN - len(shown))].tolist():
            (ours, theirs), (home, measure, day) = pairs[which].tolist(), _names(int(keys[which]))
            shown.append({
                "household_id": home, "measure": names[measure], "day": date_of(day),
                "stored": _values(theirs), "derived": _values(ours),
            })  # fmt: skip
    pending = store.pending_days(conn)
    left_out = {"pending": pending} if pending else {}
    return Outcome(_NAME, compared, left_out, differences, shown)


def _key(table: Int64Array) -> Int64Array:
    """One number for each row's household, measure and day, in their order."""
    home, measure, day = table[:, :_NAMES].T
    return np.asarray((home * _MEASURES + measure) * _DAYS + day + _DAYS // 2, dtype=np.int64)


def _names(key: int) -> tuple[int, int, int]:
    """The household, measure and day of a key."""
    rest, day = divmod(key, _DAYS)
    return *divmod(rest, _MEASURES), day - _DAYS // 2


def _aligned(keys: Int64Array, table: Int64Array) -> Int64Array:
    """The table's values, a row for each key; -1 where it has none."""
    found = np.full((len(keys), table.shape[1] - _NAMES), -1, dtype=np.int64)
    found[np.searchsorted(keys, _key(table))] = table[:, _NAMES:]
    return found


def _values(row: list[int]) -> tuple[int, int, int, bool] | None:
    covered, measured, allocated, expected = row
    return None if expected < 0 else (covered, measured, allocated, bool(expected))


def _derived(
    conn: Connection, homes: list[int], zone: str, numbers: dict[Measure, int]
) -> Int64Array:
    """Columns as of :func:`store.household_totals`. A measure that no table knows gets a number."""
    registry: Registry = rollup_registry.registry_of(conn, homes)
    parts = list(shares(registry))
    points = sorted({part.usage_point for part in parts})
    there = rollup_read.channels(
        conn, rollup_households.channels_at(conn, points, list(registry.main))
    )
    channel, block = _block(conn, there, zone)
    counted = count(with_lives(conn, there, zone), channel, block)
    expected = expected_days(parts, registry.consents, AREA_TOTALS, DAILY)
    rows = household_rows(counted, parts, expected)
    known = [
        numbers.setdefault(measure, max(numbers.values(), default=0) + 1)
        for measure in rows.measures
    ]
    measure = np.array(known, dtype=np.int64)[rows.measure]
    is_total = np.array([m[3] == TOTAL for m in rows.measures], dtype=np.bool_)[rows.measure]
    amounts = (rows.block.column("measured"), rows.block.column("allocated"))
    table = (rows.household, measure, rows.block.day, rows.block.covered, *amounts, rows.expected)
    return np.stack([column.astype(np.int64) for column in table], axis=1)[is_total]


def _block(conn: Connection, there: list[StoredChannel], zone: str) -> tuple[Int64Array, Block]:
    """Channel days without their slots: (index into ``there``, rows)."""
    numbers = np.array([channel.row.channel_id for channel in there], dtype=np.int64)
    table = store.channel_totals(conn, numbers.tolist())
    channel = np.searchsorted(numbers, table[:, 0])
    day = table[:, 1]
    start = np.array([c.day_start for c in there], dtype=np.int64)[channel]
    length = np.zeros(len(day), dtype=np.int64)
    for one in np.unique(start).tolist():
        begin, end = days(zone, one).bounds(day[start == one])
        length[start == one] = end - begin
    none = np.zeros((len(day), 0), dtype=np.int64)
    nothing = np.zeros(0, dtype=np.int64)
    return channel, Block(
        day, length, table[:, 2], table[:, 3:6], np.zeros(len(day), dtype=np.bool_),
        np.full(len(day), HALF_HOUR), none, none, none, nothing, nothing, nothing,
    )  # fmt: skip
