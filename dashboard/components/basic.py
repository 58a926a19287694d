"""Small pieces: icons, ages, chart with its two twins, tables, notices."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.chart_style import CONFIG, Figure
from dashboard.tongue import Tongue
from dashboard.updates import WHOLE

Children = Component | str | Sequence["Component | str"]


def extra(**attributes: str) -> dict[str, Any]:
    """`aria-` and `data-` attributes, which are no Python names: `aria_label` -> `aria-label`."""
    return {name.replace("_", "-"): value for name, value in attributes.items()}


def icon(name: str, class_name: str = "") -> Component:
    """An icon of our set, drawn in the colour of the text; words always stand beside it."""
    return html.Span(
        className=f"icon {class_name}".strip(),
        style={"--icon": f"url('/assets/icons/{name}.svg')"},
        **extra(aria_hidden="true"),
    )


def age(tongue: Tongue, at: dt.datetime | None, now: dt.datetime, key: str) -> Component:
    """`il y a 12 s`, kept true each second by assets/hub.js."""
    return html.Time(
        tongue.ago((now - at).total_seconds()) if at else "",
        id=key,
        dateTime=at.isoformat() if at else "",
        className="age",
    )


@dataclass(frozen=True, slots=True)
class Table:
    """A real table. Cells are texts or components; the first of a row is its heading."""

    caption: str
    head: list[str]
    rows: list[list[Any]] = field(default_factory=list)


def table(content: Table, class_name: str = "", key: str = "") -> Component:
    """The table with its caption and scopes. `key`: its rows are redrawn in place."""
    head = html.Tr([html.Th(text, scope="col") for text in content.head])
    body = [
        html.Tr([html.Th(cells[0], scope="row"), *(html.Td(cell) for cell in cells[1:])])
        for cells in content.rows
    ]
    rows = html.Tbody(body, id=f"{key}{WHOLE}") if key else html.Tbody(body)
    return html.Div(
        html.Table(
            [html.Caption(html.Span(content.caption)), html.Thead(head), rows],
            className=class_name,
        ),
        className="table-scroll",
        tabIndex=0,
        role="region",
        **extra(aria_label=content.caption),
    )


def figure(
    tongue: Tongue,
    key: str,
    chart: Figure,
    sentence: str,
    content: Table | None = None,
    note: Children | None = None,
) -> Component:
    """A chart, its sentence as text alternative, and its table twin one click away."""
    config: Any = {**CONFIG, "locale": tongue.code}
    height = f"{chart['layout']['height']}px"
    drawing = html.Div(
        dcc.Graph(id=key, figure=chart, config=config, responsive=True, style={"height": height}),
        role="img",
        className="chart",
        id=f"{key}-drawing",
        style={"minHeight": height},
        **extra(aria_label=sentence),
    )
    below: list[Component] = []
    if note:
        below.append(html.Figcaption(note))
    if content:
        below.append(twin(tongue, content, key))
    return html.Figure([drawing, *below])


def twin(tongue: Tongue, content: Table, key: str = "") -> Component:
    """The table that says the same, one click away."""
    words = html.Summary([icon("chevron-down"), tongue.t("Voir les chiffres")])
    return html.Details([words, table(content, key=key)], className="twin")


def page_head(title: str, lead: Children, aside: Children | None = None) -> Component:
    """Title, one line, and what belongs at its right."""
    return html.Div(
        [
            html.Div([html.H1(title), html.P(lead, className="lead", id="lead")]),
            html.Div(aside, className="page-aside") if aside else None,
        ],
        className="page-head",
    )


def notice(children: Children, kind: str = "info") -> Component:
    """A calm box: what is the matter and what to do."""
    name = {"info": "info", "warning": "alert", "hidden": "hidden", "closed": "key"}[kind]
    return html.Div([icon(name), html.Div(children)], className=f"notice {kind}")


def colours(light: str, dark: str) -> dict[str, str]:
    """The style that gives a block its commodity's colour."""
    return {"--c": f"light-dark({light}, {dark})"}
