"""``hub collect``: every source asked on time, each by itself.

All wait in one event loop, so that a device that hangs delays nobody; what they answer is stored by
one thread. A source is never asked twice at once, and what was missed is asked once.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from hub.store.collecting import SourceState
from ingest.collect.errors import AwayError
from ingest.collect.rounds import Round, Rounds
from ingest.collect.sink import Sink
from ingest.collect.sources import Source
from ingest.collect.storing import Store

log = logging.getLogger("hub.collect")

#: At the start sources are asked one after the other, so many seconds apart.
_APART = 0.2
#: So often the database is looked for at the start.
_RETRY = 2.0
_MOST_THREADS = 200


def run(
    database_url: str, sources: Sequence[Source], spool: Path | None, stop: threading.Event
) -> None:
    """Ask the sources until ``stop`` is set."""
    _be_quiet()
    asyncio.run(_serve(Store(Sink(database_url, sources, spool)), sources, stop))


async def ask_once(database_url: str, sources: Sequence[Source]) -> list[Round]:
    """Ask each source now, until nothing is left to catch up; what came of each. For a person.

    Raises AwayError.
    """
    _be_quiet()
    log.setLevel(logging.ERROR)  # the rest is told in what is returned
    store = Store(Sink(database_url, sources, None))
    try:
        rounds = Rounds(store)
        await rounds.begin()
        return list(await asyncio.gather(*(_until_done(rounds, each) for each in sources)))
    finally:
        await store.close()


def _be_quiet() -> None:
    """Those would log one line a request, with the address and any key in it."""
    for name in ("httpx", "httpcore", "apscheduler"):
        logging.getLogger(name).setLevel(logging.ERROR)


async def _until_done(rounds: Rounds, source: Source) -> Round:
    whole = await rounds.round(source)
    while whole.more and whole.state is not None and whole.state.state == "ok":
        more = await rounds.round(source)
        more.reports = whole.reports + more.reports
        whole = more
    return whole


async def _serve(store: Store, sources: Sequence[Source], stop: threading.Event) -> None:
    rounds = Rounds(store)
    scheduler = AsyncIOScheduler(timezone=UTC)
    # names are looked up in threads, which cannot be cancelled: one that hangs holds up no other
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(_threads(len(sources))))

    async def ask(source: Source) -> None:
        done = await rounds.round(source)
        scheduler.modify_job(source.name, next_run_time=datetime.fromtimestamp(done.next_at, UTC))

    try:
        known = await _begin(rounds, store, stop)
        for number, source in enumerate(sources):
            scheduler.add_job(
                ask, "interval", seconds=source.interval, args=[source], id=source.name,
                max_instances=1, coalesce=True, misfire_grace_time=None,
                next_run_time=_first(source, known.get(source.name), number),
            )  # fmt: skip
        scheduler.start()
        log.info("asking %d sources", len(sources))
        await asyncio.to_thread(stop.wait)
        scheduler.shutdown(wait=False)  # cancels what is under way
    finally:
        await store.close()


async def _begin(rounds: Rounds, store: Store, stop: threading.Event) -> dict[str, SourceState]:
    """How the sources were, as soon as the database tells it."""
    while not stop.is_set():
        try:
            await store.do(store.sink.forget_others)
            return await rounds.begin()
        except AwayError:
            await asyncio.to_thread(stop.wait, _RETRY)
    return {}


def _threads(sources: int) -> int:
    """One for each source, within reason, and one that waits for the end."""
    return min(sources, _MOST_THREADS) + 1


def _first(source: Source, known: SourceState | None, number: int) -> datetime:
    """When a source is asked first: as was said before, or now."""
    now = time.time()
    at = now + _APART * number
    if known is not None:  # a restart is no reason to ask sooner than the other side asked for
        at = max(at, min(known.next_at.timestamp(), now + source.interval))
    return datetime.fromtimestamp(at, UTC)
