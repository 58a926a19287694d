"""Decoding in processes of their own: limits, recognition, order."""

from __future__ import annotations

import hashlib
import io
import signal
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

import connectors
from hub.model import Context, DecodeError, reason_text
from ingest import kinds
from ingest.archives import Size
from ingest.decoder import Decoders, Limits, Task, decode_task
from ingest.recognise import recognise

CONTEXT = Context(received_at=1_795_000_000)
PACK = b'[{"n":"e1/electricity/consumption/TOTAL","u":"Wh","t":1794000000,"v":%d}]'


def task(folder: Path, name: str, data: bytes, connector: str | None = None) -> Task:
    path = folder / name
    path.write_bytes(data)
    return Task(path, CONTEXT, connector)


def test_results_come_in_the_order_of_the_files(tmp_path: Path) -> None:
    tasks = [task(tmp_path, f"{n}.json", PACK % n) for n in range(20)]
    with Decoders(2) as decoders:
        found = [
            result.decoded.series[0].value[0] if result.decoded else None
            for _, result in decoders.decode_all(tasks)
        ]
    assert found == [n * 1000 for n in range(20)]


SLOW = '''
import time
"""Source: x"""
TOPICS = ()
def sniff(head): return 0.0
def decode(payload, ctx):
    if payload == b"slow": time.sleep(60)
    if payload == b"large": bytearray(8 << 30)
    if payload == b"exit": __import__("os")._exit(3)
    if payload == b"killed": __import__("os").kill(__import__("os").getpid(), 9)
    if payload == b"abort": __import__("os").abort()
    print("a library that prints")
    raise RuntimeError("a mistake of ours")
'''


@pytest.fixture
def harmful(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A connector that does what a hostile file could make one do."""
    folder = tmp_path / "more"
    folder.mkdir()
    (folder / "harmful.py").write_text(SLOW)
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(
        f"import connectors\nconnectors.__path__.append({str(folder)!r})\n"
    )
    monkeypatch.syspath_prepend(str(site))
    return "harmful"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"slow", "too_costly"),
        (b"large", "too_costly"),
        (b"killed", "too_costly"),
        (b"exit", "decoder_died"),
        (b"abort", "decoder_died"),
        (b"other", "not_this_format"),
    ],
)
def test_a_hostile_file_costs_one_process(
    tmp_path: Path, harmful: str, data: bytes, reason: str
) -> None:
    limits = Limits(memory_bytes=2 << 30, seconds=3)
    begun = time.monotonic()
    with Decoders(1, limits) as decoders:
        bad = decoders.submit(task(tmp_path, "bad", data, harmful)).result()
        good = decoders.submit(task(tmp_path, "good", PACK % 1)).result()
    assert bad.problem is not None
    assert bad.problem.reason == reason
    assert good.decoded is not None
    assert time.monotonic() - begun < 20


def test_how_a_process_died_is_told_and_a_signal_is_no_limit(tmp_path: Path, harmful: str) -> None:
    with Decoders(1) as decoders:
        for data, told in ((b"exit", "exit 3"), (b"abort", f"signal {signal.SIGABRT.value}")):
            problem = decoders.submit(task(tmp_path, "bad", data, harmful)).result().problem
            assert problem is not None
            assert (problem.reason, problem.detail) == ("decoder_died", {"value": told})
            assert told in reason_text(problem.reason, "fr", problem.detail)


def test_a_file_for_which_there_is_no_memory_says_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "sparse"
    with path.open("wb") as file:
        file.truncate(3 << 30)
    limits = Limits(file_bytes=4 << 30, memory_bytes=2 << 30)
    with Decoders(1, limits) as decoders:
        problem = decoders.submit(Task(path, CONTEXT)).result().problem
    assert problem is not None
    assert (problem.reason, problem.detail) == ("too_costly", {"limit": "2048 MiB"})


def test_a_file_is_looked_at_and_hashed_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.json", PACK % 1)
    looked: list[bytes] = []
    hashed: list[bytes] = []
    refuse, sha256 = kinds.refuse, hashlib.sha256

    def look(payload: bytes) -> None:
        looked.append(payload)
        refuse(payload)

    def digest(data: bytes) -> object:
        hashed.append(data)
        return sha256(data)

    monkeypatch.setattr(kinds, "refuse", look)
    monkeypatch.setattr(hashlib, "sha256", digest)
    for connector in (None, "senml"):
        member = replace(task(tmp_path, "a.zip", packed.getvalue(), connector), place=(0,))
        result = decode_task(member, Limits().size)
        assert result.digest == sha256(PACK % 1).hexdigest()
        assert (looked, hashed) == ([PACK % 1], [PACK % 1])
        looked.clear()
        hashed.clear()


def test_leaving_early_leaves_nothing_behind(tmp_path: Path, harmful: str) -> None:
    tasks = [task(tmp_path, f"{n}.json", PACK % n) for n in range(3)]
    tasks += [task(tmp_path, f"slow{n}", b"slow", harmful) for n in range(4)]
    begun = time.monotonic()
    with Decoders(2) as decoders:
        results = decoders.decode_all(tasks)
        assert next(results)[1].decoded is not None
        processes = [p._process for p in decoders._processes]
    assert time.monotonic() - begun < 20
    assert all(p is None or p.poll() is not None for p in processes)


def test_a_large_file_is_not_even_read(tmp_path: Path) -> None:
    result = decode_task(task(tmp_path, "x", b"0" * 1001), Size(1000, 1000))
    assert result.problem is not None
    assert result.problem.reason == "too_large"
    assert result.problem.detail == {"bytes": 1001, "limit": 1000}


def test_where_no_format_is_near_none_is_named() -> None:
    for head, reason in ((b"\x00\x01;9\n", "unknown_format"), (b" \n", "empty_file")):
        with pytest.raises(DecodeError) as error:
            recognise(head)
        assert error.value.reason == reason
        assert "?" not in reason_text(reason, "en", error.value.detail)


def test_two_equal_scores_name_both(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["senml", "veolia_csv"]
    for name in names:
        monkeypatch.setattr(connectors.load(name), "sniff", lambda head: 2.0)
    with pytest.raises(DecodeError) as error:
        recognise(b"x")
    assert error.value.detail["value"] == "senml, veolia_csv"
