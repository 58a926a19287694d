"""Files into the store, each read once: decoded in processes of their own, written in large groups.

An archive is the files in it, each with a load and a report of its own.
Files that share no series are written together, in one transaction, because a large COPY is what
the store does fastest; each file still has its own load, which can be taken back alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import psycopg

import connectors
from hub.intake.batch import SourceKey
from hub.intake.counted import countings
from hub.intake.report import LoadReport
from hub.intake.summary import CHANNELS
from hub.model import Context, Decoded, Note, Reject
from hub.store.channels import Directory
from hub.store.connection import Connection, connect, zone_of
from hub.store.feeds import feed_rows
from hub.store.latest import notify_latest
from hub.store.loads import LoadOutcome, NewLoad, add_loads, finish_loads
from hub.store.placing import Rules
from hub.store.readings import BACKFILL, ChannelCounts, Origin
from hub.store.rejects import KEPT_PER_LOAD, Rejected, note_unknown, store_rejected
from hub.store.rollup_work import past_clashes
from ingest.decoder import Decoders, Limits, Result, Task
from ingest.storing import Message, Read, is_messages_fault, store_reads
from ingest.telling import tell_rows

#: A group is written when it has so many readings or files.
_GROUP_READINGS = 500_000
_GROUP_FILES = 500


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to load. connector None: recognise it. usage_point: where the file tells none.

    ``name``: for people, where it is not the path's; ``place``: which file of an archive.
    """

    path: Path
    connector: str | None = None
    usage_point: str | None = None
    name: str | None = None
    place: tuple[int, ...] = ()

    @property
    def told_as(self) -> str:
        """Its name for people."""
        return self.name or self.path.name

    def task(self, zone: str) -> Task:
        """What a decoder is asked, now."""
        context = Context(
            received_at=int(time.time()),
            zone=zone,
            file_name=self.told_as,
            device=self.usage_point or "",
        )
        return Task(self.path, context, self.connector, self.place)

    def inside(self, result: Result) -> list[tuple[SourceFile, Result | None]]:
        """The files of an archive; with the result of those that cannot be read, else None."""
        return [
            (
                replace(self, name=f"{self.told_as}/{member.name}", place=member.place),
                Result(problem=member.problem) if member.problem else None,
            )
            for member in result.members
        ]


@dataclass(frozen=True, slots=True)
class Options:
    """How files are loaded. actor: whose load it is. priority: of what it makes dirty. rules: what
    the actor may write."""

    actor: str = "operator"
    dry_run: bool = False
    priority: int = BACKFILL
    rules: Rules = field(default_factory=Rules)
    workers: int = 1
    limits: Limits = field(default_factory=Limits)


@dataclass(slots=True)
class _Group:
    """Decoded files that can be written together."""

    reads: list[Read] = field(default_factory=list)
    reports: list[LoadReport] = field(default_factory=list)
    files: list[SourceFile] = field(default_factory=list)
    keys: set[SourceKey | str] = field(default_factory=set)
    readings: int = 0

    def takes(self, keys: set[SourceKey | str]) -> bool:
        """Whether a file with these series can join."""
        full = self.readings >= _GROUP_READINGS or len(self.reads) >= _GROUP_FILES
        return not full and self.keys.isdisjoint(keys)

    def one(self, i: int) -> _Group:
        """File ``i`` alone."""
        return _Group([self.reads[i]], [self.reports[i]], [self.files[i]])


def load_files(
    files: Iterable[SourceFile], database_url: str, options: Options | None = None
) -> Iterator[LoadReport]:
    """Load files; yields a report for each, in order; for an archive one for each file in it.

    Nothing is raised for what files hold.
    """
    options = options or Options()
    with (
        connect(database_url, application="load") as conn,
        Decoders(options.workers, options.limits) as decoders,
    ):
        yield from Loader(conn, decoders, options).load(files)


@contextmanager
def load_one_by_one(
    database_url: str, *, actor: str, limits: Limits | None = None
) -> Iterator[Callable[[SourceFile], list[LoadReport]]]:
    """A function that loads a file and tells what became of it, or of each file of an archive.

    Its process and connection last.

    It connects again where the database was away, and raises psycopg.OperationalError while it is.
    """
    options = Options(actor=actor, limits=limits or Limits())
    conn: Connection | None = None
    with Decoders(1, options.limits) as decoders:

        def load(file: SourceFile) -> list[LoadReport]:
            nonlocal conn
            if conn is None or conn.closed:
                conn = connect(database_url, application="load")
            try:
                return list(Loader(conn, decoders, options).load([file]))
            except psycopg.Error:
                conn.close()
                raise

        try:
            yield load
        finally:
            if conn is not None:
                conn.close()


