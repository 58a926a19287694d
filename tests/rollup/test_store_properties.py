"""On a real database: whatever the order of writes, the tables are those of a full rebuild."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.rollup.area_step import drain_areas
from hub.rollup.rebuild import rebuild
from hub.rollup.reconcile import reconcile
from hub.rollup.worker import Worker
from hub.store.connection import Connection
from hub.store.rollup_bulk import BulkReader
from hub.store.rollup_work import SHARES, snapshot
from tests.examples import examples
from tests.rollup.oracle import Channel, Reading, roll_up
from tests.rollup.store import areas, clear, home, idle, mark, put, stored_channel, tables
from tests.rollup.strategies import (
    coarse_intervals,
    interval_channels,
    register_channels,
    small_registers,
    wanted,
)

ZONE = "Europe/Paris"


class Bench:
    """One database for all examples: connections are kept open, tables emptied between."""

    def __init__(self, url: str, conn: Connection, bulk: BulkReader) -> None:
        self.url, self.conn, self.bulk = url, conn, bulk
        self.worker = Worker(conn, bulk, range(SHARES))

    def drain(self) -> None:
        self.worker.drain()
        with snapshot(self.conn):
            drain_areas(self.conn, self.bulk, ZONE)


@pytest.fixture(scope="module")
def bench(database_url: str) -> Iterator[Bench]:
    with idle(database_url) as conn, BulkReader(database_url) as bulk:
        yield Bench(database_url, conn, bulk)


def fitted(channel: Channel) -> Channel:
    """The channel with the settings that the registry of these tests can hold."""
    channel.resolution, channel.modulus, channel.day_start = 1, 0, 0
    channel.max_per_hour = 36_000_000
    channel.moves = []
    channel.longest = 82_800 if channel.longest == 82_800 else 400 * 86_400
    return channel


#: Mostly the sparse ones: what a change reaches lies on other days there.
found_channels = st.one_of(
    small_registers(), coarse_intervals(), small_registers(), coarse_intervals(),
    register_channels(), interval_channels(),
)  # fmt: skip


@given(
    st.lists(found_channels.map(fitted), min_size=3, max_size=8),
    st.randoms(use_true_random=False),
)
@settings(
    deadline=None,
    max_examples=examples(12),
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.function_scoped_fixture,
    ],
)
def test_t09_incremental_is_rebuild_is_oracle(
    bench: Bench, channels: list[Channel], chance: random.Random
) -> None:
    conn = bench.conn
    clear(conn)
    areas(conn)
    numbers = []
    for i, channel in enumerate(channels, start=1):
        home(conn, i)
        numbers.append(stored_channel(conn, i, channel))
    writers = [
        _in_pieces(conn, number, channel, chance)
        for number, channel in zip(numbers, channels, strict=True)
    ]
    while writers:
        writers = [writer for writer in writers if next(writer, None) is not None]
        bench.drain()
    incremental = tables(conn)
    rebuild(conn, bench.url)
    assert tables(conn) == incremental
    for number, channel in zip(numbers, channels, strict=True):
        assert _stored(conn, number) == _expected(channel)
    _, outcomes = reconcile(conn, every=1)
    assert [(o.name, o.shown) for o in outcomes if o.differences] == []


def _in_pieces(
    conn: Connection, number: int, channel: Channel, chance: random.Random
) -> Iterator[bool]:
    """Write the readings in random order and batches, some wrong first, some too many."""
    waiting = list(channel.readings)
    chance.shuffle(waiting)
    while waiting:
        size = chance.randint(1, min(len(waiting), 6))
        batch, waiting = waiting[:size], waiting[size:]
        if chance.random() < 0.3:
            wrong = [Reading(r.ts, r.value // 2, r.seconds, 2) for r in batch]
            put(conn, number, wrong, priority=chance.choice((0, 1, 2)))
            yield True
        put(conn, number, batch, priority=chance.choice((0, 1, 2)))
        yield True
        if chance.random() < 0.2:
            extra = Reading(batch[0].ts + 450, chance.randint(0, 50), batch[0].seconds)
            put(conn, number, [extra])
            yield True
            with conn.transaction():
                conn.execute(
                    "DELETE FROM reading WHERE channel_id = %s AND ts = to_timestamp(%s)",
                    [number, extra.ts],
                )
                mark(conn, number, extra.ts, extra.ts + max(extra.seconds, 0))
                later = [r for r in channel.readings if r.ts == extra.ts]
            put(conn, number, later)  # it took the place of one of ours
            yield True


Rows = dict[date, tuple[object, ...]]


def _stored(conn: Connection, number: int) -> Rows:
    return {
        row[0]: row[1:]
        for row in conn.execute(
            "SELECT day, covered, measured, coalesce(allocated, 0),"
            " coalesce(month_allocated, 0), readings, first_value, last_value, slots,"
            " coalesce(quality, '{}') FROM channel_day WHERE channel_id = %s",
            [number],
        )
    }


def _expected(channel: Channel) -> Rows:
    first, last = wanted(channel)
    return {
        day: (
            row.covered, row.measured, row.allocated, row.month_allocated, row.readings,
            row.first[1] if row.first else None, row.last[1] if row.last else None,
            [amount if covered else None for amount, _, covered in row.slots]
            if row.slots else None,
            row.quality,
        )
        for day, row in roll_up(channel, first, last).items()
    }  # fmt: skip
