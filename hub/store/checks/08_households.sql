-- a household with one channel a usage point is the sum of these channels
WITH homes AS (
    SELECT o.household_id, s.commodity, s.flow, s.quantity, s.channel_id,
           greatest(coalesce(o.valid_from, '-infinity'), coalesce(u.valid_from - 1, '-infinity'))
               AS after_day,
           least(coalesce(o.valid_to, 'infinity'), coalesce(u.valid_to, 'infinity')) AS before_day
    FROM occupancy o
    JOIN usage_point u ON u.dwelling_id = o.dwelling_id AND u.superseded_at IS NULL
    JOIN single_channel s USING (usage_point_id) WHERE o.superseded_at IS NULL
), wanted AS (
    SELECT h.household_id, m.measure_id, d.day,
           sum(d.measured + coalesce(allocated, 0) - coalesce(unowned_measured, 0) - coalesce(unowned_allocated, 0))
               AS amount
    FROM homes h JOIN channel_day d USING (channel_id)
    LEFT JOIN measure m ON (m.commodity, m.flow, m.quantity, m.register)
                         = (h.commodity, h.flow, h.quantity, 'TOTAL')
    WHERE d.day > h.after_day AND d.day < h.before_day GROUP BY 1, 2, 3
), found AS (
    SELECT household_id, measure_id, day, measured + coalesce(allocated, 0) AS amount
    FROM household_day JOIN measure m USING (measure_id) WHERE m.register = 'TOTAL'
), others AS (
    SELECT DISTINCT o.household_id, m.measure_id
    FROM channel c JOIN usage_point u USING (usage_point_id) JOIN occupancy o USING (dwelling_id)
    JOIN measure m ON (m.commodity, m.flow, m.quantity, m.register)
                    = (c.commodity, c.flow, c.quantity, 'TOTAL')
    WHERE c.kind <> 'power' AND NOT EXISTS (SELECT FROM single_channel s
                                            WHERE s.channel_id = c.channel_id)
)
SELECT household_id, measure_id, day, f.amount AS household_amount, w.amount AS channel_amount,
       CASE WHEN o.household_id IS NOT NULL THEN 'several channels'
            WHEN p.days @> day THEN 'pending' END AS left_out,
       w.amount IS DISTINCT FROM f.amount AS differs
FROM wanted w FULL JOIN found f USING (household_id, measure_id, day)
LEFT JOIN others o USING (household_id, measure_id)
LEFT JOIN pending_household p USING (household_id)
