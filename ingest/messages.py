"""Messages of the broker: routed, decoded, stored. None takes another one down.

What a connector cannot read is refused; when the database itself refuses a batch, the batch is
halved until the message is found.
"""

from __future__ import annotations

import base64
import json
import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path

from hub.model import Context, Decoded, Reject
from hub.store.channels import Directory
from hub.store.connection import Connection
from hub.store.readings import Origin
from ingest.config import Route, Routing
from ingest.storing import Message, Read, Stored, decode, is_messages_fault, store_reads

log = logging.getLogger("hub.ingest")

_COMPANION_BYTES = 8192
_COMPANION_TOPICS = 64
_COMPANION_DEVICES = 50_000
_COMPANION_FILE = 8 << 20
_ROUTES = 100_000


class Companions:
    """The latest payload of each topic, by device: for formats that tell one field a topic."""

    def __init__(self) -> None:
        self._devices: OrderedDict[str, dict[str, bytes]] = OrderedDict()

    def of(self, route: Route) -> dict[str, bytes]:
        """What the device's topics said last."""
        return self._devices.get(route.prefix, {})

    def keep(self, route: Route, topic: str, payload: bytes) -> None:
        """Remember a payload; the device heard longest ago makes room."""
        if topic == route.prefix or len(payload) > _COMPANION_BYTES:
            return
        topics = self._devices.setdefault(route.prefix, {})
        self._devices.move_to_end(route.prefix)
        if topic in topics or len(topics) < _COMPANION_TOPICS:
            topics[topic] = payload
        if len(self._devices) > _COMPANION_DEVICES:
            self._devices.popitem(last=False)

    def save(self, path: Path) -> None:
        """Write what the devices heard last said, as much as is worth reading at the next start."""
        kept: dict[str, dict[str, str]] = {}
        size = 0
        for prefix, topics in reversed(self._devices.items()):
            size += sum(len(topic) + len(payload) for topic, payload in topics.items())
            if size > _COMPANION_FILE:
                break
            kept[prefix] = {t: base64.b64encode(p).decode() for t, p in topics.items()}
        draft = path.with_suffix(".new")
        draft.write_text(json.dumps(kept))
        draft.replace(path)

    def load(self, path: Path) -> None:
        """Read what an earlier run saved; nothing where there is none, or it is not whole."""
        try:
            kept = json.loads(path.read_text())
            for prefix, topics in reversed(kept.items()):
                self._devices[prefix] = {t: base64.b64decode(p) for t, p in topics.items()}
        except (OSError, ValueError, AttributeError, TypeError):
            return


def store_all(
    conn: Connection,
    directory: Directory,
    reads: Sequence[Read],
    *,
    zone: str,
    origin: Origin | None = None,
    also: Callable[[Connection], None] | None = None,
) -> Stored:
    """Store what was read and commit; what the store refuses costs the message it is in only.

    ``also``: done in each transaction before it is committed. Raises psycopg.Error only for what is
    no message's fault.
    """
    try:
        stored = store_reads(conn, directory, reads, zone=zone, origin=origin)
        if also is not None:
            also(conn)
        conn.commit()
    except Exception as error:  # one message's fault, whatever it is, costs that message only
        if not is_messages_fault(error):
            directory.forget()
            raise
        conn.rollback()
        directory.forget()
        if len(reads) == 1 and reads[0].decoded is None:
            raise  # not even its refusal can be stored: no message's fault
        half = len(reads) // 2
        parts = [reads[:half], reads[half:]] if half else [[_refused(reads[0], error)]]
        stored = Stored([])
        for part in parts:
            more = store_all(conn, directory, part, zone=zone, origin=origin, also=also)
            stored.add(more)
    return stored


class Intake:
    """Decodes and stores messages of the broker, one transaction a batch. For one thread."""

    def __init__(self, routing: Routing, zone: str) -> None:
        self._routing = routing
        self._zone = zone
        self._routes: dict[str, Route | None] = {}
        self.companions = Companions()

    def store(self, conn: Connection, directory: Directory, messages: Sequence[Message]) -> Stored:
        """Store messages and commit. Raises psycopg.Error only for what is no message's fault."""
        reads = [self._read(message) for message in messages]
        return store_all(conn, directory, reads, zone=self._zone)

    def _read(self, message: Message) -> Read:
        route = self._route(message.origin)
        if route is None:
            return Read(message, None, None, Reject(1, "no_connector"))
        if message.retained:  # said some time ago: no reading, but it may explain the next ones
            read = Read(message, route.connector, Decoded(rows=1, ignored=1))
        else:
            context = Context(
                received_at=message.stamp,
                zone=self._zone,
                topic=message.origin,
                companions=self.companions.of(route),
            )
            read = decode(route.connector, message, context)
        self.companions.keep(route, message.origin, message.payload)
        return read

    def _route(self, topic: str) -> Route | None:
        if topic not in self._routes:
            if len(self._routes) >= _ROUTES:
                self._routes.clear()
            self._routes[topic] = self._routing.route(topic)
        return self._routes[topic]


def _refused(read: Read, error: Exception) -> Read:
    log.warning("the store refused a message of %s: %s", read.message.origin, error)
    detail = {"error": str(error).split("\n", 1)[0]}
    return read._replace(decoded=None, reject=Reject(1, "not_stored", detail=detail))
