"""Bars split into parts: registers, and what a roof made into used here and gone. Pure.

Whatever no part accounts for is a part of its own, so that a bar is always as high as its total.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dashboard.registers import gloss, one_set, register_name
from dashboard.tongue import Tongue
from dashboard.views.bars import Bar, BarRow, Part
from dashboard.views.history_bars import HistoryData, bars_of, rows_of

Amounts = tuple[tuple[int | None, int], ...]
#: Tints from the first part to the last one.
_DARKEST, _LIGHTEST = 1.0, 0.42
#: Registers are read one by one and cut to their own steps: so far apart they still agree.
_SAME = 0.001


def with_parts(tongue: Tongue, data: HistoryData, row: BarRow) -> BarRow:
    """The same bars by register where registers tell; production by what was used and what left."""
    if row.commodity.main_flow == "production":
        return _used_and_left(tongue, data, row)
    commodity = row.commodity
    registers = one_set(
        found.measure.register
        for found in data.rows
        if found.measure.commodity == commodity.commodity
        and found.measure.flow == commodity.main_flow
        and found.measure.quantity == commodity.quantity
        and found.measure.register != "TOTAL"
    )
    if len(registers) < 2:
        return row
    columns = [
        bars_of(tongue, data, commodity, commodity.main_flow, register) for register in registers
    ]
    split = [
        replace(bar, parts=split_bar(bar, parts, commodity.resolution))
        for bar, *parts in zip(row.bars, *columns, strict=True)
    ]
    step = (_DARKEST - _LIGHTEST) / (len(registers) - 1)
    names = [
        Part(register_name(tongue, register), "tint", _DARKEST - step * place)
        for place, register in enumerate(registers)
    ]
    rest = Part(tongue.t("sans détail par tarif"), "rest")
    return _without_empty_rest(replace(row, bars=split), (*names, rest), gloss(tongue, registers))


def split_bar(bar: Bar, parts: Sequence[Bar], step: int) -> Amounts:
    """The registers' amounts and, last, the rest: together exactly the bar's amount.

    A difference of a few steps of the registers goes to the largest of them, and so does what a
    register went back by. Registers that count more than the total contradict it: nothing is said
    of them.
    """
    if bar.amount is None:
        return ()
    amounts = [
        0 if part.amount is not None and -step <= part.amount < 0 else part.amount for part in parts
    ]
    rest = bar.amount - sum(amount or 0 for amount in amounts)
    if any(amounts) and abs(rest) <= max(step * (len(parts) + 1), bar.amount * _SAME):
        largest = max(range(len(amounts)), key=lambda place: amounts[place] or 0)
        amounts[largest] = (amounts[largest] or 0) + rest
        rest = 0
    if rest < 0 or any(amount is not None and amount < 0 for amount in amounts):
        return (*((None, 0) for _ in parts), (bar.amount, bar.allocated))
    known = [
        (amount, min(part.allocated, amount or 0))
        for amount, part in zip(amounts, parts, strict=True)
    ]
    spread = bar.allocated - sum(allocated for _, allocated in known)
    return (*known, (rest, max(0, min(spread, rest))))


def _without_empty_rest(row: BarRow, parts: tuple[Part, ...], words: str) -> BarRow:
    """The rest is named only where there is one."""
    if any(bar.parts and (bar.parts[-1][0] or 0) > 0 for bar in row.bars):
        return replace(row, parts=parts, gloss=words)
    bars = [replace(bar, parts=bar.parts[:-1]) for bar in row.bars]
    return replace(row, bars=bars, parts=parts[:-1], gloss=words)


def _used_and_left(tongue: Tongue, data: HistoryData, row: BarRow) -> BarRow:
    """Injection is what the network's meter saw leaving; the rest was used at once."""
    grid = next((c for c in data.commodities if "injection" in c.flows), None)
    if grid is None or not rows_of(data, grid.commodity, "injection", grid.quantity):
        return row
    left = bars_of(tongue, data, grid, "injection")
    split = [
        replace(bar, parts=_used(bar, out, grid.resolution))
        for bar, out in zip(row.bars, left, strict=True)
    ]
    names = (
        Part(tongue.t("utilisé sur place")),
        Part(tongue.t("parti au réseau"), "dots"),
        Part(tongue.t("sans détail de l'usage"), "rest"),
    )
    return _without_empty_rest(replace(row, bars=split), names, "")


def _used(bar: Bar, out: Bar, step: int) -> Amounts:
    """Used here, left, and the whole as neither where what left is not known or cannot be.

    What the register of what left went back by, one step at most, is nothing that left.
    """
    if bar.amount is None:
        return ()
    if out.amount is None or not -step <= out.amount <= bar.amount:
        return ((None, 0), (None, 0), (bar.amount, bar.allocated))
    left = min(max(out.amount, 0), bar.amount)
    used = bar.amount - left
    spread = min(bar.allocated, used)
    return ((used, spread), (left, min(bar.allocated - spread, left)), (0, 0))
