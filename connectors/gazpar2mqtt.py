"""Gas by day, week and month from GRDF's portal, published by gazpar2mqtt.

Source: MQTT JSON on ``gazpar2mqtt/<name>``, after each fetch: the last 14 days, some weeks, months
    and years as PyGazpar gives them, newest first; also a message saved as a file.
Device: the PCE (``pce``); a message without it: the topic's ``<name>``.
Units: volume_m3 and the index of days in m3 -> cm3; converter_factor_kwh/m3 becomes the dated
    series gas_coefficient/<PCE>; energy is derived and not read.
Label: START and end in time_period, gas days from 06:00 to 06:00; as in PyGazpar's files.
Zone: local; timestamp is the moment of the fetch, local and without offset.
Cadence: once or a few times a day, one to three days late; each message repeats the days before.
Traps: ``volume`` is the last day's index and has no time of its own: read from ``daily``, refused
    where there is none. ``energy`` is that index times the latest coefficient, and goes backwards
    when the coefficient falls (F8): not counted. The current week and month end with the fetch.
    Years repeat their months: only their index is read. ``.../availability`` is no reading.
"""

from __future__ import annotations

from connectors import _pygazpar
from connectors._json import kind_of, not_this
from connectors._message import nothing, refused
from connectors._units import BadValueError, identifier
from hub.model import Context, Decoded

NAME = "gazpar2mqtt"
LABELS = {"interval": "both", "register": "bound", "context": "start"}
DEVICE = "usage_point"
TOPICS = ("gazpar2mqtt/+",)


def decode(payload: bytes, ctx: Context) -> Decoded:
    """One message. Raises DecodeError: not JSON, not this format, no device."""
    said = _pygazpar.load(payload, ctx)
    if not isinstance(said, dict):
        raise not_this(NAME, f"an object is expected, found {kind_of(said)}")
    found = _pygazpar.lists(said)
    if not any(found.values()):
        if said.get("volume") is None:
            return nothing()
        return refused("volume", BadValueError("missing_time", said["volume"]))
    pce = said.get("pce")
    told = str(pce) if isinstance(pce, str | int) and pce else ""
    device = told or ctx.device or "/".join(ctx.topic.split("/")[1:2])
    try:
        return _pygazpar.decode(found, device and identifier(device, "pce"), ctx)
    except BadValueError as bad:
        return refused("pce", bad)


def sniff(head: bytes) -> float:
    """Sure by the names of a record beside those of a message."""
    return 1.0 if _pygazpar.begins(head) == "message" else 0.0
