"""Uploaded files into the store: decoded in a process of its own, in the intake's turns.

For the API's route and for the residents' page: both give what a sender sent, and get reports.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from starlette.datastructures import Headers, UploadFile

import connectors
from hub.intake.report import LoadReport
from hub.model import Reject
from hub.routes.problems import ProblemError
from hub.store.connection import Connection, zone_of
from hub.store.placing import Rules
from hub.store.readings import CORRECTION
from hub.store.senders import rules_of
from ingest.decoder import Limits, Result
from ingest.load import Loader, Options, SourceFile
from ingest.turns import Turns

log = logging.getLogger("hub.ingest")

LARGEST_FILE = 64 << 20
LIMITS = Limits(LARGEST_FILE, memory_bytes=2 << 30, seconds=60, unpacked_bytes=LARGEST_FILE)
#: Refused rows named in an answer.
NAMED = 1000
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends, and what it may write."""

    name: str
    rules: Rules


@dataclass(frozen=True, slots=True)
class About:
    """What is said of a file beside its bytes."""

    connector: str | None = None
    usage_point: str | None = None
    dry_run: bool = False

    def __post_init__(self) -> None:
        if self.connector is not None and self.connector not in connectors.names():
            known = ", ".join(connectors.names())
            raise ProblemError(422, f"format: one of {known}.", parameter="format")


class Uploads:
    """Loads uploads; one per application, while it runs."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns

    async def load(
        self, sender: Sender, uploads: Sequence[UploadFile], about: About
    ) -> list[LoadReport]:
        """Load files; a report of each, for an archive one of each file in it.

        Raises ProblemError (503) where others are at work and nothing is stored. Once something
        is, the reports say what, and of which files nothing is stored for that reason.
        """
        reports: list[LoadReport] = []
        left = [told_name(upload) for upload in uploads]
        try:
            for upload in uploads:
                async for report in self._load(sender, upload, about, left):
                    reports.append(report)
                    del left[0]
        except (ProblemError, psycopg.Error) as error:
            if not any(report.load_id for report in reports):
                raise
            log.warning("stored %s of a sender's files, not %s: %s", len(reports), left, error)
            reports += [LoadReport(name, problem=Reject(0, "busy")) for name in left]
        return reports

    async def load_of_household(
        self, ref: str, uploads: Sequence[UploadFile], about: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Load files of a household's own usage points; the stored form of their reports.

        ``about``: the fields of :class:`About`.
        """
        rules = await self._turns.connected(lambda conn: rules_of(conn, "household", ref))
        assert rules is not None  # a household may write
        reports = await self.load(Sender(f"household:{ref}", rules), uploads, About(**about))
        return [report.stored(most=NAMED) for report in reports]

    async def _load(
        self, sender: Sender, upload: UploadFile, about: About, left: list[str]
    ) -> AsyncIterator[LoadReport]:
        """Load a file. ``left``: the files without a report, this one first; those of an archive
        take its place."""
        turns = self._turns
        zone = await turns.connected(zone_of)
        with turns.upload(), tempfile.NamedTemporaryFile(prefix="hub-upload-") as file:
            while block := await upload.read(_BLOCK):
                file.write(block)
            file.flush()
            name = told_name(upload)
            source = SourceFile(Path(file.name), about.connector, about.usage_point, name)
            result = await turns.decode(source.task(zone))
            parts = source.inside(result) if result.members else [(source, result)]
            left[:1] = [part.told_as for part, _ in parts]
            for part, known in parts:
                found = known or await turns.decode(part.task(zone))
                yield await self._store(sender, part, found, dry_run=about.dry_run)

    async def _store(
        self, sender: Sender, source: SourceFile, result: Result, *, dry_run: bool
    ) -> LoadReport:
        turns = self._turns
        options = Options(sender.name, dry_run, priority=CORRECTION, rules=sender.rules)

        def store(conn: Connection) -> LoadReport:
            return next(Loader(conn, turns.decoders, options).store([(source, result)]))

        return await turns.store(store)


def told_name(upload: UploadFile) -> str:
    """What an upload is called, without the folders of whoever sent it."""
    return (upload.filename or "").replace("\\", "/").rpartition("/")[2] or "upload"


def check_length(headers: Headers) -> None:
    """Refuse an upload that does not tell its length, or is too long, before it is sent."""
    told = headers.get("content-length", "")
    if not told.isdigit():
        raise ProblemError(411, "Say the length of the upload (Content-Length).")
    if int(told) > LARGEST_FILE:
        raise ProblemError(413, f"A file may have {LARGEST_FILE >> 20} MiB at most; split it.")
