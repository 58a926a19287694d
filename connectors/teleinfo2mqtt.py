"""Linky and older French meters through teleinfo2mqtt (and teleinfo-mqtt, its former name).

Source: MQTT JSON on ``teleinfo/<ADCO or ADSC>``: {label: {"raw", "value", "timestamp"}}, the labels
    of the historique or the standard TIC; also such messages saved, one a line.
Device: ADCO or ADSC as text (``raw``: as ``value`` it lost its leading zeros), else the topic's
    last part where it is such a number.
Units: registers Wh; PAPP, SINSTS, SINSTI VA.
Label: registers and powers of an instant.
Zone: ``DATE.timestamp.date`` ends with Z and is the meter's local clock; ``dst`` tells summer from
    winter. Old versions in a container with TZ set write UTC: it is believed where it is the
    arrival's and the local reading is not. Historique frames tell no time: the arrival.
Cadence: as set (10 s), only when something changed.
Traps: "Z" is not UTC. VA is not W (F11). EAST is the total beside EASF and EASD, which each add up
    to it (F5). ``value`` of a damaged group may be anything: ``raw`` is read, strictly.
    ``teleinfo/tempo`` tells colours: no reading. Registers at 2^32 - 1 and empty ones are none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from connectors import _tic
from connectors._json import kind_of, not_this, records
from connectors._message import Message, nothing, refused, stacked
from connectors._time import horodate, utc_seconds
from connectors._units import BadValueError
from hub.model import Context, Decoded, DecodeError, Quality

NAME = "teleinfo2mqtt"
LABELS = {"register": "instant"}
DEVICE = "meter"
TOPICS = ("teleinfo/+",)

#: A clock read as UTC is believed within so many seconds before the arrival, or a minute after it.
FRESH = 600
_AHEAD = 60
_OURS = re.compile(rb'"(?:ADCO|ADSC)"\s*:\s*\{\s*"(?:raw|value)"\s*:')
_NUMBER = re.compile(r"[0-9A-Za-z]{10,14}")
_CLOCK = re.compile(r"20(\d\d)-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d+)?Z")


def decode(payload: bytes, ctx: Context) -> Decoded:
    """One message, or one a line. Raises DecodeError for bad JSON and where no meter is told."""
    return stacked(
        (line, each if isinstance(each, DecodeError) else _message(each, ctx))
        for line, said in records(payload, ctx)
        for each in (said if isinstance(said, list) else [said])
    )


def sniff(head: bytes) -> float:
    """Sure of a meter's number with its raw text."""
    return 1.0 if re.match(rb"\s*[\[{]", head) and _OURS.search(head) else 0.0


def _message(said: Any, ctx: Context) -> Decoded | DecodeError:
    if not isinstance(said, dict):
        return not_this(NAME, f"an object is expected, found {kind_of(said)}")
    items = {label: item for label, item in said.items() if isinstance(item, dict)}
    labels = {label: item.get("raw", item.get("value")) for label, item in items.items()}
    if not _tic.is_frame(labels):
        return nothing()
    topic = ctx.topic.rpartition("/")[2]
    number = _tic.number_of(labels) or (topic if _NUMBER.fullmatch(topic) else ctx.device)
    if not number:
        return not_this(NAME, "neither ADCO nor ADSC nor the topic tells the meter")
    try:
        ts, quality = _time(items.get("DATE", {}), ctx)
        message = Message(number, "electricity", ts, quality)
    except BadValueError as error:
        return refused("DATE", error)
    except DecodeError as error:
        return error
    _tic.tell(message, labels)
    return message.done()


def _time(date: Mapping[str, Any], ctx: Context) -> tuple[int, Quality]:
    """The meter's clock, else the arrival."""
    stamp = date.get("timestamp")
    if not isinstance(stamp, dict):
        return ctx.received_at, Quality.ARRIVAL_TIME
    clock = _CLOCK.fullmatch(str(stamp.get("date")))
    season = {"winter": "H", "summer": "E"}.get(str(stamp.get("dst")))
    if clock is None or season is None:
        raise BadValueError("bad_time", stamp.get("date"))
    local, _ = horodate(season + "".join(clock.groups()), ctx.zone)
    if ctx.topic and not _fresh(local, ctx):
        written = utc_seconds(clock[0])
        if _fresh(written, ctx):
            return written, Quality.GOOD
    return local, Quality.GOOD


def _fresh(ts: int, ctx: Context) -> bool:
    return -_AHEAD <= ctx.received_at - ts <= FRESH
