-- Who may see what. Secrets are stored as sha256 digests of high-entropy tokens.

CREATE TABLE person (
    person_id       int4 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    household_id    int4,
    role            text NOT NULL CHECK (role IN ('resident', 'operator', 'club', 'town-hall')),
    created_at      timestamptz NOT NULL DEFAULT now(),
    ended_at        timestamptz
);

-- A household's private address, until accounts exist.
CREATE TABLE link (
    digest          bytea PRIMARY KEY,
    household_id    int4 NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    expires_at      timestamptz,
    revoked_at      timestamptz,
    last_used_at    timestamptz
);

CREATE TABLE session (
    digest          bytea PRIMARY KEY,
    household_id    int4 NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    seen_at         timestamptz NOT NULL DEFAULT now(),
    expires_at      timestamptz NOT NULL,
    ended_at        timestamptz
);

-- API bearer tokens, one subject each.
CREATE TABLE token (
    digest          bytea PRIMARY KEY,
    subject_kind    text NOT NULL CHECK (subject_kind IN ('household', 'gateway', 'club', 'operator')),
    subject         text NOT NULL,               -- household ref, gateway name, club code
    created_at      timestamptz NOT NULL DEFAULT now(),
    expires_at      timestamptz,
    revoked_at      timestamptz
);

-- What a gateway's token may write: the usage points it serves (empty = any registered device).
CREATE TABLE gateway_usage_point (
    gateway         text NOT NULL,
    usage_point_id  int4 NOT NULL,
    PRIMARY KEY (gateway, usage_point_id)
);

-- Append-only: what was consented to, in which words.
CREATE TABLE consent_event (
    id              int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at              timestamptz NOT NULL DEFAULT now(),
    household_id    int4 NOT NULL,
    kind            text NOT NULL CHECK (kind IN ('given', 'withdrawn')),
    commodity       text,
    purpose         text NOT NULL,
    granularity     text NOT NULL,
    text_digest     bytea NOT NULL
);

-- The log names a random subject number; its key here is destroyed at erasure.
CREATE TABLE subject_number (
    household_id    int4 PRIMARY KEY,
    subject         uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE
);

CREATE TABLE access_log (
    id              int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at              timestamptz NOT NULL,
    actor           text NOT NULL,               -- 'resident', 'token:...', 'operator'
    purpose         text NOT NULL,
    subject         uuid NOT NULL,
    what            text NOT NULL,               -- commodity and range, never values
    request_id      text NOT NULL,
    chain           bytea NOT NULL               -- sha256(previous chain || this row)
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$;
CREATE TRIGGER access_log_append_only BEFORE UPDATE OR DELETE ON access_log
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER consent_event_append_only BEFORE UPDATE OR DELETE ON consent_event
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
