"""Refused payloads, tried again."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hub.store.channels import Directory
from hub.store.connection import Connection, connect
from hub.store.rejects import KEPT_PER_SENDER, PAYLOAD_KEPT
from hub.store.upkeep import tidy
from ingest.config import Routing, read
from ingest.messages import Intake
from ingest.reading import Reader
from ingest.replay import Replay, Replayed
from ingest.storing import Message
from tests.ingest.broker import register_pack
from tests.stack import Stack
from tests.store.district import bring, stored

ZONE = "Europe/Paris"
TOPIC = "hub/v1/gw/readings"
NOW = int(time.time())


@pytest.fixture
def conn(stack: Stack) -> Iterator[Connection]:
    with stack.fresh_database() as url, connect(url, application="test") as connection:
        bring(connection)
        yield connection


def receive(
    conn: Connection, *payloads: bytes, topic: str = TOPIC, transport: str = "mqtt"
) -> None:
    messages = [
        Message(topic, p, NOW, NOW, transport=transport)  # type: ignore[arg-type]
        for p in payloads
    ]
    Intake(Reader(read(None).routing, ZONE)).store(conn, Directory(), messages)


def again(conn: Connection, routing: Routing | None = None) -> Replayed:
    return Replay(conn, routing or read(None).routing, ZONE).run()


def day(days_ago: int) -> str:
    """A local day before today."""
    return (datetime.now(ZoneInfo(ZONE)) - timedelta(days=days_ago)).date().isoformat()


def declare(conn: Connection, device: str = "new", **files: str) -> None:
    """Register a device of PRM1, where h1 lives; by default h1 consented a month ago."""
    if "consent" not in files:
        files["consent"] = f"household,purpose,valid_from\nh1,area-totals,{day(30)}\n"
    files["device"] = f"connector,ref,usage_point\nsenml,{device},PRM1\n"
    bring(conn, {f"{name}.csv": text for name, text in files.items() if text})


def number(conn: Connection, table: str) -> int:
    row = conn.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
    assert row is not None
    return int(row[0])


def test_a_device_that_is_declared_gets_what_was_heard(conn: Connection) -> None:
    receive(conn, register_pack("new", NOW - 60, 1), register_pack("new", NOW - 30, 2))
    assert again(conn).payloads == {"unknown_device": 2}
    declare(conn)
    done = again(conn)
    assert done.payloads == {"stored": 2}
    assert [row[2] for row in stored(conn)] == [1000, 2000]
    assert number(conn, "unknown_device") == 0
    assert again(conn).payloads == {}
    received = conn.execute("SELECT DISTINCT extract(epoch FROM received_at)::int8 FROM reading")
    assert received.fetchall() == [(NOW,)]


NEVER = "household,purpose,valid_from,valid_to\n"
MOVE = "household,dwelling,valid_from,valid_to,action\nh1,d1,,,remove\n"


@pytest.mark.parametrize(
    ("files", "taken"),
    [
        ({"consent": f"household,purpose,valid_from\nh1,area-totals,{day(2)}\n"}, 1),
        (
            {
                "club": "code,name\nvelo,Vélo Lyon\n",
                "consent": f"household,purpose,valid_from\nh1,club:velo,{day(2)}\n",
            },
            1,
        ),
        ({"consent": f"household,purpose,valid_from\nh1,area-totals,{day(9)}\n"}, 2),
        ({"consent": f"household,purpose,valid_from\nh1,area-totals,{day(0)}\n"}, 0),
        ({"consent": ""}, 0),
        ({"consent": f"household,purpose,valid_from\nh2,area-totals,{day(9)}\n"}, 0),  # another's
        ({"consent": f"{NEVER}h1,area-totals,{day(9)},{day(0)}\n"}, 0),  # withdrawn
        ({"consent": f"{NEVER}h1,area-totals,{day(9)},{day(1)}\nh1,area-totals,{day(1)},\n"}, 1),
        ({"consent": f"household,purpose,commodity,valid_from\nh1,area-totals,gas,{day(9)}\n"}, 0),
        ({"stay": f"{MOVE}h1,d1,{day(2)},,\n"}, 1),
        ({"stay": f"{MOVE}h1,d1,{day(9)},{day(0)},\n"}, 0),  # nobody lives there
    ],
)
@pytest.mark.parametrize("transport", ["mqtt", "http"])
def test_nothing_from_before_consent_and_moving_in(
    conn: Connection, files: dict[str, str], taken: int, transport: str
) -> None:
    times = [NOW - 86_400 * n for n in (3, 0)]
    receive(conn, *(register_pack("new", t, 1) for t in times))
    conn.execute(
        "UPDATE rejected SET transport = 'http', origin = 'operator:ops' WHERE %s = 'http'",
        [transport],
    )
    conn.commit()
    declare(conn, **files)
    assert again(conn).payloads.total() == 2
    assert [row[1] for row in stored(conn)] == times[2 - taken :]


def test_an_undated_consent_holds_since_it_was_recorded(conn: Connection) -> None:
    receive(conn, register_pack("new", NOW - 60, 1), register_pack("new", NOW - 30, 2))
    declare(conn, consent="household,purpose\nh1,area-totals\n")
    assert again(conn).payloads == {"before_usage_point": 2}
    conn.execute("UPDATE consent SET recorded_at = to_timestamp(%s)", [NOW - 45])
    conn.commit()
    assert again(conn).payloads == {"before_usage_point": 1, "stored": 1}
    assert [row[1] for row in stored(conn)] == [NOW - 30]


def test_a_topic_that_is_declared_is_read(conn: Connection) -> None:
    declare(conn)
    receive(conn, register_pack("e1", NOW, 1), topic="other/topic")
    assert again(conn).payloads == {"no_connector": 1}
    assert again(conn, Routing({"other/+": "senml"})).payloads == {"stored": 1}


def test_an_older_word_never_replaces_a_newer_one(conn: Connection) -> None:
    receive(conn, register_pack("new", NOW - 60, 1))
    declare(conn)
    later = Message(TOPIC, register_pack("new", NOW - 60, 5), NOW + 10, NOW + 10)
    Intake(Reader(read(None).routing, ZONE)).store(conn, Directory(), [later])
    again(conn)
    assert [row[2] for row in stored(conn)] == [5000]


def test_a_senders_limits_hold_on_replay(conn: Connection) -> None:
    conn.execute(
        "INSERT INTO gateway_usage_point SELECT 'gw1', usage_point_id FROM usage_point"
        " WHERE ref = 'W1'"
    )
    receive(conn, register_pack("new", NOW, 1))
    conn.execute("UPDATE rejected SET transport = 'http', origin = 'gateway:gw1'")
    conn.commit()
    declare(conn)
    assert again(conn).payloads == {"not_allowed": 1}
    assert stored(conn) == []


def test_a_gateway_writes_for_its_own_usage_points_only(conn: Connection) -> None:
    """What it may write is told with its token; so are its messages to the broker judged."""
    mine = "INSERT INTO gateway_usage_point SELECT 'gw', usage_point_id FROM usage_point"
    conn.execute(f"{mine} WHERE ref = 'W1'".encode())
    conn.commit()
    receive(conn, register_pack("e1", NOW, 1))
    receive(conn, register_pack("e1", NOW - 60, 2), topic="hub/v1/other/readings")
    assert [row[2] for row in stored(conn)] == [2000]
    assert number(conn, "rejected WHERE reason = 'not_allowed' AND origin = 'hub/v1/gw/readings'")
    conn.execute("UPDATE consent SET valid_from = NULL WHERE purpose = 'area-totals'")
    conn.commit()
    assert again(conn).payloads == {"not_allowed": 1}
    conn.execute(f"{mine} WHERE ref = 'PRM1'".encode())
    conn.commit()
    receive(conn, register_pack("e1", NOW - 120, 3))
    assert [row[2] for row in stored(conn)] == [3000, 2000]


def test_of_one_sender_so_many_are_kept(conn: Connection) -> None:
    receive(conn, *(register_pack("new", NOW - n, n) for n in range(KEPT_PER_SENDER + 50)))
    receive(conn, *(b"\x00" * n for n in range(1, 10)))
    assert number(conn, "rejected WHERE device_ref = 'new'") == KEPT_PER_SENDER
    assert number(conn, "rejected WHERE device_ref IS NULL") == 9
    newest = conn.execute("SELECT max(detail->>'row') FROM rejected").fetchone()
    assert newest == ("1",)
    assert conn.execute("SELECT count FROM unknown_device").fetchall() == [(KEPT_PER_SENDER + 50,)]


def test_a_cut_payload_is_not_tried_again(conn: Connection) -> None:
    receive(conn, b"[" + b" " * PAYLOAD_KEPT + b"}")
    assert number(conn, "rejected") == 1
    assert again(conn).payloads == {}


def test_after_a_week_nothing_is_left(conn: Connection) -> None:
    receive(conn, register_pack("new", NOW, 1), register_pack("e1", NOW, 1))
    conn.execute("UPDATE rejected SET received_at = now() - interval '8 days'")
    conn.execute("INSERT INTO power SELECT now() - interval '3 days', 1, channel_id FROM channel")
    conn.commit()
    tidy(conn)
    assert number(conn, "rejected") == 0
    assert number(conn, "power") == 0
    assert number(conn, "reading") == 1


def test_a_message_that_the_database_refuses_is_found_among_others(
    conn: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A trigger stands for whatever the database may have against one row."""
    conn.execute(
        "CREATE FUNCTION no_13() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF NEW.value = 13000 THEN RAISE EXCEPTION 'thirteen' USING ERRCODE = '22000'; END IF;"
        " RETURN NEW; END $$"
    )
    conn.execute(
        "CREATE TRIGGER no_13 BEFORE INSERT ON reading FOR EACH ROW EXECUTE FUNCTION no_13()"
    )
    conn.commit()
    receive(conn, *(register_pack("e1", NOW - 100 + n, n) for n in range(40)))
    assert [row[2] // 1000 for row in stored(conn)] == [n for n in range(40) if n != 13]
    rejected = conn.execute("SELECT reason, detail->>'error' FROM rejected").fetchall()
    assert rejected == [("not_stored", "thirteen")]
