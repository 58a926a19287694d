"""One seeded district and one served hub for all tests of the pages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.dashboard.browser import chromium, served
from tests.dashboard.seed import Seeded, seed
from tests.stack import Stack


@pytest.fixture(scope="session")
def district(stack: Stack) -> Iterator[tuple[str, Seeded]]:
    """Database address and what was seeded, at the real time of day."""
    with stack.fresh_database() as url:
        yield url, seed(url, dt.datetime.now(dt.UTC))


@pytest.fixture(scope="session")
def seeded(district: tuple[str, Seeded]) -> Seeded:
    """What stands in the district."""
    return district[1]


@pytest.fixture(scope="session")
def address(district: tuple[str, Seeded]) -> Iterator[str]:
    """The served hub."""
    with served(district[0]) as found:
        yield found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    with chromium() as found:
        yield found
