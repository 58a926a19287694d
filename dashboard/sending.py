"""Where the page `/envoyer` sends its forms: files to try, files to load, loads to take back.

Files are read by the intake, in its own process (the application's ``state.uploads``); here is who
asks, and what the answer looks like. Nothing that was only tried is kept: to load a file, the
browser sends it again.
"""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Sequence
from typing import Any, Protocol

import psycopg
from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse
from plotly.utils import PlotlyJSONEncoder
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException

from dashboard.markup import html_of
from dashboard.pages import send
from dashboard.shell import frame, templates
from dashboard.site import Site
from dashboard.tongue import Tongue
from dashboard.visit import Visit
from hub.accounts import csrf, log
from hub.accounts.sessions import household_of
from hub.routes.french import french
from hub.routes.problems import ProblemError
from hub.store.accounts import HouseholdIdentity
from hub.store.connection import Connection
from hub.store.loads import LoadError, find_load, own_loads, undo_load

_log = logging.getLogger(__name__)
_PRIVATE = {"Cache-Control": "no-store", "Vary": "Cookie, Accept-Language"}
#: Fields beside the files, and what the form itself adds to the length of a request.
_FIELDS, _FORM_BYTES = 6, 1 << 20
_NO_DATA = send.SendData([], [], [])


