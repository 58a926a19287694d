"""`/historique`: one household's past from half-hours to years, all commodities side by side."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from dash import dcc, html
from dash.development.base_component import Component

from dashboard import charts
from dashboard.chart_style import Style
from dashboard.components.basic import (
    Children,
    Table,
    colours,
    extra,
    figure,
    icon,
    notice,
    page_head,
)
from dashboard.components.legend import legend
from dashboard.times import DAY, add_months, days_between
from dashboard.tongue import Tongue
from dashboard.views.bars import BarRow, cell, remark
from dashboard.views.history import HistoryView, history_view
from dashboard.views.history_bars import HistoryData
from dashboard.views.periods import LEVELS, Level, Period, ancestors, asked, short_title, title
from dashboard.visit import Visit
from hub import estimates
from hub.store import pages as store
from hub.store.commodities import catalogue
from hub.store.connection import Connection
from hub.store.pages import DayRow, MonthRow

PATH = "/historique"


def load(
    connection: Connection, visit: Visit, household_id: int, values: Mapping[str, str]
) -> HistoryData:
    """The rows of the period asked for, and of what it is compared with."""
    commodities = catalogue(connection)
    wanted = asked(values, visit.today, [c.commodity for c in commodities])
    span = store.household_span(connection, household_id)
    first, end = (wanted.start, wanted.end) if wanted.level != "tout" else _whole(span, visit.today)
    return HistoryData(
        now=visit.now,
        zone=visit.zone,
        commodities=commodities,
        period=wanted,
        span=span,
        days=_days(connection, household_id, wanted),
        months=_months(connection, household_id, wanted, visit.today),
        estimates=estimates.of_household(connection, household_id, str(visit.zone), first, end),
    )


def _whole(span: tuple[dt.date, dt.date] | None, today: dt.date) -> tuple[dt.date, dt.date]:
    """From the first to the last known day (exclusive)."""
    return (span[0], span[1] + DAY) if span else (today, today)


def _days(connection: Connection, household_id: int, wanted: Period) -> list[DayRow]:
    if wanted.level == "jour":
        around = days_between(wanted.start - DAY, wanted.end)
        before = [wanted.start - DAY * 7 * week for week in range(1, 9)]
        return store.household_days(
            connection, household_id, around, slots=True
        ) + store.household_days(connection, household_id, before, slots=False)
    if wanted.level in ("semaine", "mois"):
        days = days_between(wanted.previous.start, wanted.end)
        return store.household_days(connection, household_id, days, slots=False)
    return []


def _months(
    connection: Connection, household_id: int, wanted: Period, today: dt.date
) -> list[MonthRow]:
    if wanted.level == "mois":
        first = add_months(wanted.start, -12)
        return store.household_months(connection, household_id, first, add_months(first, 1))
    if wanted.level == "annee":
        return store.household_months(
            connection, household_id, add_months(wanted.start, -12), wanted.end
        )
    if wanted.level == "tout":
        return store.household_months(connection, household_id, dt.date(2000, 1, 1), today + DAY)
    return []


def build(visit: Visit, data: HistoryData) -> list[Component]:
    """The page of a household."""
    tongue = visit.tongue
    view = history_view(tongue, data)
    head = page_head(tongue.t("Historique"), _breadcrumb(tongue, data, visit.today))
    controls = html.Div(
        [
            _commodities(tongue, data),
            _levels(tongue, data.period, visit.today),
            _steps(tongue, view),
        ],
        className="controls",
    )
    if not view.series:
        return [
            head,
            controls,
            notice(tongue.t("Rien n'est connu pour cette période. Choisissez-en une autre.")),
        ]
    return [head, controls, _main(visit, data, view)]


def _link(target: Period, children: Children, *, current: bool = False) -> Component:
    return dcc.Link(children, href=PATH + target.query, className="current" if current else "")


def _breadcrumb(tongue: Tongue, data: HistoryData, today: dt.date) -> Component:
    ways = ancestors(data.period)
    items = [
        html.Li(
            _link(way, title(tongue, way, today))
            if way is not ways[-1]
            else html.Span(title(tongue, way, today), **extra(aria_current="page"))
        )
        for way in ways
    ]
    return html.Nav(
        html.Ol(items),
        className="breadcrumb",
        **extra(aria_label=tongue.t("Où vous êtes dans le temps")),
    )


def _commodities(tongue: Tongue, data: HistoryData) -> Component:
    """All side by side, or one."""
    present = {row.measure.commodity for row in data.rows}
    links = [_link(data.period.of(""), tongue.t("Toutes"), current=not data.period.commodity)]
    links += [
        html.Span(
            _link(
                data.period.of(c.commodity),
                [icon(c.icon), tongue.name(c)],
                current=data.period.commodity == c.commodity,
            ),
            style=colours(c.colour_light, c.colour_dark),
        )
        for c in data.commodities
        if c.commodity in present or c.commodity == data.period.commodity
    ]
    return html.Nav(links, className="choices", **extra(aria_label=tongue.t("Énergie ou eau")))


def level_names(tongue: Tongue) -> dict[Level, str]:
    """The levels as the switch names them."""
    return {
        "jour": tongue.t("Jour"),
        "semaine": tongue.t("Semaine"),
        "mois": tongue.t("Mois"),
        "annee": tongue.t("Année"),
        "tout": tongue.t("Tout"),
    }


def _levels(tongue: Tongue, wanted: Period, today: dt.date) -> Component:
    names = level_names(tongue)
    links = [
        _link(wanted.at(level, today), names[level], current=level == wanted.level)
        for level in LEVELS
    ]
    return html.Nav(links, className="choices joined", **extra(aria_label=tongue.t("Durée")))


def _steps(tongue: Tongue, view: HistoryView) -> Component:
    """Previous and next, named by what they lead to."""
    items: list[Component] = []
    if view.previous:
        items.append(
            _link(view.previous, [icon("chevron-left"), short_title(tongue, view.previous)])
        )
    if view.next:
        items.append(_link(view.next, [short_title(tongue, view.next), icon("chevron-right")]))
    return html.Nav(items, className="steps", **extra(aria_label=tongue.t("Avant, après")))


def _main(visit: Visit, data: HistoryData, view: HistoryView) -> Component:
    """Title, sentences, chart, table."""
    tongue = visit.tongue
    rows = [series.row for series in view.series]
    sentences = [
        html.Li(
            series.sentence,
            style=colours(series.row.commodity.colour_light, series.row.commodity.colour_dark),
        )
        for series in view.series
    ]
    if view.solar:
        sentences.append(html.Li(view.solar))
    chart = charts.bar_rows(tongue, Style(visit.theme), rows, view.ticks)
    spoken = " ".join(series.sentence for series in view.series)
    return html.Section(
        [
            html.H2(first_upper(view.title)),
            html.Ul(sentences, className="said", id="said"),
            figure(
                tongue,
                "history",
                chart,
                spoken,
                period_table(tongue, data, view),
                _note(tongue, rows),
            ),
        ]
    )


def _note(tongue: Tongue, rows: list[BarRow]) -> Children | None:
    """What the fills mean, and words that not everybody knows."""
    fills = legend(tongue, rows)
    words = [html.P(row.gloss, className="gloss") for row in rows if row.gloss]
    return [*([fills] if fills else []), *words] or None


def first_upper(text: str) -> str:
    """The text with a capital."""
    return text[:1].upper() + text[1:]


def period_table(tongue: Tongue, data: HistoryData, view: HistoryView) -> Table:
    """The same bars as numbers, with links downwards and a word on what is not measured."""
    rows = [series.row for series in view.series]
    single = len(rows) == 1 and bool(data.period.commodity)
    head = [tongue.t("Période"), *(f"{row.name} ({row.unit.symbol})" for row in rows)]
    if single:
        head += [first_upper(part.name) for part in rows[0].parts]
    head.append(tongue.t("Remarque"))
    body = []
    for number, bar in enumerate(rows[0].bars):
        name = (
            dcc.Link(bar.title, href=PATH + bar.target, id=f"go-{number}")
            if bar.target
            else bar.title
        )
        cells = [cell(tongue, row.bars[number].amount, row.unit) for row in rows]
        if single:
            cells += [
                cell(tongue, bar.parts[p][0] if bar.parts else None, rows[0].unit)
                for p in range(len(rows[0].parts))
            ]
        body.append([name, *cells, _remarks(tongue, rows, number)])
    return Table(tongue.t("{title} : les chiffres", title=first_upper(view.title)), head, body)


def _remarks(tongue: Tongue, rows: list[BarRow], number: int) -> str:
    found = [(row.name, remark(tongue, row.bars[number], row.unit)) for row in rows]
    if len(rows) == 1:
        return found[0][1]
    return " ; ".join(
        tongue.t("{name} : {remark}", name=name, remark=words) for name, words in found if words
    )
