-- What a published day was decided on. Months and years add these up, not what area_day says by
-- then: a total that took late data in would, less its published days, be the late household's own.
-- docs/decisions/0003-published-days-bind.md
CREATE TABLE published_basis (
    measure_id      int2 NOT NULL REFERENCES measure,
    day             date NOT NULL,
    area_id         int4 NOT NULL,
    amount          int8 NOT NULL,
    present         int4 NOT NULL,
    expected        int4 NOT NULL,
    largest         int8,
    PRIMARY KEY (measure_id, day, area_id)
);

-- Days published before: their figures as they were published, what was withheld as it is known now.
INSERT INTO published_basis (measure_id, day, area_id, amount, present, expected, largest)
SELECT a.measure_id, a.day, a.area_id, coalesce(p.amount, a.amount),
       coalesce(p.households, a.present), coalesce(p.households_expected, a.expected), a.largest
FROM published p
JOIN area_day a ON a.area_id = p.area_id AND a.measure_id = p.measure_id AND a.day = p.period
WHERE p.step = 'day' AND p.release = 'running'
  AND EXISTS (SELECT FROM published s WHERE s.step = 'day' AND s.release = 'running'
              AND s.measure_id = p.measure_id AND s.start = p.start AND NOT s.withheld);
