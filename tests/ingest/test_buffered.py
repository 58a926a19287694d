"""The client's socket, read in large pieces: what comes out is what went in, and when it ends."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from ingest.buffered import BufferedSocket


@pytest.fixture
def pair() -> Iterator[tuple[BufferedSocket, socket.socket]]:
    near, far = socket.socketpair()
    buffered = BufferedSocket(near)
    buffered.setblocking(False)
    yield buffered, far
    buffered.close()
    far.close()


def test_what_was_read_comes_in_order_and_in_the_sizes_asked_for(
    pair: tuple[BufferedSocket, socket.socket],
) -> None:
    near, far = pair
    far.sendall(b"abcdef")
    assert near.pending() == 0  # nothing was read yet
    assert near.recv(1) == b"a"
    assert near.pending() == 5
    far.sendall(b"gh")
    assert near.recv(100) == b"bcdef"  # never more than one reading of the socket
    assert near.recv(100) == b"gh"
    assert near.pending() == 0


def test_without_data_it_would_block_and_at_the_end_it_says_so(
    pair: tuple[BufferedSocket, socket.socket],
) -> None:
    near, far = pair
    with pytest.raises(BlockingIOError):
        near.recv(1)
    far.sendall(b"ab")
    far.close()
    assert near.recv(1) == b"a"
    assert near.recv(1) == b"b"
    assert near.recv(1) == b""


def test_what_it_sends_arrives(pair: tuple[BufferedSocket, socket.socket]) -> None:
    near, far = pair
    assert near.send(b"xyz") == 3
    assert far.recv(10) == b"xyz"
    assert near.fileno() >= 0
