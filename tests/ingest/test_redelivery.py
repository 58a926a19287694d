"""T9, T13: what is late, delivered twice, overlapping or corrected, from the wire to the totals.

The same facts on two databases: once as the world sends them, once each fact alone. The derived
tables must be the same.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from hub.intake.outcomes import Outcome
from hub.model import Context
from hub.store.channels import Directory
from hub.store.connection import Connection, connect
from ingest.load import SourceFile
from ingest.storing import Message, decode, store_reads
from tests.ingest.test_load import DAY, load
from tests.rollup.store import tables, worker
from tests.stack import Stack
from tests.store.district import bring

HALF_HOUR = 1800
Fact = tuple[str, int, int]  # name of the record, instant, Wh


def register(hour: float, value: int) -> Fact:
    return ("e1/electricity/consumption/TOTAL", DAY + int(3600 * hour), value)


def interval(half_hour: float, value: int, step: str = "PT30M") -> Fact:
    return (f"e1/electricity/consumption/TOTAL/{step}", DAY + int(HALF_HOUR * half_hour), value)


def pack(facts: Iterable[Fact]) -> bytes:
    return json.dumps([{"n": n, "u": "Wh", "t": t, "v": v} for n, t, v in facts]).encode()


def saved(folder: Path, name: str, facts: Iterable[Fact]) -> SourceFile:
    path = folder / name
    path.write_bytes(pack(facts))
    return SourceFile(path)


@contextmanager
def database(stack: Stack) -> Iterator[tuple[str, Connection]]:
    with stack.fresh_database() as url, connect(url, application="test") as conn:
        bring(conn)
        yield url, conn


def send(conn: Connection, facts: list[Fact], received_at: int) -> list[Outcome]:
    """A message as the broker hands it over; the outcome of each record."""
    payload = pack(facts)
    message = Message("hub/v1/g/readings", payload, received_at, received_at)
    read = decode("senml", message, Context(received_at=received_at, topic=message.origin))
    stored = store_reads(conn, Directory(), [read], zone="Europe/Paris")
    conn.commit()
    return [Outcome(int(code)) for code in stored.fates[0].rows]


def rolled(url: str, conn: Connection) -> dict[str, list[tuple[object, ...]]]:
    with worker(url) as one:
        one.drain()
    conn.rollback()
    return {name: rows for name, rows in tables(conn).items() if "area" not in name}


def test_t09_what_comes_late_reaches_the_totals(stack: Stack) -> None:
    """Registers of six days, some of them two days late, across days that were computed before."""
    facts = [register(5 * n, 700 * n + 13 * n * n) for n in range(30)]
    now = int(time.time())
    with database(stack) as (url, conn):
        send(conn, facts, now)
        at_once = rolled(url, conn)
    assert len(at_once["household_day"]) == 7
    with database(stack) as (url, conn):
        for part in (facts[:8], facts[20:], facts[12:20], facts[8:12][::-1]):
            send(conn, part, now)
            incremental = rolled(url, conn)
        assert incremental == at_once


def test_t09_a_corrected_length_gives_back_what_the_old_one_held(stack: Stack) -> None:
    """22 hours from ten in the morning, then ten of them: the next day loses what it had of it."""
    now = int(time.time())
    with database(stack) as (url, conn):
        send(conn, [interval(20, 50, "PT10H"), interval(96, 1)], now)
        once = rolled(url, conn)
    with database(stack) as (url, conn):
        send(conn, [interval(20, 900, "PT22H"), interval(96, 1)], now)
        assert rolled(url, conn) != once
        send(conn, [interval(20, 50, "PT10H")], now)
        assert rolled(url, conn) == once


def test_t13_delivered_twice_and_out_of_order_counts_once(stack: Stack) -> None:
    """QoS 1: the same messages again, in another order, in other splits."""
    facts = [register(n / 3, 40 * n) for n in range(150)]
    now = int(time.time())
    with database(stack) as (url, conn):
        send(conn, facts, now)
        once = rolled(url, conn)
    assert len(once["channel_day"]) == 3
    with database(stack) as (url, conn):
        chance = random.Random(13)
        for _ in range(3):
            chance.shuffle(facts)
            for start in range(0, len(facts), 40):
                send(conn, facts[start : start + 40], now)
            rolled(url, conn)
        assert rolled(url, conn) == once
        assert set(send(conn, facts, now)) == {Outcome.UNCHANGED}
        assert conn.execute("SELECT count(*) FROM reading_revision").fetchone() == (0,)
        assert conn.execute("SELECT count(*) FROM dirty").fetchone() == (0,)


def test_t13_files_that_overlap_and_correct_each_other_count_once(
    stack: Stack, tmp_path: Path
) -> None:
    """Three exports of one portal, each with days of the one before, the last with corrections."""
    old = [interval(n, 100 + n) for n in range(96)]
    middle = [interval(n, 100 + n) for n in range(48, 144)]
    newest = [interval(n, 300 + n) for n in range(120, 192)]
    final = {fact[1]: fact for fact in [*old, *middle, *newest]}
    with database(stack) as (url, conn):
        load(url, saved(tmp_path, "final.json", final.values()))
        once = rolled(url, conn)
    with database(stack) as (url, conn):
        reports = load(url, saved(tmp_path, "a.json", old), saved(tmp_path, "b.json", middle))
        assert [r.counts["unchanged"] for r in reports] == [0, 48]
        rolled(url, conn)
        (third,) = load(url, saved(tmp_path, "c.json", newest))
        assert (third.counts["revised"], third.counts["accepted"]) == (24, 48)
        assert rolled(url, conn) == once
        assert conn.execute("SELECT count(*) FROM reading_revision").fetchone() == (24,)
        load(url, saved(tmp_path, "c.json", newest))
        assert rolled(url, conn) == once


def test_t13_a_redelivered_older_message_does_not_undo_a_correction(
    stack: Stack, tmp_path: Path
) -> None:
    facts = [register(n, 1000 * n) for n in range(48)]
    corrected = [register(n, 1000 * n + 7) for n in range(20, 30)]
    earlier = int(time.time()) - 86_400
    with database(stack) as (url, conn):
        send(conn, facts, earlier)
        load(url, saved(tmp_path, "corrected.json", corrected))
        right = rolled(url, conn)
        assert set(send(conn, facts, earlier)) == {Outcome.UNCHANGED}
        assert rolled(url, conn) == right
        values = dict(conn.execute("SELECT extract(epoch FROM ts)::int8, value FROM reading"))
        assert all(values[ts] == value * 1000 for _, ts, value in corrected)


def test_t13_an_interval_within_a_longer_one_is_not_counted_twice(stack: Stack) -> None:
    """A source that sends hours beside the half-hours of the same time: an instant counts once."""
    now = int(time.time())
    with database(stack) as (url, conn):
        send(conn, [interval(n, 100) for n in range(96)], now)
        send(conn, [interval(n + 96, 200, "PT1H") for n in range(0, 96, 2)], now)
        assert household_total(url, conn) == 96 * 100 + 48 * 200
        send(conn, [interval(n + 0.5, 250, "PT1H") for n in range(0, 94, 2)], now)
        assert household_total(url, conn) == 96 * 100 + 48 * 200


def household_total(url: str, conn: Connection) -> int:
    """Wh of the household over all days."""
    rolled(url, conn)
    row = conn.execute(
        "SELECT sum(measured + coalesce(allocated, 0)) FROM household_day"
    ).fetchone()
    assert row is not None
    return int(row[0]) // 1000
