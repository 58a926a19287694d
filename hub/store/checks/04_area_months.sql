-- the days of a month add up to the month (areas)
SELECT area_id, measure_id, month, m.amount AS month_amount, d.amount AS days_amount,
       m.present AS month_present, d.present AS days_present,
       NULL AS left_out,
       (m.amount, m.present, m.expected)
           IS DISTINCT FROM (d.amount, d.present, d.expected) AS differs
FROM area_month m
FULL JOIN (SELECT area_id, measure_id, date_trunc('month', day)::date AS month,
                  sum(amount) AS amount, sum(present) AS present, sum(expected) AS expected
           FROM area_day GROUP BY 1, 2, 3) d USING (area_id, measure_id, month)
