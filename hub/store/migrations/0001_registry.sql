-- The registry: what stands where, whose it is, and what we knew when.
--
-- Every registry row carries two time axes. valid_from / valid_to (local dates, valid_to exclusive,
-- NULL = open) say when it was true; recorded_at / superseded_at say when we knew it. A correction
-- closes the old row (superseded_at) and adds a new one under the same id, so that a total can be
-- recomputed as it was known at any moment. "Current knowledge" is superseded_at IS NULL.

CREATE EXTENSION IF NOT EXISTS timescaledb;

-- The catalogue: a new commodity is a row here, not code.
CREATE TABLE commodity (
    commodity       text PRIMARY KEY,
    position        int2 NOT NULL,               -- order on pages
    day_start       interval NOT NULL DEFAULT '0', -- local time at which its day begins (gas 06:00)
    quantity        text NOT NULL,               -- the quantity that is summed: energy, volume, ...
    unit            text NOT NULL,               -- default unit in the API and on pages
    flows           text[] NOT NULL,
    name_fr         text NOT NULL,
    name_en         text NOT NULL,
    colour_light    text NOT NULL,
    colour_dark     text NOT NULL,
    pattern         text NOT NULL,               -- a second sign beside the colour
    icon            text NOT NULL,
    max_per_hour    int8 NOT NULL,               -- physical bound where the usage point tells none
    resolution      int8 NOT NULL                -- smallest step of a usual register
);
COMMENT ON COLUMN commodity.max_per_hour IS 'in the quantity''s integer unit (mWh, cm3, ...) per hour';

-- Commodity x flow x quantity x register, numbered so that the large derived tables stay small.
CREATE TABLE measure (
    measure_id      int2 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    commodity       text NOT NULL REFERENCES commodity,
    flow            text NOT NULL CHECK (flow IN ('consumption', 'injection', 'production')),
    quantity        text NOT NULL CHECK (quantity IN
                        ('energy', 'volume', 'mass', 'units', 'power', 'apparent_power')),
    register        text NOT NULL,               -- 'TOTAL' is the counting total
    UNIQUE (commodity, flow, quantity, register)
);

-- Areas and clubs share one sequence of numbers, because both have public figures.
CREATE SEQUENCE area_id_seq AS int4;
CREATE SEQUENCE dwelling_id_seq AS int4;
CREATE SEQUENCE household_id_seq AS int4;
CREATE SEQUENCE usage_point_id_seq AS int4;
CREATE SEQUENCE device_id_seq AS int4;

CREATE TABLE area (
    area_id         int4 NOT NULL DEFAULT nextval('area_id_seq'),
    code            text NOT NULL,               -- INSEE code, or IRIS code
    name            text NOT NULL,
    kind            text NOT NULL CHECK (kind IN ('iris', 'arrondissement', 'city')),
    parent_id       int4,
    tile_column     int2,                        -- place on the schematic tile map
    tile_row        int2,
    geometry        jsonb,                       -- GeoJSON, where known
    cog_year        int2,                        -- year of the official code list
    valid_from      date,
    valid_to        date,
    recorded_at     timestamptz NOT NULL DEFAULT now(),
    superseded_at   timestamptz,
    row_id          int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY
);
CREATE UNIQUE INDEX area_code_now ON area (code, coalesce(valid_from, '-infinity')) WHERE superseded_at IS NULL;
CREATE INDEX area_id_now ON area (area_id) WHERE superseded_at IS NULL;

CREATE TABLE dwelling (
    dwelling_id     int4 NOT NULL DEFAULT nextval('dwelling_id_seq'),
    ref             text NOT NULL,               -- the operator's own reference, never an address
    area_id         int4 NOT NULL,               -- the IRIS it lies in
    kind            text CHECK (kind IN ('flat', 'house')),
    surface_m2      int4 CHECK (surface_m2 > 0),
    heating         text,                        -- electric, gas, district, ...
    valid_from      date,
    valid_to        date,
    recorded_at     timestamptz NOT NULL DEFAULT now(),
    superseded_at   timestamptz,
    row_id          int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY
);
CREATE UNIQUE INDEX dwelling_ref_now ON dwelling (ref, coalesce(valid_from, '-infinity')) WHERE superseded_at IS NULL;
CREATE INDEX dwelling_id_now ON dwelling (dwelling_id) WHERE superseded_at IS NULL;
CREATE INDEX dwelling_area_now ON dwelling (area_id) WHERE superseded_at IS NULL;

