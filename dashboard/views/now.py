"""The resident's page « Maintenant »: one card a commodity, then the day's half-hours. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

from dashboard import sentences
from dashboard.amounts import Unit, big, said, unit_for
from dashboard.curves import (
    Slot,
    Usual,
    by_start,
    by_the_clock,
    cumulated,
    holes,
    row_slots,
    usual,
)
from dashboard.times import DAY, SLOT, day_slots, local_day, slot_starts, starts_at
from dashboard.tongue import Tongue
from dashboard.views.bars import Bar, BarRow, awaiting, state_of
from dashboard.views.live_text import LiveText, live_text
from hub.store.commodities import Commodity
from hub.store.live import LiveChannel
from hub.store.pages import DayRow

_WEEKS = 8
#: A meter that was heard since is not silent, though no total follows from it yet.
_RECENT = dt.timedelta(days=2)


@dataclass(frozen=True, slots=True)
class NowData:
    """What the page is made of.

    `days` hold half-hours; `gas_coefficient` is (kWh per m3, whether provisional).
    """

    now: dt.datetime
    zone: ZoneInfo
    commodities: list[Commodity]
    channels: list[LiveChannel]
    days: list[DayRow]
    gas_coefficient: tuple[Decimal, bool] | None


@dataclass(frozen=True, slots=True)
class DayCurve:
    """The day so far against usual days, cumulated, at the end of each half-hour."""

    ends: list[dt.datetime]
    today: list[int]
    usual: Usual | None
    unit: Unit


@dataclass(frozen=True, slots=True)
class Card:
    """One commodity now. `number` is "" where today has no figure yet."""

    commodity: Commodity
    name: str
    number: str
    unit: str
    since: str
    beside: str
    sentence: str
    live: LiveText
    curve: DayCurve | None


@dataclass(frozen=True, slots=True)
class NowView:
    """The whole page."""

    lead: str
    cards: list[Card]
    profiles: list[BarRow]
    busiest: str
    ticks: list[tuple[float, str]]


def days_needed(now: dt.datetime, zone: ZoneInfo) -> list[dt.date]:
    """Today and yesterday of every commodity, and the same weekdays of the last eight weeks."""
    today = now.astimezone(zone).date()
    recent = {today, today - DAY}
    return sorted(
        recent | {day - dt.timedelta(weeks=week) for day in recent for week in range(1, _WEEKS + 1)}
    )


def now_view(tongue: Tongue, data: NowData) -> NowView:
    """Everything the page says."""
    present = [c for c in data.commodities if _has(data, c)]
    shown = cards(tongue, data)
    midnight = starts_at(data.now.astimezone(data.zone).date(), data.zone)
    profiles = [_profile(tongue, data, commodity, midnight) for commodity in present]
    lead = sentences.now_lead(
        tongue,
        data.now.astimezone(data.zone),
        [card.name for card in shown],
        produces=any(commodity.main_flow == "production" for commodity in present),
    )
    busiest = " ".join(
        sentences.busiest(tongue, [(bar.title, bar.amount) for bar in row.bars], row.unit, row.name)
        for row in profiles
    )
    end = starts_at(midnight.astimezone(data.zone).date() + DAY, data.zone)
    hours = [at.astimezone(data.zone) for at in [*slot_starts(midnight, end), end]]
    return NowView(lead, shown, profiles, busiest, tongue.hours(hours, 6))


def cards(tongue: Tongue, data: NowData) -> list[Card]:
    """One card for each commodity the household has, in the catalogue's order."""
    return [
        _card(tongue, data, commodity) for commodity in data.commodities if _has(data, commodity)
    ]


def _has(data: NowData, commodity: Commodity) -> bool:
    heard = (c for c in data.channels if c.kind != "interval")
    return any(c.commodity == commodity.commodity for c in heard) or any(
        row.measure.commodity == commodity.commodity for row in data.days
    )


def _rows(data: NowData, commodity: Commodity) -> dict[dt.date, DayRow]:
    """The main flow's total by day."""
    return {
        row.day: row
        for row in data.days
        if row.measure.commodity == commodity.commodity
        and row.measure.flow == commodity.main_flow
        and row.measure.quantity == commodity.quantity
        and row.measure.register == "TOTAL"
    }


def _card(tongue: Tongue, data: NowData, commodity: Commodity) -> Card:
    day = local_day(data.now, data.zone, commodity.day_start)
    rows = _rows(data, commodity)
    row = rows.get(day)
    known = row is not None and _has_figure(row)
    amount = row.amount if row and known else 0
    unit = unit_for(commodity.quantity, amount, commodity.resolution)
    curve = _curve(data, commodity, rows, day)
    return Card(
        commodity=commodity,
        name=tongue.name(commodity),
        number=big(tongue, amount, unit) if known else "",
        unit=unit.symbol,
        since=sentences.since(
            tongue, commodity.day_start, yesterday=day < data.now.astimezone(data.zone).date()
        ),
        beside=_beside(tongue, data, commodity, amount) if known else "",
        sentence=_sentence(tongue, data, commodity, rows, day, curve),
        live=live_text(tongue, commodity, data.channels, data.now, data.zone),
        curve=curve,
    )


def _has_figure(row: DayRow) -> bool:
    """Something is known; a total counts even if one of two meters sent nothing (covered 0)."""
    return row.covered > 0 or row.amount != 0


