-- What one count of a pulse counter is worth (docs/decisions/0010): "10 l", "1000 imp/kWh".
ALTER TABLE device ADD COLUMN pulse text;
COMMENT ON COLUMN device.pulse IS 'what one count is worth, where the device tells a bare number';
-- true: every reading of the channel came as a count, false: none did, NULL: some did
ALTER TABLE channel ADD COLUMN counted boolean DEFAULT false;

-- A value that was counted where a thousandth of a count was worth times / over, at another worth.
-- NULL where the count cannot be told from the value: a count worth less than 1000 units is whole.
CREATE FUNCTION recounted(value int8, times int8, over int8, new_times int8, new_over int8)
RETURNS int8 LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN div(2 * units * times + over, 2.0 * over) = value AND found < 2.0 ^ 60
                THEN found::int8 END
    FROM (SELECT CASE WHEN times < over THEN 1000.0 ELSE 1.0 END) g (grain)
    CROSS JOIN LATERAL (SELECT grain * div(2.0 * value * over + times * grain, 2 * times * grain)) u (units)
    CROSS JOIN LATERAL (SELECT div(2 * units * new_times + new_over, 2.0 * new_over)) n (found)
$$;

-- What counts on a day, and what a meter event tells, changed with this version (decision 0010): where
-- several channels tell of one usage point, or an event does, all is computed again, in the background.
INSERT INTO dirty (channel_id, from_ts, to_ts, priority)
SELECT c.channel_id, a.ts, b.ts, 2
FROM channel c
CROSS JOIN LATERAL (SELECT ts FROM reading WHERE channel_id = c.channel_id ORDER BY ts LIMIT 1) a
CROSS JOIN LATERAL (SELECT ts FROM reading WHERE channel_id = c.channel_id ORDER BY ts DESC LIMIT 1) b
WHERE c.kind <> 'power' AND c.usage_point_id IN (
    SELECT usage_point_id FROM channel WHERE kind <> 'power' GROUP BY usage_point_id HAVING count(*) > 1
    UNION SELECT usage_point_id FROM meter_event WHERE superseded_at IS NULL
);
