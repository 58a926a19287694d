"""`hub ingest`: receives the meters' messages and stores them."""

from __future__ import annotations

import gc

import typer

from hub.app.options import DEFAULT_DATA, DataFolder
from hub.app.signals import stop_on_signals


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def ingest(data: DataFolder = DEFAULT_DATA) -> None:
        """Receive meters' messages from the broker and store them (a service)."""
        stop = stop_on_signals()
        from hub.app.logs import log_to_stderr
        from hub.app.settings import Settings, configuration_folders, database_url, mqtt_url
        from ingest.config import find, read
        from ingest.service import Places, Service

        log_to_stderr("ingest")
        places = Places(database_url(data), mqtt_url(data), data / "spool", Settings().mqtt_ca)
        settings = read(find(configuration_folders(data)))
        # A batch is some hundred thousand objects for a moment, hardly ever one in a cycle: to
        # look for cycles at every 700 of them took a third of this process's time.
        gc.freeze()
        gc.set_threshold(200_000)
        Service(places, settings).run(stop)
