"""Hoymiles, TSUN and SolenSo inverters through AhoyDTU.

Source: from documentation (AhoyDTU's user manual and its source), not yet from a recorded capture:
    MQTT, one field a topic: ``<base>/<inverter>/ch0/P_AC`` and ``.../ch0/YieldTotal`` (ch0 is the
    AC side), plain decimal texts, or, if so set, all of ``.../ch0`` in one JSON object;
    ``<base>/<inverter>/available`` and ``last_success`` beside them.
Device: the topic up to the inverter's name, such as ``inverter/Balkon``: AhoyDTU tells no serial
    number, and two neighbours may use one name, so the base topic is part of it.
Units: P_AC W; YieldTotal kWh, cumulative since the inverter was made.
Label: a register and a power of an instant.
Zone: ``last_success`` (seconds since 1970 UTC, the moment the inverter was heard), which AhoyDTU
    sends just before the fields; where it is not known or stale, the arrival.
Cadence: as set in AhoyDTU, and only when the inverter was heard.
Traps: YieldTotal is kWh, YieldDay is Wh and starts again at midnight (F10, F12): the latter is not
    read. Zeros that AhoyDTU sends to reset an inverter that cannot be reached are no readings
    (F12). While ``available`` is 0 or 4 (each night) a power is nobody's measurement, and a
    YieldTotal is the one of ``last_success``. ``<base>/total/...`` over all inverters freezes
    while one of them is offline and repeats the same energy, as do ``ch1`` to ``ch6``: not read.
    YieldTotal has six digits: above 1000 kWh it moves in steps of 10 Wh.
"""

from __future__ import annotations

from connectors._field_topics import moment, plain_text, whole_number
from connectors._json import load_object, not_this
from connectors._message import Message, not_a_file, nothing
from connectors._units import KWH, WATT
from hub.model import TOTAL, Context, Decoded

NAME = "ahoydtu"
LABELS = {"register": "instant"}
DEVICE = "meter"
TOPICS = tuple(
    f"{base}/{field}"
    for base in ("inverter/+", "inverter/+/+")  # the second with the gateway's name in the base
    for field in ("ch0", "ch0/P_AC", "ch0/YieldTotal", "available", "last_success")
)
COMPANIONS = tuple(t for t in TOPICS if t.endswith(("/available", "/last_success")))
sniff = not_a_file

#: Values of ``available`` at which the inverter is not heard: off, and "was available".
_AWAY = (0, 4)


def decode(payload: bytes, ctx: Context) -> Decoded:
    """One field, or all of one inverter. Raises DecodeError: too_large, not_text, not_json, ..."""
    if not ctx.topic:
        raise not_this(NAME, "the topic tells what a value is, and there is none")
    side, _, field = ctx.topic.rpartition("/")
    if field == "ch0":
        side, field = ctx.topic, ""
    device, _, channel = side.rpartition("/")
    name = device.rpartition("/")[2]
    if channel != "ch0" or field not in ("P_AC", "YieldTotal", "") or name in ("", "total"):
        return nothing()
    said = {field: plain_text(payload)} if field else load_object(payload, NAME)
    heard = whole_number(ctx, f"{device}/last_success")
    available = whole_number(ctx, f"{device}/available")
    reachable = available not in _AWAY
    message = Message(device, "solar", *moment(heard, reachable, ctx))
    if "P_AC" in said:
        message.power("P_AC", said["P_AC"] if reachable else None, WATT, "production")
    if "YieldTotal" in said:
        # 0: only where the inverter itself said it, and not the gateway
        zero = str(said["YieldTotal"]).strip("0. ") == ""
        told = not zero or (available and reachable and heard)
        message.register(
            "YieldTotal", said["YieldTotal"] if told else None, KWH, TOTAL, "production"
        )
    return message.done()
