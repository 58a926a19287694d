-- the days of a month add up to the month (households)
SELECT household_id, measure_id, month, m.amount AS month_amount, d.amount AS days_amount,
       m.covered AS month_seconds, d.covered AS days_seconds,
       NULL AS left_out,
       (m.amount, m.allocated, m.covered)
           IS DISTINCT FROM (d.amount, d.allocated, d.covered) AS differs
FROM (SELECT household_id, measure_id, month, measured + coalesce(allocated, 0) AS amount,
             coalesce(allocated, 0) AS allocated, covered FROM household_month) m
FULL JOIN (SELECT household_id, measure_id, date_trunc('month', day)::date AS month,
                  sum(measured + coalesce(allocated, 0)) AS amount, sum(coalesce(month_allocated, 0)) AS allocated,
                  sum(covered) AS covered
           FROM household_day GROUP BY 1, 2, 3) d USING (household_id, measure_id, month)
