"""Hoymiles solar inverters through OpenDTU.

Source: MQTT, one field a topic: ``<base>/<serial>/0/power`` and ``.../0/yieldtotal`` (0 is the AC
    side), plain decimal texts.
Device: the inverter's serial number, from the topic.
Units: power W; yieldtotal kWh, cumulative since the inverter was made.
Label: a register and a power of an instant.
Zone: ``status/last_update`` (seconds since 1970 UTC, the moment the inverter was heard), which
    OpenDTU sends just before the fields; where it is not known or stale, the arrival.
Cadence: as set in OpenDTU, 5 s and more, and only when the inverter was heard.
Traps: yieldtotal is kWh, yieldday is Wh and starts again at midnight (F10, F12): the latter is not
    read. 0 before the first reception is no reading (F12). While ``status/reachable`` is 0 (each
    night) a power is nobody's measurement, and a yieldtotal is the one of ``last_update``. Totals
    over all inverters (``<base>/ac/...``) and panels (``<serial>/1/...``) repeat the same energy.
"""

from __future__ import annotations

import re

from connectors._field_topics import moment, plain_text, whole_number
from connectors._json import not_this
from connectors._message import Message, not_a_file, nothing
from connectors._units import KWH, WATT
from hub.model import TOTAL, Context, Decoded

NAME = "opendtu"
LABELS = {"register": "instant"}
DEVICE = "meter"
TOPICS = tuple(
    f"{base}/{field}"
    for base in ("solar/+", "solar/+/+")  # the second with the gateway's name in the base topic
    for field in ("0/power", "0/yieldtotal", "status/+")
)
COMPANIONS = tuple(topic for topic in TOPICS if topic.endswith("/status/+"))
sniff = not_a_file

_SERIAL = re.compile(r"[0-9A-Fa-f]{8,16}")


def decode(payload: bytes, ctx: Context) -> Decoded:
    """One field of one inverter. Raises DecodeError: too_large, not_text, not_this_format."""
    base, _, field = ctx.topic.rpartition("/")
    prefix, _, side = base.rpartition("/")
    serial = prefix.rpartition("/")[2]
    if not ctx.topic:
        raise not_this(NAME, "the topic tells what a value is, and there is none")
    if side != "0" or field not in ("power", "yieldtotal") or not _SERIAL.fullmatch(serial):
        return nothing()
    text = plain_text(payload)
    heard = whole_number(ctx, f"{prefix}/status/last_update")
    reachable = whole_number(ctx, f"{prefix}/status/reachable") != 0
    ts, quality = moment(heard, reachable, ctx)
    message = Message(serial, "solar", ts, quality)
    if field == "power":
        if reachable:
            message.power(field, text, WATT, "production")
        else:
            message.gap(field)
    elif text.strip("0. ") == "" and text.strip() and not (reachable and heard):
        message.gap(field)  # nothing tells that the inverter itself said 0
    else:
        message.register(field, text, KWH, TOTAL, "production")
    return message.done()
