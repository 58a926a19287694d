"""Any meter that tells Home Assistant of itself: MQTT discovery.

Source: MQTT. A retained message on ``.../config`` describes a sensor (or, on
    ``.../device/<id>/config``, all of a device): its state topic, unit and classes; its values then
    come on the state topic, plain or in JSON. All topics of a household are below one:
    ``hass/<household>/homeassistant/sensor/.../config``, ``hass/<household>/<state topic>``, which
    a bridge of its broker does (``topic zigbee2mqtt/Linky out 1 "" hass/<household>/``).
Device: the entity's ``unique_id``; the device's first identifier where the entity repeats a label
    of the TIC (``..._EASF01_...``): the registers of one meter are then one device's.
Units: as ``unit_of_measurement`` says: Wh kWh MWh, m³ L, W kW, VA.
Label: registers and powers of an instant.
Zone: states tell no time: the arrival.
Cadence: as the device sends.
Traps: a template is read where it only picks a value: ``{{ value }}``, ``{{ value_json.a['b'] }}``,
    with ``| float``, ``int``, ``round`` or ``default`` behind it, and multiplies or divides it by a
    number (``{{ float(value)/1000 }}``); what calculates more is not read, as a note says.
    Abbreviated keys (``stat_t``) and ``~`` are understood. Only sensors with a state class are
    read; daily, weekly and monthly counters are not (F12). What a sensor of energy measures, its
    names, its device's name and its topic tell: "solaire", "pv", "production" is a roof,
    "injection", "export", "production" of a Linky what leaves the house, any other what is drawn.
    Energy of gas is made of its volume: the m³ are read (F8). At most 64 topics of a household are
    remembered.
"""

from __future__ import annotations

from typing import Any

from connectors import _ha_discovery, _home_assistant
from connectors._field_topics import plain_text
from connectors._ha_discovery import Entity
from connectors._json import MESSAGE_LIMIT, loads, not_this
from connectors._message import Message, not_a_file, nothing, together
from hub.model import Context, Decoded, DecodeError, Note, Quality

NAME = "homeassistant_discovery"
TOPICS = ("hass/+/#",)
sniff = not_a_file

_COMPLEX = Note(
    "ha_template",
    "modèle de valeur qui calcule : ce capteur n'est pas lu",
    "a value template that calculates: this sensor is not read",
)


def decode(payload: bytes, ctx: Context) -> Decoded:
    """States of sensors that were described before. Raises DecodeError: too_large, not_text,
    not_json, not_this_format; a description says nothing by itself.
    """
    if len(payload) > MESSAGE_LIMIT:
        raise DecodeError("too_large", bytes=len(payload), limit=MESSAGE_LIMIT)
    if not ctx.topic:
        raise not_this(NAME, "the topic tells what a message is, and there is none")
    if ctx.topic.endswith("/config"):
        loads(payload or b"null")
        return nothing()
    messages: dict[tuple[str, str], Message] = {}
    for entity in _ha_discovery.entities(ctx.companions, ctx.topic):
        key = entity.sensor.device, _home_assistant.commodity_of(entity.sensor)
        if key not in messages:
            messages[key] = Message(*key, ctx.received_at, Quality.ARRIVAL_TIME)
        if entity.simple:
            _tell(messages[key], entity, payload, ctx)
        else:
            messages[key].notes.append(_COMPLEX)
    return together(messages.values())


def _tell(message: Message, entity: Entity, payload: bytes, ctx: Context) -> None:
    """Add what the payload says of one sensor; nothing where it holds no value of it."""
    sensor, column = entity.sensor, "state"
    if entity.value is None:
        raw: Any = plain_text(payload, MESSAGE_LIMIT, "utf-8")
    else:
        said = loads(payload)
        column = ".".join(map(str, entity.value)) or column
        found, raw = _ha_discovery.pick(said, entity.value)
        if not found:
            return
        if entity.reset is not None:
            _, since = _ha_discovery.pick(said, entity.reset)
            sensor = sensor._replace(last_reset=since if isinstance(since, str) else "")
    _home_assistant.tell(message, sensor, column[:80], raw, ctx.received_at)
