"""`hub doctor`: what is wrong, where, and what to do. One small function a check.

A check is a generator of findings. Those of `machine` look at processes and files, those of
`database` at the server and its schema, those of `data` at what is stored, once both are well, and
`collected` at what is polled.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import psycopg

from hub.app.doctor import collected, data, database, machine
from hub.app.doctor.finding import Finding, told
from hub.app.doctor.machine import Hub
from hub.app.runfile import RunFile
from hub.app.settings import (
    address,
    broker_in_use,
    configured_database,
    running_hub,
    serving_hub,
)
from hub.store.connection import Connection, connect


@dataclass(slots=True)
class Report:
    """Names of the checks that were made, and what each found."""

    checks: list[str] = field(default_factory=list)
    findings: list[tuple[str, Finding]] = field(default_factory=list)

    def note(self, check: str, found: Iterable[Finding]) -> bool:
        """Keep what a check found; True where that is nothing."""
        before = len(self.findings)
        self.checks.append(check)
        self.findings += ((check, finding) for finding in found)
        return len(self.findings) == before


def find_hub(folder: Path) -> Hub:
    """The hub to examine. Raises `CommandError` (exit 2) where there is none."""
    url = configured_database()
    run = running_hub(folder) if url is None else serving_hub(folder)
    own = run.database if run else None
    place = address("HUB_DATABASE_URL", url) if url else own
    return Hub(folder, run, place, broker_in_use(RunFile.read(folder)))


def examine(hub: Hub) -> Report:
    """Make every check that can be made."""
    report = Report()
    for name, look in machine.CHECKS:
        report.note(name, look(hub))
    if not report.note("database", database.server(hub)) or hub.database is None:
        return report
    try:
        with connect(hub.database.url, application="doctor") as conn:
            if report.note("schema", database.schema(conn)):
                _ask(hub, conn, report)
    except psycopg.OperationalError as error:
        report.findings.append(("database", database.unreachable(hub, error)))
    return report


def _ask(hub: Hub, conn: Connection, report: Report) -> None:
    """Each check in a transaction of its own: one that fails stops no other."""
    polled: data.Check = partial(collected.collect, hub)
    for name, look in (*data.CHECKS, ("collect", polled)):
        try:
            report.note(name, list(look(conn)))
        except psycopg.OperationalError:
            raise
        except psycopg.Error as error:
            report.note(name, [Finding("not_checked", values={"error": told(error)})])
        conn.rollback()