CREATE TABLE household (
    household_id    int4 NOT NULL DEFAULT nextval('household_id_seq'),
    ref             text NOT NULL,               -- what `hub link` and the API take
    people          int2 CHECK (people > 0),
    simulated       boolean NOT NULL DEFAULT false,
    valid_from      date,
    valid_to        date,
    recorded_at     timestamptz NOT NULL DEFAULT now(),
    superseded_at   timestamptz,
    row_id          int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY
);
CREATE UNIQUE INDEX household_ref_now ON household (ref) WHERE superseded_at IS NULL;
CREATE UNIQUE INDEX household_id_now ON household (household_id) WHERE superseded_at IS NULL;

-- The household owns the days strictly between its dates; the moving days belong to nobody.
CREATE TABLE occupancy (
    household_id    int4 NOT NULL,
    dwelling_id     int4 NOT NULL,
    valid_from      date,                        -- day of moving in, NULL = always
    valid_to        date,                        -- day of moving out, NULL = still there
    recorded_at     timestamptz NOT NULL DEFAULT now(),
    superseded_at   timestamptz,
    row_id          int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY
);
CREATE INDEX occupancy_dwelling_now ON occupancy (dwelling_id) WHERE superseded_at IS NULL;
CREATE INDEX occupancy_household_now ON occupancy (household_id) WHERE superseded_at IS NULL;

CREATE TABLE club (
    club_id         int4 NOT NULL DEFAULT nextval('area_id_seq'),
    code            text NOT NULL,
    name            text NOT NULL,
    valid_from      date,
    valid_to        date,
    recorded_at     timestamptz NOT NULL DEFAULT now(),
    superseded_at   timestamptz,
    row_id          int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY
);
CREATE UNIQUE INDEX club_code_now ON club (code) WHERE superseded_at IS NULL;

CREATE TABLE club_member (
    club_id         int4 NOT NULL,
    household_id    int4 NOT NULL,
    valid_from      date,
    valid_to        date,
    recorded_at     timestamptz NOT NULL DEFAULT now(),
    superseded_at   timestamptz,
    row_id          int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY
);
CREATE INDEX club_member_now ON club_member (household_id) WHERE superseded_at IS NULL;

CREATE TABLE usage_point (
    usage_point_id  int4 NOT NULL DEFAULT nextval('usage_point_id_seq'),
    ref             text NOT NULL,               -- PRM, PCE, the water contract's number, ...
    dwelling_id     int4 NOT NULL,
    commodity       text NOT NULL REFERENCES commodity,
    subscribed_va   int8,                        -- electricity: subscribed apparent power
    pipe_mm         int2,                        -- gas, water: nominal diameter
    register_digits int2,                        -- digits before a register starts again at zero,
                                                 -- in the register's printed unit (kWh, m3)
    resolution      int8,                        -- smallest step of its registers, integer unit
    valid_from      date,                        -- NULL = unknown
    valid_to        date,
    recorded_at     timestamptz NOT NULL DEFAULT now(),
    superseded_at   timestamptz,
    row_id          int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY
);
CREATE UNIQUE INDEX usage_point_ref_now ON usage_point (commodity, ref, coalesce(valid_from, '-infinity'))
    WHERE superseded_at IS NULL;
CREATE INDEX usage_point_id_now ON usage_point (usage_point_id) WHERE superseded_at IS NULL;
CREATE INDEX usage_point_dwelling_now ON usage_point (dwelling_id) WHERE superseded_at IS NULL;

