"""A watched folder."""

from __future__ import annotations

import logging
import os
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from hub.intake.report import LoadReport
from hub.model import Reject
from hub.store.connection import Connection, connect
from ingest import watch as module
from ingest.load import SourceFile, load_one_by_one
from ingest.watch import watch
from tests.ingest.broker import register_pack, wait_for
from tests.stack import Stack
from tests.store.district import bring, stored


@pytest.fixture
def url(stack: Stack) -> Iterator[str]:
    with stack.fresh_database() as address:
        yield address


@pytest.fixture
def conn(url: str) -> Iterator[Connection]:
    with connect(url, application="test") as connection:
        bring(connection)
        yield connection


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_QUIET", 0.2)
    monkeypatch.setattr(module, "_PATIENCE", 1.0)
    monkeypatch.setattr(module, "_LOOK_EVERY", 0.05)


@contextmanager
def watching(folder: Path, load: Callable[[Path], list[LoadReport]]) -> Iterator[None]:
    folder.mkdir()
    stop = threading.Event()
    thread = threading.Thread(target=watch, args=(folder, load, stop, "fr"))
    thread.start()
    try:
        yield
        assert thread.is_alive()
    finally:
        stop.set()
        thread.join()


@pytest.fixture
def folder(url: str, conn: Connection, tmp_path: Path) -> Iterator[Path]:
    """A folder that is watched while the test runs."""
    watched = tmp_path / "watched"
    with (
        load_one_by_one(url, actor="watch") as load,
        watching(watched, lambda path: load(SourceFile(path))),
    ):
        yield watched


def gone(path: Path) -> None:
    wait_for(lambda: not path.exists(), f"{path.name} is taken")


def test_files_are_loaded_and_put_away(folder: Path, conn: Connection) -> None:
    good, bad, mixed = (folder / n for n in ("good.json", "bad.csv", "mixed.json"))
    good.write_bytes(register_pack("e1", 1_794_000_000, 1))
    bad.write_bytes(b"\x00nonsense")
    name = "electricity/consumption/TOTAL"
    mixed.write_text(
        f'[{{"n":"e1/{name}","u":"Wh","t":1794000060,"v":2}},'
        f'{{"n":"nobody/{name}","u":"Wh","t":1794000060,"v":2}}]'
    )
    (folder / "half.json.part").write_bytes(b"[")
    for path in (good, bad, mixed):
        gone(path)
    assert (folder / "done" / "good.json").exists()
    assert "1 acceptée" in (folder / "done" / "good.json.report.txt").read_text()
    assert "format inconnu" in (folder / "rejected" / "bad.csv.report.txt").read_text()
    assert "senml/nobody" in (folder / "done" / "mixed.json.report.txt").read_text()
    assert (folder / "half.json.part").exists()
    assert len(stored(conn)) == 2


def test_a_file_still_being_written_is_left_alone(folder: Path, conn: Connection) -> None:
    path = folder / "slow.json"
    pack = register_pack("e1", 1_794_000_000, 1)
    with path.open("wb") as file:
        for byte in range(0, len(pack), 10):
            file.write(pack[byte : byte + 10])
            file.flush()
            assert not threading.Event().wait(0.05)
    gone(path)
    assert (folder / "done" / "slow.json").read_bytes() == pack
    assert len(stored(conn)) == 1


def test_two_files_of_one_name_are_both_kept(folder: Path) -> None:
    for value in (1, 2):
        path = folder / "same.json"
        path.write_bytes(register_pack("e1", 1_794_000_000, value))
        gone(path)
    assert files_in(folder / "done") == {"same.json", "same-2.json"}


def files_in(folder: Path) -> set[str]:
    """The names of the files in a folder, each with its report beside it."""
    names = {path.name for path in folder.iterdir()}
    files = {name for name in names if not name.endswith(".report.txt")}
    assert names - files == {f"{name}.report.txt" for name in files}
    return files


def test_a_file_that_grows_while_it_is_read_is_read_again(tmp_path: Path) -> None:
    """Half of it was stored; the whole is, in the end."""
    watched = tmp_path / "watched"

    def grow(path: Path) -> None:
        if path.read_bytes() == b"half":
            path.write_bytes(b"half and whole")

    load = Loads(grow)
    with watching(watched, load):
        (watched / "slow.csv").write_bytes(b"half")
        gone(watched / "slow.csv")
    assert load.names == ["slow.csv", "slow.csv"]
    assert (watched / "done" / "slow.csv").read_bytes() == b"half and whole"


def test_half_a_file_has_time_to_become_whole(folder: Path, conn: Connection) -> None:
    """Its sender pauses longer than a moment: it is not rejected yet."""
    path, pack = folder / "paused.json", register_pack("e1", 1_794_000_000, 1)
    path.write_bytes(pack[:40])
    assert not threading.Event().wait(0.6)
    assert path.exists()
    path.write_bytes(pack)
    gone(path)
    assert files_in(folder / "done") == {"paused.json"}
    assert len(stored(conn)) == 1


