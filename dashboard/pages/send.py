"""`/envoyer`: a household's files: choose, see what would happen, load, take back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard.components.basic import Children, extra, icon, notice, page_head
from dashboard.components.load_names import Names
from dashboard.components.load_reasons import is_mixed
from dashboard.components.load_report import gloss, report
from dashboard.components.native import Input
from dashboard.tongue import Tongue
from dashboard.visit import Visit
from hub.intake import report_words
from hub.intake.report import restored, spoken
from hub.store.commodities import Commodity, catalogue
from hub.store.connection import Connection
from hub.store.loads import StoredLoad, find_load, loads_of_household
from hub.store.senders import moved_in, own_usage_points

PATH, TEXT_PATH = "/envoyer", "/texte/envoyer"
#: So many loads are listed.
_LISTED = 20
#: So many files may be sent at once, of so many MiB together.
MOST_FILES, MOST_MIB = 20, 64


@dataclass(frozen=True, slots=True)
class SendData:
    """What the page shows: own usage points (reference, commodity), loads, one of them whole."""

    commodities: Sequence[Commodity]
    usage_points: Sequence[tuple[str, str]]
    loads: Sequence[StoredLoad]
    shown: StoredLoad | None = None
    moved_in: dt.date | None = None

    def names(self, tongue: Tongue, *, mixed: bool = False) -> Names:
        """What a report needs to name things."""
        return Names(tongue, self.commodities, self.usage_points, self.moved_in, mixed)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a form did: the reports of files (``dry_run``: tried only), what was taken back, or why
    nothing was done."""

    reports: Sequence[dict[str, Any]] = ()
    dry_run: bool = True
    undone: Sequence[str] = field(default_factory=tuple)
    problem: str = ""


def load(
    connection: Connection, household_id: int, values: dict[str, str] | None = None
) -> SendData:
    """The household's usage points and loads; ``envoi`` in the address asks for one of them."""
    loads = loads_of_household(connection, household_id, _LISTED)
    asked = (values or {}).get("envoi", "")
    found = find_load(connection, int(asked)) if asked.isdecimal() and len(asked) < 10 else None
    own = found is not None and found.actor in {each.actor for each in loads}
    return SendData(
        catalogue(connection),
        own_usage_points(connection, household_id),
        loads,
        found if own else None,
        moved_in(connection, household_id),
    )


def build(visit: Visit, data: SendData, outcome: Outcome | None = None) -> list[Component]:
    """The page; with ``outcome`` as it stands after a form was sent."""
    tongue = visit.tongue
    shown = [] if data.shown is None else _stored(visit, data, data.shown)
    return [
        page_head(*heads(tongue)),
        _form(tongue, data),
        html.P("", id="send-status", role="status", className="sentence"),
        html.Div(result(visit, data, outcome) if outcome else shown, id="send-result"),
        html.Section(listed(visit, data), id="send-loads"),
    ]


def heads(tongue: Tongue) -> tuple[str, str]:
    """The page's title and its one line."""
    return tongue.t("Envoyer des relevés"), tongue.t(
        "Les exports de vos portails et de vos compteurs : lus et vérifiés d'abord, enregistrés"
        " si vous le voulez, et annulables."
    )


def _form(tongue: Tongue, data: SendData) -> Component:
    """Choose files; all else is recognised, or asked for where it is not."""
    return html.Form(
        [
            _files_field(tongue),
            _point_field(tongue, data),
            _format_field(tongue),
            _submit(tongue.t("Vérifier"), "check", "preview"),
        ],
        id="send-form",
        action=TEXT_PATH,
        method="post",
        encType="multipart/form-data",
        className="send-form",
        **extra(
            data_send="",
            data_busy=tongue.t("Lecture des fichiers…"),
            data_failed=tongue.t("L'envoi n'a pas abouti. Réessayez."),
        ),
    )


def _files_field(tongue: Tongue) -> Component:
    kinds = tongue.t(
        "Exports d'Enedis, de GRDF, de distributeurs d'eau, de fournisseurs ou d'onduleurs, en CSV,"
        " Excel, JSON ou XML, ou plusieurs dans un ZIP ; {files} fichiers et {size} Mio au plus.",
        files=MOST_FILES,
        size=MOST_MIB,
    )
    chooser = Input(
        id="send-files",
        type="file",
        name="file",
        multiple=True,
        required=True,
        **extra(aria_describedby="send-kinds"),
    )
    return _field(tongue.t("Fichiers"), "send-files", chooser, kinds, "send-kinds")


def _point_field(tongue: Tongue, data: SendData) -> Component:
    names = {c.commodity: tongue.name(c) for c in data.commodities}
    points = [
        html.Option(f"{names.get(commodity, commodity)} {ref}", value=ref)
        for ref, commodity in data.usage_points
    ]
    choice = html.Select(
        [html.Option(tongue.t("celui que dit le fichier"), value=""), *points],
        id="send-point",
        name="usage_point",
        **extra(aria_describedby="send-point-help"),
    )
    help_text = tongue.t("À choisir seulement si le fichier ne le dit pas.")
    label = tongue.t("Point de livraison")
    return _field(label, "send-point", choice, help_text, "send-point-help")


def _format_field(tongue: Tongue) -> Component:
    name = Input(
        id="send-format",
        type="text",
        name="format",
        autoComplete="off",
        maxLength=60,
        **extra(aria_describedby="send-format-help"),
    )
    help_text = tongue.t(
        "Laissez vide : il est reconnu. Si plusieurs conviennent, écrivez ici le nom de l'un d'eux."
    )
    return _field(tongue.t("Format"), "send-format", name, help_text, "send-format-help")


