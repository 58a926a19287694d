"""The fast part of a card: current power, where it comes from, the meter's last index. Pure."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dashboard.amounts import index, power
from dashboard.tongue import Tongue
from hub.store.commodities import Commodity
from hub.store.live import LiveChannel

#: A power older than this says nothing of now.
POWER_FRESH = dt.timedelta(minutes=10)
#: A live meter silent for longer than this is said to be silent.
STALE_AFTER = dt.timedelta(hours=2)
#: What arrives within this time of its reading comes from a live meter; a portal's file is later.
_LIVE_WITHIN = dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class LiveText:
    """Words that move with each message. `at` is when the meter last spoke, None = never."""

    power: str
    detail: str
    index: str
    at: dt.datetime | None
    silent: bool


def live_text(
    tongue: Tongue,
    commodity: Commodity,
    channels: Sequence[LiveChannel],
    now: dt.datetime,
) -> LiveText:
    """The moving words of one commodity's card, from all channels of the household."""
    own = [c for c in channels if c.commodity == commodity.commodity and c.at is not None]
    registers = _freshest(c for c in own if c.kind == "register" and c.flow == commodity.main_flow)
    last = max(own, key=lambda c: c.at or now, default=None)
    return LiveText(
        _power(tongue, own, commodity.main_flow, now),
        _sources(tongue, commodity, channels, now),
        _index(tongue, registers),
        last.at if last else None,
        last is not None and _silent(last, now),
    )


def _silent(last: LiveChannel, now: dt.datetime) -> bool:
    """A live meter that stopped speaking; files of a portal are late by nature."""
    if last.at is None or last.received_at is None:
        return False
    return last.received_at - last.at < _LIVE_WITHIN and now - last.at > STALE_AFTER


def _freshest(channels: Iterable[LiveChannel]) -> list[LiveChannel]:
    """Per usage point, the channels of the source that spoke last."""
    groups: dict[int, dict[str, list[LiveChannel]]] = defaultdict(lambda: defaultdict(list))
    for channel in channels:
        groups[channel.usage_point_id][channel.source].append(channel)
    return [
        channel
        for sources in groups.values()
        for channel in max(sources.values(), key=lambda of: max(c.at for c in of if c.at))
    ]


def _index(tongue: Tongue, registers: list[LiveChannel]) -> str:
    """The total's index, else each part's: `HP 4 567,890 kWh, HC 3 555,566 kWh`."""
    totals = [c for c in registers if c.register in {"TOTAL", "BASE"}]
    if totals:
        return index(tongue, sum(c.value or 0 for c in totals), totals[0].quantity)
    parts = sorted(registers, key=lambda c: c.register, reverse=True)
    return ", ".join(f"{c.register} {index(tongue, c.value or 0, c.quantity)}" for c in parts)


def _watts(channels: Iterable[LiveChannel], flow: str, now: dt.datetime) -> tuple[int, str] | None:
    """Current power of a flow and its quantity; real power before apparent power."""
    fresh = _freshest(
        c
        for c in channels
        if c.kind == "power" and c.flow == flow and c.at and now - c.at <= POWER_FRESH
    )
    for quantity in ("power", "apparent_power"):
        values = [c.value or 0 for c in fresh if c.quantity == quantity]
        if values:
            return sum(values), quantity
    return None


def _power(tongue: Tongue, own: list[LiveChannel], flow: str, now: dt.datetime) -> str:
    found = _watts(own, flow, now)
    return power(tongue, *found) if found else ""


def _sources(
    tongue: Tongue, commodity: Commodity, channels: Sequence[LiveChannel], now: dt.datetime
) -> str:
    """Where the electricity of this moment comes from and goes to, where a roof is known."""
    if "injection" not in commodity.flows:
        return ""
    fresh = [c for c in channels if c.at is not None]
    own = [c for c in fresh if c.commodity == commodity.commodity]
    others = [c for c in fresh if c.commodity != commodity.commodity]
    grid = _watts(own, "consumption", now)
    roof = _watts(others, "production", now)
    out = _watts(own, "injection", now)
    if out and out[0] > 0:
        return tongue.t("{power} partent au réseau", power=power(tongue, *out))
    if grid and roof and roof[0] > 0:
        return tongue.t(
            "{grid} du réseau, {roof} du toit", grid=power(tongue, *grid), roof=power(tongue, *roof)
        )
    return tongue.t("tout vient du réseau") if grid else ""
