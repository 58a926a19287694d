"""The broker's side of the intake: messages into a bounded queue, acknowledged when we say so.

MQTT 5, QoS 1, a fixed client id and a lasting session: what is not acknowledged comes again. The
callback only enqueues. While the queue is full it waits, and the broker waits with it.
"""

from __future__ import annotations

import logging
import re
import ssl
import struct
import sys
import threading
import time
import uuid
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from hub.model import HubError
from ingest.buffered import BufferedClient
from ingest.inbox import Inbox
from ingest.storing import Message

log = logging.getLogger("hub.ingest")

#: Messages of one transaction.
BATCH = 5000
#: So many the broker sends before it waits for acknowledgements: while one batch is stored, the
#: next one arrives.
WINDOW = 2 * BATCH
_QUEUE = 2 * WINDOW  # more than the broker sends: only QoS 0 can fill it
_SESSION = 7 * 86_400
_KEEPALIVE = 60
#: After so long the marker is lost and messages are taken as live.
_LONGEST_BURST = 300.0
#: So many filters one packet asks for.
_FILTERS = 200
#: Type, length of what follows, packet number.
_PUBACK = struct.Struct("!BBH")


@dataclass(frozen=True)
class Broker:
    """Where the broker is, read from mqtt://user:password@host:port (mqtts with TLS).

    ``ca``: certificates of the authorities that may sign the broker's; None = the system's.
    """

    host: str
    port: int
    tls: bool = False
    user: str | None = None
    password: str | None = None
    ca: Path | None = None

    @classmethod
    def of(cls, url: str, ca: Path | None = None) -> Broker:
        """Raises HubError for what is no broker's address; it does not repeat the password."""
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError:
            port = -1
        if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname or port == -1:
            shown = repr(re.sub("//.*@", "//...@", url))
            form = "mqtt://user:password@host:1883"
            raise HubError(
                f"{shown} is not a broker's address; it looks like {form} (in a password '/' is "
                "%2F, '@' is %40, ':' is %3A)",
                f"{shown} n'est pas l'adresse d'un courtier ; elle a la forme {form} (dans un mot "
                "de passe, « / » s'écrit %2F, « @ » %40, « : » %3A)",
            )
        tls = parts.scheme == "mqtts"
        return cls(
            parts.hostname,
            port or (8883 if tls else 1883),
            tls,
            unquote(parts.username) if parts.username else None,
            unquote(parts.password) if parts.password else None,
            ca,
        )

    def tls_context(self) -> ssl.SSLContext:
        """What checks the broker's certificate. Raises HubError where ``ca`` cannot be read."""
        try:
            return ssl.create_default_context(cafile=self.ca and str(self.ca))
        except OSError as error:
            raise HubError(
                f"HUB_MQTT_CA: {self.ca} holds no certificates that can be read ({error}); name the"
                " file of the authority that signed the broker's certificate, or leave it unset",
                f"HUB_MQTT_CA : {self.ca} ne contient pas de certificat lisible ({error}) ; donnez"
                " le fichier de l'autorité qui a signé celui du courtier, ou ne réglez rien",
            ) from error


class Arrival(NamedTuple):
    """A message with what its acknowledgement needs."""

    message: Message
    mid: int
    qos: int
    connection: int


