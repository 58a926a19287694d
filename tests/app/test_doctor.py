"""`hub doctor` on a hub that is well, and with one thing wrong at a time."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import string
import time
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner, Result

from hub.accounts import log
from hub.app.children import part_of
from hub.app.cli import application
from hub.app.doctor import data, database, examine, machine
from hub.app.doctor.finding import Finding, as_json, line
from hub.app.doctor.machine import Hub
from hub.app.doctor.words import WORDS
from hub.app.errors import CommandError
from hub.app.runfile import Address, Part, RunFile, Versions
from hub.app.settings import address
from hub.disclosure.publish import publish_due
from hub.store.collecting import SourceState, keep_source
from hub.store.connection import Connection, connect
from hub.store.server import ServerVersions
from hub.store.service_state import store_state
from tests.stack import Stack
from tests.store.district import bring

NOWHERE = Address(host="127.0.0.1", port=9, url="postgresql://hub:s3cret@127.0.0.1:9/hub")
CONSENT = {"consent.csv": "household,purpose\nh1,area-totals\nh2,area-totals\n"}


@pytest.fixture
def url(stack: Stack) -> Iterator[str]:
    with stack.fresh_database() as found:
        yield found


@pytest.fixture
def conn(url: str) -> Iterator[Connection]:
    """A hub's database as it is when all is well."""
    with connect(url, application="test") as connection:
        bring(connection)
        bring(connection, CONSENT)
        connection.execute("DELETE FROM dirty")
        store_state(connection, "ingest", {"broker": True})
        publish_due(connection, dt.datetime.now(dt.UTC))
        connection.autocommit = True
        yield connection


