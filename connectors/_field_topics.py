"""Gateways that tell one field a topic, as plain text: what it says, and of which moment.

The moment that a device was last heard comes on a topic of its own, just before the fields; without
it, or where it is stale, a field is of the moment it arrives.
"""

from __future__ import annotations

import re

from hub.model import Context, DecodeError, Quality

#: Longest plain text that is a number, bytes.
_LONGEST = 64
#: A moment older than this (seconds) is not that of a value which arrives now.
FRESH = 300
#: How far a gateway's clock may be ahead, seconds.
_AHEAD = 60


def plain_text(payload: bytes, limit: int = _LONGEST, encoding: str = "ascii") -> str:
    """The payload as text. Raises DecodeError: too_large, not_text."""
    if len(payload) > limit:
        raise DecodeError("too_large", bytes=len(payload), limit=limit)
    try:
        return payload.decode(encoding)
    except UnicodeDecodeError:
        raise DecodeError("not_text") from None


def whole_number(ctx: Context, topic: str) -> int | None:
    """The whole number last told on another topic; None if there was none."""
    said = ctx.companions.get(topic, b"")[:20].strip()
    return int(said) if re.fullmatch(rb"[0-9]{1,12}", said) else None


def moment(heard: int | None, reachable: bool, ctx: Context) -> tuple[int, Quality]:
    """When a field was so: when the device was ``heard``, unless that is stale; else the arrival.

    What is said of a device that cannot be reached is of the moment it was last heard.
    """
    age = ctx.received_at - (heard or 0)
    if heard and age >= -_AHEAD and (age <= FRESH or not reachable):
        return heard, Quality.GOOD
    return ctx.received_at, Quality.ARRIVAL_TIME
