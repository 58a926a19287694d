"""`hub load`: reads files once, and takes a load back."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.app.options import DEFAULT_DATA, AsJson, DataFolder

if TYPE_CHECKING:
    from hub.store.loads import Undone
    from ingest.report import LoadReport

Language = Annotated[str | None, typer.Option("--lang", help="fr or en; default by LANG.")]
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
            list[Path] | None, typer.Argument(help="Files of portals or meters.")
        ] = None,
        connector: Format = None,
        usage_point: UsagePoint = None,
        dry_run: Annotated[
            bool, typer.Option("--dry-run", help="Tell what would happen, write nothing.")
        ] = False,
        undo: Annotated[int | None, typer.Option(help="Take back the load of this number.")] = None,
        data: DataFolder = DEFAULT_DATA,
        lang: Language = None,
        as_json: AsJson = False,
    ) -> None:
        """Load files of meter readings; the same file again changes nothing."""
        from hub.app.errors import CommandError
        from hub.app.language import language
        from hub.app.settings import database_url

        spoken = language(lang)
        if (undo is None) == (not files):
            raise CommandError("give files to load, or --undo with the number of a load")
        url = database_url(data)
        if undo is not None:
            _undo(url, undo, spoken, as_json=as_json)
            return
        reports = _load(url, files or [], connector, usage_point, dry_run=dry_run)
        if as_json:
            print(json.dumps([r.as_json(spoken) for r in reports], ensure_ascii=False, indent=1))
        else:
            for report in reports:
                print("\n".join(report.lines(spoken, dry_run=dry_run)))
        raise typer.Exit(exit_code(reports))


def exit_code(reports: list[LoadReport]) -> int:
    """0: all taken; 1: rows refused, or a file unreadable among several; 2: the only file was."""
    unreadable = sum(report.problem is not None for report in reports)
    if unreadable == len(reports):
        return 2 if len(reports) == 1 else 1
    return 1 if unreadable or any(report.rejects for report in reports) else 0


def _load(
    url: str, files: list[Path], connector: str | None, usage_point: str | None, *, dry_run: bool
) -> list[LoadReport]:
    import connectors
    from hub.app.errors import CommandError
    from ingest.load import Options, SourceFile, load_files

    if connector is not None and connector not in connectors.names():
        raise CommandError(f"--format {connector}: there are {', '.join(connectors.names())}")
    workers = min(len(files), os.cpu_count() or 1, 8)
    options = Options(dry_run=dry_run, workers=workers)
    sources = [SourceFile(path, connector, usage_point) for path in files]
    return list(load_files(sources, url, options))


def _undo(url: str, load_id: int, language: str, *, as_json: bool) -> None:
    from dataclasses import asdict

    from hub.app.errors import CommandError
    from hub.store.connection import connect
    from hub.store.loads import LoadError, undo_load

    with connect(url, application="load") as conn:
        try:
            done = undo_load(conn, load_id)
        except LoadError as error:
            raise CommandError(str(error)) from error
        conn.commit()
    if as_json:
        print(json.dumps(asdict(done), ensure_ascii=False, indent=1))
    else:
        print("\n".join(_told(done, french=language == "fr")))


def _told(done: Undone, *, french: bool) -> list[str]:
    if french:
        told = (
            f"Chargement {done.load_id} ({done.file_name}) annulé : {done.removed} relevés retirés,"
            f" {done.restored} rétablis, {done.replaced_since} laissés (remplacés depuis)."
        )
        repeated = "Le chargement {} ({}) contenait les mêmes relevés : ils sont partis aussi."
    else:
        told = (
            f"Load {done.load_id} ({done.file_name}) undone: {done.removed} readings removed,"
            f" {done.restored} restored, {done.replaced_since} left (replaced since)."
        )
        repeated = "Load {} ({}) had some of the same readings: they are gone too."
    return [told] + [repeated.format(number, name) for number, name in done.repeated.items()]
