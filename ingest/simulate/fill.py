"""The first fill: the district's past, some homes at a time, in two processes at once."""

from __future__ import annotations

import multiprocessing
import signal
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from ingest.simulate.district import District
from ingest.simulate.history import first_fill, past
from ingest.simulate.loading import DemoLoader, Tally
from ingest.simulate.window import Window

#: Homes a task: small enough for a progress that moves, large enough for files of many meters.
HOMES_A_TASK = 20
_PROCESSES = 2


@dataclass(frozen=True)
class Task:
    """The past of the homes `first` to `last` (exclusive) of a district."""

    seed: int
    homes: int
    origin: date
    now: int
    first: int
    last: int
    folder: Path
    database_url: str


def tasks(district: District, now: int, folder: Path, database_url: str) -> list[Task]:
    """All homes, in tasks."""
    return [
        Task(
            seed=district.seed,
            homes=district.homes,
            origin=district.origin,
            now=now,
            first=first,
            last=min(first + HOMES_A_TASK, district.homes),
            folder=folder,
            database_url=database_url,
        )
        for first in range(0, district.homes, HOMES_A_TASK)
    ]


def do(task: Task) -> tuple[Task, Tally]:
    """Write and load one task's files."""
    district = District(task.seed, task.homes, task.origin)
    window = Window(task.origin, task.now)
    homes = district.numbers[task.first : task.last]
    of = past(district, homes, window.last_boundary, task.folder)
    return task, _loader(task.database_url).write_and_load(first_fill(of, window))


@cache
def _loader(database_url: str) -> DemoLoader:
    """The one loader of a process that does tasks; it lives as long as the process."""
    return DemoLoader(database_url)


def _begin() -> None:
    # Ctrl-C reaches the whole group; the parent decides what becomes of us
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def do_all(
    all_tasks: Sequence[Task],
    done: Callable[[Task, Tally], None],
    stop: threading.Event,
    processes: int = _PROCESSES,
) -> None:
    """Do the tasks, calling `done` after each; leaves early, with work undone, at `stop`."""
    # spawn: a fork would share this process's connections
    context = multiprocessing.get_context("spawn")
    with context.Pool(min(processes, max(1, len(all_tasks))), initializer=_begin) as pool:
        results = pool.imap_unordered(do, all_tasks)
        left = len(all_tasks)
        while left and not stop.is_set():
            try:
                task, tally = results.next(timeout=0.5)
            except multiprocessing.TimeoutError:
                continue
            done(task, tally)
            left -= 1
        pool.terminate()
        pool.join()
