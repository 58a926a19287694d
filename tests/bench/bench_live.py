"""From a gateway's publish to the figure on residents' open pages.

`hub serve`, `hub ingest`, `hub rollup`, Mosquitto, PostgreSQL, the generator and the clients
(tests/bench/viewers.py) are processes of their own and share this machine's cores. Every meter
sends once a second, so every page has something new every second, far more often than meters do.

Delay: from the instant at which a message was due, which its register tells, to the arrival of the
first frame that sets a register as high or higher on that household's page; a register that a later
one overtook waits for the later one. The clients take frames as a browser would, but draw nothing:
the time a browser needs to paint is not in it. Messages of the last two seconds are not counted.
The part up to the commit is told beside it (tests/bench/commits.py).
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import numpy as np

from hub.app.embedded.process import HOST, free_port
from hub.store.connection import Connection, connect
from tests.bench.commits import commit_times, commits
from tests.bench.generator import FIRST, Generator, Plan
from tests.bench.result import Goal, Result
from tests.bench.stand import database, make_channels
from tests.bench.viewers import Audience, Seen, Viewers
from tests.ingest.broker import ROOT, forget_session, ingest, wait_for
from tests.stack import Stack

RATE, SECONDS, PAGES = 500, 20, 200
_TAIL = 2.0
#: Spread over the second, as meters are: message i is of meter 1 + i % RATE.
HOUSEHOLDS = [1 + page * RATE // PAGES for page in range(PAGES)]


def run(stack: Stack) -> Iterator[Result]:
    """One run."""
    forget_session(stack)
    with (
        commit_times(stack),
        database(stack, RATE, "electricity") as url,
        connect(url, application="bench") as conn,
    ):
        make_channels(conn, RATE)
        _sessions(conn)
        conn.commit()
        conn.autocommit = True
        yield _measured(stack, url, conn)


def _sessions(conn: Connection) -> None:
    conn.cursor().executemany(
        "INSERT INTO session (digest, household_id, expires_at)"
        " VALUES (%s, %s, now() + interval '1 day')",
        [(hashlib.sha256(f"bench-{n}".encode()).digest(), n) for n in HOUSEHOLDS],
    )


@contextmanager
def service(data: Path, url: str, *command: str) -> Iterator[subprocess.Popen[bytes]]:
    """A service of the hub as a process of its own; its log stands in ``data``."""
    with (data / f"{command[0]}.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "hub.app.cli", *command, "--data", str(data)],
            cwd=ROOT, env={**os.environ, "HUB_DATABASE_URL": url}, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def answers(address: str) -> bool:
    """Whether the web process is ready."""
    try:
        with urlopen(f"{address}/readyz", timeout=5) as answer:
            return int(answer.status) == 200
    except URLError:
        return False


def _measured(stack: Stack, url: str, conn: Connection) -> Result:
    with ExitStack() as running:
        data = Path(running.enter_context(tempfile.TemporaryDirectory()))
        port = free_port()
        address = f"http://{HOST}:{port}"
        web = running.enter_context(service(data, url, "serve", "--port", str(port)))
        running.enter_context(service(data, url, "rollup"))
        running.enter_context(ingest(stack, url, data))
        wait_for(lambda: answers(address), "the pages are served")
        viewers = Viewers(Audience(address, HOUSEHOLDS, "bench"))
        running.callback(viewers.kill)
        plan = Plan(RATE * SECONDS, RATE, RATE, time.time() + 2, step=1000)
        before = cpu_seconds(web.pid)
        sent = Generator(stack, plan).finish()
        time.sleep(_TAIL)
        busy = cpu_seconds(web.pid) - before
        seen = [s for s in viewers.close() if s.at >= plan.start]
    delay = delays(plan, seen)
    p50, p99 = np.percentile(delay, [50, 99])
    stored = commits(conn, plan)
    return Result(
        "live-pages", f"publish due to visible on {PAGES} open pages, {RATE} messages/s for"
        f" {SECONDS} s, p99", "ms", float(p99), goal=Goal("at most", 1000),
        note=f"p50 {p50:.0f} ms, longest {delay.max():.0f} ms, of {len(delay)} registers;"
        f" committed p50 {stored.delay(50):.0f} ms, p99 {stored.delay(99):.0f} ms;"
        f" the web process used {100 * busy / (SECONDS + _TAIL):.0f} % of a core;"
        f" generator {sent.rate:.0f}/s, {sent.late_p99_ms:.0f} ms late at p99",
    )  # fmt: skip


def cpu_seconds(pid: int) -> float:
    """Processor time of a process so far."""
    ticks = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def delays(plan: Plan, seen: list[Seen]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Milliseconds of every message of a watched meter; raises where one never came."""
    found = []
    for household in HOUSEHOLDS:
        frames = sorted(s for s in seen if s.household == household)
        at = np.array([s.at for s in frames])
        highest = np.maximum.accumulate([s.watt_hours for s in frames])
        due = np.array([plan.due(i) for i in range(household - 1, plan.messages, RATE)])
        due = due[due < 1000 * (SECONDS - _TAIL)]
        first = np.searchsorted(highest, FIRST // 1000 + due * plan.step // 1000)
        assert first.max() < len(at), f"page of household {household} missed registers"
        found.append(at[first] * 1000 - (plan.start * 1000 + due))
    return np.concatenate(found)
