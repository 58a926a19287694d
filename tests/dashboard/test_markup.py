"""Text versions: the same components as plain HTML."""

from __future__ import annotations

from dash import dcc, html

from dashboard.components.basic import extra
from dashboard.markup import html_of


def test_text_is_escaped() -> None:
    assert html_of(html.P("a < b & c")) == "<p>a &lt; b &amp; c</p>"
    assert html_of(html.A("x", href='/"><script>')) == ('<a href="/&#34;&gt;&lt;script&gt;">x</a>')


def test_attributes_become_html() -> None:
    node = html.Td("1", className="n", colSpan=2, hidden=True, **extra(aria_label="un"))
    assert html_of(node) == '<td class="n" colspan="2" hidden aria-label="un">1</td>'


def test_charts_and_buttons_are_left_out_and_tables_stand_open() -> None:
    node = html.Figure(
        [
            html.Div(dcc.Graph(id="g"), role="img"),
            html.Button("Pause"),
            html.Details([html.Summary("Voir"), html.Table()]),
        ]
    )
    assert html_of(node) == (
        "<figure><details open><summary>Voir</summary><table></table></details></figure>"
    )


def test_links_between_pages_stay_among_text_versions() -> None:
    assert 'href="/texte/historique?vue=mois"' in html_of(
        dcc.Link("m", href="/historique?vue=mois")
    )
    assert 'href="/texte/maintenant"' in html_of(html.A("m", href="/"))
    assert 'href="/open/catalog.jsonld"' in html_of(html.A("m", href="/open/catalog.jsonld"))


def test_styles_and_void_elements() -> None:
    assert html_of(html.Img(src="/a.svg", alt="x")).endswith(">")
    assert "</img>" not in html_of(html.Img(src="/a.svg"))
    assert html_of(html.Span("x", style={"--c": "red"})) == '<span style="--c: red">x</span>'
    assert html_of([None, "a", html.Br()]) == "a<br>"


def test_a_button_that_sends_a_form_stays() -> None:
    node = html.Form(html.Button("Sortir", type="submit"), action="/x", method="post")
    assert html_of(node) == (
        '<form action="/x" method="post"><button type="submit">Sortir</button></form>'
    )


def test_a_choice_of_nothing_sends_nothing() -> None:
    """Without its value a browser sends an option's words."""
    assert html_of(html.Option("celui que dit le fichier", value="")) == (
        '<option value="">celui que dit le fichier</option>'
    )
    assert html_of(html.P("x", className="", id="")) == "<p>x</p>"
