"""What devices tell Home Assistant of themselves (MQTT discovery) -> where their values come.

A description is told once and its values come for years, so it is read once: what is left of it is
one short line of JSON for each sensor of ours, which :func:`entities` takes up with every value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from connectors import _home_assistant as ha
from connectors._json import loads
from connectors._units import BadValueError, identifier
from hub.model import DecodeError

#: Largest description, bytes: of a device with hundreds of sensors.
LIMIT = 256 << 10

_AS_IT_IS = Fraction(1)
#: Keys that may be abbreviated.
_SHORT = {
    "stat_t": "state_topic",
    "val_tpl": "value_template",
    "lrst_val_tpl": "last_reset_value_template",
    "unit_of_meas": "unit_of_measurement",
    "dev_cla": "device_class",
    "stat_cla": "state_class",
    "uniq_id": "unique_id",
    "obj_id": "object_id",
    "dev": "device",
    "ids": "identifiers",
    "cmps": "components",
    "p": "platform",
}
#: A description's topic behind what a bridge put before it: below any prefix, of a sensor or of a
#: device with all that it has. The shortest beginning that fits: a node may be called "sensor".
_CONFIG = re.compile(r"(?:(.+?)/)??[^/]+/(?:sensor|device)/(?:[^/]+/)?[^/]+/config")
_STEP = re.compile(r"""\.([A-Za-z_]\w*)|\[\s*(?:'([^'\]]*)'|"([^"\]]*)"|([0-9]{1,4}))\s*\]""")
_FILTERS = r"(?:\|\s*(?:float|int|round|default)\s*(?:\([^()]*\)\s*)?)*"
#: ``value_json`` or none, the steps to the value, and the number that it is multiplied with or
#: divided by. Brackets are not paired: Home Assistant itself takes no template that is not well.
_TEMPLATE = re.compile(
    r"\{\{-?[\s(]*(?:(?:float|int)\s*\(\s*)?value(_json)?((?:\.\w+|\[[^\[\]|]+\])*)\s*"
    rf"{_FILTERS}(?:\)\s*)?{_FILTERS}(?:([*/])\s*([0-9]{{1,9}}(?:\.[0-9]{{1,9}})?)\s*)?"
    rf"(?:\)\s*)?{_FILTERS}-?\}}\}}"
)
#: Names are cut there: their words are looked for no further.
_LONGEST_NAME = 200
_LONGEST_TOPIC = 512

#: Steps from a JSON message to a value; None: the message itself is the value.
Path = tuple[str | int, ...] | None


class Entity(NamedTuple):
    """A sensor, and where its state comes.

    value, reset: steps to the state and to the last reset (None: it tells none) in its messages.
    flaw: why it cannot be read: "template" does more than that and scale, its "id" is none; "": it
        can.
    """

    topic: str
    sensor: ha.Sensor
    flaw: str
    value: Path
    reset: Path


def is_description(topic: str) -> bool:
    """Whether devices describe themselves on a topic."""
    return _CONFIG.fullmatch(topic) is not None


def explained(payload: bytes, topic: str) -> list[tuple[str, bytes]] | None:
    """(state topic, what the sensor is) of each sensor of ours that a description tells of.

    None: the message is no description; [] where it tells of none, or cannot be read.
    """
    match = _CONFIG.fullmatch(topic)
    if match is None:
        return None
    root = f"{match[1]}/" if match[1] else ""
    return [(entity.topic, _packed(entity)) for entity in described(payload, root)]


def entities(companions: Iterable[bytes], topic: str) -> list[Entity]:
    """Sensors of ours whose state comes on ``topic``, of those that :func:`explained` told."""
    found = (_unpacked(raw) for raw in companions)
    return [entity for entity in found if entity is not None and entity.topic == topic]


def described(payload: bytes, root: str) -> list[Entity]:
    """The sensors of ours that one description tells of; none if it cannot be read.

    root: what a bridge put before all topics of a household, "hass/dupont/"; "" for nothing.
    """
    try:
        said = loads(payload, LIMIT)
    except DecodeError:
        return []
    return list(_entities(_full(said), root)) if isinstance(said, dict) else []


def pick(said: Any, path: tuple[str | int, ...]) -> tuple[bool, Any]:
    """Whether there is a value at ``path`` of a JSON message, and the value."""
    for step in path:
        key: Any = step
        if not isinstance(said, dict if isinstance(step, str) else list):
            return False, None
        try:
            said = said[key]
        except (KeyError, IndexError):
            return False, None
    return True, said


