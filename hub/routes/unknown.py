"""What no route answers under /api and /open: 404 or 405 as problems, never a page."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Request, Response
from starlette.routing import Match

from hub.routes.problems import ProblemError

_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]
# "/open/" itself is a page; "{name}" takes no empty part.
_PATHS = ("/api", "/api/{rest:path}", "/open/{name}", "/open/{name}/{rest:path}")


def unknown(routers: Sequence[APIRouter]) -> APIRouter:
    """A router to include after ``routers``: 405 where one of them has the path, else 404."""

    async def answer(request: Request) -> Response:
        allowed = sorted({m for router in routers for m in _other_methods(router, request)})
        if allowed:
            raise ProblemError(
                405,
                f"{request.method} does not work here; use {', '.join(allowed)}",
                headers={"Allow": ", ".join(allowed)},
            )
        raise ProblemError(
            404, f"there is nothing at {request.url.path[:200]}; see /api/v1/openapi.json"
        )

    router = APIRouter(include_in_schema=False)
    for path in _PATHS:
        router.add_api_route(path, answer, methods=_METHODS)
    return router


def _other_methods(router: APIRouter, request: Request) -> set[str]:
    found: set[str] = set()
    for route in router.routes:
        match, _ = route.matches(request.scope)
        if match is Match.PARTIAL:
            found |= set(getattr(route, "methods", None) or ())
    return found
