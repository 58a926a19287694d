"""A household's past at one level: bars of each commodity, sentences, splits, solar share. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from dashboard import sentences
from dashboard.amounts import said, unit_for
from dashboard.times import DAY, MIDNIGHT, SLOT, starts_at
from dashboard.tongue import Tongue
from dashboard.views import compare
from dashboard.views.bars import Bar, BarRow
from dashboard.views.history_bars import HistoryData, bars_of, rows_of, ticks_of
from dashboard.views.history_parts import with_parts
from dashboard.views.periods import Period, title
from hub.store.commodities import Commodity
from hub.store.pages import DayRow, MonthRow


@dataclass(frozen=True, slots=True)
class Series:
    """One commodity: its bars, and what to say of them."""

    row: BarRow
    sentence: str


@dataclass(frozen=True, slots=True)
class HistoryView:
    """The whole page. `solar` is the sentence of the roof's share, "" without a roof."""

    title: str
    series: list[Series]
    ticks: list[tuple[float, str]]
    solar: str
    previous: Period | None
    next: Period | None


def history_view(tongue: Tongue, data: HistoryData) -> HistoryView:
    """Everything the page says."""
    wanted = data.period
    today = data.now.astimezone(data.zone).date()
    shown = [
        c
        for c in data.commodities
        if wanted.commodity in ("", c.commodity)
        and rows_of(data, c.commodity, c.main_flow, c.quantity)
    ]
    series = [_series(tongue, data, commodity) for commodity in shown]
    first = data.span[0] if data.span else today
    return HistoryView(
        title=title(tongue, wanted, today),
        series=series,
        ticks=ticks_of(tongue, data),
        solar=_solar(tongue, data),
        previous=wanted.previous if wanted.level != "tout" and wanted.start > first else None,
        next=wanted.next if wanted.level != "tout" and wanted.end <= today else None,
    )


def _series(tongue: Tongue, data: HistoryData, commodity: Commodity) -> Series:
    bars = bars_of(tongue, data, commodity, commodity.main_flow)
    largest = max((bar.amount or 0 for bar in bars), default=0)
    unit = unit_for(commodity.quantity, largest, commodity.resolution)
    row = BarRow(commodity, tongue.name(commodity), unit, bars)
    if data.period.commodity:
        row = with_parts(tongue, data, row)
    return Series(row, _sentence(tongue, data, row))


def _sentence(tongue: Tongue, data: HistoryData, row: BarRow) -> str:
    commodity, wanted = row.commodity, data.period
    days = [row for row in data.days if _is_main(row, commodity)]
    months = [row for row in data.months if _is_main(row, commodity)]
    own: Sequence[DayRow | MonthRow] = rows_of(
        data, commodity.commodity, commodity.main_flow, commodity.quantity
    )
    if wanted.level in ("jour", "semaine", "mois"):
        own = [r for r in own if isinstance(r, DayRow) and wanted.start <= r.day < wanted.end]
    elif wanted.level == "annee":
        own = [r for r in own if isinstance(r, MonthRow) and wanted.start <= r.month < wanted.end]
    known = [r for r in own if r.covered > 0 or r.amount != 0]
    total = sum(r.amount for r in known)
    unit = unit_for(commodity.quantity, total, commodity.resolution)
    mean = compare.per_day(known, data.zone, data.now)
    finer = unit_for(commodity.quantity, int(mean or 0), commodity.resolution)
    estimated = sum(bar.estimated for bar in row.bars)
    if wanted.level == "jour":
        estimated = data.estimated(commodity, commodity.main_flow, wanted.start, wanted.end)
    worth_saying = estimated * 1000 >= total  # a minute of a year is not
    words = sentences.history(
        tongue,
        name=row.name,
        produced=commodity.main_flow == "production",
        drawn="injection" in commodity.flows
        and any(row.measure.flow == "production" for row in data.rows),
        when=_when(tongue, data, commodity) if wanted.level == "jour" else "",
        total=said(tongue, total, unit) if known else "",
        mean=said(tongue, mean, finer) if mean is not None and wanted.level != "jour" else "",
        difference=compare.against(tongue, wanted, days, months, data.zone, data.now),
        lost=_lost(tongue, data, row.bars),
        estimated=said(tongue, estimated, unit) if estimated and worth_saying else "",
    )
    if wanted.level == "jour" and not known and _begins(data, commodity, wanted.start) > data.now:
        return sentences.day_not_begun(tongue, row.name, commodity.day_start)
    if wanted.level == "jour" and known and not row.known:
        return f"{words} {sentences.only_total(tongue)}"
    if known and data.span and wanted.level != "tout" and wanted.start < data.span[0] < wanted.end:
        return f"{words} {sentences.measures_begin(tongue, data.span[0])}"
    return words


