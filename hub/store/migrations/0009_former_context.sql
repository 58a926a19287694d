-- What a context series said before it was told otherwise: a load that is taken back leaves the
-- series as it was, as it does readings.
CREATE TABLE context_revision (
    series          text NOT NULL,
    ts              timestamptz NOT NULL,
    value           float8,
    label           text,
    received_at     timestamptz NOT NULL,
    load_id         int4 NOT NULL,
    replaced_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    revision_id     int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY
);
CREATE INDEX context_revision_key ON context_revision (series, ts);

CREATE FUNCTION keep_context_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO context_revision (series, ts, value, label, received_at, load_id)
    VALUES (OLD.series, OLD.ts, OLD.value, OLD.label, OLD.received_at, OLD.load_id);
    RETURN NULL;
END $$;
CREATE TRIGGER context_keep_revision AFTER UPDATE ON context_series FOR EACH ROW
    WHEN ((OLD.value, OLD.label) IS DISTINCT FROM (NEW.value, NEW.label))
    EXECUTE FUNCTION keep_context_revision();
