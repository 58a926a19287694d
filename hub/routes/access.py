"""Who may read a household: its own session, its own token, an operator. Others see nothing."""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass

from fastapi import Request

from hub.accounts import log, sessions, tokens
from hub.routes.problems import not_found
from hub.store import accounts as store
from hub.store.accounts import HouseholdIdentity
from hub.store.connection import Connection

_log = logging.getLogger(__name__)

#: Personal answers: never kept by a browser or a proxy.
PRIVATE = {"Cache-Control": "no-store", "Vary": "Cookie, Authorization"}


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads, and which household."""

    household: HouseholdIdentity
    actor: str
    purpose: str


def reader_of(request: Request, conn: Connection, ref: str) -> Reader:
    """The reader of household ``ref``; raises the 404 problem for everyone else.

    Another's household and one that does not exist are the same answer.
    """
    authorization = request.headers.get("authorization")
    if authorization is not None:
        return _by_token(request, conn, ref, tokens.bearer_of(authorization) or "")
    household = sessions.household_of(request.cookies, conn)
    if household is None or household.ref != ref:
        raise _refusal(request, "nobody" if household is None else "another household")
    return Reader(household, "resident", "own data")


def _by_token(request: Request, conn: Connection, ref: str, bearer: str) -> Reader:
    subject = tokens.check(conn, bearer)
    if subject is None:
        raise _refusal(request, "an unknown token")
    is_own = subject == tokens.Subject("household", ref)
    if not is_own and subject.kind != "operator":
        raise _refusal(request, f"a token of {subject.kind}")
    household = store.household(conn, ref)
    if household is None:
        raise _refusal(request, f"a token of {subject.kind}, no such household")
    if is_own:
        return Reader(household, "token:household", "own data")
    return Reader(household, f"operator:{subject.subject}", "operation")


def _refusal(request: Request, who: str) -> Exception:
    _log.warning("refused to %s: %s %s", who, request.method, request.url.path)
    return not_found()


def note_access(request: Request, conn: Connection, reader: Reader, what: str) -> None:
    """Write the look into the access log, in the request's own transaction."""
    log.record(
        conn,
        actor=reader.actor,
        purpose=reader.purpose,
        household_id=reader.household.household_id,
        what=what,
        request_id=request_id(request),
    )


def request_id(request: Request) -> str:
    """The request's number in logs; made at first use."""
    found = getattr(request.state, "request_id", None)
    if found is None:
        found = request.state.request_id = uuid.uuid4().hex
    return str(found)
