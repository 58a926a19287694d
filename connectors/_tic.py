"""Labels of the TIC (télé-information client) that are readings: one table for all who read them.

Registers are Wh, powers VA; the rest of a frame (contract, currents, voltages, notices) is neither.
CCASN and CCAIN, means of the last period of the load curve, repeat what the registers say better.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from connectors._message import Message
from connectors._units import SENTINELS, VOLT_AMPERE, WH, BadValueError, Unit
from hub.model import TOTAL, Flow, Kind

#: Labels of the meter's own number: historique, standard.
NUMBERS = ("ADCO", "ADSC")

#: Label -> flow and register of what is counted in Wh.
REGISTERS: Mapping[str, tuple[Flow, str]] = {
    "BASE": ("consumption", "BASE"),
    "HCHC": ("consumption", "HC"),
    "HCHP": ("consumption", "HP"),
    "EJPHN": ("consumption", "HN"),
    "EJPHPM": ("consumption", "PM"),
    **{f"BBR{r}": ("consumption", r) for r in ("HCJB", "HPJB", "HCJW", "HPJW", "HCJR", "HPJR")},
    "EAST": ("consumption", TOTAL),
    **{f"EASF{n:02}": ("consumption", f"F{n}") for n in range(1, 11)},
    **{f"EASD{n:02}": ("consumption", f"D{n}") for n in range(1, 5)},
    "EAIT": ("injection", TOTAL),
}
#: Label -> flow of an apparent power, VA.
POWERS: Mapping[str, Flow] = {
    "PAPP": "consumption",
    "SINSTS": "consumption",
    "SINSTI": "injection",
}


class Reading(NamedTuple):
    """What a label is."""

    flow: Flow
    unit: Unit
    register: str
    kind: Kind


READINGS: Mapping[str, Reading] = {
    **{label: Reading(f, WH, register, "register") for label, (f, register) in REGISTERS.items()},
    **{label: Reading(flow, VOLT_AMPERE, TOTAL, "power") for label, flow in POWERS.items()},
}

#: What a register's label looks like. Where a frame holds no other, one of no name is refused.
_REGISTER = re.compile(r"(?:EA[SI]|BBR|EJPH|HCH)\w")


def odd_label(labels: Mapping[str, Any]) -> str:
    """A label that looks like a register, where none of ``labels`` is one; ''."""
    if not REGISTERS.keys().isdisjoint(labels):
        return ""
    return next((label for label in labels if _REGISTER.match(label)), "")


def tell(message: Message, labels: Mapping[str, Any], prefix: str = "") -> None:
    """Add what the ``labels`` of one frame say to a message; columns are named prefix + label."""
    if odd := odd_label(labels):
        message.reject(f"{prefix}{odd[:80]}", BadValueError("bad_name", odd))
    for label, (flow, unit, register, kind) in READINGS.items():
        if label in labels and kind == "register":
            message.register(f"{prefix}{label}", labels[label], unit, register, flow)
        elif label in labels:
            message.power(f"{prefix}{label}", labels[label], unit, flow)


def is_frame(labels: Mapping[str, Any]) -> bool:
    """Whether anything in ``labels`` is worth telling."""
    return not READINGS.keys().isdisjoint(labels) or odd_label(labels) != ""


def number_of(labels: Mapping[str, Any]) -> str:
    """The meter's own number; '' where the labels tell none, or a counter's stop (T11)."""
    raw = next((labels[name] for name in NUMBERS if labels.get(name)), "")
    text = raw.strip() if isinstance(raw, str) else printed(raw)
    return "" if text.isdecimal() and int(text) in SENTINELS else text


def printed(number: object) -> str:
    """A meter's number as it stands on it, with the zeros that it loses where it is counted with;
    '' where this is none."""
    text = str(number).strip() if isinstance(number, str) or type(number) is int else ""
    if not text.isdecimal():
        return text
    return text.zfill(12) if int(text) else ""
