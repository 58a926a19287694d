"""`/`: the resident's day, live; without a session, what the hub is and how to get one's link."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from dashboard import charts
from dashboard.chart_style import Style
from dashboard.components.basic import Table, extra, figure, icon, notice, page_head
from dashboard.components.card import card
from dashboard.components.legend import legend
from dashboard.tongue import Tongue
from dashboard.views.bars import cell
from dashboard.views.now import NowData, NowView, days_needed, now_view
from dashboard.visit import Visit
from hub.store import live as live_store
from hub.store import pages as store
from hub.store.commodities import catalogue
from hub.store.connection import Connection


def load(connection: Connection, visit: Visit, household_id: int) -> NowData:
    """Everything the page needs, in five short queries."""
    days = days_needed(visit.now, visit.zone)
    return NowData(
        now=visit.now,
        zone=visit.zone,
        commodities=catalogue(connection),
        channels=live_store.household_channels(connection, household_id, visit.today),
        days=store.household_days(connection, household_id, days, slots=True),
        gas_coefficient=store.factor(connection, "gas_coefficient", visit.today),
    )


def build(visit: Visit, data: NowData) -> list[Component]:
    """The page of a household."""
    tongue, style = visit.tongue, Style(visit.theme)
    view = now_view(tongue, data)
    aside = [pause_button(tongue)] if view.cards else []
    head = page_head(tongue.t("Maintenant"), view.lead, aside)
    if not view.cards:
        return [
            head,
            notice(
                tongue.t("Demandez à la mairie ou à votre club de relier vos compteurs au hub.")
            ),
        ]
    return [
        head,
        html.Div(
            [card(tongue, style, c, visit.zone, visit.now) for c in view.cards], className="cards"
        ),
        _day(visit, view),
    ]


def pause_button(tongue: Tongue) -> Component:
    """Stops what moves by itself (handled in assets/hub.js)."""
    return html.Button(
        [
            html.Span([icon("pause"), tongue.t("Mettre en pause")], className="when-running"),
            html.Span([icon("play"), tongue.t("Reprendre")], className="when-paused"),
        ],
        id="pause",
        className="button",
        **extra(aria_pressed="false"),
    )


def _day(visit: Visit, view: NowView) -> Component:
    """The half-hours of today under one another."""
    tongue = visit.tongue
    chart = charts.bar_rows(tongue, Style(visit.theme), view.profiles, view.ticks)
    return html.Section(
        [
            html.H2(tongue.t("Aujourd'hui, demi-heure par demi-heure")),
            html.P(view.busiest, className="sentence", id="busiest"),
            figure(
                tongue,
                "profiles",
                chart,
                view.busiest,
                profile_table(tongue, view),
                legend(tongue, view.profiles),
            ),
        ]
    )


def profile_table(tongue: Tongue, view: NowView) -> Table:
    """The same half-hours as numbers; « – » where nothing is known."""
    head = [tongue.t("Demi-heure"), *(f"{row.name} ({row.unit.symbol})" for row in view.profiles)]
    rows = [
        [bar.title, *(cell(tongue, row.bars[number].amount, row.unit) for row in view.profiles)]
        for number, bar in enumerate(view.profiles[0].bars)
    ]
    return Table(tongue.t("Demi-heures d'aujourd'hui"), head, rows)