def _field(label: str, name: str, control: Component, help_text: str, help_id: str) -> Component:
    return html.Div(
        [
            html.Label(label, htmlFor=name),
            control,
            html.P(help_text, id=help_id, className="gloss"),
        ],
        className="field",
    )


def _submit(words: str, symbol: str, does: str, **more: Any) -> Component:
    children: Children = [icon(symbol), words]
    return html.Button(
        html.Span(children),
        type="submit",
        name="do",
        value=does,
        className="button primary",
        **more,
    )


def result(visit: Visit, data: SendData, outcome: Outcome) -> list[Component]:
    """What a form did, and what can be done next."""
    tongue = visit.tongue
    if outcome.problem:
        return [_head(tongue.t("Rien n'a été fait")), notice(outcome.problem, "warning")]
    if outcome.undone:
        lines = [html.P(line) for line in outcome.undone]
        return [_head(tongue.t("Annulé")), notice(lines)]
    reports = [spoken(told, tongue.code) for told in outcome.reports]
    names = data.names(tongue, mixed=is_mixed(reports))
    news = any(_is_news(told) for told in reports)
    parts: list[Component] = [gloss(tongue)] if any(not t["problem"] for t in reports) else []
    if not outcome.dry_run:
        head = tongue.t("Enregistré") if news else tongue.t("Rien n'a été enregistré")
    else:
        head = (
            tongue.t("Voici ce qui serait enregistré") if news else tongue.t("Rien à enregistrer")
        )
    if not news and all(_is_known(told) for told in reports):
        head = tongue.t("Tout est déjà connu : rien à enregistrer")
    if not outcome.dry_run:
        return [_head(head), *parts, *(_done(names, told) for told in reports)]
    confirm = [_confirm(tongue)] if news else []
    return [_head(head), *confirm, *parts, *(report(names, told) for told in reports)]


def _head(words: str) -> Component:
    return html.H2(words, id="send-head", tabIndex=-1)


def _is_news(told: dict[str, Any]) -> bool:
    """Whether a file told something that the hub did not know: there is something to take back."""
    events = told["events"]
    changes = (told["accepted"], told["revised"], events["added"], events["changed"])
    return not told["problem"] and any(changes)


def _is_known(told: dict[str, Any]) -> bool:
    """Whether all that a file tells is known already."""
    known = bool(told["unchanged"] or told["events"]["unchanged"])
    return known and not (told["problem"] or told["rejected"] or _is_news(told))


def _confirm(tongue: Tongue) -> Component:
    """Load what was shown. Without a script the browser asks for the files again."""
    again = tongue.t(
        "Rien n'est encore enregistré. Sans JavaScript, choisissez de nouveau les fichiers"
        " ci-dessus avant d'enregistrer."
    )
    short = tongue.t("Rien n'est encore enregistré.")
    return html.Div(
        [
            html.P(short, className="with-script"),
            html.P(again, className="without-script"),
            _submit(tongue.t("Enregistrer"), "upload", "load", form="send-form"),
        ],
        className="confirm",
    )


def _done(names: Names, told: dict[str, Any]) -> Component:
    """A file's report with the way back."""
    if told["load"] is None or not _is_news(told):
        return report(names, told)
    return report(names, told, undo(names.tongue, told["load"], told["file"]))


def undo(tongue: Tongue, number: int, file: str) -> Component:
    """Take a load back."""
    words = html.Span(
        [icon("undo"), tongue.t("Annuler"), html.Span(f" {file}", className="visually-hidden")]
    )
    return html.Form(
        [
            Input(type="hidden", name="load", value=str(number)),
            html.Button(words, type="submit", name="do", value="undo", className="button"),
        ],
        action=TEXT_PATH,
        method="post",
        encType="multipart/form-data",
        **extra(data_send="", data_busy=tongue.t("Annulation…")),
    )


def listed(visit: Visit, data: SendData) -> list[Component]:
    """The household's loads, the newest first."""
    tongue = visit.tongue
    title = html.H2(tongue.t("Vos envois"))
    if not data.loads:
        return [title, html.P(tongue.t("Aucun envoi pour l'instant."), className="quiet")]
    return [title, html.Ul([_line(visit, each) for each in data.loads], className="loads")]


def _line(visit: Visit, each: StoredLoad) -> Component:
    tongue = visit.tongue
    told = restored(each.report, tongue.code)
    news = _is_news(told)
    state = tongue.t("enregistré") if news else tongue.t("rien n'a été pris")
    if _is_known(told):
        state = tongue.t("déjà connu")
    if each.undone_at:
        state = tongue.t("annulé le {when}", when=_moment(visit, each.undone_at))
    rows = report_words.rows_line(told, tongue.code)
    about = [
        html.A(each.file_name, href=f"{PATH}?envoi={each.load_id}"),
        html.P(
            " · ".join(part for part in (_moment(visit, each.started_at), state, rows) if part),
            className="quiet small",
        ),
    ]
    can_go = news and not each.undone_at
    back = undo(tongue, each.load_id, each.file_name) if can_go else None
    return html.Li([html.Div(about), back])


def _stored(visit: Visit, data: SendData, found: StoredLoad) -> list[Component]:
    """A load of the list, whole."""
    tongue = visit.tongue
    told = restored(found.report, tongue.code)
    title = tongue.t("Envoi du {when}", when=_moment(visit, found.started_at))
    names = data.names(tongue)
    if found.undone_at:
        when = _moment(visit, found.undone_at)
        gone = notice(tongue.t("Cet envoi a été annulé le {when}.", when=when))
        return [_head(title), gone, report(names, told)]
    back = undo(tongue, found.load_id, found.file_name) if _is_news(told) else None
    return [_head(title), report(names, told, back)]


def _moment(visit: Visit, moment: dt.datetime) -> str:
    return f"{moment.astimezone(visit.zone):%d/%m/%Y %H:%M}"
