"""`hub reconcile`: do the totals add up, to each other and to the readings?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.app.options import DEFAULT_DATA, AsJson, DataFolder
from hub.check_words import check_name, left_out
from hub.words import visible

if TYPE_CHECKING:
    from hub.store.reconcile import Outcome

_WIDTH = 16


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def reconcile(
        data: DataFolder = DEFAULT_DATA,
        sample: Annotated[
            int | None,
            typer.Option(
                min=1,
                help="One in so many days is recomputed from its registers. Default: 100, or as"
                " many as leave 20 000 days.",
            ),
        ] = None,
        as_json: AsJson = False,
    ) -> None:
        """Check on one snapshot that slots, days, months, households and areas add up."""
        import json

        from hub.app.language import show
        from hub.app.settings import database_url
        from hub.rollup.reconcile import reconcile as run
        from hub.store.connection import connect
        from hub.store.verdicts import keep_verdict

        with connect(database_url(data), application="reconcile") as conn:
            conn.autocommit = True
            pending, outcomes = run(conn, every=sample)
            keep_verdict(conn, pending, outcomes)
        if as_json:
            print(json.dumps(as_content(pending, outcomes), default=str, indent=1))
        else:
            show("\n".join(lines(pending, outcomes)))
        if any(o.differences for o in outcomes):
            raise typer.Exit(1)


def as_content(pending: dict[str, int], outcomes: list[Outcome]) -> dict[str, Any]:
    """What was found, for programs."""
    found = [
        {"check": o.name, "counted": o.compared, "left_out": dict(o.left_out),
         "differences": o.differences, "shown": list(o.shown)} for o in outcomes
    ]  # fmt: skip
    return {"pending": pending, "checks": found}


def lines(pending: dict[str, int], outcomes: list[Outcome]) -> list[str]:
    """Each check with what it found, what waits, and the verdict last."""
    from hub.app.language import either, language

    told = []
    for outcome in outcomes:
        # English operators see the names that the code and JSON have.
        name = check_name(outcome.name, "fr") if language() == "fr" else outcome.name
        told.append(f"{_result(outcome):<{_WIDTH}} {name} ({_counts(outcome)})")
        told += [
            "    " + visible(", ".join(f"{name} {value}" for name, value in row.items()))
            for row in outcome.shown
        ]
        left = outcome.differences - len(outcome.shown)
        if left > 0:
            told.append(either(f"    et {left} de plus", f"    and {left} more"))
    return [*told, *_pending(pending), _verdict(outcomes)]


def _result(outcome: Outcome) -> str:
    from hub.app.language import either, number

    if outcome.differences:
        forms = ("DIFFÉRENCE", "DIFFÉRENCES"), ("DIFFERENCE", "DIFFERENCES")
        return number(outcome.differences, *forms)
    return "ok" if outcome.compared else either("rien à comparer", "nothing compared")


def _counts(outcome: Outcome) -> str:
    from hub.app.language import either, number

    told = number(outcome.compared, ("ligne", "lignes"), ("row", "rows"))
    if not outcome.left_out:
        return told
    codes = ", ".join(f"{count} {why}" for why, count in outcome.left_out.items())
    aside = left_out(outcome.left_out, "fr")
    return told + either(f" ; de côté : {aside}", f"; left out: {codes}")


def _pending(pending: dict[str, int]) -> list[str]:
    """What waits to be computed; what it touches was not compared."""
    from hub.app.language import either, number

    told = []
    for name, fr, en in (
        ("ranges", ("modification", "modifications"), ("change", "changes")),
        ("areas", ("total de territoire", "totaux de territoire"), ("area total", "area totals")),
    ):
        aside = "set_aside" if name == "ranges" else "areas_set_aside"
        if pending[name]:
            forms = ("mise de côté", "mises de côté"), ("set aside", "set aside")
            apart = f" ({number(pending[aside], *forms)})" if pending[aside] else ""
            told.append(number(pending[name], fr, en) + apart)
    head = either("pas encore calculé : ", "pending, not compared: ")
    return [head + ", ".join(told)] if told else []


def _verdict(outcomes: list[Outcome]) -> str:
    from hub.app.language import either, number

    wrong = sum(o.differences > 0 for o in outcomes)
    if wrong:
        forms = ("contrôle a trouvé", "contrôles ont trouvé"), ("check found", "checks found")
        return number(wrong, *forms) + either(
            " des différences. 'hub rebuild' recalcule tout à partir des relevés.",
            " differences. 'hub rebuild' computes everything again from the readings.",
        )
    if not any(o.compared for o in outcomes):
        return either("Il n'y a encore rien à comparer.", "There is nothing to compare yet.")
    rows = number(sum(o.compared for o in outcomes), ("ligne", "lignes"), ("row", "rows"))
    return either(
        f"Tout ce qui a été comparé concorde ({rows}).", f"Everything compared adds up ({rows})."
    )
