"""Messages on disk: none lost, none torn, in order."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest import spool as module
from ingest.spool import Spool
from ingest.storing import Message


def messages(first: int, n: int) -> list[Message]:
    return [
        Message(f"t/é{i}", bytes([i % 256]) * (i % 7), 1000 + i, 900 + i, i % 2 == 0)
        for i in range(first, first + n)
    ]


def drain(spool: Spool) -> list[Message]:
    found = []
    while (oldest := spool.oldest()) is not None:
        segment, parts = oldest
        for part in parts:
            found += part
        spool.remove(segment)
    return found


def test_what_goes_in_comes_out_in_order(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    assert not spool
    for first in (0, 10, 20):
        spool.append(messages(first, 10))
    assert spool
    assert spool.size() > 0
    again = Spool(tmp_path / "spool")  # a new start
    again.append(messages(30, 5))
    assert drain(again) == messages(0, 35)
    assert not again


def test_segments_and_parts_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SEGMENT_BYTES", 200)
    monkeypatch.setattr(module, "PART", 3)
    spool = Spool(tmp_path)
    for first in range(0, 100, 10):
        spool.append(messages(first, 10))
    assert len(list(tmp_path.glob("*.messages"))) > 2
    oldest = spool.oldest()
    assert oldest is not None
    assert all(len(part) <= 3 for part in oldest[1])
    assert drain(spool) == messages(0, 100)


@pytest.mark.parametrize("cut", [1, 10, 31, 40])
def test_a_torn_record_was_never_acknowledged(tmp_path: Path, cut: int) -> None:
    spool = Spool(tmp_path)
    spool.append(messages(0, 10))
    (segment,) = tmp_path.glob("*.messages")
    whole = segment.read_bytes()
    spool.append(messages(10, 1))
    segment.write_bytes(segment.read_bytes()[: len(whole) + min(cut, 38)])
    after = Spool(tmp_path)
    after.append(messages(20, 2))  # never behind a torn record
    found = drain(after)
    assert found[:10] == messages(0, 10)
    assert found[-2:] == messages(20, 2)


def test_a_full_disk_tears_nothing_that_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = Spool(tmp_path)
    spool.append(messages(0, 5))

    def full(_: int) -> None:
        (segment,) = tmp_path.glob("*.messages")
        segment.write_bytes(segment.read_bytes()[:-3])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(OSError, match="No space"):
            spool.append(messages(5, 5))
    spool.append(messages(20, 5))
    found = drain(spool)
    assert found[:9] == messages(0, 9)
    assert found[9:] == messages(20, 5)


def test_a_flipped_bit_ends_the_segment(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.append(messages(0, 10))
    (segment,) = tmp_path.glob("*.messages")
    data = bytearray(segment.read_bytes())
    data[-1] ^= 1
    segment.write_bytes(data)
    assert drain(spool) == messages(0, 9)


def test_a_damaged_segment_is_kept_and_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    spool = Spool(tmp_path)
    spool.append(messages(0, 10))
    (segment,) = tmp_path.glob("*.messages")
    data = bytearray(segment.read_bytes())
    data[len(data) // 2] ^= 1  # in the middle: acknowledged messages lie behind it
    segment.write_bytes(data)
    found = drain(spool)
    assert found == messages(0, len(found))
    assert len(found) < 10
    assert not spool
    assert segment.with_suffix(".damaged").read_bytes() == data
    assert "torn or damaged" in caplog.text
    spool.append(messages(20, 2))
    assert drain(spool) == messages(20, 2)
