"""Tables of registers in Enedis files: one column a register, one row an instant."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from connectors import _text
from connectors._enedis_layout import UNITS, Block
from connectors._rows import Rows
from hub.model import TOTAL, ChannelKey, Decoded, Flow, Gap, Int64Array, Quality, Series

_REGISTER = re.compile(r"ea([si]) ?(?:([fd]\d{1,2})|t)")


def columns(block: Block) -> list[int]:
    """Columns of ``block`` that are registers: EAS F1..F10, EAS D1..D4, EAS T, and EAI likewise."""
    return [i for i, name in enumerate(block.columns) if _REGISTER.fullmatch(name)]


def decode(lines: Sequence[bytes], block: Block, device: str, zone: str, into: Decoded) -> None:
    """Add a table of registers to ``into``: each column that has values is a channel.

    A row with a cell that is no number is refused whole: the other registers lose no energy by it.
    """
    rows = Rows.of(lines, block.rows, [name.upper() for name in block.columns], block.skip)
    ts = rows.times(0, zone)
    factor, power = UNITS[block.unit or "wh"]
    if power:
        rows.refuse(rows.good, "bad_unit", 0)
    read = {i: rows.amounts(i, factor) for i in columns(block) if any(rows.cells[i])}
    said = np.any([said for _, said in read.values()], axis=0) if read else np.zeros(len(ts), bool)
    empty = rows.good & ~said
    into.gaps += [
        Gap(row, at) for row, at in zip(rows.line[empty].tolist(), ts[empty].tolist(), strict=True)
    ]
    into.rejects += rows.rejects()
    quality = _quality(rows, block)
    for i, (value, filled) in read.items():
        taken = rows.good & filled
        key = _key(block, block.columns[i], device)
        if taken.any():
            into.series.append(
                Series(key, ts[taken], value[taken], row=rows.line[taken], quality=quality[taken])
            )


def _key(block: Block, name: str, device: str) -> ChannelKey:
    match = _REGISTER.fullmatch(name)
    side, part = match.groups() if match else ("s", None)
    flow: Flow = "injection" if side == "i" else block.flow
    return ChannelKey(device, "electricity", flow, "energy", (part or TOTAL).upper(), "register")


def _quality(rows: Rows, block: Block) -> Int64Array:
    """What the column "Type de releve" says of each row."""
    at = [i for i, name in enumerate(block.columns) if _text.like(name, "type de releve")]
    told = rows.cells[at[0]] if at else [b""] * len(rows.line)
    codes = {cell: _code(_text.fold(cell)) for cell in set(told)}
    return np.array([codes[cell] for cell in told], np.int64)


def _code(told: str) -> Quality:
    if "estim" in told:
        return Quality.ESTIMATED_BY_SOURCE
    return Quality.CORRECTED_BY_SOURCE if "corrig" in told else Quality.GOOD
