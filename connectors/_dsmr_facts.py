"""Which lines of a P1 telegram are readings: registers, powers, and meters behind the meter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from connectors._dsmr import NEVER, Lines, equipment
from connectors._message import channel
from hub.model import TOTAL, ChannelKey, Flow, Kind, Quantity

_NUMBERS = ("0-0:96.1.1", "0-0:96.1.0", "0-0:96.1.255", "0-0:42.0.0")
_FLOWS: dict[str, Flow] = {"1": "consumption", "2": "injection"}
_REGISTER = re.compile(r"1-[01]:([12])\.8\.(\d|10)", re.ASCII)
#: 16.7.0 is the power of both ways, as 1.7.0 is for some.
_POWER = re.compile(r"1-[01]:(?:([12])|16)\.7\.0", re.ASCII)
#: 24.2.1 is corrected for temperature where there is a 24.2.3 too; 24.3.0 is of versions 2 and 3.
_BEHIND = re.compile(r"0-([1-9]\d?):24\.(?:2\.1|2\.3|3\.0)", re.ASCII)
#: Device type of EN 13757-3 -> what it counts.
_TYPES: dict[str, tuple[str, Quantity]] = {
    "2": ("electricity", "energy"),
    "3": ("gas", "volume"),
    **dict.fromkeys(("4", "12", "13"), ("heat", "energy")),
    **dict.fromkeys(("6", "7", "21", "22"), ("water", "volume")),
}


class Fact(NamedTuple):
    """A line that tells a value of ``key``. stamp: its own, '' for the telegram's.

    text: number and unit; '' where the meter has none to tell.
    """

    code: str
    key: ChannelKey
    stamp: str
    text: str


def number(lines: Lines) -> str:
    """The electricity meter's own number, '' if the telegram tells none."""
    return equipment(lines, *_NUMBERS)


def facts(lines: Lines, device: str) -> Iterator[Fact]:
    """What the telegram of ``device`` tells; of two lines of one channel the better is first."""
    for code in sorted(lines):
        meaning = _meaning(code)
        if meaning is None:
            if behind := _BEHIND.fullmatch(code):
                yield from _behind(code, behind[1], lines, device)
            continue
        flow, kind, register = meaning
        quantity: Quantity = "energy" if kind == "register" else "power"
        key = channel(device, "electricity", flow, quantity, register, kind)
        yield Fact(code, key, "", lines[code][-1])


@lru_cache(maxsize=256)
def _meaning(code: str) -> tuple[Flow, Kind, str] | None:
    """What a code of the electricity meter tells, and its register; None for other codes."""
    if register := _REGISTER.fullmatch(code):
        side, part = register.groups()
        return _FLOWS[side], "register", TOTAL if part == "0" else f"F{part}"
    if power := _POWER.fullmatch(code):
        return _FLOWS[power[1] or "1"], "power", TOTAL
    return None


def _behind(code: str, place: str, lines: Lines, device: str) -> Iterator[Fact]:
    """The last value of the meter at ``place``; nothing if its type is none of ours (cooling)."""
    kind = lines.get(f"0-{place}:24.1.0", ("",))[0].strip().lstrip("0")
    if kind not in _TYPES:
        return
    commodity, quantity = _TYPES[kind]
    values = lines[code]
    stamp, text = values[0] if len(values) > 1 else "", values[-1]
    if code.endswith("24.3.0"):  # (stamp)(status)(minutes)(count)(code)(unit)(value)
        text = f"{values[6]}*{values[5]}" if len(values) > 6 else ""
    if stamp.startswith(NEVER):
        stamp = text = ""
    own = equipment(lines, f"0-{place}:96.1.0", f"0-{place}:96.1.1") or f"{device}/{place}"
    key = channel(own, commodity, "consumption", quantity, TOTAL, "register")
    yield Fact(code, key, stamp, text)
