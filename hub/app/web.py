"""The one ASGI application: read API, open data, intake, pages. Wiring only."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware

from hub.app.head import HeadAsGet
from hub.app.headers import SecurityHeaders, content_policy
from hub.app.logs import log_to_stderr
from hub.app.runfile import hub_version
from hub.app.settings import Settings
from hub.routes import areas, households, links, loads, open_data, operations, problems
from hub.routes.context import Web
from hub.routes.unknown import unknown
from hub.store.connection import pool

_ABOUT = """
Read API of a district energy hub. A household's figures answer its own session or token only;
areas answer what is published. Amounts are exact decimal numbers in the unit stated.
"""
_CONNECTIONS = 8

#: Makes routes of the API on a database.
Routes = Callable[[str], APIRouter]
#: Adds pages to the application; returns the hashes of their inline scripts.
Pages = Callable[[FastAPI, str, Settings], Sequence[str]]


def intake(database_url: str) -> APIRouter:
    """`POST /api/v1/readings` and `/api/v1/files`."""
    from ingest.http import router

    return router(database_url)


def pages(app: FastAPI, database_url: str, settings: Settings) -> Sequence[str]:
    """Dash, the text pages and their files."""
    from dashboard.app import attach

    dash_app = attach(
        app, database_url=database_url, demo=settings.demo, public_url=settings.public_url
    )
    return dash_app.csp_hashes()


def create_app(
    database_url: str,
    settings: Settings | None = None,
    more_routes: Sequence[Routes] = (intake,),
    more_pages: Sequence[Pages] = (pages,),
) -> FastAPI:
    """The application on a migrated database; its connections close when it stops.

    The pages come last, because they answer what no other route does. Nothing unknown under /api
    or /open reaches them.
    """
    settings = settings or Settings()
    web = _shared(database_url, settings)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        await run_in_threadpool(web.close)

    app = FastAPI(
        title="District energy hub",
        description=_ABOUT,
        version=hub_version(),
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # its page loads scripts from another host
        redoc_url=None,
        lifespan=lifespan,
        redirect_slashes=False,
        license_info={"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
    )
    app.state.web = web
    problems.install(app)
    routers = [m.router for m in (households, areas, loads, open_data, links, operations)]
    routers += [make(database_url) for make in more_routes]
    for router in (*routers, unknown(routers)):
        app.include_router(router)
    hashes = [h for add in more_pages for h in add(app, database_url, settings)]
    app.add_middleware(
        GZipMiddleware,
        minimum_size=1000,
        compresslevel=5,
        exclude_content_types=(*DEFAULT_EXCLUDED_CONTENT_TYPES, "application/vnd.apache.parquet"),
    )
    app.add_middleware(SecurityHeaders, policy=content_policy(hashes))
    app.add_middleware(HeadAsGet)
    return app


def _shared(database_url: str, settings: Settings) -> Web:
    """What the routes share. Public figures are read from a replica where one is named."""
    connections = pool(database_url, application="web", max_size=_CONNECTIONS)
    replica = None
    if settings.database_read_url:
        replica = pool(settings.database_read_url, application="web-read", max_size=_CONNECTIONS)
    return Web(connections, settings.demo, settings.public_url, replica)


def serve(database_url: str, settings: Settings) -> None:
    """Serve until SIGTERM (returns) or Ctrl-C (KeyboardInterrupt); one process, one event loop."""
    import signal

    import uvicorn

    log_to_stderr("web", logging.DEBUG if settings.debug else logging.INFO)
    config = uvicorn.Config(
        create_app(database_url, settings),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,  # addresses of private links are secrets
        server_header=False,
        timeout_graceful_shutdown=3,
        ws_max_size=1 << 20,
    )
    # After its graceful stop uvicorn raises the signal again for whoever had it before.
    signal.signal(signal.SIGTERM, lambda *_: None)
    uvicorn.Server(config).run()
