"""`hub replay`: tries refused payloads again."""

from __future__ import annotations

import json
from collections import Counter

import typer

from hub.app.options import DEFAULT_DATA, AsJson, DataFolder


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def replay(data: DataFolder = DEFAULT_DATA, as_json: AsJson = False) -> None:
        """Try payloads that were refused again, after a device or a topic was declared."""
        from hub.app.language import show
        from hub.app.settings import configuration_folders, database_url
        from hub.store.connection import connect, zone_of
        from ingest.collect.sources import read_sources
        from ingest.config import find, read
        from ingest.memory import descriptions_of
        from ingest.replay import Replay

        path = find(configuration_folders(data))
        routing, sources = read(path).routing, read_sources(path)
        with connect(database_url(data), application="replay") as conn:
            described = descriptions_of(data / "spool", routing)
            done = Replay(conn, routing, zone_of(conn), described, sources).run()
        again = done.payloads.total() - done.payloads["stored"]
        if as_json:
            print(json.dumps({"payloads": done.payloads, "rows": done.rows}, indent=1))
        else:
            for line in _lines(done.payloads, again):
                show(line)
        raise typer.Exit(1 if again else 0)


def _lines(payloads: Counter[str], again: int) -> list[str]:
    from hub.app.language import number

    stored = number(
        payloads["stored"],
        ("message enregistré", "messages enregistrés"),
        ("payload stored", "payloads stored"),
    )
    refused = number(again, ("encore refusé", "encore refusés"), ("refused again", "refused again"))
    known = [(r, n) for r, n in payloads.most_common() if r != "stored"]
    return [f"{stored}, {refused}.", *(f"  {reason}: {n}" for reason, n in known)]
