"""`hub rebuild`: recomputes the derived tables from readings."""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from hub.app.options import DEFAULT_DATA, AsJson, DataFolder

if TYPE_CHECKING:
    from hub.rollup.rebuild import Rebuilt

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
        from hub.app.language import show
        from hub.app.settings import database_url
        from hub.rollup.rebuild import rebuild as run
        from hub.store.connection import connect

        if first and last and first > last:
            raise CommandError(
                f"--from {first.date()} lies after --to {last.date()}",
                f"--from {first.date()} est après --to {last.date()}",
            )
        url = database_url(data)
        began = time.monotonic()
        with connect(url, application="rebuild") as conn:
            conn.autocommit = True
            done = run(conn, url, first.date() if first else None, last.date() if last else None)
        seconds = time.monotonic() - began
        if as_json:
            print(json.dumps({**asdict(done), "seconds": round(seconds, 3)}))
        else:
            show("\n".join(_lines(done, seconds)))


def _lines(done: Rebuilt, seconds: float) -> list[str]:
    from hub.app.language import either, number

    lines = []
    if done.tried_again:
        again = number(
            done.tried_again,
            ("modification mise de côté sera", "modifications mises de côté seront"),
            ("change that was set aside is", "changes that were set aside are"),
        )
        lines.append(
            again + either(" recalculées par le service" if done.tried_again > 1
                           else " recalculée par le service", " tried again by the rollup")
        )  # fmt: skip
    if not done.channels:
        lines.append(
            either("rien à recalculer : aucun relevé", "nothing to recompute: no readings")
        )
        return lines
    fr, en = ("jour", "jours"), ("day", "days")
    channels = number(done.channels, ("voie", "voies"), ("channel", "channels"))
    homes = number(done.households, ("foyer", "foyers"), ("household", "households"))
    areas = number(
        done.areas, ("total de territoire", "totaux de territoire"), ("area total", "area totals")
    )
    lines.append(
        either("recalculé en ", "recomputed in ")
        + f"{seconds:.1f} s{either(' :', ':')} {channels} ({number(done.channel_days, fr, en)}), "
        f"{homes} ({number(done.household_days, fr, en)}), {areas}"
    )
    return lines
