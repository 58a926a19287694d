"""The report of a loaded file, as people read it: what became of its rows, what it holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard.components.basic import Table, notice, table
from dashboard.registers import register_name
from dashboard.tongue import Tongue
from hub.intake import report_words
from hub.model import TOTAL
from hub.store.commodities import Commodity
from hub.words import length

#: So many refused rows, alike ones as one, are shown; the API tells up to a thousand.
_REJECTS = 50
#: So many missing stretches are written out.
_STRETCHES = 8
Told = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Names:
    """What commodities are called in the reader's language."""

    tongue: Tongue
    commodities: Sequence[Commodity]

    def stream(self, told: Told) -> str:
        """ "Électricité", "Électricité, injection"."""
        found = next((c for c in self.commodities if c.commodity == told["commodity"]), None)
        name = self.tongue.name(found) if found else str(told["commodity"])
        if found is not None and told["flow"] == found.main_flow:
            return name
        flows = {
            "consumption": self.tongue.t("consommation"),
            "injection": self.tongue.t("injection"),
            "production": self.tongue.t("production"),
        }
        return f"{name}, {flows.get(told['flow'], told['flow'])}"


def report(names: Names, told: Told, aside: Component | None = None) -> Component:
    """One file's report; ``told`` has its texts in the reader's language, ``aside`` stands beside
    its name."""
    tongue = names.tongue
    head = html.Div([html.H3(told["file"]), aside], className="load-head")
    if told["problem"] is not None:
        words = tongue.t("Rien n'a pu en être lu : {why}.", why=_reason(tongue, told["problem"]))
        return html.Article([head, notice(words, "warning")], className="load-report")
    return html.Article(
        [
            head,
            html.P(report_words.rows_line(told, tongue.code), className="sentence rows-read"),
            _how(names, told),
            _channels(names, told),
            _gaps(tongue, told),
            _rejects(tongue, told),
        ],
        className="load-report",
    )


def _reason(tongue: Tongue, told: Told) -> str:
    """Why something was not taken, with what a reader of this page can do."""
    reason = told["reason"]
    if reason == "missing_usage_point":
        return tongue.t("le fichier ne dit pas son point de livraison ; choisissez-le ci-dessus")
    if reason == "several_formats":
        return tongue.t(
            "plusieurs formats conviennent ({names}) ; écrivez l'un d'eux ci-dessus, dans Format",
            names=told["detail"]["value"],
        )
    if reason == "not_allowed" and told["value"]:
        return tongue.t(
            "{meter} n'est pas un compteur de votre foyer ; demandez à la mairie de le relier",
            meter=told["value"],
        )
    return str(told["text"])


def gloss(tongue: Tongue) -> Component:
    """What the outcomes mean."""
    return html.P(
        tongue.t(
            "Acceptée : nouvelle. Inchangée : déjà connue. Révisée : elle remplace une autre"
            " valeur. Sans valeur : la source ne dit rien, ce n'est pas zéro. Ignorée : ce n'est"
            " pas un relevé (titre, ligne vide). Rejetée : pas prise, avec la raison."
        ),
        className="gloss",
    )


def _how(names: Names, told: Told) -> Component:
    """The format, how stamps and steps were read, what counts."""
    tongue = names.tongue
    items: list[str] = [tongue.t("Format reconnu : {name}", name=told["connector"])]
    items += [note["text"] for note in told["notes"]]
    items += [
        tongue.t(
            "{what} : {told}",
            what=f"{names.stream(counted)} {counted['usage_point']}",
            told=counted["text"],
        )
        for counted in told["counting"]
        if not report_words.is_plain(counted)
    ]
    return html.Ul([html.Li(item) for item in items], className="method")


