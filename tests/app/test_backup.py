"""hub backup and hub restore, as an operator types them, on the real TimescaleDB."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import stat
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner, Result

from hub.accounts import sessions, tokens
from hub.accounts.log import first_broken
from hub.app.backup import clients, making, restoring
from hub.app.backup import manifest as manifests
from hub.app.backup.manifest import Manifest
from hub.app.cli import application
from hub.app.errors import CommandError
from hub.app.runfile import only_one
from hub.app.servers import Servers
from hub.app.settings import Settings
from hub.model import HubError
from hub.rollup.rebuild import rebuild
from hub.store import dumping, migrate
from hub.store import restoring as store
from hub.store.connection import connect
from hub.store.upkeep import tidy
from tests.app.lived import everything, fill, live, roll_up
from tests.rollup.store import DERIVED, idle
from tests.stack import Stack
from tests.store.district import bring

#: Nothing answers there: who gets as far as the database fails otherwise than expected.
NOWHERE = "postgresql://nobody:secret@127.0.0.1:1/none"


@dataclass(frozen=True)
class Saved:
    """A district, its backup, and what its people hold."""

    url: str
    folder: Path
    held: dict[str, str]
    told: str


@pytest.fixture(scope="module")
def saved(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Saved]:
    """Nobody may write there: several tests compare with it."""
    folder = tmp_path_factory.mktemp("saved")
    with stack.fresh_database() as url:
        held = fill(url, folder)
        told = hub(url, "backup", str(folder / "backups"))
        assert told.exit_code == 0, told.output
        yield Saved(url, manifests.find(folder / "backups"), held, told.output)


@pytest.fixture
def copy(saved: Saved, tmp_path: Path) -> Path:
    """A copy of the backup to do damage to."""
    return Path(shutil.copytree(saved.folder, tmp_path / saved.folder.name))


@pytest.fixture
def empty(stack: Stack) -> Iterator[str]:
    with stack.fresh_database(migrated=False) as url:
        yield url


def hub(url: str, *arguments: str, **environment: str) -> Result:
    """A command on the database at ``url``."""
    return CliRunner(env={"HUB_DATABASE_URL": url, **environment}).invoke(
        application(), list(arguments)
    )


def refusal(told: Result, language: str = "en") -> str:
    """What a command that could not run says."""
    assert isinstance(told.exception, HubError), told.output
    return told.exception.told(language)


def databases(url: str) -> set[str]:
    """Names of the server's databases."""
    with connect(url, application="test") as conn:
        return {row[0] for row in conn.execute("SELECT datname FROM pg_database")}


def name_of(url: str) -> str:
    return url.rpartition("/")[2]


def holdings(url: str) -> list[str]:
    with connect(url, application="test") as conn:
        return store.held(conn)


@contextmanager
def nothing_changes(url: str) -> Iterator[None]:
    """Whatever the block does, the database takes it as if nothing had been asked."""
    before = databases(url), everything(url)
    yield
    assert (databases(url), everything(url)) == before


