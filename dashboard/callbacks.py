"""The one callback that draws pages, and the small clientside ones (assets/hub.js)."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import psycopg
from dash import ClientsideFunction, Input, Output, State, ctx, dcc, html, no_update, set_props
from dash.development.base_component import Component

from dashboard.access import note_opened
from dashboard.components.basic import notice
from dashboard.pages import PAGES
from dashboard.shell import HubDash, page_titles, request_tongue, window_title
from dashboard.site import Site
from dashboard.tongue import Tongue
from dashboard.updates import shape_of, updates_of
from dashboard.visit import Visit
from hub.store.connection import Connection

_log = logging.getLogger(__name__)


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
        State("view", "data"),
    )
    async def show(
        path: str, search: str | None, _refresh: int, _polls: int | None, view: Any
    ) -> tuple[Any, Any]:
        ctx.response.append_header("Cache-Control", "no-store")
        query = (search or "").removeprefix("?")
        opened = not {"refresh", "poll"} & {t["prop_id"].split(".")[0] for t in ctx.triggered}
        try:
            drawn = await _page(site, ctx.cookies, ctx.headers, path, query, opened)
        except psycopg.Error as error:
            _log.warning("page %s not drawn, the store does not answer: %s", path, error)
            return _unavailable(request_tongue(ctx.cookies, ctx.headers), path)
        return drawn if opened else _in_place(*drawn, view)

    clientside: Any = app.clientside_callback  # Dash gives it no types
    clientside(ClientsideFunction("hub", "applyView"), Input("view", "data"))
    for chart in ("history", "district"):
        clientside(ClientsideFunction("hub", "open"), Input(chart, "clickData"))


def _in_place(children: Any, fresh: dict[str, Any], view: Any) -> tuple[Any, Any]:
    """A redraw of the same page changes properties only: nothing the reader opened closes."""
    same = isinstance(view, dict) and all(
        view.get(name) == fresh.get(name) for name in ("path", "session", "lang", "shape")
    )
    page = PAGES.get(fresh.get("path", ""))
    if same and page is not None and page.follows == "session":
        return no_update, no_update
    if not same or not fresh.get("shape"):
        return children, fresh
    for key, properties in updates_of(children).items():
        set_props(key, properties)
    return no_update, no_update


async def _page(
    site: Site,
    cookies: Mapping[str, str],
    headers: Mapping[str, str],
    path: str,
    query: str,
    opened: bool,
) -> tuple[Any, Any]:
    """The components of a page and what the browser keeps of it. `opened`: not a redraw."""
    visit = await site.visit(cookies, headers.get("accept-language"))
    page = PAGES.get(path or "/")
    if page is None:
        return html.H1(visit.tongue.t("Page introuvable")), {}
    facts = site.facts(_base(headers), visit.tongue)

    def draw(connection: Connection) -> Any:
        if opened and page.follows != "published":
            note_opened(connection, visit, path, query)
        return page.render(connection, visit, query, facts)

    if page.follows == "published":  # the same for everybody
        key = (path, query, visit.tongue.code, visit.theme, facts)
        live = site.live
        children = await site.shared.get(
            key, live.published, live.connected, lambda: site.read(draw)
        )
    else:
        children = await site.read(draw)
    shape = shape_of(updates_of(children)) if page.follows == "household" else ""
    return children, view_data(visit, path, site.place) | {"shape": shape}


def _unavailable(words: Tongue, path: str) -> tuple[Any, Any]:
    """The store does not answer: said in words; the browser asks again in a while."""
    text = words.t("Les données ne sont pas joignables en ce moment. La page réessaie d'elle-même.")
    return notice(text, "warning"), {"path": path, "session": "", "retry": 10}


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
        "at": visit.now.timestamp(),
        "title": window_title(words, title, place),
        "ago": [
            words.t("il y a {count} jours"),
            words.t("il y a {count} h"),
            words.t("il y a {count} min"),
            words.t("il y a {count} s"),
            words.t("à l'instant"),
        ],
    }