-- A device is known by (connector, the meter's own id). One device may serve several commodities
-- (a P1 telegram carries gas too), hence the commodity.
CREATE TABLE device (
    device_id       int4 NOT NULL DEFAULT nextval('device_id_seq'),
    connector       text NOT NULL,
    ref             text NOT NULL,               -- the meter's own id as the connector gives it
    usage_point_id  int4 NOT NULL,
    input           text NOT NULL DEFAULT '',
    valid_from      date,
    valid_to        date,
    recorded_at     timestamptz NOT NULL DEFAULT now(),
    superseded_at   timestamptz,
    row_id          int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY
);
CREATE INDEX device_ref_now ON device (connector, ref) WHERE superseded_at IS NULL;
CREATE INDEX device_usage_point_now ON device (usage_point_id) WHERE superseded_at IS NULL;

-- A channel continues across meter replacements. Created by ingest on first sight.
CREATE TABLE channel (
    channel_id      int4 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    usage_point_id  int4 NOT NULL,
    commodity       text NOT NULL REFERENCES commodity,
    flow            text NOT NULL CHECK (flow IN ('consumption', 'injection', 'production')),
    quantity        text NOT NULL,
    register        text NOT NULL,
    kind            text NOT NULL CHECK (kind IN ('register', 'interval', 'power')),
    source          text NOT NULL,               -- = connector
    input           text NOT NULL DEFAULT '',
    period_class    text NOT NULL DEFAULT '' CHECK (period_class IN ('', 'sub-daily', 'day', 'week', 'month')),
    rank            int2 NOT NULL DEFAULT 100,   -- the operator's preference among equals, low first
    slot_minutes    int2 NOT NULL DEFAULT 30 CHECK (slot_minutes IN (15, 30)),
    horizon         date,                        -- days before it are frozen (retention)
    valid_to        date,                        -- a part that ended with a register-set change
    recorded_at     timestamptz NOT NULL DEFAULT now(),
    CHECK ((kind = 'interval') = (period_class <> '')),
    UNIQUE (usage_point_id, commodity, flow, quantity, register, kind, source, input, period_class)
);

CREATE TABLE meter_event (
    usage_point_id  int4 NOT NULL,
    flow            text NOT NULL DEFAULT 'consumption',
    register        text NOT NULL DEFAULT '',    -- '' = all registers of the usage point
    at              timestamptz NOT NULL,
    kind            text NOT NULL CHECK (kind IN ('install', 'replacement', 'rollover', 'register-set')),
    closing         int8,                        -- integer unit; NULL = unknown
    opening         int8,
    source          text NOT NULL,               -- connector, or 'operator'
    load_id         int4 NOT NULL DEFAULT 0,     -- the load that told it; 0 = a message or a person
    recorded_at     timestamptz NOT NULL DEFAULT now(),
    superseded_at   timestamptz,
    row_id          int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY
);
CREATE INDEX meter_event_now ON meter_event (usage_point_id, at) WHERE superseded_at IS NULL;

-- Dated numbers that turn facts into figures at the edge: gas coefficient (kWh per m3), CO2, ...
CREATE TABLE factor (
    name            text NOT NULL,               -- gas_coefficient, co2_electricity, ...
    scope           text NOT NULL DEFAULT '',    -- area code, network zone or '' for everywhere
    value           numeric NOT NULL,
    unit            text NOT NULL,
    source          text NOT NULL,
    provisional     boolean NOT NULL DEFAULT false,
    valid_from      date,
    valid_to        date,
    recorded_at     timestamptz NOT NULL DEFAULT now(),
    superseded_at   timestamptz,
    row_id          int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY
);

CREATE TABLE tariff (
    usage_point_id  int4,                        -- NULL = the default of the commodity
    commodity       text NOT NULL REFERENCES commodity,
    register        text NOT NULL DEFAULT 'TOTAL',
    price           numeric NOT NULL,            -- euros, taxes included
    unit            text NOT NULL,               -- per kWh, m3, day
    source          text NOT NULL,
    provisional     boolean NOT NULL DEFAULT false,
    valid_from      date,
    valid_to        date,
    recorded_at     timestamptz NOT NULL DEFAULT now(),
    superseded_at   timestamptz,
    row_id          int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY
);

-- In force from the day after it is given to the day before it is withdrawn.
CREATE TABLE consent (
    household_id    int4 NOT NULL,
    commodity       text REFERENCES commodity,   -- NULL = every commodity
    purpose         text NOT NULL,               -- area-totals, club:<code>, ...
    granularity     text NOT NULL DEFAULT 'half-hour' CHECK (granularity IN ('half-hour', 'day', 'month')),
    valid_from      date,                        -- local day it was given
    valid_to        date,                        -- local day it was withdrawn
    recorded_at     timestamptz NOT NULL DEFAULT now(),
    superseded_at   timestamptz,
    row_id          int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY
);
CREATE INDEX consent_household_now ON consent (household_id) WHERE superseded_at IS NULL;

INSERT INTO commodity VALUES
('electricity', 1, '0',       'energy', 'kWh', '{consumption,injection}', 'Électricité', 'Electricity',
    '#1E40AF', '#7DA8FF', 'solid', 'bolt', 36000000, 1000),
('gas',         2, '6 hours', 'volume', 'm3',  '{consumption}',           'Gaz', 'Gas',
    '#BE123C', '#FB7185', 'diagonal', 'flame', 16000000, 1000000),
('water',       3, '0',       'volume', 'm3',  '{consumption}',           'Eau', 'Water',
    '#0891B2', '#22D3EE', 'dots', 'drop', 5000000, 1000),
('solar',       4, '0',       'energy', 'kWh', '{production}',            'Solaire', 'Solar',
    '#CA7A02', '#FBBF24', 'cross', 'sun', 36000000, 1000),
('heat',        5, '0',       'energy', 'kWh', '{consumption}',           'Chaleur', 'Heat',
    '#7C3AED', '#C4B5FD', 'horizontal', 'thermometer', 100000000, 1000000);

-- Facts about this installation: the demo's progress, the time zone of its local days, ...
CREATE TABLE setting (
    name            text PRIMARY KEY,
    value           jsonb NOT NULL,
    changed_at      timestamptz NOT NULL DEFAULT now()
);
