"""Messages on disk while the database is away, in the order in which they arrived.

A segment is one file of records, each with its length and checksum. ``append`` returns when the
bytes are on the disk; only then is a message acknowledged, so a record torn by a crash was not.
A segment is removed when its messages are committed; stored twice, they change nothing. One with
a torn or damaged record is kept as ``.damaged`` and told in the log, for a person to look at.
"""

from __future__ import annotations

import logging
import os
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from ingest.storing import Message

log = logging.getLogger(__name__)

#: Payload bytes, checksum, received_at, stamp, retained, topic bytes.
_RECORD = struct.Struct(">IIqq?H")
_SUFFIX = ".messages"
_DAMAGED = ".damaged"
_SEGMENT_BYTES = 16 << 20
#: Messages of one segment given back at a time.
PART = 5000


def waiting_bytes(folder: Path) -> int:
    """Bytes that wait in a folder of segments, which another process may be emptying."""
    return sum(_size(path) for path in folder.glob(f"*{_SUFFIX}"))


def damaged_segments(folder: Path) -> list[Path]:
    """Segments kept for a person, because a record in them could not be read."""
    return sorted(folder.glob(f"*{_DAMAGED}"))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0  # stored and removed just now


class DamagedError(Exception):
    """A record is torn (a crash; never acknowledged) or not what was written (the disk)."""


class Spool:
    """A folder of segments, oldest first."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)  # readings of households
        numbers = [int(p.stem) for p in self._segments()]
        self._next = max(numbers, default=0) + 1
        self._current: Path | None = None
        self._damaged: set[Path] = set()

    def __bool__(self) -> bool:
        return bool(self._segments())

    def append(self, messages: Sequence[Message]) -> None:
        """Write messages and wait for the disk. Raises OSError; nothing counts as kept then."""
        segment, self._current = self._current or self._fresh(), None
        data = b"".join(_record(message) for message in messages)
        with segment.open("ab") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            full = file.tell() > _SEGMENT_BYTES
        self._sync_folder()
        # Only now: behind a record that a full disk tore nothing could be read.
        self._current = None if full else segment

    def _fresh(self) -> Path:
        self._next += 1
        return self._folder / f"{self._next - 1:012d}{_SUFFIX}"

    def oldest(self) -> tuple[Path, Iterator[list[Message]]] | None:
        """The oldest segment and its messages in parts; ``remove`` it when all are stored."""
        segments = self._segments()
        return (segments[0], self._parts(segments[0])) if segments else None

    def remove(self, segment: Path) -> None:
        """Forget a segment whose messages are committed."""
        if segment in self._damaged:
            segment.rename(segment.with_suffix(_DAMAGED))
        else:
            segment.unlink()
        if segment == self._current:
            self._current = None
        self._sync_folder()

    def size(self) -> int:
        """Bytes waiting."""
        return waiting_bytes(self._folder)

    def _parts(self, segment: Path) -> Iterator[list[Message]]:
        part: list[Message] = []
        with segment.open("rb") as file:
            try:
                while (message := _next(file.read)) is not None:
                    part.append(message)
                    if len(part) == PART:
                        yield part
                        part = []
            except DamagedError:
                self._damaged.add(segment)
                log.warning(
                    "%s: a record that ends by byte %d is torn or damaged; nothing behind it can"
                    " be read. What is before it is stored; the file is kept as %s",
                    segment, file.tell(), segment.with_suffix(_DAMAGED).name,
                )  # fmt: skip
        if part:
            yield part

    def _segments(self) -> list[Path]:
        return sorted(self._folder.glob(f"*{_SUFFIX}"))

    def _sync_folder(self) -> None:
        handle = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _record(message: Message) -> bytes:
    topic = message.origin.encode("utf-8", "surrogateescape")
    body = topic + message.payload
    head = _RECORD.pack(
        len(message.payload),
        zlib.crc32(body),
        message.received_at,
        message.stamp,
        message.retained,
        len(topic),
    )
    return head + body


def _next(read: Callable[[int], bytes]) -> Message | None:
    """The next whole record; None at the end. Raises DamagedError where it cannot be read."""
    head = read(_RECORD.size)
    if not head:
        return None
    if len(head) < _RECORD.size:
        raise DamagedError
    length, checksum, received_at, stamp, retained, topic_length = _RECORD.unpack(head)
    body = read(topic_length + length)
    if len(body) < topic_length + length or zlib.crc32(body) != checksum:
        raise DamagedError
    topic = body[:topic_length].decode("utf-8", "surrogateescape")
    return Message(topic, body[topic_length:], received_at, stamp, retained)
