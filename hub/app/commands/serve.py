"""`hub serve`: the web process alone."""

from typing import Annotated

import typer

from hub.app.options import DEFAULT_DATA, DataFolder


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def serve(
        data: DataFolder = DEFAULT_DATA,
        host: Annotated[
            str | None, typer.Option(help="Listen here instead of HUB_HOST (127.0.0.1).")
        ] = None,
        port: Annotated[
            int | None, typer.Option(help="Listen here instead of HUB_PORT (8050).")
        ] = None,
    ) -> None:
        """Serve the pages, the API and open data until SIGTERM or Ctrl-C."""
        from hub.app.settings import Settings, address, database_url
        from hub.app.web import serve as run

        settings = Settings()
        if settings.database_read_url:
            address("HUB_DATABASE_READ_URL", settings.database_read_url)
        chosen = {"host": host, "port": port}
        given = {name: value for name, value in chosen.items() if value is not None}
        run(database_url(data), settings.model_copy(update=given))
