"""What LoRaWAN network servers wrap an uplink in: ChirpStack 3 and 4, The Things Stack, LORIOT."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import orjson

from connectors._time import utc_seconds
from connectors._units import BadValueError
from hub.model import Context, Quality

_EUI = re.compile(r"[0-9A-Fa-f]{16}")
#: What only an uplink of ChirpStack has, beside what every event of a device has.
_UPLINK = frozenset({"rxInfo", "dr", "fPort", "fCnt", "data", "objectJSON"})
#: LORIOT's messages that hold an uplink: of the first gateway, and of all that heard it.
_LORIOT = (None, "rx", "gw")


@dataclass(frozen=True, slots=True)
class Uplink:
    """What a device sent. ts: when the server heard it, seconds since 1970 UTC.

    decoded: what the server's codec made of it; raw: its bytes. tags: what its owner told the
    server of the device.
    """

    device: str
    ts: int
    quality: Quality
    port: int | None
    decoded: Mapping[str, Any]
    raw: bytes
    tags: Mapping[str, Any]


def is_event(said: object) -> bool:
    """Whether it is an event of a device, of any of the servers."""
    if not isinstance(said, dict):
        return False
    names = said.keys()
    if {"input", "output"} <= names:
        return isinstance(said["input"], dict)
    return not names.isdisjoint({"deviceInfo", "devEUI", "end_device_ids", "EUI"})


def unwrapped(said: Any) -> Any:
    """The event itself, where The Things Stack sends or stores it in an envelope."""
    for name in ("result", "data"):
        within = said.get(name) if isinstance(said, dict) else None
        if isinstance(within, dict) and "end_device_ids" in within:
            return within
    return said


def uplink(said: Mapping[str, Any], ctx: Context) -> Uplink | None:
    """The uplink of an event; None where it is another event (join, ack, downlink, status).

    Raises BadValueError.
    """
    if "end_device_ids" in said:
        return _things_stack(said, ctx)
    if "EUI" in said:
        return _loriot(said, ctx)
    if "input" in said:
        return _example(said, ctx)
    if _UPLINK.isdisjoint(said) or _other_event(ctx.topic):
        return None
    return _chirpstack(said, ctx)


def _other_event(topic: str) -> bool:
    head, _, kind = topic.rpartition("/")
    return head.endswith("/event") and kind != "up"


def _chirpstack(said: Mapping[str, Any], ctx: Context) -> Uplink:
    info = _mapping(said.get("deviceInfo"))
    gateways = said.get("rxInfo")
    heard = [_mapping(g).get("time") for g in (gateways if isinstance(gateways, list) else [])]
    ts, quality = _time([said.get("time"), said.get("publishedAt"), *heard], ctx)
    decoded = _mapping(said.get("object"))
    if not decoded and isinstance(said.get("objectJSON"), str):
        decoded = _parsed(said["objectJSON"])
    return Uplink(
        _eui(info.get("devEui", said.get("devEUI")), ctx),
        ts,
        quality,
        _port(said.get("fPort")),
        decoded,
        _base64(said.get("data"), "data"),
        _mapping(info.get("tags", said.get("tags"))),
    )


def _things_stack(said: Mapping[str, Any], ctx: Context) -> Uplink | None:
    message = said.get("uplink_message")
    if not isinstance(message, dict) or said.get("simulated") is True:
        return None
    ts, quality = _time([message.get("received_at"), said.get("received_at")], ctx)
    return Uplink(
        _eui(_mapping(said["end_device_ids"]).get("dev_eui"), ctx),
        ts,
        quality,
        _port(message.get("f_port")),
        _mapping(message.get("decoded_payload")),
        _base64(message.get("frm_payload"), "frm_payload"),
        {},
    )


def _loriot(said: Mapping[str, Any], ctx: Context) -> Uplink | None:
    if said.get("cmd") not in _LORIOT:
        return None
    if "data" not in said and "decoded" not in said and said.get("encdata"):
        raise BadValueError("encrypted", "encdata", "encdata")
    stamp = said.get("ts")
    if type(stamp) is int:
        ts, quality = seconds(stamp, "ts"), Quality.GOOD
    else:
        ts, quality = _time([stamp, said.get("time")], ctx)
    decoded = _mapping(said.get("decoded"))
    return Uplink(
        _eui(said["EUI"], ctx),
        ts,
        quality,
        _port(said.get("port")),
        _mapping(decoded.get("data")) or decoded,
        _hex(said.get("data"), "data"),
        {},
    )


def _example(said: Mapping[str, Any], ctx: Context) -> Uplink:
    """An example beside a codec: bytes and what they mean, of no device."""
    sent = _mapping(said["input"])
    listed = sent.get("bytes")
    raw = _hex(sent.get("bytes_hex"), "bytes_hex")
    if isinstance(listed, list) and all(type(b) is int and 0 <= b < 256 for b in listed):
        raw = bytes(listed)
    decoded = _mapping(_mapping(said.get("output")).get("data"))
    ts, quality = ctx.received_at, Quality.ARRIVAL_TIME
    return Uplink(ctx.device, ts, quality, _port(sent.get("fPort")), decoded, raw, {})


def seconds(raw: int, column: str) -> int:
    """Seconds since 1970 of a number of seconds or milliseconds. Raises BadValueError."""
    if not 0 <= raw < 10**14:
        raise BadValueError("bad_time", raw, column)
    return raw // 1000 if raw >= 10**11 else raw


def _time(told: list[Any], ctx: Context) -> tuple[int, Quality]:
    """The first moment of those that the server may have told; else the arrival."""
    for raw in told:
        if raw is not None and raw != "":
            return utc_seconds(raw), Quality.GOOD
    return ctx.received_at, Quality.ARRIVAL_TIME


def _eui(raw: object, ctx: Context) -> str:
    """The DevEUI in upper case: hexadecimal, or base64 as ChirpStack 3 may write it."""
    text = raw.replace("-", "").replace(":", "") if isinstance(raw, str) else ""
    if len(text) == 12 and text.endswith("="):
        with suppress(binascii.Error, ValueError):
            text = base64.b64decode(text, validate=True).hex()
    if raw is None:
        text = next((part for part in ctx.topic.split("/") if _EUI.fullmatch(part)), ctx.device)
        return text.upper() if _EUI.fullmatch(text) else text
    if not _EUI.fullmatch(text):
        raise BadValueError("bad_name", raw, "devEui")
    return text.upper()


def _port(raw: object) -> int | None:
    return raw if type(raw) is int else None


def _mapping(raw: object) -> Mapping[str, Any]:
    return raw if isinstance(raw, dict) else {}


def _parsed(text: str) -> Mapping[str, Any]:
    try:
        return _mapping(orjson.loads(text))
    except orjson.JSONDecodeError:
        return {}


def _base64(raw: object, column: str) -> bytes:
    try:
        return base64.b64decode(raw if isinstance(raw, str) else "", validate=True)
    except (binascii.Error, ValueError):
        raise BadValueError("no_codec", raw, column) from None


def _hex(raw: object, column: str) -> bytes:
    try:
        return bytes.fromhex(raw if isinstance(raw, str) else "")
    except ValueError:
        raise BadValueError("no_codec", raw, column) from None
