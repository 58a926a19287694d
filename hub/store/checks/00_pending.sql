-- What is waiting on this snapshot, where dwellings belong, and which channels are alone.
SET LOCAL work_mem = '128MB';  -- a district's year is joined in a few pieces
CREATE TEMP TABLE pending_channel ON COMMIT DROP AS
SELECT channel_id, min(from_ts)::date - 1 AS from_day, max(to_ts)::date + 1 AS to_day
FROM dirty GROUP BY channel_id;
CREATE TEMP TABLE pending_area ON COMMIT DROP AS
WITH RECURSIVE up AS (
    SELECT area_id, measure_id, from_day, to_day FROM dirty_area
    UNION
    SELECT a.parent_id, up.measure_id, up.from_day, up.to_day
    FROM up JOIN area a ON a.area_id = up.area_id AND a.superseded_at IS NULL
    WHERE a.parent_id IS NOT NULL
) SELECT area_id, measure_id, min(from_day) AS from_day, max(to_day) AS to_day
FROM up GROUP BY area_id, measure_id;
CREATE TEMP TABLE pending_household ON COMMIT DROP AS
SELECT o.household_id,
       range_agg(daterange(p.from_day - 400, p.to_day + 400, '[]')) AS days  -- as far as an interval reaches
FROM pending_channel p JOIN channel c USING (channel_id)
JOIN usage_point u USING (usage_point_id) JOIN occupancy o USING (dwelling_id)
GROUP BY o.household_id;
CREATE TEMP TABLE day_length ON COMMIT DROP AS
SELECT commodity, day::date AS day, extract(epoch FROM
           ((day::date + 1) + day_start) AT TIME ZONE current_setting('TimeZone')
           - (day::date + day_start) AT TIME ZONE current_setting('TimeZone'))::int4 AS seconds
FROM commodity CROSS JOIN LATERAL (
    SELECT generate_series(min(day), max(day), interval '1 day') AS day
    FROM (SELECT day FROM area_day UNION ALL SELECT day FROM household_day) known) d;
ANALYZE day_length;
CREATE TEMP TABLE placed ON COMMIT DROP AS
WITH RECURSIVE up AS (
    SELECT o.household_id, d.area_id,
           greatest(coalesce(o.valid_from, '-infinity'),
                    coalesce(d.valid_from - 1, '-infinity')) AS after_day,
           least(coalesce(o.valid_to, 'infinity'), coalesce(d.valid_to, 'infinity')) AS before_day
    FROM occupancy o JOIN dwelling d USING (dwelling_id)
    WHERE o.superseded_at IS NULL AND d.superseded_at IS NULL
    UNION
    SELECT up.household_id, a.parent_id, up.after_day, up.before_day
    FROM up JOIN area a ON a.area_id = up.area_id AND a.superseded_at IS NULL
    WHERE a.parent_id IS NOT NULL
) SELECT * FROM up;
CREATE TEMP TABLE single_channel ON COMMIT DROP AS
SELECT usage_point_id, commodity, flow, quantity, min(channel_id) AS channel_id
FROM channel WHERE kind <> 'power' GROUP BY 1, 2, 3, 4
HAVING count(*) = 1 AND min(register) IN ('TOTAL', 'BASE');
ANALYZE single_channel;
