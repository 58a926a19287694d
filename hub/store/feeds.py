"""The channels that compete with those that a load wrote, for its report."""

from __future__ import annotations

from hub.intake.counted import FeedRow
from hub.store.connection import Connection
from hub.store.readings import ChannelCounts

# The usage point's name of today: a point that moved keeps its number.
_FEEDS = """
WITH told AS (
    SELECT *, row_number() OVER (PARTITION BY load_id ORDER BY channel_id) AS place
    FROM unnest(%s::int4[], %s::int4[]) AS w (load_id, channel_id)
), wrote AS (
    SELECT load_id, channel_id FROM told WHERE place <= %s
), streams AS (
    SELECT DISTINCT w.load_id, c.usage_point_id, c.commodity, c.flow, c.quantity
    FROM wrote w JOIN channel c USING (channel_id)
)
SELECT s.load_id, c.channel_id, u.ref, c.commodity, c.flow, c.quantity, c.register, c.kind,
       c.source, c.period_class, c.rank, w.channel_id IS NOT NULL
FROM streams s
JOIN channel c USING (usage_point_id, commodity, flow, quantity)
JOIN LATERAL (SELECT ref FROM usage_point WHERE usage_point_id = s.usage_point_id
              ORDER BY superseded_at DESC NULLS FIRST, valid_from DESC NULLS LAST LIMIT 1) u ON true
LEFT JOIN wrote w ON w.load_id = s.load_id AND w.channel_id = c.channel_id
-- a source whose loads were all taken back tells nothing any more
WHERE w.channel_id IS NOT NULL
   OR EXISTS (SELECT FROM reading r WHERE r.channel_id = c.channel_id)
ORDER BY s.load_id, c.channel_id"""


def feed_rows(conn: Connection, wrote: ChannelCounts, most: int) -> dict[int, list[FeedRow]]:
    """Load -> the channels of the streams that it wrote, those of other sources among them.

    ``most``: of so many of the channels that a load wrote.
    """
    found: dict[int, list[FeedRow]] = {}
    if not len(wrote.load):
        return found
    asked = [wrote.load.tolist(), wrote.channel.tolist(), most]
    for load_id, *row in conn.execute(_FEEDS, asked):
        found.setdefault(load_id, []).append(FeedRow(*row))
    return found
