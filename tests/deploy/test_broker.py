"""A server's broker, as `deploy/mosquitto` configures it, with `hub ingest` and gateways."""

from __future__ import annotations

import json
import queue
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hub.store.connection import Connection, connect
from ingest import acl
from ingest.config import matches, read
from tests.deploy.broker import DEPLOY, DeployedBroker, Gateway, deployed_broker
from tests.ingest.broker import ingest, register_pack, wait_for
from tests.stack import Stack
from tests.store.district import bring

PASSWORDS = {"ingest": "p&ss/1", "ingest-2": "p2", "roof": "p3", "linky": "p4"}


@pytest.fixture(scope="module")
def broker(stack: Stack) -> Iterator[DeployedBroker]:
    with deployed_broker(stack.prefix, PASSWORDS) as running:
        yield running


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


def gateway(broker: DeployedBroker, user: str) -> Gateway:
    return Gateway(broker, user, PASSWORDS[user])


def number(conn: Connection, query: str) -> Any:
    row = conn.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def test_a_gateways_message_is_stored(
    broker: DeployedBroker, stack: Stack, url: str, conn: Connection, tmp_path: Path
) -> None:
    with (
        ingest(stack, url, tmp_path, broker.environment("ingest")) as service,
        gateway(broker, "roof") as roof,
    ):
        assert roof.publish("hub/v1/roof/readings", register_pack("e1", int(time.time()), 7))
        wait_for(lambda: number(conn, "SELECT count(*) FROM reading") == 1, "stored")
        assert service.stop() == 0


def test_a_gateway_writes_and_reads_under_its_own_name_only(
    broker: DeployedBroker, stack: Stack, url: str, conn: Connection, tmp_path: Path
) -> None:
    now = int(time.time())
    with (
        ingest(stack, url, tmp_path, broker.environment("ingest")),
        gateway(broker, "roof") as roof,
        gateway(broker, "linky") as other,
    ):
        other.subscribe("#", "hub/v1/roof/readings", "hub/v1/roof/cmd", "tele/roof/SENSOR")
        time.sleep(0.3)
        for topic in ("hub/v1/linky/readings", "tele/linky/SENSOR", "hub/v1/roof/cmd", "x"):
            assert not roof.publish(topic, register_pack("e1", now - 60, 1)), topic
        assert roof.publish("hub/v1/roof/readings", register_pack("e1", now, 2))
        wait_for(lambda: number(conn, "SELECT count(*) FROM reading") == 1, "the allowed one")
        assert number(conn, "SELECT value FROM reading") == 2000
        with pytest.raises(queue.Empty):
            other.received.get(timeout=0.5)


def test_readings_without_a_time_are_taken_as_live(
    broker: DeployedBroker, stack: Stack, url: str, conn: Connection, tmp_path: Path
) -> None:
    """The marker by which ingest knows the end of what waited for it comes back."""
    bring(conn, {"d.csv": "connector,ref,usage_point\nzigbee2mqtt_zlinky,linky,PRM1\n"})
    with (
        ingest(stack, url, tmp_path, broker.environment("ingest")) as service,
        gateway(broker, "linky") as linky,
    ):
        for step in range(3):
            assert linky.publish(
                "zigbee2mqtt/linky", json.dumps({"current_summ_delivered": 100 + step}).encode()
            )
            time.sleep(1.1)
        wait_for(lambda: number(conn, "SELECT count(*) FROM reading") == 3, "one each second", 10)
        assert "refuses" not in service.told()


def test_a_payload_that_is_too_large_is_kept_with_its_reason(
    broker: DeployedBroker, stack: Stack, url: str, conn: Connection, tmp_path: Path
) -> None:
    with (
        ingest(stack, url, tmp_path, broker.environment("ingest")),
        gateway(broker, "roof") as roof,
    ):
        assert roof.publish("hub/v1/roof/readings", b"[" + b" " * (2 << 20) + b"]")
        wait_for(lambda: number(conn, "SELECT count(*) FROM rejected") == 1, "kept")
        assert number(conn, "SELECT reason FROM rejected") == "too_large"


def test_two_workers_share_the_messages(
    broker: DeployedBroker, stack: Stack, url: str, conn: Connection, tmp_path: Path
) -> None:
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
        (folder / "hub.toml").write_text('[mqtt]\nshare = "hub"\n')
    start = int(time.time()) - 1000
    with (
        ingest(stack, url, folders[0], broker.environment("ingest")) as one,
        ingest(stack, url, folders[1], broker.environment("ingest-2")) as two,
        gateway(broker, "roof") as roof,
    ):
        for second in range(200):
            roof.publish("hub/v1/roof/readings", register_pack("e1", start + second, second))
        wait_for(lambda: number(conn, "SELECT count(*) FROM reading") == 200, "all, by both")
        told = [service.told() for service in (one, two)]
        assert [text.count("connected to") for text in told] == [1, 1]
        assert not any("lost" in text for text in told)
        assert number(conn, "SELECT count(*) FROM reading_revision") == 0


@pytest.mark.parametrize(("user", "password"), [("roof", "wrong"), ("nobody", "x"), ("", "")])
def test_who_has_no_password_is_refused(broker: DeployedBroker, user: str, password: str) -> None:
    stranger = Gateway(broker, user, password)
    wait_for(lambda: stranger.refusal is not None, "refused")
    stranger.close()


def test_the_access_list_is_what_the_topics_that_a_server_reads_make_of_it() -> None:
    text = acl.FILE.read_text("utf-8")
    assert text == acl.with_rights(text), "python -m ingest.acl writes it"
    allowed = [line.split()[2] for line in text.splitlines() if line.startswith("pattern write")]
    assert all("%u" in topic.split("/") for topic in allowed)
    filters = read(DEPLOY / "hub.toml").routing.subscriptions
    assert len(filters) > 50
    for pattern in filters:
        topic = pattern.replace("+", "gw").replace("#", "gw")
        assert any(matches(rule.replace("%u", "gw"), topic) for rule in allowed), pattern


def test_a_topic_without_a_wildcard_is_nobodys_own() -> None:
    lines = acl.rights(["meter/all", "a/+/b/+", "+/x", "y/#"])
    topics = [line.removeprefix("pattern write ") for line in lines.splitlines()]
    assert topics == ["%u/x", "a/%u/b/+", "y/%u/#"]
