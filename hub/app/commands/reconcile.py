"""`hub reconcile`: do the totals add up, to each other and to the readings?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from hub.app.options import DEFAULT_DATA, AsJson, DataFolder

if TYPE_CHECKING:
    from hub.store.reconcile import Outcome


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def reconcile(
        data: DataFolder = DEFAULT_DATA,
        sample: Annotated[
            int, typer.Option(min=1, help="One in so many days is recomputed from its registers.")
        ] = 100,
        as_json: AsJson = False,
    ) -> None:
        """Check on one snapshot that slots, days, months, households and areas add up."""
        import json

        from hub.app.settings import database_url
        from hub.rollup.reconcile import reconcile as run
        from hub.store.connection import connect
        from hub.store.verdicts import keep_verdict

        with connect(database_url(data), application="reconcile") as conn:
            conn.autocommit = True
            pending, outcomes = run(conn, every=sample)
            keep_verdict(conn, pending, outcomes)
        if as_json:
            found = [
                {"check": o.name, "counted": o.compared, "left_out": dict(o.left_out),
                 "differences": o.differences, "shown": list(o.shown)} for o in outcomes
            ]  # fmt: skip
            print(json.dumps({"pending": pending, "checks": found}, default=str, indent=1))
        else:
            for line in _lines(pending, outcomes):
                print(line)
        if any(o.differences for o in outcomes):
            raise typer.Exit(1)


def _lines(pending: dict[str, int], outcomes: list[Outcome]) -> list[str]:
    lines = []
    for outcome in outcomes:
        result = "ok" if outcome.compared else "nothing compared"
        if outcome.differences:
            result = f"{outcome.differences} DIFFERENCES"
        lines.append(f"{result:<16} {outcome.name} ({_counts(outcome)})")
        lines += [
            "    " + ", ".join(f"{name} {value}" for name, value in row.items())
            for row in outcome.shown
        ]
        if outcome.differences > len(outcome.shown):
            lines.append(f"    and {outcome.differences - len(outcome.shown)} more")
    lines.append(
        f"pending: {pending['ranges']} ranges ({pending['set_aside']} set aside),"
        f" {pending['areas']} area totals ({pending['areas_set_aside']} set aside)"
    )
    return lines


def _counts(outcome: Outcome) -> str:
    left_out = ", ".join(f"{number} {why}" for why, number in outcome.left_out.items())
    return f"{outcome.compared} rows" + (f"; left out: {left_out}" if left_out else "")
