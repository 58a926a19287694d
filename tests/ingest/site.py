"""A web server that answers as devices and portals do, and as they should not: on loopback."""

from __future__ import annotations

import json
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Asked:
    """A request: ``query`` of the address, ``form`` of the body where it is one."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode()))


@dataclass(frozen=True)
class Reply:
    """An answer. delay: seconds before it. drip: seconds between its bytes. cut: bytes that are
    announced and do not come. head_drip: seconds between bytes of its headers."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0
    drip: float = 0
    cut: int = 0
    head_drip: float = 0


def said(content: Any, status: int = 200, **other: Any) -> Reply:
    """A reply in JSON."""
    return Reply(json.dumps(content).encode(), status, **other)


Answers = Callable[[Asked], Reply]


class Site:
    """The server: ``answers`` by path (the longest that begins the request's counts)."""

    def __init__(self, certificate: Path | None = None) -> None:
        self.answers: dict[str, Answers | Reply] = {}
        self.asked: list[Asked] = []
        self.over = threading.Event()
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                site._answer(self)

            def do_POST(self) -> None:
                site._answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        scheme = "https" if certificate else "http"
        self.port = self._server.server_address[1]
        self.url = f"{scheme}://127.0.0.1:{self.port}"

    def paths(self) -> list[str]:
        """The paths that were asked, in order."""
        return [asked.path for asked in self.asked]

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, args=[0.05], daemon=True).start()

    def stop(self) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        length = int(handler.headers.get("content-length") or 0)
        asked = Asked(
            handler.command, parts.path, dict(parse_qsl(parts.query)),
            {k.lower(): v for k, v in handler.headers.items()}, handler.rfile.read(length),
        )  # fmt: skip
        self.asked.append(asked)
        found = [path for path in self.answers if asked.path.startswith(path)]
        reply: Answers | Reply = Reply(b"not here", 404)
        if found:
            reply = self.answers[max(found, key=len)]
        try:
            self._send(handler, reply if isinstance(reply, Reply) else reply(asked))
        except OSError:
            handler.close_connection = True  # the client would not wait

    def _send(self, handler: BaseHTTPRequestHandler, reply: Reply) -> None:
        self.over.wait(reply.delay)
        lines = [f"HTTP/1.1 {reply.status} x", f"Content-Length: {len(reply.body) + reply.cut}"]
        lines += [f"{name}: {value}" for name, value in reply.headers.items()]
        self._drip(handler, ("\r\n".join(lines) + "\r\n\r\n").encode(), reply.head_drip)
        self._drip(handler, reply.body, reply.drip)
        if reply.cut:
            handler.close_connection = True

    def _drip(self, handler: BaseHTTPRequestHandler, content: bytes, every: float) -> None:
        if not every:
            handler.wfile.write(content)
            return
        for byte in content:
            handler.wfile.write(bytes([byte]))
            if self.over.wait(every):
                return


@contextmanager
def running(certificate: Path | None = None) -> Iterator[Site]:
    """A running site."""
    site = Site(certificate)
    site.start()
    try:
        yield site
    finally:
        site.stop()


def own_certificate(folder: Path) -> Path:
    """A certificate that nobody signed, with its key in one file."""
    made = folder / "own.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-keyout", str(folder / "key.pem"), "-out", str(made), "-subj", "/CN=envoy.local"],
        check=True, capture_output=True,
    )  # fmt: skip
    made.write_bytes(made.read_bytes() + (folder / "key.pem").read_bytes())
    return made


def until(condition: Callable[[], bool], seconds: float = 20) -> bool:
    """Wait until something is so; whether it came to be."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
