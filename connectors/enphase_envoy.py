"""Enphase Envoy (IQ Gateway), answers of its local interface, firmware 3.9 to 8.

Source: ``/production.json`` and ``/production``, ``/api/v1/production``,
    ``/api/v1/production/inverters``, ``/ivp/pdm/energy``, ``/ivp/meters`` and
    ``/ivp/meters/readings``, saved or polled; which of them it is, the content tells.
Device: the answers tell no number of their own (``eid`` is the same in every Envoy): it must be
    given. One device for production; where meters at the network connection are read too, it is
    the electricity's device as well.
Units: Wh, cumulative; W.
Label: a register and a power of an instant.
Zone: ``readingTime``, ``timestamp``, ``lastReportDate`` are seconds since 1970 UTC; an answer or a
    part of one without it, or with 0, is of its arrival.
Cadence: as polled; the meters are read each second, inverters report every 5 to 15 min.
Traps: ``inverters`` and ``eim`` tell the same production, and after some updates ``inverters``
    starts again near 0: the meter (``eim``, else ``rgm``) counts where its activeCount is above 0,
    else the inverters do (F12; of ``/ivp/pdm/energy``, which calls them ``pcu``, the first of the
    three that has counted at all). whLifetime 0 is no reading (F12). ``lines`` are the phases of
    the total. whToday and whLastSevenDays start again: not read. total-consumption is what the
    house uses, not what it draws: not read; whLifetime of net-consumption is what was drawn, or, in
    other firmware, drawn less fed in: only its power is read, and the two registers are read from
    ``/ivp/meters/readings`` (actEnergyDlvd, actEnergyRcvd). What a meter there measures is told by
    ``/ivp/meters`` among the companions; without it by its eid, and one of consumption must have
    received more than a thousandth of what it delivered to be one of net-consumption. Poll one
    address for production: their totals are rounded and timed apart. Powers of inverters are added
    up where they are of the same quarter of an hour.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors._answers import counted, epoch, given_device, load, made
from connectors._envoy import NET, PRODUCTION, TELLERS, counting, guessed, measures
from connectors._json import not_this
from connectors._message import Message, nothing, refused, together
from connectors._units import WATT, WH, BadValueError, total
from hub.model import TOTAL, Context, Decoded, Note

NAME = "enphase_envoy"
LABELS = {"register": "instant"}
DEVICE = "meter"
TOPICS: tuple[str, ...] = ()

#: Inverters whose reports are so many seconds older than the newest do not add to it.
_TOGETHER = 900
_METERS_UNKNOWN = Note(
    "envoy_meters",
    "un compteur dont rien ne dit ce qu'il mesure (/ivp/meters) n'est pas lu",
    "a meter of which nothing tells what it measures (/ivp/meters) is not read",
)
_OURS = re.compile(
    rb'"wattHoursLifetime"|"lastReportWatts"|"actEnergyDlvd"|"eid"\s*:[^{}]*"measurementType"'
    rb'|"activeCount"\s*:[^{}]*"whLifetime"|"whLifetime"\s*:[^{}]*"activeCount"'
    rb'|"measurementType"\s*:[^{}]*"eid"'
)


def decode(payload: bytes, ctx: Context) -> Decoded:
    """One answer. Raises DecodeError: not JSON, none of these answers, no device given."""
    said = load(payload, ctx)
    device = given_device(ctx)
    first = said[0] if isinstance(said, list) and said else said
    if not isinstance(first, dict):
        raise not_this(NAME, "production, wattHoursLifetime, serialNumber or eid ?")
    records = [r for r in said if isinstance(r, dict)] if isinstance(said, list) else []
    try:
        if "wattHoursLifetime" in first:
            return _simple(first, device, ctx).done()
        production = first.get("production")
        if isinstance(production, dict) and not production.keys().isdisjoint(TELLERS):
            return _simple(counting(production), device, ctx).done()
        if isinstance(production, list):
            return together(list(_production(first, device, ctx)))
        if "lastReportWatts" in first:
            return _inverters(records, device, ctx).done()
        if "actEnergyDlvd" in first:
            return _readings(records, device, ctx)
    except BadValueError as error:
        return refused("time", error)
    if "eid" in first and "measurementType" in first:
        return nothing()  # what the meters are, not what they say
    raise not_this(NAME, "production, wattHoursLifetime, serialNumber or eid ?")


def sniff(head: bytes) -> float:
    """Sure by the names that only these answers have."""
    return 1.0 if re.match(rb"\s*[\[{]", head) and _OURS.search(head) else 0.0


def _simple(said: Mapping[str, Any], device: str, ctx: Context) -> Message:
    """``/api/v1/production``, or what one teller says in ``/ivp/pdm/energy``."""
    message = Message(device, "solar", *epoch(None, ctx))
    _made(message, "wattHoursLifetime", said.get("wattHoursLifetime"))
    message.power("wattsNow", made(said.get("wattsNow")), WATT, "production")
    return message


def _production(said: Mapping[str, Any], device: str, ctx: Context) -> Iterator[Message]:
    """``/production.json``: the best teller of production, and the power at the connection."""
    teller = _teller([p for p in said["production"] if isinstance(p, dict)])
    heard = teller.get("readingTime")
    message = Message(device, "solar", *epoch(heard, ctx))
    column = f"production.{str(teller.get('type', ''))[:20]}"
    _made(message, f"{column}.whLifetime", teller.get("whLifetime"))
    power = made(teller.get("wNow")) if heard != 0 else None  # 0: never heard, nobody's power
    message.power(f"{column}.wNow", power, WATT, "production")
    yield message
    consumption = said.get("consumption")
    for meter in consumption if isinstance(consumption, list) else ():
        if _is_net(meter) and meter.get("activeCount", 1):
            message = Message(device, "electricity", *epoch(meter.get("readingTime"), ctx))
            message.net_power("net-consumption.wNow", meter.get("wNow"), WATT)
            yield message


def _is_net(meter: object) -> bool:
    return isinstance(meter, dict) and meter.get("measurementType") == NET


def _teller(tellers: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The meter of production, else the inverters; {} where none is active."""
    for kind in TELLERS:
        for teller in tellers:
            of_production = teller.get("measurementType", "production") == "production"
            if teller.get("type") == kind and of_production and teller.get("activeCount", 1):
                return teller
    return {}


