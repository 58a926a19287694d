"""`hub load`: reads files once, and takes a load back."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.app.options import DEFAULT_DATA, AsJson, DataFolder

if TYPE_CHECKING:
    from hub.intake.report import LoadReport

Format = Annotated[str | None, typer.Option("--format", help="Connector; see 'hub formats'.")]
UsagePoint = Annotated[
    str | None,
    typer.Option("--usage-point", help="Whose file it is, where the file does not tell."),
]


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def load(
        files: Annotated[
            list[Path] | None, typer.Argument(help="Files of portals or meters; ZIP, gzip.")
        ] = None,
        connector: Format = None,
        usage_point: UsagePoint = None,
        dry_run: Annotated[
            bool, typer.Option("--dry-run", help="Tell what would happen, write nothing.")
        ] = False,
        undo: Annotated[int | None, typer.Option(help="Take back the load of this number.")] = None,
        data: DataFolder = DEFAULT_DATA,
        as_json: AsJson = False,
    ) -> None:
        """Load files of meter readings, or ZIPs of them; the same file again changes nothing."""
        from hub.app.errors import CommandError
        from hub.app.language import language, show, show_json
        from hub.app.settings import database_url

        if (undo is None) == (not files):
            raise CommandError(
                "give files to load, or --undo with the number of a load",
                "donnez des fichiers à charger, ou --undo et le numéro d'un chargement",
            )
        url = database_url(data)
        if undo is not None:
            _undo(url, undo, as_json=as_json)
            return
        reports = _load(url, files or [], connector, usage_point, dry_run=dry_run)
        spoken = language()
        if as_json:
            show_json([r.as_json(spoken) for r in reports])
        else:
            for report in reports:
                show("\n".join(report.lines(spoken, dry_run=dry_run)))
        raise typer.Exit(exit_code(reports, len(files or [])))


def exit_code(reports: list[LoadReport], files: int) -> int:
    """0: all taken; 1: rows refused, or a file unreadable among several; 2: the only file was.

    An archive is one file; unreadable where all in it are.
    """
    unreadable = sum(report.problem is not None for report in reports)
    if unreadable == len(reports):
        return 2 if files == 1 else 1
    return 1 if unreadable or any(report.rejects for report in reports) else 0


def _load(
    url: str, files: list[Path], connector: str | None, usage_point: str | None, *, dry_run: bool
) -> list[LoadReport]:
    import connectors
    from hub.app.errors import CommandError
    from ingest.load import Options, SourceFile, load_files

    if connector is not None and connector not in connectors.names():
        known = ", ".join(connectors.names())
        raise CommandError(
            f"--format {connector}: there are {known}",
            f"--format {connector} : il y a {known}",
        )
    workers = min(len(files), os.cpu_count() or 1, 8)
    options = Options(dry_run=dry_run, workers=workers)
    sources = [SourceFile(path, connector, usage_point) for path in files]
    return list(load_files(sources, url, options))


def _undo(url: str, load_id: int, *, as_json: bool) -> None:
    from hub.app.language import language, show, show_json
    from hub.store.connection import connect
    from hub.store.loads import undo_load

    with connect(url, application="load") as conn:
        done = undo_load(conn, load_id)
        conn.commit()
    spoken = language()
    if as_json:
        show_json(done.as_json(spoken))
    else:
        show("\n".join(done.lines(spoken)))
