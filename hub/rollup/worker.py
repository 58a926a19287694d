"""One worker: takes dirty ranges of its shares, recomputes, finishes them, in one transaction."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

import numpy as np
import psycopg

from hub.rollup.gather import day_ranges
from hub.rollup.steps import Report, recompute
from hub.rollup.work import DayRanges, Entries, coalesced
from hub.store import rollup_read
from hub.store import rollup_work as queue
from hub.store.connection import Connection
from hub.store.rollup_bulk import BulkReader
from hub.store.rollup_work import Taken

#: Changes of one channel nearer than this are recomputed as one range.
_NEAR = 3 * 86_400
#: More channel-days than this go the fast way for whole stretches.
WIDE = 400
#: Dwellings whose backlog is recomputed in one transaction.
DWELLINGS = 12

log = logging.getLogger("hub.rollup")

_Take = Callable[[list[int]], Taken]


class Worker:
    """Recomputes on one connection (autocommit on, idle between calls). Not for several threads."""

    def __init__(self, conn: Connection, bulk: BulkReader, shares: Sequence[int]) -> None:
        self._conn = conn
        self._bulk = bulk
        self._shares = shares
        self._zone = rollup_read.zone_of(conn)

    def live(self) -> int:
        """Recompute what live messages changed; number of ranges done."""
        return self._process(lambda mine: queue.take_live(self._conn, mine))

    def rest(self) -> int:
        """Recompute the backlog of a few dwellings; number of ranges done."""
        return self._process(lambda mine: queue.take_rest(self._conn, mine, DWELLINGS))

    def drain(self) -> int:
        """Recompute until nothing waits; number of ranges done."""
        total = 0
        while done := self.live() + self.rest():
            total += done
        return total

    def _process(self, take: _Take) -> int:
        conn = self._conn
        with queue.shares(conn, self._shares) as mine:
            if not mine:
                return 0
            taken: Taken | None = None
            try:
                with queue.snapshot(conn):
                    taken = take(mine)
                    if len(taken):
                        self._recompute(taken)
                return len(taken)
            except psycopg.OperationalError:
                raise  # the server, not the data: all is as it was
            except Exception as error:
                if taken is None:
                    raise
                log.exception("%d ranges failed; trying them dwelling by dwelling", len(taken))
                return self._one_by_one(mine, take, taken, error)

    def _one_by_one(self, mine: list[int], take: _Take, failed: Taken, error: Exception) -> int:
        """Find the dwelling that fails; count its failure and do the others."""
        dwellings = np.unique(failed.dwelling).tolist()
        if len(dwellings) == 1:
            self._remember(failed, error)
            return 0
        done = 0
        for dwelling in dwellings:
            taken = failed.of_dwellings([dwelling])
            try:
                with queue.snapshot(self._conn):
                    taken = take(mine).of_dwellings([dwelling])
                    if len(taken):
                        self._recompute(taken)
                done += len(taken)
            except psycopg.OperationalError:
                raise
            except Exception as one:
                log.exception("dwelling %d failed", dwelling)
                self._remember(taken, one)
        return done

    def _remember(self, taken: Taken, error: Exception) -> None:
        with queue.snapshot(self._conn):
            queue.remember_failure(self._conn, taken, f"{type(error).__name__}: {error}")

    def _recompute(self, taken: Taken) -> Report:
        conn = self._conn
        numbers, index = np.unique(taken.channel, return_inverse=True)
        stored = rollup_read.channels(conn, numbers.tolist())
        place = np.full(len(numbers), -1, dtype=np.int64)
        at = {int(number): i for i, number in enumerate(numbers)}
        for i, channel in enumerate(stored):
            place[at[channel.row.channel_id]] = i
        usable = place[index] >= 0  # ranges of power channels mean nothing
        entries = Entries(place[index][usable], taken.from_ts[usable], taken.to_ts[usable])
        report = Report()
        if len(entries):
            ranges = day_ranges(conn, stored, coalesced(entries, _NEAR), self._zone)
            if len(ranges):
                wide = int((ranges.last - ranges.first + 1).sum()) > WIDE
                ranges = one_range_each(ranges) if wide else ranges
                report = recompute(conn, stored, ranges, self._zone, self._bulk if wide else None)
        queue.finish(conn, taken)
        if report.households:
            queue.notify_rollup(conn, sorted(report.households))
        return report


def one_range_each(ranges: DayRanges) -> DayRanges:
    """One range for each channel that spans all of its ranges."""
    channel, at = np.unique(ranges.channel, return_inverse=True)
    first = np.full(len(channel), np.iinfo(np.int64).max, dtype=np.int64)
    last = np.full(len(channel), np.iinfo(np.int64).min, dtype=np.int64)
    np.minimum.at(first, at, ranges.first)
    np.maximum.at(last, at, ranges.last)
    return DayRanges(channel, first, last)
