"""`hub reconcile`: do the totals add up, to each other and to the readings?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

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
    "the days of a register add up to last minus first":
        "les jours d'un index font le dernier moins le premier",
    "the days of intervals add up to the intervals":
        "les jours d'une courbe font la somme de la courbe",
    "a day is the difference of the registers interpolated at its bounds":
        "un jour est la différence des index interpolés à ses bornes",
    "a household with one channel a usage point is the sum of these channels":
        "un foyer à une voie par point de livraison est la somme de ces voies",
    "the households present add up to their area": "les foyers présents font leur territoire",
    "every household is the sum of the channels that count":
        "chaque foyer est la somme des voies qui comptent",
}  # fmt: skip
#: Why rows are left out, as the checks say it, in French.
WHY = {
    "pending": "en attente",
    "retention": "au-delà de la conservation",
    "several channels": "à plusieurs voies",
    "club": "de club",
    "not in the sample": "hors de l'échantillon",
    "flagged": "avec réserve",
    "meter event": "avec événement de compteur",
    "pulse": "dont l'impulsion vaut autre chose depuis un jour",
    "no readings": "sans relevé",
    "no register near": "sans index proche",
}


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
        name = FRENCH.get(outcome.name, outcome.name) if language() == "fr" else outcome.name
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
    from hub.app.language import either, language, number

    told = number(outcome.compared, ("ligne", "lignes"), ("row", "rows"))
    if not outcome.left_out:
        return told
    french = language() == "fr"
    left_out = ", ".join(
        f"{count} {WHY.get(why, why) if french else why}" for why, count in outcome.left_out.items()
    )
    return told + either(" ; de côté : ", "; left out: ") + left_out


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
