"""A sender that keeps its rate: SenML registers of many meters, on a schedule of its own.

`python -m tests.bench.generator PLAN` is a process of its own. It speaks MQTT 3.1.1 on a
bare socket, because a client library is busier than the broker. Message i is due at start + i /
rate, whatever the broker has acknowledged; what is late is sent at once, its due time unchanged.
The due time stands in the payload: the register counts milliseconds from the start, so that every
stored value tells when its message should have been sent. A meter sends at most once a second.

It ends when all are acknowledged, and prints what it did as JSON.
"""

from __future__ import annotations

import json
import socket
import struct
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.stack import Stack

#: Register of a message due at the start, in mWh; a millisecond later it shows a step more.
FIRST = 10_000_000_000
_GATEWAYS = 200
_TICK = 0.002
#: Packet numbers end at 65 535: no more may be unacknowledged.
_WINDOW = 60_000
_PATIENCE = 60.0


@dataclass(frozen=True)
class Plan:
    """What to send: message i is of meter e<1 + i % meters>, due at start + i / rate.

    paced False: as fast as the broker takes them, for a backlog with due times in the past. step:
    how much a register grows in a millisecond, mWh.
    """

    messages: int
    rate: float
    meters: int
    start: float
    paced: bool = True
    step: int = 1

    def __post_init__(self) -> None:
        if self.meters < self.rate:
            raise ValueError("a meter would send twice in a second, and its readings would be one")

    def due(self, i: int) -> int:
        """Milliseconds from the start."""
        return int(i * 1000 / self.rate)

    def instant(self, i: int) -> int:
        """Time of its reading."""
        return int(self.start + self.due(i) / 1000)

    def values(self) -> int:
        """Sum of all registers sent, in mWh: what the store must hold."""
        return sum(FIRST + self.step * self.due(i) for i in range(self.messages))


@dataclass(frozen=True)
class Sent:
    """What was done: messages, seconds it took to hand them over, and how late they were."""

    messages: int
    seconds: float
    late_p99_ms: float
    late_max_ms: float

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.messages / self.seconds


def packet(plan: Plan, i: int) -> bytes:
    """The PUBLISH packet of message i, QoS 1."""
    meter = 1 + i % plan.meters
    watt_hours, rest = divmod(FIRST + plan.step * plan.due(i), 1000)
    topic = b"hub/v1/gw%d/readings" % (meter % _GATEWAYS)
    said = (meter, plan.instant(i), watt_hours, rest)
    payload = (
        b'[{"bn":"e%d/","n":"electricity/consumption/TOTAL","u":"Wh","t":%d,"v":%d.%03d}]' % said
    )
    length = 4 + len(topic) + len(payload)
    head = struct.pack("!BBBH", 0x32, length & 127 | 128, length >> 7, len(topic))
    return head + topic + struct.pack("!H", i % 65_535 + 1) + payload


class Sender:
    """A connection to the broker."""

    def __init__(self, host: str, port: int) -> None:
        self._socket = socket.create_connection((host, port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        name = b"generator"
        body = struct.pack("!H4sBBHH", 4, b"MQTT", 4, 2, 0, len(name)) + name
        self._socket.sendall(struct.pack("!BB", 0x10, len(body)) + body)
        if self._socket.recv(4) != b"\x20\x02\x00\x00":
            raise ConnectionError("the broker refuses the generator")
        self._answered = 0

    def send(self, data: bytes) -> None:
        """All of it, however long the broker lets us wait."""
        self._socket.sendall(data)

    def acknowledged(self, wait: bool = False) -> int:
        """Messages the broker has taken so far: an acknowledgement has four bytes."""
        try:
            got = self._socket.recv(1 << 18, 0 if wait else socket.MSG_DONTWAIT)
        except BlockingIOError:
            got = None
        if got == b"":
            raise ConnectionError("the broker closed the generator's connection")
        self._answered += len(got or b"")
        return self._answered // 4

    def close(self) -> None:
        """Leave."""
        self._socket.sendall(b"\xe0\x00")
        self._socket.close()


def send(plan: Plan, host: str, port: int) -> Sent:
    """Send it all; returns when the broker has taken it."""
    sender = Sender(host, port)
    time.sleep(max(plan.start - time.time(), 0) if plan.paced else 0)
    begun = plan.start if plan.paced else time.time()
    late: list[float] = []
    sent = 0
    while sent < plan.messages:
        taken = sender.acknowledged()
        now = time.time()
        ready = min(int((now - plan.start) * plan.rate), plan.messages) if plan.paced else (
            min(taken + 5000, plan.messages)
        )  # fmt: skip
        if ready - taken > _WINDOW:
            raise RuntimeError(f"the broker is {ready - taken} acknowledgements behind")
        if ready > sent:
            late.append(now - plan.start - plan.due(sent) / 1000)
            sender.send(b"".join(packet(plan, i) for i in range(sent, ready)))
            sent = ready
        time.sleep(_TICK if plan.paced else 0.0005)
    seconds = time.time() - begun
    end = time.monotonic() + _PATIENCE
    while sender.acknowledged(wait=True) < sent:
        if time.monotonic() > end:
            raise RuntimeError("the broker did not acknowledge all")
    sender.close()
    late.sort()
    told = (late[int(len(late) * 0.99)], late[-1]) if plan.paced else (0.0, 0.0)
    return Sent(sent, seconds, told[0] * 1000, told[1] * 1000)


class Generator:
    """The sender as a process of its own."""

    def __init__(self, stack: Stack, plan: Plan) -> None:
        self.plan = plan
        told = json.dumps([asdict(plan), stack.mqtt_host, stack.mqtt_port])
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.generator", told],
            cwd=Path(__file__).parents[2],
            stdout=subprocess.PIPE,
            text=True,
        )

    @property
    def running(self) -> bool:
        """Whether it still sends."""
        return self._process.poll() is None

    def finish(self, at_least: float = 0.98) -> Sent:
        """What it did; raises RuntimeError where it kept less than this part of its rate."""
        out, _ = self._process.communicate()
        if self._process.returncode != 0:
            raise RuntimeError("the generator failed: see above")
        sent = Sent(**json.loads(out))
        if self.plan.paced and sent.rate < at_least * self.plan.rate:
            raise RuntimeError(
                f"the generator reached {sent.rate:.0f} of {self.plan.rate:.0f} messages a second:"
                " nothing can be said of the hub"
            )
        return sent

    def kill(self) -> None:
        """End it, whatever it is doing."""
        self._process.kill()
        self._process.communicate()


def main() -> None:
    """The plan, host and port as JSON; send, tell."""
    plan, host, port = json.loads(sys.argv[1])
    print(json.dumps(asdict(send(Plan(**plan), host, port))))


if __name__ == "__main__":
    main()
