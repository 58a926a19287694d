"""`hub replay`: tries refused payloads again."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping

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
            for line in _lines(done.payloads, done.details, again):
                show(line)
        raise typer.Exit(1 if again else 0)


#: Why a payload waits on, and what to do, where its reason alone does not say it.
_WHY = {
    "before_usage_point": (
        (
            "d'avant l'accord du foyer, son emménagement ou l'ouverture du point. Ce qui attendait"
            " n'est pris qu'à partir du lendemain de l'accord en vigueur : importez-le (table"
            " `consent`, `valid_from` du jour où il a été donné), puis `hub replay`. Les messages"
            " nouveaux sont enregistrés sans cela"
        ),
        (
            "from before the household's consent, its moving in or the usage point's opening. What"
            " waited is taken from the day after the consent in force only: import it (table"
            " `consent`, `valid_from` the day it was given), then `hub replay`. New messages are"
            " stored without that"
        ),
    ),
    "unknown_device": (
        (
            "d'appareils inconnus, ou qui n'ont de sens qu'auprès d'un autre message :"
            " `hub doctor` les nomme ; déclarez les vôtres (`hub import registry`), puis"
            " `hub replay`"
        ),
        (
            "of unknown devices, or with a meaning beside another message only: `hub doctor` names"
            " them; register those that are yours (`hub import registry`), then `hub replay`"
        ),
    ),
}


def _why(reason: str, detail: Mapping[str, object]) -> str:
    from hub.app.language import either, language
    from hub.model import REASONS, reason_text

    if reason in _WHY:
        return either(*_WHY[reason])
    return reason_text(reason, language(), detail) if reason in REASONS else reason


def _lines(
    payloads: Counter[str], details: Mapping[str, Mapping[str, object]], again: int
) -> list[str]:
    from hub.app.language import either, number
    from hub.words import visible

    stored = number(
        payloads["stored"],
        ("message enregistré", "messages enregistrés"),
        ("payload stored", "payloads stored"),
    )
    refused = number(again, ("encore refusé", "encore refusés"), ("refused again", "refused again"))
    known = [(r, n) for r, n in payloads.most_common() if r != "stored"]
    told = [visible(f"  {n} × {_why(reason, details.get(reason, {}))}.") for reason, n in known]
    more = either("`hub rejected` les montre.", "`hub rejected` shows them.")
    return [f"{stored}, {refused}.", *told, *([more] if again else [])]
