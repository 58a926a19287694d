-- the households present add up to their area
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
           max(greatest(h.amount, 0)) FILTER (WHERE h.there) AS largest
    FROM present h JOIN placed p ON p.household_id = h.household_id
         AND h.day > p.after_day AND h.day < p.before_day
    GROUP BY 1, 2, 3
)
SELECT area_id, measure_id, day, a.amount AS area_amount, s.amount AS household_amount,
       a.present AS area_present, s.present AS households_present,
       CASE WHEN c.club_id IS NOT NULL THEN 'club'
            WHEN day BETWEEN p.from_day AND p.to_day THEN 'pending' END AS left_out,
       (a.amount, a.present, a.largest) IS DISTINCT FROM (s.amount, s.present, s.largest) AS differs
FROM sums s
FULL JOIN area_day a USING (area_id, measure_id, day)
LEFT JOIN (SELECT DISTINCT club_id FROM club) c ON c.club_id = area_id
LEFT JOIN pending_area p USING (area_id, measure_id)
