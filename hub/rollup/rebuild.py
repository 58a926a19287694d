"""All derived tables from readings and registry, dwelling by dwelling."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np

from hub.clock import day_number
from hub.rollup.area_step import drain_areas
from hub.rollup.steps import recompute
from hub.rollup.work import DayRanges, StoredChannel
from hub.store import rollup_read, rollup_rebuild
from hub.store import rollup_work as queue
from hub.store.connection import Connection
from hub.store.rollup_areas import mark_all_areas
from hub.store.rollup_bulk import BulkReader

#: Channel-days of one transaction, about.
_CHANNEL_DAYS = 30_000

log = logging.getLogger("hub.rollup")


@dataclass(slots=True)
class Rebuilt:
    """What a rebuild did."""

    channels: int = 0
    channel_days: int = 0
    household_days: int = 0
    areas: int = 0
    households: int = 0


def rebuild(
    conn: Connection,
    bulk: BulkReader,
    first: date | None = None,
    last: date | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Rebuilt:
    """Recompute the days first..last (None = from the start, to the end) of every channel.

    Waits for all workers and keeps them out meanwhile. ``conn`` is in autocommit and idle. Readers
    see the old rows of a dwelling until its new ones are there. progress: dwellings done, all.
    """
    with queue.every_share(conn):
        zone = rollup_read.zone_of(conn)
        span = rollup_rebuild.span(conn)
        result = Rebuilt()
        if span is not None:
            low = span[0] if first is None else max(span[0], day_number(first))
            high = span[1] if last is None else min(span[1], day_number(last))
            complete = first is None and last is None
            if low <= high:
                _channels(conn, bulk, zone, low, high, result, progress, complete=complete)
            if complete:
                with queue.snapshot(conn):
                    rollup_rebuild.drop_orphans(conn)
        with queue.snapshot(conn):
            result.areas = mark_all_areas(conn, first, last)
        with queue.snapshot(conn):
            drain_areas(conn, bulk, zone)
            queue.notify_everyone(conn)
        return result


def _channels(
    conn: Connection,
    bulk: BulkReader,
    zone: str,
    low: int,
    high: int,
    result: Rebuilt,
    progress: Callable[[int, int], None] | None,
    *,
    complete: bool,
) -> None:
    by_dwelling = rollup_rebuild.channels_by_dwelling(conn)
    homes: set[int] = set()
    done = 0
    chunk: list[int] = []
    for dwelling, numbers in by_dwelling.items():
        chunk += numbers
        done += 1
        if len(chunk) * (high - low + 1) < _CHANNEL_DAYS and done < len(by_dwelling):
            continue
        with queue.snapshot(conn):
            taken = rollup_rebuild.dirty_of(conn, chunk) if complete else []
            stored = rollup_read.channels(conn, chunk)
            report = recompute(conn, stored, _span(stored, low, high), zone, bulk)
            rollup_rebuild.drop_dirty(conn, taken)
        result.channels += len(stored)
        result.channel_days += report.channel_days
        result.household_days += report.household_days
        homes |= report.households
        log.debug("dwelling %d done", dwelling)
        chunk = []
        if progress is not None:
            progress(done, len(by_dwelling))
    result.households = len(homes)


def _span(stored: list[StoredChannel], low: int, high: int) -> DayRanges:
    """All the days of all the channels; frozen days stay as they are."""
    first = np.array([max(low, channel.horizon) for channel in stored], dtype=np.int64)
    last = np.full(len(stored), high, dtype=np.int64)
    some = np.flatnonzero(first <= last)
    return DayRanges(some.astype(np.int64), first[some], last[some])
