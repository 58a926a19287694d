-- the households present add up to their area
-- counted: SELECT count(*) FROM area_day
WITH present AS (
    SELECT h.household_id, h.measure_id, h.day, measured + coalesce(allocated, 0) AS amount,
           h.covered * 10 >= 9 * l.seconds AS there
    FROM household_day h JOIN measure m USING (measure_id)
    JOIN day_length l ON l.commodity = m.commodity AND l.day = h.day
    WHERE h.expected AND m.register = 'TOTAL'
), sums AS (
    SELECT p.area_id, h.measure_id, h.day,
           coalesce(sum(h.amount) FILTER (WHERE h.there), 0) AS amount,
           count(*) FILTER (WHERE h.there) AS present,
           max(h.amount) FILTER (WHERE h.there) AS largest
    FROM present h JOIN placed p ON p.household_id = h.household_id
         AND h.day > p.after_day AND h.day < p.before_day
    GROUP BY 1, 2, 3
)
SELECT area_id, measure_id, day, a.amount AS area_amount, s.amount AS household_amount,
       a.present AS area_present, s.present AS households_present
FROM sums s
FULL JOIN (SELECT * FROM area_day WHERE area_id NOT IN (SELECT club_id FROM club)) a
    USING (area_id, measure_id, day)
WHERE (a.amount, a.present, a.largest) IS DISTINCT FROM (s.amount, s.present, s.largest)
  AND NOT EXISTS (SELECT FROM pending_area p WHERE p.area_id = coalesce(a.area_id, s.area_id)
                  AND p.measure_id = coalesce(a.measure_id, s.measure_id)
                  AND coalesce(a.day, s.day) BETWEEN p.from_day AND p.to_day)
