"""`hub rebuild`: recomputes the derived tables from readings."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Annotated

import typer

from hub.app.options import DEFAULT_DATA, AsJson, DataFolder

_DAY = ["%Y-%m-%d"]


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def rebuild(
        data: DataFolder = DEFAULT_DATA,
        first: Annotated[
            datetime | None, typer.Option("--from", formats=_DAY, help="First local day.")
        ] = None,
        last: Annotated[
            datetime | None, typer.Option("--to", formats=_DAY, help="Last local day.")
        ] = None,
        as_json: AsJson = False,
    ) -> None:
        """Recompute totals from readings: all, or some local days. Workers wait meanwhile."""
        import json
        from dataclasses import asdict

        from hub.app.errors import CommandError
        from hub.app.settings import database_url
        from hub.rollup.rebuild import rebuild as run
        from hub.store.connection import connect

        if first and last and first > last:
            raise CommandError(f"--from {first.date()} lies after --to {last.date()}")
        url = database_url(data)
        began = time.monotonic()
        with connect(url, application="rebuild") as conn:
            conn.autocommit = True
            done = run(conn, url, first.date() if first else None, last.date() if last else None)
        seconds = time.monotonic() - began
        if as_json:
            print(json.dumps({**asdict(done), "seconds": round(seconds, 3)}))
            return
        if done.tried_again:
            print(f"{done.tried_again} ranges that were set aside are tried again by the rollup")
        print(
            f"{done.channels} channels: {done.channel_days} days; "
            f"{done.households} households: {done.household_days} days; "
            f"{done.areas} area totals; {seconds:.1f} s"
        )
