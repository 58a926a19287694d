"""`hub watch`: loads the files that appear in a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.app.commands.load import Format, UsagePoint
from hub.app.options import DEFAULT_DATA, DataFolder
from hub.app.signals import stop_on_signals


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def watch(
        folder: Annotated[Path, typer.Argument(help="The folder to watch.", file_okay=False)],
        connector: Format = None,
        usage_point: UsagePoint = None,
        data: DataFolder = DEFAULT_DATA,
    ) -> None:
        """Load files as they appear; move them to done/ or rejected/ (a service)."""
        stop = stop_on_signals()
        from hub.app.errors import CommandError
        from hub.app.language import language
        from hub.app.logs import log_to_stderr
        from hub.app.settings import database_url
        from ingest.load import SourceFile, load_one_by_one
        from ingest.watch import watch as run

        log_to_stderr("watch")
        if not folder.is_dir():
            raise CommandError(
                f"{folder} is not a folder; create it, then run 'hub watch' again",
                f"{folder} n'est pas un dossier ; créez-le, puis relancez 'hub watch'",
            )
        with load_one_by_one(database_url(data), actor="watch") as load:
            run(
                folder,
                lambda path: load(SourceFile(path, connector, usage_point)),
                stop,
                language(),
            )
