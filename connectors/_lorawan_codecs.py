"""Bytes of known LoRaWAN meters and counters -> the fields that their makers' codecs give."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

#: The field under which a codec keeps the bytes it could not read, in hexadecimal.
REST = "undecoded"

_MILESIGHT_PORT, _AXIOMA_PORT = 85, 100
#: Milesight EM300-DI and EM300-DI Hall: channel and type -> bytes of the value.
_LENGTHS = {
    (0xFF, 0x01): 1, (0xFF, 0x09): 2, (0xFF, 0x0A): 2, (0xFF, 0x0B): 1, (0xFF, 0x0F): 1,
    (0xFF, 0x16): 8, (0xFF, 0xFE): 1, (0xFF, 0xFF): 2, (0x01, 0x75): 1, (0x03, 0x67): 2,
    (0x04, 0x68): 1, (0x05, 0x00): 1, (0x85, 0x00): 2, (0x05, 0xC8): 4, (0x05, 0xE1): 8,
    (0x06, 0xE1): 8, (0x85, 0xE1): 9, (0x20, 0xCE): 13, (0x21, 0xCE): 18,
}  # fmt: skip
#: Channels of answers to what the device was asked: its settings.
_SETTINGS = (0xFE, 0xFF)
#: What the input counts, in an entry of the history: 1 is a switch.
_COUNTS = 2
_W1_FRAME = struct.Struct("<BIBI")
_W1_EXTENDED = struct.Struct("<IBIII")
_W1_LENGTH, _W1_EXTENDED_LENGTH = 51, 48
_W1_HOURS, _W1_BITS = 23, 14


def fields_of(port: int | None, raw: bytes) -> dict[str, Any] | None:
    """The fields of a payload; None where the device is not known by its port and its bytes."""
    if port == _MILESIGHT_PORT:
        return _milesight(raw)
    if port == _AXIOMA_PORT and len(raw) == _W1_LENGTH and raw[0] == 1:
        return _qalcosonic_w1(raw)
    if port == _AXIOMA_PORT and len(raw) == _W1_EXTENDED_LENGTH:
        return _qalcosonic_w1_extended(raw)
    return None


def _milesight(raw: bytes) -> dict[str, Any] | None:
    """Entries of channel, type and value, one after the other; the history has its own times."""
    said: dict[str, Any] = {}
    at = 0
    while at < len(raw):
        kind = (raw[at], raw[at + 1] if at + 1 < len(raw) else -1)
        value = raw[at + 2 : at + 2 + _LENGTHS.get(kind, 0)]
        if kind not in _LENGTHS or len(value) < _LENGTHS[kind]:
            if at == 0 and kind[0] not in _SETTINGS:
                return None
            if kind[0] not in _SETTINGS:
                said[REST] = raw[at:].hex()
            break
        if kind == (0x05, 0xC8):
            said["pulse"] = int.from_bytes(value, "little")
        elif kind[1] == 0xE1:
            said |= _converted(value)
        elif kind[1] == 0xCE:
            said.setdefault("history", []).append(_past(kind[0], value))
        at += 2 + len(value)
    return said


def _past(channel: int, value: bytes) -> dict[str, Any]:
    """An entry of the history: 0x20 counts pulses, 0x21 converts them."""
    said: dict[str, Any] = {"timestamp": int.from_bytes(value[:4], "little")}
    if channel == 0x20 and value[7] == _COUNTS:
        said["pulse"] = int.from_bytes(value[9:13], "little")
    elif channel == 0x21 and value[8] == _COUNTS:
        said |= _converted(value[10:])
    return said


def _converted(value: bytes) -> dict[str, Any]:
    """Pulses times what the device was told they are worth: in a unit that it does not send.

    The shortest decimal that gives the binary number is what is meant.
    """
    _, _, amount = struct.unpack_from("<HHf", value)
    return {"water": np.format_float_positional(np.float32(amount), unique=True, trim="-")}


def _qalcosonic_w1(raw: bytes) -> dict[str, Any]:
    """Volume at the start of the log and 23 hours of 14 bits each, in litres."""
    _, stamp, status, volume = _W1_FRAME.unpack_from(raw)
    packed = int.from_bytes(raw[_W1_FRAME.size :], "little")
    hours = [(packed >> _W1_BITS * n) & (1 << _W1_BITS) - 1 for n in range(_W1_HOURS)]
    if packed >> _W1_BITS * _W1_HOURS:  # a scale of the hours of which nothing is known
        return {REST: raw.hex()}
    return {
        "timestamp_unix": stamp,
        "permanent_error": bool(status & 0x08),
        "log_volume_l": volume,
        **{f"delta_{n}_l": litres for n, litres in enumerate(hours, start=1)},
        "history_count": _W1_HOURS,
        "current_volume_l": volume + sum(hours),
    }


def _qalcosonic_w1_extended(raw: bytes) -> dict[str, Any]:
    """Two volumes with their times; the steps between are as long as the meter was told."""
    stamp, status, volume, log_stamp, log_volume = _W1_EXTENDED.unpack_from(raw)
    return {
        "timestamp_unix": stamp,
        "permanent_error": bool(status & 0x08),
        "current_volume_l": volume,
        "history": [{"timestamp": log_stamp, "current_volume_l": log_volume}],
    }
