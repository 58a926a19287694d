"""Residents who look at their page: so many WebSocket clients, as a process of its own.

Each speaks as Dash's renderer does: it asks for the live callback, tells what its page shows when
asked, and takes the properties that are set. When the register on the electricity card changes, the
instant of arrival and the register are noted. What the server asks to be drawn again (at most every
half a minute a page) is not fetched.

`python -m tests.bench.viewers PLAN` prints a line when all pages are open, ends on a line of its
input, and prints [[household, instant, register in Wh], ...] as JSON.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import time
import urllib.request
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from websockets.asyncio.client import ClientConnection, connect

from dashboard.visit import SESSION_COOKIE, fingerprint

_CARD = "index-electricity"


@dataclass(frozen=True)
class Audience:
    """Households that have their page open; the session's token of household n is prefix-n."""

    address: str
    households: list[int]
    prefix: str

    def token(self, household: int) -> str:
        """Its session."""
        return f"{self.prefix}-{household}"


class Seen(NamedTuple):
    """A register on a page."""

    household: int
    at: float
    watt_hours: int


def callback(address: str) -> str:
    """The name of the live callback, as a page learns it."""
    with urllib.request.urlopen(f"{address}/_dash-dependencies") as answer:
        found = [c["output"] for c in json.load(answer) if c.get("persistent")]
    assert len(found) == 1, found
    return str(found[0])


class Viewer:
    """One open page."""

    def __init__(self, audience: Audience, household: int, output: str) -> None:
        self.open = asyncio.Event()
        self.seen: list[Seen] = []
        self._household, self._output = household, output
        self._address = audience.address
        self._cookies = {SESSION_COOKIE: audience.token(household)}
        self._view = {
            "path": "/", "session": fingerprint(self._cookies), "lang": "fr", "at": time.time(),
        }  # fmt: skip

    async def run(self) -> None:
        """Until it is cancelled."""
        cookie = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        async with connect(
            f"{self._address.replace('http', 'ws', 1)}/_dash-ws-callback",
            origin=self._address,  # type: ignore[arg-type]
            additional_headers={"Cookie": cookie},
            compression=None,
            max_size=None,
        ) as socket:
            asked = {"output": self._output, "inputs": [], "state": [], "changedPropIds": []}
            await self._tell(socket, "callback_request", "page-1", asked)
            async for frame in socket:
                now = time.time()
                told = orjson.loads(frame)
                for message in told if isinstance(told, list) else [told]:
                    await self._take(socket, message, now)

    async def _take(self, socket: ClientConnection, message: dict[str, Any], now: float) -> None:
        payload = message.get("payload", {})
        if message["type"] == "get_props_request":
            assert payload["componentId"] == "view", payload
            answer = {"data": self._view}
            await self._tell(socket, "get_props_response", message["requestId"], answer)
        elif message["type"] == "set_props" and payload["componentId"] == _CARD:
            digits = re.sub(r"\D", "", payload["props"]["children"])
            self.seen.append(Seen(self._household, now, int(digits or 0)))
            self.open.set()
        elif message["type"] == "callback_response" and message.get("status") == "error":
            raise RuntimeError(message)

    async def _tell(self, socket: ClientConnection, kind: str, request: str, payload: Any) -> None:
        message = {"type": kind, "requestId": request, "rendererId": "page", "payload": payload}
        await socket.send(orjson.dumps(message).decode())


async def watch(audience: Audience) -> list[Seen]:
    """Open all pages, say so, and watch until a line comes in."""
    output = callback(audience.address)
    viewers = [Viewer(audience, n, output) for n in audience.households]
    async with asyncio.TaskGroup() as pages:
        tasks = [pages.create_task(viewer.run()) for viewer in viewers]
        for viewer in viewers:
            await asyncio.wait_for(viewer.open.wait(), 60)
        print("open", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        for task in tasks:
            task.cancel()
    return [seen for viewer in viewers for seen in viewer.seen]


class Viewers:
    """The clients as a process; open when made."""

    def __init__(self, audience: Audience) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.viewers", json.dumps(asdict(audience))],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        if self._process.stdout.readline() != "open\n":
            raise RuntimeError("the pages did not open: see above")

    def close(self) -> list[Seen]:
        """End; what they saw."""
        out, _ = self._process.communicate("\n", timeout=60)
        return [Seen(*row) for row in json.loads(out)]

    def kill(self) -> None:
        """End, whatever they do."""
        self._process.kill()
        self._process.communicate()


def main() -> None:
    """The audience as JSON; watch, tell."""
    print(json.dumps(asyncio.run(watch(Audience(**json.loads(sys.argv[1]))))))


if __name__ == "__main__":
    main()
