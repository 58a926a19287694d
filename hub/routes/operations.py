"""For operators and supervisors: /healthz, /readyz, /metrics."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

import orjson
import psycopg
from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from psycopg_pool import PoolTimeout

from hub.accounts import links
from hub.routes.context import web_of
from hub.routes.problems import not_found
from hub.store import operations as store
from hub.store.collecting import SourceState, sources
from hub.store.service_state import broker_dropped
from hub.store.status import flow

router = APIRouter()

_FRESH = {"Cache-Control": "no-store"}


@router.get("/healthz", include_in_schema=False)
def healthz() -> Response:
    """The process answers."""
    return PlainTextResponse("ok\n", headers=_FRESH)


@router.get("/readyz", include_in_schema=False)
def readyz(request: Request) -> Response:
    """200 when people can be let in; else 503 and what is awaited."""
    try:
        web = web_of(request)
        with web.connection() as conn:
            found = store.readiness(conn, expects_demo=web.demo)
    except (psycopg.Error, PoolTimeout) as error:
        reason = f"base de données injoignable / database unreachable: {type(error).__name__}"
        found = store.Readiness(False, reason)
    content = {
        "ready": found.ready,
        "progress": found.progress,
        "open": [page for page in found.open if _may_learn(request, page[1])],
    }
    return Response(orjson.dumps(content), 200 if found.ready else 503, _FRESH, "application/json")


def _may_learn(request: Request, path: str) -> bool:
    """A private link is told to who starts a demo on this machine, and to nobody else."""
    return not path.startswith(links.PATH) or (web_of(request).demo and _is_local(request))


@router.get("/metrics", include_in_schema=False)
def metrics(request: Request) -> Response:
    """Prometheus text, for this machine only."""
    if not _is_local(request):
        raise not_found()
    with web_of(request).connection() as conn:
        now = flow(conn)
        rejected = store.rejected(conn)
        published_age, waiting = store.publication_state(conn)
        collected = sources(conn)
        dropped = broker_dropped(conn)
    lines = [
        *_gauge("hub_readings_age_seconds", "since a reading was last received", now.freshness),
        *_gauge("hub_dirty_pending", "changed ranges not rolled up yet", now.pending),
        *_gauge("hub_dirty_oldest_seconds", "age of the oldest of them", now.oldest or 0),
        *_gauge(
            "hub_dirty_set_aside", "ranges that failed and wait for a person", now.set_aside.count
        ),
        *_gauge("hub_areas_pending", "marks of area totals to sum again", now.areas),
        *_gauge(
            "hub_areas_set_aside",
            "marks of area totals that failed and wait for a person",
            now.areas_set_aside.count,
        ),
        *_gauge("hub_publication_age_seconds", "since publication last ran", published_age),
        *_gauge("hub_publication_waiting", "1: something due was held back", int(waiting)),
        "# HELP hub_rejected payloads and rows not taken and not replayed",
        "# TYPE hub_rejected gauge",
        *(f'hub_rejected{{reason="{reason}"}} {count}' for reason, count in rejected.items()),
        *_metric(
            "hub_broker_dropped_total",
            "messages the broker dropped since its start, its queue being full",
            dropped,
            "counter",
        ),
        *_of_sources(collected),
    ]
    text = "\n".join(lines) + "\n"
    return Response(text, headers=_FRESH, media_type="text/plain; version=0.0.4; charset=utf-8")


def _of_sources(found: Sequence[SourceState]) -> Iterator[str]:
    """What `hub collect` asks: each source a line."""
    now = datetime.now(UTC)
    told: tuple[tuple[str, str, Callable[[SourceState], float | None]], ...] = (
        ("up", "1: its last try succeeded", lambda s: float(s.state == "ok")),
        ("stopped", "1: nothing may be asked of it", lambda s: float(s.state == "stopped")),
        ("failures", "tries in a row that failed", lambda s: s.failures),
        (
            "age_seconds",
            "since its last success",
            lambda s: (now - s.succeeded_at).total_seconds() if s.succeeded_at else None,
        ),
        (
            "overdue_seconds",
            "since it was to be asked again",
            lambda s: max((now - s.next_at).total_seconds(), 0),
        ),
    )
    for name, help_text, value in told:
        yield from _gauge(f"hub_collect_{name}", help_text, None)
        for source in found:
            if (figure := value(source)) is not None:
                labels = f'source="{source.name}",kind="{source.kind}"'
                yield f"hub_collect_{name}{{{labels}}} {figure:.10g}"


def _gauge(name: str, help_text: str, value: float | None) -> list[str]:
    return _metric(name, help_text, value, "gauge")


def _metric(name: str, help_text: str, value: float | None, kind: str) -> list[str]:
    head = [f"# HELP {name} {help_text}", f"# TYPE {name} {kind}"]
    return [*head, f"{name} {value:.15g}"] if value is not None else head


def _is_local(request: Request) -> bool:
    """From this machine itself, not through a proxy on it."""
    if "x-forwarded-for" in request.headers or "forwarded" in request.headers:
        return False
    try:
        return request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False
