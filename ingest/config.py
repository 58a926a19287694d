"""Which connector reads which topic: the connectors' own defaults, and ``hub.toml``.

    [topics]
    "maison/+/linky" = "tasmota_teleinfo"   # one more
    "zigbee2mqtt/+" = ""                    # not this one

    [mqtt]
    client_id = "hub-ingest"
    share = ""                              # workers of one share divide the messages

The first filter that matches counts: the file's in its order, then the defaults. What is polled,
``[[collect]]``, is read by ``ingest.collect.sources``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import connectors
from hub.model import HubError

FILE = "hub.toml"
_SECTIONS = {"topics", "mqtt", "collect"}
_MQTT = {"client_id", "share"}


class Route(NamedTuple):
    """How a topic is read; ``prefix`` is what the topics of one device have in common.

    ``keeps``: whether the latest payload is kept, for messages of the device's other topics.
    """

    connector: str
    prefix: str
    keeps: bool = False

    @property
    def gateway(self) -> str:
        """Who publishes there: the name at the filter's first wildcard, as in the access list."""
        return self.prefix.rsplit("/", 1)[-1]


@dataclass(frozen=True)
class Routing:
    """Topic filters in the order in which they are tried, with their connectors."""

    filters: Mapping[str, str]

    def route(self, topic: str) -> Route | None:
        """The connector that reads a topic, None if none does."""
        pattern = self._match(topic)
        connector = self.filters[pattern] if pattern is not None else ""
        if pattern is None or not connector:
            return None
        kept = connectors.companions(connector)
        keeps = pattern in kept or (bool(kept) and self._is_told(pattern, connector))
        return Route(connector, _prefix(pattern, topic), keeps)

    def is_excluded(self, topic: str) -> bool:
        """Whether the file says that nobody reads a topic."""
        pattern = self._match(topic)
        return pattern is not None and not self.filters[pattern]

    def tree(self, topic: str) -> str:
        """The beginning of all topics of the household whose own the topic is: "hass/dupont/".

        Where a broker has several households, each has its topics below its name, and the broker
        lets nobody else write there. "": no such household's.
        """
        for pattern, connector in self.filters.items():
            if pattern.endswith("/#") and connector and matches(pattern, topic):
                own = _prefix(pattern.removesuffix("/#"), topic)
                if connectors.explainer(connector) is not None:
                    return f"{own}/"
        return ""

    @property
    def subscriptions(self) -> list[str]:
        """Filters to subscribe to."""
        return [pattern for pattern, connector in self.filters.items() if connector]

    def retained(self) -> list[str]:
        """Filters that each worker subscribes to by itself where workers share the messages.

        The broker hands nothing it retained to a share, and what explains others' messages is for
        every worker. What the file adds for a connector that has such topics may be one of them.
        """
        used = {name: connectors.retained(name) for name in self.filters.values() if name}
        told = [p for p, name in self.filters.items() if name and self._is_told(p, name)]
        own = [p for name, own in used.items() for p in own if self._reads(name, p)]
        return [*(p for p in told if used[self.filters[p]]), *own]

    def _match(self, topic: str) -> str | None:
        given = topic.split("/")
        return next((pattern for pattern in self.filters if _fits(pattern, topic, given)), None)

    def _reads(self, connector: str, pattern: str) -> bool:
        route = self.route(pattern.replace("+", "x"))
        return route is not None and route.connector == connector

    def _is_told(self, pattern: str, connector: str) -> bool:
        """Whether a filter is the file's and not the connector's own."""
        return pattern not in connectors.load(connector).TOPICS


@dataclass(frozen=True)
class Settings:
    """What ``hub.toml`` says of the intake."""

    routing: Routing
    client_id: str = "hub-ingest"
    share: str = ""
    source: Path | None = field(default=None, compare=False)


def defaults() -> dict[str, str]:
    """Every connector's topics."""
    return {
        pattern: name for name in connectors.names() for pattern in connectors.load(name).TOPICS
    }


def find(folders: Sequence[Path]) -> Path | None:
    """The first ``hub.toml`` of these folders."""
    return next((f / FILE for f in folders if (f / FILE).is_file()), None)


def read(path: Path | None) -> Settings:
    """Settings of a file, or the defaults. Raises HubError naming the line or key that is wrong."""
    topics, mqtt = (section(path, name, {}) for name in ("topics", "mqtt"))
    if not isinstance(topics, dict) or not isinstance(mqtt, dict):
        raise HubError(
            f"{path}: [topics] and [mqtt] are sections",
            f"{path} : [topics] et [mqtt] sont des sections",
        )
    for pattern, connector in topics.items():
        _check(path, pattern, connector)
    unknown = mqtt.keys() - _MQTT
    if unknown or not all(isinstance(v, str) for v in mqtt.values()):
        wrong, known = ", ".join(sorted(unknown)), ", ".join(sorted(_MQTT))
        raise HubError(
            f"{path}: [mqtt] has {wrong or 'a value that is no text'}; there are: {known}",
            f"{path} : [mqtt] contient {wrong or 'une valeur qui n’est pas un texte'} ; "
            f"il y a : {known}",
        )
    return Settings(
        Routing({**topics, **{p: c for p, c in defaults().items() if p not in topics}}),
        **mqtt,
        source=path,
    )


def matches(pattern: str, topic: str) -> bool:
    """Whether an MQTT topic filter matches a topic."""
    return _fits(pattern, topic, topic.split("/"))


def _fits(pattern: str, topic: str, given: list[str]) -> bool:
    wanted = _levels(pattern)
    if topic.startswith("$") and wanted[0] in ("+", "#"):
        return False
    for i, level in enumerate(wanted):
        if level == "#":
            return True
        if i >= len(given) or level not in ("+", given[i]):
            return False
    return len(wanted) == len(given)


@lru_cache(maxsize=1024)
def _levels(pattern: str) -> tuple[str, ...]:
    return tuple(pattern.split("/"))


def _prefix(pattern: str, topic: str) -> str:
    """The topic up to the level of the filter's first wildcard: where a device begins."""
    levels = _levels(pattern)
    wild = next((i for i, level in enumerate(levels) if level in ("+", "#")), len(levels) - 1)
    return "/".join(topic.split("/")[: wild + 1])


def section(path: Path | None, name: str, default: Any) -> Any:
    """What a file says of ``name``. Raises HubError where it is no such file."""
    return _parsed(path).get(name, default) if path else default


def _parsed(path: Path) -> dict[str, Any]:
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise HubError(
            f"{path} cannot be read: {error}", f"{path} est illisible : {error}"
        ) from error
    unknown = told.keys() - _SECTIONS
    if unknown:
        wrong = ", ".join(sorted(unknown))
        raise HubError(
            f"{path}: unknown {wrong}; sections: [topics], [mqtt], [[collect]]",
            f"{path} : {wrong} inconnu ; sections : [topics], [mqtt], [[collect]]",
        )
    return told


def _check(path: Path | None, pattern: str, connector: object) -> None:
    levels = pattern.split("/")
    whole = all(level in ("+", "#") or not {"+", "#"} & set(level) for level in levels)
    if not pattern or not whole or "#" in levels[:-1]:
        raise HubError(
            f"{path}: {pattern!r} is not an MQTT topic filter",
            f"{path} : {pattern!r} n'est pas un filtre de sujets MQTT",
        )
    if not isinstance(connector, str) or (connector and connector not in connectors.names()):
        known = ", ".join(connectors.names())
        raise HubError(
            f"{path}: {pattern!r} names {connector!r}; connectors: {known}",
            f"{path} : {pattern!r} nomme {connector!r} ; connecteurs : {known}",
        )
