"""Subscriptions, acknowledgements, and faults that are no message's."""

from __future__ import annotations

import psycopg
import pytest

from hub.app.embedded import broker as embedded
from hub.app.embedded.user import service_user
from ingest.mqtt import Arrival, Broker, Receiver
from ingest.service import grown
from ingest.storing import Message, is_messages_fault
from tests.ingest.broker import publish_to, wait_for
from tests.stack import Stack


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


def test_topics_come_and_go_beside_the_filters(monkeypatch: pytest.MonkeyPatch) -> None:
    receiver = Receiver(
        Broker("127.0.0.1", 1), "test", ["a/+", "b/+"], by_itself=["b/+"], share="s"
    )
    asked: list[list[str]] = []
    left: list[list[str]] = []
    client = receiver._client

    def subscribe(filters: list[tuple[str, int]]) -> tuple[int, int]:
        asked.append([name for name, _ in filters])
        return 0, 7

    monkeypatch.setattr(client, "subscribe", subscribe)
    monkeypatch.setattr(client, "unsubscribe", left.append)
    receiver.hear({"x", "y"})
    assert (asked, left) == ([], [])  # not connected: the connection asks for them
    receiver.connected = True
    receiver.hear({"y", *(f"z{n:03}" for n in range(300))})
    assert [len(part) for part in asked] == [200, 100]
    assert left == [["$share/s/x"]]
    receiver.hear({"y"})
    assert receiver.subscriptions == ["$share/s/a/+", "b/+", "$share/s/y"]


def test_what_the_broker_drops_while_we_are_away_is_heard(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = embedded._CONFIGURATION.replace(
        "max_queued_messages 1000000", "max_queued_messages 10\nsys_interval 1"
    ).replace("max_inflight_messages 10000", "max_inflight_messages 10")
    monkeypatch.setattr(embedded, "_CONFIGURATION", small)
    folder = stack.folder / "overflow"
    broker = embedded.Broker(stack.prefix, folder, service_user(), stack.folder / "overflow.log")
    broker.start()
    try:
        here = Broker.of(broker.url)
        receiver = Receiver(here, "test", ["a/#"])
        receiver.start()
        wait_for(lambda: receiver.dropped == 0, "the broker tells that it dropped nothing")
        receiver.stop()
        publish_to(here.host, here.port, [("a/b", b"x")] * 50)
        receiver = Receiver(here, "test", ["a/#"])
        receiver.start()
        wait_for(lambda: bool(receiver.dropped), "the broker tells what it dropped")
        kept = receiver.arrivals.take(100, 1)
        receiver.stop()
        assert {arrival.message.origin for arrival in kept} == {"a/b"}
        assert receiver.dropped == 50 - len(kept)
        assert receiver._marker == b""
    finally:
        broker.stop()


@pytest.mark.parametrize(
    ("known", "dropped", "expected"),
    [
        ({}, None, {}),
        ({}, 0, {"count": 0, "at": 0}),
        ({}, 3, {"count": 3, "at": 99}),
        ({"count": 3, "at": 5}, None, {"count": 3, "at": 5}),
        ({"count": 3, "at": 5}, 3, {"count": 3, "at": 5}),
        ({"count": 3, "at": 5}, 4, {"count": 4, "at": 99}),
        ({"count": 3, "at": 5}, 0, {"count": 0, "at": 5}),  # the broker was started again
        ({"count": 3, "at": 5}, 2, {"count": 2, "at": 99}),  # ... and dropped
    ],
)
def test_when_the_broker_last_dropped_messages(
    known: dict[str, int], dropped: int | None, expected: dict[str, int]
) -> None:
    assert grown(known, dropped, 99) == expected


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
