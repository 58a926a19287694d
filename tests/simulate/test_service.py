"""The whole of `hub simulate` on a real database and broker, with few homes."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hub.model import HubError
from hub.registry.importing import import_files
from hub.store.connection import Connection, connect
from hub.store.demo import Reach, count_households, hold_demo, reaches, read_demo, write_demo
from ingest.simulate import district as d
from ingest.simulate import fill
from ingest.simulate.service import Options, simulate
from tests.simulate.test_publisher import listen
from tests.stack import Stack

HOMES = 24


@pytest.fixture(scope="module")
def options(stack: Stack, database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Options:
    return Options(
        database_url=database_url,
        mqtt_url=f"mqtt://{stack.mqtt_host}:{stack.mqtt_port}",
        folder=tmp_path_factory.mktemp("demo"),
        households=HOMES,
        once=True,
    )


@pytest.fixture(scope="module")
def heard(stack: Stack, options: Options) -> list[tuple[str, bytes]]:
    """What the first run said by MQTT."""
    said: list[tuple[str, bytes]] = []
    listener = listen(stack, "#", said)
    simulate(options, threading.Event())
    listener.disconnect()
    listener.loop_stop()
    return said


@pytest.fixture(scope="module")
def conn(options: Options, heard: list[tuple[str, bytes]]) -> Iterator[Connection]:
    """The database after the first run."""
    assert heard
    with connect(options.database_url, application="test") as conn:
        yield conn
        conn.rollback()


def one(conn: Connection, query: Any) -> Any:
    row = conn.execute(query).fetchone()
    assert row is not None
    return row[0]


def test_the_demo_says_that_it_is_ready(conn: Connection) -> None:
    demo = read_demo(conn)
    assert demo is not None
    assert demo["state"] == "ready"
    assert demo["households"] == HOMES
    assert [path for _, path in demo["open"]][1:] == ["/quartier", "/kiosque"]
    assert demo["open"][0][1].startswith("/lien/")


def test_all_rows_of_all_files_were_taken(conn: Connection) -> None:
    assert one(conn, "SELECT sum(rejected) FROM load") == 0
    assert one(conn, "SELECT count(*) FROM rejected") == 0
    assert one(conn, "SELECT count(*) FROM load WHERE finished_at IS NULL") == 0
    assert one(conn, "SELECT count(*) FROM reading") > 150_000


def test_four_commodities_of_the_first_household(conn: Connection) -> None:
    rows = conn.execute(
        "SELECT DISTINCT c.commodity FROM channel c JOIN usage_point u USING (usage_point_id)"
        " JOIN occupancy o USING (dwelling_id) JOIN household h USING (household_id)"
        " WHERE h.ref = 'demo-0001' ORDER BY 1"
    ).fetchall()
    assert [row[0] for row in rows] == ["electricity", "gas", "solar", "water"]


def test_every_home_told_today_by_message(heard: list[tuple[str, bytes]]) -> None:
    topics = {topic for topic, _ in heard}
    assert {f"wmbusmeters/{d.water_meter(h)}" for h in range(HOMES)} <= topics
    assert sum(topic.startswith(("tele/", "zigbee2mqtt/")) for topic in topics) == HOMES


def test_a_second_run_adds_no_file(conn: Connection, options: Options) -> None:
    before = one(conn, "SELECT count(*) FROM load"), read_demo(conn)
    conn.commit()
    simulate(options, threading.Event())
    assert (one(conn, "SELECT count(*) FROM load"), read_demo(conn)) == before
    assert count_households(conn) == (HOMES, 0)


def test_reaches_tell_the_last_reading_of_each_source(conn: Connection) -> None:
    found: dict[tuple[str, str], Reach] = {(r.source, r.usage_point): r for r in reaches(conn)}
    demo = read_demo(conn)
    assert demo is not None
    curve, index = found["enedis_portal_csv", d.prm(3)], found["wmbusmeters", d.water_ref(3)]
    assert (curve.until.hour == 23 and curve.until.minute == 30) or curve.until.hour == 0
    assert index.until.timestamp() == demo["now"] // 1800 * 1800
    assert index.until - curve.until < timedelta(days=1, hours=2)


def test_a_broken_off_fill_goes_on(
    conn: Connection, options: Options, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo = read_demo(conn)
    assert demo is not None
    before = one(conn, "SELECT count(*) FROM load")
    write_demo(conn, demo | {"state": "filling", "done": [0]})
    tried: list[int] = []
    real = fill.do_all

    def watched(tasks: Any, done: Any, stop: Any) -> None:
        tried.extend(task.first for task in tasks)
        real(tasks, done, stop)

    monkeypatch.setattr(fill, "do_all", watched)
    simulate(options, threading.Event())
    assert tried == [20]
    # the same files again: nothing in them is new
    assert one(conn, "SELECT count(*) FROM load") > before
    assert one(conn, f"SELECT sum(accepted + revised) FROM load WHERE load_id > {before}") == 0
    after = read_demo(conn)
    assert after is not None and after["state"] == "ready"
    assert sorted(after["done"]) == [0, 20]


def test_the_command_sends_until_sigterm(stack: Stack, conn: Connection, options: Options) -> None:
    conn.rollback()
    heard: list[tuple[str, bytes]] = []
    listener = listen(stack, "#", heard)
    environment = {"HUB_DATABASE_URL": options.database_url, "HUB_MQTT_URL": options.mqtt_url}
    command = [sys.executable, "-m", "hub.app.cli", "simulate", "--rate", "30"]
    process = subprocess.Popen(
        [*command, "--data", str(options.folder.parent)], env=os.environ | environment
    )
    try:
        deadline = time.monotonic() + 60
        # the present names powers of inverters, which the messages of a hole do not
        while not any(topic.endswith("/0/power") for topic, _ in heard):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0
    finally:
        process.kill()
        process.wait()
        listener.disconnect()
        listener.loop_stop()


def test_a_stop_leaves_the_fill_to_the_next_start(
    stack: Stack, options: Options, tmp_path: Path
) -> None:
    with stack.fresh_database() as url:
        stop = threading.Event()
        stop.set()
        simulate(Options(url, options.mqtt_url, tmp_path, households=4), stop)
        with connect(url, application="test") as other:
            demo = read_demo(other)
        assert demo is not None and demo["state"] == "filling"


def test_two_demos_do_not_serve_one_database(conn: Connection, options: Options) -> None:
    with connect(options.database_url, application="test-other") as other:
        assert hold_demo(other)
        with pytest.raises(HubError, match="another"):
            simulate(options, threading.Event())


def test_a_database_of_real_households_is_refused(
    stack: Stack, options: Options, tmp_path: Path
) -> None:
    registry = tmp_path / "household.csv"
    registry.write_text("ref,people\nfoyer-1,2\n")
    with stack.fresh_database() as url:
        with connect(url, application="test") as other:
            assert not import_files(other, [registry]).problems
        with pytest.raises(HubError, match="not this demo's"):
            simulate(Options(url, options.mqtt_url, tmp_path / "demo"), threading.Event())
        with connect(url, application="test") as other:
            assert count_households(other) == (0, 1)
            assert read_demo(other) is None
