"""The text versions under `/texte/`: server-rendered, no JavaScript, the same words and tables."""

from __future__ import annotations

import logging
from typing import Any

import psycopg
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from dashboard.access import note_opened
from dashboard.markup import html_of
from dashboard.pages import PAGES
from dashboard.shell import frame, request_tongue, templates, text_path
from dashboard.site import Site
from hub.store.connection import Connection

_log = logging.getLogger(__name__)

#: Some of these pages are a household's: no cache keeps them.
_HEADERS = {"Cache-Control": "no-store", "Vary": "Cookie, Accept-Language"}


def add_routes(api: FastAPI, site: Site) -> None:
    """Add the text version of every page."""

    def route(path: str) -> None:
        async def text_page(request: Request) -> HTMLResponse:
            try:
                return await _render(site, request, path)
            except psycopg.Error as error:
                _log.warning("%s not drawn, the store does not answer: %s", path, error)
                return _unavailable(site, request, path)

        api.add_api_route(text_path(path), text_page, methods=["GET"], include_in_schema=False)

    for path in PAGES:
        route(path)
    for start in ("/texte", "/texte/"):
        api.add_api_route(start, _home, methods=["GET"], include_in_schema=False)


async def _home() -> RedirectResponse:
    return RedirectResponse(text_path("/"), status_code=307)


async def _render(site: Site, request: Request, path: str) -> HTMLResponse:
    visit = await site.visit(request.cookies, request.headers.get("accept-language"))
    query = request.url.query
    page = PAGES[path]
    draw = page.text or page.render
    base = str(request.base_url).rstrip("/")

    def read(connection: Connection) -> Any:
        if page.follows != "published":
            note_opened(connection, visit, text_path(path), query)
        return draw(connection, visit, query, site.facts(base, visit.tongue))

    content = await site.read(read)
    context = frame(
        site, visit.tongue, text_path(path), query, request.cookies, real=visit.real, text=True
    )
    html = (
        templates()
        .get_template("text.html")
        .render(**context, content=html_of(content), full=path + (f"?{query}" if query else ""))
    )
    return HTMLResponse(html, headers=_HEADERS)


def _unavailable(site: Site, request: Request, path: str) -> HTMLResponse:
    """The store does not answer: a page that says so, and what to do."""
    words = request_tongue(request.cookies, request.headers)
    query = request.url.query
    context = frame(site, words, text_path(path), query, request.cookies, text=True)
    html = templates().get_template("unavailable.html").render(**context)
    return HTMLResponse(html, 503, {**_HEADERS, "Retry-After": "60"})
