"""`hub import registry`: areas, homes, usage points, devices and consents from files."""

from __future__ import annotations

from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.app.options import DEFAULT_DATA, AsJson, DataFolder
from hub.words import Forms, visible

if TYPE_CHECKING:
    from hub.registry.importing import ImportReport

#: What became of rows, as hub.registry.importing.Counts has it: of one and several rows.
_HEADS: dict[str, tuple[Forms, Forms]] = {
    "added": (("ajoutée", "ajoutées"), ("added", "added")),
    "changed": (("changée", "changées"), ("changed", "changed")),
    "unchanged": (("inchangée", "inchangées"), ("unchanged", "unchanged")),
    "removed": (("retirée", "retirées"), ("removed", "removed")),
    "rejected": (("rejetée", "rejetées"), ("rejected", "rejected")),
}
_MOVED: tuple[Forms, Forms] = (
    ("relevé changé de voie", "relevés changés de voie"),
    ("reading moved to another channel", "readings moved to another channel"),
)
_RECOUNTED: tuple[Forms, Forms] = (
    ("relevé recompté à la nouvelle valeur", "relevés recomptés à la nouvelle valeur"),
    ("reading counted again at the new worth", "readings counted again at the new worth"),
)


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
        as_json: AsJson = False,
    ) -> None:
        """Import registry files; columns in docs/operator/registry.md."""
        from hub.app.language import language, show_json
        from hub.app.settings import database_url
        from hub.registry.importing import import_files
        from hub.store.connection import connect, zone_of

        with connect(database_url(data), application="import") as conn:
            report = import_files(conn, files, zone=zone_of(conn), dry_run=dry_run)
        if as_json:
            show_json(report.as_json(language()))
        else:
            _print(report, dry_run=dry_run)
        if report.unusable == report.files:
            raise typer.Exit(2)
        raise typer.Exit(1 if report.problems else 0)


def _print(report: ImportReport, *, dry_run: bool) -> None:
    from hub.app.language import either, language, number, show

    for name, c in report.tables.items():
        counted = [
            number(count, *forms)
            for count, forms in zip(astuple(c), _HEADS.values(), strict=True)
            if count
        ]
        none = either("aucune ligne", "no rows")
        show(f"{name}{either(' :', ':')} {', '.join(counted) or none}")
    if report.moved:
        show(number(report.moved, *_MOVED))
    if report.recounted:
        show(number(report.recounted, *_RECOUNTED))
    for device in report.undecided:
        told = either(
            " : relevés laissés où ils sont, car un autre appareil alimentait la même voie",
            ": readings stay where they are, because another device fed the same channel",
        )
        show(f"{device}{told}")
    for device in report.not_recounted:
        told = either(
            " : relevés laissés à l'ancienne valeur de l'impulsion, faute de retrouver leur"
            " nombre exact",
            ": readings stay at the former worth of a pulse, their exact counts are not known",
        )
        show(f"{device}{told}")
    for pair in report.shared:
        told = either(
            " : deux appareils sur une même entrée en même temps mêlent leurs relevés ; donnez à"
            " l'un une autre `input` (ils s'ajoutent alors), un autre point, ou une fin"
            " (`valid_to`)",
            ": two devices on one input at the same time mix their readings; give one of them"
            " another `input` (they then add up), another usage point, or an end (`valid_to`)",
        )
        show(visible(f"{pair}{told}"))
    for p in report.problems:
        where = f"{p.file}:{p.line}" if p.line else p.file
        column = f" [{p.column}]" if p.column else ""
        show(visible(f"{where}{column}{either(' :', ':')} {p.text(language())}"))
    if dry_run:
        show(either("Essai à blanc : rien n'a été écrit.", "Dry run: nothing was written."))
