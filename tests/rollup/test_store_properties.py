"""On a real database: whatever the order of writes, the tables are those of a full rebuild.

One round holds many generated cases side by side, each a home of its own. In every second round two
writers, two workers and an area worker are at it at once.
"""

from __future__ import annotations

import itertools
import random
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from hub.rollup.area_step import drain_areas
from hub.rollup.rebuild import rebuild
from hub.rollup.reconcile import reconcile
from hub.rollup.worker import Worker
from hub.store import rollup_work as queue
from hub.store.connection import Connection
from hub.store.rollup_bulk import BulkReader
from hub.store.rollup_work import SHARES, snapshot
from tests.examples import examples
from tests.rollup.cases import Case, Step, cases, note_events, plan, settle, smaller, write
from tests.rollup.oracle import Channel, roll_up
from tests.rollup.store import areas, clear, idle, worker
from tests.rollup.strategies import wanted

ZONE = "Europe/Paris"
#: Cases of one round.
TOGETHER = 50
#: Writes between two looks of the workers, where they take turns.
WRITES = 4
#: Times that a smaller case is tried before a failure is told.
TRIES = 40

Run = Callable[["Bench", Sequence[Case]], None]


class Bench:
    """One database for all rounds: connections are kept open, tables emptied between."""

    def __init__(self, url: str, conn: Connection, bulk: BulkReader) -> None:
        self.url, self.conn, self.bulk = url, conn, bulk
        self.worker = Worker(conn, bulk, range(SHARES))

    def drain(self) -> None:
        self.worker.drain()
        with snapshot(self.conn):
            drain_areas(self.conn, self.bulk, ZONE)


@pytest.fixture(scope="module")
def bench(database_url: str) -> Iterator[Bench]:
    with idle(database_url) as conn, BulkReader(database_url) as bulk:
        yield Bench(database_url, conn, bulk)


def test_t09_incremental_is_rebuild_is_oracle(bench: Bench) -> None:
    found = generated(examples(500))
    for number, some in enumerate(in_rounds(found)):
        run = at_once if number % 2 else in_turn
        if wrong := problems(bench, some, run):
            pytest.fail(told(bench, some, run, wrong))


