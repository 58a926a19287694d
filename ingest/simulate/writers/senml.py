"""SenML (RFC 8428) packs of an inverter's register."""

from __future__ import annotations

from collections.abc import Sequence


def register(device: str, name: str, unit: str, values: Sequence[int], times: Sequence[int]) -> str:
    """The records of one register: `name` as `<commodity>/<flow>/<register>`, whole `unit`s.

    Returned without the pack's brackets, so that several make one pack.
    """
    base = times[0]
    records = [f'{{"bn":"{device}/","bt":{base},"bu":"{unit}","n":"{name}","v":{values[0]}}}']
    records += [
        f'{{"n":"{name}","t":{at - base},"v":{value}}}'
        for value, at in zip(values[1:], times[1:], strict=True)
    ]
    return ",\n".join(records)


def pack(parts: Sequence[str]) -> bytes:
    """One SenML document of several devices' records."""
    return ("[" + ",\n".join(parts) + "]\n").encode()
