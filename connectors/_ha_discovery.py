"""What devices tell Home Assistant of themselves (MQTT discovery) -> where their values come."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from connectors import _home_assistant as ha

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
#: device with all that it has.
_CONFIG = re.compile(r"(?:(.+)/)?[^/]+/(?:sensor|device)/(?:[^/]+/)?[^/]+/config")
_STEP = re.compile(r"""\.([A-Za-z_]\w*)|\[\s*(?:'([^'\]]*)'|"([^"\]]*)"|([0-9]{1,4}))\s*\]""")
_FILTERS = r"(?:\|\s*(?:float|int|round|default)\s*(?:\([^()]*\)\s*)?)*"
#: ``value_json`` or none, the steps to the value, and the number that it is multiplied with or
#: divided by. Brackets are not paired: Home Assistant itself takes no template that is not well.
_TEMPLATE = re.compile(
    r"\{\{-?[\s(]*(?:(?:float|int)\s*\(\s*)?value(_json)?((?:\.\w+|\[[^\[\]|]+\])*)\s*"
    rf"{_FILTERS}(?:\)\s*)?{_FILTERS}(?:([*/])\s*([0-9]{{1,9}}(?:\.[0-9]{{1,9}})?)\s*)?"
    rf"(?:\)\s*)?{_FILTERS}-?\}}\}}"
)

#: Steps from a JSON message to a value; None: the message itself is the value.
Path = tuple[str | int, ...] | None


class Entity(NamedTuple):
    """A sensor, and where its state comes.

    value, reset: steps to the state and to the last reset (None: it tells none) in its messages.
    simple: whether the templates do no more than that, and scale.
    """

    topic: str
    sensor: ha.Sensor
    simple: bool
    value: Path
    reset: Path


def entities(companions: Mapping[str, bytes], topic: str) -> list[Entity]:
    """Sensors of ours whose state comes on ``topic``, as the descriptions beside it say."""
    found = []
    for config, raw in companions.items():
        match = _CONFIG.fullmatch(config)
        if match:
            root = f"{match[1]}/" if match[1] else ""
            found += [each for each in described(raw) if root + each.topic == topic]
    return found


@lru_cache(maxsize=16_384)
def described(raw: bytes) -> tuple[Entity, ...]:
    """The sensors of ours that one description tells of; none if it cannot be read."""
    try:
        said = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return ()
    return tuple(_entities(_full(said))) if isinstance(said, dict) else ()


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


def _entities(said: dict[str, Any]) -> Iterator[Entity]:
    parts = said.get("components")
    if not isinstance(parts, dict):
        parts = {"": {"platform": "sensor"}}
    for part in parts.values():
        if isinstance(part, dict) and _full(part).get("platform") == "sensor":
            entity = _entity(said | _full(part))
            if entity.topic and ha.is_ours(entity.sensor):
                yield entity


def _entity(said: dict[str, Any]) -> Entity:
    base = _text(said, "~")
    topic = _text(said, "state_topic")
    if base and topic.startswith("~"):
        topic = base + topic[1:]
    elif base and topic.endswith("~"):
        topic = topic[:-1] + base
    picks, value, scale = _template(said.get("value_template"))
    resets, reset, _ = _template(said.get("last_reset_value_template"))
    device = _full(said["device"]) if isinstance(said.get("device"), dict) else {}
    ids = " ".join(_text(said, name) for name in ("unique_id", "object_id", "name"))
    place = "/".join([topic, *map(str, value or ())])
    sensor = ha.Sensor(
        device=_text(said, "unique_id") or place,
        name=f"{ids} {_text(device, 'name')} {place}",
        ids=ids,
        unit=_text(said, "unit_of_measurement"),
        device_class=_text(said, "device_class"),
        state_class=_text(said, "state_class"),
        scale=scale,
    )
    if ha.tic_label(sensor):
        sensor = sensor._replace(device=_identifier(device) or sensor.device)
    return Entity(topic, sensor, picks and resets, value, reset)


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
