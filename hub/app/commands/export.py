"""`hub export`: an open-data extract as a file."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from hub.app.options import DEFAULT_DATA, DataFolder


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def export(
        dataset: Annotated[str, typer.Argument(help="day-totals, month-totals, year-totals.")],
        data: DataFolder = DEFAULT_DATA,
        release: Annotated[
            str | None, typer.Option(help="Default: the newest figure of each period.")
        ] = None,
        form: Annotated[str, typer.Option("--format", help="csv, json or parquet.")] = "csv",
        dialect: Annotated[
            str, typer.Option(help="fr: CSV for French spreadsheets (; and decimal comma).")
        ] = "default",
        output: Annotated[
            Path | None, typer.Option("--output", "-o", help="Default: standard output.")
        ] = None,
    ) -> None:
        """Write a released open-data extract: published figures, and nothing else."""
        from hub.app.errors import CommandError
        from hub.app.language import either
        from hub.app.settings import database_url
        from hub.disclosure.datasets import DATASETS
        from hub.disclosure.extracts import extract
        from hub.store.connection import connect
        from hub.store.demo import holds_simulated

        if dataset not in DATASETS:
            known = ", ".join(DATASETS)
            raise CommandError(
                f"there is no data set '{dataset}'; use one of: {known}",
                f"le jeu de données « {dataset} » n'existe pas ; choisissez parmi : {known}",
            )
        with connect(database_url(data), application="export") as conn:
            body = extract(conn, DATASETS[dataset], form=form, dialect=dialect, release=release)
            simulated = holds_simulated(conn)
        if simulated:
            told = either(
                "hub: données simulées ; chaque ligne le dit",
                "hub: these are simulated data; each row says so",
            )
            print(told, file=sys.stderr)
        if output is None:
            sys.stdout.buffer.write(body)
            return
        try:
            output.write_bytes(body)
        except OSError as error:
            raise CommandError(
                f"cannot write {output}: {error.strerror}",
                f"impossible d'écrire {output} : {error.strerror}",
            ) from error
