"""One worker: takes dirty ranges of its shares, recomputes, finishes them, in one transaction."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import psycopg

from hub.rollup.gather import day_ranges
from hub.rollup.reach import EVERYTHING, NEAR, TooFarError
from hub.rollup.steps import Report, recompute
from hub.rollup.work import DayRanges, Entries, coalesced
from hub.store import rollup_read
from hub.store import rollup_work as queue
from hub.store.connection import Connection
from hub.store.rollup_bulk import BulkReader
from hub.store.rollup_work import NOTHING, Taken, joined

#: Changes of one channel nearer than this are recomputed as one range.
_NEAR = 3 * 86_400
#: More channel-days than this go the fast way for whole stretches.
WIDE = 400
#: Dwellings whose backlog is recomputed in one transaction.
DWELLINGS = 12
#: Pause after a far round, in times of what it took: these rounds get a twentieth of the time.
FAR_PAUSE = 19

log = logging.getLogger("hub.rollup")

_Take = Callable[[list[int]], Taken]


class _FailedError(Exception):
    """A round failed for a reason (``__cause__``) that lies in what it had taken."""

    def __init__(self, taken: Taken) -> None:
        super().__init__()
        self.taken = taken


class Worker:
    """Recomputes on one connection (autocommit on, idle between calls). Not for several threads.

    A channel on which a change has no firm reading near it, as of a meter that sends nothing but
    one wrong value, costs a look at its whole history. It is left out of the rounds of everybody
    and done by :meth:`far`, alone. Nothing of this is stored: a new worker finds out again.
    """

    def __init__(self, conn: Connection, bulk: BulkReader, shares: Sequence[int]) -> None:
        self._conn = conn
        self._bulk = bulk
        self._shares = shares
        self._zone = rollup_read.zone_of(conn)
        self._far: set[int] = set()
        self._far_due = 0.0

    def live(self) -> int:
        """Recompute what live messages changed; number of ranges done."""
        return len(self._process(lambda mine: queue.take_live(self._conn, mine, [*self._far])))

    def rest(self) -> int:
        """Recompute the backlog of a few dwellings; number of ranges done."""
        return len(
            self._process(lambda mine: queue.take_rest(self._conn, mine, DWELLINGS, [*self._far]))
        )

    def far(self, *, at_once: bool = False) -> int:
        """Recompute one channel on which changes reach far; number of ranges done.

        The one that waits longest, and none while a pause of :data:`FAR_PAUSE` times what the last
        one took is not over, so that live changes keep their time; at_once: without the pause.
        """
        began = time.monotonic()
        if not self._far or (began < self._far_due and not at_once):
            return 0
        channels = [*self._far]
        done = self._process(
            lambda mine: queue.take_longest_waiting(self._conn, mine, channels), EVERYTHING
        )
        self._far.difference_update(done.channel.tolist())
        ended = time.monotonic()
        self._far_due = ended + FAR_PAUSE * (ended - began)
        return len(done)

    def drain(self) -> int:
        """Recompute until nothing waits; number of ranges done."""
        total = 0
        while done := self.live() + self.rest() + self.far(at_once=True):
            total += done
        return total

    def _process(self, take: _Take, most: int = NEAR) -> Taken:
        """A round over the shares that are free; the ranges done.

        In as many parts as there are workers, so that what one does leaves the others something.
        """
        parts = queue.workers(self._conn)
        return joined([self._part(self._shares[n::parts], take, most) for n in range(parts)])

    def _part(self, shares: Sequence[int], take: _Take, most: int) -> Taken:
        with queue.shares(self._conn, shares) as mine:
            if not mine:
                return NOTHING
            try:
                return self._attempt(lambda: take(mine), most)
            except _FailedError as failed:
                log.exception("%d ranges failed", len(failed.taken))
                return self._one_by_one(lambda: take(mine), most, failed)

    def _attempt(self, take: Callable[[], Taken], most: int) -> Taken:
        """Take and recompute in one transaction; the ranges done.

        Begins again on a new snapshot without the channels on which changes turn out to reach far,
        and some times after a clash with another process, which is no range's fault. Raises
        OperationalError where the server failed, and _FailedError where the data did.
        """
        clashes = 0
        while True:
            taken: Taken | None = None
            try:
                with queue.snapshot(self._conn):
                    taken = take()
                    if len(taken):
                        self._recompute(taken, most)
            except TooFarError as found:
                log.info("%s; left to a round of their own", found)
                self._far.update(found.channels)
            except Exception as error:
                clashes += isinstance(error, queue.CLASHES)
                if isinstance(error, queue.CLASHES) and clashes < queue.PATIENCE:
                    continue
                if taken is None or isinstance(error, psycopg.OperationalError):
                    raise  # the server, not the data: all is as it was
                raise _FailedError(taken) from error
            else:
                return taken

    def _one_by_one(self, take: Callable[[], Taken], most: int, failed: _FailedError) -> Taken:
        """Find the dwelling that fails; count its failure and do the others."""
        dwellings = np.unique(failed.taken.dwelling).tolist()
        if len(dwellings) == 1:
            self._remember(failed)
            return NOTHING
        done = [NOTHING]
        for dwelling in dwellings:
            try:
                done.append(self._attempt(partial(_of_dwelling, take, dwelling), most))
            except _FailedError as one:
                log.exception("dwelling %d failed", dwelling)
                self._remember(one)
        return joined(done)

    def _remember(self, failed: _FailedError) -> None:
        error = failed.__cause__
        with queue.snapshot(self._conn):
            queue.remember_failure(self._conn, failed.taken, f"{type(error).__name__}: {error}")

    def _recompute(self, taken: Taken, most: int) -> Report:
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
            ranges = day_ranges(conn, stored, coalesced(entries, _NEAR), self._zone, most)
            if len(ranges):
                wide = int((ranges.last - ranges.first + 1).sum()) > WIDE
                ranges = one_range_each(ranges) if wide else ranges
                bulk = self._bulk if wide else None
                report = recompute(conn, stored, ranges, self._zone, bulk, most=most)
        queue.finish(conn, taken)
        if report.households:
            queue.notify_rollup(conn, sorted(report.households))
        return report


def _of_dwelling(take: Callable[[], Taken], dwelling: int) -> Taken:
    return take().of_dwellings([dwelling])


def one_range_each(ranges: DayRanges) -> DayRanges:
    """One range for each channel that spans all of its ranges."""
    channel, at = np.unique(ranges.channel, return_inverse=True)
    first = np.full(len(channel), np.iinfo(np.int64).max, dtype=np.int64)
    last = np.full(len(channel), np.iinfo(np.int64).min, dtype=np.int64)
    np.minimum.at(first, at, ranges.first)
    np.maximum.at(last, at, ranges.last)
    return DayRanges(channel, first, last)
