"""`hub init` and `hub migrate`: create or upgrade the schema."""

import typer

from hub.app.options import DEFAULT_DATA, DataFolder


def register(app: typer.Typer) -> None:
    """Add the commands."""

    @app.command()
    def init(data: DataFolder = DEFAULT_DATA) -> None:
        """Create the schema in an empty database (HUB_DATABASE_URL, or the running hub's)."""
        _upgrade(data)

    @app.command()
    def migrate(data: DataFolder = DEFAULT_DATA) -> None:
        """Upgrade the schema to this version of the hub."""
        _upgrade(data)


def _upgrade(data: DataFolder) -> None:
    from hub.app.language import either, show
    from hub.app.settings import database_url
    from hub.store.migrate import migrate
    from hub.store.server import server_versions

    url = database_url(data)
    migrate(url)
    found = server_versions(url)
    servers = f"PostgreSQL {found.postgresql}, TimescaleDB {found.timescaledb}"
    show(
        either(
            f"Le schéma est à jour ({servers}, édition {found.edition}).",
            f"The schema is up to date ({servers}, {found.edition} edition).",
        )
    )
