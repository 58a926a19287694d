"""The service: live changes within seconds, two workers at once, a clean stop; the commands."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from hub.app.cli import application
from hub.check_words import CHECKS, WHY
from hub.rollup import recount
from hub.rollup.rebuild import apart, rebuild
from hub.rollup.service import Recompute, run
from hub.rollup.worker import Worker
from hub.store import reconcile as store
from hub.store import rollup_rebuild
from hub.store import rollup_work as queue
from hub.store.connection import Connection
from hub.store.migrate import migrations
from hub.store.rollup_bulk import BulkReader
from hub.store.verdicts import last_verdict
from tests.rollup.oracle import Reading
from tests.rollup.store import areas, channel, clear, home, idle, mark, put, tables, worker
from tests.rollup.test_store import PLAIN, half_hours


@pytest.fixture
def conn(database_url: str) -> Iterator[Connection]:
    with idle(database_url) as connection:
        clear(connection)
        areas(connection)
        yield connection


def test_a_reading_is_in_the_totals_within_five_seconds_and_the_web_is_told(
    conn: Connection, database_url: str
) -> None:
    home(conn, 1)
    number = channel(conn, 1)
    stop, ready = threading.Event(), threading.Event()
    thread = threading.Thread(target=run, args=(database_url, stop, ready.set))
    thread.start()
    try:
        assert ready.wait(10)
        conn.execute("LISTEN hub_rollup")
        put(conn, number, [Reading(PLAIN, 0), Reading(PLAIN + 600, 500)])
        told = next(conn.notifies(timeout=20, stop_after=1), None)
        assert told is not None
        assert json.loads(told.payload) == [1]
        row = conn.execute("SELECT measured FROM household_day").fetchone()
        assert row == (500,)
        until = time.monotonic() + 10
        while not conn.execute("SELECT 1 FROM area_day").fetchone() and time.monotonic() < until:
            time.sleep(0.1)
        assert conn.execute("SELECT area_id, expected FROM area_day ORDER BY 1").fetchall() == [
            (1, 1), (3, 1)
        ]  # fmt: skip
    finally:
        began = time.monotonic()
        stop.set()
        thread.join(10)
    assert not thread.is_alive()
    assert time.monotonic() - began < 5


def test_the_service_outlives_a_lost_connection(conn: Connection, database_url: str) -> None:
    home(conn, 1)
    number = channel(conn, 1)
    stop, ready = threading.Event(), threading.Event()
    thread = threading.Thread(target=run, args=(database_url, stop, ready.set))
    thread.start()
    try:
        assert ready.wait(10)
        conn.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name LIKE 'hub-rollup-%' AND datname = current_database()"
        )
        put(conn, number, [Reading(PLAIN, 0), Reading(PLAIN + 600, 500)])
        until = time.monotonic() + 15
        while (
            not conn.execute("SELECT 1 FROM household_day").fetchone() and time.monotonic() < until
        ):
            time.sleep(0.1)
        assert conn.execute("SELECT measured FROM household_day").fetchone() == (500,)
    finally:
        stop.set()
        thread.join(10)
    assert not thread.is_alive()


def test_a_lost_second_connection_counts_against_no_range(
    conn: Connection, database_url: str
) -> None:
    home(conn, 1)
    number = channel(conn, 1)
    days = [Reading(PLAIN - day * 86_400, (500 - day) * 1000) for day in range(500, 0, -1)]
    with worker(database_url) as one:
        put(conn, number, days, priority=2)
        assert one.drain() == 1
        conn.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name NOT LIKE 'hub-%' AND datname = current_database()"
            " AND pid <> pg_backend_pid()"
        )
        put(conn, number, [Reading(r.ts + 60, r.value) for r in days], priority=2)
        with pytest.raises(psycopg.OperationalError):
            one.drain()
        assert conn.execute("SELECT attempts, failure FROM dirty").fetchall() == [(0, None)]
        assert one.drain() == 1


def test_history_that_comes_during_a_rebuild_is_computed(
    conn: Connection, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Older than anything known when the rebuild began."""
    home(conn, 1)
    number = channel(conn, 1)
    put(conn, number, [Reading(PLAIN, 5000), Reading(PLAIN + 600, 5500)])
    old = PLAIN - 400 * 86_400
    listed = rollup_rebuild.channels_by_dwelling

    def with_history(mine: Connection) -> dict[int, list[int]]:
        put(conn, number, [Reading(old, 0), Reading(old + 600, 700)], priority=2)
        return listed(mine)

    monkeypatch.setattr(rollup_rebuild, "channels_by_dwelling", with_history)
    with idle(database_url) as other, worker(database_url) as one:
        rebuild(other, database_url)
        one.drain()
    assert conn.execute("SELECT sum(measured + coalesce(allocated, 0)) FROM channel_day").fetchone(
    ) == (5500,)  # fmt: skip


