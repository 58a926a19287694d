"""Files are decoded in processes of their own, with limits of time and memory.

What a file holds may then cost one process, never the one that feeds the pages. A process is used
for many files and replaced when it dies or takes too long.

``python -m ingest.decoder`` is such a process: tasks come on its standard input, results go to its
standard output, each as a length and a pickle. Only its parent talks to it.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import resource
import signal
import struct
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from hub.intake.summary import Summary
from hub.model import Context, Decoded, DecodeError, HubError, Reject
from ingest import archives
from ingest.archives import Member, Size

_LENGTH = struct.Struct(">Q")
_MEGABYTE = 1 << 20
#: A process that has no memory left exits so.
_NO_MEMORY = 86
#: So long one that closed its output may take to end.
_SECONDS_TO_DIE = 5.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost. file_bytes: largest file; memory_bytes: address space; seconds.

    unpacked_bytes: of all files of an archive together.
    """

    file_bytes: int = 256 * _MEGABYTE
    memory_bytes: int = 4096 * _MEGABYTE
    seconds: float = 120.0
    unpacked_bytes: int = 1024 * _MEGABYTE

    @property
    def size(self) -> Size:
        """What may come out of an archive."""
        return Size(self.file_bytes, self.unpacked_bytes)


@dataclass(frozen=True, slots=True)
class Task:
    """A file to decode. ``connector`` None: recognise it. ``context.device``: the usage point.

    ``place``: which file of an archive; () for the file itself.
    """

    path: Path
    context: Context
    connector: str | None = None
    place: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """A decoded file, or the files of an archive, or the reason why it could not be read."""

    digest: str = ""
    connector: str | None = None
    decoded: Decoded | None = None
    problem: Reject | None = None
    members: tuple[Member, ...] = ()
    summary: Summary = field(default_factory=Summary)


class Decoders:
    """So many processes; a context manager."""

    def __init__(self, workers: int = 1, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._workers = workers
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="decoder")
        self._local = threading.local()
        self._processes: list[_Process] = []
        self._lock = threading.Lock()

    def __enter__(self) -> Decoders:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the processes; what waits is not decoded any more."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            for process in self._processes:
                process.kill()
        self._threads.shutdown()  # a thread whose process ended returns at once
        for process in self._processes:
            process.end()

    def submit(self, task: Task) -> Future[Result]:
        """Decode one file when a process is free; does not wait for it."""
        return self._threads.submit(self._run, task)

    def decode_all(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Result]]:
        """Decode files side by side; results come in the order of the tasks."""
        waiting: deque[tuple[Task, Future[Result]]] = deque()
        for task in tasks:
            waiting.append((task, self.submit(task)))
            if len(waiting) > 2 * self._workers:
                done, future = waiting.popleft()
                yield done, future.result()
        for done, future in waiting:
            yield done, future.result()

    def _run(self, task: Task) -> Result:
        process: _Process | None = getattr(self._local, "process", None)
        if process is None:
            process = self._local.process = _Process(self._limits)
            with self._lock:
                self._processes.append(process)
        return process.decode(task)


