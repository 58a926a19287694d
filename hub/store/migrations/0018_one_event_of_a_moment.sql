-- Two writers at once could leave two meter events in force for one moment. The one recorded last stands, as
-- where it had replaced the other; totals are computed again where there were two.
WITH ranked AS (
    SELECT row_id, usage_point_id,
           lead(recorded_at) OVER (PARTITION BY usage_point_id, flow, register, at ORDER BY row_id) AS replaced_at
    FROM meter_event WHERE superseded_at IS NULL
), replaced AS (
    UPDATE meter_event e SET superseded_at = r.replaced_at
    FROM ranked r WHERE r.row_id = e.row_id AND r.replaced_at IS NOT NULL
    RETURNING e.usage_point_id
)
INSERT INTO dirty (channel_id, from_ts, to_ts, priority)
SELECT c.channel_id, a.ts, b.ts, 1
FROM channel c
CROSS JOIN LATERAL (SELECT ts FROM reading WHERE channel_id = c.channel_id ORDER BY ts LIMIT 1) a
CROSS JOIN LATERAL (SELECT ts FROM reading WHERE channel_id = c.channel_id ORDER BY ts DESC LIMIT 1) b
WHERE c.kind = 'register' AND c.usage_point_id IN (SELECT usage_point_id FROM replaced);

CREATE UNIQUE INDEX meter_event_in_force ON meter_event (usage_point_id, flow, register, at)
    WHERE superseded_at IS NULL;
