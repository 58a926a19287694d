"""Fronius inverters and smart meters, answers of the Solar API (v0 and v1).

Source: ``GetInverterRealtimeData``, ``GetMeterRealtimeData``, ``GetPowerFlowRealtimeData``, of one
    device or of the system, saved or polled; which of them it is, the content tells.
Device: a meter's ``Serial`` where it is told; inverters tell none: it must be given. Several
    inverters of a system are told apart by their numbers and add up; poll them by Scope=System.
Units: as stated beside the value: Wh, W; of a meter Wh and W. TOTAL_ENERGY is cumulative.
Label: a register and a power of an instant.
Zone: Head.Timestamp with its offset; without one it is local.
Cadence: as polled. Inverters sleep at night and answer with an error, with null or not at all.
Traps: a Status.Code other than 0 is an error answer: a gap. TOTAL_ENERGY null or 0 is a gap (F9,
    F12). DAY_ENERGY and YEAR_ENERGY start again and are rounded: not read, nor E_Total, which
    repeats the sum of all inverters. A meter counts where Meter_Location_Current is 0 (at the
    network connection); in the path of the load, of a generator or of a part it tells other things.
    Sum_Consumed is Plus_Absolute there, Sum_Produced Minus_Absolute; P_Grid and PowerReal_P_Sum
    are above 0 where power is drawn. PAC of a hybrid inverter holds the battery's power too; power
    is shown live only. Storage, OhmPilot and voltages are not read, nor is the
    archive (GetArchiveData: a note says so), which repeats TOTAL_ENERGY in steps of five minutes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from connectors._answers import counted, given_device, load, made
from connectors._fronius import LOCATION, POWER, REGISTERS, at_connection, serial, told
from connectors._json import not_this
from connectors._message import Message, refused, together
from connectors._time import local_seconds
from connectors._units import UNITS, WATT, WH, BadValueError, total
from hub.model import TOTAL, Context, Decoded, Gap, Note

NAME = "fronius"
LABELS = {"register": "instant"}
DEVICE = "meter"
TOPICS: tuple[str, ...] = ()

_Data = Mapping[str, Any]

_HEAD = re.compile(rb'"Head"\s*:\s*\{')
_ARCHIVE = Note(
    "fronius_archive",
    "archive de l'onduleur (GetArchiveData) : pas lue ; GetInverterRealtimeData dit son index",
    "the inverter's archive (GetArchiveData): not read; GetInverterRealtimeData tells its register",
    unread=True,
)


def decode(payload: bytes, ctx: Context) -> Decoded:
    """One answer. Raises DecodeError: not JSON, no such answer, no device told or given."""
    said = load(payload, ctx)
    head, body = (said.get("Head"), said.get("Body")) if isinstance(said, dict) else (None, None)
    if not isinstance(head, dict) or not isinstance(body, dict):
        raise not_this(NAME, "Head, Body ?")
    try:
        ts = local_seconds(head.get("Timestamp"), ctx.zone, ctx.received_at)
    except BadValueError as error:
        return refused("Head.Timestamp", error)
    status = head.get("Status")
    if isinstance(status, dict) and status.get("Code", 0) != 0:
        return Decoded(1, gaps=[Gap(1, ts, column="Head.Status")], notes=[_refusal(status)])
    data = body.get("Data")
    data = data if isinstance(data, dict) else {}
    arguments = head.get("RequestArguments")
    parts = _parts(data, arguments if isinstance(arguments, dict) else {}, ts, ctx)
    return together(list(parts), [_ARCHIVE] if any(map(_is_archive, data.values())) else [])


def sniff(head: bytes) -> float:
    """Sure of an object with ``Head`` and ``Body``, ``RequestArguments`` and ``Timestamp``."""
    names = (b'"Body"', b'"RequestArguments"', b'"Timestamp"')
    whole = re.match(rb"\s*\{", head) and _HEAD.search(head) and all(name in head for name in names)
    return 1.0 if whole else 0.0


def _parts(data: _Data, asked: _Data, ts: int, ctx: Context) -> Iterator[Message]:
    """What the answer tells, by its content."""
    if "Site" in data:
        yield from _power_flow(data["Site"], ts, ctx)
    elif "TOTAL_ENERGY" in data or "PAC" in data:
        yield from _inverters(data, asked, ts, ctx)
    else:
        meters = {str(asked.get("DeviceId", "0")): data} if told(data, LOCATION) else data
        for number, meter in meters.items():
            if at_connection(meter):
                yield _meter(meter, number, ts, ctx)


def _is_archive(node: object) -> bool:
    """Whether it is what GetArchiveData tells of a device: values since a start."""
    return isinstance(node, dict) and {"Start", "End", "Data"} <= node.keys()


def _power_flow(site: object, ts: int, ctx: Context) -> Iterator[Message]:
    if isinstance(site, dict):
        roof = Message(given_device(ctx), "solar", ts)
        roof.power("P_PV", made(site.get("P_PV")), WATT, "production")
        grid = Message(given_device(ctx), "electricity", ts)
        grid.net_power("P_Grid", site.get("P_Grid"), WATT)
        yield from (roof, grid)


def _inverters(data: _Data, asked: _Data, ts: int, ctx: Context) -> Iterator[Message]:
    """TOTAL_ENERGY of each inverter, and PAC of the inverter or of all together."""
    one = str(asked.get("DeviceId", asked.get("DeviceIndex", "1")))
    unit, totals = _values(data.get("TOTAL_ENERGY"), one)
    for number, raw in totals.items():
        message = Message(given_device(ctx), "solar", ts, source_input=_input(number))
        _take(message, "TOTAL_ENERGY", counted(raw), unit, "energy")
        yield message
    unit, powers = _values(data.get("PAC"), one)
    alone = _input(one) if list(powers) == [one] else ""
    message = Message(given_device(ctx), "solar", ts, source_input=alone)
    watts = [raw for raw in powers.values() if raw is not None]
    try:
        _take(message, "PAC", made(total(watts)) if watts else None, unit, "power")
    except BadValueError as error:
        message.reject("PAC", error)
    yield message


def _meter(meter: _Data, number: str, ts: int, ctx: Context) -> Message:
    """A meter at the connection to the network."""
    number_of_its_own = serial(meter)
    where = "" if number_of_its_own else _input(number, "0")
    device = number_of_its_own or given_device(ctx)
    message = Message(device, "electricity", ts, source_input=where)
    for flow, names in REGISTERS:
        if name := told(meter, names):
            message.register(name, meter[name], WH, TOTAL, flow)
    if name := told(meter, POWER):
        message.net_power(name, meter[name], WATT)
    return message


def _input(number: str, first: str = "1") -> str:
    """The first inverter or meter needs no name of its own; most systems have one."""
    return "" if number == first else number[:20]


def _values(field: object, one: str) -> tuple[str, dict[str, Any]]:
    """Unit and values by inverter: of one (``Value``) or of the system (``Values``)."""
    if not isinstance(field, dict):
        return "", {}
    values = field.get("Values")
    return str(field.get("Unit")), values if isinstance(values, dict) else {one: field.get("Value")}


def _take(message: Message, column: str, raw: object, name: str, quantity: str) -> None:
    unit = UNITS.get(name)
    if raw is None:
        message.gap(column)
    elif unit is None or unit.quantity != quantity:
        message.reject(column, BadValueError("bad_unit", name))
    elif quantity == "power":
        message.power(column, raw, unit, "production")
    else:
        message.register(column, raw, unit, TOTAL, "production")


def _refusal(status: _Data) -> Note:
    why = f"{status.get('Code')} {status.get('Reason') or ''}".strip()[:80]
    return Note("fronius_status", f"réponse d'erreur : {why}", f"error answer: {why}")
