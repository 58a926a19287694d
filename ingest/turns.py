"""Who of several requests has a connection or the decoder, and who waits for them.

A request waits in the event loop, so that it holds none of the threads that answer other routes,
and it has a connection only while it reads or writes: files that are slow to decode keep nobody
from the database.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import psycopg
from psycopg_pool import PoolTimeout

from hub.routes.problems import ProblemError
from hub.store.connection import Connection, pool
from hub.store.rollup_work import past_clashes
from ingest.decoder import Decoders, Limits, Result, Task

#: So many files are at work: decoded, stored, or waiting for it. A further one is sent away.
UPLOADS = 8
_CONNECTIONS = 4
#: Of the connections so many store files, which take longer than messages.
_STORING = 2
_PATIENCE = 10.0  # seconds until a request that finds all connections at work is sent away

T = TypeVar("T")


class Turns:
    """The connections, threads and decoding process of the intake. Made in the event loop.

    Who cannot have a turn gets the problem 503, with the time after which to send again.
    """

    def __init__(self, database_url: str, limits: Limits) -> None:
        self.decoders = Decoders(1, limits)
        self._pool = pool(database_url, application="intake", min_size=0, max_size=_CONNECTIONS)
        self._threads = ThreadPoolExecutor(_CONNECTIONS, thread_name_prefix="intake")
        self._free = asyncio.Semaphore(_CONNECTIONS)
        self._storing = asyncio.Semaphore(_STORING)
        self._uploads = 0

    def close(self) -> None:
        """End the process and the threads, close the connections."""
        self.decoders.close()
        self._threads.shutdown()
        self._pool.close()

    def check_room(self) -> None:
        """Send an upload away that would have to wait for too many others."""
        if self._uploads >= UPLOADS:
            raise _later("Other files are being read; send this one again later.")

    @contextmanager
    def upload(self) -> Iterator[None]:
        """Be one of the files at work."""
        self.check_room()
        self._uploads += 1
        try:
            yield
        finally:
            self._uploads -= 1

    async def decode(self, task: Task) -> Result:
        """Decode a file in its turn."""
        return await asyncio.wrap_future(self.decoders.submit(task))

    async def store(self, work: Callable[[Connection], T]) -> T:
        """Store a file, with a connection; some connections are always left to others."""
        async with self._storing:
            return await self.connected(work)

    async def connected(self, work: Callable[[Connection], T]) -> T:
        """Do something short with a connection, in a thread; again where others clash with it."""
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._free.acquire()
        except TimeoutError as error:
            raise _later("The hub is busy; send it again later.") from error
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, self._connected, work)
        finally:
            self._free.release()

    def _connected(self, work: Callable[[Connection], T]) -> T:
        def attempt() -> T:
            with self._pool.connection(timeout=_PATIENCE) as conn:
                return work(conn)

        try:
            return past_clashes(attempt)
        except (PoolTimeout, psycopg.OperationalError) as error:
            raise _later("The database is away; send it again later.") from error


def _later(detail: str) -> ProblemError:
    return ProblemError(503, detail, headers={"Retry-After": "30"})
