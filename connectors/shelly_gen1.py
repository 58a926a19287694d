"""Shelly energy meters of the first generation: EM and 3EM.

Source: MQTT, one field a topic: ``shellies/<id>/emeter/<n>/power``, ``total``, ``total_returned``;
    JSON of their web server, saved: ``/status`` and ``/emeter/<n>``, one document a line or in all.
Device: ``<id>/<n>``, each clamp its own (``shellyem-B9F3A2/0``): clamps measure different things,
    and the three of a 3EM add up as three inputs of one usage point. In ``/status`` the id is the
    MAC address; ``/emeter/<n>`` tells none: a device must be given.
Units: total and total_returned Wh; power W, below zero where it leaves the house.
Label: registers and powers of an instant.
Zone: ``unixtime`` of ``/status`` is seconds UTC; the others tell no time: the arrival.
Cadence: power on change, the rest every 30 s (or as set).
Traps: ``energy`` and ``returned_energy`` are watt-minutes since power came back, and repeat what
    ``total`` counts (F10): not read. ``is_valid`` false is a gap (F9). A clamp on a roof is one if
    the id says so ("solar", "pv", "production": it can be set in the MQTT settings): then total is
    solar production and total_returned is left aside. A firmware's reset takes totals back to 0.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from connectors._field_topics import plain_text
from connectors._json import kind_of, not_this, records
from connectors._message import Message, nothing, stacked, together
from connectors._roles import is_roof
from connectors._units import WATT, WH, numeral
from hub.model import TOTAL, Context, Decoded, DecodeError, Quality

NAME = "shelly_gen1"
LABELS = {"register": "instant"}
DEVICE = "meter"
TOPICS = ("shellies/+/emeter/+/+",)

_TOPIC = re.compile(r"(?:.*/)?([^/]+)/emeter/([0-9]{1,2})/([a-z_]+)")
_FIELDS = ("power", "total", "total_returned")


def decode(payload: bytes, ctx: Context) -> Decoded:
    """One field, or saved JSON. Raises DecodeError where it is neither, or no device is told."""
    if payload.lstrip()[:1] in (b"{", b"["):
        return stacked(
            (line, each if isinstance(each, DecodeError) else _document(each, ctx))
            for line, said in records(payload, ctx)
            for each in (said if isinstance(said, list) else [said])
        )
    text = plain_text(payload)
    if not ctx.topic:
        raise not_this(NAME, "the topic tells what a value is, and there is none")
    match = _TOPIC.fullmatch(ctx.topic)
    if match is None or match[3] not in _FIELDS:
        return nothing()
    commodity = "solar" if is_roof(match[1]) else "electricity"
    message = Message(f"{match[1]}/{match[2]}", commodity, ctx.received_at, Quality.ARRIVAL_TIME)
    _tell(message, {match[3]: numeral(text)})
    return message.done()


def sniff(head: bytes) -> float:
    """Sure of a status with emeters; of one clamp's, by the fields that only it has."""
    if not re.match(rb"\s*[\[{]", head):
        return 0.0
    emeters = re.search(rb'"emeters"\s*:\s*\[', head)
    one = b'"total_returned"' in head and b'"is_valid"' in head
    return 1.0 if emeters or one else 0.0


def _document(said: Any, ctx: Context) -> Decoded | DecodeError:
    if not isinstance(said, dict):
        return not_this(NAME, f"an object is expected, found {kind_of(said)}")
    base, emeters = ctx.device or str(said.get("mac") or ""), said.get("emeters")
    clamps = {base: said}
    if isinstance(emeters, list):
        clamps = {f"{base}/{n}": clamp for n, clamp in enumerate(emeters)}
    clamps = {
        d: c for d, c in clamps.items() if isinstance(c, dict) and not c.keys().isdisjoint(_FIELDS)
    }
    if not clamps:
        return nothing()
    if not base:
        return not_this(NAME, "no MAC address tells the device")
    ts, quality = ctx.received_at, Quality.ARRIVAL_TIME
    if type(clock := said.get("unixtime")) is int and 0 < clock < 10**11:
        ts, quality = clock, Quality.GOOD
    commodity = "solar" if is_roof(base) else "electricity"
    try:
        messages = [Message(device, commodity, ts, quality) for device in clamps]
    except DecodeError as error:
        return error
    for message, clamp in zip(messages, clamps.values(), strict=True):
        _tell(message, clamp)
    return together(messages)


def _tell(message: Message, clamp: Mapping[str, Any]) -> None:
    """What a clamp says."""
    if clamp.get("is_valid") is False:
        clamp = dict.fromkeys(_FIELDS)
    roof = message.commodity == "solar"
    if "power" in clamp and roof:
        message.power("power", clamp["power"], WATT, "production")
    elif "power" in clamp:
        message.net_power("power", clamp["power"], WATT)
    if "total" in clamp:
        message.register(
            "total", clamp["total"], WH, TOTAL, "production" if roof else "consumption"
        )
    if "total_returned" in clamp and not roof:
        message.register("total_returned", clamp["total_returned"], WH, TOTAL, "injection")
