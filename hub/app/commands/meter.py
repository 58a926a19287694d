"""`hub meter replace`: a meter was replaced; its last and the new one's first register."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.app.options import DEFAULT_DATA, DataFolder


def register(app: typer.Typer) -> None:
    """Add the command group `meter`."""
    group = typer.Typer(no_args_is_help=True, help="Meters and what happens to them.")
    app.add_typer(group, name="meter")

    @group.callback()
    def options() -> None:
        """Meters and what happens to them."""

    @group.command()
    def replace(
        usage_point: Annotated[str, typer.Argument(help="Reference of the usage point.")],
        at: Annotated[str, typer.Option(help="When: 2026-11-22T10:30, local or with an offset.")],
        closing: Annotated[str, typer.Option(help="Last register of the old meter, kWh or m3.")],
        opening: Annotated[str, typer.Option(help="First register of the new meter, kWh or m3.")],
        register: Annotated[str, typer.Option(help="HP, HC, ...; empty: all.")] = "",
        commodity: Annotated[str, typer.Option(help="Where the reference has several.")] = "",
        flow: Annotated[
            str, typer.Option(help="consumption, injection, production.")
        ] = "consumption",
        data: DataFolder = DEFAULT_DATA,
    ) -> None:
        """Record the replacement of a meter; totals around it are computed again."""
        from hub.app.errors import CommandError
        from hub.app.language import either, show
        from hub.app.settings import database_url
        from hub.registry.importing import import_tables
        from hub.registry.rows import typed_rows
        from hub.registry.tables import BY_NAME
        from hub.store.connection import connect, zone_of

        row = {
            "usage_point": usage_point,
            "commodity": commodity,
            "at": at,
            "kind": "replacement",
            "flow": flow,
            "register": register,
            "closing": closing,
            "opening": opening,
        }
        with connect(database_url(data), application="meter") as conn:
            read = typed_rows("meter replace", BY_NAME["meter_event"], [row], zone_of(conn))
            report = import_tables(conn, [read])
        if report.problems:
            problem = report.problems[0]
            where = "--" + (problem.column or "at")
            told = "USAGE_POINT" if where == "--usage_point" else where
            raise CommandError(f"{told}: {problem.text('en')}", f"{told} : {problem.text('fr')}")
        known = report.tables["meter_event"].unchanged
        show(
            either(
                f"Remplacement du compteur de {usage_point} le {at} : "
                + ("déjà connu." if known else "enregistré."),
                f"Replacement of the meter of {usage_point} at {at}: "
                + ("known already." if known else "recorded."),
            )
        )
