"""A folder into which everything is thrown at once is sorted out by itself."""

from __future__ import annotations

import gzip
import io
import threading
import zipfile
from pathlib import Path

import pytest

from ingest import watch as module
from tests.connectors import golden
from tests.ingest import mixture
from tests.stack import Stack

FILES = [case for case in golden.cases() if case.input.suffix != ".tsv"]
PATHS = [case.input for case in FILES]
#: What people throw in as well.
WRONG = {
    "vacances.jpg": b"\xff\xd8\xff\xe0\0\x10JFIF",
    "facture.pdf": b"%PDF-1.7\n",
    "connexion.csv": b"<!DOCTYPE html><title>Connexion</title>",
    "vide.csv": b"",
    "liste.json": b"[]",
    "notes.txt": "Penser à relever le compteur.\n".encode(),
    "ancien.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100),
    "coupe.xlsx": b"PK\x03\x04\x14\0\0\0",
    "coupe.json": b'[{"bn":"e1/","n":"electricity/consumption/TOTAL","u":"Wh"',
    "capture.txt": b"tele/compteur/SENSOR\t{}\n",
}


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_QUIET", 0.2)
    monkeypatch.setattr(module, "_PATIENCE", 1.0)
    monkeypatch.setattr(module, "_LOOK_EVERY", 0.05)
    mixture.stop_the_clock(monkeypatch)


def zipped(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return packed.getvalue()


def everything() -> dict[str, bytes]:
    """A golden file of every case, archives of some of them, and what is no file of ours."""
    plain = {
        f"{case.connector}-{case.folder.name}{case.input.suffix}": case.input.read_bytes()
        for case in FILES
    }
    some = dict(list(plain.items())[::9])
    inner = zipped(dict(list(plain.items())[5:8]))
    archives = {
        "enedis.zip": zipped({n: d for n, d in plain.items() if n.startswith("enedis_flux")}),
        "mélange.zip": zipped({**some, "photo.png": b"\x89PNG\r\n\x1a\n", "dedans.zip": inner}),
        "gros.csv.gz": gzip.compress(plain["enedis_portal_csv-curve_30min_end.csv"]),
    }
    bomb = {"bombe.zip": zipped({"bombe.csv": bytes(8 << 20)})}
    return {**plain, **archives, **WRONG, **bomb}


def test_a_mixture_of_every_format_is_sorted_out(stack: Stack, tmp_path: Path) -> None:
    files = everything()
    assert {name.partition("-")[0] for name in files} >= {case.connector for case in FILES}
    with (
        mixture.hub_for(stack, PATHS) as (watch_url, watch_conn),
        mixture.hub_for(stack, PATHS) as (single_url, single_conn),
    ):
        with mixture.watching(watch_url, tmp_path / "watched"):
            mixture.put(tmp_path / "watched", files)
        reports = mixture.single(single_url, tmp_path / "single", files)
        where = mixture.check_sorted(tmp_path / "watched", reports)
        watched, single = mixture.stored(watch_conn), mixture.stored(single_conn)
    assert {*WRONG, "bombe.zip"} <= where["rejected"]
    assert {"enedis.zip", "mélange.zip", "gros.csv.gz"} <= where["done"]
    assert len(single["readings"]) > 500
    for what in ("readings", "context"):
        assert watched[what] == single[what], what
    # a file that is given time to become whole is read before those that are not
    assert sorted(watched["loads"]) == sorted(single["loads"])
    for told in (r for each in reports.values() for r in each):
        assert sum(told.counts.values()) == told.rows_read


def slowly(path: Path, data: bytes) -> None:
    """Write a file in five pieces, each at once after a pause."""
    size = len(data) // 5 + 1
    with path.open("wb") as file:
        for start in range(0, len(data), size):
            threading.Event().wait(0.15)
            file.write(data[start : start + size])
            file.flush()


def test_files_that_are_still_being_written_are_taken_whole(stack: Stack, tmp_path: Path) -> None:
    """Some are there at once, some come piece by piece: in the end all are stored, as if whole."""
    files = {n: d for n, d in everything().items() if n.startswith(("senml", "dsmr", "green"))}
    folder = tmp_path / "watched"
    with (
        mixture.hub_for(stack, PATHS) as (url, conn),
        mixture.hub_for(stack, PATHS) as (single_url, single_conn),
    ):
        with mixture.watching(url, folder):
            names = list(files)
            writers = [
                threading.Thread(target=slowly, args=(folder / name, files[name]))
                for name in names[::2]
            ]
            for writer in writers:
                writer.start()
            mixture.put(folder, {name: files[name] for name in names[1::2]})
            for writer in writers:
                writer.join()
        reports = mixture.single(single_url, tmp_path / "single", files)
        mixture.check_sorted(folder, reports)
        # of files that contradict each other the last counts, whichever that is
        keys = [{row[:10] for row in mixture.stored(c)["readings"]} for c in (conn, single_conn)]
        assert keys[0] == keys[1]
        assert len(keys[0]) > 50
    for name, data in files.items():
        (kept,) = (p for p in folder.rglob(name) if p.is_file())
        assert kept.read_bytes() == data