class Loader:
    """Loads files on one connection; for services that keep their processes."""

    def __init__(self, conn: Connection, decoders: Decoders, options: Options) -> None:
        self._zone = zone_of(conn)
        self._conn = conn
        self._decoders = decoders
        self._options = options
        self._directory = Directory()
        names = connectors.names()
        portals = frozenset(n for n in names if connectors.load(n).DEVICE == "usage_point")
        rules = replace(options.rules, by_usage_point=True, portals=portals)
        self._origin = Origin(options.priority, rules)

    def load(self, files: Iterable[SourceFile]) -> Iterator[LoadReport]:
        """Load files; yields a report for each, in order; for an archive one for each in it."""
        return self.store(self._decoded(files))

    def store(self, decoded: Iterable[tuple[SourceFile, Result]]) -> Iterator[LoadReport]:
        """Store files that are decoded already; yields a report for each, in order."""
        group = _Group()
        for file, result in decoded:
            report = LoadReport(
                file.told_as,
                self._zone,
                connector=result.connector,
                digest=result.digest,
                summary=result.summary,
            )
            if result.decoded is None or _is_empty(result.decoded):
                report.problem = result.problem or Reject(0, "no_rows", value=file.told_as)
                yield from self._write(group)
                yield report
                group = _Group()
                continue
            read = self._read(file, result)
            keys: set[SourceKey | str] = {
                SourceKey(read.connector or "", s.key) for s in result.decoded.series
            }
            keys |= {point.series for point in result.decoded.context}
            if not group.takes(keys):
                yield from self._write(group)
                group = _Group()
            group.reads.append(read)
            group.reports.append(report)
            group.files.append(file)
            group.keys |= keys
            group.readings += sum(len(s.ts) for s in result.decoded.series)
        yield from self._write(group)

    def _decoded(self, files: Iterable[SourceFile]) -> Iterator[tuple[SourceFile, Result]]:
        """Files with what the decoders made of them; instead of an archive the files in it."""
        for file, result in self._each(files):
            if not result.members:
                yield file, result
                continue
            inside = file.inside(result)
            decoded = self._each(member for member, problem in inside if problem is None)
            for member, problem in inside:
                yield (member, problem) if problem else next(decoded)

    def _each(self, files: Iterable[SourceFile]) -> Iterator[tuple[SourceFile, Result]]:
        named: list[SourceFile] = []

        def tasks() -> Iterator[Task]:
            for file in files:
                named.append(file)
                yield file.task(self._zone)

        for i, (_, result) in enumerate(self._decoders.decode_all(tasks())):
            yield named[i], result

    def _read(self, file: SourceFile, result: Result) -> Read:
        now = int(time.time())
        message = Message(file.told_as, b"", now, now, transport="file")
        return Read(message, result.connector, result.decoded)

    def _write(self, group: _Group) -> list[LoadReport]:
        """Write a group and commit; one by one where two of its files tell the same moment."""
        if not group.reads:
            return []
        try:
            past_clashes(lambda: self._attempt(group))
        except Exception as error:
            if not is_messages_fault(error):
                raise
            if len(group.reads) == 1:
                told = {"error": str(error).split("\n", 1)[0]}
                group.reports[0].problem = Reject(0, "not_stored", detail=told)
            else:
                for i in range(len(group.reads)):
                    self._write(group.one(i))
        return group.reports

    def _attempt(self, group: _Group) -> None:
        try:
            self._store(group)
        except Exception:
            self._roll_back()
            raise

    def _roll_back(self) -> None:
        self._conn.rollback()
        self._directory.forget()

    def _store(self, group: _Group) -> None:
        conn = self._conn
        numbers = add_loads(
            conn, [self._new_load(f, r) for f, r in zip(group.files, group.reports, strict=True)]
        )
        reads = [r._replace(load_id=n) for r, n in zip(group.reads, numbers, strict=True)]
        stored = store_reads(
            conn,
            self._directory,
            reads,
            zone=self._zone,
            origin=self._origin,
            keep_rejected=False,
        )
        for read, report, fate in zip(reads, group.reports, stored.fates, strict=True):
            report.load_id = read.load_id
            tell_rows(report, read, fate)
        for file, read, report in zip(group.files, reads, group.reports, strict=True):
            if file.usage_point and read.connector in self._origin.rules.portals:
                _tell_other_usage_point(report, read, file.usage_point)
        if stored.counts is not None:
            _tell_readings(group.reports, stored.counts)
            _tell_what_counts(conn, group.reports, stored.counts)
        store_rejected(
            conn, [row for r, p in zip(reads, group.reports, strict=True) for row in _kept(r, p)]
        )
        note_unknown(conn, _unknown(reads, group.reports))
        finish_loads(conn, [_outcome(report) for report in group.reports], stored.counts)
        if self._options.dry_run:
            self._roll_back()
            for report in group.reports:
                report.load_id = None
            return
        conn.commit()
        if stored.moved:
            notify_latest(conn, stored.moved)

    def _new_load(self, file: SourceFile, report: LoadReport) -> NewLoad:
        return NewLoad(
            file.told_as,
            report.digest,
            report.connector or "",
            file.usage_point,
            self._options.actor,
        )


