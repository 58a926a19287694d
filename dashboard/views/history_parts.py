"""Bars split into parts: registers, and what a roof made into used here and gone. Pure."""

from __future__ import annotations

from dataclasses import replace

from dashboard.tongue import Tongue
from dashboard.views.bars import Bar, Second
from dashboard.views.history_bars import HistoryData, bars_of, rows_of
from hub.store.commodities import Commodity

_ORDER = {"HP": 0, "HC": 1, "BASE": 2}


def parts_of(
    tongue: Tongue, data: HistoryData, commodity: Commodity, bars: list[Bar]
) -> tuple[list[Bar], tuple[str, ...], Second]:
    """HP and HC where registers tell them; production into what was used and what left."""
    if commodity.main_flow == "production":
        return _used_and_left(tongue, data, bars)
    registers = sorted(
        {
            row.measure.register
            for row in data.rows
            if row.measure.commodity == commodity.commodity
            and row.measure.flow == commodity.main_flow
            and row.measure.register != "TOTAL"
        },
        key=lambda register: (_ORDER.get(register, 9), register),
    )
    if len(registers) < 2:
        return bars, (), "tint"
    columns = [
        bars_of(tongue, data, commodity, commodity.main_flow, register) for register in registers
    ]
    split = [
        replace(bar, parts=tuple((part.amount or 0, part.allocated) for part in parts))
        if all(part.amount is not None for part in parts)
        else bar
        for bar, *parts in zip(bars, *columns, strict=True)
    ]
    return split, tuple(register_name(tongue, register) for register in registers), "tint"


def register_name(tongue: Tongue, register: str) -> str:
    """A register as people know it, with its gloss."""
    names = {"HP": tongue.t("heures pleines (HP)"), "HC": tongue.t("heures creuses (HC)")}
    return names.get(register, register)


def _used_and_left(
    tongue: Tongue, data: HistoryData, bars: list[Bar]
) -> tuple[list[Bar], tuple[str, ...], Second]:
    """Injection is what the network's meter saw leaving; the rest was used at once."""
    grid = next((c for c in data.commodities if "injection" in c.flows), None)
    if grid is None or not rows_of(data, grid.commodity, "injection", grid.quantity):
        return bars, (), "tint"
    left = bars_of(tongue, data, grid, "injection")
    split = [
        replace(bar, parts=((bar.amount - out.amount, 0), (out.amount, 0)))
        if bar.amount is not None and out.amount is not None and 0 <= out.amount <= bar.amount
        else bar
        for bar, out in zip(bars, left, strict=True)
    ]
    return split, (tongue.t("utilisé sur place"), tongue.t("parti au réseau")), "dots"
