"""Any meter that tells Home Assistant of itself: MQTT discovery.

Source: MQTT. A retained message on ``homeassistant/sensor/.../config`` describes a sensor (or, on
    ``homeassistant/device/.../config``, all of a device): its state topic, unit and classes; its
    values then come on the state topic, plain or in JSON, wherever that is. On a broker of several
    households all topics of one are below its name: ``hass/<household>/homeassistant/sensor/...``,
    ``hass/<household>/<state topic>``, which a bridge of its own broker does (``topic
    zigbee2mqtt/Linky out 1 "" hass/<household>/``); there a description tells of these topics only.
Device: the entity's ``unique_id``; the device's first identifier where the entity repeats a label
    of the TIC (``..._EASF01_...``): the registers of one meter are then one device's. Below
    ``hass/<household>/`` it is ``<household>/<unique_id>``.
Units: as ``unit_of_measurement`` says: Wh kWh MWh, m³ L, W kW, VA.
Label: registers and powers of an instant.
Zone: states tell no time: the arrival.
Cadence: as the device sends.
Traps: a template is read where it only picks a value: ``{{ value }}``, ``{{ value_json.a['b'] }}``,
    with ``| float``, ``int``, ``round`` or ``default`` behind it, and multiplies or divides it by a
    number (``{{ float(value)/1000 }}``); what calculates more is not read, as a note says.
    Abbreviated keys (``stat_t``) and ``~`` are understood. Only sensors with a state class are
    read; daily, weekly and monthly counters are not (F12). What a sensor of electricity measures,
    its names, its device's name and its topic tell; words of a direction count first: "injection",
    "export", "vendu" left the house, "import", "soutirage", "acheté" came in. At the network
    ("réseau", "grid", "tarif", a Linky) what is "produced" was fed in and all else is drawn, a
    power below zero fed in. "solaire", "pv", "production", "onduleur" or its maker is a roof, any
    other draws. A battery, self-consumption, what is used behind an inverter and an appliance's
    heat are not read, as a note says. Energy of gas is made of its volume: the m³ are read (F8).
    Where another connector reads the state topic too (a ZLinky's), what is registered counts.
"""

from __future__ import annotations

from typing import Any

from connectors import _ha_discovery, _home_assistant
from connectors._field_topics import plain_text
from connectors._ha_discovery import Entity, explained
from connectors._json import MESSAGE_LIMIT, loads, not_this
from connectors._message import Message, not_a_file, nothing, together
from hub.model import Context, Decoded, DecodeError, Note, Quality

__all__ = ["NAME", "RETAINED", "TOPICS", "decode", "explained", "sniff"]

NAME = "homeassistant_discovery"
_CONFIG = ("sensor/+/config", "sensor/+/+/config", "device/+/config", "device/+/+/config")
LABELS = {"register": "instant"}
DEVICE = "meter"
TOPICS = ("hass/+/#", *(f"homeassistant/{last}" for last in _CONFIG))
RETAINED = (*TOPICS[1:], *(f"hass/+/+/{last}" for last in _CONFIG))
sniff = not_a_file

_FLAWS = {
    "template": (
        "modèle de valeur qui calcule : ce capteur n'est pas lu",
        "a value template that calculates: this sensor is not read",
    ),
    "id": (
        "identifiant de plus de 100 caractères, ou illisible : ce capteur n'est pas lu",
        "an id of more than 100 characters, or unreadable: this sensor is not read",
    ),
}


def decode(payload: bytes, ctx: Context) -> Decoded:
    """States of sensors that were described before. Raises DecodeError: too_large, not_text,
    not_json, not_this_format; a description says nothing by itself.
    """
    if len(payload) > MESSAGE_LIMIT:
        raise DecodeError("too_large", bytes=len(payload), limit=MESSAGE_LIMIT)
    if not ctx.topic:
        raise not_this(NAME, "the topic tells what a message is, and there is none")
    if _ha_discovery.is_description(ctx.topic):
        loads(payload or b"null", _ha_discovery.LIMIT)
        return nothing()
    found = _ha_discovery.entities(ctx.companions.values(), ctx.topic)
    notes = [_note(entity) for entity in found if entity.flaw]
    found = [entity for entity in found if not entity.flaw]
    said = loads(payload) if any(entity.value is not None for entity in found) else None
    messages: dict[tuple[str, str], Message] = {}
    for entity in found:
        key = entity.sensor.device, _home_assistant.commodity_of(entity.sensor)
        if key not in messages:
            messages[key] = Message(*key, ctx.received_at, Quality.ARRIVAL_TIME)
        _tell(messages[key], entity, payload, said, ctx.received_at)
    return together(messages.values(), notes)


def _tell(message: Message, entity: Entity, payload: bytes, said: Any, now: int) -> None:
    """Add what the payload (``said``: as JSON) says of one sensor; nothing where it is silent."""
    sensor, column = entity.sensor, "state"
    if entity.value is None:
        raw: Any = plain_text(payload, MESSAGE_LIMIT, "utf-8")
    else:
        column = ".".join(map(str, entity.value)) or column
        found, raw = _ha_discovery.pick(said, entity.value)
        if not found:
            return
        if entity.reset is not None:
            _, since = _ha_discovery.pick(said, entity.reset)
            sensor = sensor._replace(last_reset=since if isinstance(since, str) else "")
    _home_assistant.tell(message, sensor, column[:80], raw, now)


def _note(entity: Entity) -> Note:
    fr, en = _FLAWS.get(entity.flaw, _FLAWS["template"])
    return Note(f"ha_{entity.flaw}", fr, en, unread=True, about=entity.sensor.device)
