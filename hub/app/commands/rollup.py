"""`hub rollup`: turns readings into totals, and publishes what is due."""

from __future__ import annotations

import typer

from hub.app.options import DEFAULT_DATA, DataFolder


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def rollup(data: DataFolder = DEFAULT_DATA) -> None:
        """Turn readings into totals, sum areas, publish what is due (a service)."""
        from hub.app.logs import log_to_stderr
        from hub.app.settings import database_url
        from hub.app.signals import stop_on_signals
        from hub.rollup.service import run

        log_to_stderr("rollup")
        stop = stop_on_signals()
        run(database_url(data), stop)