def _inverters(records: Sequence[Mapping[str, Any]], device: str, ctx: Context) -> Message:
    """``/api/v1/production/inverters``: their powers of one quarter of an hour, added up."""
    newest = max((epoch(r.get("lastReportDate"), ctx) for r in _heard(records)), default=None)
    message = Message(device, "solar", *(newest or epoch(None, ctx)))
    watts = [
        r.get("lastReportWatts")
        for r in _heard(records)
        if message.ts - epoch(r.get("lastReportDate"), ctx)[0] <= _TOGETHER
    ]
    try:
        made_by_all = total(w for w in watts if w is not None) if watts else None
    except BadValueError as error:
        message.reject("lastReportWatts", error)
    else:
        message.power("lastReportWatts", made_by_all, WATT, "production")
    return message


def _heard(records: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Inverters that have reported at all."""
    return [r for r in records if r.get("lastReportDate")]


def _readings(records: Sequence[Mapping[str, Any]], device: str, ctx: Context) -> Decoded:
    """``/ivp/meters/readings``: each meter by what ``/ivp/meters`` says that it measures."""
    kinds = measures(ctx)
    parts, unknown = [], False
    for record in records:
        eid = record.get("eid")
        told = kinds.get(eid) if isinstance(eid, int) else None
        kind = guessed(record) if told is None and not kinds else told
        unknown |= told is None and not kind
        stamp = epoch(record.get("timestamp"), ctx)
        if kind == PRODUCTION:
            message = Message(device, "solar", *stamp)
            _made(message, "actEnergyDlvd", record.get("actEnergyDlvd"))
            message.power("activePower", made(record.get("activePower")), WATT, "production")
            parts.append(message)
        elif kind == NET:
            message = Message(device, "electricity", *stamp)
            message.register("actEnergyDlvd", record.get("actEnergyDlvd"), WH, TOTAL)
            message.register("actEnergyRcvd", record.get("actEnergyRcvd"), WH, TOTAL, "injection")
            message.net_power("activePower", record.get("activePower"), WATT)
            parts.append(message)
    return together(parts, [_METERS_UNKNOWN] if unknown else ())


def _made(message: Message, column: str, raw: object) -> None:
    message.register(column, counted(raw), WH, TOTAL, "production")
