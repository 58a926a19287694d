"""`hub up`: start everything on this machine."""

from typing import Annotated

import typer

from hub.app.options import DEFAULT_DATA, DataFolder


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def up(
        data: DataFolder = DEFAULT_DATA,
        demo: Annotated[
            bool, typer.Option("--demo", help="Add a simulated district of 600 households.")
        ] = False,
        port: Annotated[
            int, typer.Option(envvar="HUB_PORT", min=1, max=65535, help="Port of the web pages.")
        ] = 8050,
    ) -> None:
        """Start database, broker, ingest, rollup and web here; Ctrl-C stops them cleanly."""
        from hub.app.language import show
        from hub.app.settings import Settings
        from hub.app.supervisor import Supervisor

        settings = Settings().model_copy(update={"port": port, "data": data})
        Supervisor(data, settings, demo, show).run()
