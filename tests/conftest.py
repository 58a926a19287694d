"""Fixtures every part's tests share."""

from collections.abc import Iterator

import pytest

from tests.stack import Stack


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """TimescaleDB and Mosquitto for this test process (one each per xdist worker)."""
    running = Stack()
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="module")
def database_url(stack: Stack) -> Iterator[str]:
    """A migrated, empty database of the test module's own."""
    with stack.fresh_database() as url:
        yield url
