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
    """How a topic is read; ``prefix`` is what the topics of one device have in common."""

    connector: str
    prefix: str


@dataclass(frozen=True)
class Routing:
    """Topic filters in the order in which they are tried, with their connectors."""

    filters: Mapping[str, str]

    def route(self, topic: str) -> Route | None:
        """The connector that reads a topic, None if none does."""
        for pattern, connector in self.filters.items():
            if matches(pattern, topic):
                return Route(connector, _prefix(pattern, topic)) if connector else None
        return None

    @property
    def subscriptions(self) -> list[str]:
        """Filters to subscribe to."""
        return [pattern for pattern, connector in self.filters.items() if connector]


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
    wanted, given = _levels(pattern), topic.split("/")
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
