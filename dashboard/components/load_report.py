"""The report of a loaded file, as people read it: what became of its rows, what it holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard.components.basic import Table, notice, table
from dashboard.components.load_names import Names, Told
from dashboard.components.load_reasons import problem, reason
from dashboard.registers import register_name
from dashboard.source_names import source_name
from dashboard.tongue import NBSP, Tongue
from hub.intake import report_words
from hub.model import TOTAL
from hub.words import length

#: So many refused rows, alike ones as one, are shown; the API tells up to a thousand.
_REJECTS = 50
#: So many missing stretches are written out.
_STRETCHES = 8
#: Units as people write them.
_UNITS = {"m3": "m³", "unit": "u"}


def report(names: Names, told: Told, aside: Component | None = None) -> Component:
    """One file's report; ``told`` has its texts in the reader's language, ``aside`` stands beside
    its name."""
    tongue = names.tongue
    head = html.Div([html.H3(told["file"]), aside], className="load-head")
    if told["problem"] is not None:
        words = tongue.t("Rien n'a pu en être lu : {why}.", why=problem(names, told))
        return html.Article([head, notice(words, "warning")], className="load-report")
    return html.Article(
        [
            head,
            html.P(report_words.rows_line(told, tongue.code), className="sentence rows-read"),
            _how(names, told),
            _channels(names, told),
            _gaps(tongue, told),
            _rejects(names, told),
        ],
        className="load-report",
    )


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
    format_name = source_name(tongue, told["connector"] or "")
    items: list[str] = [tongue.t("Format reconnu : {name}", name=format_name)]
    items += [note["text"] for note in told["notes"]]
    items += [
        tongue.t(
            "{what} : {told}",
            what=f"{names.stream(counted)} {counted['usage_point']}",
            told=_counting(tongue, counted),
        )
        for counted in told["counting"]
        if not report_words.is_plain(counted)
    ]
    return html.Ul([html.Li(item) for item in items], className="method")


def _counting(tongue: Tongue, counted: Told) -> str:
    """Which registers and which source count, in one sentence."""
    apart = " ; " if tongue.french else "; "
    sources = counted["sources"]
    own = next(feed for feed in sources if feed["this_file"])
    parts = [_registers(tongue, own)] if own["registers"] != [TOTAL] else []
    if len(sources) > 1:
        named = dict.fromkeys(_source(tongue, feed) for feed in sources)
        order = tongue.t(
            "plusieurs sources ; chaque jour compte celle qui le couvre le mieux, et à égalité la"
            " première de celles-ci : {sources}",
            sources=apart.join(f"{place}. {name}" for place, name in enumerate(named, 1)),
        )
        parts.append(order)
    return apart.join(parts)


def _registers(tongue: Tongue, feed: Told) -> str:
    def named(registers: Sequence[str]) -> str:
        return tongue.join(
            [
                tongue.t("le total") if name == TOTAL else register_name(tongue, name)
                for name in registers
            ]
        )

    if not feed["counts"]:
        return tongue.t(
            "ne compte dans aucun total connu : {names}", names=named(feed["registers"])
        )
    if not feed["beside"]:
        return tongue.t("ce qui compte : {names}", names=named(feed["counts"]))
    return tongue.t(
        "ce qui compte : {names} (et à côté, sans s'y ajouter : {beside})",
        names=named(feed["counts"]),
        beside=named(feed["beside"]),
    )


def _source(tongue: Tongue, feed: Told) -> str:
    """ "espace client GRDF (Excel), quantités par jour (ce fichier)"."""
    said = f"{source_name(tongue, feed['source'])}, {report_words.kind_words(feed, tongue.code)}"
    return tongue.t("{source} (ce fichier)", source=said) if feed["this_file"] else said


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
                what=_which(names, channel, channels),
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
        _readings(tongue, told),
        moment(told["from"]),
        moment(told["to"]),
        step,
        _amount(tongue, told) if told["total"] is not None else "–",
        tongue.whole(missing["count"]) if missing["count"] else "–",
    ]


def _what(names: Names, told: Told) -> str:
    stream = names.stream(told)
    if told["register"] == TOTAL:
        return stream
    return f"{stream}, {register_name(names.tongue, told['register'])}"


def _which(names: Names, told: Told, channels: Sequence[Told]) -> str:
    """A channel among the others of its file: of what kind, of which meter, where several are of
    one thing."""
    tongue = names.tongue
    alike = [other for other in channels if _what(names, other) == _what(names, told)]
    kinds = {report_words.kind_words(other, tongue.code) for other in alike}
    devices = {other["device"] for other in alike}
    return ", ".join(
        [
            _what(names, told),
            *([told["device"]] if len(devices) > 1 else []),
            *([report_words.kind_words(told, tongue.code)] if len(kinds) > 1 else []),
        ]
    )


def _readings(tongue: Tongue, told: Told) -> str:
    """ "17 520 quantités"."""
    number, noun = report_words.readings(told, tongue.code).split(" ", 1)
    return f"{tongue.whole(int(number))}{NBSP}{noun}"


def _amount(tongue: Tongue, told: Told) -> str:
    """ "1 854 kWh", "7,4 m³": as many decimals as its size bears."""
    total, unit = told["total"], told["unit"]
    size = abs(total)
    decimals = 0 if size >= 100 else 1 if size >= 10 else 3
    number = tongue.fixed(total, decimals)
    mark = "," if tongue.french else "."
    number = number.rstrip("0").rstrip(mark) if decimals else number
    return f"{number}{NBSP}{_UNITS.get(unit, unit)}"


def _gaps(tongue: Tongue, told: Told) -> Component | None:
    if not told["gaps"]["count"]:
        return None
    words = tongue.t(
        "La source elle-même ne dit rien : {stretches}.",
        stretches=stretches(tongue, told["gaps"]),
    )
    return html.P(words, className="sentence")


def _rejects(names: Names, told: Told) -> Component | None:
    """The rows that were not taken, and why."""
    tongue, rejects = names.tongue, told["rejects"]
    if not rejects:
        return None
    groups = report_words.grouped(rejects)[:_REJECTS]
    columns = {
        tongue.t("Lignes"): [report_words.ranges(group.lines) for group in groups],
        tongue.t("Colonne"): [group.reject["column"] or "–" for group in groups],
        tongue.t("Valeur"): [
            "–" if group.span is not None else group.reject["value"] or "–" for group in groups
        ],
        tongue.t("Raison"): [reason(names, group) for group in groups],
    }
    # on a phone a column of dashes would push the reasons out of sight
    told_of = {head: cells for head, cells in columns.items() if set(cells) != {"–"}}
    rows = [list(row) for row in zip(*told_of.values(), strict=True)]
    title = tongue.t("{file} : lignes rejetées", file=told["file"])
    parts: list[Component] = [table(Table(title, list(told_of), rows), "rejects")]
    left = told["rejected"] - len(set[int]().union(*(group.rows for group in groups)))
    if left > 0:
        more = tongue.n(
            "Et {count} autre ligne rejetée.", "Et {count} autres lignes rejetées.", left
        )
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
