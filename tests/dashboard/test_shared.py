"""Public pages are drawn once a release, however many look."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from dashboard.shared import SharedDrawings


class Counted:
    """Draws its own number."""

    def __init__(self) -> None:
        self.drawn = 0

    async def __call__(self) -> int:
        self.drawn += 1
        return self.drawn


def asked_apart(kept: SharedDrawings, draw: Counted, cases: list[tuple[str, int]]) -> list[int]:
    """Ask in a thread of its own: the browser's driver may keep a loop running in this one."""

    async def run() -> list[int]:
        return [await kept.get(key, release, True, draw) for key, release in cases]

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(run())).result(timeout=10)


def test_once_a_release_and_question() -> None:
    kept, draw = SharedDrawings(), Counted()
    cases = [("a", 1), ("a", 1), ("b", 1), ("a", 2), ("a", 2)]
    assert asked_apart(kept, draw, cases) == [1, 1, 2, 3, 3]


def test_old_drawings_are_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    kept, draw = SharedDrawings(), Counted()
    clock = [0.0]
    monkeypatch.setattr("dashboard.shared.time.monotonic", lambda: clock[0])
    first = asked_apart(kept, draw, [("a", 1)])
    clock[0] = 59.0
    assert asked_apart(kept, draw, [("a", 1)]) == first
    clock[0] = 61.0
    assert asked_apart(kept, draw, [("a", 1)]) != first


def test_invented_addresses_do_not_fill_the_memory() -> None:
    kept, draw = SharedDrawings(), Counted()
    asked_apart(kept, draw, [(str(number), 1) for number in range(500)])
    assert len(kept._kept) == 64
