"""Companions, acknowledgements, and faults that are no message's."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from ingest.config import Route
from ingest.messages import Companions
from ingest.mqtt import Arrival, Broker, Receiver
from ingest.storing import Message, is_messages_fault

ROUTE = Route("opendtu", "solar/1161")


def test_companions_are_the_other_topics_of_a_device(tmp_path: Path) -> None:
    companions = Companions()
    companions.keep(ROUTE, "solar/1161/name", b"roof")
    companions.keep(ROUTE, "solar/1161/0/power", b"1")
    companions.keep(ROUTE, "solar/1161/0/power", b"2")
    companions.keep(Route("opendtu", "solar/9"), "solar/9/name", b"\xff\x00")
    assert companions.of(ROUTE) == {"solar/1161/name": b"roof", "solar/1161/0/power": b"2"}
    companions.save(tmp_path / "companions.json")
    after = Companions()
    after.load(tmp_path / "companions.json")
    assert after.of(ROUTE) == companions.of(ROUTE)
    assert after.of(Route("opendtu", "solar/9")) == {"solar/9/name": b"\xff\x00"}


@pytest.mark.parametrize("text", [None, "", "[", "[]", '{"a": 1}', '{"a": {"b": 5}}'])
def test_saved_companions_that_are_not_whole_are_nothing(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "companions.json"
    if text is not None:
        path.write_text(text)
    companions = Companions()
    companions.load(path)
    assert companions.of(ROUTE) == {}


def test_companions_are_bounded() -> None:
    companions = Companions()
    for n in range(100):
        companions.keep(ROUTE, f"solar/1161/{n}", b"x")
    companions.keep(ROUTE, "solar/1161/large", b"x" * 9000)
    assert len(companions.of(ROUTE)) == 64


def test_acknowledgements_of_an_older_connection_are_dropped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its packet numbers mean other messages on the new one."""
    receiver = Receiver(Broker("127.0.0.1", 1), "test", ["a"])
    sent: list[bytes] = []
    monkeypatch.setattr(
        receiver._client, "_packet_queue", lambda _, packet, *__: sent.append(packet)
    )
    message = Message("a", b"", 0, 0)
    receiver._connection = 5
    receiver.acknowledge(
        [Arrival(message, mid, qos, connection) for mid, qos, connection in
         [(1, 1, 3), (2, 1, 5), (3, 0, 5), (4, 1, 5), (5, 1, 4)]]
    )  # fmt: skip
    receiver.acknowledge([Arrival(message, 6, 1, 4)])
    assert sent == [b"\x40\x02\x00\x02\x40\x02\x00\x04"]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (psycopg.DataError(), True),
        (psycopg.errors.NumericValueOutOfRange(), True),
        (psycopg.errors.CheckViolation(), True),
        (IndexError(), True),
        (psycopg.OperationalError(), False),
        (psycopg.errors.DiskFull(), False),
        (psycopg.errors.UndefinedTable(), False),
        (psycopg.errors.DeadlockDetected(), False),
        (OSError(), False),
        (MemoryError(), False),
    ],
)
def test_whose_fault_a_failed_transaction_is(error: Exception, expected: bool) -> None:
    assert is_messages_fault(error) is expected
