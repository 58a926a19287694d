"""Checks that look at this machine: parts, broker, pages, spool, disk."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from hub.app.doctor.finding import Finding, size, span
from hub.app.embedded.process import is_listening
from hub.app.readiness import ask
from hub.app.runfile import Address, RunFile
from ingest.spool import damaged_segments, waiting_bytes


@dataclass(frozen=True)
class Hub:
    """What is examined. ``run`` is None where the services run on their own (a server)."""

    data: Path
    run: RunFile | None
    database: Address | None
    broker: Address | None

    def log(self, part: str) -> Path:
        """The log of a part of `hub up`."""
        name = {"database": "postgresql", "broker": "mosquitto"}.get(part, part)
        return self.data / "log" / f"{name}.log"


#: A part started again within so many seconds is not steady.
_STEADY = 600.0
#: Too little room: less than a tenth of the disk where that is under 20 GiB, or hardly any.
_LOW_SHARE, _LOW_BYTES, _HARDLY_ANY = 0.10, 20 << 30, 1 << 30


def parts(hub: Hub) -> Iterator[Finding]:
    """Parts of `hub up` that are down or were started again a moment ago."""
    if hub.run is None:
        return
    for name in hub.run.expected:
        part = hub.run.parts.get(name)
        values: dict[str, object] = {"name": name, "log": hub.log(name)}
        if part is None or not part.process.alive:
            yield Finding("part_down", values=values)
            continue
        age = (datetime.now(UTC) - part.started_at).total_seconds()
        if part.restarts and age < _STEADY:
            values |= {"age": span(age), "count": part.restarts}
            yield Finding("part_restarted", f"process {part.pid}", values)


def broker(hub: Hub) -> Iterator[Finding]:
    """Whether something listens at the broker's address."""
    if hub.broker is None:
        yield Finding("broker_unknown")
    elif not is_listening(hub.broker.port, hub.broker.host):
        yield Finding("broker_silent", f"{hub.broker.host}:{hub.broker.port}")


def web(hub: Hub) -> Iterator[Finding]:
    """Whether people can be let in."""
    if hub.run is None or hub.run.web is None:
        return
    found = ask(hub.run.web.url)
    if not found.ready:
        values = {"progress": found.progress or "/readyz", "log": hub.log("serve")}
        yield Finding("web_not_ready", hub.run.web.url, values)


def spool(hub: Hub) -> Iterator[Finding]:
    """Messages on disk that wait for the database, and those that cannot be read."""
    for folder in (hub.data / "spool", hub.data / "collected"):
        if waiting := waiting_bytes(folder):
            yield Finding("spool_waits", str(folder), {"size": size(waiting)})
        for segment in damaged_segments(folder):
            yield Finding("spool_damaged", str(segment))


def disk(hub: Hub) -> Iterator[Finding]:
    """Room left where the hub writes."""
    for folder in (hub.data, hub.data / "servers"):  # usually one disk: told once
        if not folder.exists():
            continue
        usage = shutil.disk_usage(folder)
        low = usage.free < min(_LOW_BYTES, _LOW_SHARE * usage.total)
        if low or usage.free < _HARDLY_ANY:
            yield Finding("disk_full", str(folder.resolve()), {"size": size(usage.free)})
            return


CHECKS: tuple[tuple[str, Callable[[Hub], Iterator[Finding]]], ...] = (
    ("parts", parts),
    ("broker", broker),
    ("web", web),
    ("spool", spool),
    ("disk", disk),
)
