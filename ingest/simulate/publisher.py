"""The demo's gateways as one MQTT client: QoS 1, what cannot be sent now waits, up to a bound."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable
from pathlib import Path

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from hub.model import HubError
from ingest.mqtt import Broker

log = logging.getLogger(__name__)
_WAITING, _IN_FLIGHT = 20_000, 500
_CONNECT_SECONDS = 30


class Publisher:
    """Publishes messages; connects again by itself when the broker comes back."""

    def __init__(self, url: str, ca: Path | None = None) -> None:
        """`url`: mqtt://[user:password@]host:port, mqtts:// with TLS; `ca` as Broker has it."""
        broker = Broker.of(url, ca)
        self._address = (broker.host, broker.port)
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
        self._client.max_inflight_messages_set(_IN_FLIGHT)
        self._client.max_queued_messages_set(_WAITING)
        self._client.reconnect_delay_set(1, 10)
        if broker.user is not None:
            self._client.username_pw_set(broker.user, broker.password)
        if broker.tls:
            self._client.tls_set_context(broker.tls_context())
        self._last: mqtt.MQTTMessageInfo | None = None
        self.dropped = 0

    def start(self, stop: threading.Event) -> None:
        """Connect. Raises HubError when no broker answers within half a minute."""
        self._client.connect_async(*self._address)
        self._client.loop_start()
        deadline = time.monotonic() + _CONNECT_SECONDS
        while not self._client.is_connected() and not stop.wait(0.05):
            if time.monotonic() > deadline:
                where = "{}:{}".format(*self._address)
                raise HubError(
                    f"no broker answers at {where}; is it running?",
                    f"aucun courtier MQTT ne répond à {where} ; est-il en marche ?",
                )

    def send(self, messages: Iterable[tuple[str, bytes]]) -> int:
        """Hand messages over; those beyond the bound are dropped (their registers go on counting).

        Returns how many were taken.
        """
        taken = 0
        for topic, payload in messages:
            info = self._client.publish(topic, payload, qos=1)
            if info.rc in (MQTTErrorCode.MQTT_ERR_SUCCESS, MQTTErrorCode.MQTT_ERR_NO_CONN):
                taken += 1
                self._last = info
            else:
                self._drop(mqtt.error_string(info.rc))
        return taken

    def flush(self, stop: threading.Event) -> None:
        """Wait until the broker has taken the last message, or `stop`."""
        while self._last is not None and not self._last.is_published() and not stop.is_set():
            time.sleep(0.02)

    def close(self) -> None:
        """Disconnect; what waits is lost."""
        self._client.disconnect()
        self._client.loop_stop()

    def _drop(self, why: str) -> None:
        if self.dropped % 1000 == 0:
            log.warning("messages dropped so far: %d (%s)", self.dropped + 1, why)
        self.dropped += 1