def _beside(tongue: Tongue, data: NowData, commodity: Commodity, amount: int) -> str:
    """Gas in kWh, by the coefficient in force."""
    if commodity.commodity != "gas" or data.gas_coefficient is None:
        return ""
    coefficient, provisional = data.gas_coefficient
    energy = said(tongue, float(amount * coefficient), Unit("kWh", 1_000_000))
    if provisional:
        return tongue.t("environ {energy} (coefficient provisoire)", energy=energy)
    return tongue.t("environ {energy}", energy=energy)


def _curve(
    data: NowData, commodity: Commodity, rows: dict[dt.date, DayRow], day: dt.date
) -> DayCurve | None:
    """Today's whole half-hours cumulated, and the quartiles of the same weekday before."""
    starts = day_slots(day, data.zone, commodity.day_start)
    today = rows.get(day)
    slots = row_slots(today, data.zone, commodity.day_start) if today else []
    known = [n for n, slot in enumerate(slots) if slot.whole]
    sums = cumulated(slots[: known[-1] + 1]) if known else []
    ends = [start + SLOT for start in starts]
    past = [rows.get(day - dt.timedelta(weeks=week)) for week in range(1, _WEEKS + 1)]
    band = usual(_past_curve(data.zone, commodity, row, day, ends) for row in past if row)
    if not sums and band is None:
        return None
    largest = max([*(sums or [0]), *(band.high if band else [0])])
    unit = unit_for(commodity.quantity, int(largest), commodity.resolution)
    return DayCurve(ends, sums or [], band, unit)


def _past_curve(
    zone: ZoneInfo, commodity: Commodity, row: DayRow, day: dt.date, ends: list[dt.datetime]
) -> list[int] | None:
    """A past day's cumulated half-hours at the hours of the clock at which today's end."""
    start = starts_at(row.day, zone, commodity.day_start).astimezone(zone)
    clock = [end.astimezone(zone).replace(tzinfo=None) - (day - row.day) for end in ends]
    return by_the_clock(cumulated(row_slots(row, zone, commodity.day_start)), start, clock)


def _sentence(
    tongue: Tongue,
    data: NowData,
    commodity: Commodity,
    rows: dict[dt.date, DayRow],
    day: dt.date,
    curve: DayCurve | None,
) -> str:
    row = rows.get(day)
    start = starts_at(day, data.zone, commodity.day_start)
    if data.now - start < SLOT and any(_has_figure(rows[d]) for d in (day, day - DAY) if d in rows):
        return sentences.day_begins(tongue)  # whatever number stands above by then
    if row is None or not _has_figure(row):
        last = max((d for d, r in rows.items() if _has_figure(r)), default=None)
        heard = _last_heard(data, commodity)
        if heard is not None and (heard > start or (last is None and data.now - heard < _RECENT)):
            return sentences.not_yet(tongue)
        if last is None and heard is not None:
            last = heard.astimezone(data.zone).date()
            return sentences.silent_since(tongue, last, data.now.astimezone(data.zone).date())
        return sentences.nothing_today(tongue, last, day)
    if row.covered == 0:
        return sentences.meter_silent(tongue)
    slots = row_slots(row, data.zone, commodity.day_start)
    missing = holes(slots, data.now)
    if missing:
        return sentences.missing(tongue, missing, data.zone)
    if not slots or curve is None or not curve.today:
        return sentences.no_shape(tongue)
    place = len(curve.today) - 1
    return sentences.against_usual(
        tongue,
        so_far=curve.today[place],
        usual=curve.usual.middle[place] if curve.usual else None,
        unit=curve.unit,
        weekday=tongue.weekday(day),
        until=curve.ends[place].astimezone(data.zone),
        produced=commodity.main_flow == "production",
    )


def _last_heard(data: NowData, commodity: Commodity) -> dt.datetime | None:
    """When a meter of this commodity said something last."""
    heard = [c.at for c in data.channels if c.commodity == commodity.commodity and c.at]
    return max(heard, default=None)


def _profile(tongue: Tongue, data: NowData, commodity: Commodity, midnight: dt.datetime) -> BarRow:
    """The calendar day's half-hours, on the axis all commodities share."""
    rows = _rows(data, commodity)
    end = starts_at(midnight.astimezone(data.zone).date() + DAY, data.zone)
    known = by_start(rows.values(), data.zone, commodity.day_start)
    bars = [
        slot_bar(tongue, known.get(start, Slot(start, None)), data.zone, data.now)
        for start in slot_starts(midnight, end)
    ]
    bars = awaiting(bars, len(bars))
    largest = max((bar.amount or 0 for bar in bars), default=0)
    unit = unit_for(commodity.quantity, largest, commodity.resolution)
    return BarRow(commodity, tongue.name(commodity), unit, bars)


def slot_bar(tongue: Tongue, slot: Slot, zone: ZoneInfo, now: dt.datetime) -> Bar:
    """A half-hour as a bar."""
    end = slot.start + SLOT
    coverage = slot.covered / 1800 if slot.amount is not None else 0.0
    state = state_of(slot.amount, coverage, end > now)
    running = slot.amount is not None and end > now
    return Bar(
        tongue.slot(slot.start.astimezone(zone), end.astimezone(zone)),
        slot.amount,
        slot.allocated,
        "known" if running and state == "partial" else state,
        coverage,
        running=running,
    )
