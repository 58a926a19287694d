"""Every household day derived again from the stored channel days, and compared with what is stored.

It finds what the rollup forgot to recompute; that the rules themselves are right is for the tests.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from hub.clock import date_of, days
from hub.model import TOTAL
from hub.rollup.block import HALF_HOUR, Block
from hub.rollup.columns import Int64Array
from hub.rollup.counting import count
from hub.rollup.households import household_rows
from hub.rollup.parts import with_lives
from hub.rollup.registry import AREA_TOTALS, DAILY, Registry, expected_days, shares
from hub.rollup.work import StoredChannel
from hub.store import reconcile as store
from hub.store import rollup_households, rollup_read, rollup_registry
from hub.store.connection import Connection, zone_of
from hub.store.reconcile import HomeDay, Outcome

_NAME = "every household is the sum of the channels that count"
#: Households looked at together.
_HOMES = 50


def recount(conn: Connection) -> Outcome:
    """Compare the households of this snapshot, without those for which something waits."""
    zone = zone_of(conn)
    homes = store.settled_households(conn)
    compared = differences = 0
    shown: list[dict[str, Any]] = []
    for start in range(0, len(homes), _HOMES):
        part = homes[start : start + _HOMES]
        derived = dict(_derived(conn, part, zone))
        stored = store.household_totals(conn, part)
        keys = derived.keys() | stored.keys()
        compared += len(keys)
        wrong = [key for key in keys if derived.get(key) != stored.get(key)]
        differences += len(wrong)
        for home, measure, day in sorted(wrong)[: max(0, store.SHOWN - len(shown))]:
            key = (home, measure, day)
            shown.append({
                "household_id": home, "measure": "/".join(measure), "day": date_of(day),
                "stored": stored.get(key), "derived": derived.get(key),
            })  # fmt: skip
    pending = store.pending_days(conn)
    left_out = {"pending": pending} if pending else {}
    return Outcome(_NAME, compared, left_out, differences, shown)


def _derived(conn: Connection, homes: list[int], zone: str) -> Iterator[tuple[HomeDay, Any]]:
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
    columns = zip(
        rows.household.tolist(), rows.measure.tolist(), rows.block.day.tolist(),
        rows.block.covered.tolist(), rows.block.column("measured").tolist(),
        rows.block.column("allocated").tolist(), rows.expected.tolist(), strict=True,
    )  # fmt: skip
    for home, number, day, *values in columns:
        measure = rows.measures[number]
        if measure[3] == TOTAL:
            yield (home, measure, day), tuple(values)


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
