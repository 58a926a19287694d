"""The latest payload of each topic, by device: for formats that tell one field a topic."""

from __future__ import annotations

import base64
import json
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path

from ingest.config import Route

#: Of one device, or household where all its topics begin alike: some thousands of topics.
DEVICE_BYTES = 1 << 20
#: Of all of them.
ALL_BYTES = 128 << 20
#: A longer payload explains nothing.
LARGEST = 64 << 10
#: What a topic and its payload take beside their characters.
_BESIDE = 200
_FILE_BYTES = 16 << 20


class _Device:
    """Topics with their latest payloads, the one heard longest ago first."""

    def __init__(self) -> None:
        self.topics: dict[str, bytes] = {}
        self.size = 0

    def put(self, topic: str, payload: bytes) -> int:
        """Keep a payload as the latest; how many topics made room for it."""
        self.drop(topic)
        self.topics[topic] = payload
        self.size += _size(topic, payload)
        dropped = 0
        while self.size > DEVICE_BYTES:
            self.drop(next(iter(self.topics)))
            dropped += 1
        return dropped

    def drop(self, topic: str) -> None:
        payload = self.topics.pop(topic, None)
        if payload is not None:
            self.size -= _size(topic, payload)


class Companions:
    """What devices said last, within a bound of memory: whoever was heard longest ago makes room.

    ``dropped``: payloads that were not kept or made room, since the start; ``dropped_of``: of whom
    the last one was.
    """

    def __init__(self) -> None:
        self._devices: OrderedDict[str, _Device] = OrderedDict()
        self._size = 0
        self.dropped = 0
        self.dropped_of = ""

    def of(self, prefix: str) -> Mapping[str, bytes]:
        """What the device's topics said last."""
        device = self._devices.get(prefix)
        return device.topics if device is not None else {}

    def keep(self, route: Route, topic: str, payload: bytes) -> None:
        """Remember a payload, if it is one that explains others."""
        if not route.keeps or topic == route.prefix:
            return
        if len(payload) > LARGEST:
            self._drop(1, route.prefix)
            return
        device = self._devices.get(route.prefix)
        if device is None:
            device = self._devices[route.prefix] = _Device()
        else:
            self._devices.move_to_end(route.prefix)
        before = device.size
        made_room = device.put(topic, payload)
        self._size += device.size - before
        if made_room:
            self._drop(made_room, route.prefix)
        while self._size > ALL_BYTES:
            prefix, oldest = self._devices.popitem(last=False)
            self._size -= oldest.size
            self._drop(len(oldest.topics), prefix)

    def _drop(self, count: int, prefix: str) -> None:
        self.dropped += count
        self.dropped_of = prefix

    def save(self, path: Path) -> None:
        """Write what the devices heard last said, as much as is worth reading at the next start."""
        kept: dict[str, dict[str, str]] = {}
        size = 0
        for prefix, device in reversed(self._devices.items()):
            size += device.size
            if size > _FILE_BYTES:
                break
            kept[prefix] = {t: base64.b64encode(p).decode() for t, p in device.topics.items()}
        write(path, kept)

    def load(self, path: Path) -> None:
        """Read what an earlier run saved; nothing where there is none, or it is not whole."""
        try:
            kept = json.loads(path.read_text())
            for prefix, topics in reversed(kept.items()):
                device = _Device()
                for topic, payload in topics.items():
                    device.put(topic, base64.b64decode(payload))
                self._devices[prefix] = device
                self._size += device.size
        except (OSError, ValueError, AttributeError, TypeError):
            return


def write(path: Path, kept: object) -> None:
    """Write JSON so that a crash leaves the old or the new. Raises OSError."""
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(kept))
    draft.replace(path)


def _size(topic: str, payload: bytes) -> int:
    return len(topic) + len(payload) + _BESIDE
