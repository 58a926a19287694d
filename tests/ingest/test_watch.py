"""A watched folder."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

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


@pytest.fixture
def folder(
    url: str, conn: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """A folder that is watched while the test runs."""
    monkeypatch.setattr(module, "_QUIET", 0.2)
    monkeypatch.setattr(module, "_LOOK_EVERY", 0.05)
    watched = tmp_path / "watched"
    watched.mkdir()
    stop = threading.Event()
    with load_one_by_one(url, actor="watch") as load:
        thread = threading.Thread(
            target=watch, args=(watched, lambda p: load(SourceFile(p)), stop, "fr")
        )
        thread.start()
        try:
            yield watched
        finally:
            stop.set()
            thread.join()


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
    assert not (folder / "done" / "good.json.report.txt").exists()
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
    assert {p.name for p in (folder / "done").iterdir()} == {"same.json", "same-2.json"}
