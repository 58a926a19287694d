-- A household's day has quarter-hours where everything that counts on it has: 92, 96 or 100 elements.
CREATE OR REPLACE VIEW household_slot AS
SELECT d.household_id, m.commodity, m.flow, m.quantity, m.register, d.day, s.number,
       ((d.day::timestamp + c.day_start) AT TIME ZONE current_setting('TimeZone'))
           + (s.number - 1) * l.seconds * interval '1 second' AS start,
       s.amount,
       coalesce(d.slots_allocated[s.number], 0) AS allocated,
       coalesce(d.slots_covered[s.number], CASE WHEN s.amount IS NULL THEN 0 ELSE l.seconds END)
           AS covered,
       l.seconds
FROM household_day d
JOIN measure m USING (measure_id)
JOIN commodity c USING (commodity)
CROSS JOIN LATERAL (SELECT CASE WHEN cardinality(d.slots) > 60 THEN 900 ELSE 1800 END) AS l (seconds)
CROSS JOIN LATERAL unnest(d.slots) WITH ORDINALITY AS s (amount, number);