class _Process:
    """One decoding process, started when it is first needed."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None

    def decode(self, task: Task) -> Result:
        process = self._process = self._process or self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        late = threading.Event()

        def too_late() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(self._limits.seconds, too_late)
        timer.start()
        try:
            _send(process.stdin, task)
            result = _receive(process.stdout)
        except (EOFError, BrokenPipeError, pickle.UnpicklingError):
            problem = self._why_it_died(process, is_late=late.is_set())
            self.end()
            return Result(problem=problem)
        finally:
            timer.cancel()
        if not isinstance(result, Result):
            raise HubError(f"the decoder answered {type(result).__name__}")
        return result

    def _why_it_died(self, process: subprocess.Popen[bytes], *, is_late: bool) -> Reject:
        """Too long, too much memory (its own word, or the system's that ends such processes), or
        what its exit tells."""
        if is_late:
            return Reject(0, "too_costly", detail={"limit": f"{self._limits.seconds:g} s"})
        try:
            code: int | None = process.wait(_SECONDS_TO_DIE)
        except subprocess.TimeoutExpired:
            code = None  # it lives and answered nonsense
        if code in (_NO_MEMORY, -signal.SIGKILL):
            limit = f"{self._limits.memory_bytes // _MEGABYTE} MiB"
            return Reject(0, "too_costly", detail={"limit": limit})
        how = "?" if code is None else f"signal {-code}" if code < 0 else f"exit {code}"
        return Reject(0, "decoder_died", detail={"value": how})

    def kill(self) -> None:
        """End it from another thread than the one that waits for it."""
        process = self._process
        if process is not None:
            process.kill()

    def end(self) -> None:
        """End it and collect what it leaves."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _start(self) -> subprocess.Popen[bytes]:
        one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
        path = os.pathsep.join(p for p in sys.path if p)
        limits = self._limits
        numbers = (limits.memory_bytes, limits.file_bytes, limits.unpacked_bytes)
        return subprocess.Popen(
            [sys.executable, "-m", "ingest.decoder", *map(str, numbers)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **one_thread, "PYTHONPATH": path},
            start_new_session=True,  # Ctrl-C is ours to handle
        )


def decode_task(task: Task, size: Size) -> Result:
    """Read, recognise and decode a file, here; of an archive, tell its files.

    Never raises for what the file holds.
    """
    try:
        length = task.path.stat().st_size
        if length > size.file_bytes:
            detail = {"bytes": length, "limit": size.file_bytes}
            return Result(problem=Reject(0, "too_large", detail=detail))
        payload = task.path.read_bytes()
    except OSError as error:
        told = {"error": error.strerror or str(error)}
        return Result(problem=Reject(0, "no_file", detail=told))
    digest = ""
    try:
        if task.place:
            payload = archives.read(payload, task.place, size)
        digest = hashlib.sha256(payload).hexdigest()
        if not task.place and archives.is_archive(payload):
            name = task.context.file_name or task.path.name
            return Result(digest, members=tuple(archives.members(payload, name, size)))
        return _decode(task, payload, digest)
    except DecodeError as error:
        return Result(digest, problem=Reject(0, error.reason, detail=error.detail))


def _decode(task: Task, payload: bytes, digest: str) -> Result:
    """Decode one file. Raises DecodeError where its format is not known."""
    from connectors._encoding import readable
    from hub.intake.summary import summarise
    from ingest import kinds
    from ingest.labels import note_reading
    from ingest.recognise import recognise
    from ingest.storing import decode_payload

    text, encoding = readable(payload)
    if task.connector:
        kinds.refuse(text)
    connector = task.connector or recognise(text)
    try:
        decoded, reject = decode_payload(connector, text, task.context)
    except MemoryError:
        return Result(digest, connector, problem=Reject(0, "too_costly", detail={"limit": "RAM"}))
    if decoded is None:
        return Result(digest, connector, problem=reject)
    summary = summarise(decoded, task.context.received_at)
    note_reading(decoded, summary, connector)
    if encoding is not None:
        decoded.notes.append(encoding)
    return Result(digest, connector, decoded, summary=summary)


def main() -> None:
    """Decode what comes, until the input ends."""
    memory_bytes, file_bytes, unpacked_bytes = (int(argument) for argument in sys.argv[1:4])
    size = Size(file_bytes, unpacked_bytes)
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Whatever a library prints must not end up between two results.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        while True:
            _send(answers, decode_task(_receive(sys.stdin.buffer), size))
    except EOFError:
        return
    except MemoryError:
        sys.exit(_NO_MEMORY)


def _send(stream: IO[bytes], value: object) -> None:
    data = pickle.dumps(value, protocol=5)
    stream.write(_LENGTH.pack(len(data)))
    stream.write(data)
    stream.flush()


def _receive(stream: IO[bytes]) -> Any:
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    (length,) = _LENGTH.unpack(head)
    data = stream.read(length)
    if len(data) < length:
        raise EOFError
    return pickle.loads(data)  # noqa: S301 - from our own process, on a pipe nobody else has


if __name__ == "__main__":
    from ingest.decoder import main as run  # Task and Result must be this module's, not __main__'s

    run()
