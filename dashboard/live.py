"""One listener a process: hears the store's notifications and wakes the pages they concern.

However many pages are open, `latest` is read once per tick, for the channels they watch.
Pages keep the sequence number they have seen and ask what is newer, so a slow page skips ticks
but never misses a change.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

import psycopg

from hub.store.connection import AsyncConnection
from hub.store.live import LATEST, PUBLISHED, ROLLUP, Change, Latest, latest_of, listen

_log = logging.getLogger(__name__)
#: Seconds in which notifications are gathered before the store is read.
TICK = 0.25
_RETRY = 2.0


class Live:
    """Last values by channel, and sequence numbers of what changed."""

    def __init__(self, database_url: str) -> None:
        self._database_url = database_url
        self._tasks: list[asyncio.Task[None]] = []
        self._watched: Counter[int] = Counter()
        self._pending: list[Change] = []
        self._arrived = asyncio.Event()
        self._moved = asyncio.Event()
        self.sequence = 0
        self.values: dict[int, Latest] = {}
        self._channels: dict[int, int] = {}
        self._households: dict[int, int] = {}
        self._all_households = 0
        self.published = 0
        self.connected = False

    def start(self) -> None:
        """Start listening on the running loop; the first page that opens does it."""
        if not self._tasks:
            self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._tick())]

    async def close(self) -> None:
        """Stop listening."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task

    @contextmanager
    def watch(self, channels: Iterable[int]) -> Iterator[None]:
        """Keep these channels' last values fresh for as long as the block lasts."""
        watched = list(channels)
        self._watched.update(watched)
        try:
            yield
        finally:
            self._watched.subtract(watched)
            self._watched = +self._watched

    async def wait(self, timeout: float) -> None:
        """Until something changed, or `timeout` seconds."""
        moved = self._moved
        with suppress(TimeoutError):
            await asyncio.wait_for(moved.wait(), timeout)

    def channels_since(self, sequence: int, channels: Iterable[int]) -> bool:
        """Whether one of these channels moved after `sequence`."""
        return any(self._channels.get(channel, 0) > sequence for channel in channels)

    def household_since(self, sequence: int, household_id: int) -> bool:
        """Whether the household's totals moved after `sequence`."""
        return max(self._households.get(household_id, 0), self._all_households) > sequence

    # The two tasks

    async def _listen(self) -> None:
        while True:
            try:
                async with await self._connect("listen") as connection:
                    self._heard(Change(LATEST, None))  # what moved while nobody listened
                    self._heard(Change(ROLLUP, None))
                    self._heard(Change(PUBLISHED, None))
                    self.connected = True
                    async for change in listen(connection):
                        self._heard(change)
            except psycopg.Error as error:
                _log.warning("live updates paused, the store does not answer: %s", error)
            self.connected = False
            self._wake()
            await asyncio.sleep(_RETRY)

    def _heard(self, change: Change) -> None:
        self._pending.append(change)
        self._arrived.set()

    async def _tick(self) -> None:
        while True:
            try:
                async with await self._connect("live") as connection:
                    while True:
                        await self._arrived.wait()
                        await asyncio.sleep(TICK)
                        await self._apply(connection)
            except psycopg.Error as error:
                _log.warning("live values not read, tried again: %s", error)
            await asyncio.sleep(_RETRY)

    async def _connect(self, name: str) -> AsyncConnection:
        return await psycopg.AsyncConnection.connect(
            self._database_url, autocommit=True, application_name=f"hub-pages-{name}"
        )

    async def _apply(self, connection: AsyncConnection) -> None:
        self._arrived.clear()
        count, number = len(self._pending), self.sequence + 1
        changes = self._pending[:count]
        try:
            await self._read(connection, changes, number)
        except psycopg.Error:
            self._arrived.set()  # they are still pending
            raise
        del self._pending[:count]
        for change in changes:
            if change.topic == PUBLISHED:
                self.published = number
            elif change.topic == ROLLUP and change.numbers is None:
                self._all_households = number
            elif change.topic == ROLLUP:
                self._households.update(dict.fromkeys(change.numbers or (), number))
        self.sequence = number
        self._wake()

    async def _read(self, connection: AsyncConnection, changes: list[Change], number: int) -> None:
        moved = [change.numbers for change in changes if change.topic == LATEST]
        if not moved:
            return
        wanted = set(self._watched)
        if all(numbers is not None for numbers in moved):
            wanted &= set().union(*(numbers for numbers in moved if numbers is not None))
        if not wanted:
            return
        for value in await latest_of(connection, sorted(wanted)):
            if self.values.get(value.channel_id) != value:
                self.values[value.channel_id] = value
                self._channels[value.channel_id] = number

    def _wake(self) -> None:
        self._moved.set()
        self._moved = asyncio.Event()
