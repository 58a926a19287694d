"""Where what was fetched is stored: on the way of any message, by one thread with one connection.

While the database is away, answers of devices wait on disk as messages do; portals are asked again
when it is back, for they keep what they told.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import NamedTuple

import psycopg

from hub.clock import days
from hub.intake.report import LoadReport
from hub.model import Context, Reject
from hub.store import collecting
from hub.store.channels import ALWAYS, Directory
from hub.store.collecting import Permission, SourceState
from hub.store.connection import Connection, connect, zone_of
from hub.store.latest import notify_latest
from hub.store.placing import Rules
from hub.store.readings import CORRECTION, Origin
from ingest.collect.errors import AwayError, StoppedError
from ingest.collect.portals import PARTS
from ingest.collect.ranges import Known
from ingest.collect.sources import Source
from ingest.companions import Companions
from ingest.config import Route
from ingest.messages import store_all
from ingest.spool import Spool
from ingest.storing import Message, Read, decode
from ingest.telling import tell_rows

log = logging.getLogger("hub.collect")

_RETRY = 1.0  # seconds between attempts to reach the database
#: Why nothing may be asked of a usage point, and what to do: English, French.
_REFUSALS: Mapping[collecting.Refusal, tuple[str, str]] = {
    "unknown": (
        "{ref} ({commodity}) is not in the registry: import it, table usage_point",
        "{ref} ({commodity}) n'est pas dans le registre : importez-le, table usage_point",
    ),
    "nobody": (
        "nobody lives at {ref}: nothing is asked. {end}",
        "personne n'habite à {ref} : rien n'est demandé. {end}",
    ),
    "no_consent": (
        "the household of {ref} has no consent 'collect' in force: nothing is asked. {end}",
        "le foyer de {ref} est sans consentement « collect » en cours : rien n'est demandé. {end}",
    ),
}
_END = (
    "If that is final, take the source out of hub.toml and delete its token",
    "Si c'est définitif, retirez la source de hub.toml et supprimez son jeton",
)


class Fetched(NamedTuple):
    """An answer of a source. path: what was asked; days: which local days, for people."""

    path: str
    payload: bytes
    received_at: int
    days: str = ""


class Sink:
    """Stores what sources answered. For one thread.

    spool: a folder that survives restarts, for this service alone; None: nothing waits.
    """

    def __init__(self, database_url: str, sources: Sequence[Source], spool: Path | None) -> None:
        self._url = database_url
        self._sources = {source.name: source for source in sources}
        self._spool = Spool(spool) if spool is not None else None
        self._companions = Companions()
        self._directory = Directory()
        self._conn: Connection | None = None
        self._next_attempt = 0.0

    def close(self) -> None:
        """Close the connection."""
        if self._conn is not None:
            self._conn.close()
            self._conn = None

    def store_heard(self, source: Source, heard: Sequence[Fetched]) -> list[LoadReport]:
        """Store what a device answered, behind what waits on disk; [] if it went there itself.

        Raises AwayError where neither the database nor the disk takes it.
        """
        messages = [_message(source, each) for each in heard]
        try:
            with self._transaction() as conn:
                self._drain(conn)
                return self._store(conn, [self._read(conn, each) for each in messages])
        except AwayError as away:
            if self._spool is None:
                raise
            try:
                self._spool.append(messages)
            except OSError as error:
                log.warning("neither the database nor the disk takes answers: %s", error)
                raise away from error
            return []

    def store_days(
        self, source: Source, part: str, fetched: Fetched, until: date | None
    ) -> LoadReport:
        """Store what a portal answered; if it can be read, note that it was asked up to ``until``.

        Raises StoppedError where the household does not agree any more, AwayError.
        """
        message = _message(source, fetched)
        with self._transaction() as conn:
            rules = _rules(conn, source)
            # the topic tells Data Connect's consumption from production
            context = Context(message.stamp, zone_of(conn), topic=part, device=source.ref)
            read = decode(source.kind, message, context)

            def also(conn: Connection) -> None:
                if until is not None and read.decoded is not None:
                    collecting.note_asked(conn, source.kind, source.ref, part, until)

            (report,) = self._store(conn, [read], Origin(CORRECTION, rules), also)
        if fetched.days:
            report.file += f" {fetched.days}"
        return report

    def note_asked(self, source: Source, part: str, until: date) -> None:
        """Note that the portal has nothing before ``until``. Raises AwayError."""
        with self._transaction() as conn:
            collecting.note_asked(conn, source.kind, source.ref, part, until)
            conn.commit()

    def permission(self, source: Source) -> Permission | None:
        """What of a household's usage point may be asked; None where it is a device's.

        Raises StoppedError, AwayError.
        """
        with self._transaction() as conn:
            return _permission(conn, source) if source.of.household else None

    def known(self, source: Source, name: str, permission: Permission | None) -> Known:
        """How far a part of the source was asked. Raises AwayError."""
        part = PARTS[name]
        with self._transaction() as conn:
            asked = collecting.asked_until(conn, source.kind, source.ref).get(name)
            if permission is None:
                return Known(asked)
            point = permission.usage_point_id
            last = collecting.last_day(conn, point, source.kind, part.flow, part.classes)
            return Known(asked, last)

    def today(self) -> date:
        """The local day that it is. Raises AwayError."""
        with self._transaction() as conn:
            return collecting.today(conn)

    def states(self) -> dict[str, SourceState]:
        """How the sources are, by name. Raises AwayError."""
        with self._transaction() as conn:
            return {state.name: state for state in collecting.sources(conn)}

    def keep(self, state: SourceState) -> None:
        """Write down how a source is; nothing happens while the database is away."""
        with suppress(AwayError), self._transaction() as conn:
            collecting.keep_source(conn, state)

    def forget_others(self) -> None:
        """Forget the sources that are not in hub.toml any more. Raises AwayError."""
        with self._transaction() as conn:
            collecting.forget_sources(conn, self._sources.keys())

    def _drain(self, conn: Connection) -> None:
        """Store what waits on disk, oldest first."""
        while self._spool is not None and (found := self._spool.oldest()) is not None:
            segment, parts = found
            for part in parts:
                self._store(conn, [self._read(conn, m._replace(transport="collect")) for m in part])
            self._spool.remove(segment)
            log.info("stored the answers of %s", segment.name)

    def _read(self, conn: Connection, message: Message) -> Read:
        """Decode what a device answered, with what its other addresses told last."""
        name, _, path = message.origin.partition("/")
        source = self._sources.get(name)
        if source is None:  # it was taken out of hub.toml while its answer waited
            return Read(message, None, None, Reject(1, "no_connector"))
        route = Route(source.kind, name, keeps=True)
        context = Context(
            message.stamp,
            zone_of(conn),
            device=source.ref,
            companions=self._companions.of(name),
        )
        read = decode(source.kind, message, context)
        self._companions.keep(route, path, message.payload)
        return read

    def _store(
        self,
        conn: Connection,
        reads: Sequence[Read],
        origin: Origin | None = None,
        also: Callable[[Connection], None] | None = None,
    ) -> list[LoadReport]:
        """Store and commit, and tell who shows the latest values."""
        stored = store_all(
            conn, self._directory, reads, zone=zone_of(conn), origin=origin, also=also
        )
        if stored.moved:
            notify_latest(conn, stored.moved)
        reports = []
        for read, fate in zip(reads, stored.fates, strict=True):
            report = LoadReport(read.message.origin, connector=read.connector)
            tell_rows(report, read, fate)
            reports.append(report)
        return reports

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        """A connection; what is not committed in the block is rolled back. Raises AwayError."""
        conn = self._connected()
        try:
            yield conn
            conn.rollback()
        except psycopg.Error as error:
            log.warning("the database does not do it: %s", str(error).strip())
            self.close()
            raise AwayError(" ".join(str(error).split())) from error
        except Exception:
            conn.rollback()
            raise

    def _connected(self) -> Connection:
        if self._conn is not None and not self._conn.closed:
            return self._conn
        if time.monotonic() < self._next_attempt:
            raise AwayError
        self._next_attempt = time.monotonic() + _RETRY
        try:
            conn = connect(self._url, application="collect")
            self._directory.forget()
            self._directory.listen(conn)
        except psycopg.Error as error:
            log.warning("no database: %s", str(error).strip())
            raise AwayError(" ".join(str(error).split())) from error
        self._conn = conn
        return conn


def _message(source: Source, fetched: Fetched) -> Message:
    at = fetched.received_at
    origin = f"{source.name}/{fetched.path.removeprefix('/')}"
    return Message(origin, fetched.payload, at, at, transport="collect")


def _permission(conn: Connection, source: Source) -> Permission:
    found = collecting.permission(conn, source.usage_point, source.of.commodity)
    if isinstance(found, Permission):
        return found
    told = {"ref": source.usage_point, "commodity": source.of.commodity}
    english, french = (
        text.format(**told, end=end) for text, end in zip(_REFUSALS[found], _END, strict=True)
    )
    raise StoppedError(english, french)


def _rules(conn: Connection, source: Source) -> Rules:
    """A household's portal writes for its usage point, from the first day that is its own; any
    other source for whatever device the registry knows, as one that sends messages."""
    if not source.of.household:
        return Rules()
    found = _permission(conn, source)
    begin = ALWAYS if found.first is None else days(zone_of(conn)).start_of(found.first)
    return Rules(
        by_usage_point=True,
        usage_points=frozenset({found.usage_point_id}),
        not_before={found.usage_point_id: begin},
    )
