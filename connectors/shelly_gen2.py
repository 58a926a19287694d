"""Shelly energy meters of the second and later generations: Pro 3EM, Pro EM, 3EM and EM Gen3.

Source: MQTT: ``<prefix>/events/rpc`` (NotifyStatus, NotifyFullStatus) and ``<prefix>/status/em:0``,
    ``emdata:0``, ``em1:<n>``, ``em1data:<n>``; JSON of their web server, saved: the answers of
    Shelly.GetStatus, EM.GetStatus, EMData.GetStatus and those of EM1, one a line or in all.
Device: ``src`` (``shellypro3em-<MAC>``), else the topic's prefix, which is the same unless someone
    changed it, else the MAC address of ``sys``, else one must be given. Three phases in one
    (em:0) are one device; clamps that measure apart (em1:<n>) are ``<device>/<n>``.
Units: energies Wh; powers W, below zero where they leave the house; apparent powers VA.
Label: registers and powers of an instant.
Zone: ``ts`` and ``sys.unixtime`` are seconds UTC; where the clock is not set, or ``status/...``
    tells none: the arrival.
Cadence: powers on change, energies every minute.
Traps: the phases' energies repeat the total, which is not netted across phases: a house that feeds
    in on one and draws on another counts both, and a Linky does not. VA is not W (F11). Plugs and
    relays (``switch:<n>``, ``pm1:<n>``) measure appliances behind the meter: not read. A clamp on
    a roof is one if the device or its prefix says so ("solar", "pv", "production"): then its energy
    is solar production and what it returned is left aside. The minutes that a meter keeps
    (EMData.GetData, EM1Data.GetData) repeat its registers and are not read: a note says so.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from connectors._json import kind_of, not_this, records
from connectors._message import Message, nothing, stacked, together
from connectors._roles import is_roof
from connectors._units import VOLT_AMPERE, WATT, WH
from hub.model import TOTAL, Context, Decoded, DecodeError, Note, Quality

NAME = "shelly_gen2"
_COMPONENTS = ("em:0", "emdata:0", *(f"em1{part}:{n}" for part in ("", "data") for n in range(3)))
LABELS = {"register": "instant"}
DEVICE = "meter"
TOPICS = tuple(
    f"{prefix}/{last}"
    for prefix in ("+", "+/+")
    for last in ("events/rpc", *(f"status/{component}" for component in _COMPONENTS))
)

_COMPONENT = re.compile(r"(em1?)(data)?:([0-9]{1,2})")
_PREFIX = re.compile(r"(.+?)/(?:events/rpc|status/([a-z0-9]+:[0-9]+))")
#: The fields that are read, and what a component is that has them and no name.
_FIELDS = {
    "total_act_power": "em:0",
    "total_act": "emdata:0",
    "act_power": "em1:0",
    "total_act_energy": "em1data:0",
}
_HEAD = re.compile(
    rb'"em1?(?:data)?:[0-9]+"\s*:\s*\{|"(?:(?:total_)?act_power|total_act(?:_energy)?)"\s*:'
    rb'|"keys"\s*:\s*\[\s*"(?:a_)?total_act_energy"'
)
_MINUTES = Note(
    "shelly_minutes",
    "énergies minute par minute (EMData.GetData) : pas lues ; l'état du compteur"
    " (EMData.GetStatus) dit ses index",
    "energies minute by minute (EMData.GetData): not read; the meter's status (EMData.GetStatus)"
    " tells its registers",
    unread=True,
)


def decode(payload: bytes, ctx: Context) -> Decoded:
    """A message, or saved JSON. Raises DecodeError for bad JSON and where no device is told."""
    if ctx.topic.endswith("/online"):
        return nothing()
    return stacked(
        (line, each if isinstance(each, DecodeError) else _document(each, ctx))
        for line, said in records(payload, ctx)
        for each in (said if isinstance(said, list) else [said])
    )


def sniff(head: bytes) -> float:
    """Sure of a component that measures energy, or of the fields that only it has."""
    return 1.0 if re.match(rb"\s*[\[{]", head) and _HEAD.search(head) else 0.0


def _document(said: Any, ctx: Context) -> Decoded | DecodeError:
    if not isinstance(said, dict):
        return not_this(NAME, f"an object is expected, found {kind_of(said)}")
    topic = _PREFIX.fullmatch(ctx.topic)
    status = next((said[k] for k in ("params", "result") if isinstance(said.get(k), dict)), said)
    found = list(_components(status, topic[2] if topic else None))
    if not found:
        return Decoded(rows=1, ignored=1, notes=[_MINUTES] if _has_minutes(status) else [])
    system = status["sys"] if isinstance(status.get("sys"), dict) else {}
    mac = system.get("mac")
    base = said.get("src") or (topic[1] if topic else "") or mac or ctx.device
    if not isinstance(base, str) or not base:
        return not_this(NAME, "neither src nor a topic nor a MAC address tells the device")
    ts, quality = _time(status.get("ts"), system.get("unixtime"), ctx)
    commodity = "solar" if is_roof(base) else "electricity"
    messages: dict[str, Message] = {}
    try:
        for kind, is_data, number, values in found:
            device = base if kind == "em" and number == "0" else f"{base}/{number}"
            if device not in messages:
                messages[device] = Message(device, commodity, ts, quality)
            (_energies if is_data else _powers)(messages[device], values)
    except DecodeError as error:
        return error
    return together(messages.values())


def _has_minutes(status: Mapping[str, Any]) -> bool:
    """Whether it is an answer of EMData.GetData: blocks of rows, their columns named in keys."""
    blocks = status.get("data")
    return isinstance(blocks, list) and any(
        isinstance(block, dict) and {"ts", "period", "values"} <= block.keys() for block in blocks
    )


def _components(
    status: Mapping[str, Any], named: str | None
) -> Iterator[tuple[str, bool, str, Mapping[str, Any]]]:
    """(em or em1, whether it counts energy, its number, its fields) of what measures."""
    parts: dict[str, Mapping[str, Any]]
    parts = {name: part for name, part in status.items() if isinstance(part, dict)}
    alone = next((name for field, name in _FIELDS.items() if field in status), None)
    if alone is not None:
        number = status.get("id")
        own = f"{alone.partition(':')[0]}:{number}" if type(number) is int else alone
        parts = {named or own: status}
    for name, part in parts.items():
        match = _COMPONENT.fullmatch(name)
        if match and not part.keys().isdisjoint(_FIELDS):
            yield match[1], match[2] is not None, match[3], part


def _energies(message: Message, said: Mapping[str, Any]) -> None:
    roof = message.commodity == "solar"
    for field in ("total_act", "total_act_energy"):
        if field in said:
            message.register(field, said[field], WH, TOTAL, "production" if roof else "consumption")
    for field in ("total_act_ret", "total_act_ret_energy"):
        if field in said and not roof:
            message.register(field, said[field], WH, TOTAL, "injection")


def _powers(message: Message, said: Mapping[str, Any]) -> None:
    for field in ("total_act_power", "act_power"):
        if field in said and message.commodity == "solar":
            message.power(field, said[field], WATT, "production")
        elif field in said:
            message.net_power(field, said[field], WATT)
    for field in ("total_aprt_power", "aprt_power"):
        if field in said and message.commodity != "solar":
            message.power(field, said[field], VOLT_AMPERE)


def _time(ts: object, unixtime: object, ctx: Context) -> tuple[int, Quality]:
    """The device's clock if it was ever set, else the arrival."""
    for clock in (ts, unixtime):
        if isinstance(clock, int | float) and 10**9 < clock < 10**11:
            return math.floor(clock), Quality.GOOD
    return ctx.received_at, Quality.ARRIVAL_TIME
