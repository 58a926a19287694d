"""Loads of files: what was told of each, and taking one back. The files come in by the intake.

A household's session or token and a gateway's token see what they loaded themselves, an operator's
token every load. Everyone else gets the 404 of a load that does not exist.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from hub.accounts import csrf, log, sessions, tokens
from hub.intake.report import restored
from hub.routes.access import PRIVATE, request_id
from hub.routes.context import web_of
from hub.routes.language import language
from hub.routes.parameters import only_known
from hub.routes.problems import ProblemError, not_found
from hub.store import accounts
from hub.store.connection import Connection
from hub.store.loads import LoadError, StoredLoad, find_load, newest_loads, own_loads, undo_load

router = APIRouter(tags=["loads"])

_MOST = 100
_OPERATOR = "operator"


@router.get("/api/v1/loads")
def loads(request: Request) -> Response:
    """The newest loads, without the rows that were refused."""
    only_known(request.query_params.multi_items(), ())
    with web_of(request).connection() as conn:
        actor = _actor(request, conn)
        found = newest_loads(conn, None if actor == _OPERATOR else actor, _MOST)
        _note(request, conn, actor, "loads")
    spoken_in = language(request)
    return _answer({"loads": [_told(load, spoken_in, brief=True) for load in found]})


@router.get("/api/v1/loads/{number}")
def load(request: Request, number: int) -> Response:
    """The report of a load, as it was given when the file was loaded."""
    only_known(request.query_params.multi_items(), ())
    with web_of(request).connection() as conn:
        actor = _actor(request, conn)
        found = _own(conn, actor, number)
        _note(request, conn, actor, f"load {number}")
    return _answer(_told(found, language(request)))


@router.post("/api/v1/loads/{number}/undo")
def undo(request: Request, number: int) -> Response:
    """Take a load back: what it added goes, what it replaced comes back."""
    only_known(request.query_params.multi_items(), ())
    with web_of(request).connection() as conn:
        actor = _actor(request, conn)
        if request.headers.get("authorization") is None and not csrf.from_our_pages(
            request.headers
        ):
            raise ProblemError(
                403, "With a session a load is taken back from the hub's own pages only."
            )
        _own(conn, actor, number)
        try:
            done = undo_load(conn, number)
        except LoadError as error:
            raise ProblemError(409, str(error)) from error
        if actor != _OPERATOR:
            done = done.naming(own_loads(conn, actor, done.repeated))
        _note(request, conn, actor, f"undo {number}")
    return _answer(done.as_json(language(request)))


def _actor(request: Request, conn: Connection) -> str:
    """Whose loads the request may see: an actor's name, or ``operator`` for everybody's."""
    authorization = request.headers.get("authorization")
    if authorization is None:
        household = sessions.household_of(request.cookies, conn)
        if household is None:
            raise not_found()
        return f"household:{household.ref}"
    subject = tokens.check(conn, tokens.bearer_of(authorization) or "")
    if subject is None or subject.kind not in tokens.KINDS:
        raise not_found()
    return _OPERATOR if subject.kind == "operator" else f"{subject.kind}:{subject.subject}"


def _own(conn: Connection, actor: str, number: int) -> StoredLoad:
    found = find_load(conn, number)
    if found is None or actor not in (_OPERATOR, found.actor):
        raise not_found()
    return found


def _note(request: Request, conn: Connection, actor: str, what: str) -> None:
    """A look at a household's loads is an entry of its access log."""
    kind, _, ref = actor.partition(":")
    household = accounts.household(conn, ref) if kind == "household" else None
    if household is not None:
        by = "resident" if request.headers.get("authorization") is None else "token:household"
        log.record(
            conn,
            actor=by,
            purpose="own data",
            household_id=household.household_id,
            what=what,
            request_id=request_id(request),
        )


def _told(load: StoredLoad, spoken_in: str, *, brief: bool = False) -> dict[str, Any]:
    report = restored(load.report, spoken_in)
    if brief:
        del report["rejects"], report["rejects_left"]
    return {
        **report,
        "load": load.load_id,
        "file": load.file_name,
        "connector": load.connector,
        "loaded_at": _instant(load.started_at),
        "undone_at": _instant(load.undone_at),
    }


def _instant(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _answer(content: object) -> Response:
    return Response(orjson.dumps(content), 200, PRIVATE, media_type="application/json")