def generated(count: int) -> list[Case]:
    """So many cases as Hypothesis invents them; what is in them can be seen with
    `--hypothesis-show-statistics`."""
    found: list[Case] = []

    @given(cases())
    @settings(
        max_examples=count,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    def collect(case: Case) -> None:
        note_events(case)
        found.append(case)

    collect()
    return found


def in_rounds(found: Sequence[Case]) -> Iterator[list[Case]]:
    for start in range(0, len(found), TOGETHER):
        yield list(found[start : start + TOGETHER])


def problems(bench: Bench, some: Sequence[Case], run: Run) -> list[tuple[int | None, str]]:
    """What is wrong after these cases came in, with the number of the case where it can be told."""
    conn = bench.conn
    clear(conn)
    areas(conn)
    with conn.transaction():
        for number, case in enumerate(some, start=1):
            settle(conn, case, number)
    run(bench, some)
    bench.drain()
    incremental = state(conn)
    rebuild(conn, bench.url)
    rebuilt = state(conn)
    case_of = {number: n for n, case in enumerate(some) for number in case.numbers}
    owner = {"channel": case_of, "household": {n + 1: n for n in range(len(some))}}
    found = [
        (owner.get(table.partition("_")[0], {}).get(key), f"{table} {key}: not as rebuilt")
        for table, key in incremental.keys() | rebuilt.keys()
        if incremental.get((table, key)) != rebuilt.get((table, key))
    ]
    stored = _stored(conn)
    for n, case in enumerate(some):
        for number, channel in zip(case.numbers, case.channels, strict=True):
            if stored.get(number, {}) != _expected(channel):
                found.append((n, f"channel {number}: not as the oracle says"))
    pending, outcomes = reconcile(conn, every=1)
    found += [(None, f"{o.name}: {o.shown}") for o in outcomes if o.differences]
    if any(pending.values()):
        found.append((None, f"still waiting: {pending}"))
    return found


def in_turn(bench: Bench, some: Sequence[Case]) -> None:
    """Writes in any order, the workers after every few of them.

    After how many is the same in each round: a case alone meets them as it did among others.
    """
    queues = [deque(itertools.chain.from_iterable(plan(case))) for case in some]
    chance = random.Random(4)
    while any(queues):
        for _ in range(chance.randint(1, WRITES)):
            write(bench.conn, _next(some, queues))
        bench.drain()


def at_once(bench: Bench, some: Sequence[Case]) -> None:
    """Two writers on the same channels, two workers and an area worker, as they come."""
    parts: list[list[deque[Step]]] = [[], []]
    for case in some:
        sequences = plan(case)
        for n, part in enumerate(parts):
            part.append(deque(itertools.chain.from_iterable(sequences[n::2])))
    written = threading.Event()
    with ThreadPoolExecutor(5) as pool:
        others = [pool.submit(_work, bench.url, written) for _ in range(2)]
        others.append(pool.submit(_sum_areas, bench.url, written))
        writers = [pool.submit(_write_all, bench.url, some, part) for part in parts]
        try:
            for writer in writers:
                writer.result()
        finally:
            written.set()
        for other in others:
            other.result()


def _next(some: Sequence[Case], queues: Sequence[deque[Step]]) -> list[tuple[Case, Step]]:
    return [
        (case, waiting.popleft()) for case, waiting in zip(some, queues, strict=True) if waiting
    ]


def _write_all(url: str, some: Sequence[Case], queues: Sequence[deque[Step]]) -> None:
    with idle(url) as conn:
        while any(queues):
            write(conn, _next(some, queues))


def _work(url: str, written: threading.Event) -> None:
    with worker(url) as one:
        while not written.is_set():
            if not one.live() + one.rest() + one.far(at_once=True):
                written.wait(0.01)


def _sum_areas(url: str, written: threading.Event) -> None:
    with idle(url) as conn, BulkReader(url) as bulk:
        while not written.wait(0.02):
            with queue.area_worker(conn) as mine:
                assert mine
                with snapshot(conn):
                    drain_areas(conn, bulk, ZONE)


def told(
    bench: Bench, some: Sequence[Case], run: Run, wrong: Sequence[tuple[int | None, str]]
) -> str:
    """The failure, and the smallest case found that shows it alone. wrong: as it was first seen."""
    found = problems(bench, some, run)
    lines = [text for _, text in wrong[:20]]
    lines += ["when tried again:", *(text for _, text in found[:20])] if found else ["gone then"]
    suspects = {n for n, _ in found if n is not None} or set(range(len(some)))
    for n, way in itertools.product(sorted(suspects)[:5], (run, in_turn)):
        if problems(bench, [some[n]], way):
            small = _shrunk(bench, some[n], way)
            return "\n".join([*lines, f"{way.__name__}, alone: {small!r}"])
    return "\n".join([*lines, f"{run.__name__}, only together: {list(some)!r}"])


def _shrunk(bench: Bench, case: Case, run: Run) -> Case:
    tries = iter(range(TRIES))
    while True:
        for less in smaller(case):
            if next(tries, None) is None:
                return case
            if problems(bench, [less], run):
                case = less
                break
        else:
            return case


#: (table, channel, household or area) -> its rows as text.
State = dict[tuple[str, int], list[str]]
_KEYS = {"channel": "channel_id", "household": "household_id", "area": "area_id"}


def state(conn: Connection) -> State:
    found: State = {}
    for table in ("channel_day", "channel_month", "household_day", "household_month",
                  "area_day", "area_month", "area_slot"):  # fmt: skip
        key = _KEYS[table.partition("_")[0]]
        for number, row in conn.execute(
            f"SELECT {key}, t::text FROM {table} t ORDER BY 2".encode()
        ):
            found.setdefault((table, number), []).append(row)
    return found


Rows = dict[date, tuple[object, ...]]


def _stored(conn: Connection) -> dict[int, Rows]:
    found: dict[int, Rows] = {}
    for number, day, *row in conn.execute(
        "SELECT channel_id, day, covered, measured, coalesce(allocated, 0),"
        " coalesce(month_allocated, 0), readings, first_value, last_value, slots,"
        " coalesce(quality, '{}') FROM channel_day"
    ):
        found.setdefault(number, {})[day] = tuple(row)
    return found


def _expected(channel: Channel) -> Rows:
    first, last = wanted(channel)
    return {
        day: (
            row.covered, row.measured, row.allocated, row.month_allocated, row.readings,
            row.first[1] if row.first else None, row.last[1] if row.last else None,
            [amount if covered else None for amount, _, covered in row.slots]
            if row.slots else None,
            row.quality,
        )
        for day, row in roll_up(channel, first, last).items()
    }  # fmt: skip
