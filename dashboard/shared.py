"""Public pages drawn once for everybody who looks at the same thing."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Any

#: Drawings kept; addresses are the reader's to invent, so their number is bounded.
_MOST = 64
#: Seconds a drawing is good for where nobody tells of a new release, and at most.
_UNHEARD, _LONGEST = 10.0, 60.0


class SharedDrawings:
    """Drawings by what was asked, good until the next release."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, tuple[float, int, Any]] = OrderedDict()

    async def get(
        self, key: Hashable, release: int, heard: bool, draw: Callable[[], Awaitable[Any]]
    ) -> Any:
        """The drawing for `key`, made anew when `release` moved or it grew old.

        `heard`: whether news of releases arrive; without them a drawing is good for a short time.
        """
        found = self._kept.get(key)
        longest = _LONGEST if heard else _UNHEARD
        if found and found[1] == release and time.monotonic() - found[0] < longest:
            self._kept.move_to_end(key)
            return found[2]
        drawing = await draw()
        self._kept[key] = (time.monotonic(), release, drawing)
        self._kept.move_to_end(key)
        while len(self._kept) > _MOST:
            self._kept.popitem(last=False)
        return drawing
