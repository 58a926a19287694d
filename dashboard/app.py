"""The pages on the web application: `attach` mounts Dash, the text versions and their helpers."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import segno
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from dashboard import callbacks, live_pages, sending, text
from dashboard.guard import Guard
from dashboard.i18n import COOKIE, LANGUAGES
from dashboard.pages import PAGES
from dashboard.shell import HubDash, frame, local_target, request_tongue, templates
from dashboard.site import Site

_ASSETS = Path(__file__).parent / "assets"
_YEAR = 365 * 86_400
#: The frame holds nothing personal, but differs by language.
_PRIVATE = {"Cache-Control": "no-cache", "Vary": "Cookie, Accept-Language"}


def attach(
    api: FastAPI, *, database_url: str, demo: bool = False, public_url: str | None = None
) -> HubDash:
    """Mount every page on `api`, last of all routes: what is unknown after them is a 404 page.

    `public_url`: the address people reach the hub at, for the kiosk's QR code; None = the address
    the kiosk itself was asked for. The connections close with the application.
    """
    site = Site(database_url, demo, public_url)
    api.state.pages = site
    holder: list[HubDash] = []
    _add_page_routes(api, holder, site)  # before Dash's own, which answer every path with 200
    server: Any = api  # Dash's types know only Flask
    options: Any = {"update_title": None}
    dash_app = HubDash(
        "dashboard",
        backend="fastapi",
        server=server,
        assets_folder=str(_ASSETS),
        title="Hub énergie",
        suppress_callback_exceptions=True,
        # Pages stay open for hours: the heartbeat, not the traffic, tells that they live.
        websocket_inactivity_timeout=0,
        add_log_handler=False,
        **options,  # no "Updating..." in the window's title
    )
    dash_app.site = site
    holder.append(dash_app)
    api.add_middleware(Guard, dash_app=dash_app)  # outside Dash's own
    dash_app.layout = callbacks.layout
    callbacks.register(dash_app, site)
    live_pages.register(dash_app, site)
    text.add_routes(api, site)
    sending.add_routes(api, site)
    _add_last_route(api, site)
    _close_with(api, site)
    return dash_app


def _add_page_routes(api: FastAPI, holder: list[HubDash], site: Site) -> None:
    """Our own routes for the pages, so that an unknown path is a 404 and not an empty page."""
    from dash.backends._fastapi import reset_current_request, set_current_request

    async def page(request: Request) -> HTMLResponse:
        await site.learn()
        request.state.real = await site.shows_real_meters(request.cookies)
        dash_app: Any = holder[0]
        token = set_current_request(request)
        try:
            # Dash finds its stylesheets at the first request to its own routes, once; the first
            # page after a start is asked for before any of them.
            dash_app._setup_server()
            return HTMLResponse(str(dash_app.index()), headers=_PRIVATE)
        finally:
            reset_current_request(token)

    async def language(request: Request, code: str) -> RedirectResponse:
        """Remember the language and go back."""
        target = local_target(request.query_params.get("retour", "/"))
        answer = RedirectResponse(target, status_code=303)
        if code in LANGUAGES:
            answer.set_cookie(COOKIE, code, max_age=_YEAR, samesite="lax", path="/")
        return answer

    async def qr_code(request: Request) -> Response:
        """The address of the hub, to be scanned from the kiosk."""
        drawn = io.BytesIO()
        address = site.public_url or str(request.base_url)
        segno.make(address, error="m").save(drawn, kind="svg", scale=8, border=1, xmldecl=False)
        return Response(drawn.getvalue(), media_type="image/svg+xml")

    for path in PAGES:
        api.add_api_route(path, page, methods=["GET"], include_in_schema=False)
    api.add_api_route("/langue/{code}", language, methods=["GET"], include_in_schema=False)
    api.add_api_route("/kiosque/qr.svg", qr_code, methods=["GET"], include_in_schema=False)
    api.add_api_route("/open/", _to_open_data, methods=["GET"], include_in_schema=False)


def _add_last_route(api: FastAPI, site: Site) -> None:
    """What nothing else answers: a page that says so, with status 404."""

    async def unknown(request: Request) -> HTMLResponse:
        words = request_tongue(request.cookies, request.headers)
        await site.learn()
        real = await site.shows_real_meters(request.cookies)
        context = frame(site, words, request.url.path, "", request.cookies, real=real)
        html = templates().get_template("not_found.html").render(**context)
        return HTMLResponse(html, status_code=404, headers=_PRIVATE)

    api.add_api_route("/{path:path}", unknown, methods=["GET"], include_in_schema=False)


async def _to_open_data() -> RedirectResponse:
    return RedirectResponse("/donnees-ouvertes", status_code=307)


def _close_with(api: FastAPI, site: Site) -> None:
    """Close the site's connections when the application stops."""
    outer: Any = api.router.lifespan_context

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[Any]:
        async with outer(app) as state:
            try:
                yield state
            finally:
                await site.close()

    api.router.lifespan_context = lifespan
