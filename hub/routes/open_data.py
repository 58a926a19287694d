"""Open data: the catalogue, and data sets to download. Public, cacheable, from ``published``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from fastapi import APIRouter, Request, Response

from hub.disclosure.datasets import DATASETS, FORMATS, Dataset, State, catalogue, metadata
from hub.disclosure.extracts import DIALECTS, publisher_of
from hub.routes import rendering
from hub.routes.context import OPEN, web_of
from hub.routes.parameters import one_of, only_known
from hub.routes.problems import ProblemError
from hub.store import published as store
from hub.store.connection import Connection

router = APIRouter(prefix="/open", tags=["open data"])

_CACHE = "public, max-age=300"


@router.get("/catalog.jsonld", summary="The catalogue of open data (DCAT, JSON-LD)")
def read_catalogue(request: Request) -> Response:
    """Every data set with its licence, area, time and files."""
    only_known(request.query_params.multi_items(), set())
    web = web_of(request)
    with web.reading() as conn:
        states = _states(conn, web.simulated(conn))
        content = catalogue(
            [(d, states[d.id]) for d in DATASETS.values()], publisher_of(conn), web.base(request)
        )
    headers = {**OPEN, "Cache-Control": _CACHE}
    return Response(rendering.body(content), headers=headers, media_type="application/ld+json")


@router.get("/datasets/{name}", summary="A data set's description, or its file")
def read_dataset(
    request: Request, name: str, dialect: str = "default", release: str | None = None
) -> Response:
    """``{id}``: what it is. ``{id}.csv``, ``.json``, ``.parquet``: all of it.

    CSV for French spreadsheets: ``?dialect=fr``. Strong ETag; answers 304.
    """
    identifier, _, form = name.partition(".")
    dataset = DATASETS.get(identifier)
    if dataset is None or ("." in name and form not in FORMATS):
        known = ", ".join(f"{d}[.{'|.'.join(FORMATS)}]" for d in DATASETS)
        raise ProblemError(404, f"there is no data set '{name}'; there are: {known}")
    if form:
        only_known(request.query_params.multi_items(), {"dialect", "release"})
        one_of("dialect", dialect, DIALECTS)
        return _download(request, dataset, form, dialect, release)
    only_known(request.query_params.multi_items(), set())
    web = web_of(request)
    with web.reading() as conn:
        state = _states(conn, web.simulated(conn))[dataset.id]
        content = metadata(dataset, state, publisher_of(conn), web.base(request))
    headers = {**OPEN, "Cache-Control": _CACHE}
    return Response(rendering.body(content), headers=headers, media_type="application/json")


def _download(
    request: Request, dataset: Dataset, form: str, dialect: str, release: str | None
) -> Response:
    web = web_of(request)
    with web.reading() as conn:
        if release is not None:
            one_of("release", release, store.releases(conn))
        found = web.files.get(conn, dataset, form, dialect, release)
    packed = found.packed if _takes_gzip(request.headers) else None
    etag = f'"{found.etag}{"-gz" if packed else ""}"'
    headers = {**OPEN, "ETag": etag, "Cache-Control": _CACHE, "Vary": "Accept-Encoding"}
    if found.updated:
        headers["Last-Modified"] = format_datetime(found.updated.astimezone(UTC), usegmt=True)
    if _is_fresh(request.headers, etag, found.updated):
        return Response(status_code=304, headers=headers)
    headers["Content-Disposition"] = f'attachment; filename="{dataset.id}.{form}"'
    if packed:
        headers["Content-Encoding"] = "gzip"
    return Response(packed or found.body, headers=headers, media_type=_media(form))


def _media(form: str) -> str:
    return "text/csv; charset=utf-8; header=present" if form == "csv" else FORMATS[form]


def _takes_gzip(headers: Mapping[str, str]) -> bool:
    for part in headers.get("accept-encoding", "").split(","):
        name, _, weight = part.replace(" ", "").partition(";q=")
        if name == "gzip":
            return weight not in {"0", "0.0", "0.00", "0.000"}
    return False


def _is_fresh(headers: Mapping[str, str], etag: str, updated: datetime | None) -> bool:
    """Whether the reader has this very file (RFC 9110: If-None-Match wins over the date)."""
    tags = headers.get("if-none-match")
    if tags is not None:
        known = {tag.strip().removeprefix("W/") for tag in tags.split(",")}
        return etag in known or "*" in known
    since = headers.get("if-modified-since")
    if since is None or updated is None:
        return False
    try:
        moment = parsedate_to_datetime(since)
    except ValueError:
        return False
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return updated.replace(microsecond=0) <= moment


def _states(conn: Connection, simulated: bool) -> dict[str, State]:
    spans = store.spans(conn, [d.step for d in DATASETS.values()])
    return {
        d.id: State(store.last_published(conn, d.step), spans.get(d.step), simulated)
        for d in DATASETS.values()
    }
