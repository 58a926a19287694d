-- the days of a register add up to last minus first
WITH flagged AS (
    SELECT DISTINCT channel_id FROM channel_day WHERE quality ?| ARRAY['sentinel','suspect','rollover','overlap','install','replacement','register_set']
), events AS (
    SELECT DISTINCT usage_point_id FROM meter_event WHERE superseded_at IS NULL
), pulses AS (  -- where a count is worth something else from a day on, the counter begins anew
    SELECT c.channel_id
    FROM channel c JOIN device d ON d.usage_point_id = c.usage_point_id AND d.connector = c.source
         AND (d.input IN ('', c.input) OR starts_with(c.input, d.input || '/'))
    WHERE d.superseded_at IS NULL AND c.counted IS DISTINCT FROM false
    GROUP BY 1 HAVING count(DISTINCT coalesce(d.pulse, '')) > 1 AND count(d.valid_from) > 0
), channels AS MATERIALIZED (
    SELECT c.channel_id,
           CASE WHEN c.horizon IS NOT NULL THEN 'retention'
                WHEN p.channel_id IS NOT NULL THEN 'pending'
                WHEN f.channel_id IS NOT NULL THEN 'flagged'
                WHEN e.usage_point_id IS NOT NULL THEN 'meter event'
                WHEN q.channel_id IS NOT NULL THEN 'pulse' END AS why
    FROM channel c
    LEFT JOIN pending_channel p USING (channel_id)
    LEFT JOIN flagged f USING (channel_id)
    LEFT JOIN events e USING (usage_point_id)
    LEFT JOIN pulses q USING (channel_id)
    WHERE c.kind = 'register'
)
SELECT c.channel_id, z.value - a.value AS registers, coalesce(d.amount, 0) AS days,
       coalesce(c.why, CASE WHEN a.value IS NULL THEN 'no readings' END) AS left_out,
       z.value - a.value <> coalesce(d.amount, 0) AS differs
FROM channels c
LEFT JOIN LATERAL (SELECT value FROM reading WHERE channel_id = c.channel_id AND c.why IS NULL
                   ORDER BY ts LIMIT 1) a ON true
LEFT JOIN LATERAL (SELECT value FROM reading WHERE channel_id = c.channel_id AND c.why IS NULL
                   ORDER BY ts DESC LIMIT 1) z ON true
LEFT JOIN (SELECT channel_id, sum(measured + coalesce(allocated, 0)) AS amount FROM channel_day GROUP BY 1) d
    USING (channel_id)
