"""SolarEdge inverters and meters, answers of the monitoring API.

Source: monitoringapi.solaredge.com: ``energy``, ``energyDetails``, ``overview`` and
    ``currentPowerFlow`` of a site, ``energy`` and ``overview`` of several sites, saved or polled;
    which it is, the content tells.
Device: the site; only answers on several sites tell its number (siteId), else it must be given.
Units: as stated, Wh; of overview Wh and W; of currentPowerFlow W or kW, as stated.
Label: ``date`` is the START of an interval of timeUnit: a quarter of an hour, an hour, or a local
    day, week, month. ``overview`` is a register and a power of an instant, currentPowerFlow powers.
Zone: local time of the site, naive; the October hour by the order of the values, for
    lastUpdateTime the one nearer to the arrival; currentPowerFlow tells none: the arrival.
Cadence: as polled; the portal renews its data each 15 min.
Traps: null is "no data, or not yet", not zero (F9); the value of a running period is of what is
    over: the interval ends at the arrival, and the period is still called what it is; hours, days
    and months of one site never take each other's place, but quarters of an hour and hours do: ask
    for one of them. A year repeats its months: not read. lifeTimeData.energy 0 is no reading (F12);
    lastYearData, lastMonthData, lastDayData start again: not read. Of energyDetails, FeedIn and
    Purchased are what is exchanged with the network; Consumption and SelfConsumption are derived:
    not read. ``power`` repeats the energy of the same quarters: not read. currentPowerFlow has no
    sign: power flows into the network where one of its connections leads to GRID.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from connectors._answers import given_device, load
from connectors._json import not_this
from connectors._message import stacked
from connectors._periods import Value, add_values
from connectors._solaredge import a_list, dicts, overview, power_flow
from connectors._units import UNITS, WH, Unit
from hub.model import Context, Decoded, DecodeError, Flow, Note

NAME = "solaredge"
LABELS = {"interval": "length", "register": "instant"}
DEVICE = "meter"
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
_TOTALS = re.compile(rb'"(?:lifeTimeData|siteCurrentPowerFlow)"\s*:\s*(?:\{|null)')


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
        return overview(given_device(ctx), said["overview"], ctx)
    if isinstance(said.get("sitesOverviews"), dict):
        sites = dicts(said["sitesOverviews"].get("siteEnergyList"))
        return stacked((None, overview(_site(s, ctx), s.get("siteOverview"), ctx)) for s in sites)
    if isinstance(said.get("siteCurrentPowerFlow"), dict):
        return power_flow(said["siteCurrentPowerFlow"], ctx)
    raise not_this(NAME, "energy, energyDetails or overview ?")


def sniff(head: bytes) -> float:
    """Sure by the names that only these answers have."""
    energy = _ENERGY.search(head) and _UNIT.search(head)
    return 1.0 if re.match(rb"\s*\{", head) and (energy or _TOTALS.search(head)) else 0.0


def _site(said: Mapping[str, Any], ctx: Context) -> str:
    told = said.get("siteId")
    number = str(told).strip()[:100] if isinstance(told, (int, str)) else ""
    return number or given_device(ctx)


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
        yield _Table(given_device(ctx), "solar", "production", a_list(said.get("values")))
    for each in dicts(said.get("meters")):
        kind = str(each.get("type")).upper()
        commodity, flow = _METERS.get(kind, ("", "consumption"))
        yield _Table(given_device(ctx), commodity, flow, a_list(each.get("values")))
    for each in dicts(said.get("siteEnergyList")):
        told = each.get("energyValues")
        if isinstance(told, dict):
            yield _Table(_site(each, ctx), "solar", "production", a_list(told.get("values")))


def _value(raw: object) -> Value:
    said = raw if isinstance(raw, dict) else {"value": raw}
    return Value(said.get("date"), said.get("value"))


def _unit(raw: object) -> Unit | None:
    """The unit of energy; None where it is one of power. Raises DecodeError."""
    unit = UNITS.get(str(raw))
    if unit is None or unit.quantity not in ("energy", "power"):
        raise DecodeError("bad_unit", value=str(raw)[:80])
    return unit if unit.quantity == "energy" else None
