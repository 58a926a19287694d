"""`hub collect` as a service and as a command, and what status tells of it."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from hub.store.collecting import sources as states_of
from hub.store.connection import Connection, connect
from ingest.spool import Spool
from tests.ingest.collecting import (
    AGREED,
    DEVICES,
    LINKY_TOML,
    TOKEN,
    Collect,
    Enedis,
    consent,
    days_ago,
    growing,
    now_in,
    number,
    put_envoy,
    sample,
    shelly_toml,
)
from tests.ingest.site import Reply, Site, running, said, until
from tests.stack import Stack
from tests.store.district import bring, stored


@pytest.fixture
def url(stack: Stack) -> Iterator[str]:
    with stack.fresh_database() as address:
        yield address


@pytest.fixture
def conn(url: str) -> Iterator[Connection]:
    with connect(url, application="test") as connection:
        bring(connection)
        bring(connection, {"devices.csv": DEVICES, "consents.csv": AGREED})
        connection.autocommit = True
        yield connection


@pytest.fixture
def site() -> Iterator[Site]:
    with running() as started:
        yield started


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_TOKEN", TOKEN)


@pytest.fixture
def collect(url: str, conn: Connection, tmp_path: Path) -> Iterator[Callable[[str], Collect]]:
    started: list[Collect] = []

    def make(toml: str) -> Collect:
        started.append(Collect(url, tmp_path, toml))
        return started[-1]

    yield make
    for service_ in started:
        service_.end(signal.SIGKILL)
        print(service_.log.read_text() if service_.log.exists() else "")


def test_a_device_that_hangs_delays_no_other(
    conn: Connection, site: Site, collect: Callable[[str], Collect]
) -> None:
    """Five that never answer, and one that does, every five seconds."""
    site.answers["/status"] = growing
    with running() as hanging:
        hanging.answers["/"] = Reply(b"{}", delay=300)
        toml = "".join(shelly_toml(f"hang{n}", hanging, timeout=60) for n in range(5))
        service_ = collect(toml + shelly_toml("em", site))
        service_.start()
        assert until(lambda: len(site.asked) >= 3, 40)
        assert len(hanging.asked) == 5  # and none of them was asked twice
        assert until(lambda: number(conn, "SELECT count(*) FROM reading") >= 3)
        begun = time.monotonic()
        assert service_.end(signal.SIGTERM) == 0
        assert time.monotonic() - begun < 5


def test_kill_9_between_asking_and_storing_loses_nothing(
    url: str, conn: Connection, site: Site, collect: Callable[[str], Collect]
) -> None:
    enedis = Enedis(site, date(2020, 1, 1))
    service_ = collect(LINKY_TOML.format(url=site.url))
    with connect(url, application="test") as holding:
        holding.execute("SELECT pg_advisory_xact_lock(%s)", [0x68756208])  # nobody stores
        service_.start()
        waits = (
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'hub-collect'"
            " AND wait_event_type = 'Lock' AND datname = current_database()"
        )
        assert until(lambda: number(conn, waits) == 1)
        service_.end(signal.SIGKILL)
    assert len(enedis.spans) == 1
    assert stored(conn) == []
    assert number(conn, "SELECT count(*) FROM collected_until") == 0
    service_.start()
    assert until(lambda: [s.state for s in states_of(conn)] == ["ok"])
    assert number(conn, "SELECT count(*) FROM reading WHERE seconds > 7200") == 20
    assert number(conn, "SELECT count(*) FROM reading_revision") == 0
    assert service_.end(signal.SIGTERM) == 0


def on_disk(folder: Path) -> int:
    """Answers that wait there. What was asked is not there yet: a kill may come between."""
    found = Spool(folder).oldest()
    return sum(len(part) for part in found[1]) if found else 0


def test_while_the_database_is_away_answers_of_devices_wait_on_disk(
    url: str, conn: Connection, site: Site, collect: Callable[[str], Collect]
) -> None:
    site.answers["/status"] = growing
    put_envoy(site)
    enedis = Enedis(site, date(2020, 1, 1))
    toml = shelly_toml("em", site) + (
        f'[[collect]]\nname = "envoy"\nkind = "enphase_envoy"\nurl = "{site.url}"\n'
        'device = "99000000001"\ninterval = 5\n'
    )
    service_ = collect(toml + LINKY_TOML.format(url=site.url))
    service_.start()
    assert until(lambda: len(states_of(conn)) == 3)
    days = len(enedis.spans)
    name = conn.info.dbname
    with connect(url.rsplit("/", 1)[0] + "/postgres", application="test") as admin:
        admin.autocommit = True
        admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'.encode())
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = %s AND application_name = 'hub-collect'",
            [name],
        )
        try:
            before = number(conn, "SELECT max(ts) FROM reading WHERE seconds = 0")
            folder = service_.data / "collected"
            assert until(lambda: on_disk(folder) >= 6, 40)
            service_.end(signal.SIGKILL)  # what is on disk survives that too
        finally:
            admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'.encode())
    service_.start()
    assert until(lambda: not list(folder.glob("*.messages")), 40)
    missed = "SELECT count(*) FROM reading WHERE seconds = 0 AND ts > %s"
    row = conn.execute(missed, [before]).fetchone()
    assert row is not None
    assert row[0] >= 2
    kinds = "SELECT array_agg(DISTINCT source ORDER BY source) FROM channel"
    assert number(conn, kinds) == ["enedis_data_connect", "enphase_envoy", "shelly_gen1"]
    assert number(conn, "SELECT count(*) FROM rejected") == 0
    assert len(enedis.spans) == days  # its next turn is hours away
    assert service_.end(signal.SIGTERM) == 0


def test_no_token_is_in_a_log_or_in_the_database(
    conn: Connection, site: Site, collect: Callable[[str], Collect]
) -> None:
    """Wherever a host repeats what it was sent, and whatever it does."""
    echo = said({"error_description": f"bad token {TOKEN}", "you": TOKEN}, 401)
    site.answers["/v2"] = echo
    site.answers["/ivp"] = Reply(json.dumps({"echo": TOKEN, "and": "no meters"}).encode())
    site.answers["/api/v1/production"] = Reply(f"<html>{TOKEN}</html>".encode())
    site.answers["/site"] = Reply(status=302, headers={"Location": f"http://127.0.0.1:1/?{TOKEN}"})
    more = (
        f'[[collect]]\nname = "envoy"\nkind = "enphase_envoy"\nurl = "{site.url}"\n'
        'device = "1"\ntoken_env = "TEST_TOKEN"\n'
        f'[[collect]]\nname = "sun"\nkind = "solaredge"\nurl = "{site.url}"\n'
        'device = "2"\ntoken_env = "TEST_TOKEN"\n'
        '[[collect]]\nname = "away"\nkind = "solaredge"\nurl = "https://127.0.0.1:1"\n'
        'device = "3"\ntoken_env = "TEST_TOKEN"\n'
    )
    service_ = collect(LINKY_TOML.format(url=site.url) + more)
    service_.start()
    assert until(lambda: len(states_of(conn)) == 4)
    assert [s.state for s in states_of(conn)] == ["failed"] * 4
    done = service_.run("collect", "--once", "--json")
    assert service_.end(signal.SIGTERM) == 0
    assert done.returncode == 1
    assert TOKEN in {a.query.get("api_key") for a in site.asked}
    texts = [service_.log.read_text(), done.stdout, done.stderr]
    tables = conn.execute(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        " AND table_type = 'BASE TABLE'"
    ).fetchall()
    assert len(tables) > 30
    for (table,) in tables:
        for row in conn.execute(f'SELECT to_jsonb(t)::text FROM "{table}" t'.encode()).fetchall():
            texts.append(row[0])
            texts += [bytes.fromhex(p).decode("latin-1") for p in _hex_in(row[0])]
    assert any("bad token ***" in text for text in texts)
    assert any("<html>***</html>" in text for text in texts)  # a payload that was refused
    assert not [text for text in texts if TOKEN in text]


def _hex_in(text: str) -> list[str]:
    """What columns of bytes hold, as JSON shows them: \\x6162."""
    parts = [part.split('"')[0] for part in text.split("\\\\x")[1:]]
    return [part for part in parts if len(part) % 2 == 0]


def test_once_for_a_person(conn: Connection, site: Site, collect: Callable[[str], Collect]) -> None:
    Enedis(site, date(2020, 1, 1))
    first = sample("shelly_gen1", "status").split(b"\n")[0]
    site.answers["/status"] = Reply(now_in(first, "unixtime"))
    service_ = collect(LINKY_TOML.format(url=site.url) + shelly_toml("em", site))
    done = service_.run("collect", "--once", "linky")
    assert (done.returncode, done.stderr) == (0, "")
    days = f"{days_ago(conn, 20)} - {days_ago(conn, 1)}"
    assert f"linky/daily_consumption {days}: enedis_data_connect. 20 rows read: 20 accepted" in (
        done.stdout
    )
    assert "unchanged" in service_.run("collect", "--once", "linky").stdout
    both = service_.run("collect", "--once", "--lang", "fr")
    assert both.returncode == 1
    assert "appareil inconnu shelly_gen1/99AABBCCDD03/1" in both.stdout
    told = json.loads(service_.run("collect", "--once", "em", "--json").stdout)
    assert (told[0]["source"], told[0]["state"]) == ("em", "ok")
    assert told[0]["answers"][0]["rejected"] == 1
    site.answers.clear()
    gone = service_.run("collect", "--once", "em")
    assert gone.returncode == 2
    assert "em: http://127.0.0.1" in gone.stdout
    assert "does not answer /status (404)" in gone.stdout
    assert service_.run("collect", "em").returncode == 2
    nobody = service_.run("collect", "--once", "nobody")
    assert (nobody.returncode, "there are linky, em" in nobody.stderr) == (2, True)
    (service_.data / "hub.toml").write_text("")
    empty = service_.run("collect")
    assert (empty.returncode, "declares no source" in empty.stderr) == (2, True)


def test_status_tells_how_the_sources_are(
    conn: Connection, site: Site, collect: Callable[[str], Collect]
) -> None:
    site.answers["/status"] = growing
    with running() as broken:
        broken.answers["/"] = Reply(b"", 500)
        toml = shelly_toml("em", site) + shelly_toml("broken", broken)
        consent(conn)
        service_ = collect(toml + LINKY_TOML.format(url=site.url))
        service_.run("collect", "--once")
    told = service_.run("status").stdout
    assert "collect   broken (shelly_gen1), FAILED 1 time, no success yet, next try in" in told
    assert "cannot answer now (500)" in told
    assert "collect   em (shelly_gen1), well, last success" in told
    assert "collect   linky (enedis_data_connect), stopped" in told
    assert "EN ÉCHEC 1 fois" in service_.run("status", "--lang", "fr").stdout
    found = {each["name"]: each for each in json.loads(service_.run("status", "--json").stdout)[
        "collect"
    ]}  # fmt: skip
    assert (found["broken"]["state"], found["broken"]["failures"]) == ("failed", 1)
    assert found["em"]["rows"] == {"accepted": 1}
    assert found["em"]["last_success"] <= found["em"]["next_try"]


def test_a_source_that_is_taken_out_of_the_file_is_forgotten(
    conn: Connection, site: Site, collect: Callable[[str], Collect]
) -> None:
    site.answers["/status"] = growing
    service_ = collect(shelly_toml("em", site) + shelly_toml("old", site))
    service_.run("collect", "--once")
    assert [s.name for s in states_of(conn)] == ["em", "old"]
    service_ = collect(shelly_toml("em", site))
    service_.start()
    assert until(lambda: [s.name for s in states_of(conn)] == ["em"])


def test_a_restart_asks_nobody_sooner_than_was_agreed(
    conn: Connection, site: Site, collect: Callable[[str], Collect]
) -> None:
    site.answers["/v2"] = Reply(b"", 429, {"Retry-After": "3600"})
    site.answers["/status"] = growing
    service_ = collect(LINKY_TOML.format(url=site.url) + shelly_toml("em", site))
    service_.start()
    assert until(lambda: len(states_of(conn)) == 2)
    asked = site.paths().count("/v2/consommation_quotidienne")
    assert asked == 1
    service_.end(signal.SIGTERM)
    polled = site.paths().count("/status")
    service_.start()
    assert until(lambda: site.paths().count("/status") > polled)
    time.sleep(1)
    assert site.paths().count("/v2/consommation_quotidienne") == asked
