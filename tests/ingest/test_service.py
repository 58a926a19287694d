"""`hub ingest` between the real Mosquitto and the real TimescaleDB."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hub.store.connection import Connection, connect
from tests.bench.generator import Generator, Plan
from tests.ingest.broker import Ingest, forget_session, ingest, publish, register_pack, wait_for
from tests.stack import Stack
from tests.store.district import bring

TOPIC = "hub/v1/gw1/readings"


@pytest.fixture
def url(stack: Stack) -> Iterator[str]:
    with stack.fresh_database() as address:
        yield address


@pytest.fixture
def conn(url: str) -> Iterator[Connection]:
    with connect(url, application="test") as connection:
        bring(connection)
        connection.autocommit = True
        yield connection


@pytest.fixture
def service(stack: Stack, url: str, conn: Connection, tmp_path: Path) -> Iterator[Ingest]:
    forget_session(stack)
    with ingest(stack, url, tmp_path) as running:
        yield running


def number(conn: Connection, query: str) -> Any:
    row = conn.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def rejected(conn: Connection) -> list[tuple[Any, ...]]:
    return conn.execute(
        "SELECT reason, connector, device_ref, octet_length(payload), payload_bytes"
        " FROM rejected ORDER BY id"
    ).fetchall()


def test_a_message_is_stored_and_told_within_a_second(
    stack: Stack, conn: Connection, service: Ingest
) -> None:
    conn.execute("LISTEN hub_latest")
    publish(stack, [(TOPIC, register_pack("e1", int(time.time()) - 5, 1234.5))])
    notice = next(conn.notifies(timeout=3, stop_after=1))
    channel = number(conn, "SELECT channel_id FROM channel")
    assert json.loads(notice.payload) == [channel]
    assert number(conn, "SELECT value FROM reading") == 1_234_500
    assert number(conn, "SELECT value FROM latest") == 1_234_500
    assert number(conn, "SELECT count(*) FROM dirty WHERE priority = 0") == 1
    assert service.stop() == 0


def test_bad_input_is_kept_with_its_reason_and_stops_nothing(
    stack: Stack, conn: Connection, service: Ingest
) -> None:
    now = int(time.time())
    wrong_unit = register_pack("e1", now, 1).replace(b"Wh", b"parsec")
    bad = [
        b'[{"bn":"e1/","n":"electricity/consumption/TOTAL","u":"Wh","t":1,',  # truncated
        wrong_unit,
        register_pack("nobody", now, 1),
        b"[" + b" " * (2 << 20) + b"]",
        bytes(range(256)),
        register_pack("e1", 300_000_000, 1),  # 1979; SenML counts from now what is below 2^28
        register_pack("e1", 4_070_908_800, 1),
        '[{"bn":"é1/","n":"x"}]'.encode("utf-16"),
        register_pack("e\\u00001", now, 1),
    ]
    good = [register_pack("e1", now - 100 + i, i) for i in range(len(bad) + 1)]
    mixed = [payload for pair in zip(good, [*bad, good[0]], strict=True) for payload in pair]
    publish(stack, [(TOPIC, payload) for payload in mixed])
    wait_for(lambda: number(conn, "SELECT count(*) FROM reading") == len(good), "good ones stored")
    wait_for(lambda: number(conn, "SELECT count(*) FROM rejected") == len(bad), "bad ones kept")
    told = rejected(conn)
    assert [row[0] for row in told] == [
        "not_json", "bad_unit", "unknown_device", "too_large", "not_json", "too_early",
        "too_late", "not_json", "unknown_device",
    ]  # fmt: skip
    assert told[2][1:3] == ("senml", "nobody")
    assert told[3][3:] == (65_536, (2 << 20) + 2)
    unknown = conn.execute("SELECT connector, ref, origin, count FROM unknown_device ORDER BY 2")
    assert unknown.fetchall() == [("senml", d, TOPIC, 1) for d in (r"e\u00001", "nobody")]
    assert service.stop() == 0


def test_a_retained_message_is_no_reading(
    stack: Stack, url: str, conn: Connection, tmp_path: Path
) -> None:
    forget_session(stack)
    topic = "hub/v1/retained/readings"
    publish(stack, [(topic, register_pack("e1", int(time.time()), 1))], retain=True)
    try:
        with ingest(stack, url, tmp_path):
            publish(stack, [(TOPIC, register_pack("e1", int(time.time()), 2))])
            wait_for(lambda: number(conn, "SELECT count(*) FROM reading") == 1, "the live one")
        assert number(conn, "SELECT value FROM reading") == 2000
    finally:
        publish(stack, [(topic, b"")], retain=True)


def test_t13_kill_9_loses_none_and_doubles_none(
    stack: Stack, conn: Connection, service: Ingest
) -> None:
    """10 000 QoS 1 messages, the service killed three times among them."""
    start = int(time.time()) - 20_000
    messages = [(TOPIC, register_pack("e1", start + i, i)) for i in range(10_000)]
    sender = threading.Thread(target=publish, args=[stack, messages])
    sender.start()
    for starts, stored in enumerate((500, 3000, 6000), 1):
        wait_for(lambda n=stored: number(conn, "SELECT count(*) FROM reading") > n, "some")  # type: ignore[misc]
        wait_for(lambda n=starts: service.told().count("connected to") == n, "it is at work")  # type: ignore[misc]
        service.kill()
        time.sleep(0.2)
        service.start()
    sender.join()
    wait_for(lambda: number(conn, "SELECT count(*) FROM reading") == 10_000, "all stored", 60)
    found = conn.execute("SELECT extract(epoch FROM ts)::int8, value FROM reading ORDER BY ts")
    assert found.fetchall() == [(start + i, i * 1000) for i in range(10_000)]
    assert number(conn, "SELECT count(*) FROM reading_revision") == 0
    assert number(conn, "SELECT count(*) FROM rejected") == 0
    wait_for(lambda: service.told().count("connected to") == 4, "the last start")
    assert service.stop() == 0


def test_what_waited_gets_one_instant_and_its_last_register_counts(
    stack: Stack, conn: Connection, service: Ingest
) -> None:
    """Unstamped registers that queued while the service was away."""
    topic = "zigbee2mqtt/linky"
    bring(conn, {"d.csv": "connector,ref,usage_point\nzigbee2mqtt_zlinky,linky,PRM1\n"})
    service.kill()
    waiting = [(topic, json.dumps({"current_summ_delivered": 100 + n}).encode()) for n in range(50)]
    publish(stack, waiting)
    before = int(time.time())
    service.start()
    last = "SELECT value FROM reading ORDER BY ts DESC LIMIT 1"
    wait_for(lambda: number(conn, "SELECT count(*) FROM reading") >= 1, "the burst")
    wait_for(lambda: number(conn, last) == 149_000_000, "the last of the burst")
    assert number(conn, "SELECT count(*) FROM reading") == 1
    assert number(conn, "SELECT extract(epoch FROM ts)::int8 FROM reading") >= before
    assert service.stop() == 0


def test_while_the_database_is_away_messages_wait_on_disk(
    stack: Stack, url: str, conn: Connection, service: Ingest, tmp_path: Path
) -> None:
    start = int(time.time()) - 5000
    name = conn.info.dbname
    publish(stack, [(TOPIC, register_pack("e1", start, 0))])
    wait_for(lambda: number(conn, "SELECT count(*) FROM reading") == 1, "before")
    with connect(url.rsplit("/", 1)[0] + "/postgres", application="test") as admin:
        admin.autocommit = True
        admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'.encode())
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = %s AND application_name = 'hub-ingest'",
            [name],
        )
        try:
            spool = tmp_path / "spool"
            publish(stack, [(TOPIC, register_pack("e1", start + i, i)) for i in range(1, 1001)])
            wait_for(lambda: any(p.stat().st_size for p in spool.glob("*.messages")), "the spool")
            service.kill()  # what is on disk survives that too
            service.start()
            publish(stack, [(TOPIC, register_pack("e1", start + i, i)) for i in range(1001, 1501)])
        finally:
            admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'.encode())
    wait_for(lambda: number(conn, "SELECT count(*) FROM reading") == 1501, "all stored", 30)
    wait_for(lambda: not list(spool.glob("*.messages")), "the spool is empty")
    assert number(conn, "SELECT count(*) FROM reading_revision") == 0
    assert service.stop() == 0


@pytest.mark.long
def test_more_than_can_be_stored_waits_and_is_all_there_in_the_end(
    stack: Stack, conn: Connection, service: Ingest
) -> None:
    """Offered as fast as the broker takes it; what ingest holds of it meanwhile is bounded."""
    meters = range(3, 501)  # e1 and e2 are there
    points = "".join(f"P{n},electricity,d1\n" for n in meters)
    devices = "".join(f"senml,e{n},P{n}\n" for n in meters)
    bring(conn, {"p.csv": f"ref,commodity,dwelling\n{points}",
                 "d.csv": f"connector,ref,usage_point\n{devices}"})  # fmt: skip
    rush = Plan(120_000, 500, 500, int(time.time()) - 1000, paced=False)
    Generator(stack, rush).finish()
    assert number(conn, "SELECT count(*) FROM reading") < rush.messages  # more than it could
    wait_for(lambda: number(conn, "SELECT count(*) FROM reading") == rush.messages, "all", 300)
    assert number(conn, "SELECT sum(value) FROM reading") == rush.values()
    assert number(conn, "SELECT count(*) FROM reading_revision") == 0
    assert number(conn, "SELECT count(*) FROM rejected") == 0
    assert service.peak_mib() < 300
    publish(stack, [(TOPIC, register_pack("e1", int(time.time()), 20_000_000))])
    last = "SELECT max(value) FROM reading"
    wait_for(lambda: number(conn, last) == 20_000_000_000, "a live one, as before")
    assert service.stop() == 0