@pytest.fixture(autouse=True)
def room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the disk of this machine."""
    set_free(monkeypatch, 100 << 30)


def set_free(monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(200 << 30, 0, free))


@pytest.fixture
def hub(stack: Stack, url: str, conn: Connection, tmp_path: Path) -> Hub:
    return Hub(
        tmp_path, None, address("HUB_DATABASE_URL", url), address("HUB_MQTT_URL", stack.broker.url)
    )


def found(hub: Hub) -> list[tuple[str, Finding]]:
    return examine(hub).findings


def only(hub: Hub) -> Finding:
    told = found(hub)
    assert len(told) == 1, [line(*one, "en") for one in told]
    return told[0][1]


def test_a_hub_that_is_well(hub: Hub) -> None:
    report = examine(hub)
    assert [line(*one, "en") for one in report.findings] == []
    expected = [name for name, _ in machine.CHECKS] + ["database", "schema"]
    assert report.checks == expected + [name for name, _ in data.CHECKS] + ["collect"]


@pytest.mark.parametrize(
    ("wrong", "code", "what", "where"),
    [
        ("DELETE FROM setting WHERE name = 'service:ingest'", "ingest_never", "never ran", ""),
        (
            (
                "UPDATE setting SET changed_at = now() - interval '5 minutes'"
                " WHERE name = 'service:ingest'"
            ),
            "ingest_silent",
            "for 5 min",
            "",
        ),
        (
            """UPDATE setting SET value = '{"broker": false}' WHERE name = 'service:ingest'""",
            "ingest_without_broker",
            "no broker",
            "",
        ),
        (
            (
                "INSERT INTO dirty (channel_id, from_ts, to_ts, marked_at)"
                " VALUES (1, now(), now(), now() - interval '7 minutes')"
            ),
            "rollup_late",
            "7 min late; ranges to add up: 1",
            "",
        ),
        (
            (
                "INSERT INTO dirty (channel_id, from_ts, to_ts, failure)"
                " VALUES (1, '2026-11-01 12:00Z', '2026-11-02 12:00Z', 'KeyError: 5')"
            ),
            "set_aside",
            "three failures: 1 (KeyError: 5)",
            "2026-11-01 - 2026-11-02",
        ),
        (
            (
                "INSERT INTO dirty_area (area_id, measure_id, from_day, to_day, failure)"
                " VALUES (1, 1, '2026-11-01', '2026-11-02', 'KeyError: 7')"
            ),
            "areas_set_aside",
            "three failures: 1 (KeyError: 7)",
            "2026-11-01 - 2026-11-02",
        ),
        (
            (
                "INSERT INTO rejected (transport, origin, reason, detail)"
                """ VALUES ('mqtt', 'tele/x/SENSOR', 'bad_unit', '{"value": "parsec"}'),"""
                """ ('mqtt', 'tele/y/SENSOR', 'bad_unit', '{"value": "ell"}')"""
            ),
            "rejected",
            "2 × unexpected unit 'ell'",
            "tele/y/SENSOR",
        ),
        (
            "INSERT INTO rejected (transport, origin, reason) VALUES ('http', 'g', 'of_tomorrow')",
            "rejected",
            "1 × of_tomorrow",
            "g",
        ),
        (
            (
                "INSERT INTO unknown_device (connector, ref, origin, count)"
                " SELECT 'wmbusmeters', 'm' || n, 'wmbusmeters/m' || n, n"
                " FROM generate_series(1, 7) n"
            ),
            "unknown_devices",
            "of which nothing is counted yet: 7",
            (
                "wmbusmeters/m7 (wmbusmeters/m7), wmbusmeters/m6 (wmbusmeters/m6),"
                " wmbusmeters/m5 (wmbusmeters/m5), wmbusmeters/m4 (wmbusmeters/m4),"
                " wmbusmeters/m3 (wmbusmeters/m3), + 2"
            ),
        ),
        (
            (
                "INSERT INTO device (connector, ref, usage_point_id, input)"
                " SELECT connector, 'twin', usage_point_id, input FROM device WHERE ref = 'e1'"
            ),
            "shared_input",
            "mix their readings: 1",
            "senml/e1 + senml/twin (PRM1)",
        ),
        (
            (
                "WITH c AS (INSERT INTO channel (usage_point_id, commodity, flow, quantity,"
                " register, kind, source) SELECT usage_point_id, commodity, 'consumption',"
                " 'energy', 'TOTAL', 'register', 'senml' FROM usage_point WHERE ref = 'PRM1'"
                " RETURNING channel_id, commodity)"
                " INSERT INTO channel_month (month, channel_id, covered, measured, readings)"
                " SELECT date_trunc('month', current_date), channel_id, 0, -1 - resolution, 9"
                " FROM c JOIN commodity USING (commodity)"
            ),
            "backwards",
            "over a month: 1",
            "senml PRM1 consumption TOTAL",
        ),
        ("DELETE FROM consent WHERE household_id = 1", "without_consent", "no total: 1", "h1"),
        ("DELETE FROM setting WHERE name = 'publication'", "publication_never", "never ran", ""),
        (
            (
                "UPDATE setting SET value = value ||"
                " jsonb_build_object('at', now() - interval '3 hours') WHERE name = 'publication'"
            ),
            "publication_stopped",
            "for 3 h",
            "",
        ),
        (
            (
                """UPDATE setting SET value = value || '{"waiting_days": true}'"""
                " WHERE name = 'publication'"
            ),
            "held_back",
            "held back",
            "",
        ),
        (
            "DELETE FROM migration WHERE name = (SELECT max(name) FROM migration)",
            "schema_behind",
            "in the schema: 1",
            "0",
        ),
        (
            "INSERT INTO migration (name, digest) VALUES ('9999_later.sql', '')",
            "schema_newer",
            "newer",
            "9999_later.sql",
        ),
    ],
)
def test_one_thing_wrong_in_the_database(
    hub: Hub, conn: Connection, wrong: str, code: str, what: str, where: str
) -> None:
    conn.execute(wrong.encode())
    told = only(hub)
    assert told.code == code
    assert what in told.what("en")
    assert told.where.startswith(where)


ENVOY = '[[collect]]\nname = "envoy"\nkind = "fronius"\nurl = "http://10.0.0.1"\ndevice = "1"\n'


@pytest.mark.parametrize(
    ("state", "code", "what"),
    [
        ({}, None, ""),
        ({"state": "failed", "failures": 1}, None, ""),  # a device that sleeps, a portal in repair
        ({"state": "failed", "failures": 9, "succeeded": False}, "collect_failed", "9 tries: why"),
        ({"state": "failed", "failures": 1, "person": True}, "collect_failed", "1 tries: why"),
        ({"state": "failed", "failures": 90, "since": 30}, "collect_failed", "for 30 h"),
        ({"state": "stopped"}, "collect_stopped", "envoy is not asked: why"),
        ({"overdue": 2}, "collect_silent", "was to be asked 2 h ago"),
    ],
)
def test_how_a_source_that_is_polled_is(
    hub: Hub, conn: Connection, state: dict[str, Any], code: str | None, what: str
) -> None:
    now = dt.datetime.now(dt.UTC)
    (hub.data / "hub.toml").write_text(ENVOY)
    keep_source(
        conn,
        SourceState(
            "envoy", "fronius", state.get("state", "ok"), now,
            now - dt.timedelta(hours=state.get("overdue", 0)),
            now if state.get("succeeded", True) else None, state.get("failures", 0),
            now - dt.timedelta(hours=state.get("since", 0)) if "failures" in state else None,
            state.get("person", False), {}, "pourquoi", "why",
        ),
    )  # fmt: skip
    if code is None:
        assert found(hub) == []
        return
    told = only(hub)
    assert told.code == code
    assert what in told.what("en")
    assert "pourquoi" in told.what("fr") or code == "collect_silent"


def test_sources_that_nobody_asks_or_that_cannot_be_read(hub: Hub) -> None:
    (hub.data / "hub.toml").write_text(ENVOY)
    told = only(hub)
    assert (told.code, told.where) == ("collect_never", str(hub.data / "hub.toml"))
    assert "never asked: envoy" in told.what("en")
    (hub.data / "hub.toml").write_text("[[collect]]\n")
    assert only(hub).code == "collect_declared_badly"
    assert "cannot be read" in only(hub).what("en")


def test_a_device_that_told_and_does_not_any_more(hub: Hub, conn: Connection) -> None:
    row = conn.execute(
        "INSERT INTO channel (usage_point_id, commodity, flow, quantity, register, kind, source)"
        " SELECT usage_point_id, 'water', 'consumption', 'volume', 'TOTAL', 'register',"
        " 'wmbusmeters' FROM device WHERE connector = 'wmbusmeters' RETURNING channel_id"
    ).fetchone()
    conn.execute(
        "INSERT INTO latest VALUES (%s, now() - interval '50 h', 1, now() - interval '50 h')", row
    )
    told = only(hub)
    assert (told.code, told.where) == ("silent_devices", "wmbusmeters/12345678")
    assert "the first for 2 d" in told.what("en")
    conn.execute("UPDATE device SET valid_to = current_date WHERE connector = 'wmbusmeters'")
    assert found(hub) == []


def test_a_log_that_was_changed(hub: Hub, conn: Connection) -> None:
    for number in range(3):
        with conn.transaction():
            log.record(
                conn, actor="resident", purpose="own data", household_id=1,
                what=f"page {number}", request_id="r",
            )  # fmt: skip
    assert found(hub) == []
    conn.execute("ALTER TABLE access_log DISABLE TRIGGER access_log_append_only")
    conn.execute("UPDATE access_log SET actor = 'nobody' WHERE id = 2")
    assert (only(hub).code, only(hub).where) == ("log_changed", "access_log 2")


def test_half_hours_that_wait_a_moment_are_no_matter(hub: Hub, conn: Connection) -> None:
    waiting = """UPDATE setting SET value = value || '{"waiting_half_hours": true}'
                 WHERE name = 'publication'"""
    conn.execute(waiting)
    assert found(hub) == []
    conn.execute(
        "INSERT INTO measure (commodity, flow, quantity, register)"
        " VALUES ('water', 'consumption', 'volume', 'TOTAL') ON CONFLICT DO NOTHING"
    )
    conn.execute(
        "INSERT INTO published (release, area_id, measure_id, step, start, end_ts, period, amount,"
        " published_at) SELECT 'running', 1, min(measure_id), '30min', now(), now(), current_date,"
        " 1, now() - interval '3 hours' FROM measure"
    )
    assert only(hub).code == "held_back"


def test_a_check_that_fails_stops_no_other(
    hub: Hub, conn: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    conn.execute("DROP TABLE unknown_device")
    conn.execute("DELETE FROM consent WHERE household_id = 1")
    told = found(hub)
    assert [(name, one.code) for name, one in told] == [
        ("devices", "not_checked"),
        ("consent", "without_consent"),
    ]
    assert "unknown_device" in told[0][1].what("fr")


def test_a_database_that_does_not_answer(stack: Stack, tmp_path: Path) -> None:
    told = only(Hub(tmp_path, None, NOWHERE, address("HUB_MQTT_URL", stack.broker.url)))
    assert (told.code, told.where) == ("database_silent", "127.0.0.1:9")
    assert "s3cret" not in line("database", told, "fr")


@pytest.mark.parametrize(
    ("postgresql", "timescaledb", "fits"),
    [
        ("17.6", "2.19.3", True),
        ("15.0", "3.0.0", True),
        ("14.9", "2.19.3", False),
        ("17.6", "2.18.2", False),
        ("17.6", "", False),
    ],
)
def test_servers_the_hub_can_live_in(postgresql: str, timescaledb: str, fits: bool) -> None:
    assert database.fits(ServerVersions(postgresql, timescaledb, "apache")) is fits


def test_a_broker_that_does_not_answer(hub: Hub) -> None:
    gone = Hub(hub.data, None, hub.database, NOWHERE)
    assert (only(gone).code, only(gone).where) == ("broker_silent", "127.0.0.1:9")
    assert only(Hub(hub.data, None, hub.database, None)).code == "broker_unknown"


def test_a_consent_to_be_asked_for_counts_in_no_total(hub: Hub, conn: Connection) -> None:
    conn.execute("UPDATE consent SET purpose = 'collect' WHERE household_id = 1")
    assert (only(hub).code, only(hub).where) == ("without_consent", "h1")


def test_messages_on_disk(hub: Hub) -> None:
    folder = hub.data / "spool"
    folder.mkdir()
    (folder / "000000000001.messages").write_bytes(b"x" * 3 * 1024)
    (folder / "000000000000.damaged").write_bytes(b"x")
    waiting, damaged = (one for _, one in found(hub))
    assert (waiting.code, waiting.where) == ("spool_waits", str(folder))
    assert "3,0 kio" in waiting.what("fr")
    assert damaged.where.endswith("000000000000.damaged")


@pytest.mark.parametrize(("free", "told"), [(19 << 30, 1), (21 << 30, 0), (1 << 29, 1)])
def test_a_disk_that_is_nearly_full(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, free: int, told: int
) -> None:
    set_free(monkeypatch, free)
    assert [one.code for _, one in found(hub)] == ["disk_full"] * told


def test_parts_that_are_down_or_not_steady(hub: Hub) -> None:
    ourselves = part_of(os.getpid())
    assert ourselves
    ended = Part(**{**ourselves.model_dump(), "started": 1})
    long_ago = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
    run = RunFile(
        pid=1, started_at=long_ago, supervisor=ourselves, demo=False,
        web=NOWHERE, versions=Versions(hub="0"),
        expected=["database", "broker", "ingest", "rollup", "serve"],
        parts={
            "database": ourselves,
            "broker": ended,
            "ingest": ourselves.model_copy(update={"restarts": 3}),
            "rollup": ourselves.model_copy(update={"restarts": 3, "started_at": long_ago}),
        },
    )  # fmt: skip
    told = found(Hub(hub.data, run, hub.database, hub.broker))
    assert [(one.code, one.values.get("name")) for _, one in told] == [
        ("part_down", "broker"),
        ("part_restarted", "ingest"),
        ("part_down", "serve"),
        ("web_not_ready", None),
    ]
    assert str(hub.data / "log" / "mosquitto.log") in told[0][1].do("fr")
    starting = Hub(hub.data, run.model_copy(update={"expected": [], "web": None}), None, hub.broker)
    assert only(starting).code == "database_starts"


def test_words_are_said_in_both_languages_with_the_same_values() -> None:
    def placeholders(text: str) -> set[str | None]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    assert len(WORDS) > 20
    for words in WORDS.values():
        assert placeholders(words.what.fr) == placeholders(words.what.en)
        assert placeholders(words.do.fr) == placeholders(words.do.en)


def test_every_check_is_in_the_manual() -> None:
    manual = (Path(__file__).parents[2] / "docs" / "operator" / "doctor.md").read_text()
    listed = [row.split("`")[1] for row in manual.splitlines() if row.startswith("| `")]
    made = [name for name, _ in machine.CHECKS] + ["database", "schema"]
    assert listed == [*made, *(name for name, _ in data.CHECKS), "collect"]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(application(), ["doctor", *arguments])


@pytest.fixture
def environment(hub: Hub, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert hub.broker
    monkeypatch.setenv("HUB_DATABASE_URL", url)
    monkeypatch.setenv("HUB_MQTT_URL", hub.broker.url)
    monkeypatch.setenv("HUB_DATA", str(hub.data))


@pytest.mark.usefixtures("environment")
def test_the_command(conn: Connection) -> None:
    well = run("--lang", "fr")
    assert (well.exit_code, well.output.splitlines()) == (0, ["21 vérifications : tout va bien"])
    conn.execute("DELETE FROM consent WHERE household_id = 1")
    ill = run("--lang", "en")
    assert ill.exit_code == 1
    assert ill.output.splitlines() == [
        (
            "consent: households without consent, counted in no total: 1 (h1)."
            " Ask them, then import table `consent`; respect a refusal."
        ),
        "21 checks: 1 to look at",
    ]
    told: dict[str, Any] = json.loads(run("--json", "--lang", "fr").output)
    assert len(told["checks"]) == 21
    assert told["findings"] == [as_json("consent", only_of(conn), "fr")]
    assert told["findings"][0]["where"] == "h1"


def only_of(conn: Connection) -> Finding:
    with psycopg.connect(conn.info.dsn, password=conn.info.password) as other:
        return next(iter(data.consent(other)))


def test_without_a_hub_it_cannot_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HUB_DATABASE_URL", raising=False)
    told = run("--data", str(tmp_path))
    assert isinstance(told.exception, CommandError)
    assert told.exception.exit_code == 2
    assert "hub up" in str(told.exception)


def test_what_live_messages_tell_and_is_not_read(hub: Hub, conn: Connection) -> None:
    note = {"connector": "homeassistant_discovery", "code": "ha_template", "at": 1}
    words = {"fr": "modèle qui calcule", "en": "a template that calculates"}
    notes = [note | words | {"source": f"0x{n}_energy"} for n in range(7)]
    store_state(conn, "ingest", {"broker": True, "notes": notes, "dropped": {"count": 0, "of": ""}})
    ((check, finding),) = found(hub)
    assert (check, finding.code) == ("notes", "unread")
    assert finding.what("fr") == "7 × modèle qui calcule"
    assert finding.where == ("0x0_energy, 0x1_energy, 0x2_energy, 0x3_energy, 0x4_energy, + 2")


def test_descriptions_that_found_no_room(hub: Hub, conn: Connection) -> None:
    store_state(conn, "ingest", {"broker": True, "dropped": {"count": 3, "of": "hass/dupont"}})
    ((check, finding),) = found(hub)
    assert (check, finding.code, finding.where) == ("ingest", "ingest_no_room", "hass/dupont")
    assert "3 left out" in finding.what("en")


def test_a_queue_of_the_brokers_that_overflowed(hub: Hub, conn: Connection) -> None:
    for days, codes in ((8, []), (2, ["broker_overflow"])):
        overflow = {"count": 40, "at": int(time.time()) - days * 86_400}
        store_state(conn, "ingest", {"broker": True, "overflow": overflow})
        assert [finding.code for _, finding in found(hub)] == codes
    words = only(hub).what("en")
    assert "40 messages dropped" in words
    assert "2 d ago" in words


def test_totals_that_do_not_add_up_or_were_not_proven(hub: Hub, conn: Connection) -> None:
    check = {"compared": 10, "left_out": {}, "differences": 2}
    check["name"] = "the slots of a day add up to the day"
    verdict = {"checks": [check], "pending": 0, "set_aside": 0}
    conn.execute("INSERT INTO setting (name, value) VALUES ('verdict', %s)", [json.dumps(verdict)])
    conn.commit()
    found = only(hub)
    assert found.code == "totals_wrong" and found.where == "the slots of a day add up to the day"
    assert "2 differences" in found.what("en")
    conn.execute(
        "UPDATE setting SET value = value || '{\"checks\": []}',"
        " changed_at = now() - interval '3 days' WHERE name = 'verdict'"
    )
    conn.commit()
    assert only(hub).code == "totals_unproven"


def test_refused_rows_of_a_file_until_it_is_loaded_again(hub: Hub, conn: Connection) -> None:
    def file(name: str, rejected: int, digest: str = "") -> None:
        conn.execute(
            "WITH made AS (INSERT INTO load (file_name, digest, connector, actor, finished_at)"
            " VALUES (%s, %s, 'senml', 'operator', now()) RETURNING load_id)"
            " INSERT INTO rejected (transport, origin, connector, reason, detail, load_id)"
            """ SELECT 'file', %s, 'senml', 'bad_unit', '{"value": "ell"}', load_id"""
            " FROM made, generate_series(1, %s)",
            [name, digest, name, rejected],
        )

    file("a.csv", 720, "a")
    told = only(hub)
    assert (told.code, told.where) == ("rejected_rows", "a.csv")
    assert told.what("en") == "rows of files, 720 × unexpected unit 'ell'"
    assert "load the file again" in told.do("en")
    assert "replay" not in told.do("en")
    file("a.csv", 1, "b")
    assert only(hub).values["count"] == 1
    file("renamed.csv", 0, "b")
    assert found(hub) == []
    conn.execute("UPDATE load SET undone_at = now() WHERE file_name = 'renamed.csv'")
    assert only(hub).values["count"] == 1


def test_a_message_that_waits_is_not_lost_from_sight(hub: Hub, conn: Connection) -> None:
    conn.execute(
        "INSERT INTO rejected (transport, origin, connector, device_ref, reason)"
        " VALUES ('mqtt', 'a/b', 'senml', 'new', 'unknown_device')"
    )
    conn.execute(
        "INSERT INTO unknown_device (connector, ref, origin) VALUES ('senml', 'new', 'a/b')"
    )
    assert only(hub).code == "unknown_devices"
    bring(conn, {"d.csv": "connector,ref,usage_point,input\nsenml,new,W1,second\n"})
    told = only(hub)
    assert (told.code, told.where, told.values) == ("waiting", "senml/new", {"count": 1})
    conn.execute("DELETE FROM unknown_device")
    assert only(hub).code == "waiting"
