"""``hub ingest``: from the broker to the store, a batch a transaction, acknowledged after commit.

While the database is away messages go to a spool on disk, and are acknowledged when they are safe
there. When it is back the spool is stored first, in order, and then what came meanwhile.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg

from hub.store.channels import Directory
from hub.store.connection import Connection, connect, zone_of
from hub.store.latest import notify_latest
from hub.store.service_state import read_state, store_state
from hub.store.upkeep import tidy
from ingest.config import Settings
from ingest.memory import Memory
from ingest.messages import Intake
from ingest.mqtt import BATCH, Arrival, Broker, Receiver
from ingest.reading import Reader
from ingest.spool import Spool
from ingest.storing import Message

log = logging.getLogger("hub.ingest")

#: Seconds in which a batch gathers.
GATHER = 0.1
_NOTIFY_EVERY = 0.1
_RETRY = 1.0  # seconds between attempts to reach the database
_STATE_EVERY = 10.0
_TIDY_EVERY = 3600.0
_COMPANIONS_EVERY = 60.0
_DROPPED_EVERY = 3600.0


@dataclass(frozen=True)
class Places:
    """Where the service finds what it needs.

    ``spool``: a folder that survives restarts, of this worker alone. ``mqtt_ca``: see Broker.
    """

    database_url: str
    mqtt_url: str
    spool: Path
    mqtt_ca: Path | None = None


class Service:
    """One ingest worker. ``run`` returns when ``stop`` is set."""

    def __init__(self, places: Places, settings: Settings) -> None:
        places.spool.mkdir(parents=True, exist_ok=True)
        self._places = places
        self._settings = settings
        self._spool = Spool(places.spool)
        self._memory = Memory(places.spool, settings.routing)
        self._known = places.spool / "subscriptions.json"
        self._receiver = Receiver(
            Broker.of(places.mqtt_url, places.mqtt_ca),
            settings.client_id,
            settings.routing.subscriptions,
            by_itself=settings.routing.retained() if settings.share else (),
            former=_former(self._known),
            share=settings.share,
        )
        self._followed = -1
        self._reader: Reader | None = None
        self._conn: Connection | None = None
        self._directory = Directory()
        self._intake: Intake | None = None
        self._next_attempt = 0.0
        self._gathered = 0.0
        self._moved: set[int] = set()
        self._rows: Counter[str] = Counter()
        self._messages = 0
        self._dropped: object = 0
        self._overflow: dict[str, int] = {}
        self._due: dict[str, float] = {}

    def run(self, stop: threading.Event) -> None:
        """Receive and store until ``stop``; what is under way is finished and acknowledged."""
        self._follow()
        self._receiver.start()
        try:
            while not stop.is_set():
                self._drain_spool(stop)
                arrivals = self._gather()
                if arrivals:
                    self._take(arrivals, stop)
                self._periodic()
        finally:
            self._receiver.stop()
            self._disconnect()
            self._memory.save_companions()
            self._memory.save_descriptions(last=True)

    def _gather(self) -> list[Arrival]:
        """A batch, or what came within a tenth of a second since the last one was taken.

        Counted from there, for while that one was stored the next one gathered already.
        """
        within = self._gathered + GATHER - time.monotonic()
        arrivals = self._receiver.arrivals.take(BATCH, max(within, 0))
        self._gathered = time.monotonic()
        return arrivals

    def _take(self, arrivals: list[Arrival], stop: threading.Event) -> None:
        """Store a batch, in the database or on disk, then acknowledge it."""
        messages = [arrival.message for arrival in arrivals]
        while not self._store(messages) and not self._keep(messages):
            if stop.wait(_RETRY):
                return  # not acknowledged: the broker sends them again
        self._receiver.acknowledge(arrivals)
        self._messages += len(arrivals)

    def _keep(self, messages: Sequence[Message]) -> bool:
        """Put messages behind those on disk; False when the disk does not take them."""
        try:
            self._spool.append(messages)
        except OSError as error:
            log.warning("neither the database nor the disk takes messages: %s", error)
            return False
        return True

    def _store(self, messages: Sequence[Message]) -> bool:
        """Store and commit; False when others wait before them, or the database is away."""
        return not self._spool and self._commit(messages)

    def _commit(self, messages: Sequence[Message]) -> bool:
        for _ in range(3):
            conn = self._connected()
            if conn is None or self._intake is None:
                return False
            try:
                stored = self._intake.store(conn, self._directory, messages)
            except (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure):
                conn.rollback()
                continue
            except psycopg.Error as error:
                log.warning("the database does not store: %s", error)
                self._disconnect()
                return False
            self._moved |= stored.moved
            self._rows += stored.rows()
            self._follow()
            return True
        return False

    def _drain_spool(self, stop: threading.Event) -> None:
        """Store what waits on disk, oldest first, as long as the database takes it."""
        while not stop.is_set() and self._connected() is not None:
            found = self._spool.oldest()
            if found is None:
                return
            segment, parts = found
            for part in parts:
                if stop.is_set() or not self._commit(part):
                    return  # stored once more next time: that changes nothing
                self._periodic()
            self._spool.remove(segment)
            log.info("stored the messages of %s", segment.name)

    def _connected(self) -> Connection | None:
        if self._conn is not None and not self._conn.closed:
            return self._conn
        if time.monotonic() < self._next_attempt:
            return None
        self._next_attempt = time.monotonic() + _RETRY
        try:
            conn = connect(self._places.database_url, application="ingest")
            self._directory.forget()
            self._directory.listen(conn)
            former = read_state(conn, "ingest")
            conn.commit()
        except psycopg.Error as error:
            log.warning("no database: %s", str(error).strip())
            return None
        if self._reader is None:
            self._overflow = former[0].get("overflow", {}) if former else {}
            memory = self._memory
            self._reader = Reader(
                self._settings.routing, zone_of(conn), memory.companions, memory.descriptions
            )
            self._intake = Intake(self._reader)
        self._conn = conn
        return conn

    def _disconnect(self) -> None:
        if self._conn is not None:
            self._conn.close()
            self._conn = None

    def _follow(self) -> None:
        """Subscribe to the topics that devices describe and no filter reads.

        Before the descriptions are acknowledged.
        """
        changes = self._memory.descriptions.changes
        if changes == self._followed:
            return
        self._followed = changes
        self._memory.save_descriptions()
        self._receiver.hear(self._memory.descriptions.unread)
        try:
            self._known.write_text(json.dumps(self._receiver.subscriptions))
        except OSError as error:
            log.warning("%s cannot be written: %s", self._known, error)

    def _periodic(self) -> None:
        """What is done between batches, outside their transactions."""
        if self._is_due("companions", _COMPANIONS_EVERY):
            self._memory.save_companions()
        self._memory.save_descriptions()
        dropped = self._memory.dropped()
        if dropped["count"] != self._dropped and self._is_due("dropped", _DROPPED_EVERY):
            self._dropped = dropped["count"]
            log.warning(
                "%s descriptions or latest payloads found no room since the start, the last of"
                " %s: messages that need them are not read, or not with their time",
                dropped["count"], dropped["of"],
            )  # fmt: skip
        conn = self._conn
        if conn is None or conn.closed:
            return
        try:
            if self._moved and self._is_due("notify", _NOTIFY_EVERY):
                notify_latest(conn, self._moved)
                self._moved.clear()
            if self._is_due("state", _STATE_EVERY):
                store_state(conn, "ingest", self._state())
            if self._is_due("tidy", _TIDY_EVERY):
                tidy(conn)
        except psycopg.Error as error:
            log.warning("the database went away: %s", error)
            self._disconnect()

    def _is_due(self, what: str, every: float) -> bool:
        now = time.monotonic()
        if now < self._due.get(what, 0.0):
            return False
        self._due[what] = now + every
        return True

    def _state(self) -> dict[str, object]:
        self._overflow = grown(self._overflow, self._receiver.dropped, int(time.time()))
        return {
            "broker": self._receiver.connected,
            "messages": self._messages,
            "rows": dict(self._rows),
            "waiting": len(self._receiver.arrivals),
            "spool_bytes": self._spool.size(),
            "dropped": self._memory.dropped(),
            "overflow": self._overflow,
            "notes": self._reader.notes.told(int(time.time())) if self._reader else [],
        }


def grown(known: dict[str, int], dropped: int | None, now: int) -> dict[str, int]:
    """How many messages the broker dropped since its start, and when that was last seen to grow.

    Kept over restarts of ours: while we are away the broker's queue is longest. A smaller number is
    that of a broker that was started again.
    """
    if dropped is None or dropped == known.get("count"):
        return known
    return {"count": dropped, "at": now if dropped else known.get("at", 0)}


def _former(path: Path) -> list[str]:
    try:
        told = json.loads(path.read_text())
    except (OSError, ValueError):
        return []
    return [f for f in told if isinstance(f, str)] if isinstance(told, list) else []
