"""Errors of the API as problem details (RFC 9457), for every path under /api and /open."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exception_handlers import (
    http_exception_handler,
    request_validation_exception_handler,
)
from fastapi.exceptions import RequestValidationError
from fastapi.responses import PlainTextResponse
from starlette.exceptions import HTTPException

from hub.routes.french import french
from hub.routes.language import language

MEDIA_TYPE = "application/problem+json"
_OURS = ("/api", "/open/", "/lien/", "/healthz", "/readyz", "/metrics")

_log = logging.getLogger(__name__)


#: Titles that RFC 9110 has given other words than some of Python's versions.
_TITLES = {413: "Content Too Large", 422: "Unprocessable Content"}


class ProblemError(Exception):
    """An error to answer with. ``detail`` says what, where and what to do: in English, and
    hub.routes.french has it in French."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        **members: object,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})
        self.members = members


def not_found() -> ProblemError:
    """What does not exist, and what is not for you: one answer, so that it tells nothing."""
    return ProblemError(404, "There is nothing here for you. Check the address and your token.")


def invalid(parameter: str, detail: str) -> ProblemError:
    """A request that cannot be answered as asked; ``parameter`` names the one to change."""
    return ProblemError(422, detail, parameter=parameter)


def answer(request: Request, problem: ProblemError) -> Response:
    """The response of a problem, in the reader's language; never cached."""
    body = {
        "type": "about:blank",
        "title": _TITLES.get(problem.status) or HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": french(problem.detail) if language(request) == "fr" else problem.detail,
        **problem.members,
    }
    headers = {"Cache-Control": "no-store", **problem.headers}
    return Response(orjson.dumps(body), problem.status, headers, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Answer the API's errors as problems; the pages keep their own."""

    async def of_problem(request: Request, error: Exception) -> Response:
        assert isinstance(error, ProblemError)
        return answer(request, error)

    async def of_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if not is_api(request.url.path):
            return await http_exception_handler(request, error)
        detail = error.detail or HTTPStatus(error.status_code).phrase
        return answer(request, ProblemError(error.status_code, detail, headers=error.headers))

    async def of_validation(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        if not is_api(request.url.path):
            return await request_validation_exception_handler(request, error)
        return answer(request, _of_validation(error))

    async def of_anything(request: Request, error: Exception) -> Response:
        _log.error("%s %s failed", request.method, request.url.path, exc_info=error)
        if not is_api(request.url.path):
            return PlainTextResponse("Internal Server Error", 500)
        told = "The hub failed to answer; its log says why. Try again later."
        return answer(request, ProblemError(500, told))

    app.add_exception_handler(ProblemError, of_problem)
    app.add_exception_handler(HTTPException, of_http)
    app.add_exception_handler(RequestValidationError, of_validation)
    app.add_exception_handler(Exception, of_anything)


def is_api(path: str) -> bool:
    """Whether a path is answered for programs."""
    return path.startswith(_OURS)


def _of_validation(error: RequestValidationError) -> ProblemError:
    errors: list[dict[str, Any]] = [
        {"where": ".".join(str(part) for part in e["loc"]), "detail": e["msg"]}
        for e in error.errors()
    ]
    first = errors[0] if errors else {"where": "request", "detail": "not valid"}
    return ProblemError(422, f"{first['where']}: {first['detail']}", errors=errors)
