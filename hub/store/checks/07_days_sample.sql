-- a day is the difference of the registers interpolated at its bounds
WITH sample AS MATERIALIZED (
    SELECT d.channel_id, d.day, d.measured + coalesce(allocated, 0) AS amount,
           (d.day + k.day_start) AT TIME ZONE current_setting('TimeZone') AS start,
           ((d.day + 1) + k.day_start) AT TIME ZONE current_setting('TimeZone') AS finish,
           CASE WHEN c.horizon IS NOT NULL THEN 'retention'
                WHEN EXISTS (SELECT FROM pending_channel p WHERE p.channel_id = d.channel_id
                             AND d.day BETWEEN p.from_day - 40 AND p.to_day + 40) THEN 'pending'
                WHEN EXISTS (SELECT FROM channel_day q WHERE q.channel_id = d.channel_id
                             AND q.day BETWEEN d.day - 40 AND d.day + 40
                             AND q.quality ?| ARRAY['sentinel','suspect','dip','rollover','overlap','install','replacement','register_set'])
                    THEN 'flagged'
                WHEN EXISTS (SELECT FROM meter_event e WHERE e.usage_point_id = c.usage_point_id
                             AND e.superseded_at IS NULL
                             AND e.at >= d.day - 40 AND e.at < d.day + 41)
                    THEN 'meter event'
                WHEN EXISTS (SELECT FROM device v WHERE v.usage_point_id = c.usage_point_id
                             AND v.connector = c.source AND v.superseded_at IS NULL
                             AND (v.input IN ('', c.input) OR starts_with(c.input, v.input || '/'))
                             AND v.pulse IS NOT NULL
                             AND v.valid_from BETWEEN d.day - 40 AND d.day + 41)
                    THEN 'pulse' END AS why
    FROM channel_day d JOIN channel c USING (channel_id) JOIN commodity k USING (commodity)
    WHERE c.kind = 'register'
      AND hashint8(d.channel_id::int8 * 100003 + (d.day - date '2000-01-01') + %(seed)s)
          %% %(every)s = 0
), bounds AS (
    SELECT s.channel_id, s.day, b.which,
           CASE WHEN e.ts = b.at THEN e.value
                ELSE e.value + div((l.value - e.value) * extract(epoch FROM b.at - e.ts),
                                   extract(epoch FROM l.ts - e.ts)) END AS register
    FROM sample s
    CROSS JOIN LATERAL (VALUES (0, s.start), (1, s.finish)) AS b (which, at)
    CROSS JOIN LATERAL (SELECT ts, value FROM reading WHERE channel_id = s.channel_id
                        AND ts <= b.at AND ts > b.at - interval '39 days'
                        ORDER BY ts DESC LIMIT 1) e
    CROSS JOIN LATERAL (SELECT ts, value FROM reading WHERE channel_id = s.channel_id
                        AND ts >= b.at AND ts < b.at + interval '39 days' ORDER BY ts LIMIT 1) l
    WHERE s.why IS NULL
), differences AS (
    SELECT channel_id, day, max(register) FILTER (WHERE which = 1)
                            - max(register) FILTER (WHERE which = 0) AS registers
    FROM bounds GROUP BY channel_id, day
)
SELECT channel_id, day, s.amount AS day_amount, d.registers,
       coalesce(s.why, CASE WHEN d.registers IS NULL THEN 'no register near' END) AS left_out,
       s.amount <> d.registers AS differs
FROM sample s LEFT JOIN differences d USING (channel_id, day)
UNION ALL
SELECT d.channel_id, d.day, NULL, NULL, 'not in the sample', NULL
FROM channel_day d JOIN channel c USING (channel_id)
WHERE c.kind = 'register'
  AND hashint8(d.channel_id::int8 * 100003 + (d.day - date '2000-01-01') + %(seed)s)
      %% %(every)s <> 0
