-- Public figures come from here and from nowhere else.

-- The thresholds, dated: the row in force on the period's last day counts.
CREATE TABLE publication_policy (
    step            text NOT NULL CHECK (step IN ('30min', 'day', 'month', 'year')),
    flow_class      text NOT NULL CHECK (flow_class IN ('consumption', 'generation')), -- generation: solar, injection
    area_kind       text NOT NULL CHECK (area_kind IN ('iris', 'arrondissement', 'city', 'club')),
    households      int4 NOT NULL,               -- at least so many contribute
    max_share       numeric,                     -- no household above this share of the total
    served_days     int4,                        -- half-hours: how long they are served
    long_households int4,                        -- from so many on they are served longer
    valid_from      date NOT NULL DEFAULT '2000-01-01',
    valid_to        date,
    PRIMARY KEY (step, flow_class, area_kind, valid_from)
);
INSERT INTO publication_policy (step, flow_class, area_kind, households, max_share, served_days, long_households)
SELECT p.step, p.flow_class, k.area_kind,
       CASE WHEN p.step = 'year' AND k.area_kind IN ('arrondissement', 'city')
            THEN greatest(p.households, CASE p.flow_class WHEN 'consumption' THEN 100 ELSE 10 END)
            ELSE p.households END,
       p.max_share, p.served_days, p.long_households
FROM (VALUES
    ('30min', 'consumption', 500, NULL::numeric, 31, 5000),
    ('30min', 'generation',   50, NULL,          31, 5000),
    ('day',   'consumption', 100, NULL,          NULL, NULL),
    ('day',   'generation',   10, NULL,          NULL, NULL),
    ('month', 'consumption', 100, NULL,          NULL, NULL),
    ('month', 'generation',   10, NULL,          NULL, NULL),
    ('year',  'consumption',  10, 0.85,          NULL, NULL),
    ('year',  'generation',   10, 0.85,          NULL, NULL)
) AS p (step, flow_class, households, max_share, served_days, long_households)
CROSS JOIN (VALUES ('iris'), ('arrondissement'), ('city'), ('club')) AS k (area_kind);

CREATE TABLE release (
    release         text PRIMARY KEY,            -- 'running' or 'YYYY-MM' and such
    kind            text NOT NULL CHECK (kind IN ('running', 'monthly')),
    released_at     timestamptz NOT NULL DEFAULT now(),
    digest          text                         -- of a frozen release
);
INSERT INTO release (release, kind) VALUES ('running', 'running');

CREATE TABLE published (
    release         text NOT NULL REFERENCES release,
    area_id         int4 NOT NULL,
    measure_id      int2 NOT NULL REFERENCES measure,
    step            text NOT NULL CHECK (step IN ('30min', 'day', 'month', 'year')),
    start           timestamptz NOT NULL,
    end_ts          timestamptz NOT NULL,
    period          date NOT NULL,               -- local day, first of the month or of the year
    amount          int8,                        -- NULL = withheld
    households      int4,                        -- contributing homes; shown in bands only
    households_expected int4,
    withheld        boolean NOT NULL DEFAULT false,
    published_at    timestamptz NOT NULL DEFAULT now(),
    CHECK ((amount IS NULL) = withheld),
    PRIMARY KEY (area_id, measure_id, step, start, release)
);
CREATE INDEX published_latest ON published (step, published_at);
