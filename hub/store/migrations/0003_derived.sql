-- Everything here can be rebuilt from readings and registry.
--
-- Arrays hold the day's slots in time order from the commodity's local day start (46, 48 or 50
-- half-hours; twice that for 15 minute slots). They exist only where sub-daily data exist, and an
-- element is NULL where nothing is known: null is not zero. A NULL column means "none": no
-- allocated energy, no gaps inside the covered slots, nothing estimated.

CREATE TABLE channel_day (
    day             date NOT NULL,               -- the commodity's local day
    channel_id      int4 NOT NULL,
    covered         int4 NOT NULL,               -- seconds measured or allocated
    measured        int8 NOT NULL,
    allocated       int8,
    estimated       int8,                        -- stands beside, never in the amount
    month_allocated int8,                        -- the part of the amount that a month calls allocated
    unowned_measured  int8,                      -- from pieces over a day long that cross a move:
    unowned_allocated int8,                      -- counted for the channel, for no household
    unowned_month_allocated int8,
    unowned_covered int4,
    readings        int4 NOT NULL,               -- readings that fall on this day
    first_at        int4,                        -- hints: first and last good register of the day,
    last_at         int4,                        -- seconds from the day's start
    first_value     int8,
    last_value      int8,
    slots           int4[],                      -- amounts: measured + allocated
    slots_allocated int4[],                      -- the allocated part, NULL when all is measured
    slots_covered   int2[],                      -- seconds, NULL when every known slot is whole
    quality         jsonb,                       -- {"dip": 2, ...}; NULL when clean
    PRIMARY KEY (channel_id, day)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
SELECT create_hypertable('channel_day', by_range('day', interval '30 days'), create_default_indexes => false);

CREATE TABLE channel_month (
    month           date NOT NULL,               -- first day
    channel_id      int4 NOT NULL,
    covered         int4 NOT NULL,
    measured        int8 NOT NULL,
    allocated       int8,
    estimated       int8,
    readings        int4 NOT NULL,
    quality         jsonb,
    PRIMARY KEY (channel_id, month)
);

CREATE TABLE household_day (
    day             date NOT NULL,
    household_id    int4 NOT NULL,
    covered         int4 NOT NULL,               -- smallest coverage among its usage points
    measure_id      int2 NOT NULL REFERENCES measure,
    expected        boolean NOT NULL,            -- occupancy, usage point and consent cover the day
    measured        int8 NOT NULL,
    allocated       int8,
    estimated       int8,
    month_allocated int8,
    slots           int4[],
    slots_allocated int4[],
    slots_covered   int2[],
    quality         jsonb,
    PRIMARY KEY (household_id, measure_id, day)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
SELECT create_hypertable('household_day', by_range('day', interval '30 days'), create_default_indexes => false);

CREATE TABLE household_month (
    month           date NOT NULL,
    household_id    int4 NOT NULL,
    covered         int4 NOT NULL,
    measure_id      int2 NOT NULL REFERENCES measure,
    days_present    int2 NOT NULL,               -- days with coverage >= 0.9
    measured        int8 NOT NULL,
    allocated       int8,
    estimated       int8,
    quality         jsonb,
    PRIMARY KEY (household_id, measure_id, month)
);

-- Areas and clubs. An area's day is the sum over the households present; its half-hours are their
-- own table and do not add up to the day: they hold only households whose slot is wholly measured.
CREATE TABLE area_day (
    day             date NOT NULL,
    area_id         int4 NOT NULL,
    measure_id      int2 NOT NULL REFERENCES measure,
    amount          int8 NOT NULL,
    present         int4 NOT NULL,
    expected        int4 NOT NULL,
    largest         int8,                        -- largest household among those present
    PRIMARY KEY (area_id, measure_id, day)
);

CREATE TABLE area_month (
    month           date NOT NULL,
    area_id         int4 NOT NULL,
    measure_id      int2 NOT NULL REFERENCES measure,
    amount          int8 NOT NULL,
    present         int8 NOT NULL,               -- household-days
    expected        int8 NOT NULL,
    PRIMARY KEY (area_id, measure_id, month)
);

CREATE TABLE area_slot (
    day             date NOT NULL,
    area_id         int4 NOT NULL,
    measure_id      int2 NOT NULL REFERENCES measure,
    amount          int8[] NOT NULL,
    present         int4[] NOT NULL,
    expected        int4[] NOT NULL,
    PRIMARY KEY (area_id, measure_id, day)
);

CREATE TABLE dirty_area (
    id              int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    area_id         int4 NOT NULL,               -- the IRIS or the club; the worker adds the areas above
    measure_id      int2 NOT NULL,
    from_day        date NOT NULL,
    to_day          date NOT NULL,               -- inclusive
    marked_at       timestamptz NOT NULL DEFAULT now()
);

-- For those who query by SQL: one row a slot.
CREATE VIEW household_slot AS
SELECT d.household_id, m.commodity, m.flow, m.quantity, m.register, d.day, s.number,
       ((d.day::timestamp + c.day_start) AT TIME ZONE current_setting('TimeZone'))
           + (s.number - 1) * interval '30 minutes' AS start,
       s.amount,
       coalesce(d.slots_allocated[s.number], 0) AS allocated,
       coalesce(d.slots_covered[s.number], CASE WHEN s.amount IS NULL THEN 0 ELSE 1800 END) AS covered
FROM household_day d
JOIN measure m USING (measure_id)
JOIN commodity c USING (commodity)
CROSS JOIN LATERAL unnest(d.slots) WITH ORDINALITY AS s (amount, number);
