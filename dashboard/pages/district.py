"""`/quartier`: the arrondissement and its quarters, from published figures only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from dash import dcc, html
from dash.development.base_component import Component

from dashboard import charts
from dashboard.chart_style import Style
from dashboard.components.basic import (
    Table,
    age,
    extra,
    figure,
    icon,
    notice,
    page_head,
)
from dashboard.components.legend import legend
from dashboard.components.quarters import quarters
from dashboard.components.totals import totals
from dashboard.times import DAY, add_months, month_start
from dashboard.tongue import Tongue
from dashboard.views.bars import cell, remark
from dashboard.views.district import (
    DAYS,
    MONTHS,
    DistrictData,
    DistrictView,
    Step,
    address,
    district_view,
)
from dashboard.visit import Visit
from hub.store import pages as store
from hub.store.commodities import catalogue
from hub.store.connection import Connection

PATH = "/quartier"


Spans = dict[str, tuple[dt.date, dt.date]]


def load(
    connection: Connection, visit: Visit, values: Mapping[str, str], spans: Spans | None = None
) -> DistrictData:
    """The figures of the step asked for, around the period looked at.

    `spans`: first and last published period by step, where the caller knows them.
    """
    step: Step = "month" if values.get("pas") == "mois" else "day"
    commodities = catalogue(connection)
    spans = store.public_periods(connection) if spans is None else spans
    last = spans[step][1] if step in spans else visit.today
    period = min(_asked(values.get("date", ""), last), last)
    if step == "month":
        period = month_start(period)
        first, end = add_months(min(period, add_months(last, 1 - MONTHS)), -12), add_months(last, 1)
    else:
        first, end = min(period, last - DAY * DAYS) - DAY * 7, last + DAY
    names = [c.commodity for c in commodities]
    wanted = values.get("energie", "")
    return DistrictData(
        step=step,
        period=period,
        commodity=wanted if wanted in names else names[0],
        commodities=commodities,
        areas=store.areas(connection),
        figures=store.public_figures(connection, step, first, end),
        thresholds=store.thresholds(connection, step, "iris", period),
        today=visit.today,
    )


def _asked(text: str, last: dt.date) -> dt.date:
    """A date of an address; what makes no sense becomes the newest period."""
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return last
    return day if day >= dt.date(2000, 1, 1) else last


def build(visit: Visit, data: DistrictData) -> list[Component | None]:
    """The page."""
    tongue = visit.tongue
    view = district_view(tongue, data)
    lead = tongue.t(
        "Ce que les foyers participants utilisent et produisent, additionné par quartier."
        " Aucun foyer n'y est visible."
    )
    head = page_head(view.place or tongue.t("Quartier"), lead, _age(visit, view))
    if not view.totals:
        return [
            head,
            notice(
                tongue.t(
                    "Rien n'est encore publié. Les premiers totaux paraissent trois jours après"
                    " les mesures, dès qu'assez de foyers y participent pour que personne ne soit"
                    " reconnu."
                )
            ),
        ]
    title = html.H2(view.when[:1].upper() + view.when[1:])
    return [
        head,
        _controls(tongue, data),
        html.Section([title, totals(tongue, view.totals)]),
        _over_time(visit, data.step, view),
        quarters(tongue, PATH, data, view),
    ]


def _age(visit: Visit, view: DistrictView) -> Component | None:
    if view.published_at is None:
        return None
    return html.P(
        [
            visit.tongue.t("Publié"),
            " ",
            age(visit.tongue, view.published_at, visit.now, "published-age"),
        ],
        className="quiet",
    )


def _controls(tongue: Tongue, data: DistrictData) -> Component:
    steps: list[tuple[Step, str]] = [("day", tongue.t("Par jour")), ("month", tongue.t("Par mois"))]
    links = [
        dcc.Link(
            words,
            href=PATH + address(step, None, data.commodity),
            className="current" if step == data.step else "",
        )
        for step, words in steps
    ]
    return html.Div(
        [
            html.Nav(
                links, className="choices joined", **extra(aria_label=tongue.t("Pas de temps"))
            ),
            _moves(tongue, data),
        ],
        className="controls",
    )


def _moves(tongue: Tongue, data: DistrictData) -> Component:
    """The period before and the one after, where published."""
    known = sorted({f.period for f in data.figures})
    before = [p for p in known if p < data.period]
    after = [p for p in known if p > data.period]
    words = tongue.date_short if data.step == "day" else tongue.month
    items: list[Component] = []
    if before:
        items.append(
            dcc.Link(
                [icon("chevron-left"), words(before[-1])],
                href=PATH + address(data.step, before[-1], data.commodity),
            )
        )
    if after:
        items.append(
            dcc.Link(
                [words(after[0]), icon("chevron-right")],
                href=PATH + address(data.step, after[0], data.commodity),
            )
        )
    return html.Nav(items, className="steps", **extra(aria_label=tongue.t("Avant, après")))


def _over_time(visit: Visit, step: Step, view: DistrictView) -> Component:
    tongue = visit.tongue
    title = tongue.t("Les 31 derniers jours") if step == "day" else tongue.t("Les 13 derniers mois")
    chart = charts.bar_rows(tongue, Style(visit.theme), view.rows, view.ticks, row_height=96)
    spoken = tongue.t(
        "{title}, {place} : {names}.",
        title=title,
        place=view.place,
        names=tongue.join([row.name.lower() for row in view.rows]),
    )
    return html.Section(
        [
            html.H2(title),
            figure(
                tongue,
                "district",
                chart,
                spoken,
                _table(tongue, view, title),
                legend(tongue, view.rows),
            ),
        ]
    )


def _table(tongue: Tongue, view: DistrictView, title: str) -> Table:
    head = [
        tongue.t("Période"),
        *(f"{row.name} ({row.unit.symbol})" for row in view.rows),
        tongue.t("Remarque"),
    ]
    body = []
    for number, bar in enumerate(view.rows[0].bars):
        name = dcc.Link(bar.title, href=PATH + bar.target, id=f"go-{number}")
        found = [(row.name, remark(tongue, row.bars[number], row.unit)) for row in view.rows]
        words = " ; ".join(f"{name} : {text}" for name, text in found if text)
        body.append(
            [name, *(cell(tongue, row.bars[number].amount, row.unit) for row in view.rows), words]
        )
    return Table(tongue.t("{title} : les chiffres", title=title), head, body)
