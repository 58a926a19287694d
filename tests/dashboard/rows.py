"""Rows of the store made by hand, for the views' tests."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from dashboard.times import SLOT, day_slots
from hub.store.commodities import Commodity
from hub.store.live import LiveChannel
from hub.store.pages import DayRow, Measure, MonthRow

PARIS = ZoneInfo("Europe/Paris")
KWH = 1_000_000


def commodity(name: str = "electricity") -> Commodity:
    """A row of the catalogue."""
    rows = {
        "electricity": (0, "energy", "kWh", ["consumption", "injection"], "Électricité", 1_000),
        "gas": (6, "volume", "m3", ["consumption"], "Gaz", 1_000_000),
        "water": (0, "volume", "m3", ["consumption"], "Eau", 1_000),
        "solar": (0, "energy", "kWh", ["production"], "Solaire", 1_000),
    }
    hours, quantity, unit, flows, french, resolution = rows[name]
    return Commodity(
        commodity=name,
        day_start=dt.timedelta(hours=hours),
        quantity=quantity,
        unit=unit,
        flows=flows,
        name_fr=french,
        name_en=name.title(),
        colour_light="#1E40AF",
        colour_dark="#7DA8FF",
        pattern="solid",
        icon="bolt",
        resolution=resolution,
    )


ALL = [commodity(name) for name in ("electricity", "gas", "water", "solar")]


def measure(name: str = "electricity", flow: str = "", register: str = "TOTAL") -> Measure:
    """What a total counts."""
    found = commodity(name)
    return Measure(name, flow or found.main_flow, found.quantity, register)


def day_row(
    day: dt.date,
    amount: int | None = None,
    *,
    of: Measure | None = None,
    slots: Sequence[int | None] | None = None,
    allocated: int = 0,
    covered: int | None = None,
    spread: list[int | None] | None = None,
) -> DayRow:
    """A day; with `slots` the amount and coverage follow from them."""
    if slots is not None:
        known = [slot for slot in slots if slot is not None]
        amount = sum(known) if amount is None else amount
        covered = 1800 * len(known) if covered is None else covered
    return DayRow(
        of or measure(),
        day,
        86_400 if covered is None else covered,
        (amount or 0) - allocated,
        allocated,
        None if slots is None else list(slots),
        spread,
        None,
    )


def month_row(
    month: dt.date, amount: int, *, of: Measure | None = None, covered: int = 30 * 86_400
) -> MonthRow:
    """A month."""
    return MonthRow(of or measure(), month, covered, amount, 0)


def flat_day(day: dt.date, each: int, hours: int = 0) -> list[int | None]:
    """The same amount in every half-hour of a local day."""
    return [each] * len(day_slots(day, PARIS, dt.timedelta(hours=hours)))


def until(day: dt.date, each: int, now: dt.datetime) -> list[int | None]:
    """The same amount in each half-hour that has ended by `now`."""
    starts = day_slots(day, PARIS, dt.timedelta())
    return [each if start + SLOT <= now else None for start in starts]


def channel(
    number: int,
    name: str,
    kind: str,
    value: int,
    at: dt.datetime,
    *,
    flow: str = "",
    quantity: str = "",
    register: str = "TOTAL",
    source: str = "senml",
    point: int = 1,
    delay: dt.timedelta = dt.timedelta(),
    known: int = 0,
) -> LiveChannel:
    """A channel and its last value; `known` seconds of that day are known."""
    found = commodity(name)
    return LiveChannel(
        number,
        point,
        name,
        flow or found.main_flow,
        quantity or (found.quantity if kind == "register" else "power"),
        register,
        kind,
        source,
        at,
        value,
        at + delay,
        day=at.astimezone(PARIS).date() if known else None,
        covered=known,
    )