def _channels(names: Names, told: Told) -> Component | None:
    """What the file holds, a row a channel."""
    tongue = names.tongue
    channels = told["channels"]
    if not channels:
        return None
    head = [
        tongue.t("Quoi"),
        tongue.t("Compteur"),
        tongue.t("Nombre"),
        tongue.t("Du"),
        tongue.t("Au"),
        tongue.t("Pas"),
        tongue.t("Total"),
        tongue.t("Manque"),
    ]
    rows = [_channel(names, channel) for channel in channels]
    holes = [
        html.Li(
            tongue.t(
                "{what} : {told}",
                what=_what(names, channel),
                told=stretches(tongue, channel["missing"]),
            )
        )
        for channel in channels
        if channel["missing"]["count"]
    ]
    parts: list[Component] = [
        table(Table(tongue.t("{file} : ce qu'il contient", file=told["file"]), head, rows))
    ]
    if told["channels_left"]:
        more = tongue.t("Et {count} autres séries.", count=tongue.whole(told["channels_left"]))
        parts.append(html.P(more, className="gloss"))
    if holes:
        title = tongue.t("Périodes qui manquent")
        parts += [html.H4(title), html.Ul(holes, className="method")]
    return html.Div(parts)


def _channel(names: Names, told: Told) -> list[Any]:
    tongue = names.tongue
    missing = told["missing"]
    step = (
        report_words.step_words(told["step"], told["period"], tongue.code) if told["step"] else "–"
    )
    return [
        _what(names, told),
        "/".join(part for part in (told["device"], told["input"]) if part),
        report_words.readings(told, tongue.code),
        moment(told["from"]),
        moment(told["to"]),
        step,
        report_words.amount(told, tongue.code) if told["total"] is not None else "–",
        tongue.whole(missing["count"]) if missing["count"] else "–",
    ]


def _what(names: Names, told: Told) -> str:
    stream = names.stream(told)
    if told["register"] == TOTAL:
        return stream
    return f"{stream}, {register_name(names.tongue, told['register'])}"


def _gaps(tongue: Tongue, told: Told) -> Component | None:
    if not told["gaps"]["count"]:
        return None
    words = tongue.t(
        "La source elle-même ne dit rien : {stretches}.",
        stretches=stretches(tongue, told["gaps"]),
    )
    return html.P(words, className="sentence")


def _rejects(tongue: Tongue, told: Told) -> Component | None:
    """The rows that were not taken, and why."""
    rejects = told["rejects"]
    if not rejects:
        return None
    head = [tongue.t("Lignes"), tongue.t("Colonne"), tongue.t("Valeur"), tongue.t("Raison")]
    groups = report_words.grouped(rejects)
    rows = [
        [
            report_words.ranges(numbers),
            reject["column"] or "–",
            reject["value"] or "–",
            _reason(tongue, reject),
        ]
        for numbers, reject in groups[:_REJECTS]
    ]
    parts: list[Component] = [
        table(Table(tongue.t("{file} : lignes rejetées", file=told["file"]), head, rows), "rejects")
    ]
    left = told["rejects_left"] + sum(len(numbers) for numbers, _ in groups[_REJECTS:])
    if left:
        more = tongue.n("Et {count} autre ligne.", "Et {count} autres lignes.", left)
        parts.append(html.P(more, className="gloss"))
    return html.Div(parts)


def stretches(tongue: Tongue, missing: Told) -> str:
    """ "3 périodes, 6 jours 8 h en tout : du 18 janvier 2022 à 16 h au 20 janvier ..." """
    count = tongue.n("{count} période", "{count} périodes", missing["count"])
    shown = [
        tongue.t("du {start} au {end}", start=_said(tongue, s["from"]), end=_said(tongue, s["to"]))
        for s in missing["first"][:_STRETCHES]
    ]
    between = " ; " if tongue.french else "; "
    more = [] if missing["count"] == len(shown) else ["…"]
    return tongue.t(
        "{count}, {span} en tout : {stretches}",
        count=count,
        span=length(missing["seconds"], tongue.code),
        stretches=between.join([*shown, *more]),
    )


def _said(tongue: Tongue, told: str) -> str:
    at = dt.datetime.fromisoformat(told)
    return tongue.t("{day} à {hour}", day=tongue.day(at.date()), hour=tongue.clock(at))


def moment(told: str) -> str:
    """ "20/11/2026 00:30", local, in both languages."""
    return f"{dt.datetime.fromisoformat(told):%d/%m/%Y %H:%M}"
