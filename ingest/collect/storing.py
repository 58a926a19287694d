"""The sink from an event loop: its one thread does what it is asked, in turn."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from ingest.collect.sink import Sink

P = ParamSpec("P")
T = TypeVar("T")


class Store:
    """A sink and its thread."""

    def __init__(self, sink: Sink) -> None:
        self.sink = sink
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")

    async def do(self, work: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
        """Have the thread do something with the sink."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, lambda: work(*given, **named))

    async def close(self) -> None:
        """Wait for what is being stored, and close the sink."""
        await self.do(self.sink.close)
        self._thread.shutdown()
