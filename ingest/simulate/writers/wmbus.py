"""wmbusmeters' JSON, one telegram a line: water of an iPERL, gas of an Aerius."""

from __future__ import annotations

from collections.abc import Sequence


def water(meter: str, name: str, litres: int, stamp: str, flow_m3h: float = 0) -> str:
    """A water telegram: register in whole litres, `stamp` UTC ("2026-11-22T09:30:00Z")."""
    return (
        f'{{"_":"telegram","media":"water","meter":"iperl","name":"{name}","id":"{meter}",'
        f'"total_m3":{litres // 1000}.{litres % 1000:03d},"max_flow_m3h":{flow_m3h:g},'
        f'"timestamp":"{stamp}"}}'
    )


def gas(meter: str, name: str, litres: int, stamp: str, flow_m3h: float = 0) -> str:
    """A gas telegram: register in litres (dm3)."""
    return (
        f'{{"_":"telegram","media":"gas","meter":"aerius","name":"{name}","id":"{meter}",'
        f'"total_m3":{litres // 1000}.{litres % 1000:03d},"flow_m3h":{flow_m3h:g},'
        f'"temperature_c":17.5,"timestamp":"{stamp}"}}'
    )


def water_lines(meter: str, name: str, litres: Sequence[int], stamps: Sequence[str]) -> str:
    """A meter's telegrams, one a line, as its gateway would have kept them."""
    head = f'{{"_":"telegram","media":"water","meter":"iperl","name":"{name}","id":"{meter}",'
    lines = [
        f'{head}"total_m3":{value // 1000}.{value % 1000:03d},"max_flow_m3h":0,"timestamp":"{at}"}}'
        for value, at in zip(litres, stamps, strict=True)
    ]
    return "\n".join(lines) + "\n"


def gas_lines(meter: str, name: str, litres: Sequence[int], stamps: Sequence[str]) -> str:
    """A gas meter's telegrams, one a line."""
    rows = zip(litres, stamps, strict=True)
    return "".join(f"{gas(meter, name, value, at)}\n" for value, at in rows)
