"""`/kiosque`: full screen, dark, one idea a slide; published figures only, no session ever."""

from __future__ import annotations

from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from dashboard import charts
from dashboard.chart_style import CONFIG, Style
from dashboard.components import kiosk_parts
from dashboard.components.basic import Table, colours, extra, icon, page_head, table
from dashboard.components.totals import totals
from dashboard.facts import SiteFacts
from dashboard.pages import district
from dashboard.times import DAY
from dashboard.tongue import NBSP, Tongue
from dashboard.views.bars import cell
from dashboard.views.district import DistrictData, Total
from dashboard.views.kiosk import KioskData, Slide, kiosk_view
from dashboard.visit import Visit
from hub.store import pages as store
from hub.store.commodities import catalogue
from hub.store.connection import Connection

#: Pixels: read at three metres on a 1080p screen.
_TEXT = 28


def load(connection: Connection, visit: Visit) -> KioskData:
    """The newest published half-hours, days and months."""
    spans = store.public_periods(connection)
    half_hours = []
    if "30min" in spans:
        last = spans["30min"][1]
        half_hours = store.public_figures(connection, "30min", last - DAY, last + DAY)
    return KioskData(
        now=visit.now,
        zone=visit.zone,
        commodities=catalogue(connection),
        areas=store.areas(connection),
        half_hours=half_hours,
        days=_part(connection, visit, spans, "day", "jour"),
        months=_part(connection, visit, spans, "month", "mois"),
    )


def _part(
    connection: Connection,
    visit: Visit,
    spans: district.Spans,
    step: str,
    name: str,
) -> DistrictData | None:
    return district.load(connection, visit, {"pas": name}, spans) if step in spans else None


def build(visit: Visit, data: KioskData, facts: SiteFacts) -> Component:
    """The screen."""
    tongue = visit.tongue
    view = kiosk_view(tongue, data)
    count = len(view.slides)
    slides = [_slide(tongue, slide, number, count) for number, slide in enumerate(view.slides)]
    return html.Div(
        [
            kiosk_parts.head(visit, view, facts.demo),
            html.Div(slides, className="slides", id="slides"),
            kiosk_parts.foot(visit, view, facts.proof),
        ],
        className="kiosk-screen",
        id="kiosk",
        **extra(data_seconds="8"),
    )


def _slide(tongue: Tongue, slide: Slide, number: int, count: int) -> Component:
    chosen = slide.commodity
    title = html.H2([icon(chosen.icon), slide.title] if chosen else slide.title)
    return html.Section(
        [title, *_body(tongue, slide)],
        className="slide shown" if number == 0 else "slide",
        style=colours(chosen.colour_light, chosen.colour_dark) if chosen else {},
        **extra(aria_label=tongue.t("{number} sur {count}", number=number + 1, count=count)),
    )


def _body(tongue: Tongue, slide: Slide) -> list[Component]:
    if slide.totals:
        return [html.Div([_total(total) for total in slide.totals], className="kiosk-totals")]
    lines = html.Div([html.P(line) for line in slide.lines], className="kiosk-lines")
    if slide.join:
        alternative = tongue.t("Code QR vers l'adresse du hub")
        code = html.Img(src="/kiosque/qr.svg", alt=alternative, className="qr")
        return [html.Div([lines, code], className="kiosk-join")]
    numbers = [_number(slide.number, slide.unit)] if slide.number else []
    chart = [_chart(tongue, slide)] if slide.row else []
    return [html.Div([*numbers, lines], className="kiosk-figures"), *chart]


def _number(number: str, unit: str) -> Component:
    return html.P(
        [
            html.Span(number, className="kiosk-number"),
            html.Span([NBSP, unit], className="kiosk-unit"),
        ]
    )


def _total(total: Total) -> Component:
    return html.Div(
        [
            html.H3([icon(total.commodity.icon), total.name]),
            _number(total.number, total.unit),
            html.P(total.per_home),
            html.P(total.sentence),
        ],
        className="kiosk-total",
        style=colours(total.commodity.colour_light, total.commodity.colour_dark),
    )


def _chart(tongue: Tongue, slide: Slide) -> Component:
    assert slide.row is not None
    figure = charts.bar_rows(
        tongue, Style("dark", _TEXT), [slide.row], slide.ticks, highlight=slide.highlight
    )
    frame = figure["layout"]
    del frame["height"]  # the screen's height decides
    frame |= {"margin": {"l": 110, "r": 56, "t": 24, "b": 72, "pad": 8}, "annotations": []}
    config: Any = {**CONFIG, "locale": tongue.code, "staticPlot": True}
    drawing = dcc.Graph(
        id=f"kiosk-{slide.key}",
        figure=figure,
        config=config,
        responsive=True,
        style={"height": "100%"},
    )
    words = " ".join([f"{slide.title}.", *slide.lines])
    return html.Div(drawing, className="kiosk-chart", role="img", **extra(aria_label=words))


def build_text(visit: Visit, data: KioskData, facts: SiteFacts) -> list[Component]:
    """The same slides to read: numbers, lines, and each chart's values as a table."""
    tongue = visit.tongue
    view = kiosk_view(tongue, data)
    lead = tongue.t("Ce que montre l'écran public, vue après vue.")
    parts: list[Component] = [page_head(tongue.t("Kiosque"), lead)]
    for number, slide in enumerate(view.slides):
        words = [f"{slide.number}{NBSP}{slide.unit}"] if slide.number else []
        body: list[Component] = [html.P(line) for line in [*words, *slide.lines]]
        if slide.totals:
            body.append(totals(tongue, slide.totals))
        if slide.row:
            body.append(table(_table(tongue, slide)))
        if slide.join:
            body.append(html.P(html.A(facts.base, href="/")))
        if since := kiosk_parts.published(visit, slide, number):
            body.append(html.P(since, className="quiet small"))
        parts.append(html.Section([html.H2(slide.title), *body]))
    return parts


def _table(tongue: Tongue, slide: Slide) -> Table:
    assert slide.row is not None
    row = slide.row
    head = [tongue.t("Période"), f"{row.name} ({row.unit.symbol})"]
    rows = [[bar.title, cell(tongue, bar.amount, row.unit)] for bar in row.bars]
    return Table(tongue.t("{title} : les chiffres", title=slide.title), head, rows)