class Uploads(Protocol):
    """The intake, as the pages know it."""

    async def load_of_household(
        self, ref: str, uploads: Sequence[UploadFile], about: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Read files into the store for a household; the stored form of their reports."""


class _RefusedError(Exception):
    """Nothing is done; the text says why, in the reader's language."""

    def __init__(self, text: str, status: int = 422) -> None:
        super().__init__(text)
        self.text = text
        self.status = status


def add_routes(api: FastAPI, site: Site) -> None:
    """Add the forms' targets: for the page's script, and for browsers without one."""

    async def script(request: Request) -> Response:
        visit, data, outcome, status = await _answer(site, request)
        loads = send.listed(visit, data) if data is not None else []
        body = {"result": send.result(visit, data or _NO_DATA, outcome), "loads": loads}
        return Response(
            json.dumps(body, cls=PlotlyJSONEncoder), status, _PRIVATE, media_type="application/json"
        )

    async def plain(request: Request) -> Response:
        visit, data, outcome, status = await _answer(site, request)
        if data is None:
            content = send.result(visit, _NO_DATA, outcome)
        else:
            content = send.build(visit, data, outcome)
        context = frame(
            site, visit.tongue, send.TEXT_PATH, "", request.cookies, real=visit.real, text=True
        )
        template = templates().get_template("text.html")
        html = template.render(**context, content=html_of(content), full=send.PATH)
        return HTMLResponse(html, status, _PRIVATE)

    for path, route in ((send.PATH, script), (send.TEXT_PATH, plain)):
        api.add_api_route(path, route, methods=["POST"], include_in_schema=False)


async def _answer(
    site: Site, request: Request
) -> tuple[Visit, send.SendData | None, send.Outcome, int]:
    """Do what the form says; the page's data afterwards, and the status of the answer.

    None: of no household, or the store does not answer.
    """
    visit = await site.visit(request.cookies, request.headers.get("accept-language"))
    status, outcome = 200, send.Outcome()
    try:
        outcome = await _do(site, request, visit)
    except _RefusedError as refused:
        status, outcome = refused.status, send.Outcome(problem=refused.text)
    except ProblemError as problem:
        told = french(problem.detail) if visit.tongue.french else problem.detail
        status, outcome = problem.status, send.Outcome(problem=told)
    except psycopg.Error as error:
        _log.warning("files not taken, the store does not answer: %s", error)
        text = visit.tongue.t("La base de données du hub ne répond pas. Réessayez plus tard.")
        status, outcome = 503, send.Outcome(problem=text)
    household = visit.household_id
    if household is None:
        return visit, None, outcome, status
    try:
        data = await site.read(lambda connection: send.load(connection, household))
    except psycopg.Error as error:  # what was done is told all the same
        _log.warning("loads not listed, the store does not answer: %s", error)
        return visit, None, outcome, status
    return visit, data, outcome, status


async def _do(site: Site, request: Request, visit: Visit) -> send.Outcome:
    tongue = visit.tongue
    if not csrf.from_our_pages(request.headers):
        text = tongue.t("Ce formulaire ne s'envoie que depuis les pages du hub.")
        raise _RefusedError(text, 403)
    household = await site.read(lambda connection: household_of(request.cookies, connection))
    if household is None:
        raise _RefusedError(
            tongue.t("Votre session est terminée. Ouvrez de nouveau votre lien personnel."), 403
        )
    _check_length(request, tongue)
    try:
        async with request.form(max_files=send.MOST_FILES, max_fields=_FIELDS) as form:
            if form.get("do") == "undo":
                return await _undo(site, tongue, household, str(form.get("load", "")))
            return await _load(site, request, tongue, household, form)
    except HTTPException as error:  # a form that is cut off, or has too many parts
        text = tongue.t("Le formulaire est arrivé incomplet. Réessayez avec moins de fichiers.")
        raise _RefusedError(text, 400) from error


async def _load(
    site: Site, request: Request, tongue: Tongue, household: HouseholdIdentity, form: FormData
) -> send.Outcome:
    """Read files; store them only where the form says so."""
    uploads: Uploads | None = getattr(request.app.state, "uploads", None)
    if uploads is None:
        raise _RefusedError(tongue.t("Ce hub ne prend pas de fichiers ici."), 503)
    files = [f for f in form.getlist("file") if isinstance(f, UploadFile) and f.filename]
    if not files:
        raise _RefusedError(tongue.t("Choisissez un fichier."))
    dry_run = form.get("do") != "load"
    about = {
        "connector": _text(form.get("format")),
        "usage_point": _text(form.get("usage_point")),
        "dry_run": dry_run,
    }
    reports = await uploads.load_of_household(household.ref, files, about)
    loads = ", ".join(str(told["load"]) for told in reports if told["load"])
    what = f"load {loads}" if loads else "files tried"
    try:
        await site.read(lambda connection: _note(connection, household, what))
    except psycopg.Error as error:  # what was done is told all the same
        _log.error("%s of %s is not in the access log: %s", what, household.ref, error)
    return send.Outcome(reports, dry_run)


async def _undo(
    site: Site, tongue: Tongue, household: HouseholdIdentity, number: str
) -> send.Outcome:
    """Take a load of the household's own back."""
    actor = f"household:{household.ref}"

    def work(connection: Connection) -> list[str]:
        load = find_load(connection, int(number)) if number.isdecimal() else None
        if load is None or load.actor != actor:
            raise _RefusedError(tongue.t("Cet envoi n'est pas à vous, ou n'existe pas."), 404)
        try:
            done = undo_load(connection, load.load_id)
        except LoadError as error:
            raise _RefusedError(error.told(tongue.code), 409) from error
        _note(connection, household, f"undo {load.load_id}")
        return done.naming(own_loads(connection, actor, done.repeated)).lines(tongue.code)

    return send.Outcome(undone=await site.read(work))


def _note(connection: Connection, household: HouseholdIdentity, what: str) -> None:
    """A line in the household's access log."""
    log.record(
        connection,
        actor="resident",
        purpose="own data",
        household_id=household.household_id,
        what=what,
        request_id=uuid.uuid4().hex,
    )


def _check_length(request: Request, tongue: Tongue) -> None:
    told = request.headers.get("content-length", "")
    if not told.isdigit():
        raise _RefusedError(tongue.t("Le navigateur ne dit pas la taille de l'envoi."), 411)
    if int(told) > (send.MOST_MIB << 20) + _FORM_BYTES:
        text = tongue.t("C'est trop : {size} Mio au plus à la fois.", size=send.MOST_MIB)
        raise _RefusedError(text, 413)


def _text(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None
