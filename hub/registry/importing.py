"""Registry files into the store: every good row taken, every other one named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from hub.registry.geojson import is_geojson, read_geojson
from hub.registry.planning import Plan, plan_table
from hub.registry.problems import Problem
from hub.registry.rows import TableFile, read_csv
from hub.registry.tables import TABLES, Table
from hub.store.connection import Connection
from hub.store.mapping import move_readings
from hub.store.registry import (
    current_rows,
    lock_registry,
    lookups,
    notify_registry,
    number_source,
    rows_as_dicts,
    write_plan,
)
from hub.store.registry_marks import mark_plan
from hub.store.rollup_work import hold_shares, past_clashes
from hub.store.shared_inputs import shared_inputs
from hub.store.shifts import shifts

#: An area is imported before those that lie in it.
_AREA_KINDS = ("city", "arrondissement", "iris")


@dataclass(slots=True)
class Counts:
    """What became of the rows of one table."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    rejected: int = 0


@dataclass(slots=True)
class ImportReport:
    """Counts by table, every row and file that was not taken, and how many files were usable.

    moved: readings that a corrected device took to another channel; recounted: those that came as
    counts and are worth something else now. undecided: devices whose readings stay, because another
    device fed the same channel; not_recounted: devices of which some stay at the former worth.
    shared: pairs of devices on one input of a usage point at the same time, which cannot be right.
    """

    tables: dict[str, Counts] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    files: int = 0
    unusable: int = 0
    moved: int = 0
    recounted: int = 0
    undecided: list[str] = field(default_factory=list)
    not_recounted: list[str] = field(default_factory=list)
    shared: list[str] = field(default_factory=list)

    def as_json(self, language: str) -> dict[str, Any]:
        """Plain values for `--json`."""
        return {
            "files": self.files,
            "unusable": self.unusable,
            "tables": {name: asdict(counts) for name, counts in self.tables.items()},
            "moved": self.moved,
            "recounted": self.recounted,
            "undecided": self.undecided,
            "not_recounted": self.not_recounted,
            "shared": self.shared,
            "rejected": [asdict(p) | {"text": p.text(language)} for p in self.problems],
        }


def read_file(path: Path, zone: str) -> TableFile:
    """One file's rows; what is wrong with it is told in its problems."""
    try:
        data = path.read_bytes()
    except OSError as error:
        problem = Problem(path.name, 0, "", error.strerror or str(error), "no_file")
        return TableFile(path.name, None, problems=[problem])
    return read_bytes(path.name, data, zone)


def read_bytes(name: str, data: bytes, zone: str) -> TableFile:
    """The same for bytes: GeoJSON or CSV, told apart by the first character."""
    return read_geojson(name, data, zone) if is_geojson(data) else read_csv(name, data, zone)


def import_files(
    conn: Connection, paths: Iterable[Path], *, zone: str = "Europe/Paris", dry_run: bool = False
) -> ImportReport:
    """Import registry files in one transaction and commit it (``dry_run``: roll it back).

    The order of files does not matter. Nothing is raised for what files say.
    """
    return import_tables(conn, [read_file(p, zone) for p in paths], dry_run=dry_run)


def import_tables(
    conn: Connection, files: Sequence[TableFile], *, dry_run: bool = False
) -> ImportReport:
    """The same for files that are read already."""

    def attempt() -> ImportReport:
        try:
            return _import(conn, files, dry_run=dry_run)
        except psycopg.Error:
            conn.rollback()
            raise

    return past_clashes(attempt)  # a source may tell of the same moment of a meter meanwhile


def _import(conn: Connection, files: Sequence[TableFile], *, dry_run: bool) -> ImportReport:
    report = ImportReport(files=len(files))
    lock_registry(conn)
    known = lookups(conn)
    plans: list[Plan] = []
    for file in files:
        report.problems += file.problems
        report.unusable += file.table is None
    for table in TABLES:
        for part in _parts(table, [f for f in files if f.table is table]):
            plan = plan_table(
                table, part, current_rows(conn, table), known, number_source(conn, table)
            )
            write_plan(conn, plan)
            plans.append(plan)
            counts = report.tables.setdefault(table.name, Counts())
            for name, number in plan.counts.items():
                setattr(counts, name, getattr(counts, name) + number)
            counts.rejected += len(plan.problems)
            report.problems += plan.problems
    _follow(conn, plans, report, dry_run=dry_run)
    report.shared = _shared(conn, plans)
    for file in files:
        if file.table is not None:
            report.tables[file.table.name].rejected += len(file.problems)
    report.problems.sort(key=lambda p: (p.file, p.line))
    if dry_run:
        conn.rollback()
    else:
        notify_registry(conn)
        conn.commit()
    return report


def _follow(conn: Connection, plans: list[Plan], report: ImportReport, *, dry_run: bool) -> None:
    """Mark what changes and take readings along with their devices, while no worker computes.

    A worker whose snapshot is older would write the former household's rows while another, to whose
    share the dwelling belongs now, is already done with the change; and it would compute a reading
    that came too late to be marked here by the registry as it was. Last of all, because intake
    waits while readings move and must not wait for the workers, too.
    """
    if not dry_run and any(plan.changes for plan in plans):
        hold_shares(conn)
    for plan in plans:
        mark_plan(conn, plan)
    moved = move_readings(conn, shifts(conn, plans))
    report.moved, report.undecided = moved.readings, moved.undecided
    report.recounted, report.not_recounted = moved.recounted, moved.not_recounted


def _shared(conn: Connection, plans: list[Plan]) -> list[str]:
    """Devices that mix their readings, of the usage points whose devices this import changes."""
    new = [
        row
        for plan in plans
        if plan.table.name == "device"
        for row in rows_as_dicts(plan.table, plan.added)
    ]
    return [one.name for one in shared_inputs(conn, {row["usage_point_id"] for row in new})]


def _parts(table: Table, files: Sequence[TableFile]) -> list[list[TableFile]]:
    """The files of a table in the steps in which they can be imported."""
    if not files:
        return []
    if table.name != "area":
        return [list(files)]
    return [[_of_kind(f, kind) for f in files] for kind in _AREA_KINDS]


def _of_kind(file: TableFile, kind: str) -> TableFile:
    keep = [i for i, k in enumerate(file.columns["kind"]) if k == kind]
    return TableFile(
        file.file,
        file.table,
        [file.lines[i] for i in keep],
        {name: [values[i] for i in keep] for name, values in file.columns.items()},
    )
