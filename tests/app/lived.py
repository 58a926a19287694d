"""A small district in which something of everything has happened: no table is empty."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from hub.accounts import links, log, sessions, tokens
from hub.rollup.area_step import AreaWorker
from hub.store.accounts import household
from hub.store.channels import Directory
from hub.store.connection import Connection, connect
from hub.store.dumping import tables
from hub.store.readings import write_batch
from hub.store.rollup_bulk import BulkReader
from tests.ingest.test_load import DAY, load, senml
from tests.rollup.store import idle, worker
from tests.store.district import HOUR, batch, bring, registers

#: Tables and values that no part of the hub writes in these few steps.
_REST = """
INSERT INTO club (code, name) VALUES ('c1', 'Club "des" \\ toits');
INSERT INTO club_member (club_id, household_id) SELECT club_id, 1 FROM club;
INSERT INTO consent (household_id, purpose) VALUES (1, 'area-totals'), (2, 'area-totals');
INSERT INTO consent_event (household_id, kind, purpose, granularity, text_digest)
    VALUES (1, 'given', 'area-totals', 'half-hour', '\\x00ff');
INSERT INTO person (household_id, role) VALUES (1, 'resident');
INSERT INTO factor (name, value, unit, source) VALUES ('gas_coefficient', 11.20, 'kWh/m3', 'test');
INSERT INTO tariff (commodity, price, unit, source) VALUES ('water', 4.1000, 'm3', 'test');
INSERT INTO meter_event (usage_point_id, at, kind, source)
    SELECT usage_point_id, '2026-10-25 02:30+02', 'install', 'operator' FROM usage_point LIMIT 1;
INSERT INTO context_series (series, ts, value) VALUES ('co2', '2026-11-04 00:00+01', 0.1);
UPDATE context_series SET value = 1e-300, label = NULL;
INSERT INTO rejected (transport, origin, connector, device_ref, reason, detail, payload)
    VALUES ('mqtt', E'a/\\tb\\n', 'senml', 'e9', 'unreadable', '{"line": 3}', '\\x5c000a');
INSERT INTO unknown_device (connector, ref, origin) VALUES ('senml', 'e9', 'a/b');
INSERT INTO intake_key (subject, key, digest, answer) VALUES ('roof', 'k', 'd', '{"ok": true}');
INSERT INTO gateway_usage_point VALUES ('roof', 1);
INSERT INTO power (ts, value, channel_id)
    SELECT now() - n * interval '5 hours', n, 1 FROM generate_series(1, 20) n;
INSERT INTO setting (name, value) VALUES ('service:ingest', '{"messages": 3}');
INSERT INTO collected_source (name, kind, state, tried_at, next_at)
    VALUES ('roof', 'fronius', 'ok', '2026-11-04 10:00+01', '2026-11-04 10:05+01');
INSERT INTO collected_until VALUES ('enedis_data_connect', 'p1', 'daily_consumption', '2026-11-04');
"""
_PUBLISHED = """
INSERT INTO published (release, area_id, measure_id, step, start, end_ts, period, amount)
    SELECT 'running', 1, measure_id, 'day', '2026-11-04', '2026-11-05', '2026-11-04', 7
    FROM measure LIMIT 1;
INSERT INTO published_basis (measure_id, day, area_id, amount, present, expected)
    SELECT measure_id, '2026-11-04', 1, 7, 10, 11 FROM measure LIMIT 1;
"""


def live(conn: Connection, *pairs: tuple[float, int], device: str = "e1") -> None:
    """Register readings (hours after DAY, Wh) as ingest stores them, in a transaction."""
    readings = [(DAY + int(HOUR * h), v * 1000) for h, v in pairs]
    made = batch(registers(*readings, device=device), received_at=int(time.time()))
    write_batch(conn, Directory(), made)
    conn.commit()


def roll_up(url: str) -> None:
    """Work off what waits, households and areas."""
    with worker(url) as at_work:
        at_work.drain()
    with idle(url) as conn, BulkReader(url) as bulk:
        AreaWorker(conn, bulk).drain()


def fill(url: str, folder: Path) -> dict[str, str]:
    """Let the district live; the secrets its people hold: link, cookie, token."""
    with connect(url, application="test") as conn:
        bring(conn)
        held = _accounts(conn)
        load(url, senml(folder, "été.json", *((h, 100 * h) for h in range(0, 200, 3))))
        live(conn, (150, 15_001), (200, 21_000))  # the first is a correction
        live(conn, *((n / 2, 10 * n) for n in range(100)), device="e2")
        conn.execute(_REST.encode())
        conn.commit()
        roll_up(url)
        conn.execute(_PUBLISHED.encode())
        live(conn, (201, 21_300))  # and this one waits
        conn.execute("UPDATE dirty SET failure = 'a bug', attempts = 3")
        live(conn, (202, 21_500))
        conn.execute(
            "INSERT INTO dirty_area (area_id, measure_id, from_day, to_day)"
            " SELECT 1, measure_id, '2026-11-04', '2026-11-05' FROM measure LIMIT 1"
        )
        conn.commit()
        empty = [name for name in tables(conn) if not rows(conn, name)]
        assert empty == [], f"nobody would notice the loss of {empty}"
    return held


def _accounts(conn: Connection) -> dict[str, str]:
    link = links.new_link(conn, "h1").rpartition("/")[2]
    cookie = sessions.open_session(conn, link, {})
    token = tokens.create(conn, "household", "h1")
    home = household(conn, "h1")
    assert cookie is not None and home is not None
    for what in ("electricity 2026-11", "gas « tout »"):
        log.record(
            conn, actor="resident", purpose="look", household_id=home.household_id, what=what,
            request_id="r",
        )  # fmt: skip
    conn.commit()
    return {"link": link, "cookie": cookie, "token": token}


def rows(conn: Connection, table: str) -> list[Any]:
    """A table's rows as text, in order; not what the last proof found, which a restore renews."""
    but = " WHERE name <> 'verdict'" if table == "setting" else ""
    return conn.execute(f"SELECT t::text FROM {table} t{but} ORDER BY 1".encode()).fetchall()


def everything(url: str) -> dict[str, list[Any]]:
    """All rows of all tables."""
    with connect(url, application="test") as conn:
        return {name: rows(conn, name) for name in tables(conn)}
