"""The one callback that draws pages, and the small clientside ones (assets/hub.js)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import ClientsideFunction, Input, Output, State, ctx, dcc, html
from dash.development.base_component import Component

from dashboard.pages import PAGES
from dashboard.shell import HubDash, page_titles, window_title
from dashboard.site import Site
from dashboard.visit import Visit


def layout() -> Component:
    """What stands on every page: address, stores, the polite status line, and the page itself."""
    return html.Div(
        [
            dcc.Location(id="url", refresh=False),
            dcc.Store(id="view"),
            dcc.Store(id="refresh", data=0),
            dcc.Interval(id="poll", interval=10_000, disabled=True),
            html.P("", id="status", role="status", className="visually-hidden"),
            html.Div(html.Div(className="loading-page"), id="page"),
        ]
    )


def register(app: HubDash, site: Site) -> None:
    """Add the callbacks to the application."""

    @app.callback(
        Output("page", "children"),
        Output("view", "data"),
        Input("url", "pathname"),
        Input("url", "search"),
        Input("refresh", "data"),
        Input("poll", "n_intervals"),
    )
    async def show(
        path: str, search: str | None, _refresh: int, _polls: int | None
    ) -> tuple[Any, Any]:
        visit = await site.visit(ctx.cookies, ctx.headers.get("accept-language"))
        page = PAGES.get(path or "/")
        if page is None:
            return html.H1(visit.tongue.t("Page introuvable")), {}
        query = (search or "").removeprefix("?")
        facts = site.facts(_base(ctx.headers))
        children = await site.read(lambda c: page.render(c, visit, query, facts))
        return children, view_data(visit, path, site.place)

    clientside: Any = app.clientside_callback  # Dash gives it no types
    clientside(ClientsideFunction("hub", "applyView"), Input("view", "data"), State("url", "href"))


def _base(headers: Mapping[str, str]) -> str:
    """The address the browser used: its own origin, told with every callback."""
    return headers.get("origin") or f"http://{headers.get('host', '')}"


def view_data(visit: Visit, path: str, place: str) -> dict[str, Any]:
    """What the browser and the live loop know of the page: no secret, no household."""
    words = visit.tongue
    title = page_titles(words).get(path, "")
    return {
        "path": path,
        "session": visit.session,
        "lang": words.code,
        "title": window_title(words, title, place),
        "ago": [
            words.t("il y a {count} jours"),
            words.t("il y a {count} h"),
            words.t("il y a {count} min"),
            words.t("il y a {count} s"),
            words.t("à l'instant"),
        ],
    }
