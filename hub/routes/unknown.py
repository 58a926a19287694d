"""What no route answers under /api and /open: 404 or 405 as problems, never a page."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from starlette.routing import Match

from hub.routes.problems import ProblemError

router = APIRouter(include_in_schema=False)

_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]


async def unknown(request: Request) -> Response:
    """404, or 405 where the path exists for other methods."""
    allowed = _other_methods(request)
    if allowed:
        raise ProblemError(
            405,
            f"{request.method} does not work here; use {', '.join(allowed)}",
            headers={"Allow": ", ".join(allowed)},
        )
    raise ProblemError(
        404, f"there is nothing at {request.url.path[:200]}; /api/v1/openapi.json lists what is"
    )


def _other_methods(request: Request) -> list[str]:
    found: set[str] = set()
    for route in request.app.router.routes:
        match, _ = route.matches(request.scope)
        if match is Match.PARTIAL:
            found |= set(getattr(route, "methods", None) or ())
    return sorted(found)


# "/open/" itself is a page; "{x}" takes no empty part.
for _path in ("/api", "/api/{rest:path}", "/open/{name}", "/open/{name}/{rest:path}"):
    router.add_api_route(_path, unknown, methods=_METHODS)
