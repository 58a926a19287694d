"""`hub link`: a household's private address."""

import json
from pathlib import Path
from typing import Annotated

import typer

from hub.app.options import DEFAULT_DATA, AsJson, DataFolder


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def link(
        household: Annotated[str, typer.Argument(help="The household's reference.")],
        data: DataFolder = DEFAULT_DATA,
        revoke: Annotated[
            bool, typer.Option("--revoke", help="Close its links and sessions instead.")
        ] = False,
        as_json: AsJson = False,
    ) -> None:
        """Print a new private address of a household: whoever has it sees that household."""
        from hub.accounts import links
        from hub.app.language import either, number, show, tell
        from hub.app.settings import database_url
        from hub.store.connection import connect

        with connect(database_url(data), application="link") as conn:
            if revoke:
                closed = links.revoke_links(conn, household)
                answer: dict[str, object] = {"household": household, "revoked": closed}
                told = number(
                    closed, ("lien fermé", "liens fermés"), ("link closed", "links closed")
                )
                text = f"{household}{either(' :', ':')} {told}, " + either(
                    "et toutes les sessions", "and every session"
                )
            else:
                before = links.open_links(conn, household)
                address = web_address(data) + links.new_link(conn, household)
                answer = {"household": household, "url": address, "open_before": before}
                text = address
                if before and not as_json:
                    tell(_others(before))
        show(json.dumps(answer) if as_json else text)


def _others(before: int) -> str:
    """That a new link closes no other."""
    from hub.app.language import either, number

    forms = (
        ("autre lien reste ouvert", "autres liens restent ouverts"),
        ("other link stays open", "other links stay open"),
    )
    told = number(before, *forms)
    return told + either(" ; --revoke les ferme tous.", "; --revoke closes all of them.")


def web_address(data: Path) -> str:
    """Where people reach the pages: HUB_PUBLIC_URL, else the running hub's, else the settings'."""
    from hub.app.settings import Settings, serving_hub

    settings = Settings()
    if settings.public_url:
        return settings.public_url.rstrip("/")
    run = serving_hub(data)
    if run is not None and run.web is not None:
        return run.web.url.rstrip("/")
    return f"http://{settings.host}:{settings.port}"
