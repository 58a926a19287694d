"""What `hub status` tells: where things are, what is up, how fresh and how far behind."""

from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from pydantic import BaseModel

from hub.app.embedded.process import is_listening
from hub.app.errors import CommandError
from hub.app.language import language
from hub.app.readiness import ask
from hub.app.runfile import Address, RunFile, Versions, hub_version
from hub.app.settings import (
    address,
    broker_in_use,
    configured_database,
    running_hub,
    serving_hub,
)
from hub.store.collecting import SourceState, sources
from hub.store.connection import connect
from hub.store.server import server_versions
from hub.store.service_state import broker_dropped
from hub.store.status import Flow, SetAside, flow

_Asked = tuple[Flow, list[SourceState], int | None]


class PartStatus(BaseModel):
    """One process of the hub."""

    pid: int
    up: bool
    restarts: int


class SourceStatus(BaseModel):
    """A source of `hub collect`, as its last try left it. state: ok, failed or stopped."""

    name: str
    kind: str
    state: str
    last_success: datetime | None
    last_try: datetime
    next_try: datetime
    failures: int
    rows: dict[str, int]
    words: str | None
    """Why it failed or stopped, or what of its answers was refused."""


class Status(BaseModel):
    """The answer of `hub status --json`. Durations in seconds."""

    data: str
    running: bool
    ready: bool
    web: Address | None
    database: Address | None
    broker: Address | None
    versions: Versions
    edition: str | None
    parts: dict[str, PartStatus]
    freshness: dict[str, Any]
    lag: dict[str, Any]
    dropped: int | None
    """Messages that the broker dropped since its start, as ingest heard."""
    collect: list[SourceStatus]
    down: list[str]
    """What should be up and is not."""


def status(data: Path) -> Status:
    """Look at everything once. Raises `CommandError` (exit 2) where nothing runs."""
    url = configured_database()
    if url is None:
        return _here(data, running_hub(data))
    run = serving_hub(data)
    return _elsewhere(data, url) if run is None else _here(data, run)


def _here(data: Path, run: RunFile) -> Status:
    down = [name for name in run.expected if name not in run.parts]
    parts = {
        name: PartStatus(pid=part.pid, up=part.process.alive, restarts=part.restarts)
        for name, part in run.parts.items()
    }
    down += [name for name, part in parts.items() if not part.up]
    broker = broker_in_use(run)
    if broker and not is_listening(broker.port, broker.host):
        down.append("broker")
    ready = run.web is not None and ask(run.web.url).ready
    if run.ready and run.web and not is_listening(run.web.port, run.web.host):
        down.append("web")
    found = _ask(run.database) if run.database else None
    if found is None:
        down.append("database")
    return Status(
        data=str(data),
        running=True,
        ready=ready,
        web=run.web,
        database=run.database,
        broker=broker,
        versions=run.versions,
        edition=run.edition,
        parts=parts,
        **_figures(found),
        down=sorted(set(down)),
    )


def _elsewhere(data: Path, url: str) -> Status:
    """The database of HUB_DATABASE_URL, which no hub of `hub up` here serves."""
    database = address("HUB_DATABASE_URL", url)
    broker = broker_in_use(RunFile.read(data))
    try:
        found = server_versions(database.url)
    except psycopg.OperationalError as error:
        where = f"{database.host}:{database.port}"
        raise CommandError(
            f"the database at {where} (HUB_DATABASE_URL) does not answer: {error}",
            f"la base de données à {where} (HUB_DATABASE_URL) ne répond pas : {error}",
        ) from error
    down = []
    if broker and not is_listening(broker.port, broker.host):
        down.append("broker")
    return Status(
        data=str(data),
        running=True,
        ready=False,
        web=None,
        database=database,
        broker=broker,
        versions=Versions(
            hub=hub_version(), postgresql=found.postgresql, timescaledb=found.timescaledb
        ),
        edition=found.edition,
        parts={},
        **_figures(_ask(database)),
        down=down,
    )


def _ask(database: Address) -> _Asked | None:
    """Freshness and lag, sources, what the broker dropped; None where the database does not answer
    or has no schema yet."""
    try:
        with connect(database.url, application="status") as connection:
            return flow(connection), sources(connection), broker_dropped(connection)
    except (
        psycopg.OperationalError,
        psycopg.errors.UndefinedTable,
        psycopg.errors.UndefinedColumn,
    ):
        return None


def _figures(asked: _Asked | None) -> dict[str, Any]:
    found, collected, dropped = asked or (None, [], None)
    return {
        "dropped": dropped,
        "collect": [_source(each) for each in collected],
        "freshness": {"seconds": found.freshness if found else None},
        "lag": {
            "pending": found.pending if found else None,
            "oldest_seconds": found.oldest if found else None,
            **_set_aside("set_aside", found.set_aside if found else None),
            "areas": found.areas if found else None,
            **_set_aside("areas_set_aside", found.areas_set_aside if found else None),
        },
    }


def _source(found: SourceState) -> SourceStatus:
    return SourceStatus(
        name=found.name,
        kind=found.kind,
        state=found.state,
        last_success=found.succeeded_at,
        last_try=found.tried_at,
        next_try=found.next_at,
        failures=found.failures,
        rows=dict(found.rows),
        words=found.words(language()),
    )


def _set_aside(name: str, found: SetAside | None) -> dict[str, Any]:
    return {
        name: found.count if found else None,
        f"{name}_from": found.first_day if found else None,
        f"{name}_to": found.last_day if found else None,
        f"{name}_reason": found.reason if found else None,
    }
