"""Migrations against the real TimescaleDB."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from hub.store import migrate as migrate_module
from hub.store.connection import connect
from hub.store.migrate import Migration, MigrationError, migrate, migrations, pending
from hub.store.policies import is_community, switch_on_policies
from tests.stack import Stack


@pytest.fixture
def empty_url(stack: Stack) -> Iterator[str]:
    with stack.fresh_database(migrated=False) as url:
        yield url


def test_all_files_apply_once(empty_url: str) -> None:
    names = [m.name for m in migrations()]
    assert len(names) >= 5
    with connect(empty_url, application="test") as conn:
        assert pending(conn) == names
    assert migrate(empty_url) == names
    assert migrate(empty_url) == []
    with connect(empty_url, application="test") as conn:
        assert pending(conn) == []


def test_processes_that_migrate_together_do_not_collide(empty_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        applied = list(pool.map(migrate, [empty_url] * 4))
    assert sorted(map(len, applied)) == [0, 0, 0, len(migrations())]


def test_local_days_follow_the_zone(empty_url: str) -> None:
    migrate(empty_url, "Atlantic/Azores")
    with connect(empty_url, application="test") as conn:
        assert conn.execute("SHOW timezone").fetchone() == ("Atlantic/Azores",)


def test_the_zone_never_changes_under_existing_data(empty_url: str) -> None:
    migrate(empty_url)
    with pytest.raises(MigrationError, match=r"days of Europe/Paris .* Europe/Berlin"):
        migrate(empty_url, "Europe/Berlin")
    with connect(empty_url, application="test") as conn:
        assert conn.execute("SHOW timezone").fetchone() == ("Europe/Paris",)


def test_a_copied_database_gets_its_zone_back(empty_url: str) -> None:
    migrate(empty_url)
    with connect(empty_url, application="test") as conn:
        conn.execute(f'ALTER DATABASE "{conn.info.dbname}" RESET timezone')
    migrate(empty_url)
    with connect(empty_url, application="test") as conn:
        assert conn.execute("SHOW timezone").fetchone() == ("Europe/Paris",)


def test_an_unknown_zone_is_refused(empty_url: str) -> None:
    with pytest.raises(MigrationError, match="Europe/Lyon"):
        migrate(empty_url, "Europe/Lyon")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda files: [*files[:-1], Migration(files[-1].name, "SELECT 1")], "changed after"),
        (lambda files: files[:-1], "newer than this program"),
        (lambda files: [Migration("0000_first.sql", "SELECT 1"), *files], "comes before"),
        (lambda files: [*files, Migration("9999_bad.sql", "SELEKT 1")], "9999_bad.sql failed"),
    ],
)
def test_a_history_that_does_not_fit_is_refused(
    empty_url: str, monkeypatch: pytest.MonkeyPatch, change: object, message: str
) -> None:
    migrate(empty_url)
    files = migrations()
    monkeypatch.setattr(migrate_module, "migrations", lambda: change(files))  # type: ignore[operator]
    with pytest.raises(MigrationError, match=message):
        migrate(empty_url)


def test_a_failing_file_leaves_nothing_behind(
    empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [*migrations(), Migration("9999_bad.sql", "CREATE TABLE half (a int); SELECT 1 / 0")]
    monkeypatch.setattr(migrate_module, "migrations", lambda: files)
    with pytest.raises(MigrationError, match="division by zero"):
        migrate(empty_url)
    with connect(empty_url, application="test") as conn:
        assert conn.execute("SELECT to_regclass('half')").fetchone() == (None,)
        assert pending(conn) == ["9999_bad.sql"]


def test_policies_only_on_the_community_edition(empty_url: str) -> None:
    migrate(empty_url)
    with connect(empty_url, application="test") as conn:
        conn.autocommit = True
        community = is_community(conn)
        assert switch_on_policies(conn) is community
        jobs = conn.execute(
            "SELECT count(*) FROM timescaledb_information.jobs WHERE hypertable_name IS NOT NULL"
        ).fetchone()
        assert jobs == ((2,) if community else (0,))