def test_households_that_moved_within_the_district_are_rebuilt_once(
    conn: Connection, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A transaction a dwelling, two at once: nobody's rows are written by both."""
    monkeypatch.setattr("hub.rollup.rebuild._CHANNEL_DAYS", 1)
    homes = range(1, 13)
    numbers = []
    for one in homes:
        home(conn, one, last="2026-11-01")
        numbers.append(channel(conn, one))
    for one in homes:  # neighbours change places
        conn.execute(
            "INSERT INTO occupancy (household_id, dwelling_id, valid_from)"
            " VALUES (%s, %s, '2026-11-01')",
            [one, one + 1 if one % 2 else one - 1],
        )
    for number in numbers:
        put(conn, number, [Reading(PLAIN - (30 - i) * 43_200, i * 500) for i in range(60)])
    with worker(database_url) as alone:
        alone.drain()
    expected = tables(conn)
    for _ in range(3):
        with idle(database_url) as other:
            rebuild(other, database_url)
        assert tables(conn)["household_day"] == expected["household_day"]


def test_dwellings_of_one_household_stay_together() -> None:
    channels = {dwelling: [dwelling] for dwelling in range(1, 7)}
    parts = apart(channels, [(1, 10), (4, 10), (4, 11), (6, 11), (2, 12), (3, 13)], 2)
    assert sorted(sorted(part) for part in parts) == [[1, 4, 6], [2, 3, 5]]
    assert apart({}, [], 2) == []


def test_two_workers_at_once_give_what_one_gives(conn: Connection, database_url: str) -> None:
    numbers = []
    for i in range(1, 9):
        home(conn, i, area=1 + i % 2)
        numbers.append(channel(conn, i))
    done: list[int] = []

    def work(stop: threading.Event) -> None:
        with worker(database_url) as one:
            while not stop.is_set():
                done.append(one.live() + one.rest())
                time.sleep(0.02)

    stop = threading.Event()
    threads = [threading.Thread(target=work, args=(stop,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for n in range(30):
            for number in numbers:
                put(conn, number, [Reading(PLAIN + 450 * n, 40 * n)], priority=n % 3)
        until = time.monotonic() + 60
        while conn.execute("SELECT 1 FROM dirty LIMIT 1").fetchone() and time.monotonic() < until:
            time.sleep(0.05)
    finally:
        stop.set()
        for thread in threads:
            thread.join(20)
    assert sum(done) == 240
    assert conn.execute("SELECT count(*), sum(measured) FROM household_day").fetchone() == (
        8, 8 * 40 * 29
    )  # fmt: skip


def test_the_nights_proof_does_not_keep_a_service_from_stopping(
    conn: Connection,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Of a district's year it may take long; the next start makes up for it."""
    home(conn, 1)
    put(conn, channel(conn, 1), [Reading(PLAIN, 0)])
    endless = store.Check("endless", "SELECT NULL AS left_out, false AS differs, pg_sleep(600)")
    monkeypatch.setattr(store, "checks", lambda: [endless])
    monkeypatch.setattr("hub.rollup.nightly.has_totals", lambda _: True)
    stop = threading.Event()
    thread = threading.Thread(target=run, args=(database_url, stop))
    thread.start()
    asleep = "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
    until = time.monotonic() + 20
    try:
        while not conn.execute(asleep).fetchone():
            assert time.monotonic() < until
            time.sleep(0.05)
    finally:
        stop.set()
        thread.join(20)
    assert not thread.is_alive()
    assert not caplog.records
    assert last_verdict(conn) is None


def test_a_share_in_other_hands_is_left_alone(conn: Connection, database_url: str) -> None:
    home(conn, 1)
    put(conn, channel(conn, 1), [Reading(PLAIN, 0), Reading(PLAIN + 600, 5)])
    with idle(database_url) as other, queue.shares(other, [1]), worker(database_url) as one:
        assert one.drain() == 0
    with worker(database_url) as one:
        assert one.drain() == 1


def test_what_one_service_works_on_leaves_another_the_rest(
    conn: Connection, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2):
        home(conn, number)
        put(conn, channel(conn, number), [Reading(PLAIN, 0), Reading(PLAIN + 600, 5)])
    with service_worker(database_url) as one, service_worker(database_url) as other:
        assert queue.workers(conn) == 2
        take, meanwhile = queue.take_live, []

        def slowly(*given: Any) -> queue.Taken:
            monkeypatch.setattr(queue, "take_live", take)
            meanwhile.append(other.live())
            return take(*given)

        monkeypatch.setattr(queue, "take_live", slowly)
        assert one.live() == 1
    assert meanwhile == [1]


@contextmanager
def service_worker(url: str) -> Iterator[Worker]:
    """A worker on a connection as the service opens it."""
    with closing(Recompute(url, threading.Event())) as job, BulkReader(url) as bulk:
        yield Worker(job.connection(), bulk, range(queue.SHARES))


def test_a_change_that_comes_during_a_recomputation_waits_for_the_next(
    conn: Connection, database_url: str
) -> None:
    """The worker deletes the ranges it saw and no others."""
    home(conn, 1)
    number = channel(conn, 1)
    put(conn, number, [Reading(PLAIN, 0), Reading(PLAIN + 600, 5)])
    with idle(database_url) as other, queue.shares(other, [1]), queue.snapshot(other):
        taken = queue.take_live(other, [1])
        mark(conn, number, PLAIN, PLAIN)
        queue.finish(other, taken)
    assert conn.execute("SELECT count(*) FROM dirty").fetchone() == (1,)


def _hub(url: str, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[int, str]:
    monkeypatch.setenv("HUB_DATABASE_URL", url)
    result = CliRunner().invoke(application(), list(arguments))
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout


def test_rebuild_and_reconcile_commands(
    conn: Connection, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    home(conn, 1)
    number = channel(conn, 1, kind="interval", period_class="sub-daily")
    put(conn, number, half_hours(PLAIN, 96))
    code, text = _hub(database_url, monkeypatch, "rebuild", "--json")
    told = json.loads(text)
    assert (code, told["channel_days"], told["household_days"]) == (0, 2, 2)
    before = tables(conn)
    code, text = _hub(database_url, monkeypatch, "rebuild", "--from", "2026-07-15")
    assert (code, tables(conn)) == (0, before)
    assert "1 channel (1 day), 1 household (1 day)" in text
    code, text = _hub(database_url, monkeypatch, "reconcile", "--json", "--sample", "1")
    checks = json.loads(text)
    assert code == 0
    assert len(checks["checks"]) >= 9
    assert checks["pending"]["ranges"] == 0


@pytest.mark.parametrize(
    ("change", "check"),
    [
        ("UPDATE channel_day SET measured = measured + 1", "slots of a day"),
        ("UPDATE channel_day SET slots[3] = slots[3] + 1", "slots of a day"),
        ("DELETE FROM channel_month", "(channels)"),
        ("UPDATE household_month SET covered = covered - 1", "(households)"),
        ("UPDATE area_month SET present = present + 1", "(areas)"),
        ("UPDATE channel_day SET measured = measured + 1, slots = NULL", "last minus first"),
        ("UPDATE channel_day SET measured = measured + 1, slots = NULL", "interpolated"),
        ("DELETE FROM household_day", "one channel a usage point"),
        ("UPDATE household_day SET measured = measured - 1", "one channel a usage point"),
        ("UPDATE area_day SET amount = amount + 1", "add up to their area"),
        ("UPDATE household_day SET expected = false", "add up to their area"),
        ("DELETE FROM area_day", "add up to their area"),
        ("UPDATE channel_day SET measured = 1, slots = NULL WHERE channel_id = 2", "the intervals"),
        ("UPDATE household_day SET household_id = 9 WHERE household_id = 1", "one channel a usage"),
        ("UPDATE household_day SET measured = 1 WHERE household_id = 3", "channels that count"),
    ],
)
def test_reconcile_finds_what_does_not_add_up(
    conn: Connection, database_url: str, monkeypatch: pytest.MonkeyPatch, change: str, check: str
) -> None:
    one_of_each(conn)
    assert _hub(database_url, monkeypatch, "rebuild")[0] == 0
    code, text = _hub(database_url, monkeypatch, "reconcile", "--sample", "1", "--json")
    assert code == 0
    checks = json.loads(text)["checks"]
    assert {c["check"]: c["counted"] for c in checks if not c["counted"]} == {}
    assert any(check in c["check"] for c in checks)
    conn.execute(change.encode())
    code, text = _hub(database_url, monkeypatch, "reconcile", "--sample", "1")
    assert code == 1
    assert any("DIFFERENCE" in line and check in line for line in text.splitlines()), text


def one_of_each(conn: Connection) -> None:
    """A register, intervals, and two sources of which one counts: something for every check."""
    readings = [Reading(PLAIN - 700 + 900 * n, 10 * n) for n in range(290)]
    for number in (1, 2, 3):
        home(conn, number)
    put(conn, channel(conn, 1), readings)
    put(conn, channel(conn, 2, kind="interval", period_class="sub-daily"), half_hours(PLAIN, 96))
    for source in ("a", "b"):
        put(conn, channel(conn, 3, source=source), readings)


def left_out(url: str, monkeypatch: pytest.MonkeyPatch, sample: str = "1") -> dict[str, Any]:
    """What reconcile compared and what not, by words of the check's name."""
    code, text = _hub(url, monkeypatch, "reconcile", "--sample", sample, "--json")
    assert code == 0
    words = ("last minus first", "the intervals", "interpolated", "one channel a usage point",
             "add up to their area", "channels that count")  # fmt: skip
    return {
        word: (c["counted"], c["left_out"])
        for c in json.loads(text)["checks"] for word in words if word in c["check"]
    }  # fmt: skip


def test_reconcile_tells_what_it_compared_and_what_not(
    conn: Connection, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_of_each(conn)
    conn.execute("INSERT INTO club (club_id, code, name) VALUES (9, 'velo', 'Vélo')")
    conn.execute("INSERT INTO club_member (household_id, club_id) VALUES (1, 9)")
    conn.execute("INSERT INTO consent (household_id, purpose) VALUES (1, 'club:velo')")
    channel(conn, 2)  # never read
    assert _hub(database_url, monkeypatch, "rebuild")[0] == 0
    found = left_out(database_url, monkeypatch)
    days = {row[0]: row[1] for row in conn.execute(
        "SELECT channel_id, count(*) FROM channel_day GROUP BY 1")}  # fmt: skip
    registers = days[1] + days[3] + days[4]
    clubs = {"club": days[1]}
    assert found == {
        "last minus first": (3, {"no readings": 1}),
        "the intervals": (1, {}),
        "interpolated": (registers - 3 * 2, {"no register near": 3 * 2}),
        "one channel a usage point": (days[1], {"several channels": days[2] + days[3]}),
        "add up to their area": (2 * days[1], clubs),
        "channels that count": (days[1] + days[2] + days[3], {}),
    }
    compared, others = left_out(database_url, monkeypatch, sample="1000000000")["interpolated"]
    assert (compared, others) == (0, {"not in the sample": registers})

    conn.execute(
        "UPDATE channel_day SET quality = '{\"suspect\": 1}'"
        " WHERE channel_id = 1 AND day = '2026-07-14'"
    )
    conn.execute(
        "INSERT INTO meter_event (usage_point_id, at, kind, source)"
        " VALUES (3, '2025-01-01', 'install', 'operator')"
    )
    mark(conn, 2, PLAIN, PLAIN)
    conn.execute(
        "INSERT INTO dirty_area (area_id, measure_id, from_day, to_day)"
        " SELECT 1, measure_id, '2026-07-14', '2026-07-14' FROM measure WHERE register = 'TOTAL'"
    )
    found = left_out(database_url, monkeypatch)
    assert found["last minus first"] == (0, {"no readings": 1, "flagged": 1, "meter event": 2})
    assert found["the intervals"] == (0, {"pending": 1})
    assert found["interpolated"][1]["flagged"] == days[1]
    assert found["add up to their area"] == (2 * days[1] - 2, {**clubs, "pending": 2})
    assert found["channels that count"] == (days[1] + days[3], {"pending": days[2]})
    _, text = _hub(database_url, monkeypatch, "reconcile", "--sample", "1")
    assert "nothing compared the days of intervals add up to the intervals (0 rows;" in text
    assert "left out: 1 flagged, 2 meter event, 1 no readings)" in text


def test_reconcile_leaves_out_only_the_counter_whose_pulse_is_worth_something_else(
    conn: Connection, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    home(conn, 1)
    conn.execute("DELETE FROM device WHERE connector = 'a'")
    put(conn, channel(conn, 1), [Reading(PLAIN + 1800 * n, n) for n in range(4)])
    conn.execute(
        "INSERT INTO device (connector, ref, usage_point_id, input, pulse)"
        " VALUES ('a', 'register', 1, '', NULL), ('a', 'counter', 1, 'hot', '0.25 l')"
    )
    assert _hub(database_url, monkeypatch, "rebuild")[0] == 0
    assert left_out(database_url, monkeypatch)["last minus first"] == (1, {})
    conn.execute("UPDATE channel SET counted = true")
    conn.execute("UPDATE device SET input = '' WHERE ref = 'counter'")  # both since ever: no cut
    assert left_out(database_url, monkeypatch)["last minus first"] == (1, {})
    conn.execute("UPDATE device SET valid_from = '2026-07-01' WHERE ref = 'counter'")
    assert left_out(database_url, monkeypatch)["last minus first"] == (0, {"pulse": 1})
    conn.execute("DELETE FROM device WHERE connector = 'a'")


def test_t08_a_small_fall_that_lasts_adds_up_in_every_table(
    conn: Connection, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    home(conn, 1)
    values = [1000, *[1010] * 20, *[1009] * 60, 1030]
    readings = [Reading(PLAIN + 1800 * n, value) for n, value in enumerate(values)]
    put(conn, channel(conn, 1), readings)
    assert _hub(database_url, monkeypatch, "rebuild")[0] == 0
    for table in ("channel_day", "household_day", "channel_month", "household_month"):
        total = conn.execute(
            f"SELECT sum(measured + coalesce(allocated, 0)) FROM {table}".encode()
        ).fetchone()
        assert total == (30,), table
    found = left_out(database_url, monkeypatch)
    assert found["last minus first"] == (1, {})
    assert found["add up to their area"][1] == {}


def test_registers_that_ever_fell_a_little_are_computed_again_by_the_migration(
    conn: Connection, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, values in ((1, [20, 19, 30]), (2, [20, 21, 30])):
        home(conn, number)
        readings = [Reading(PLAIN + 1800 * n, value) for n, value in enumerate(values)]
        put(conn, channel(conn, number), readings)
    assert _hub(database_url, monkeypatch, "rebuild")[0] == 0
    assert conn.execute("SELECT count(*) FROM dirty").fetchone() == (0,)
    (small_falls,) = [m for m in migrations() if m.name.startswith("0019_")]
    conn.execute(small_falls.text.encode())
    marked = conn.execute(
        "SELECT channel_id, extract(epoch FROM to_ts - from_ts)::int FROM dirty"
    ).fetchall()
    assert marked == [(1, 3600)]


def test_reconcile_counts_again_which_channels_count(
    conn: Connection, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    home(conn, 1)
    for source, amount in (("a", 10), ("b", 12)):
        put(conn, channel(conn, 1, source=source), [
            Reading(PLAIN + 900 * n, amount * n) for n in range(97)
        ])  # fmt: skip
    assert _hub(database_url, monkeypatch, "rebuild")[0] == 0
    assert _hub(database_url, monkeypatch, "reconcile")[0] == 0
    assert conn.execute("SELECT measured FROM household_day").fetchone() == (960,)
    conn.execute("UPDATE channel SET rank = 1 WHERE source = 'b'")
    code, text = _hub(database_url, monkeypatch, "reconcile", "--json")
    found = [c for c in json.loads(text)["checks"] if c["differences"]]
    assert code == 1
    assert [c["check"] for c in found] == ["every household is the sum of the channels that count"]
    assert found[0]["shown"][0]["derived"][1] == 12 * 96


def test_reconcile_leaves_out_what_is_pending(
    conn: Connection, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    home(conn, 1)
    put(conn, channel(conn, 1), [Reading(PLAIN, 0), Reading(PLAIN + 600, 500)])
    code, text = _hub(database_url, monkeypatch, "reconcile")
    assert code == 0
    assert "pending, not compared: 1 change\n" in text
    assert text.endswith("There is nothing to compare yet.\n")


def test_the_service_says_when_there_is_no_database() -> None:
    with pytest.raises(psycopg.OperationalError):
        run("postgresql://nobody@127.0.0.1:9/none", threading.Event())


def test_every_check_and_every_reason_has_its_words(
    conn: Connection, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = {check.name for check in store.checks()} | {recount._NAME}
    assert set(CHECKS) == names
    said = "".join(check.rows for check in store.checks())
    reasons = set(re.findall(r"(?:THEN|NULL,) '([a-z ]+)'", said))
    assert len(reasons) > 5
    assert reasons <= set(WHY), reasons - set(WHY)
    code, text = _hub(database_url, monkeypatch, "reconcile", "--lang", "fr")
    assert (code, text.splitlines()[-1]) == (0, "Il n'y a encore rien à comparer.")
