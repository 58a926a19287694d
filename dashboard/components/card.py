"""The card of one commodity: number, curve, sentence, index and its age, always in this order."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from dash import html
from dash.development.base_component import Component

from dashboard import charts
from dashboard.amounts import exact
from dashboard.chart_style import Style
from dashboard.components.basic import Table, age, colours, extra, figure, icon
from dashboard.tongue import NBSP, Tongue
from dashboard.views.now import Card


def card(tongue: Tongue, style: Style, view: Card, zone: ZoneInfo, now: dt.datetime) -> Component:
    """One card. The ids of its moving words are those `dashboard.live_pages` writes to."""
    key = view.commodity.commodity
    return html.Article(
        [
            html.Div(
                [
                    html.H2([icon(view.commodity.icon), view.name], id=f"name-{key}"),
                    html.P(
                        _power(view),
                        className="power",
                        id=f"live-{key}",
                        hidden=not view.live.detail,
                    ),
                ],
                className="card-head",
            ),
            html.P(
                [
                    html.Span(view.number or "–", id=f"number-{key}", className="huge"),
                    html.Span([NBSP, view.unit], id=f"unit-{key}", className="unit"),
                ],
                className="number",
            ),
            html.P(
                [
                    html.Span(view.since, id=f"since-{key}"),
                    html.Span(view.beside, id=f"beside-{key}"),
                ],
                className="beside",
            ),
            _curve(tongue, style, view, zone),
            html.P(view.sentence, className="sentence", id=f"sentence-{key}"),
            _foot(tongue, view, now),
        ],
        className="card",
        style=colours(view.commodity.colour_light, view.commodity.colour_dark),
        **extra(aria_labelledby=f"name-{key}"),
    )


def _power(view: Card) -> list[Component]:
    """The power of this moment and where it comes from, where a meter tells it."""
    key = view.commodity.commodity
    return [
        html.Strong(view.live.power, id=f"power-{key}"),
        html.Span([" ", html.Span(view.live.detail, id=f"detail-{key}")]),
    ]


def _curve(tongue: Tongue, style: Style, view: Card, zone: ZoneInfo) -> Component:
    key = view.commodity.commodity
    if view.curve is None:
        return html.Div(
            tongue.t("La courbe paraîtra dès que des demi-heures seront connues."),
            className="chart empty",
        )
    curve = view.curve
    rows = []
    for number, end in enumerate(curve.ends):
        today = exact(tongue, curve.today[number], curve.unit) if number < len(curve.today) else "–"
        usual = exact(tongue, round(curve.usual.middle[number]), curve.unit) if curve.usual else "–"
        rows.append([tongue.clock(end.astimezone(zone)), today, usual])
    content = Table(
        tongue.t(
            "{name} : total depuis le début du jour, en {unit}",
            name=view.name,
            unit=curve.unit.symbol,
        ),
        [tongue.t("À"), tongue.t("Aujourd'hui"), tongue.t("Jour habituel (médiane)")],
        rows,
    )
    chart = charts.day_curve(tongue, style, view.commodity, curve, zone)
    return figure(tongue, f"curve-{key}", chart, view.sentence, content)


def _foot(tongue: Tongue, view: Card, now: dt.datetime) -> Component:
    key = view.commodity.commodity
    live = view.live
    return html.P(
        [
            html.Span(
                [tongue.t("Index"), " "],
                className="quiet",
                hidden=not live.index,
                id=f"index-word-{key}",
            ),
            html.Span(live.index, id=f"index-{key}", className="index"),
            html.Span([", "] if live.index else "", id=f"comma-{key}"),
            age(tongue, live.at, now, f"age-{key}"),
            html.Span(
                tongue.t("Le compteur ne donne plus de nouvelles : vérifiez la passerelle."),
                className="silent",
                id=f"silent-{key}",
                hidden=not live.silent,
            ),
        ],
        className="foot",
    )
