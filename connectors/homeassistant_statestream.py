"""Any meter that Home Assistant knows, through its integration "MQTT Statestream".

Source: MQTT, one field a topic: ``homeassistant/sensor/<object id>/state`` and, JSON-quoted, the
    attributes ``unit_of_measurement``, ``device_class``, ``state_class``, ``last_reset``; set
    ``publish_attributes: true`` (and ``publish_timestamps: true``, for the exact time). With
    ``base_topic: homeassistant/<household>`` several households write to one broker.
Device: the entity id, ``sensor.linky_total``; ``<household>/sensor.linky_total`` where the base
    topic names one.
Units: as ``unit_of_measurement`` says: Wh kWh MWh, m³ L, W kW, VA.
Label: registers and powers of an instant.
Zone: ``last_updated`` says its offset; it follows the state. Where it is not published (for an
    hour), the arrival.
Cadence: each change.
Traps: attributes come after the first state: until they were heard once a state says nothing.
    "unknown" and "unavailable" are gaps (F9). Only sensors with a state class are read; daily,
    weekly and monthly counters are not (F12). What a sensor of electricity measures, its name
    tells; words of a direction count first: "injection", "export", "vendu" left the house,
    "import", "soutirage", "acheté" came in. At the network ("réseau", "grid", "tarif", a Linky)
    what is "produced" was fed in and all else is drawn, a power below zero fed in. "solaire", "pv",
    "production", "onduleur" or its maker is a roof, any other draws. A battery, self-consumption,
    what is used behind an inverter and an appliance's heat are not read, as a note says. A TIC
    label in the name (``sensor.linky_easf01``) is that register. Energy of gas is made of its
    volume: the m³ are read (F8). Include the sensors that are meant, not the house.
"""

from __future__ import annotations

import re

import orjson

from connectors import _home_assistant as ha
from connectors._field_topics import plain_text
from connectors._json import not_this
from connectors._message import Message, not_a_file, nothing, refused
from connectors._time import utc_seconds
from connectors._units import BadValueError
from hub.model import Context, Decoded, Quality

NAME = "homeassistant_statestream"
_ATTRIBUTES = ("unit_of_measurement", "device_class", "state_class", "last_reset")
LABELS = {"register": "instant"}
DEVICE = "meter"
TOPICS = tuple(
    f"{base}/sensor/+/{leaf}"
    for base in ("homeassistant", "homeassistant/+")
    for leaf in ("state", *_ATTRIBUTES, "last_updated")
)
COMPANIONS = TOPICS
#: Not ``last_updated``: it is what a state counts by, and one worker is to count it.
RETAINED = tuple(topic for topic in TOPICS if not topic.endswith("/last_updated"))
sniff = not_a_file

#: Seconds for which a ``last_updated`` tells that the next one will follow its state.
FOLLOWS = 3600
_LONGEST = 1024
_ENTITY = re.compile(r"[^/]+/(?:(.+)/)?sensor/([^/]+)")


def decode(payload: bytes, ctx: Context) -> Decoded:
    """One field of one sensor. Raises DecodeError: too_large, not_text, not_this_format."""
    text = plain_text(payload, _LONGEST, "utf-8").strip()
    if not ctx.topic:
        raise not_this(NAME, "the topic tells what a value is, and there is none")
    base, _, leaf = ctx.topic.rpartition("/")
    entity = _ENTITY.fullmatch(base)
    if entity is None or leaf not in ("state", "last_updated"):
        return nothing()
    household, name = entity.groups()
    own = f"sensor.{name}"
    device = f"{household}/{own}" if household else own
    unit, kind, counts, reset = (_attribute(ctx, f"{base}/{each}") for each in _ATTRIBUTES)
    sensor = ha.Sensor(device, name, name, unit, kind, counts, reset)
    if not ha.is_ours(sensor):
        return nothing()
    state, ts, quality = text, ctx.received_at, Quality.ARRIVAL_TIME
    try:
        if leaf == "state" and _follows(ctx, base):
            return nothing()
        if leaf == "last_updated":
            ts, quality = utc_seconds(text), Quality.GOOD
            state = ctx.companions.get(f"{base}/state", b"")[:_LONGEST].decode("utf-8", "replace")
    except BadValueError as error:
        return refused(leaf, error)
    message = Message(sensor.device, ha.commodity_of(sensor), ts, quality)
    ha.tell(message, sensor, "state", state, ts)
    return message.done()


def _attribute(ctx: Context, topic: str) -> str:
    """An attribute's text, JSON-quoted as Home Assistant sends it; '' where it was not told."""
    raw = ctx.companions.get(topic, b"")[:_LONGEST]
    try:
        said = orjson.loads(raw)
    except orjson.JSONDecodeError:
        said = raw.decode("utf-8", "replace").strip()
    return said if isinstance(said, str) else ""


def _follows(ctx: Context, base: str) -> bool:
    """Whether the time of this state comes on its own topic right after it."""
    try:
        last = utc_seconds(_attribute(ctx, f"{base}/last_updated"))
    except BadValueError:
        return False
    return abs(ctx.received_at - last) <= FOLLOWS
