-- What `hub collect` fetches is a transport of its own.
ALTER TABLE rejected DROP CONSTRAINT rejected_transport_check;
ALTER TABLE rejected ADD CONSTRAINT rejected_transport_check
    CHECK (transport IN ('mqtt', 'http', 'file', 'collect'));

-- What became of each source of hub.toml, as its last try left it. No secret is ever written here.
CREATE TABLE collected_source (
    name            text PRIMARY KEY,            -- as in hub.toml
    kind            text NOT NULL,
    state           text NOT NULL CHECK (state IN ('ok', 'failed', 'stopped')),
    tried_at        timestamptz NOT NULL,
    succeeded_at    timestamptz,                 -- NULL = never
    next_at         timestamptz NOT NULL,
    failures        int4 NOT NULL DEFAULT 0,     -- since the last success
    failing_since   timestamptz,
    needs_person    boolean NOT NULL DEFAULT false,
    words_fr        text,                        -- why it failed or stopped, what was refused
    words_en        text,
    rows            jsonb NOT NULL DEFAULT '{}'  -- rows of the last success by outcome
);

-- How far a source that answers for days was asked: written with the readings of these days, in one
-- transaction. By whose days they are, so that another name in hub.toml asks for nothing twice.
CREATE TABLE collected_until (
    connector       text NOT NULL,
    ref             text NOT NULL,               -- usage point or device
    part            text NOT NULL,               -- daily_consumption, ...
    until           date NOT NULL,               -- first local day not answered for
    PRIMARY KEY (connector, ref, part)
);
