"""What a redraw in place sends, and when two drawings correspond."""

from __future__ import annotations

from dash import dcc, html

from dashboard.components.basic import extra
from dashboard.updates import shape_of, updates_of


def page(number: str, rows: int = 1, hint: bool = True) -> html.Div:
    return html.Div(
        [
            html.P([html.Span(number, id="number"), " kWh"]),
            html.Div(
                [dcc.Graph(id="graph", figure={"data": [], "layout": {"height": 1}}, config={})],
                id="drawing",
                **extra(aria_label=number),
            ),
            html.Tbody([html.Tr(html.Td("x", id=f"cell-{n}")) for n in range(rows)], id="t-rows"),
            html.P("hint", id="hint") if hint else None,
        ]
    )


def test_only_components_with_an_id_are_sent() -> None:
    found = updates_of(page("7,4"))
    assert set(found) == {"number", "drawing", "graph", "t-rows", "hint"}
    assert found["number"] == {"children": "7,4"}
    assert found["drawing"] == {"aria-label": "7,4"}
    assert set(found["graph"]) == {"figure"}


def test_rows_are_replaced_whole() -> None:
    assert len(updates_of(page("7,4", rows=3))["t-rows"]["children"]) == 3


def test_pages_correspond_when_their_ids_do() -> None:
    first, second = updates_of(page("7,4")), updates_of(page("7,5", rows=2))
    assert shape_of(first) == shape_of(second)
    assert shape_of(first) != shape_of(updates_of(page("7,4", hint=False)))