class Receiver:
    """A client of the broker that runs in its own thread from ``start`` to ``stop``.

    filters: topics to subscribe to; by_itself: those that are not for a share; former: those of an
    earlier run to leave. share: workers of one name divide the messages.
    """

    def __init__(
        self,
        broker: Broker,
        client_id: str,
        filters: Sequence[str],
        *,
        by_itself: Sequence[str] = (),
        former: Sequence[str] = (),
        share: str = "",
    ) -> None:
        self.arrivals: Inbox[Arrival] = Inbox(_QUEUE)
        self.connected = False
        self._broker = broker
        self._share = f"$share/{share}/" if share else ""
        shared = [f"{self._share}{f}" for f in filters if f not in by_itself]
        self._filters = [*shared, *by_itself]
        self._former = list(former)
        self._topics: set[str] = set()
        self._asked: dict[int | None, list[str]] = {}
        self._marker_topic = f"hub/v1/{client_id}/marker"
        self._marker = b""
        self._connection = 0
        self._since = 0.0
        self._failure = ""
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._client = self._make_client(client_id)

    @property
    def subscriptions(self) -> list[str]:
        """Filters and topics as the broker knows them."""
        return [*self._filters, *sorted(self._topics)]

    def hear(self, topics: Collection[str]) -> None:
        """Hear these topics beside the filters, and no others."""
        wanted = {f"{self._share}{topic}" for topic in topics}
        with self._lock:
            new, old = sorted(wanted - self._topics), sorted(self._topics - wanted)
            self._topics = wanted
            if self.connected:
                self._subscribe(new)
                for part in _parts(old):
                    self._client.unsubscribe(part)

    def _subscribe(self, filters: Sequence[str]) -> None:
        """Ask the broker for filters; the caller has the lock."""
        for part in _parts(filters):
            _, mid = self._client.subscribe([(f, 1) for f in part])
            self._asked[mid] = part

    def start(self) -> None:
        """Connect, and reconnect for as long as it takes."""
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = _SESSION
        properties.ReceiveMaximum = WINDOW
        self._client.connect_async(
            self._broker.host,
            self._broker.port,
            keepalive=_KEEPALIVE,
            clean_start=False,
            properties=properties,
        )
        self._client.loop_start()

    def stop(self) -> None:
        """Leave; what is not acknowledged stays with the broker."""
        self._stopped.set()
        self._client.disconnect()
        self._client.loop_stop()

    def acknowledge(self, arrivals: Sequence[Arrival]) -> None:
        """Acknowledge stored messages in the order of arrival.

        Those of an earlier connection are dropped: its packet numbers mean other messages now.
        They leave in one piece. The client's own ``ack`` wakes its thread and calls the system for
        each: behind a backlog that was a fifth of all the work.
        """
        with self._lock:
            packets = b"".join(
                _PUBACK.pack(PacketTypes.PUBACK << 4, 2, arrival.mid)
                for arrival in arrivals
                if arrival.qos == 1 and arrival.connection == self._connection
            )
            if packets:
                self._client._packet_queue(PacketTypes.PUBACK << 4, packets, 0, 1)

    def _make_client(self, client_id: str) -> Client:
        client = BufferedClient(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=MQTTProtocolVersion.MQTTv5,
            manual_ack=True,
        )
        client.reconnect_delay_set(min_delay=1, max_delay=5)
        if self._broker.tls:
            client.tls_set_context(self._broker.tls_context())
        if self._broker.user is not None:
            client.username_pw_set(self._broker.user, self._broker.password)
        client.on_connect = self._on_connect
        client.on_connect_fail = self._on_connect_fail
        client.on_publish = self._on_publish
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        return client

    def _on_connect(
        self, client: Client, _: Any, flags: ConnectFlags, reason: ReasonCode, __: Any
    ) -> None:
        if reason.is_failure:
            log.error("the broker refuses us: %s", reason)
            return
        known = "with its session" if flags.session_present else "with a new session"
        log.info("connected to %s:%s %s", self._broker.host, self._broker.port, known)
        self._failure = ""
        with self._lock:
            self._connection += 1
            self._since = time.time()
            self._marker = uuid.uuid4().bytes
            self._asked.clear()
            left = [f for f in self._former if f not in self._topics and f not in self._filters]
            if flags.session_present:
                for part in _parts(left):
                    client.unsubscribe(part)
            self._subscribe(sorted(self._topics))
            self._subscribe([*self._filters, self._marker_topic])
            self.connected = True

    def _on_connect_fail(self, _: Client, __: Any) -> None:
        """Said once for each reason: a certificate that is not believed is not found otherwise."""
        why = str(sys.exception())
        if why != self._failure:
            log.warning("no connection to %s:%s: %s", self._broker.host, self._broker.port, why)
        self._failure = why

    def _on_publish(self, _: Client, __: Any, ___: int, reason: ReasonCode, ____: Any) -> None:
        """The marker is all we publish. Refused, it never comes back: then everything is live."""
        if not reason.is_failure:
            return
        self._marker = b""
        log.error(
            "the broker refuses %s (%s): what waited for us is not told from what is live."
            " Let our user write and read that topic",
            self._marker_topic, reason,
        )  # fmt: skip

    def _on_disconnect(
        self, _: Client, __: Any, ___: DisconnectFlags, reason: ReasonCode, ____: Any
    ) -> None:
        with self._lock:
            self._connection += 1
        self.connected = False
        if not self._stopped.is_set():
            log.warning("connection to the broker lost: %s", reason)

    def _on_subscribe(
        self, client: Client, _: Any, mid: int, reasons: list[ReasonCode], ___: Any
    ) -> None:
        with self._lock:
            asked = self._asked.pop(mid, [])
        refused = [f for f, r in zip(asked, reasons, strict=False) if r.is_failure]
        if refused:
            log.error("the broker refuses the subscription to %s", ", ".join(refused))
        if self._marker_topic in asked:
            # The broker sends what it kept for us before this one: so we know when it has ended.
            client.publish(self._marker_topic, self._marker, qos=1)

    def _on_message(self, client: Client, _: Any, message: MQTTMessage) -> None:
        """Enqueue. Nothing here may raise: it would end the client's thread."""
        now = time.time()
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = "(topic is not UTF-8)"
        if topic == self._marker_topic:
            if bytes(message.payload) == self._marker:
                self._marker = b""
            client.ack(message.mid, message.qos)
            return
        arrival = Arrival(
            Message(topic, bytes(message.payload), int(now), self._stamp(now), message.retain),
            message.mid,
            message.qos,
            self._connection,
        )
        while not self._stopped.is_set():
            if self.arrivals.put(arrival, timeout=1):
                return

    def _stamp(self, now: float) -> int:
        """The instant of readings that tell none.

        What waited for us while we were away comes in one burst. All of it gets the moment we came
        back, so that of a channel's registers only the last one counts.
        """
        waited = self._marker and now - self._since < _LONGEST_BURST
        return int(self._since if waited else now)


def _parts(filters: Sequence[str]) -> Iterator[list[str]]:
    """Filters of one packet at a time."""
    for first in range(0, len(filters), _FILTERS):
        yield list(filters[first : first + _FILTERS])
