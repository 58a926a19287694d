"""Linky through a ZLinky_TIC Zigbee module and Zigbee2MQTT.

Source: MQTT JSON on ``<base>/<friendly name>``; each message repeats all that is known so far.
Device: ``meter_serial_number`` (ADCO, ADSC), else ``site_id`` (PRM), else the friendly name.
Units: registers Wh or kWh by generation, see Traps; ``apparent_power`` VA.
Label: registers and powers of an instant.
Zone: ``last_seen`` says its own (UTC, an offset, or milliseconds); else ``current_date``, the
    meter's clock with its season letter, if at most an hour old; else the arrival.
Cadence: on change and by polling, 10 s to some minutes.
Traps: the unit changed (F10). A register with decimals is kWh. Without: names_with_underscores
    are kWh (rounded to whole ones by the option kWh_precision), camelCaseNames of 2021 are Wh; a
    value over 999 999, which no Linky shows in kWh, is Wh whatever its name. The note says which.
    65535, -32768 and null mean "not available" (F9). ``active_power`` is CCASN, the mean of the
    last half-hour, not a power of now: left out. VA is not W (F11). Tiers are F1 to F10 in
    standard mode and take their names from the contract in historique mode (HC/HP, EJP, Tempo);
    there the total is 0 unless the contract is BASE (F12), or Zigbee2MQTT made it of tiers 1 and 2,
    once, which is less than a Tempo contract counts: beside tiers it is not read. Newer modules
    send the registers of the standard mode as 0 in historique mode: no reading. Nor is a zero
    beside other registers, or before the first reception.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from connectors._json import load_object, not_this
from connectors._linky_tiers import ABSENT, TIERS, tier_names, unsaid
from connectors._message import Message, not_a_file, nothing, refused
from connectors._time import horodate, utc_seconds
from connectors._units import KWH, SENTINELS, VOLT_AMPERE, WH, BadValueError, Unit
from hub.model import TOTAL, Context, Decoded, Flow, Note, Quality

NAME = "zigbee2mqtt_zlinky"
LABELS = {"register": "instant"}
DEVICE = "meter"
TOPICS = ("zigbee2mqtt/+", "zigbee2mqtt/+/+")
sniff = not_a_file

#: What Zigbee2MQTT says of itself and of a device's presence, partly not JSON.
_NO_DEVICE = re.compile(r"/bridge/|/(?:availability|get|set)$")

#: What a register is called. One that :func:`_registers` does not know is refused if it is alone.
_REGISTER = re.compile(r"current_\w*summ_(?:delivered|received)|active_ener[gf]y_(?:out|in)_")

#: "Not available" of powers, which are 16 bits wide: 65535 is a fair register.
_NO_POWER = (*ABSENT, 65535)
#: What tells nothing of the unit.
_NO_REGISTER = frozenset((*ABSENT, *SENTINELS, *(stop / 1000 for stop in SENTINELS)))
_MOST_KWH = 999_999  # nine digits of Wh
_NOTES = {
    WH: Note(
        "zlinky_wh",
        "registres lus en Wh : noms en camelCase sans décimales, ou valeurs au-delà de 999 999",
        "registers read as Wh: camelCase names without decimals, or values over 999 999",
    ),
    KWH: Note(
        "zlinky_kwh",
        "registres lus en kWh : noms avec tirets bas, ou décimales",
        "registers read as kWh: names with underscores, or decimals",
    ),
}


def decode(payload: bytes, ctx: Context) -> Decoded:
    """One message. Raises DecodeError for bad JSON and where no device can be told."""
    if _NO_DEVICE.search(ctx.topic):
        return nothing()
    raw = load_object(payload, NAME)
    old = any(name.startswith("current") and name[7:8].isupper() for name in raw)
    said = {_underscored(name): value for name, value in raw.items()} if old else raw
    registers = list(_registers(said))
    odd = next((name for name in said if _REGISTER.match(name)), None) if not registers else None
    if not registers and "apparent_power" not in said and odd is None:
        return nothing()
    device = _device(said, ctx)
    if not device:
        raise not_this(NAME, "neither meter_serial_number nor a topic tells the device")
    try:
        ts, quality = _time(said, ctx)
    except BadValueError as error:
        return refused("last_seen", error)
    message = Message(device, "electricity", ts, quality)
    unit = _unit([said[field] for field, _, _ in registers], old)
    silent = set(unsaid(said, registers))
    for field, flow, register in registers:
        if field in silent:
            message.gap(field)
        else:
            message.register(field, said[field], unit, register, flow)
    if odd is not None:
        message.reject(odd[:80], BadValueError("bad_name", odd))
    _powers(message, said)
    decoded = message.done()
    if registers and decoded.series:
        decoded.notes.append(_NOTES[unit])
    return decoded


def _registers(said: Mapping[str, Any]) -> Iterator[tuple[str, Flow, str]]:
    """(field, flow, register) of what is there."""
    if "current_summ_delivered" in said:
        yield "current_summ_delivered", "consumption", TOTAL
    for tier, register in zip(TIERS, tier_names(said), strict=False):
        if tier in said:
            yield tier, "consumption", register
    for n in range(1, 5):
        for spelt in ("energy", "enerfy"):  # the misspelling is Zigbee2MQTT's own, until 2023
            if (field := f"active_{spelt}_out_d0{n}") in said:
                yield field, "consumption", f"D{n}"
    if "current_summ_received" in said:
        yield "current_summ_received", "injection", TOTAL


def _unit(values: list[Any], old: bool) -> Unit:
    numbers = [v for v in values if type(v) in (int, float) and v not in _NO_REGISTER]
    if any(v > _MOST_KWH for v in numbers):
        return WH
    return WH if old and not any(type(v) is float for v in numbers) else KWH


def _powers(message: Message, said: Mapping[str, Any]) -> None:
    # With three phases apparent_power is the first one and total_apparent_power all of them.
    total = said.get("total_apparent_power")
    field = "apparent_power" if total in _NO_POWER else "total_apparent_power"
    flows: dict[str, Flow] = {field: "consumption", "injected_v_a": "injection"}
    for name, flow in flows.items():
        if said.get(name) not in _NO_POWER:
            message.power(name, said[name], VOLT_AMPERE, flow)
        elif name in said:
            message.gap(name)


def _device(said: Mapping[str, Any], ctx: Context) -> str:
    for field in ("meter_serial_number", "site_id"):
        if str(said.get(field) or "").strip("0 "):
            return str(said[field]).strip()
    return ctx.topic.rpartition("/")[2] or ctx.device


def _time(said: Mapping[str, Any], ctx: Context) -> tuple[int, Quality]:
    seen = said.get("last_seen")
    if type(seen) is int and 0 < seen < 10**14:
        return seen // 1000, Quality.GOOD
    if seen is not None:
        return utc_seconds(seen), Quality.GOOD
    try:
        ts, sure = horodate(said.get("current_date"), ctx.zone)
    except BadValueError:
        return ctx.received_at, Quality.ARRIVAL_TIME
    if -60 <= ctx.received_at - ts <= 3600:
        return ts, Quality.GOOD if sure else Quality.DEGRADED_CLOCK
    return ctx.received_at, Quality.ARRIVAL_TIME


@lru_cache(maxsize=1024)
def _underscored(name: str) -> str:
    return re.sub(r"([A-Z])", r"_\1", name).lower()
