"""The rollup service: live changes first, backlog behind, areas and publication beside."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

import psycopg
from apscheduler.schedulers.background import BackgroundScheduler

from hub.clock import days
from hub.disclosure.publish import publish_due
from hub.rollup.area_step import AreaWorker
from hub.rollup.nightly import prove
from hub.rollup.worker import Worker
from hub.store import rollup_areas, rollup_read
from hub.store import rollup_work as queue
from hub.store.connection import Connection, connect
from hub.store.rollup_bulk import BulkReader

#: Seconds between looks for changes: with the transaction itself well under the five seconds in
#: which a message must be in the totals.
_LIVE_EVERY = 0.5
_AREAS_EVERY = 5.0
#: Today's areas are summed no more often than this.
_TODAY_EVERY = 60.0
#: While a backlog is worked off, dwelling by dwelling, older days of areas wait for its end, but
#: no longer than this.
_BACKLOG_WAIT = 300.0
_PUBLISH_EVERY = 5.0
_PROVE_EVERY = 60.0
#: After an error that is the server's, not the data's.
_PAUSE = 5.0

log = logging.getLogger("hub.rollup")


class Job:
    """Something done again and again on a connection of its own, which is reopened when lost."""

    def __init__(self, name: str, url: str, stop: threading.Event) -> None:
        self.name = name
        self.url = url
        self.stop = stop
        self._conn: Connection | None = None
        self._quiet_until = 0.0
        self._at_work = False

    def connection(self) -> Connection:
        """An idle connection."""
        if self._conn is None or self._conn.closed:
            self._conn = connect(self.url, application=f"rollup-{self.name}")
            self._conn.autocommit = True
            self.opened(self._conn)
        return self._conn

    def opened(self, conn: Connection) -> None:
        """Called with each new connection."""

    def step(self, conn: Connection) -> None:
        """One round."""
        raise NotImplementedError

    def __call__(self) -> None:
        if self.stop.is_set() or time.monotonic() < self._quiet_until:
            return
        self._at_work = True
        try:
            self.step(self.connection())
        except psycopg.OperationalError as error:
            if self.stop.is_set():
                return
            log.warning("%s: %s; trying again in %d s", self.name, str(error).strip(), _PAUSE)
            self._pause()
        except Exception:
            log.exception("%s failed; trying again in %d s", self.name, _PAUSE)
            self._pause()
        finally:
            self._at_work = False

    def break_off(self) -> None:
        """Have the server give up what it does for this job, after ``stop`` is set."""
        while self._at_work and self._conn is not None:
            self._conn.cancel_safe(timeout=_PAUSE)
            time.sleep(_LIVE_EVERY)

    def _pause(self) -> None:
        self._quiet_until = time.monotonic() + _PAUSE
        self.close()

    def close(self) -> None:
        """Close the connection; the next round opens another."""
        if self._conn is not None:
            self._conn.close()
            self._conn = None


class Recompute(Job):
    """Dirty ranges of the shares: all live ones, then some of the backlog, and again."""

    def __init__(self, url: str, stop: threading.Event) -> None:
        super().__init__("ranges", url, stop)
        self._bulk = BulkReader(url)
        self._worker: Worker | None = None

    def opened(self, conn: Connection) -> None:
        """A worker for the new connection."""
        self._bulk.close()
        self._worker = Worker(conn, self._bulk, range(queue.SHARES))

    def step(self, _conn: Connection) -> None:
        """Until nothing waits, but for channels on which changes reach far."""
        assert self._worker is not None
        while not self.stop.is_set():
            began = time.monotonic()
            live = self._worker.live()
            rest = self._worker.rest()
            far = self._worker.far()
            if live or rest or far:
                log.debug(
                    "%d live, %d far and %d other ranges in %.2f s",
                    live, far, rest, time.monotonic() - began,
                )  # fmt: skip
            if not rest:
                return

    def close(self) -> None:
        """Close both connections."""
        self._bulk.close()
        super().close()


class Areas(Job):
    """Areas: older days soon, today's once a minute, none twice while a backlog is worked off."""

    def __init__(self, url: str, stop: threading.Event) -> None:
        super().__init__("areas", url, stop)
        self._bulk = BulkReader(url)
        self._worker: AreaWorker | None = None
        self._today_due = 0.0
        self._backlog_since: float | None = None

    def opened(self, conn: Connection) -> None:
        """A worker for the new connection."""
        self._bulk.close()
        self._worker = AreaWorker(conn, self._bulk)

    def step(self, conn: Connection) -> None:
        """One round, if no other process is the area worker."""
        with queue.area_worker(conn) as mine:
            if not mine:
                return
            assert self._worker is not None
            zone = rollup_read.zone_of(conn)
            now = time.monotonic()
            with queue.snapshot(conn):
                older, todays = self._due(conn, now)
                today = first_open_day(conn, zone, int(time.time()))
            done = self._worker.drain(lambda mark: todays if mark.first >= today else older)
            if todays:
                self._today_due = now + _TODAY_EVERY
            if done:
                log.debug("%d marks of areas in %.2f s", done, time.monotonic() - now)

    def _due(self, conn: Connection, now: float) -> tuple[bool, bool]:
        """Whether older days are due, and whether today is."""
        if not queue.has_backlog(conn):
            self._backlog_since = None
        elif self._backlog_since is None:
            self._backlog_since = now
        waited = self._backlog_since is None or now - self._backlog_since > _BACKLOG_WAIT
        if waited and self._backlog_since is not None:
            self._backlog_since = now
        return waited, now >= self._today_due

    def close(self) -> None:
        """Close both connections."""
        self._bulk.close()
        super().close()


class Publish(Job):
    """Public figures that have come due."""

    def opened(self, conn: Connection) -> None:
        """Publication runs its own transaction."""
        conn.autocommit = False

    def step(self, conn: Connection) -> None:
        """One look."""
        published = publish_due(conn, datetime.now(UTC))
        if published:
            log.info("published %d figures", published)


class Prove(Job):
    """Once a night: do all totals add up?"""

    def step(self, conn: Connection) -> None:
        """One look at the clock, and the proof where it is due."""
        prove(conn, datetime.now(UTC))


def first_open_day(conn: Connection, zone: str, now: int) -> int:
    """The earliest local day that is not over in some commodity."""
    starts = {start for _, start in rollup_areas.totals(conn).values()} or {0}
    return min(days(zone, start).day_at(now) for start in starts)


def run(url: str, stop: threading.Event, ready: Callable[[], None] | None = None) -> None:
    """Serve until ``stop`` is set. Raises OperationalError when no database answers at first."""
    proof = Prove("prove", url, stop)
    jobs: list[tuple[Job, float]] = [
        (Recompute(url, stop), _LIVE_EVERY),
        (Areas(url, stop), _AREAS_EVERY),
        (Publish("publish", url, stop), _PUBLISH_EVERY),
        (proof, _PROVE_EVERY),
    ]
    for job, _ in jobs:
        job.connection()
    # A long round makes the scheduler skip some and say so: that is what coalescing is for.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    scheduler = BackgroundScheduler(timezone=UTC)
    for job, seconds in jobs:
        scheduler.add_job(
            job, "interval", seconds=seconds, max_instances=1, coalesce=True,
            misfire_grace_time=None, next_run_time=datetime.now(UTC),
        )  # fmt: skip
    scheduler.start()
    if ready is not None:
        ready()
    stop.wait()
    proof.break_off()
    scheduler.shutdown(wait=True)
    for job, _ in jobs:
        job.close()
