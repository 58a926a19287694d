"""A client of paho's that reads its socket in large pieces.

paho asks the system three times for each message (a byte, a length, the rest) and waits in between.
Behind a backlog that was a third of all the work of ingest.
"""

from __future__ import annotations

import socket
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.enums import MQTTErrorCode

_PIECE = 1 << 18
#: So many packets are read before answers are sent.
_PACKETS = 200


class BufferedSocket:
    """A connected socket, TLS or not, with what was read of it and nobody asked for yet."""

    def __init__(self, inner: Any) -> None:
        self._inner: socket.socket = inner
        self._read = memoryview(b"")
        self.send = inner.send
        self.fileno = inner.fileno
        self.setblocking = inner.setblocking

    def recv(self, size: int) -> bytes:
        """At most ``size`` bytes, b"" at the end. Raises what the socket raises."""
        if not self._read:
            self._read = memoryview(self._inner.recv(_PIECE))
        piece, self._read = self._read[:size], self._read[size:]
        return bytes(piece)

    def pending(self) -> int:
        """Bytes that need no waiting for: select knows nothing of them."""
        behind = getattr(self._inner, "pending", None)  # of TLS
        return len(self._read) or (behind() if behind else 0)

    def close(self) -> None:
        """Close the socket; what was not asked for is gone."""
        self._read = memoryview(b"")
        self._inner.close()


class BufferedClient(Client):
    """As its base; received packets are taken out of the buffer one after the other."""

    def _create_socket(self) -> BufferedSocket:
        return BufferedSocket(super()._create_socket())

    def loop_read(self, max_packets: int = 1) -> MQTTErrorCode:
        """What one reading of the socket brought, up to :data:`_PACKETS` packets."""
        for _ in range(_PACKETS):
            failure = super().loop_read(max_packets)
            if failure or not isinstance(self._sock, BufferedSocket) or not self._sock.pending():
                return failure
        return MQTTErrorCode.MQTT_ERR_SUCCESS
