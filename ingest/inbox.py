"""What arrived and is not taken yet: between the client's thread and the one that stores."""

from __future__ import annotations

import threading
from collections import deque
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Inbox(Generic[Item]):
    """At most ``limit`` items of one sender, taken many at a time by one taker.

    The taker sleeps until its batch is complete or its time is up. To be woken by each item would
    cost both threads more than the item itself: they share one interpreter.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._items: deque[Item] = deque()
        self._wanted = limit
        self._changed = threading.Condition()

    def __len__(self) -> int:
        return len(self._items)

    def put(self, item: Item, timeout: float) -> bool:
        """Append; False if there was no room for so many seconds."""
        if len(self._items) >= self._limit and not self._room(timeout):
            return False
        self._items.append(item)
        # Without the lock: a taker says what it wants before it looks how much is there.
        if len(self._items) >= self._wanted:
            with self._changed:
                self._changed.notify_all()
        return True

    def _room(self, timeout: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: len(self._items) < self._limit, timeout)

    def take(self, most: int, within: float) -> list[Item]:
        """The oldest ``most`` as soon as there are so many, else what came ``within`` seconds."""
        with self._changed:
            self._wanted = min(most, self._limit)
            self._changed.wait_for(lambda: len(self._items) >= self._wanted, within)
            self._wanted = self._limit
            taken = [self._items.popleft() for _ in range(min(most, len(self._items)))]
            self._changed.notify_all()
        return taken
