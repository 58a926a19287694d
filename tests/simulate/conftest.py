"""A demo district of 600 homes and a small one."""

from datetime import date

import pytest

from ingest.simulate.district import District


@pytest.fixture(scope="session")
def district() -> District:
    return District(seed=1, homes=600, origin=date(2025, 10, 1))


@pytest.fixture(scope="session")
def small() -> District:
    return District(seed=1, homes=60, origin=date(2025, 10, 1))
