"""SolarEdge inverters and meters, answers of the monitoring API.

Source: monitoringapi.solaredge.com: ``energy``, ``energyDetails`` and ``overview`` of a site, and
    ``energy`` of several sites (``sitesEnergy``), saved or polled; which it is, the content tells.
Device: the site; only answers on several sites tell its number (siteId), else it must be given.
Units: as stated, Wh; currentPower W.
Label: ``date`` is the START of an interval of timeUnit: a quarter of an hour, an hour, or a local
    day, week, month. ``overview`` is a register and a power of an instant.
Zone: local time of the site, naive; the October hour by the order of the values, for
    lastUpdateTime the one nearer to the arrival.
Cadence: as polled; the portal renews its data each 15 min.
Traps: null is "no data, or not yet", not zero (F9); the value of a running period is of what is
    over: the interval ends at the arrival, and the period is still called what it is; hours, days
    and months of one site never take each other's place, but quarters of an hour and hours do: ask
    for one of them. A year repeats its months: not read. lifeTimeData.energy 0 is no reading (F12);
    lastYearData, lastMonthData, lastDayData start again: not read. Of energyDetails, FeedIn and
    Purchased are what is exchanged with the network; Consumption and SelfConsumption are derived:
    not read. ``power`` repeats the energy of the same quarters: not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from connectors._answers import counted, given_device, load, made
from connectors._json import not_this
from connectors._message import Message, nothing, refused
from connectors._periods import Value, add_values
from connectors._time import local_seconds
from connectors._units import UNITS, WATT, WH, BadValueError, Unit
from hub.model import TOTAL, Context, Decoded, DecodeError, Flow, Note

NAME = "solaredge"
TOPICS: tuple[str, ...] = ()

#: Meters of energyDetails that are read: commodity and flow.
_METERS: Mapping[str, tuple[str, Flow]] = {
    "PRODUCTION": ("solar", "production"),
    "FEEDIN": ("electricity", "injection"),
    "PURCHASED": ("electricity", "consumption"),
}
_UNREAD = {
    "power": Note(
        "solaredge_power",
        "la puissance de chaque quart d'heure répète son énergie : non lue",
        "the power of each quarter of an hour repeats its energy: not read",
    ),
    "YEAR": Note(
        "solaredge_year",
        "une année répète ses mois : demandez les mois (timeUnit=MONTH)",
        "a year repeats its months: ask for months (timeUnit=MONTH)",
    ),
}
_ENERGY = re.compile(rb'"(?:energy|energyDetails|sitesEnergy|power|powerDetails)"\s*:\s*\{')
_UNIT = re.compile(rb'"timeUnit"\s*:\s*"(?:QUARTER_OF_AN_HOUR|HOUR|DAY|WEEK|MONTH|YEAR)"')
_TOTALS = re.compile(rb'"lifeTimeData"\s*:\s*(?:\{|null)')


class _Table(NamedTuple):
    """Values of one meter of one site."""

    device: str
    commodity: str
    flow: Flow
    values: list[Any]


def decode(payload: bytes, ctx: Context) -> Decoded:
    """One answer. Raises DecodeError: not JSON, no such answer, no device, an unknown unit."""
    said = load(payload, ctx)
    if not isinstance(said, dict):
        raise not_this(NAME, "energy, energyDetails or overview ?")
    for name in ("energy", "energyDetails", "sitesEnergy", "power", "powerDetails"):
        if isinstance(said.get(name), dict) and "timeUnit" in said[name]:
            return _energies(name, said[name], ctx)
    if isinstance(said.get("overview"), dict):
        return _overview(said["overview"], ctx)
    raise not_this(NAME, "energy, energyDetails or overview ?")


def sniff(head: bytes) -> float:
    """Sure by the names that only these answers have."""
    energy = _ENERGY.search(head) and _UNIT.search(head)
    return 1.0 if re.match(rb"\s*\{", head) and (energy or _TOTALS.search(head)) else 0.0


def _overview(said: Mapping[str, Any], ctx: Context) -> Decoded:
    device = given_device(ctx)
    try:
        ts = local_seconds(said.get("lastUpdateTime"), ctx.zone, ctx.received_at)
    except BadValueError as error:
        return refused("lastUpdateTime", error) if said.get("lastUpdateTime") else nothing()
    message = Message(device, "solar", ts)
    energy, power = (said.get(name) for name in ("lifeTimeData", "currentPower"))
    if isinstance(energy, dict):
        message.register(
            "lifeTimeData.energy", counted(energy.get("energy")), WH, TOTAL, "production"
        )
    if isinstance(power, dict):
        message.power("currentPower.power", made(power.get("power")), WATT, "production")
    return message.done()


def _energies(name: str, said: Mapping[str, Any], ctx: Context) -> Decoded:
    step, unit = str(said["timeUnit"]), _unit(said.get("unit"))
    into = Decoded(rows=0)
    unread = "power" if unit is None else step
    for table in _tables(name, said, ctx):
        if unread in _UNREAD or table.commodity == "":
            into.rows += len(table.values)
            into.ignored += len(table.values)
        else:
            values = [_value(each) for each in table.values]
            key = (table.device, table.commodity, table.flow)
            add_values(values, step, key, unit or WH, ctx, into)
    if unread in _UNREAD:
        into.notes.append(_UNREAD[unread])
    return into


def _tables(name: str, said: Mapping[str, Any], ctx: Context) -> Iterator[_Table]:
    """The answer's tables, whatever wraps them; of meters that are not read without a commodity."""
    if name in ("energy", "power"):
        yield _Table(given_device(ctx), "solar", "production", _list(said.get("values")))
    for each in _list(said.get("meters")):
        if isinstance(each, dict):
            kind = str(each.get("type")).upper()
            commodity, flow = _METERS.get(kind, ("", "consumption"))
            yield _Table(given_device(ctx), commodity, flow, _list(each.get("values")))
    for each in _list(said.get("siteEnergyList")):
        told = each.get("energyValues") if isinstance(each, dict) else None
        if isinstance(told, dict):
            device = str(each.get("siteId"))[:100]
            yield _Table(device, "solar", "production", _list(told.get("values")))


def _list(raw: object) -> list[Any]:
    return raw if isinstance(raw, list) else []


def _value(raw: object) -> Value:
    said = raw if isinstance(raw, dict) else {"value": raw}
    return Value(said.get("date"), said.get("value"))


def _unit(raw: object) -> Unit | None:
    """The unit of energy; None where it is one of power. Raises DecodeError."""
    unit = UNITS.get(str(raw))
    if unit is None or unit.quantity not in ("energy", "power"):
        raise DecodeError("bad_unit", value=str(raw)[:80])
    return unit if unit.quantity == "energy" else None
