"""``POST /api/v1/readings`` (SenML) and ``POST /api/v1/files``: the intake by HTTP, with a token.

Rows have the outcomes they have everywhere. An answer names every row that was not taken; it is a
problem (422) only when nothing of the request could be taken.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import orjson
from fastapi import APIRouter, FastAPI, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile

from hub.accounts import tokens
from hub.intake.report import OUTCOMES, LoadReport, reject_json, reject_reason, spoken
from hub.model import Context, Reject
from hub.routes.language import language as _language
from hub.routes.problems import ProblemError
from hub.store.channels import Directory
from hub.store.connection import Connection, zone_of
from hub.store.latest import notify_latest
from hub.store.readings import LIVE, Origin
from hub.store.senders import claim_key, keep_answer, rules_of
from ingest.files import LIMITS, NAMED, About, Sender, Uploads, check_length, told_name
from ingest.storing import (
    LARGEST_MESSAGE,
    Fate,
    Message,
    Read,
    decode,
    is_messages_fault,
    store_reads,
)
from ingest.turns import Turns

_KEY_LENGTH = 200
_YES = frozenset({"1", "true", "yes", "on"})


def router(database_url: str) -> APIRouter:
    """The intake's routes, with connections and a decoding process of their own.

    While it runs, the application's ``state.uploads`` is what the pages give files to.
    """
    intake = _Intake(database_url)
    routes = APIRouter(lifespan=intake.lifespan, tags=["intake"])
    routes.add_api_route("/api/v1/readings", intake.readings, methods=["POST"])
    routes.add_api_route("/api/v1/files", intake.files, methods=["POST"])
    return routes


class _Intake:
    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._open: Turns | None = None

    @asynccontextmanager
    async def lifespan(self, app: FastAPI) -> AsyncIterator[None]:
        """Open while the application runs."""
        self._open = Turns(self._url, LIMITS)
        app.state.uploads = Uploads(self._open)
        try:
            yield
        finally:
            await run_in_threadpool(self._open.close)

    @property
    def _turns(self) -> Turns:
        assert self._open is not None
        return self._open

    async def readings(self, request: Request) -> Response:
        """Store a SenML pack (RFC 8428, JSON).

        With ``Idempotency-Key`` a request sent again is answered as the first time.
        """
        if _is_form(request):
            raise ProblemError(415, "Send SenML as JSON here; files go to /api/v1/files.")
        bearer = _bearer(request)
        payload = await _body(request, LARGEST_MESSAGE)
        key = request.headers.get("idempotency-key", "")
        if len(key) > _KEY_LENGTH:
            raise ProblemError(422, f"Idempotency-Key: {_KEY_LENGTH} characters at most.")
        language = _language(request)
        return await self._turns.connected(
            lambda conn: _store_pack(conn, _sender(conn, bearer), payload, key, language)
        )

    async def files(self, request: Request) -> Response:
        """Load a meter's or portal's file, or a ZIP of them (multipart form).

        Parts: file, and as needed format, usage_point, dry_run (1: tell, write nothing).
        """
        if not _is_form(request):
            raise ProblemError(415, "Send the file as multipart/form-data, in a part named 'file'.")
        bearer = _bearer(request)
        turns = self._turns
        sender = await turns.connected(lambda conn: _sender(conn, bearer))
        check_length(request.headers)
        turns.check_room()  # before all of the file is sent
        async with request.form(max_files=1, max_fields=4) as form:
            upload, about = _described(form)
            reports = await Uploads(turns).load(sender, [upload], about)
            return _told_files(told_name(upload), reports, _language(request))


def _described(form: FormData) -> tuple[UploadFile, About]:
    """The file of a form, and what the form says of it."""
    upload = form.get("file")
    if not isinstance(upload, UploadFile):
        raise ProblemError(422, "There is no part named 'file'.")
    dry_run = (_text(form.get("dry_run")) or "").casefold() in _YES
    return upload, About(_text(form.get("format")), _text(form.get("usage_point")), dry_run)


def _store_pack(
    conn: Connection, sender: Sender, payload: bytes, key: str, language: str
) -> Response:
    """Store a pack in one transaction, with its answer if it has a key."""
    digest = hashlib.sha256(payload).hexdigest()
    if key and (known := claim_key(conn, sender.name, key, digest)) is not None:
        if known[0] != digest:
            raise ProblemError(422, "This Idempotency-Key was used for another request.")
        return _answer(known[1]["body"], known[1]["status"], {"Idempotency-Replayed": "true"})
    now = int(time.time())
    zone = zone_of(conn)
    message = Message(sender.name, payload, now, now, transport="http")
    read = decode("senml", message, Context(received_at=now, zone=zone, topic=""))
    directory = Directory()
    origin = Origin(LIVE, sender.rules)
    try:
        with conn.transaction():
            stored = store_reads(conn, directory, [read], zone=zone, origin=origin)
    except Exception as error:
        if not is_messages_fault(error):
            raise
        detail = {"error": str(error).split("\n", 1)[0]}
        read = read._replace(decoded=None, reject=Reject(0, "not_stored", detail=detail))
        stored = store_reads(conn, Directory(), [read], zone=zone, origin=origin)
    status, body = _told_pack(read, stored.fates[0], language)
    if key:
        keep_answer(conn, sender.name, key, {"status": status, "body": body})
    conn.commit()
    if stored.moved:
        notify_latest(conn, stored.moved)
    return _answer(body, status)


def _told_pack(read: Read, fate: Fate, language: str) -> tuple[int, dict[str, Any]]:
    if read.decoded is None:
        reject = fate.rejects[0]
        return 422, _problem(reject_reason(reject, language), reason=reject.reason)
    body = {
        "rows": len(fate.rows),
        **fate.counts(),
        "rejects": [spoken(reject_json(r), language) for r in fate.rejects[:NAMED]],
    }
    if _nothing_taken(fate.counts()):
        return 422, _problem(reject_reason(fate.rejects[0], language), **body)
    return 200, body


def _told_files(name: str, reports: Sequence[LoadReport], language: str) -> Response:
    """The report of a file; of an archive, those of its files with what they add up to."""
    if len(reports) == 1 and reports[0].file == name:
        return _told_file(reports[0], language)
    counts = {outcome: sum(report.counts[outcome] for report in reports) for outcome in OUTCOMES}
    body = {
        "file": name,
        "rows": sum(report.rows_read for report in reports),
        **counts,
        "files": [report.as_json(language, most=NAMED) for report in reports],
    }
    if all(report.is_refused for report in reports):
        first = reports[0]
        told = reject_reason(first.problem or first.rejects[0], language)
        return _answer(_problem(f"{first.file}: {told}", **body), 422)
    return _answer(body, 200)


def _told_file(report: LoadReport, language: str) -> Response:
    body = report.as_json(language, most=NAMED)
    if report.problem is not None:
        told = reject_reason(report.problem, language)
        return _answer(_problem(told, reason=report.problem.reason), 422)
    if report.is_refused:
        return _answer(_problem(reject_reason(report.rejects[0], language), **body), 422)
    return _answer(body, 200)


def _nothing_taken(counts: Mapping[str, int]) -> bool:
    taken = counts["accepted"] + counts["unchanged"] + counts["revised"]
    return bool(counts["rejected"]) and not taken


def _problem(detail: str, **members: object) -> dict[str, Any]:
    """Problem details (RFC 9457) of a request of which nothing was taken."""
    return {
        "type": "about:blank",
        "title": "Unprocessable Content",
        "status": 422,
        "detail": detail,
        **members,
    }


def _answer(body: dict[str, Any], status: int, headers: dict[str, str] | None = None) -> Response:
    kind = "application/json" if status < 400 else "application/problem+json"
    told = {"Cache-Control": "no-store", **(headers or {})}
    return Response(orjson.dumps(body), status, told, media_type=kind)


def _sender(conn: Connection, bearer: str) -> Sender:
    subject = tokens.check(conn, bearer)
    if subject is None:
        raise _unauthorised("The token is unknown, expired or revoked.")
    rules = rules_of(conn, subject.kind, subject.subject)
    if rules is None:
        raise ProblemError(403, f"A token of a {subject.kind} reads; it does not write.")
    return Sender(f"{subject.kind}:{subject.subject}", rules)


def _bearer(request: Request) -> str:
    bearer = tokens.bearer_of(request.headers.get("authorization"))
    if bearer is None:
        raise _unauthorised("Send a token: 'Authorization: Bearer ...' (see 'hub token').")
    return bearer


def _unauthorised(detail: str) -> ProblemError:
    return ProblemError(401, detail, headers={"WWW-Authenticate": "Bearer"})


async def _body(request: Request, limit: int) -> bytes:
    """The body, never more of it in memory than the limit."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise ProblemError(413, f"The body may have {limit} bytes at most; send it in parts.")
        parts.append(part)
    return b"".join(parts)


def _is_form(request: Request) -> bool:
    return request.headers.get("content-type", "").startswith("multipart/form-data")


def _text(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None
