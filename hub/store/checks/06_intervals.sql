-- the days of intervals add up to the intervals (channels without flags)
-- counted: SELECT count(*) FROM channel WHERE kind = 'interval'
SELECT c.channel_id, r.amount AS intervals, coalesce(d.amount, 0) AS days
FROM channel c
JOIN (SELECT channel_id, sum(value) AS amount FROM reading
      WHERE channel_id IN (SELECT channel_id FROM channel WHERE kind = 'interval')
      GROUP BY 1) r USING (channel_id)
LEFT JOIN (SELECT channel_id, sum(measured + coalesce(allocated, 0)) AS amount, bool_or(quality ?| ARRAY['sentinel','suspect','dip','rollover','overlap','install','replacement','register_set']) AS lossy
           FROM channel_day GROUP BY 1) d USING (channel_id)
WHERE c.kind = 'interval' AND c.horizon IS NULL AND NOT coalesce(d.lossy, false)
  AND NOT EXISTS (SELECT FROM pending_channel p WHERE p.channel_id = c.channel_id)
  AND r.amount <> coalesce(d.amount, 0)
