"""`hub replay`: tries refused payloads again."""

from __future__ import annotations

import json

import typer

from hub.app.commands.load import Language
from hub.app.options import DEFAULT_DATA, AsJson, DataFolder


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def replay(
        data: DataFolder = DEFAULT_DATA, lang: Language = None, as_json: AsJson = False
    ) -> None:
        """Try payloads that were refused again, after a device or a topic was declared."""
        from hub.app.language import language
        from hub.app.settings import configuration_folders, database_url
        from hub.store.connection import connect, zone_of
        from ingest.config import find, read
        from ingest.replay import Replay

        french = language(lang) == "fr"
        routing = read(find(configuration_folders(data))).routing
        with connect(database_url(data), application="replay") as conn:
            done = Replay(conn, routing, zone_of(conn)).run()
        again = done.payloads.total() - done.payloads["stored"]
        if as_json:
            print(json.dumps({"payloads": done.payloads, "rows": done.rows}, indent=1))
        elif french:
            print(f"{done.payloads['stored']} messages enregistrés, {again} encore refusés.")
        else:
            print(f"{done.payloads['stored']} payloads stored, {again} refused again.")
        if not as_json:
            for reason, number in done.payloads.most_common():
                if reason != "stored":
                    print(f"  {reason}: {number}")
        raise typer.Exit(1 if again else 0)
