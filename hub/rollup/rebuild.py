"""All derived tables from readings and registry, dwelling by dwelling."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from functools import partial

import numpy as np

from hub.clock import day_number, days
from hub.model import LONGEST
from hub.rollup.area_step import drain_areas
from hub.rollup.steps import Report, recompute
from hub.rollup.work import DayRanges, StoredChannel
from hub.store import rollup_read, rollup_rebuild
from hub.store import rollup_work as queue
from hub.store.connection import Connection, connect, zone_of
from hub.store.rollup_areas import mark_all_areas
from hub.store.rollup_bulk import BulkReader

#: Channel-days of one transaction, about.
_CHANNEL_DAYS = 20_000
#: Connections at work: while one waits for the database the other computes.
_CONNECTIONS = 2


@dataclass(slots=True)
class Rebuilt:
    """What a rebuild did."""

    channels: int = 0
    channel_days: int = 0
    household_days: int = 0
    areas: int = 0
    households: int = 0
    tried_again: int = 0


def rebuild(
    conn: Connection, url: str, first: date | None = None, last: date | None = None
) -> Rebuilt:
    """Recompute the days first..last (None = from the start, to the end) of every channel.

    Waits for all workers and keeps them out meanwhile. ``conn`` is in autocommit and idle. Readers
    see the old rows of a dwelling until its new ones are there. url: of the same database, for
    the connections that do the work.

    Ranges that had been set aside are done with where everything is rebuilt; those of single days
    go back to the workers, for what they change may reach further than the days asked for.
    """
    with queue.every_share(conn), ExitStack() as stack:
        bulks = [stack.enter_context(BulkReader(url)) for _ in range(_CONNECTIONS)]
        zone = zone_of(conn)
        span = rollup_rebuild.span(conn)
        result = Rebuilt()
        if span is not None:
            low = span[0] if first is None else max(span[0], day_number(first))
            high = span[1] if last is None else min(span[1], day_number(last))
            complete = first is None and last is None
            if low <= high:
                _all_channels(conn, url, bulks, zone, low, high, result, complete=complete)
            if complete:
                with queue.snapshot(conn):
                    rollup_rebuild.drop_orphans(conn)
        with queue.snapshot(conn):
            result.tried_again = rollup_rebuild.try_again(conn, first, last)
            result.areas = mark_all_areas(conn, first, last)
        with queue.snapshot(conn):  # with a reader that has its connection: making one takes long
            drain_areas(conn, bulks[0], zone)
            queue.notify_everyone(conn)
        return result


def _all_channels(
    conn: Connection, url: str, bulks: list[BulkReader], zone: str, low: int, high: int,
    result: Rebuilt, *, complete: bool,
) -> None:  # fmt: skip
    """Every dwelling's channels, some dwellings a transaction, on several connections."""
    parts = apart(
        rollup_rebuild.channels_by_dwelling(conn), rollup_rebuild.residents(conn), len(bulks)
    )
    shared = [_chunks(part, high - low + 1) for part in parts]
    homes: set[int] = set()

    def work(numbers: list[list[int]], bulk: BulkReader) -> list[Report]:
        with connect(url, application="rebuild") as mine:
            mine.autocommit = True
            return [
                queue.past_clashes(
                    partial(_chunk, mine, bulk, zone, part, low, high, complete=complete)
                )
                for part in numbers
            ]

    with ThreadPoolExecutor(max_workers=len(bulks)) as pool:
        for reports in pool.map(work, shared, bulks):
            for report in reports:
                result.channel_days += report.channel_days
                result.household_days += report.household_days
                homes |= report.households
    result.channels = sum(len(chunk) for chunks in shared for chunk in chunks)
    result.households = len(homes)


def apart(
    by_dwelling: dict[int, list[int]], residents: Iterable[tuple[int, int]], parts: int
) -> list[dict[int, list[int]]]:
    """Dwellings with their channels in up to so many parts of about the same size.

    residents: (dwelling, household). Dwellings of one household stay in one part: whoever
    recomputes one of them writes the household's rows.
    """
    group = {dwelling: dwelling for dwelling in by_dwelling}

    def head(dwelling: int) -> int:
        while group[dwelling] != dwelling:
            group[dwelling] = group[group[dwelling]]
            dwelling = group[dwelling]
        return dwelling

    known: dict[int, int] = {}
    for dwelling, household in residents:
        group[head(dwelling)] = head(known.setdefault(household, dwelling))
    together: dict[int, list[int]] = {}
    for dwelling in by_dwelling:
        together.setdefault(head(dwelling), []).append(dwelling)
    found: list[dict[int, list[int]]] = [{} for _ in range(parts)]
    sizes = [0] * parts
    for members in together.values():
        least = sizes.index(min(sizes))
        for dwelling in members:
            found[least][dwelling] = by_dwelling[dwelling]
            sizes[least] += len(by_dwelling[dwelling])
    return [part for part in found if part]


def _chunks(by_dwelling: dict[int, list[int]], span: int) -> list[list[int]]:
    chunks: list[list[int]] = []
    room = 0
    for numbers in by_dwelling.values():
        if room < len(numbers) * span:
            chunks.append([])
            room = _CHANNEL_DAYS
        chunks[-1] += numbers
        room -= len(numbers) * span
    return chunks


def _chunk(
    conn: Connection,
    bulk: BulkReader,
    zone: str,
    numbers: list[int],
    low: int,
    high: int,
    *,
    complete: bool,
) -> Report:
    with queue.snapshot(conn):
        dirty = rollup_rebuild.dirty_of(conn, numbers) if complete else []
        # What was stored since the rebuild began may lie outside the days known then.
        low, high = (rollup_rebuild.span(conn) if complete else None) or (low, high)
        stored = rollup_read.channels(conn, numbers)
        ranges = _ranges(conn, stored, zone, low, high)
        # Frozen days are stored and stay: their months are not made of what is at hand alone.
        alone = complete and all(channel.horizon <= low for channel in stored)
        cleared = _open_days(stored, low, high)
        report = recompute(conn, stored, ranges, zone, bulk, cleared, alone=alone)
        rollup_rebuild.drop_dirty(conn, dirty)
        return report


def _open_days(stored: list[StoredChannel], low: int, high: int) -> DayRanges:
    """The days low..high of each channel; frozen days stay as they are."""
    first = np.array([max(low, channel.horizon) for channel in stored], dtype=np.int64)
    some = np.flatnonzero(first <= high)
    return DayRanges(some.astype(np.int64), first[some], np.full(len(some), high, dtype=np.int64))


def _ranges(
    conn: Connection, stored: list[StoredChannel], zone: str, low: int, high: int
) -> DayRanges:
    """Those of the open days on which a channel may have a row."""
    extents = rollup_rebuild.extents(conn, [channel.row.channel_id for channel in stored])
    rows = []
    for i, channel in enumerate(stored):
        if channel.row.channel_id in extents:
            begin, end = extents[channel.row.channel_id]
            calendar = days(zone, channel.day_start)
            end += LONGEST.get(channel.row.period_class, 0)
            first = max(low, channel.horizon, calendar.day_at(begin))
            rows.append((i, first, min(high, calendar.day_at(end))))
    table = np.array([row for row in rows if row[1] <= row[2]], dtype=np.int64).reshape(-1, 3)
    return DayRanges(table[:, 0], table[:, 1], table[:, 2])
