"""A watched folder of mixed files, against the same files loaded one by one."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from hub.intake.report import LoadReport
from hub.store.connection import Connection, connect
from ingest import load as load_module
from ingest.load import Loader, Options, SourceFile, load_one_by_one
from ingest.watch import watch
from tests.ingest.broker import wait_for
from tests.ingest.meters import GIVEN, bring_meters
from tests.ingest.test_load import decoders
from tests.stack import Stack
from tests.store.district import bring

_LOADS = """
SELECT file_name, connector, rows_read, accepted, unchanged, revised, rejected, gap, ignored
FROM load ORDER BY load_id"""
_READINGS = """
SELECT c.usage_point_id, c.commodity, c.flow, c.quantity, c.register, c.kind, c.source, c.input,
       c.period_class, r.ts, r.value, r.seconds, r.quality
FROM reading r JOIN channel c USING (channel_id) ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10"""
_CONTEXT = "SELECT series, ts, value, label FROM context_series ORDER BY 1, 2"


def stop_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file arrives at one second: what has no stamp of its own is then comparable."""
    now = time.time()
    monkeypatch.setattr(load_module, "time", SimpleNamespace(time=lambda: now))


@contextmanager
def hub_for(stack: Stack, files: Sequence[Path]) -> Iterator[tuple[str, Connection]]:
    """A hub that knows the meters of these files."""
    with stack.fresh_database() as url, connect(url, application="mixture") as conn:
        bring(conn)
        assert bring_meters(conn, files) > 10
        yield url, conn


@contextmanager
def watching(url: str, folder: Path) -> Iterator[None]:
    """Watch a new folder; at the end wait until no file is left in it."""
    folder.mkdir()
    stop = threading.Event()
    with load_one_by_one(url, actor="watch") as load:
        thread = threading.Thread(
            target=watch,
            args=(folder, lambda p: load(SourceFile(p, usage_point=GIVEN)), stop, "fr"),
        )
        thread.start()
        try:
            yield
            wait_for(lambda: not any(p.is_file() for p in folder.iterdir()), "all are taken", 240)
        finally:
            stop.set()
            thread.join()


def put(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files at once; they are taken in this order."""
    for number, (name, data) in enumerate(files.items()):
        path = folder / f".{name}"
        path.write_bytes(data)
        os.utime(path, (1_000_000 + number, 1_000_000 + number))
        path.rename(folder / name)


def single(url: str, folder: Path, files: Mapping[str, bytes]) -> dict[str, list[LoadReport]]:
    """The same files, each by a load of its own, in the same order."""
    folder.mkdir()
    found = {}
    with connect(url, application="single") as conn:
        for name, data in files.items():
            path = folder / name
            path.write_bytes(data)
            loader = Loader(conn, decoders(), Options())
            found[name] = list(loader.load([SourceFile(path, usage_point=GIVEN)]))
    return found


def stored(conn: Connection) -> dict[str, list[tuple[Any, ...]]]:
    """What a hub has: loads with their outcomes, readings by their channels' names, context."""
    conn.rollback()
    found = {
        "loads": conn.execute(_LOADS).fetchall(),
        "readings": conn.execute(_READINGS).fetchall(),
        "context": conn.execute(_CONTEXT).fetchall(),
    }
    conn.rollback()
    return found


def check_sorted(folder: Path, reports: Mapping[str, list[LoadReport]]) -> dict[str, set[str]]:
    """Each file is in ``done`` or ``rejected`` with its report beside it; returns who is where."""
    where = {}
    for place in ("done", "rejected"):
        names = {path.name for path in (folder / place).iterdir()}
        where[place] = {name for name in names if not name.endswith(".report.txt")}
        assert names - where[place] == {f"{name}.report.txt" for name in where[place]}
    assert where["done"] | where["rejected"] == set(reports)
    for name, told in reports.items():
        is_rejected = all(report.is_refused for report in told)
        place = "rejected" if is_rejected else "done"
        assert name in where[place], name
        text = (folder / place / f"{name}.report.txt").read_text("utf-8")
        for report in told:
            assert f"{report.file} :" in text
    return where
