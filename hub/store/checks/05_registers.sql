-- the days of a register add up to last minus first (channels without flags)
-- counted: SELECT count(*) FROM channel WHERE kind = 'register'
WITH clean AS (
    SELECT c.channel_id FROM channel c
    WHERE c.kind = 'register' AND c.horizon IS NULL
      AND NOT EXISTS (SELECT FROM pending_channel p WHERE p.channel_id = c.channel_id)
      AND NOT EXISTS (SELECT FROM channel_day d
                      WHERE d.channel_id = c.channel_id AND d.quality ?| ARRAY['sentinel','suspect','dip','rollover','overlap','install','replacement','register_set'])
      AND NOT EXISTS (SELECT FROM meter_event e WHERE e.usage_point_id = c.usage_point_id
                      AND e.superseded_at IS NULL)
)
SELECT c.channel_id, z.value - a.value AS registers, coalesce(d.amount, 0) AS days
FROM clean c
CROSS JOIN LATERAL (SELECT value FROM reading WHERE channel_id = c.channel_id
                    ORDER BY ts LIMIT 1) a
CROSS JOIN LATERAL (SELECT value FROM reading WHERE channel_id = c.channel_id
                    ORDER BY ts DESC LIMIT 1) z
LEFT JOIN (SELECT channel_id, sum(measured + coalesce(allocated, 0)) AS amount FROM channel_day GROUP BY 1) d
    USING (channel_id)
WHERE z.value - a.value <> coalesce(d.amount, 0)
