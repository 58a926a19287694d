-- the days of a month add up to the month (channels)
SELECT channel_id, month, m.amount AS month_amount, d.amount AS days_amount,
       m.covered AS month_seconds, d.covered AS days_seconds,
       NULL AS left_out,
       (m.amount, m.allocated, m.covered, m.readings)
           IS DISTINCT FROM (d.amount, d.allocated, d.covered, d.readings) AS differs
FROM (SELECT channel_id, month, measured + coalesce(allocated, 0) AS amount, coalesce(allocated, 0) AS allocated,
             covered, readings FROM channel_month) m
FULL JOIN (SELECT channel_id, date_trunc('month', day)::date AS month, sum(measured + coalesce(allocated, 0)) AS amount,
                  sum(coalesce(month_allocated, 0)) AS allocated,
                  sum(covered) AS covered, sum(readings) AS readings
           FROM channel_day GROUP BY 1, 2) d USING (channel_id, month)
