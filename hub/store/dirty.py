"""Dirty ranges: what changed and is not rolled up yet. Appended in the writer's transaction."""

from __future__ import annotations

import numpy as np

from hub.model import Int64Array
from hub.store.connection import Connection
from hub.store.copying import copy_in

#: Changes of one channel further apart than this are marked apart, so that one late reading does
#: not have a year recomputed.
_APART = 7 * 86_400


def mark_ranges(
    conn: Connection, channel: Int64Array, first: Int64Array, last: Int64Array, priority: int
) -> None:
    """Mark changes sorted by (channel, first), coalesced where they lie near each other.

    first, last: instants touched, seconds since 1970 UTC, inclusive.
    """
    if not len(channel):
        return
    new = np.ones(len(channel), dtype=bool)
    new[1:] = (channel[1:] != channel[:-1]) | (first[1:] - last[:-1] > _APART)
    begin = np.flatnonzero(new)
    copy_in(
        conn,
        "dirty",
        {
            "channel_id": ("int4", channel[begin]),
            "from_ts": ("timestamptz", first[begin]),
            "to_ts": ("timestamptz", np.maximum.reduceat(last, begin)),
            "priority": ("int2", priority),
        },
    )