def _packed(entity: Entity) -> bytes:
    return orjson.dumps((*entity[:1], tuple(entity.sensor), *entity[2:]), default=str)


@lru_cache(maxsize=16_384)
def _unpacked(raw: bytes) -> Entity | None:
    """None for what another version of this program wrote."""
    try:
        topic, sensor, flaw, value, reset = orjson.loads(raw)
        steps, since = (None if path is None else tuple(path) for path in (value, reset))
        facts = ha.Sensor(*sensor)
        return Entity(topic, facts._replace(scale=Fraction(facts.scale)), flaw, steps, since)
    except (TypeError, ValueError, ZeroDivisionError):
        return None


def _entities(said: dict[str, Any], root: str) -> Iterator[Entity]:
    parts = said.get("components")
    if not isinstance(parts, dict):
        parts = {"": {"platform": "sensor"}}
    for part in parts.values():
        if isinstance(part, dict) and _full(part).get("platform") == "sensor":
            entity = _entity(said | _full(part), root)
            if 0 < len(entity.topic) <= _LONGEST_TOPIC and ha.is_ours(entity.sensor):
                yield entity


def _entity(said: dict[str, Any], root: str) -> Entity:
    topic = _state_topic(said)
    picks, value, scale = _template(said.get("value_template"))
    resets, reset, _ = _template(said.get("last_reset_value_template"))
    device = _full(said["device"]) if isinstance(said.get("device"), dict) else {}
    ids = " ".join(_text(said, name) for name in ("unique_id", "object_id", "name"))
    place = "/".join([topic.removeprefix(root), *map(str, value or ())])
    sensor = ha.Sensor(
        device="",
        name=f"{ids} {_text(device, 'name')} {place}"[:_LONGEST_NAME],
        ids=ids[:_LONGEST_NAME],
        unit=_text(said, "unit_of_measurement")[:_LONGEST_NAME],
        device_class=_text(said, "device_class")[:_LONGEST_NAME],
        state_class=_text(said, "state_class")[:_LONGEST_NAME],
        scale=scale,
    )
    own = _text(said, "unique_id") or place
    if ha.tic_label(sensor):
        own = _identifier(device) or own
    # Two households' devices may have one id: each household's is its own, and no other's.
    own = root.removeprefix("hass/") + own
    flaw = "" if picks and resets else "template"
    try:
        own = identifier(own)
    except BadValueError:
        own, flaw = "".join(c for c in own if c.isprintable())[:100], "id"
    # A bridge puts the root before topics that do not have it; who writes below it names it.
    topic = topic if topic == "" or topic.startswith(root) else root + topic
    return Entity(topic, sensor._replace(device=own), flaw, value, reset)


def _state_topic(said: Mapping[str, Any]) -> str:
    base, topic = _text(said, "~"), _text(said, "state_topic")
    if base and topic.startswith("~"):
        return base + topic[1:]
    return topic[:-1] + base if base and topic.endswith("~") else topic


def _template(raw: object) -> tuple[bool, Path, Fraction]:
    """Whether a template picks a value and no more than scales it, the steps to it, the scale."""
    if raw is None or raw == "":
        return True, None, _AS_IT_IS
    match = _TEMPLATE.fullmatch(raw.strip()) if isinstance(raw, str) and len(raw) < 500 else None
    if match is None or (match[2] and not match[1]):
        return False, None, _AS_IT_IS
    scale = Fraction(match[4] or 1)
    if scale == 0:
        return False, None, _AS_IT_IS
    steps: list[str | int] = []
    at = 0
    while at < len(match[2]):
        step = _STEP.match(match[2], at)
        if step is None:
            return False, None, _AS_IT_IS
        at = step.end()
        name = next((group for group in step.groups()[:3] if group is not None), None)
        steps.append(int(step[4]) if name is None else name)
    return True, tuple(steps) if match[1] else None, 1 / scale if match[3] == "/" else scale


def _full(said: dict[str, Any]) -> dict[str, Any]:
    """With its keys written out."""
    return {_SHORT.get(key, key): value for key, value in said.items()}


def _text(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name)
    return value.strip() if isinstance(value, str) else ""


def _identifier(device: Mapping[str, Any]) -> str:
    """The first identifier of a device."""
    given = device.get("identifiers")
    first = given[0] if isinstance(given, list) and given else given
    return first.strip() if isinstance(first, str) else ""
