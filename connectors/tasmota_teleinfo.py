"""Linky and older French meters through Tasmota's teleinfo driver (two firmwares).

Source: MQTT JSON of a Tasmota device that listens to the meter's TIC. Stock Tasmota sends the
    TIC labels bare in RESULT or under ``TIC``; the Teleinfo fork sends sections: ``TIC`` (raw
    labels), ``METER``, ``CONTRACT``, ``PROD``, ``ENERGY``. One topic carries several shapes.
Device: the meter's own number: ADCO or ADSC of the TIC, ``serial`` of CONTRACT; else the one that
    another topic below the same prefix last told; else the device's part of the topic:
    ``tele/<x>/SENSOR`` and ``<x>/tele/SENSOR`` are x.
Units: TIC and CONTRACT registers Wh, as numbers or texts; ENERGY.Total kWh; PAPP, SINSTS, SINSTI,
    METER.P, PROD.VA VA; METER.W, PROD.W, ENERGY.Power W.
Label: registers and powers of an instant.
Zone: DATE of the standard TIC is local with its season letter; ``Time`` is local without offset:
    on the October night the hour nearer to the arrival is taken. No time at all: the arrival.
Cadence: as set on the device: each TIC frame (1 to 2 s) to each telemetry period (5 min).
Traps: VA is not W (F11). EAST is the meter's own total beside its parts EASF (supplier) and EASD
    (distributor), which each add up to it (F5). ENERGY.Total is counted by Tasmota since
    TotalStartTime and is no meter's register: it counts only where the meter's number is not known;
    of phases in a list, as of powers, the sum. Register one of the two ids, not both. CONTRACT
    tells the registers by the names of their periods ("HP..", "HEURE PLEINE"), up to version 14.4
    without the number and the total; CONSO is 0 before the first reception (F12). Today, Yesterday
    and CCASN are not readings.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from connectors import _tic
from connectors._json import load_object, not_this
from connectors._message import Message, not_a_file, nothing, refused
from connectors._time import horodate, local_seconds
from connectors._units import KWH, VOLT_AMPERE, WATT, WH, BadValueError, Unit
from hub.model import TOTAL, Context, Decoded, Flow, Quality

NAME = "tasmota_teleinfo"
LABELS = {"register": "instant"}
DEVICE = "meter"
TOPICS = (
    *(f"tele/+/{last}" for last in ("SENSOR", "RESULT", "TIC", "LIVE")),
    *(f"+/tele/{last}" for last in ("SENSOR", "RESULT", "TIC", "LIVE")),
)
COMPANIONS = TOPICS  # any of them may tell the meter's number
sniff = not_a_file

_OWN_NUMBER = re.compile(rb'"(?:ADCO|ADSC|serial)"\s*:\s*"?([0-9A-Za-z]{6,14})\b')

#: Period of a contract -> its register: historique mode has names, standard mode numbers.
_PERIODS: Mapping[str, str] = {
    period: register
    for register, periods in {
        "BASE": ("TH..",),
        **{part: (f"{part}..", part) for part in ("HC", "HP", "HN", "PM")},
        **{part: (part,) for part in ("HCJB", "HPJB", "HCJW", "HPJW", "HCJR", "HPJR")},
        "F1": ("PERIOD1", "BASE", "HEURE CREUSE", "HEURES CREUSES", "HEURE NORMALE", "HC BLEU"),
        "F2": ("PERIOD2", "HEURE PLEINE", "HEURES PLEINES", "HEURE POINTE", "HP BLEU"),
        "F3": ("PERIOD3", "HC BLANC"),
        "F4": ("PERIOD4", "HP BLANC"),
        "F5": ("PERIOD5", "HC ROUGE"),
        "F6": ("PERIOD6", "HP ROUGE"),
        **{f"F{n}": (f"PERIOD{n}",) for n in range(7, 11)},
    }.items()
    for period in periods
}
#: Section -> field -> unit, flow of powers; those of the TIC are :mod:`connectors._tic`'s.
_POWERS: Mapping[str, Mapping[str, tuple[Unit, Flow]]] = {
    "METER": {
        "P": (VOLT_AMPERE, "consumption"),
        "W": (WATT, "consumption"),
        "PP": (VOLT_AMPERE, "injection"),
        "PW": (WATT, "injection"),
    },
    "PROD": {"VA": (VOLT_AMPERE, "injection"), "W": (WATT, "injection")},
    "ENERGY": {"ApparentPower": (VOLT_AMPERE, "consumption"), "Power": (WATT, "consumption")},
}


def decode(payload: bytes, ctx: Context) -> Decoded:
    """One message. Raises DecodeError for bad JSON and where no device can be told."""
    said = load_object(payload, NAME)
    sections = {name: s for name, s in said.items() if isinstance(s, dict)}
    if "TIC" not in sections and not _tic.REGISTERS.keys().isdisjoint(said):
        sections["TIC"] = said
    if sections.keys().isdisjoint({*_POWERS, "TIC", "CONTRACT"}):
        return nothing()
    number = _number(sections) or _number_elsewhere(ctx)
    device = number or ctx.device or _device_of(ctx.topic)
    if not device:
        raise not_this(NAME, "neither ADCO nor ADSC nor a topic tells the device")
    try:
        ts, quality = _time(said, sections.get("TIC", {}), ctx)
    except BadValueError as error:
        return refused("Time", error)
    message = Message(device, "electricity", ts, quality)
    _registers(message, sections, number)
    for name, fields in _POWERS.items():
        for field, (unit, flow) in fields.items():
            if field in sections.get(name, {}):
                message.power(f"{name}.{field}", _sum(sections[name][field]), unit, flow)
    return message.done()


def _registers(message: Message, sections: Mapping[str, Any], number: str) -> None:
    _tic.tell(message, sections.get("TIC", {}), "TIC.")
    contract = sections.get("CONTRACT", {})
    if contract.get("CONSO", ...) != 0:
        parts = {field: _PERIODS[field] for field in contract if field in _PERIODS}
        for field, register in ({"CONSO": TOTAL} | parts).items():
            if field in contract:
                message.register(f"CONTRACT.{field}", contract[field], WH, register)
    if contract.get("PROD", 0) != 0:
        message.register("CONTRACT.PROD", contract["PROD"], WH, TOTAL, "injection")
    energy = sections.get("ENERGY", {})
    if "Total" in energy and not number:
        message.register("ENERGY.Total", _sum(energy["Total"]), KWH, TOTAL)


def _time(said: Mapping[str, Any], tic: Mapping[str, Any], ctx: Context) -> tuple[int, Quality]:
    """When it was: the meter's own clock, else the gateway's, else the arrival."""
    if "DATE" in tic and (isinstance(tic["DATE"], str) and tic["DATE"].strip()):
        ts, sure = horodate(tic["DATE"], ctx.zone)
        return ts, Quality.GOOD if sure else Quality.DEGRADED_CLOCK
    if "Time" in said:
        return local_seconds(said["Time"], ctx.zone, ctx.received_at), Quality.GOOD
    return ctx.received_at, Quality.ARRIVAL_TIME


def _number(sections: Mapping[str, Any]) -> str:
    contract = sections.get("CONTRACT", {})
    return _tic.number_of(sections.get("TIC", {})) or _tic.number_of(
        {"ADSC": _tic.printed(contract.get("serial"))}
    )


def _number_elsewhere(ctx: Context) -> str:
    """The meter's number in the latest messages of the topics beside this one.

    Not of this topic's own last message: where shapes take turns on one topic, the id of ENERGY
    and METER would take turns too.
    """
    prefix = ctx.topic.rpartition("/")[0] + "/"
    for topic, payload in ctx.companions.items():
        if topic != ctx.topic and topic.startswith(prefix):
            match = _OWN_NUMBER.search(payload)
            if match:
                return _tic.number_of({"ADSC": _tic.printed(match[1].decode("ascii"))})
    return ""


def _device_of(topic: str) -> str:
    return "/".join(part for part in topic.split("/")[:-1] if part not in ("tele", "stat"))


def _sum(raw: object) -> object:
    """Three phases may come as a list: their sum."""
    if isinstance(raw, list) and raw and all(type(p) in (int, float) for p in raw):
        return sum(raw)
    return raw