def schema(stack: Stack, url: str) -> list[str]:
    """The whole schema as `pg_dump` writes it, but for its random marks and needless brackets."""
    made = subprocess.run(
        [stack.prefix.postgres_bin / "pg_dump", "--schema-only", url],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    lines = [line for line in made.stdout.splitlines() if not line.startswith("\\")]
    return [line.replace("(", "").replace(")", "") for line in lines]


def sign(folder: Path, **changes: Any) -> None:
    """Say something else in the manifest, with sums that fit."""
    content = json.loads((folder / "manifest.json").read_text()) | changes
    for name in ("manifest.json", "SHA256SUMS"):
        (folder / name).unlink()
    manifests.write(folder, Manifest.model_validate(content))


def test_everything_comes_back(stack: Stack, saved: Saved, empty: str) -> None:
    told = hub(empty, "restore", str(saved.folder))
    assert told.exit_code == 0, told.output
    assert "Everything compared adds up (" in told.output
    assert "pending, not compared: 2 changes (1 set aside), 1 area total" in told.output
    assert "all that were counted" in told.output
    found, expected = everything(empty), everything(saved.url)
    assert len(expected) > 40
    assert found == expected
    assert schema(stack, empty) == schema(stack, saved.url)
    assert name_of(empty) in databases(empty)
    assert not {n for n in databases(empty) if "restore" in n}


def test_who_was_let_in_still_is(saved: Saved, empty: str) -> None:
    assert hub(empty, "restore", str(saved.folder)).exit_code == 0
    with connect(empty, application="test") as conn:
        cookies = {sessions.COOKIE: saved.held["cookie"]}
        home = sessions.household_of(cookies, conn)
        assert home is not None and home.ref == "h1"
        assert sessions.open_session(conn, saved.held["link"], {}) is not None
        assert tokens.check(conn, saved.held["token"]) == tokens.Subject("household", "h1")
        assert first_broken(conn) is None
        assert conn.execute("SELECT count(*) FROM access_log").fetchone() == (2,)
        with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
            conn.execute("DELETE FROM access_log")


def test_life_goes_on_where_it_stopped(saved: Saved, empty: str) -> None:
    assert hub(empty, "restore", str(saved.folder)).exit_code == 0
    with connect(empty, application="test") as conn:
        assert conn.execute("SHOW timezone").fetchone() == ("Europe/Paris",)
        (former,) = conn.execute("SELECT count(*) FROM reading_revision").fetchone() or (0,)
        live(conn, (203, 21_700), (24 * 60, 30_000))  # into a chunk that is there, and a new one
        live(conn, (203, 21_800))  # a correction is kept once
        (kept,) = conn.execute("SELECT count(*) FROM reading_revision").fetchone() or (0,)
        assert kept == former + 1
    with connect(empty, application="test") as conn:
        conn.execute("UPDATE dirty SET failure = NULL, attempts = 0")
        conn.commit()
    roll_up(empty)
    incremental = {k: v for k, v in everything(empty).items() if k in DERIVED}
    assert "21800000" in str(everything(empty)["channel_day"])
    with idle(empty) as conn:
        rebuild(conn, empty)
    assert {k: v for k, v in everything(empty).items() if k in DERIVED} == incremental
    told = hub(empty, "reconcile")
    assert told.exit_code == 0
    assert told.output.splitlines()[-1].startswith("Everything compared adds up (")


def test_a_backup_says_what_it_is_and_is_its_owners_alone(saved: Saved) -> None:
    manifest = json.loads((saved.folder / "manifest.json").read_text())
    known = migrate.migrations()[-1].name
    assert (manifest["migration"], manifest["schema_number"]) == (known, int(known[:4]))
    assert manifest["zone"] == "Europe/Paris"
    assert (manifest["postgresql"][:3], manifest["edition"]) == ("17.", "apache")
    age = datetime.now(UTC) - datetime.fromisoformat(manifest["taken_at"])
    assert timedelta(0) < age < timedelta(minutes=5)
    assert manifest["rows"] == {name: len(rows) for name, rows in everything(saved.url).items()}
    files = {p for p in saved.folder.rglob("*") if p.is_file()}
    dump = {p.relative_to(saved.folder).as_posix() for p in files} - {"manifest.json", "SHA256SUMS"}
    assert set(manifest["files"]) == dump
    for line in (saved.folder / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256((saved.folder / name).read_bytes()).hexdigest() == digest
    for path in (saved.folder, *saved.folder.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o600 if path.is_file() else 0o700), path
    assert stat.S_IMODE(saved.folder.parent.stat().st_mode) == 0o700
    assert [p.name for p in saved.folder.parent.iterdir() if p.is_dir()] == [saved.folder.name]
    assert re.fullmatch(r"\d{8}T\d{6}Z", saved.folder.name)
    assert str(saved.folder) in saved.told
    assert "personal data" in saved.told
    with psycopg.connect(saved.url) as conn:
        assert conn.info.password not in saved.told


def test_for_programs_it_speaks_json(saved: Saved, empty: str, tmp_path: Path) -> None:
    told = json.loads(hub(saved.url, "backup", str(tmp_path / "b"), "--json").stdout)
    assert Path(told["path"]).parent == tmp_path / "b"
    assert told["rows"]["household"] == 2
    told = json.loads(hub(empty, "restore", str(tmp_path / "b"), "--json").stdout)
    assert told["rows"]["household"] == 2
    assert told["pending"]["ranges"] == 2
    assert len(told["checks"]) > 5
    assert sum(check["differences"] for check in told["checks"]) == 0


def test_of_several_the_newest_is_meant(saved: Saved, tmp_path: Path) -> None:
    for name in ("20260101T000000Z", "20260301T000000Z", "20260401T000000Z.part"):
        shutil.copytree(saved.folder, tmp_path / name)
    assert manifests.find(tmp_path) == tmp_path / "20260301T000000Z"
    assert manifests.find(saved.folder) == saved.folder
    (tmp_path / "other").mkdir()
    assert "is no backup and holds none" in refusal(
        hub(NOWHERE, "restore", str(tmp_path / "other"))
    )


def names(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def test_a_damaged_backup_is_refused_before_anything_else(copy: Path) -> None:
    dump = min((copy / "database").glob("*.dat.zst"))
    dump.write_bytes(dump.read_bytes()[:-1])
    told = hub(NOWHERE, "restore", str(copy))
    assert f"is not as it was written: database/{dump.name} damaged or missing" in refusal(told)
    assert "Nothing was touched" in refusal(told)
    assert "Rien n'a été touché" in refusal(told, "fr")


@pytest.mark.parametrize("place", [0, 0.5, 1])
def test_one_changed_byte_anywhere_is_noticed(copy: Path, place: float) -> None:
    """Of every file: first, middle and last byte."""
    assert len(names(copy)) > 40
    for name in names(copy):
        content = (copy / name).read_bytes()
        changed = bytearray(content)
        changed[round(place * (len(content) - 1))] ^= 1
        (copy / name).write_bytes(changed)
        with pytest.raises(CommandError, match=name if "/" in name else "is not as it was written"):
            restoring.read_backup(copy)
        (copy / name).write_bytes(content)
    assert restoring.read_backup(copy).rows["household"] == 2


def test_each_missing_file_is_noticed(copy: Path) -> None:
    for name in names(copy):
        (copy / name).rename(copy / "aside")
        with pytest.raises(CommandError, match="is not as it was written"):
            restoring.read_backup(copy)
        (copy / "aside").rename(copy / name)
    (copy / "manifest.json").unlink()
    assert "is no backup and holds none" in refusal(hub(NOWHERE, "restore", str(copy)))


def test_the_schema_of_a_newer_hub_is_refused(copy: Path) -> None:
    sign(copy, schema_number=9999, hub="9.9")
    told = refusal(hub(NOWHERE, "restore", str(copy)))
    assert "newer hub (hub 9.9, schema 9999)" in told and "install that version" in told
    sign(copy, format=2)
    assert "newer hub" in refusal(hub(NOWHERE, "restore", str(copy)))


def test_a_database_that_holds_something_is_refused(stack: Stack, saved: Saved) -> None:
    with stack.fresh_database() as url:
        with connect(url, application="test") as conn:
            conn.execute("INSERT INTO household (ref) VALUES ('here')")
            conn.execute("CREATE SCHEMA other CREATE TABLE thing (n int)")
        with nothing_changes(url):
            told = hub(url, "restore", str(saved.folder))
        assert "is not empty (household, other.thing)" in refusal(told)
        assert "createdb" in refusal(told, "fr")


def test_tables_of_others_are_not_taken_for_an_empty_hub(empty: str, saved: Saved) -> None:
    with connect(empty, application="test") as conn:
        conn.execute("CREATE TABLE theirs (n int)")
    with nothing_changes(empty):
        assert "(theirs)" in refusal(hub(empty, "restore", str(saved.folder)))


def test_a_new_hub_with_its_services_gives_way(stack: Stack, saved: Saved) -> None:
    """`hub up`, or the compose file's `migrate`, made the schema already, and services wait."""
    with stack.fresh_database() as url, connect(url, application="ingest") as service:
        service.execute("INSERT INTO setting (name, value) VALUES ('service:ingest', '{}')")
        service.commit()
        told = hub(url, "restore", str(saved.folder))
        assert told.exit_code == 0, told.output
        assert "start them again" in told.output
        with pytest.raises(psycopg.OperationalError):
            service.execute("SELECT 1")
        assert everything(url) == everything(saved.url)


def test_what_arrives_meanwhile_is_not_lost(
    stack: Stack, saved: Saved, monkeypatch: pytest.MonkeyPatch
) -> None:
    analyze = store.analyze

    def and_somebody_writes(place: store.Place) -> None:
        analyze(place)
        with connect(place.url, application="test") as conn:
            conn.execute("INSERT INTO unknown_device (connector, ref, origin) VALUES ('a','b','c')")

    monkeypatch.setattr(store, "analyze", and_somebody_writes)
    with stack.fresh_database() as url:
        assert "is not empty (unknown_device)" in refusal(hub(url, "restore", str(saved.folder)))
        assert holdings(url) == ["unknown_device"]
        assert not {n for n in databases(url) if n.startswith(f"{name_of(url)}_")}


@pytest.mark.parametrize("step", [0, 2, 3])
def test_a_restore_that_is_interrupted_leaves_nothing(
    saved: Saved, empty: str, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    run, steps = clients.run, iter(range(9))

    def until(*arguments: Any) -> None:
        if next(steps) == step:
            raise KeyboardInterrupt
        run(*arguments)

    monkeypatch.setattr(clients, "run", until)
    with nothing_changes(empty):
        assert hub(empty, "restore", str(saved.folder)).exit_code == 130


def test_what_a_killed_restore_left_is_swept_by_the_next(
    saved: Saved, empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed in its worst moment: a draft that is half full, and nobody let in any more."""
    run, steps = clients.run, iter(range(9))

    def half(*arguments: Any) -> None:
        if next(steps) < 2:
            run(*arguments)

    class KilledError(BaseException):
        pass

    with monkeypatch.context() as patch, pytest.raises(KilledError):
        patch.setattr(clients, "run", half)
        patch.setattr(store, "drop", lambda *_: None)
        patch.setattr(store, "end", lambda place: _shut_and_raise(place, KilledError()))
        manifest = restoring.read_backup(saved.folder)
        restoring.restore(empty, saved.folder, manifest, 1, print)
    told = hub(empty, "restore", str(saved.folder))
    assert told.exit_code == 0, told.output
    assert f"removed {name_of(empty)}_restore, left by a restore" in told.output
    assert everything(empty) == everything(saved.url)


def _shut_and_raise(place: store.Place, error: BaseException) -> None:
    place.admin.execute(f"ALTER DATABASE {place.name} ALLOW_CONNECTIONS false".encode())
    raise error


def test_one_restore_at_a_time(saved: Saved, empty: str) -> None:
    with store.place(empty):
        told = refusal(hub(empty, "restore", str(saved.folder)))
    assert "another 'hub restore' is filling" in told


def test_rows_that_did_not_come_back_are_not_put_in_place(copy: Path, empty: str) -> None:
    counted = manifests.read(copy).rows
    sign(copy, rows=counted | {"reading": counted["reading"] + 1})
    told = hub(empty, "restore", str(copy))
    assert "not all rows came back" in refusal(told)
    assert getattr(told.exception, "exit_code", None) == 1
    assert f"reading {counted['reading']}/{counted['reading'] + 1}" in refusal(told)
    assert holdings(empty) == []
    assert f"{name_of(empty)}_restore" in databases(empty)  # to be looked at
    sign(copy, rows=counted)
    assert hub(empty, "restore", str(copy)).exit_code == 0
    assert f"{name_of(empty)}_restore" not in databases(empty)


def test_an_older_schema_is_upgraded(
    stack: Stack, empty: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = migrate.migrations()
    with stack.fresh_database(migrated=False) as older:
        with monkeypatch.context() as patch:
            patch.setattr(migrate, "migrations", lambda: known[:-1])
            migrate.migrate(older)
        assert hub(older, "backup", str(tmp_path)).exit_code == 0
    told = hub(empty, "restore", str(tmp_path))
    assert f"Schema upgraded: {known[-1].name}" in told.output
    with connect(empty, application="test") as conn:
        assert migrate.pending(conn) == []


def test_a_wrong_total_comes_back_as_it_was_and_is_told(
    stack: Stack, empty: str, tmp_path: Path
) -> None:
    with stack.fresh_database() as url:
        fill(url, tmp_path)
        with connect(url, application="test") as conn:
            conn.execute("UPDATE channel_month SET measured = measured + 1")
        assert hub(url, "backup", str(tmp_path / "b")).exit_code == 0
        told = hub(empty, "restore", str(tmp_path / "b"))
        assert told.exit_code == 1
        assert "1 check found differences" in told.output
        assert everything(empty) == everything(url)


def test_what_is_written_during_a_backup_is_wholly_in_or_wholly_out(
    stack: Stack, empty: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A transaction a batch: three readings, a dirty range, a number in `latest`."""
    size, stop, written = 3, threading.Event(), 0

    def write(url: str) -> None:
        nonlocal written
        with connect(url, application="ingest") as conn:
            while not stop.is_set():
                first = 20 * written - 50_000  # hours: chunks are made meanwhile, too
                live(conn, *((first + i, size * written + i) for i in range(size)))
                written += 1

    def wait_for_more() -> int:
        before = written
        while written < before + 2 and writer.is_alive():
            time.sleep(0.01)
        return before

    running = clients.running

    def later(*arguments: Any) -> Any:
        """So much is written between the snapshot and the dump."""
        wait_for_more()
        return running(*arguments)

    monkeypatch.setattr(clients, "running", later)
    with stack.fresh_database() as url:
        with connect(url, application="test") as conn:
            bring(conn)
        writer = threading.Thread(target=write, args=(url,))
        writer.start()
        try:
            before = wait_for_more()
            assert hub(url, "backup", str(tmp_path / "b")).exit_code == 0
        finally:
            stop.set()
            writer.join()
        assert hub(empty, "restore", str(tmp_path / "b")).exit_code == 0
    with connect(empty, application="test") as conn:
        values = [r[0] for r in conn.execute("SELECT value / 1000 FROM reading ORDER BY value")]
        batches = len(values) // size
        assert values == list(range(size * batches))  # no batch is torn, none is left out
        assert before < batches < written
        assert conn.execute("SELECT count(*) FROM dirty").fetchone() == (batches,)
        assert conn.execute("SELECT value / 1000 FROM latest").fetchall() == [(values[-1],)]


def test_upkeep_waits_for_no_backup(saved: Saved, stack: Stack) -> None:
    """It runs between two batches of the intake, and a chunk that is dumped cannot be dropped."""
    with stack.fresh_database() as url, connect(url, application="ingest") as conn:
        conn.execute("INSERT INTO power (ts, value, channel_id) VALUES ('2026-01-01', 1, 1)")
        conn.commit()
        count = "SELECT count(*) FROM power"
        with dumping.snapshot(url) as (reader, _):
            reader.execute(count.encode())
            conn.execute("SET lock_timeout = '1s'")  # it does not even ask for the lock
            tidy(conn)
            assert conn.execute(count.encode()).fetchone() == (1,)
            conn.commit()
        with connect(url, application="psql") as other:  # somebody's own pg_dump
            other.execute(count.encode())
            tidy(conn)
            assert conn.execute(count.encode()).fetchone() == (1,)
            conn.commit()
        tidy(conn)
        assert conn.execute(count.encode()).fetchone() == (0,)


def test_a_backup_that_fails_leaves_nothing(
    saved: Saved, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(manifests, "write", full)
    told = hub(saved.url, "backup", str(tmp_path / "b"))
    assert "cannot write the backup into" in refusal(told)
    assert "No space left" in refusal(told)
    assert [p.name for p in (tmp_path / "b").iterdir()] == [".lock"]


def test_the_words_of_pg_dump_are_told(
    saved: Saved, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row_counts = dumping.row_counts

    def and_lose_the_connection(conn: Any) -> Any:
        ended, tries = 0, 500
        while not ended and (tries := tries - 1):
            ended = conn.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND application_name = 'pg_dump'"
            ).rowcount
            conn.execute("SELECT pg_stat_clear_snapshot()")
        return row_counts(conn)

    monkeypatch.setattr(dumping, "row_counts", and_lose_the_connection)
    told = hub(saved.url, "backup", str(tmp_path / "b"))
    assert "pg_dump failed:\n" in refusal(told)
    assert "error: " in refusal(told)
    assert [p.name for p in (tmp_path / "b").iterdir()] == [".lock"]


def test_what_a_killed_backup_left_is_swept_by_the_next(saved: Saved, tmp_path: Path) -> None:
    left = tmp_path / "20260101T000000Z.part"
    (left / "database").mkdir(parents=True)
    told = hub(saved.url, "backup", str(tmp_path))
    assert told.exit_code == 0
    assert f"removed {left}, left by a backup" in told.output
    assert not left.exists()


def test_one_backup_at_a_time_into_a_folder(saved: Saved, tmp_path: Path) -> None:
    with making._alone(tmp_path):
        told = refusal(hub(saved.url, "backup", str(tmp_path)))
    assert "another backup is being written" in told


def test_messages_on_disk_are_not_in_it_and_are_named(saved: Saved, tmp_path: Path) -> None:
    (tmp_path / "spool").mkdir()
    (tmp_path / "spool" / "1.messages").write_bytes(bytes(70))
    told = hub(saved.url, "backup", str(tmp_path / "b"), "--data", str(tmp_path))
    assert "70 bytes of messages wait on the disk" in told.output
    assert "70 octets" in hub(
        saved.url, "backup", str(tmp_path / "b"), "--data", str(tmp_path), "--lang", "fr"
    ).output  # fmt: skip


def test_a_database_without_the_hubs_tables_has_nothing_to_save(empty: str, tmp_path: Path) -> None:
    assert "has no tables of the hub" in refusal(hub(empty, "backup", str(tmp_path)))
    assert [p.name for p in tmp_path.iterdir()] == [".lock"]


def test_a_stopped_hub_is_restored_into_its_data_folder(
    saved: Saved, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HUB_DATABASE_URL", raising=False)
    data = stack.folder / "restored"
    told = CliRunner().invoke(application(), ["restore", str(saved.folder), "--data", str(data)])
    assert told.exit_code == 0, told.output
    again = CliRunner().invoke(application(), ["restore", str(saved.folder), "--data", str(data)])
    assert "is not empty" in refusal(again)
    with only_one(data):
        servers = Servers(data.absolute(), Settings(), print)
        servers.prepare()
        try:
            assert everything(servers.start_database()) == everything(saved.url)
        finally:
            servers.stop_database()


def test_the_server_must_have_the_backups_versions(
    stack: Stack, copy: Path, empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = manifests.read(copy)
    has = found.timescaledb
    for changes, told in (
        ({"postgresql": "18.1"}, "backup is of PostgreSQL 18.1, and the server is 17."),
        ({"timescaledb": "2.99.1"}, f"needs TimescaleDB 2.99.1, and the server has {has}"),
        ({"edition": "community"}, "this server has the Apache edition"),
    ):
        sign(copy, **changes)
        with nothing_changes(empty):
            assert told in refusal(hub(empty, "restore", str(copy)))
        sign(copy, **found.model_dump(mode="json"))


def test_only_a_superuser_restores(saved: Saved, empty: str) -> None:
    with connect(empty, application="test") as conn:
        conn.execute("DROP ROLE IF EXISTS plain")
        conn.execute("CREATE ROLE plain LOGIN PASSWORD 'x'")
        at = f"{conn.info.host}:{conn.info.port}"
    url = f"postgresql://plain:x@{at}/{name_of(empty)}"
    told = refusal(hub(url, "restore", str(saved.folder)))
    assert "ALTER ROLE plain SUPERUSER" in told


def test_the_program_has_the_servers_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for major in (15, 16):
        path = tmp_path / str(major) / "bin" / "pg_dump"
        path.parent.mkdir(parents=True)
        path.write_text(f"#!/bin/sh\necho 'pg_dump (PostgreSQL) {major}.4 (Debian {major}.4-1)'\n")
        path.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "16" / "bin"), prepend=os.pathsep)
    assert clients.find("pg_dump", 15, tmp_path) == tmp_path / "15/bin/pg_dump"
    assert clients.find("pg_dump", 16, tmp_path / "none") == tmp_path / "16/bin/pg_dump"
    assert "district-energy-hub" in str(clients.find("pg_dump", 17, tmp_path)) or os.environ.get(
        "HUB_PREFIX"
    )
    with pytest.raises(CommandError, match="apt-get install postgresql-client-14"):
        clients.find("pg_dump", 14, tmp_path)


def test_no_password_is_shown_to_other_users(saved: Saved) -> None:
    conninfo, secret = clients._without_password("postgresql://me:s%40c@h:7/db?sslmode=require")
    assert "s@c" not in conninfo
    assert secret == {"PGPASSWORD": "s@c"}
    assert "sslmode=require" in conninfo
