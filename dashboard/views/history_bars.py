"""The bars of a household's past at each level, and what they are made from. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from dashboard.curves import Slot, by_start
from dashboard.times import (
    DAY,
    add_months,
    days_between,
    month_start,
    seconds_in,
    slot_starts,
    starts_at,
)
from dashboard.tongue import Tongue
from dashboard.views.bars import Bar, State, awaiting, state_of
from dashboard.views.now import slot_bar
from dashboard.views.periods import Period, period
from hub.estimates import Estimates
from hub.store.commodities import Commodity
from hub.store.pages import DayRow, MonthRow

Rows = Sequence[DayRow | MonthRow]


@dataclass(frozen=True, slots=True)
class HistoryData:
    """What the page is made of: rows of the period, and of what it is compared with."""

    now: dt.datetime
    zone: ZoneInfo
    commodities: list[Commodity]
    period: Period
    span: tuple[dt.date, dt.date] | None
    days: list[DayRow]
    months: list[MonthRow]
    estimates: Estimates = field(default_factory=dict)

    def estimated(
        self, commodity: Commodity, flow: str, first: dt.date, end: dt.date, register: str = "TOTAL"
    ) -> int:
        """What the days from `first` to `end` (exclusive) may lack; of totals only."""
        if register != "TOTAL":
            return 0
        found = self.estimates.get((commodity.commodity, flow, commodity.quantity), {})
        return sum(amount for day, amount in found.items() if first <= day < end)

    @property
    def rows(self) -> list[DayRow | MonthRow]:
        """Days and months together."""
        return [*self.days, *self.months]


def rows_of(
    data: HistoryData, commodity: str, flow: str, quantity: str, register: str = "TOTAL"
) -> Rows:
    """The period's rows of one measure, days or months by its level."""
    by_month = data.period.level in ("annee", "tout")
    rows: Rows = data.months if by_month else data.days
    return [
        row
        for row in rows
        if (row.measure.commodity, row.measure.flow, row.measure.quantity, row.measure.register)
        == (commodity, flow, quantity, register)
    ]


#: Half-hours, days, months that may still arrive, by level.
_PATIENCE = {"jour": 48, "semaine": 3, "mois": 3, "annee": 1, "tout": 0}


def bars_of(
    tongue: Tongue, data: HistoryData, commodity: Commodity, flow: str, register: str = "TOTAL"
) -> list[Bar]:
    """The period's bars; the newest periods without a value are awaited while it is not over."""
    bars = _bars(tongue, data, commodity, flow, register)
    over = (
        starts_at(data.period.end, data.zone) + DAY < data.now
        if data.period.level != "tout"
        else False
    )
    return bars if over else awaiting(bars, _PATIENCE[data.period.level])


def _bars(
    tongue: Tongue, data: HistoryData, commodity: Commodity, flow: str, register: str
) -> list[Bar]:
    rows = rows_of(data, commodity.commodity, flow, commodity.quantity, register)
    level = data.period.level
    if level == "jour":
        return _slot_bars(tongue, data, commodity, [row for row in rows if isinstance(row, DayRow)])
    if level in ("semaine", "mois"):
        known = {row.day: row for row in rows if isinstance(row, DayRow)}
        return [
            _day_bar(
                tongue,
                data,
                commodity,
                day,
                known.get(day),
                data.estimated(commodity, flow, day, day + DAY, register),
            )
            for day in days_between(data.period.start, data.period.end)
        ]
    months = {row.month: row for row in rows if isinstance(row, MonthRow)}
    if level == "annee":
        firsts = [add_months(data.period.start, number) for number in range(12)]
        return [
            _month_bar(
                tongue,
                data,
                commodity,
                first,
                months.get(first),
                data.estimated(commodity, flow, first, add_months(first, 1), register),
            )
            for first in firsts
        ]
    return _year_bars(tongue, data, commodity, flow, register, months)


def _slot_bars(
    tongue: Tongue, data: HistoryData, commodity: Commodity, rows: list[DayRow]
) -> list[Bar]:
    """Half-hours of the calendar day; a gas day lends its own from 06:00 to 06:00."""
    day_start = commodity.day_start if data.period.commodity else dt.timedelta()
    start, end = (
        starts_at(day, data.zone, day_start) for day in (data.period.start, data.period.end)
    )
    known = by_start(rows, data.zone, commodity.day_start)
    bars = [
        slot_bar(tongue, known.get(at, Slot(at, None)), data.zone, data.now)
        for at in slot_starts(start, end)
    ]
    own = [row for row in rows if data.period.start <= row.day < data.period.end]
    if any(map(_known, own)) and all(bar.amount is None for bar in bars):
        return [replace(bar, state="total") if bar.state == "missing" else bar for bar in bars]
    return bars


def _day_bar(
    tongue: Tongue,
    data: HistoryData,
    commodity: Commodity,
    day: dt.date,
    row: DayRow | None,
    estimated: int,
) -> Bar:
    length = seconds_in(day, day + DAY, data.zone, commodity.day_start, data.now)
    return _bar(
        tongue.date(day),
        row,
        length,
        period("jour", day, data.period.commodity).query,
        _absent(data, day + DAY, length),
        estimated,
        running=_running(data, commodity, day + DAY),
    )


