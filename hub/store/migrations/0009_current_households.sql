-- A moving day that is known and still to come changes nothing before it: `current` is the dwelling
-- that the household lives in today, not one without an end.
CREATE OR REPLACE FUNCTION household_area(household int4)
RETURNS TABLE (area_id int4, code text, name text, kind text, distance int4, current boolean)
LANGUAGE sql STABLE AS $$
    WITH RECURSIVE place AS (
        SELECT a.area_id, a.code, a.name, a.kind, a.parent_id, 1 AS distance,
               (o.valid_from IS NULL OR o.valid_from <= current_date)
               AND (o.valid_to IS NULL OR o.valid_to > current_date) AS current
        FROM occupancy o
        JOIN dwelling d ON d.dwelling_id = o.dwelling_id AND d.superseded_at IS NULL
        JOIN area a ON a.area_id = d.area_id AND a.superseded_at IS NULL
        WHERE o.household_id = household AND o.superseded_at IS NULL
        UNION
        SELECT a.area_id, a.code, a.name, a.kind, a.parent_id, p.distance + 1, p.current
        FROM place p JOIN area a ON a.area_id = p.parent_id AND a.superseded_at IS NULL
        WHERE p.distance < 10
    )
    SELECT p.area_id, p.code, p.name, p.kind, min(p.distance), bool_or(p.current)
    FROM place p GROUP BY 1, 2, 3, 4
$$;
