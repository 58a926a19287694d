-- A register's small fall counted 0 and the rise after it in full: what lay between was counted twice. A fall counts
-- as what it is now (decision 0002); the registers that ever fell so are computed again.
INSERT INTO dirty (channel_id, from_ts, to_ts, priority)
SELECT c.channel_id, a.ts, b.ts, 1
FROM channel c
CROSS JOIN LATERAL (SELECT ts FROM reading WHERE channel_id = c.channel_id ORDER BY ts LIMIT 1) a
CROSS JOIN LATERAL (SELECT ts FROM reading WHERE channel_id = c.channel_id ORDER BY ts DESC LIMIT 1) b
WHERE c.kind = 'register' AND c.channel_id IN (SELECT channel_id FROM channel_day WHERE quality ? 'dip');
