-- the days of intervals add up to the intervals
SELECT c.channel_id, r.amount AS intervals, coalesce(d.amount, 0) AS days,
       CASE WHEN c.horizon IS NOT NULL THEN 'retention'
            WHEN p.channel_id IS NOT NULL THEN 'pending'
            WHEN d.lossy THEN 'flagged'
            WHEN r.channel_id IS NULL THEN 'no readings' END AS left_out,
       r.amount <> coalesce(d.amount, 0) AS differs
FROM channel c
LEFT JOIN (SELECT channel_id, sum(value) AS amount FROM reading
           WHERE channel_id IN (SELECT channel_id FROM channel WHERE kind = 'interval')
           GROUP BY 1) r USING (channel_id)
LEFT JOIN (SELECT channel_id, sum(measured + coalesce(allocated, 0)) AS amount,
                  bool_or(quality ?| ARRAY['sentinel','suspect','dip','rollover','overlap','install','replacement','register_set']) AS lossy
           FROM channel_day GROUP BY 1) d USING (channel_id)
LEFT JOIN pending_channel p USING (channel_id)
WHERE c.kind = 'interval'
