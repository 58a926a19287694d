"""`hub token`: API tokens of households, gateways and operators."""

import json
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from hub.app.options import DEFAULT_DATA, AsJson, DataFolder

Kind = Annotated[str, typer.Argument(help="household, gateway or operator.")]
Subject = Annotated[str, typer.Argument(help="The household's reference, or a name.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    token = typer.Typer(help="API tokens of households, gateways and operators.")
    app.add_typer(token, name="token")

    @token.command()
    def create(
        kind: Kind,
        subject: Subject,
        data: DataFolder = DEFAULT_DATA,
        days: Annotated[
            int | None, typer.Option(min=1, help="Days until it expires; default: never.")
        ] = None,
        usage_point: Annotated[
            list[str] | None,
            typer.Option(help="What a gateway may write; repeat. Default: any registered device."),
        ] = None,
        as_json: AsJson = False,
    ) -> None:
        """Print a new token. It is shown this once."""
        from hub.accounts import tokens
        from hub.app.settings import database_url
        from hub.store.connection import connect

        expires = datetime.now(UTC) + timedelta(days=days) if days else None
        with connect(database_url(data), application="token") as conn:
            made = tokens.create(conn, kind, subject, expires)
            tokens.limit_gateway(conn, tokens.Subject(kind, subject), usage_point or [])
        answer = {
            "kind": kind,
            "subject": subject,
            "token": made,
            "expires_at": expires.isoformat() if expires else None,
        }
        print(json.dumps(answer) if as_json else made)

    @token.command()
    def revoke(
        kind: Kind, subject: Subject, data: DataFolder = DEFAULT_DATA, as_json: AsJson = False
    ) -> None:
        """Close every token of a subject."""
        from hub.accounts import tokens
        from hub.app.language import number
        from hub.app.settings import database_url
        from hub.store.connection import connect

        with connect(database_url(data), application="token") as conn:
            closed = tokens.revoke(conn, kind, subject)
        answer = {"kind": kind, "subject": subject, "revoked": closed}
        told = number(closed, ("jeton fermé", "jetons fermés"), ("token closed", "tokens closed"))
        print(json.dumps(answer) if as_json else told)
