"""Bars over time, the same at every level from half-hours to years. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from dashboard.amounts import Unit, exact, said
from dashboard.tongue import Tongue
from hub.store.commodities import Commodity

State = Literal["known", "partial", "missing", "before", "waiting", "future", "withheld", "total"]
#: How a part of a bar is filled: `rest` is what no part accounts for.
Fill = Literal["tint", "dots", "rest"]
#: Below this share of its seconds a period is said to be incomplete.
ENOUGH = 0.9


@dataclass(frozen=True, slots=True)
class Bar:
    """One period. `amount` = measured + allocated, None where nothing is known.

    `title` names the period in full; `parts` are (amount, allocated) of the row's parts, None
    where a part is not known: together they are the amount. `target` is the address a click leads
    to, "" for none; `estimated` stands beside the amount; `running`: the period is not over yet.
    """

    title: str
    amount: int | None
    allocated: int = 0
    state: State = "known"
    coverage: float = 1.0
    parts: tuple[tuple[int | None, int], ...] = ()
    target: str = ""
    estimated: int = 0
    running: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A part into which every bar of a row is split. `share`: how much colour its tint keeps."""

    name: str
    fill: Fill = "tint"
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class BarRow:
    """The bars of one commodity. `gloss` explains the parts' names, "" where they need none."""

    commodity: Commodity
    name: str
    unit: Unit
    bars: list[Bar]
    parts: tuple[Part, ...] = ()
    gloss: str = ""

    @property
    def total(self) -> int:
        """Sum of what is known."""
        return sum(bar.amount or 0 for bar in self.bars)

    @property
    def known(self) -> list[Bar]:
        """Bars with a value."""
        return [bar for bar in self.bars if bar.amount is not None]


def published_state(amount: int | None, released: bool) -> State:
    """What a published bar is: withheld is not the same as not yet there."""
    if amount is not None:
        return "known"
    return "withheld" if released else "missing"


def state_of(amount: int | None, coverage: float, future: bool) -> State:
    """What a bar is: null is not zero, and the future is not missing."""
    if amount is None or coverage <= 0:
        return "future" if future else "missing"
    return "known" if coverage >= ENOUGH else "partial"


def awaiting(bars: list[Bar], patience: int) -> list[Bar]:
    """The last periods before now that nothing followed yet are awaited, not missing.

    `patience`: how many periods before now may still arrive (portals deliver a day or more late).
    """
    past = sum(bar.state != "future" for bar in bars)
    shown = list(bars)
    for place in range(past - 1, max(-1, past - 1 - patience), -1):
        if bars[place].state != "missing":
            break
        shown[place] = replace(bars[place], state="waiting")
    return shown


def bar_words(tongue: Tongue, bar: Bar, unit: Unit) -> str:
    """What the cursor says of a bar."""
    if bar.amount is None:
        return absent(tongue, bar.state)
    value = said(tongue, bar.amount, unit)
    if bar.running:
        value = tongue.t("{value}, en cours", value=value)
    if bar.state == "partial":
        return tongue.t(
            "{value}, incomplet ({coverage} mesuré)",
            value=value,
            coverage=tongue.percent(bar.coverage),
        )
    if bar.allocated:
        return tongue.t("{value}, en partie réparti", value=value)
    return value


def absent(tongue: Tongue, state: State) -> str:
    """Why there is no value."""
    if state == "future":
        return tongue.t("à venir")
    if state == "waiting":
        return tongue.t("pas encore reçu")
    if state == "before":
        return tongue.t("avant les premières mesures")
    if state == "total":
        return tongue.t("seul le total du jour est connu")
    return tongue.t("non publié") if state == "withheld" else tongue.t("pas de mesure")


def cell(tongue: Tongue, amount: int | None, unit: Unit) -> str:
    """A table's cell: the exact value, a dash where nothing is known."""
    return "–" if amount is None else exact(tongue, amount, unit)


def remark(tongue: Tongue, bar: Bar, unit: Unit) -> str:
    """What a table adds to a value: why it is missing, incomplete or not measured by the hour."""
    found = [tongue.t("en cours")] if bar.running else []
    if bar.state in ("missing", "before", "waiting", "withheld", "total"):
        found.append(absent(tongue, bar.state))
    if bar.state == "partial":
        found.append(
            tongue.t("incomplet : {coverage} mesuré", coverage=tongue.percent(bar.coverage))
        )
    if bar.amount and bar.amount < 0:
        found.append(tongue.t("l'index a reculé"))
    elif bar.amount and bar.allocated > 0:
        share = min(bar.allocated / bar.amount, 1)
        found.append(tongue.t("{share} réparti", share=tongue.percent(share)))
    if bar.estimated:
        found.append(
            tongue.t("à côté, estimation : {value}", value=said(tongue, bar.estimated, unit))
        )
    return ", ".join(found)
