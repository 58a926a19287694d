-- An interval that is replaced by a shorter one makes dirty what it alone reached. Who replaces it
-- may have looked before another writer put it there; only the update itself knows what goes.
CREATE OR REPLACE FUNCTION keep_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO reading_revision (channel_id, ts, seconds, value, quality, load_id, received_at, replaced_by, why)
    VALUES (OLD.channel_id, OLD.ts, OLD.seconds, OLD.value, OLD.quality, OLD.load_id, OLD.received_at,
            NEW.load_id, nullif(current_setting('hub.why', true), ''));
    IF OLD.seconds > NEW.seconds THEN
        INSERT INTO dirty (channel_id, from_ts, to_ts)
        VALUES (OLD.channel_id, OLD.ts, OLD.ts + make_interval(secs => OLD.seconds));
    END IF;
    RETURN NULL;
END $$;
