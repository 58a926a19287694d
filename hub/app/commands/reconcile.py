"""`hub reconcile`: do the totals add up, to each other and to the readings?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from hub.app.options import DEFAULT_DATA, AsJson, DataFolder
from hub.words import visible

if TYPE_CHECKING:
    from hub.store.reconcile import Outcome

_WIDTH = 16
#: The checks as hub.store.reconcile and hub.rollup.recount name them, in French.
FRENCH = {
    "the slots of a day add up to the day": "les demi-heures d'un jour font le jour",
    "the days of a month add up to the month (channels)":
        "les jours d'un mois font le mois (voies)",
    "the days of a month add up to the month (households)":
        "les jours d'un mois font le mois (foyers)",
    "the days of a month add up to the month (areas)":
        "les jours d'un mois font le mois (territoires)",
    "the days of a register add up to last minus first (channels without flags)":
        "les jours d'un index font le dernier moins le premier (voies sans réserve)",
    "the days of intervals add up to the intervals (channels without flags)":
        "les jours d'une courbe font la somme de la courbe (voies sans réserve)",
    "a day is the difference of the registers interpolated at its bounds (sample)":
        "un jour est la différence des index interpolés à ses bornes (échantillon)",
    "a household with one channel a usage point is the sum of these channels":
        "un foyer à une voie par point de livraison est la somme de ces voies",
    "the households present add up to their area": "les foyers présents font leur territoire",
    "every household is the sum of the channels that count":
        "chaque foyer est la somme des voies qui comptent",
}  # fmt: skip


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

        from hub.app.language import show
        from hub.app.settings import database_url
        from hub.rollup.reconcile import reconcile as run
        from hub.store.connection import connect

        with connect(database_url(data), application="reconcile") as conn:
            conn.autocommit = True
            pending, outcomes = run(conn, every=sample)
        if as_json:
            found = [
                {"check": o.name, "counted": o.counted, "differences": o.differences,
                 "shown": list(o.shown)} for o in outcomes
            ]  # fmt: skip
            print(json.dumps({"pending": pending, "checks": found}, default=str, indent=1))
        else:
            show("\n".join(_lines(pending, outcomes)))
        if any(o.differences for o in outcomes):
            raise typer.Exit(1)


def _lines(pending: dict[str, int], outcomes: list[Outcome]) -> list[str]:
    """Each check with what it found, what was left out, and the verdict last."""
    from hub.app.language import either, language, number

    lines = []
    for outcome in outcomes:
        name = FRENCH.get(outcome.name, outcome.name) if language() == "fr" else outcome.name
        lines.append(f"{_result(outcome):<{_WIDTH}} {name} ({_rows(outcome.counted)})")
        lines += [
            "    " + visible(", ".join(f"{name} {value}" for name, value in row.items()))
            for row in outcome.shown
        ]
        left = outcome.differences - len(outcome.shown)
        if left > 0:
            lines.append(either(f"    et {left} de plus", f"    and {left} more"))
    lines += _left_out(pending)
    wrong = sum(o.differences > 0 for o in outcomes)
    held = sum(o.counted > 0 for o in outcomes) - wrong
    if wrong:
        told = number(wrong, ("contrôle a trouvé", "contrôles ont trouvé"), ("check", "checks"))
        lines.append(
            told
            + either(
                " des différences. 'hub rebuild' recalcule tout à partir des relevés.",
                " found differences. 'hub rebuild' computes everything again from the readings.",
            )
        )
    elif held and any(pending.values()):
        lines.append(either("Tout le reste concorde.", "Everything else adds up."))
    elif held:
        lines.append(either("Tout concorde.", "Everything adds up."))
    else:
        lines.append(either("Il n'y a encore rien à contrôler.", "There is nothing to check yet."))
    return lines


def _result(outcome: Outcome) -> str:
    from hub.app.language import either, number

    if outcome.differences:
        forms = ("DIFFÉRENCE", "DIFFÉRENCES"), ("DIFFERENCE", "DIFFERENCES")
        return number(outcome.differences, *forms)
    return "ok" if outcome.counted else either("rien", "nothing")


def _rows(counted: int) -> str:
    from hub.app.language import number

    return number(counted, ("ligne", "lignes"), ("row", "rows"))


def _left_out(pending: dict[str, int]) -> list[str]:
    """What waits to be computed, and so was not looked at."""
    from hub.app.language import either, number

    waiting, aside = pending["ranges"] - pending["set_aside"], pending["set_aside"]
    told = []
    if waiting:
        forms = ("modification", "modifications"), ("change of readings", "changes of readings")
        told.append(number(waiting, *forms))
    if pending["areas"]:
        forms = ("total de territoire", "totaux de territoire"), ("area total", "area totals")
        told.append(number(pending["areas"], *forms))
    if aside:
        forms = (
            ("modification mise de côté", "modifications mises de côté"),
            (
                "change that was set aside (see 'hub status')",
                "changes that were set aside (see 'hub status')",
            ),
        )
        told.append(number(aside, *forms))
    head = either("laissé de côté, car pas encore calculé : ", "pending, left out of the checks: ")
    return [head + ", ".join(told)] if told else []
