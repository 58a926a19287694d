"""Fixtures every part's tests share."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import Phase, settings

from hub.app.language import choose
from tests.stack import Stack

# Commands speak English to the tests, whoever runs them.
for _name in ("LC_ALL", "LC_MESSAGES"):
    os.environ.pop(_name, None)
os.environ["LANG"] = "C.UTF-8"

# A busy machine is no failure: properties are judged by what they find, not by how long it took.
settings.register_profile("hub", deadline=None)
# Where it is enough to know that something fails: without the search for the smallest example.
settings.register_profile(
    "unshrunk", deadline=None, database=None, phases=[Phase.explicit, Phase.generate]
)
settings.load_profile("hub")


@pytest.fixture(autouse=True)
def _language() -> None:
    """A command run in this process leaves the language of its `--lang` behind."""
    choose(None)


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
