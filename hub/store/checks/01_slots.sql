-- the slots of a day add up to the day
SELECT channel_id, day, measured + coalesce(allocated, 0) AS day_amount, s.amount AS slot_amount,
       d.covered AS day_seconds, s.seconds AS slot_seconds,
       NULL AS left_out,
       (s.amount, s.seconds) IS DISTINCT FROM (measured + coalesce(allocated, 0), d.covered) AS differs
FROM channel_day d CROSS JOIN LATERAL (
    SELECT sum(x.amount) AS amount,
           coalesce(sum(x.covered), count(x.amount) * CASE WHEN cardinality(d.slots) > 60
                                                      THEN 900 ELSE 1800 END) AS seconds
    FROM unnest(d.slots, d.slots_covered) AS x (amount, covered)
) s
WHERE d.slots IS NOT NULL