def test_half_a_file_that_stays_half_is_rejected(folder: Path) -> None:
    path = folder / "cut.json"
    path.write_bytes(register_pack("e1", 1_794_000_000, 1)[:40])
    gone(path)
    assert files_in(folder / "rejected") == {"cut.json"}


class Loads:
    """Stands for the loading of files: notes their names, and does ``first`` to each."""

    def __init__(self, first: Callable[[Path], object] = lambda _: None) -> None:
        self.names: list[str] = []
        self._first = first

    def __call__(self, path: Path) -> list[LoadReport]:
        self.names.append(path.name)
        self._first(path)
        problem = None if path.exists() else Reject(0, "no_file", detail={"error": "gone"})
        return [LoadReport(path.name, problem=problem)]


def test_a_file_that_vanishes_while_it_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks, real = [0], Path.stat

    def now_and_then(path: Path, **how: Any) -> os.stat_result:
        if path.name == "ghost.csv":
            looks[0] += 1
            if looks[0] % 2 == 0:
                raise FileNotFoundError(path)
        return real(path, **how)

    monkeypatch.setattr(Path, "stat", now_and_then)
    load, watched = Loads(), tmp_path / "watched"
    with watching(watched, load):
        (watched / "ghost.csv").write_bytes(b"x")
        wait_for(lambda: looks[0] >= 4, "the ghost is looked at")
        (watched / "good.csv").write_bytes(b"x")
        gone(watched / "good.csv")
    assert load.names == ["good.csv"]


def test_a_file_that_vanishes_before_it_is_read(tmp_path: Path) -> None:
    load, watched = Loads(lambda p: p.unlink() if "ghost" in p.name else None), tmp_path / "watched"
    with watching(watched, load):
        for name in ("ghost.csv", "good.csv"):
            (watched / name).write_bytes(b"x")
            gone(watched / name)
        wait_for((watched / "done" / "good.csv").exists, "the other one is put away")
    assert load.names == ["ghost.csv", "good.csv"]


def test_a_file_that_cannot_be_moved_is_loaded_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It is moved when it can be; one that changed meanwhile is loaded again."""
    load, watched = Loads(), tmp_path / "watched"
    done = watched / "done"
    with caplog.at_level(logging.WARNING, "hub.watch"), watching(watched, load):
        wait_for(done.exists, "the watch began")
        done.rmdir()
        for name in ("same.csv", "other.csv"):
            (watched / name).write_bytes(b"x")
            wait_for(lambda name=name: name in load.names, f"{name} is loaded")  # type: ignore[misc]
        (watched / "other.csv").write_bytes(b"changed")
        wait_for(lambda: len(load.names) == 3, "the changed file is loaded again")
        assert not threading.Event().wait(0.3)
        done.mkdir()
        for name in ("same.csv", "other.csv"):
            gone(watched / name)
    assert load.names == ["same.csv", "other.csv", "other.csv"]
    assert files_in(done) == {"same.csv", "other.csv"}
    said = [r.getMessage().split(" ")[0] for r in caplog.records]
    assert said == load.names  # once each


def test_the_log_tells_of_every_file_of_an_archive_in_english(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="hub.watch")
    pack = register_pack("e1", 1_794_000_000, 1)
    with zipfile.ZipFile(folder / "some.zip.part", "w") as archive:
        for name, data in (("a.json", pack), ("b.pdf", b"%PDF-1.7"), ("c.png", b"\x89PNG\r\n")):
            archive.writestr(name, data)
    (folder / "some.zip.part").rename(folder / "some.zip")
    gone(folder / "some.zip")
    (folder / "one.json").write_bytes(pack)
    gone(folder / "one.json")
    wait_for(lambda: "one.json ->" in caplog.text, "the second is told")
    archive_line, one_line = [r.message for r in caplog.records if " -> " in r.message]
    assert archive_line == (
        "some.zip -> done/: 1 of 3 files taken; not: some.zip/b.pdf, some.zip/c.png"
    )
    assert one_line.startswith(
        "one.json -> done/: one.json: senml, load 2. 1 row read: 1 unchanged"
    )


def test_a_folder_thrown_in_is_not_passed_over_in_silence(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "2025").mkdir()
    (folder / "2025" / "a.json").write_bytes(b"[]")
    wait_for(lambda: "2025 is a folder and left alone" in caplog.text, "it is said")
    (folder / "b.json").write_bytes(register_pack("e1", 1_794_000_000, 1))
    gone(folder / "b.json")
    assert caplog.text.count("left alone") == 1
    assert (folder / "2025" / "a.json").exists()


def test_a_file_without_its_usage_point_is_told_how_to_be_loaded(folder: Path) -> None:
    path = folder / "mon export.csv"
    path.write_text(
        "Date de relevé;Index relevé (litres);Consommation du jour (litres);Index Mesuré/Estimé\n"
        "2026-11-02 00:00:00;1198636;476;Mesuré\n"
    )
    gone(path)
    put = folder / "rejected" / "mon export.csv"
    told = (folder / "rejected" / "mon export.csv.report.txt").read_text().splitlines()
    assert told[-1] == f"pour le charger : hub load '{put}' --usage-point REF"
