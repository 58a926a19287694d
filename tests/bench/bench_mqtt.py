"""MQTT QoS 1 from a gateway's publish to the commit: live, behind a backlog, and beyond capacity.

`hub ingest`, the generator (tests/bench/generator.py), Mosquitto and PostgreSQL are processes of
their own and share this machine's cores. What counts is what stands in the database: as many rows
as messages sent, with the same sum of registers, none revised and none refused.

How the commit delay is known, and what it counts: tests/bench/commits.py.

Live: the goal is three flush intervals, the tenth of a second in which ingest gathers a batch.
Backlog: what queued while ingest was away, against a subscriber that only acknowledges
(tests/bench/sink.py) on the same messages; from the broker's welcome to the last row's commit.
Overload: more than the machine stores, for a while. Nothing may be lost, memory stays bounded, and
afterwards the delay is again that of live messages.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from hub.store.connection import Connection, connect
from ingest.service import GATHER
from tests.bench.commits import commit_times, commits, flush
from tests.bench.generator import Generator, Plan, Sent
from tests.bench.result import Goal, Result, compared
from tests.bench.sink import sink
from tests.bench.stand import database, make_channels
from tests.ingest.broker import Ingest, forget_session, ingest, wait_for
from tests.stack import Stack

LIVE_RATE, LIVE_SECONDS = 5000, 20
BACKLOG, RUNS = 50_000, 3
OVERLOAD_RATE, OVERLOAD_SECONDS = 16_000, 15
#: Seconds in which the overload must be over once it has ended.
_RECOVERY = 180
_METERS = 20_000
#: Meters of the backlog, ten messages of each: what a gateway kept while it was alone.
_WAITING_METERS = 5000

_THERE = """
SELECT FROM reading JOIN channel USING (channel_id) JOIN device USING (usage_point_id)
WHERE device.ref = %s AND ts = to_timestamp(%s)"""


def run(stack: Stack) -> Iterator[Result]:
    """Live, backlog, overload, each on empty tables."""
    with (
        commit_times(stack),
        database(stack, _METERS, "electricity") as url,
        connect(url, application="bench") as conn,
    ):
        make_channels(conn, _METERS)
        conn.commit()
        conn.autocommit = True
        yield live(stack, url, conn)
        yield backlog(stack, url, conn)
        yield overload(stack, url, conn)


@contextmanager
def fresh_ingest(stack: Stack, url: str, conn: Connection) -> Iterator[Ingest]:
    """Empty tables, no session at the broker, and the service running."""
    conn.execute("TRUNCATE reading, reading_revision, dirty, latest")
    conn.execute("CHECKPOINT")
    conn.execute("SELECT pg_stat_reset_shared('wal')")
    forget_session(stack)
    with tempfile.TemporaryDirectory() as data, ingest(stack, url, Path(data)) as service:
        yield service


def all_there(conn: Connection, *plans: Plan) -> None:
    """Every message sent is one row, none is another; raises AssertionError otherwise."""
    row = conn.execute(
        "SELECT (SELECT count(*) FROM reading), (SELECT sum(value)::int8 FROM reading),"
        " (SELECT count(*) FROM reading_revision), (SELECT count(*) FROM rejected)"
    ).fetchone()
    wanted = sum(plan.messages for plan in plans), sum(plan.values() for plan in plans)
    assert row == (*wanted, 0, 0), f"rows, sum, revisions, refused: {row}, wanted {wanted}, 0, 0"


def wait_stored(conn: Connection, plan: Plan, seconds: float = 60) -> None:
    """Until the last message is there: all others came before it. One look-up by key at a time."""
    last = plan.messages - 1
    key = [f"e{1 + last % plan.meters}", plan.instant(last)]

    def there() -> bool:
        return conn.execute(_THERE, key).fetchone() is not None

    wait_for(there, "all stored", seconds)
    time.sleep(1)  # what came twice would be stored now


def live(stack: Stack, url: str, conn: Connection) -> Result:
    """Offered at a rate that the hub keeps."""
    with fresh_ingest(stack, url, conn) as service:
        plan = Plan(LIVE_RATE * LIVE_SECONDS, LIVE_RATE, _METERS, time.time() + 2)
        generator = Generator(stack, plan)
        sent = generator.finish()
        wait_stored(conn, plan)
        found = commits(conn, plan)
        cpu = service.cpu_seconds()
        assert service.stop() == 0
    all_there(conn, plan)
    seconds = found.at.max() - plan.start
    return Result(
        "mqtt-live", f"QoS 1, {LIVE_RATE} messages/s offered for {LIVE_SECONDS} s: publish due to"
        " committed, p99", "ms", found.delay(99),
        goal=Goal("at most", 3 * GATHER * 1000),
        note=f"p50 {found.delay(50):.0f} ms; {plan.messages} sent, as many rows; ingest used"
        f" {100 * cpu / seconds:.0f} % of a core; flush {flush(conn):.1f} ms; {lateness(sent)}",
    )  # fmt: skip


def lateness(sent: Sent) -> str:
    """How well the generator kept its schedule."""
    return f"generator {sent.rate:.0f}/s, {sent.late_p99_ms:.0f} ms late at p99"


def backlog(stack: Stack, url: str, conn: Connection) -> Result:
    """What waited for ingest, against what waited for a subscriber that does nothing with it."""
    hub, limit = [], []
    for _ in range(RUNS):
        sink(stack, 0)
        waiting(stack)
        limit.append(sink(stack, BACKLOG))
        hub.append(drained(stack, url, conn))
    busy, least = (1e6 * np.median([cpu for _, cpu in runs]) / BACKLOG for runs in (hub, limit))
    return compared(
        "mqtt-backlog", f"QoS 1, a backlog of {BACKLOG} messages",
        [BACKLOG / seconds for seconds, _ in hub], [BACKLOG / seconds for seconds, _ in limit],
        unit="messages/s", limit_what="paho that only acknowledges", goal=Goal("at least", 0.5),
        note=f"processor time a message {busy:.0f} us of ingest, {least:.0f} us of the limit",
    )  # fmt: skip


def waiting(stack: Stack) -> Plan:
    """Have the broker keep a backlog for who is away."""
    plan = Plan(BACKLOG, 500, _WAITING_METERS, int(time.time()) - 1000, paced=False)
    Generator(stack, plan).finish()
    return plan


def drained(stack: Stack, url: str, conn: Connection) -> tuple[float, float]:
    """Seconds from the broker's welcome to the last row's commit, and of the processor."""
    with fresh_ingest(stack, url, conn) as service:
        assert service.stop() == 0
        plan = waiting(stack)
        starts = service.told().count("connected to")
        service.start()
        while service.told().count("connected to") == starts:
            time.sleep(0.002)
        since = time.time()
        idle = service.cpu_seconds()
        wait_stored(conn, plan, 120)
        last = float(commits(conn, plan).at.max())
        cpu = service.cpu_seconds()
        assert service.stop() == 0
    all_there(conn, plan)
    return last - since, cpu - idle


def overload(stack: Stack, url: str, conn: Connection) -> Result:
    """Offered far more than is stored, then a little: is all there, and as quick as before?"""
    with fresh_ingest(stack, url, conn) as service:
        plan = Plan(OVERLOAD_RATE * OVERLOAD_SECONDS, OVERLOAD_RATE, _METERS, time.time() + 2)
        generator = Generator(stack, plan)
        sent = generator.finish()
        wait_stored(conn, plan, _RECOVERY)
        over = commits(conn, plan)
        later = Plan(500 * 5, 500, 500, time.time() + 2)
        Generator(stack, later).finish()
        wait_stored(conn, later)
        after = commits(conn, later)
        peak = service.peak_mib()
        assert service.stop() == 0
    all_there(conn, plan, later)
    end = plan.start + OVERLOAD_SECONDS
    late = over.at.max() - end
    under = np.count_nonzero(over.at <= end) / OVERLOAD_SECONDS
    return Result(
        "mqtt-overload", f"QoS 1, {OVERLOAD_RATE} messages/s offered for {OVERLOAD_SECONDS} s:"
        " stored meanwhile", "messages/s", under,
        note=f"{plan.messages} sent, as many rows, the last of them {late:.0f} s after the end"
        f" ({plan.messages / (OVERLOAD_SECONDS + late):.0f}/s over all); then p99"
        f" {after.delay(99):.0f} ms at 500/s; peak memory of ingest {peak:.0f} MiB;"
        f" {lateness(sent)}",
    )  # fmt: skip