def _month_bar(
    tongue: Tongue,
    data: HistoryData,
    commodity: Commodity,
    first: dt.date,
    row: MonthRow | None,
    estimated: int,
) -> Bar:
    length = seconds_in(first, add_months(first, 1), data.zone, commodity.day_start, data.now)
    return _bar(
        tongue.month(first),
        row,
        length,
        period("mois", first, data.period.commodity).query,
        _absent(data, add_months(first, 1), length),
        estimated,
        running=_running(data, commodity, add_months(first, 1)),
    )


def _absent(data: HistoryData, end: dt.date, length: int) -> State:
    """What days without a row are; what came before the first reading is not missed."""
    if length == 0:
        return "future"
    return "before" if data.span and end <= data.span[0] else "missing"


def _running(data: HistoryData, commodity: Commodity, end: dt.date) -> bool:
    """Whether a period that ends with the day before `end` is not over yet."""
    return starts_at(end, data.zone, commodity.day_start) > data.now


def _known(row: DayRow | MonthRow) -> bool:
    """Something is known; a total counts even if one of two meters sent nothing (covered 0)."""
    return row.covered > 0 or row.amount != 0


def _bar(
    name: str,
    row: DayRow | MonthRow | None,
    length: int,
    target: str,
    absent: State,
    estimated: int,
    *,
    running: bool,
) -> Bar:
    if row is None or not _known(row):
        there = "" if absent == "future" else target
        return Bar(name, None, 0, absent, 0.0, (), there, estimated)
    coverage = min(1.0, row.covered / length) if length else 1.0
    return Bar(
        name,
        row.amount,
        row.allocated,
        state_of(row.amount, coverage, absent == "future") if row.covered > 0 else "partial",
        coverage,
        (),
        target,
        estimated,
        running,
    )


def _year_bars(
    tongue: Tongue,
    data: HistoryData,
    commodity: Commodity,
    flow: str,
    register: str,
    months: dict[dt.date, MonthRow],
) -> list[Bar]:
    """Years are sums of their months; coverage counts from the first month known."""
    today = data.now.astimezone(data.zone).date()
    first = month_start(data.span[0]) if data.span else today
    bars = []
    for year in range(first.year, today.year + 1):
        rows = [row for month, row in months.items() if month.year == year and _known(row)]
        start = max(dt.date(year, 1, 1), data.span[0] if data.span else today)
        name = str(year)
        if start > dt.date(year, 1, 1):  # a part of a year is no whole one to compare with
            name = tongue.t("{year}, depuis le {day}", year=year, day=tongue.day(start, start))
        length = seconds_in(
            start, dt.date(year + 1, 1, 1), data.zone, commodity.day_start, data.now
        )
        target = period("annee", dt.date(year, 1, 1), data.period.commodity).query
        if not rows:
            bars.append(Bar(name, None, 0, "missing", 0.0, (), target))
            continue
        covered = sum(row.covered for row in rows)
        coverage = min(1.0, covered / length) if length else 1.0
        amount = sum(row.amount for row in rows)
        bars.append(
            Bar(
                name,
                amount,
                sum(row.allocated for row in rows),
                state_of(amount, coverage, False) if covered else "partial",
                coverage,
                (),
                target,
                data.estimated(commodity, flow, start, dt.date(year + 1, 1, 1), register),
                _running(data, commodity, dt.date(year + 1, 1, 1)),
            )
        )
    return bars


def ticks_of(tongue: Tongue, data: HistoryData) -> list[tuple[float, str]]:
    """Labels of the time axis."""
    wanted = data.period
    if wanted.level == "jour":
        return _hour_ticks(tongue, data)
    if wanted.level == "semaine":
        return [
            (number, f"{tongue.weekday_short(day)}<br>{day.day}")
            for number, day in enumerate(days_between(wanted.start, wanted.end))
        ]
    if wanted.level == "mois":
        return [
            (number, str(day.day))
            for number, day in enumerate(days_between(wanted.start, wanted.end))
            if day.day == 1 or day.day % 5 == 0
        ]
    if wanted.level == "annee":
        return [  # every second month: twelve names do not fit a phone unless they are slanted
            (number, tongue.month_short(add_months(wanted.start, number)))
            for number in range(0, 12, 2)
        ]
    today = data.now.astimezone(data.zone).date()
    first = data.span[0] if data.span else today
    labels = [str(year) for year in range(first.year, today.year + 1)]
    if first > dt.date(first.year, 1, 1):
        since = tongue.t("dès {month}", month=tongue.month_short(month_start(first)))
        labels[0] += f"<br>{since}"
    return list(enumerate(labels))


def _hour_ticks(tongue: Tongue, data: HistoryData) -> list[tuple[float, str]]:
    start, end = starts_at(data.period.start, data.zone), starts_at(data.period.end, data.zone)
    chosen = next((c for c in data.commodities if c.commodity == data.period.commodity), None)
    shift = chosen.day_start if chosen else dt.timedelta()
    return tongue.hours(
        [
            at.astimezone(data.zone)
            for at in [*slot_starts(start + shift, end + shift), end + shift]
        ],
        6,
    )
