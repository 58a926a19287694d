"""The fast part of a card: power of the moment, where it comes from, the last index. Pure."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from dashboard.amounts import index, power
from dashboard.registers import one_set, register_name
from dashboard.tongue import Tongue
from dashboard.views.counting import counting
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
    """Words that move with each message. `detail` is of the moment, as the power is.

    `at` is when the source that counts last spoke, None = never.
    """

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
    zone: ZoneInfo,
) -> LiveText:
    """The moving words of one commodity's card, from all channels of the household."""
    own = [c for c in channels if c.commodity == commodity.commodity]
    main = [c for c in own if c.flow == commodity.main_flow and c.quantity == commodity.quantity]
    sources = counting(main, zone, commodity.day_start)
    registers = _shown(main, sources)
    powers = [c for c in own if c.kind == "power" and c.at is not None]
    last = max(registers + powers, key=lambda c: c.at or now, default=None)
    return LiveText(
        _power(tongue, own, commodity.main_flow, now),
        _moment(tongue, commodity, channels, now),
        _index(tongue, registers) + _named(tongue, main, registers, sources),
        last.at if last else None,
        last is not None and _silent(last, now),
    )


def _silent(last: LiveChannel, now: dt.datetime) -> bool:
    """A live meter that stopped speaking; files of a portal are late by nature."""
    if last.at is None or last.received_at is None:
        return False
    return last.received_at - last.at < _LIVE_WITHIN and now - last.at > STALE_AFTER


def _shown(main: Sequence[LiveChannel], sources: dict[int, str]) -> list[LiveChannel]:
    """Per usage point the registers of the source that counts, else of the one heard last."""
    heard = [c for c in main if c.kind == "register" and c.at is not None]
    counted = [c for c in heard if c.source == sources.get(c.usage_point_id)]
    known = {c.usage_point_id for c in counted}
    return counted + _freshest(c for c in heard if c.usage_point_id not in known)


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
    """Each meter's total, else its parts: `heures pleines (HP) 4 567,890 kWh, ...`."""
    for name in ("TOTAL", "BASE"):
        totals = [c for c in registers if c.register == name]
        if totals:
            return tongue.join([index(tongue, c.value or 0, c.quantity) for c in totals])
    names = one_set(c.register for c in registers)
    return ", ".join(
        f"{register_name(tongue, name)} {index(tongue, c.value or 0, c.quantity)}"
        for name in names
        for c in registers
        if c.register == name
    )


def _named(
    tongue: Tongue,
    main: Sequence[LiveChannel],
    registers: list[LiveChannel],
    sources: dict[int, str],
) -> str:
    """Whose index it is, where several sources tell of one meter and this one does not count."""
    others = {(c.usage_point_id, c.source) for c in main if c.kind != "power"}
    open_ = {
        c.source
        for c in registers
        if sources.get(c.usage_point_id) != c.source
        and any(point == c.usage_point_id and source != c.source for point, source in others)
    }
    if not open_:
        return ""
    return " " + tongue.t("(source : {sources})", sources=", ".join(sorted(open_)))


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


def _moment(
    tongue: Tongue, commodity: Commodity, channels: Sequence[LiveChannel], now: dt.datetime
) -> str:
    """Where the electricity of this moment comes from and goes to; of other powers just "now"."""
    own = [c for c in channels if c.commodity == commodity.commodity]
    if "injection" not in commodity.flows:
        return tongue.t("en ce moment") if _watts(own, commodity.main_flow, now) else ""
    roofs = [c for c in channels if c.commodity != commodity.commodity and c.flow == "production"]
    grid = _watts(own, "consumption", now)
    roof = _watts(roofs, "production", now)
    out = _watts(own, "injection", now)
    if out and out[0] > 0:
        return tongue.t("en ce moment, {power} partent au réseau", power=power(tongue, *out))
    if grid and roof and roof[0] > 0:
        return tongue.t(
            "en ce moment : {grid} du réseau, {roof} du toit",
            grid=power(tongue, *grid),
            roof=power(tongue, *roof),
        )
    if grid and roof:
        return tongue.t("en ce moment, tout vient du réseau")
    return tongue.t("en ce moment") if grid else ""  # a roof that says nothing may give or not
