"""A club's totals follow its members and their consents, where no reading changes."""

from __future__ import annotations

from hub.registry.importing import import_tables, read_bytes
from hub.rollup.area_step import drain_areas
from hub.store import rollup_work as queue
from hub.store.connection import Connection, connect
from hub.store.rollup_bulk import BulkReader
from tests.rollup.oracle import Reading
from tests.rollup.store import areas, channel, clear, home, idle, put, worker

NOON = 1_794_308_400  # 2026-11-10 12:00 in Paris


def bring(url: str, text: str) -> None:
    with connect(url, application="test") as conn:
        report = import_tables(conn, [read_bytes("t.csv", text.encode(), "Europe/Paris")])
        assert report.problems == []
        conn.commit()


def club_days(conn: Connection, url: str) -> int:
    with worker(url) as one:
        one.drain()
    with BulkReader(url) as bulk, queue.snapshot(conn):
        drain_areas(conn, bulk, "Europe/Paris")
    row = conn.execute("SELECT count(*) FROM area_day JOIN club ON area_id = club_id").fetchone()
    assert row is not None
    return int(row[0])


def test_a_clubs_totals_follow_membership_and_consent(database_url: str) -> None:
    with idle(database_url) as conn:
        clear(conn)
        areas(conn)
        home(conn, 1)
        put(conn, channel(conn, 1), [Reading(NOON + i * 1800, i * 100) for i in range(200)])
        conn.execute("INSERT INTO club (club_id, code, name) VALUES (9, 'velo', 'Vélo Lyon')")
        assert club_days(conn, database_url) == 0
        bring(database_url, "club,household\nvelo,h1\n")
        bring(database_url, "household,purpose,granularity\nh1,club:velo,day\n")
        assert club_days(conn, database_url) == 5
        bring(database_url, "household,purpose,action\nh1,club:velo,remove\n")
        assert club_days(conn, database_url) == 0