def _is_empty(decoded: Decoded) -> bool:
    """Whether a table of a known format has titles and no row: nothing to store or to refuse.

    A document may hold what is no reading and is ignored, powers of a moment for one.
    """
    told = (decoded.series, decoded.gaps, decoded.rejects, decoded.events, decoded.context)
    return decoded.lines is not None and not any(told)


def _tell_readings(reports: Sequence[LoadReport], wrote: ChannelCounts) -> None:
    """Say of each load how many readings of it the store has now."""
    held = wrote.accepted + wrote.unchanged + wrote.revised
    for report in reports:
        report.readings = int(held[wrote.load == report.load_id].sum())


def _tell_what_counts(
    conn: Connection, reports: Sequence[LoadReport], wrote: ChannelCounts
) -> None:
    """Say of each load which registers and sources of its usage points count.

    Of its first channels, as many as its report tells.
    """
    rows = feed_rows(conn, wrote, CHANNELS)
    for report in reports:
        report.countings = countings(rows.get(report.load_id or 0, []))


def _tell_other_usage_point(report: LoadReport, read: Read, given: str) -> None:
    """Say so where a portal's file names another usage point than the one that was given."""
    assert read.decoded is not None
    told = dict.fromkeys(series.key.device for series in read.decoded.series)
    report.notes += [
        Note(
            "usage_point",
            f"le fichier dit le point de livraison {device}, et non {given}",
            f"the file says {device}, not {given}",
        )
        for device in told
        if device != given
    ]
    report.rejects = [
        replace(r, reason="other_usage_point", detail={**r.detail, "given": given})
        if r.reason == "unknown_usage_point" and r.detail.get("device") != given
        else r
        for r in report.rejects
    ]


def _kept(read: Read, report: LoadReport) -> Iterator[Rejected]:
    """The first refused rows, as the store keeps them."""
    for reject in report.rejects[:KEPT_PER_LOAD]:
        place = {"row": reject.row, "line": reject.line, "column": reject.column}
        device = reject.detail.get("device")
        yield Rejected(
            read.message.received_at,
            "file",
            report.file,
            reject.reason,
            read.connector,
            str(device) if device else None,
            {**reject.detail, "value": reject.value} | {k: v for k, v in place.items() if v},
            load_id=read.load_id,
        )


def _unknown(
    reads: Sequence[Read], reports: Sequence[LoadReport]
) -> dict[tuple[str, str], tuple[str, int]]:
    found: dict[tuple[str, str], tuple[str, int]] = {}
    for read, report in zip(reads, reports, strict=True):
        for reject in report.rejects:
            if reject.reason == "unknown_device" and read.connector:
                device = (read.connector, str(reject.detail.get("device")))
                found[device] = (report.file, found.get(device, ("", 0))[1] + 1)
    return found


def _outcome(report: LoadReport) -> LoadOutcome:
    assert report.load_id is not None
    told = report.stored(most=KEPT_PER_LOAD)
    return LoadOutcome(report.load_id, report.rows_read, report.counts, told)
