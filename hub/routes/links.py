"""A household's private address, exchanged at once for a cookie; and the way out."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from hub.accounts import csrf, sessions
from hub.routes.context import web_of
from hub.routes.problems import ProblemError, answer, not_found

router = APIRouter()

#: The address is a secret: it is not kept, and no other page learns it.
_SECRET = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}

_UNKNOWN = """<!doctype html>
<html lang="fr"><head><meta charset="utf-8"><title>Lien inconnu</title>
<meta name="viewport" content="width=device-width"><meta name="robots" content="noindex"></head>
<body><main>
<h1>Ce lien n'ouvre rien</h1>
<p>Il est incomplet, ou il a été fermé.
Demandez-en un autre à la personne qui vous l'a donné.</p>
<p lang="en">This link opens nothing: it is incomplete, or it was closed.
Ask whoever gave it to you for another one.</p>
<p><a href="/">Accueil</a></p>
</main></body></html>
"""


@router.get("/lien/{token}", include_in_schema=False)
def open_link(request: Request, token: str) -> Response:
    """Exchange a private address for a session: sets the cookie and goes to the first page."""
    web = web_of(request)
    with web.connection() as conn:
        value = sessions.open_session(conn, token, request.cookies)
    if value is None:
        if "text/html" in request.headers.get("accept", ""):
            return HTMLResponse(_UNKNOWN, 404, _SECRET)
        response = answer(request, not_found())
        response.headers.update(_SECRET)
        return response
    response = RedirectResponse("/", 303, _SECRET)
    response.set_cookie(
        sessions.COOKIE,
        value,
        max_age=int(sessions.LIFETIME.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=web.base(request).startswith("https:"),
        path="/",
    )
    return response


@router.post("/deconnexion", include_in_schema=False)
def close_session(request: Request) -> Response:
    """Log out: ends the session here and makes the browser forget everything of this site."""
    if not csrf.from_our_pages(request.headers):
        raise ProblemError(403, "Logging out works from the hub's own pages only.")
    with web_of(request).connection() as conn:
        sessions.close_session(conn, request.cookies)
    headers = {**_SECRET, "Clear-Site-Data": '"cache", "cookies", "storage"'}
    response = RedirectResponse("/", 303, headers)
    response.delete_cookie(sessions.COOKIE, path="/", httponly=True, samesite="lax")
    return response
