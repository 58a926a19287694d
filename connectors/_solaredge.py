"""What SolarEdge's monitoring API says of an instant: totals so far and powers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors._answers import counted, given_device, made
from connectors._message import Message, nothing, refused, together
from connectors._time import local_seconds
from connectors._units import UNITS, WATT, WH, BadValueError
from hub.model import TOTAL, Context, Decoded, DecodeError, Quality


def overview(device: str, said: object, ctx: Context) -> Decoded:
    """What a site has made in all, and makes now."""
    if not isinstance(said, dict) or not said.get("lastUpdateTime"):
        return nothing()
    try:
        ts = local_seconds(said["lastUpdateTime"], ctx.zone, ctx.received_at)
    except BadValueError as error:
        return refused("lastUpdateTime", error)
    message = Message(device, "solar", ts)
    energy, power = (said.get(name) for name in ("lifeTimeData", "currentPower"))
    if isinstance(energy, dict):
        message.register(
            "lifeTimeData.energy", counted(energy.get("energy")), WH, TOTAL, "production"
        )
    if isinstance(power, dict):
        message.power("currentPower.power", made(power.get("power")), WATT, "production")
    return message.done()


def power_flow(said: Mapping[str, Any], ctx: Context) -> Decoded:
    """Powers of this moment; which way the network's flows, the connections tell."""
    unit, device = UNITS.get(str(said.get("unit", "W"))), given_device(ctx)
    if unit is None or unit.quantity != "power":
        raise DecodeError("bad_unit", value=str(said["unit"])[:80])
    roof = Message(device, "solar", ctx.received_at, Quality.ARRIVAL_TIME)
    grid = Message(device, "electricity", ctx.received_at, Quality.ARRIVAL_TIME)
    for part in dicts([said.get("PV")]):
        roof.power("PV.currentPower", part.get("currentPower"), unit, "production")
    for part in dicts([said.get("GRID")]):
        power: Any = part.get("currentPower")
        towards = {str(c.get("to")).upper() for c in dicts(said.get("connections"))}
        if "GRID" in towards and type(power) in (int, float):
            power = -power
        grid.net_power("GRID.currentPower", power, unit)
    return together((roof, grid))


def a_list(raw: object) -> list[Any]:
    """The list, or none of it where it is something else."""
    return raw if isinstance(raw, list) else []


def dicts(raw: object) -> list[dict[str, Any]]:
    """The objects in a list."""
    return [each for each in a_list(raw) if isinstance(each, dict)]
