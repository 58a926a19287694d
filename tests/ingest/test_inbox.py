"""The inbox between the client's thread and the storing one."""

from __future__ import annotations

import threading
import time

from ingest.inbox import Inbox


def test_a_batch_is_the_oldest_and_the_rest_stays() -> None:
    inbox: Inbox[int] = Inbox(10)
    for n in range(5):
        assert inbox.put(n, 0)
    assert inbox.take(3, 60) == [0, 1, 2]  # so many are there: nothing is waited for
    assert inbox.take(3, 0.01) == [3, 4]
    assert inbox.take(3, 0.01) == []


def test_a_full_inbox_takes_no_more_until_it_is_emptied() -> None:
    inbox: Inbox[int] = Inbox(2)
    assert inbox.put(1, 0)
    assert inbox.put(2, 0)
    assert not inbox.put(3, 0.01)
    late = threading.Thread(target=inbox.put, args=[3, 30])
    late.start()
    assert inbox.take(5, 30) == [1, 2]  # it holds no more, so a larger batch is not waited for
    late.join()
    assert inbox.take(1, 30) == [3]


def test_nothing_is_lost_between_two_threads() -> None:
    inbox: Inbox[int] = Inbox(50)
    sender = threading.Thread(target=lambda: [inbox.put(n, 30) for n in range(5000)])
    sender.start()
    got: list[int] = []
    end = time.monotonic() + 30
    while len(got) < 5000 and time.monotonic() < end:
        taken = inbox.take(20, 0.1)
        assert len(taken) <= 20
        got += taken
    sender.join()
    assert got == list(range(5000))
