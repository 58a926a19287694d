-- Raw facts and the intake's own tables.

CREATE SEQUENCE load_id_seq AS int4;

-- One load = one file read once (live messages carry load_id 0).
CREATE TABLE load (
    load_id         int4 PRIMARY KEY DEFAULT nextval('load_id_seq'),
    file_name       text NOT NULL,
    digest          text NOT NULL,               -- sha256 of the bytes
    connector       text NOT NULL,
    usage_point     text,                        -- --usage-point, where the file tells none
    actor           text NOT NULL,               -- 'operator', 'watch', 'gateway:...', 'household:...'
    started_at      timestamptz NOT NULL DEFAULT now(),
    finished_at     timestamptz,
    undone_at       timestamptz,
    rows_read       int8 NOT NULL DEFAULT 0,
    accepted        int8 NOT NULL DEFAULT 0,
    unchanged       int8 NOT NULL DEFAULT 0,
    revised         int8 NOT NULL DEFAULT 0,
    rejected        int8 NOT NULL DEFAULT 0,
    gap             int8 NOT NULL DEFAULT 0,
    ignored         int8 NOT NULL DEFAULT 0,
    report          jsonb NOT NULL DEFAULT '{}'
);

CREATE TABLE load_channel (
    load_id         int4 NOT NULL REFERENCES load,
    channel_id      int4 NOT NULL REFERENCES channel,
    from_ts         timestamptz NOT NULL,
    to_ts           timestamptz NOT NULL,
    accepted        int8 NOT NULL,
    unchanged       int8 NOT NULL,
    revised         int8 NOT NULL,
    PRIMARY KEY (load_id, channel_id)
);
CREATE INDEX load_channel_channel ON load_channel (channel_id);

-- ts: START of an interval, instant of a register (seconds 0). This order of columns saves 8 bytes
-- a row. No second index: its upkeep is the limit of the intake.
CREATE TABLE reading (
    ts              timestamptz NOT NULL,
    value           int8 NOT NULL,
    received_at     timestamptz NOT NULL DEFAULT now(),
    channel_id      int4 NOT NULL,
    seconds         int4 NOT NULL DEFAULT 0,
    load_id         int4 NOT NULL DEFAULT 0,
    quality         int2 NOT NULL DEFAULT 0,
    PRIMARY KEY (channel_id, ts)
);
SELECT create_hypertable('reading', by_range('ts', interval '30 days'), create_default_indexes => false);

CREATE TABLE reading_revision (
    channel_id      int4 NOT NULL,
    ts              timestamptz NOT NULL,
    seconds         int4 NOT NULL,
    value           int8 NOT NULL,
    quality         int2 NOT NULL,
    load_id         int4 NOT NULL,
    received_at     timestamptz NOT NULL,
    replaced_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    replaced_by     int4 NOT NULL,               -- load_id of the row that took its place
    why             text,
    revision_id     int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY
);
CREATE INDEX reading_revision_key ON reading_revision (channel_id, ts);

CREATE FUNCTION keep_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO reading_revision (channel_id, ts, seconds, value, quality, load_id, received_at, replaced_by, why)
    VALUES (OLD.channel_id, OLD.ts, OLD.seconds, OLD.value, OLD.quality, OLD.load_id, OLD.received_at,
            NEW.load_id, nullif(current_setting('hub.why', true), ''));
    RETURN NULL;
END $$;
CREATE TRIGGER reading_keep_revision AFTER UPDATE ON reading FOR EACH ROW
    WHEN ((OLD.value, OLD.seconds, OLD.quality) IS DISTINCT FROM (NEW.value, NEW.seconds, NEW.quality))
    EXECUTE FUNCTION keep_revision();

-- Instantaneous power: shown live, never turned into energy, dropped after 48 hours.
CREATE TABLE power (
    ts              timestamptz NOT NULL,
    value           int8 NOT NULL,
    channel_id      int4 NOT NULL,
    PRIMARY KEY (channel_id, ts)
);
SELECT create_hypertable('power', by_range('ts', interval '6 hours'), create_default_indexes => false);

-- What changed and is not rolled up yet. Append-only: with a unique key, a writer that found its
-- key present and left it alone would lose its update when the worker deletes the key meanwhile.
CREATE TABLE dirty (
    id              int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    channel_id      int4 NOT NULL,
    from_ts         timestamptz NOT NULL,        -- what changed, inclusive on both sides
    to_ts           timestamptz NOT NULL,
    priority        int2 NOT NULL DEFAULT 1,     -- 0 live, 1 corrections, 2 backfill
    marked_at       timestamptz NOT NULL DEFAULT now(),
    attempts        int2 NOT NULL DEFAULT 0,
    failure         text                         -- set aside after three attempts, with the reason
);

-- Last register and current power of each channel; moves only forward in time.
CREATE TABLE latest (
    channel_id      int4 PRIMARY KEY,
    ts              timestamptz NOT NULL,
    value           int8 NOT NULL,
    received_at     timestamptz NOT NULL
) WITH (fillfactor = 70);

-- Payloads and rows that could not be taken, each with its reason; kept for replay.
CREATE TABLE rejected (
    id              int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    received_at     timestamptz NOT NULL DEFAULT now(),
    transport       text NOT NULL CHECK (transport IN ('mqtt', 'http', 'file')),
    origin          text NOT NULL,               -- topic, gateway or file name
    connector       text,
    device_ref      text,
    reason          text NOT NULL,               -- code, see hub.model.REASONS
    detail          jsonb NOT NULL DEFAULT '{}', -- line, column, value, parameters of the reason
    payload         bytea,                       -- bounded; NULL for a row of a load
    payload_bytes   int4,                        -- length before it was cut
    load_id         int4,
    replayed_at     timestamptz,
    outcome         text,                        -- what the replay gave
    -- who sent it: so many are kept of each sender and no more
    sender          text GENERATED ALWAYS AS (coalesce(connector || '/' || device_ref, origin)) STORED
);
CREATE INDEX rejected_sender ON rejected (sender, id) WHERE load_id IS NULL;
CREATE INDEX rejected_open ON rejected (reason, received_at) WHERE replayed_at IS NULL;
CREATE INDEX rejected_load ON rejected (load_id) WHERE load_id IS NOT NULL;

CREATE TABLE unknown_device (
    connector       text NOT NULL,
    ref             text NOT NULL,
    origin          text NOT NULL,               -- topic or file where it was seen last
    first_seen      timestamptz NOT NULL DEFAULT now(),
    last_seen       timestamptz NOT NULL DEFAULT now(),
    count           int8 NOT NULL DEFAULT 1,
    PRIMARY KEY (connector, ref)
);

-- Idempotency keys of the HTTP intake.
CREATE TABLE intake_key (
    subject         text NOT NULL,
    key             text NOT NULL,
    digest          text NOT NULL,
    answer          jsonb NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (subject, key)
);

-- Temperatures, CO2 intensity, Tempo colours.
CREATE TABLE context_series (
    series          text NOT NULL,
    ts              timestamptz NOT NULL,
    value           float8,
    label           text,
    received_at     timestamptz NOT NULL DEFAULT now(),
    load_id         int4 NOT NULL DEFAULT 0,     -- the load that told it; 0 = a message
    PRIMARY KEY (series, ts)
);