def _begins(data: HistoryData, commodity: Commodity, day: dt.date) -> dt.datetime:
    return starts_at(day, data.zone, commodity.day_start)


def _when(tongue: Tongue, data: HistoryData, commodity: Commodity) -> str:
    """`aujourd'hui`, `hier`; of a day of gas from when to when, and whether it is over."""
    day, today = data.period.start, data.now.astimezone(data.zone).date()
    when = tongue.relative(day, today)
    if day < today and _begins(data, commodity, day + DAY) > data.now:
        return sentences.day_not_over(tongue, when, commodity.day_start)
    if commodity.day_start and not data.period.commodity:  # the bars below are of another day
        return sentences.day_of_its_own(tongue, when, commodity.day_start)
    return when


def _is_main(row: DayRow | MonthRow, commodity: Commodity) -> bool:
    found = row.measure
    return (found.commodity, found.flow, found.quantity, found.register) == (
        commodity.commodity,
        commodity.main_flow,
        commodity.quantity,
        "TOTAL",
    )


def _lost(tongue: Tongue, data: HistoryData, bars: list[Bar]) -> str:
    """How much time has no measure: `3 h de mesures`, `2 jours de mesures`."""
    gone = [bar for bar in bars if bar.state == "missing"]
    if not gone or len(gone) == len(bars):
        return ""
    if data.period.level == "jour":
        return _lost_hours(tongue, data, bars)
    if data.period.level in ("semaine", "mois"):
        return tongue.n("{count} jour de mesures", "{count} jours de mesures", len(gone))
    if data.period.level == "annee":
        return tongue.n("{count} mois de mesures", "{count} mois de mesures", len(gone))
    return ""


def _solar(tongue: Tongue, data: HistoryData) -> str:
    """The roof's share of the electricity, over the buckets where all three are known."""
    grid = next((c for c in data.commodities if "injection" in c.flows), None)
    roof = next((c for c in data.commodities if c.main_flow == "production"), None)
    if (
        grid is None
        or roof is None
        or data.period.commodity not in ("", grid.commodity, roof.commodity)
    ):
        return ""
    flat = replace(data, period=data.period.of(""))
    three = [
        bars_of(tongue, flat, grid, "consumption"),
        bars_of(tongue, flat, roof, "production"),
        bars_of(tongue, flat, grid, "injection"),
    ]
    known = [
        (drawn.amount, made.amount, out.amount)
        for drawn, made, out in zip(*three, strict=True)
        if drawn.amount is not None and made.amount is not None and out.amount is not None
    ]
    drawn, made, out = (sum(column) for column in zip(*known, strict=True)) if known else (0, 0, 0)
    return sentences.solar_share(tongue, drawn, made, out)


def _lost_hours(tongue: Tongue, data: HistoryData, bars: list[Bar]) -> str:
    """`3 h de mesures (de 2 h à 5 h)`; the hours only where they are in one piece."""
    gone = [place for place, bar in enumerate(bars) if bar.state == "missing"]
    span = tongue.span(1800 * len(gone))
    if gone[-1] - gone[0] + 1 != len(gone):
        return tongue.t("{span} de mesures", span=span)
    chosen = next((c for c in data.commodities if c.commodity == data.period.commodity), None)
    first = starts_at(data.period.start, data.zone, chosen.day_start if chosen else MIDNIGHT)
    start, end = first + SLOT * gone[0], first + SLOT * (gone[-1] + 1)
    hours = tongue.slot(start.astimezone(data.zone), end.astimezone(data.zone))
    return tongue.t("{span} de mesures ({hours})", span=span, hours=hours)
