"""The arrondissement and its quarters, from published figures only. Pure.

Counts of households are bands, so an average per household is a range: what is shown tells no more
than what is published.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from dashboard import sentences
from dashboard.amounts import Unit, big, said, unit_for
from dashboard.times import DAY, add_months, days_between
from dashboard.tongue import Tongue
from dashboard.views.bars import Bar, BarRow, published_state
from hub.disclosure.policy import WITHHELD, band
from hub.store.commodities import Commodity
from hub.store.pages import Area, PublicFigure

Step = Literal["day", "month"]
DAYS, MONTHS = 31, 13


@dataclass(frozen=True, slots=True)
class DistrictData:
    """Published figures of the last days or months, and where they belong.

    `period` is the day or month looked at; `thresholds` by flow class, for the quarters.
    """

    step: Step
    period: dt.date
    commodity: str
    commodities: list[Commodity]
    areas: list[Area]
    figures: list[PublicFigure]
    thresholds: Mapping[str, int]
    today: dt.date


@dataclass(frozen=True, slots=True)
class Total:
    """One published total in words. `per_home` is a range, "" where withheld."""

    commodity: Commodity
    name: str
    number: str
    unit: str
    per_home: str
    households: str
    sentence: str
    published_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Tile:
    """A quarter on the schematic map; `level` 1 (smallest total) to 5, 0 = withheld."""

    name: str
    code: str
    column: int | None
    row: int | None
    amount: str
    per_home: str
    households: str
    level: int
    withheld: bool


@dataclass(frozen=True, slots=True)
class DistrictView:
    """The whole page; `published_at` is of the period looked at."""

    place: str
    when: str
    totals: list[Total]
    rows: list[BarRow]
    ticks: list[tuple[float, str]]
    tiles: list[Tile]
    chosen: Commodity | None
    rule: str
    withheld: str
    published_at: dt.datetime | None


def district_view(tongue: Tongue, data: DistrictData) -> DistrictView:
    """Everything the page says."""
    top = top_area(data.areas)
    chosen = next((c for c in data.commodities if c.commodity == data.commodity), None)
    own = [f for f in data.figures if top and f.area_id == top.area_id]
    present = [c for c in data.commodities if _of(own, c)]
    published = max((f.published_at for f in own if f.period == data.period), default=None)
    return DistrictView(
        place=top.name if top else "",
        when=period_words(tongue, data.step, data.period, data.today),
        totals=[_total(tongue, data, own, commodity) for commodity in present],
        rows=[_row(tongue, data, own, commodity) for commodity in present],
        ticks=_ticks(tongue, data),
        tiles=_tiles(tongue, data, top, chosen) if top and chosen else [],
        chosen=chosen,
        rule=_rule(tongue, data, chosen),
        withheld=WITHHELD[tongue.code],
        published_at=published,
    )


def top_area(areas: Sequence[Area]) -> Area | None:
    """The arrondissement, else the largest area."""
    return next((a for a in areas if a.kind == "arrondissement"), areas[0] if areas else None)


def period_words(tongue: Tongue, step: Step, period: dt.date, today: dt.date) -> str:
    """`mercredi 18 novembre` or `octobre 2026`."""
    return tongue.date(period, today) if step == "day" else tongue.month(period)


def periods(step: Step, last: dt.date) -> list[dt.date]:
    """The days or months on the axis, the last one included."""
    if step == "day":
        return days_between(last - DAY * (DAYS - 1), last + DAY)
    return [add_months(last, number - MONTHS + 1) for number in range(MONTHS)]


def per_home(tongue: Tongue, amount: int, households: int, commodity: Commodity) -> str:
    """`entre 4 et 9 kWh par foyer`: the total over the ends of the band, rounded outwards."""
    low, high = (int(end) for end in band(households).split("-"))
    least, most = amount / high, amount / low
    unit = unit_for(commodity.quantity, int(most), commodity.resolution)
    return tongue.t(
        "entre {least} et {most} par foyer",
        least=tongue.short(_outward(unit.of(least), up=False)),
        most=f"{tongue.short(_outward(unit.of(most), up=True))} {unit.symbol}",
    )


def _outward(value: float, up: bool) -> float:
    """Two significant figures, away from the middle of the range."""
    if value <= 0:
        return 0.0
    digits = f"{value:.12e}"
    scale = 10.0 ** (int(digits.partition("e")[2]) - 1)
    whole = int(value / scale)
    return (whole + 1 if up and value / scale > whole else whole) * scale


def _of(figures: Sequence[PublicFigure], commodity: Commodity) -> list[PublicFigure]:
    return [
        f
        for f in figures
        if f.commodity == commodity.commodity
        and f.flow == commodity.main_flow
        and f.quantity == commodity.quantity
    ]


def _total(
    tongue: Tongue, data: DistrictData, own: list[PublicFigure], commodity: Commodity
) -> Total:
    figure = next((f for f in _of(own, commodity) if f.period == data.period), None)
    name = tongue.name(commodity)
    if figure is None or figure.amount is None or figure.households is None:
        words = WITHHELD[tongue.code] if figure else tongue.t("Pas encore publié.")
        return Total(commodity, name, "", "", "", "", words)
    unit = unit_for(commodity.quantity, figure.amount, commodity.resolution)
    households = tongue.t("{band} foyers", band=band(figure.households))
    return Total(
        commodity,
        name,
        big(tongue, figure.amount, unit),
        unit.symbol,
        per_home(tongue, figure.amount, figure.households, commodity),
        households,
        _change(tongue, data, own, commodity, figure),
        figure.published_at,
    )


def _change(
    tongue: Tongue,
    data: DistrictData,
    own: list[PublicFigure],
    commodity: Commodity,
    figure: PublicFigure,
) -> str:
    """Against the same weekday a week before, or the same month a year before.

    Nothing is said where another number of households took part: the totals are not comparable.
    """
    before = data.period - DAY * 7 if data.step == "day" else add_months(data.period, -12)
    other = next((f for f in _of(own, commodity) if f.period == before), None)
    if other is None or other.amount is None or other.amount <= 0 or figure.amount is None:
        return ""
    if band(other.households or 0) != band(figure.households or 0):
        return ""
    words = (
        tongue.t("le {day}", day=tongue.date(before, data.today))
        if data.step == "day"
        else tongue.t("en {month}", month=tongue.month(before))
    )
    return (
        sentences.first_upper(
            sentences.comparison(tongue, max(figure.amount, 0) / other.amount - 1, words)
        )
        + "."
    )


def _row(
    tongue: Tongue, data: DistrictData, own: list[PublicFigure], commodity: Commodity
) -> BarRow:
    by_period = {f.period: f for f in _of(own, commodity)}
    bars = []
    for period in periods(data.step, _last(data)):
        figure = by_period.get(period)
        amount = figure.amount if figure else None
        state = published_state(amount, figure is not None)
        title = period_words(tongue, data.step, period, data.today)
        bars.append(Bar(title, amount, 0, state, 1.0, (), _address(data, period)))
    largest = max((bar.amount or 0 for bar in bars), default=0)
    unit = unit_for(commodity.quantity, largest, commodity.resolution)
    return BarRow(commodity, tongue.name(commodity), unit, bars)


def _last(data: DistrictData) -> dt.date:
    """The axis ends with the newest period, or with the one looked at where that is later."""
    newest = max((f.period for f in data.figures), default=data.period)
    return max(newest, data.period)


def address(step: Step, period: dt.date | None, commodity: str) -> str:
    """The address of a view; None = the newest period."""
    text = f"?pas={'jour' if step == 'day' else 'mois'}"
    if period is not None:
        text += f"&date={period.isoformat()}"
    return text + (f"&energie={commodity}" if commodity else "")


def _address(data: DistrictData, period: dt.date) -> str:
    return address(data.step, period, data.commodity)


def _ticks(tongue: Tongue, data: DistrictData) -> list[tuple[float, str]]:
    on_axis = periods(data.step, _last(data))
    if data.step == "month":
        return [
            (
                number,
                f"{tongue.month_short(month)} {month.year}"
                if month.month == 1
                else tongue.month_short(month),
            )
            for number, month in enumerate(on_axis)
            if month.month % 3 == 1
        ]
    return [
        (number, tongue.date_short(day)) for number, day in enumerate(on_axis) if day.weekday() == 0
    ]


def _tiles(tongue: Tongue, data: DistrictData, top: Area, chosen: Commodity) -> list[Tile]:
    quarters = [a for a in data.areas if a.parent_id == top.area_id]
    of = {f.area_id: f for f in _of(data.figures, chosen) if f.period == data.period}
    ordered = sorted(
        {f.amount for q in quarters if (f := of.get(q.area_id)) and f.amount is not None}
    )
    largest = max((f.amount or 0 for a, f in of.items() if a != top.area_id), default=0)
    unit = unit_for(chosen.quantity, largest, chosen.resolution)
    return [
        _tile(tongue, quarter, of.get(quarter.area_id), unit, ordered, chosen)
        for quarter in quarters
    ]


def _tile(
    tongue: Tongue,
    quarter: Area,
    figure: PublicFigure | None,
    unit: Unit,
    ordered: list[int],
    chosen: Commodity,
) -> Tile:
    place = (quarter.name, quarter.code, quarter.column, quarter.row)
    if figure is None or figure.amount is None or not figure.households:
        return Tile(*place, "", "", "", 0, figure is not None)
    level = 1 + round(4 * ordered.index(figure.amount) / max(1, len(ordered) - 1))
    return Tile(
        *place,
        said(tongue, figure.amount, unit),
        per_home(tongue, figure.amount, figure.households, chosen),
        tongue.t("{band} foyers", band=band(figure.households)),
        level,
        False,
    )


def _rule(tongue: Tongue, data: DistrictData, chosen: Commodity | None) -> str:
    """From how many households on a quarter's figure is published."""
    if chosen is None or not data.thresholds:
        return ""
    made = chosen.main_flow == "production"
    number = data.thresholds.get("generation" if made else "consumption")
    if number is None:
        return ""
    if data.step == "day":
        return tongue.t(
            "Le total d'un jour paraît trois jours après, à partir de {count} foyers et si"
            " aucun ne peut en être reconnu.",
            count=tongue.whole(number),
        )
    return tongue.t(
        "Le total d'un mois paraît le 10 du mois suivant, à partir de {count} foyers et si"
        " aucun ne peut en être reconnu.",
        count=tongue.whole(number),
    )
