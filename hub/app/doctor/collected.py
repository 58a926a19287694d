"""Checks of what `hub collect` asks: against hub.toml, and how each source is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from hub.app.doctor.finding import Finding, span, told
from hub.app.doctor.machine import Hub
from hub.app.doctor.words import Text
from hub.app.settings import configuration_folders
from hub.model import HubError
from hub.store.collecting import SourceState, sources
from hub.store.connection import Connection
from ingest.collect.sources import read_sources
from ingest.config import find

#: Devices sleep at night, portals are mended: what fails by itself is told after a day.
_LONG = dt.timedelta(hours=24)
#: One that never answered is told after so many tries.
_TRIES = 3
_OVERDUE = 600.0


def collect(hub: Hub, conn: Connection) -> Iterator[Finding]:
    """Sources that fail or may not be asked, and a service that does not run."""
    found = {state.name: state for state in sources(conn)}
    path = find(configuration_folders(hub.data))
    try:
        declared = [source.name for source in read_sources(path)]
    except HubError as error:
        words = Text(told(error.told("fr")), told(error.told("en")))
        yield Finding("collect_declared_badly", str(path), {"error": words})
        declared = []
    if never := [name for name in declared if name not in found]:
        yield Finding("collect_never", str(path), {"names": ", ".join(never)})
    now = dt.datetime.now(dt.UTC)
    for state in found.values():
        overdue = (now - state.next_at).total_seconds()
        values: dict[str, object] = {"name": state.name, "words": _words(state)}
        if overdue > _OVERDUE:
            yield Finding("collect_silent", values=values | {"age": span(overdue)})
        elif state.state == "stopped":
            yield Finding("collect_stopped", values=values)
        elif state.state == "failed" and _is_worth_telling(state, now):
            age = span((now - (state.failing_since or now)).total_seconds())
            yield Finding("collect_failed", values=values | {"age": age, "count": state.failures})


def _is_worth_telling(state: SourceState, now: dt.datetime) -> bool:
    never = state.succeeded_at is None and state.failures >= _TRIES
    lasts = state.failing_since is not None and now - state.failing_since > _LONG
    return state.needs_person or never or lasts


def _words(state: SourceState) -> Text:
    return Text(told(state.words("fr") or "-"), told(state.words("en") or "-"))
