"""Published totals side by side, one commodity each."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dashboard.components.basic import colours, extra, icon
from dashboard.tongue import NBSP, Tongue
from dashboard.views.district import Total


def totals(tongue: Tongue, shown: Sequence[Total]) -> Component:
    """All of them."""
    return html.Div([_total(tongue, total) for total in shown], className="totals")


def _total(tongue: Tongue, total: Total) -> Component:
    key = total.commodity.commodity
    return html.Article(
        [
            html.H3([icon(total.commodity.icon), total.name], id=f"total-{key}"),
            _number(tongue, total),
            html.P(total.per_home),
            html.P(total.households, className="quiet small"),
            html.P(total.sentence, className="sentence"),
        ],
        className="total",
        style=colours(total.commodity.colour_light, total.commodity.colour_dark),
        **extra(aria_labelledby=f"total-{key}"),
    )


def _number(tongue: Tongue, total: Total) -> Component:
    if not total.number:
        return html.P([icon("hidden"), tongue.t("Non publié")], className="tile-hidden")
    number = html.Span(total.number, className="huge")
    return html.P([number, html.Span([NBSP, total.unit], className="unit")], className="number")
