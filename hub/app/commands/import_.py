"""`hub import registry`: areas, homes, usage points, devices and consents from files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.app.options import DEFAULT_DATA, AsJson, DataFolder

if TYPE_CHECKING:
    from hub.registry.importing import ImportReport


def register(app: typer.Typer) -> None:
    """Add the command group `import`."""
    group = typer.Typer(no_args_is_help=True, help="Bring in the registry.")
    app.add_typer(group, name="import")

    @group.callback()
    def options() -> None:
        """Bring in the registry."""

    @group.command()
    def registry(
        files: Annotated[list[Path], typer.Argument(help="CSV tables and GeoJSON areas.")],
        dry_run: Annotated[
            bool, typer.Option("--dry-run", help="Check everything, write nothing.")
        ] = False,
        data: DataFolder = DEFAULT_DATA,
        lang: Annotated[str | None, typer.Option(help="fr or en; default by LANG.")] = None,
        as_json: AsJson = False,
    ) -> None:
        """Import registry files; columns in docs/operator/registry.md."""
        from hub.app.language import language
        from hub.app.settings import database_url
        from hub.registry.importing import import_files
        from hub.store.connection import connect, zone_of

        spoken = language(lang)
        with connect(database_url(data), application="import") as conn:
            report = import_files(conn, files, zone=zone_of(conn), dry_run=dry_run)
        if as_json:
            print(json.dumps(report.as_json(spoken), ensure_ascii=False, indent=1))
        else:
            _print(report, spoken, dry_run=dry_run)
        if report.unusable == report.files:
            raise typer.Exit(2)
        raise typer.Exit(1 if report.problems else 0)


def _print(report: ImportReport, language: str, *, dry_run: bool) -> None:
    french = language == "fr"
    heads = (
        ("ajoutées", "changées", "inchangées", "retirées", "rejetées")
        if french
        else ("added", "changed", "unchanged", "removed", "rejected")
    )
    for name, c in report.tables.items():
        numbers = (c.added, c.changed, c.unchanged, c.removed, c.rejected)
        told = ", ".join(f"{n} {head}" for n, head in zip(numbers, heads, strict=True) if n)
        print(f"{name}: {told or ('aucune ligne' if french else 'no rows')}")
    if report.moved:
        told = "relevés changés de voie" if french else "readings moved to another channel"
        print(f"{report.moved} {told}")
    for device in report.undecided:
        told = (
            "relevés laissés où ils sont : un autre appareil alimentait la même voie"
            if french
            else "readings stay where they are: another device fed the same channel"
        )
        print(f"{device} : {told}")
    for p in report.problems:
        where = f"{p.file}:{p.line}" if p.line else p.file
        column = f" [{p.column}]" if p.column else ""
        print(f"{where}{column}: {p.text(language)}")
    if dry_run:
        print("Essai à blanc : rien n'a été écrit." if french else "Dry run: nothing was written.")
