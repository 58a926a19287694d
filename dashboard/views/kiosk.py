"""What the kiosk shows: one idea a slide, from published figures only. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from dashboard import sentences
from dashboard.amounts import said, unit_for
from dashboard.times import SLOT
from dashboard.tongue import NBSP, Tongue
from dashboard.views.bars import Bar, BarRow, published_state
from dashboard.views.district import DistrictData, Total, district_view, top_area
from hub.disclosure.policy import rounding
from hub.store.commodities import Commodity
from hub.store.pages import Area, PublicFigure

_HALF_HOURS = 48


@dataclass(frozen=True, slots=True)
class KioskData:
    """The newest half-hours, days and months of the arrondissement."""

    now: dt.datetime
    zone: ZoneInfo
    commodities: list[Commodity]
    areas: list[Area]
    half_hours: list[PublicFigure]
    days: DistrictData | None
    months: DistrictData | None


@dataclass(frozen=True, slots=True)
class Slide:
    """One idea. `row` is its chart, `totals` its numbers where it has several.

    `published_at` is of its number, of the oldest where it has several; None without one.
    """

    key: str
    title: str
    number: str = ""
    unit: str = ""
    lines: list[str] = field(default_factory=list)
    commodity: Commodity | None = None
    row: BarRow | None = None
    ticks: list[tuple[float, str]] = field(default_factory=list)
    totals: list[Total] = field(default_factory=list)
    join: bool = False
    highlight: int | None = None
    published_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class KioskView:
    """All slides and whose they are."""

    place: str
    slides: list[Slide]


def kiosk_view(tongue: Tongue, data: KioskData) -> KioskView:
    """The slides that have something to say; the invitation always."""
    top = top_area(data.areas)
    slides: list[Slide] = []
    if top is not None:
        slides += _half_hour_slides(tongue, data, top)
    for part in (data.days, data.months):
        if part is None:
            continue
        view = district_view(tongue, part)
        slides += (
            _day_slides(tongue, view.when, view.totals, view.rows, view.ticks)
            if part.step == "day"
            else []
        )
        known = [total for total in view.totals if total.number]
        if part.step == "month" and known:
            title = tongue.t("{when}, tout le quartier", when=sentences.first_upper(view.when))
            oldest = min(total.published_at for total in known if total.published_at)
            slides.append(Slide("month", title, totals=known, published_at=oldest))
    if not slides:
        words = tongue.t(
            "Les premiers totaux du quartier paraîtront trois jours après les mesures, dès"
            " qu'assez de foyers y participeront pour que personne ne soit reconnu."
        )
        slides.append(Slide("empty", tongue.t("Bientôt ici"), lines=[words]))
    slides.append(_join(tongue))
    return KioskView(top.name if top else "", slides)


def _half_hour_slides(tongue: Tongue, data: KioskData, top: Area) -> list[Slide]:
    """The last half-hours of what is drawn from the network, electricity first."""
    slides = []
    for commodity in data.commodities:
        figures = sorted(
            (
                f
                for f in data.half_hours
                if f.area_id == top.area_id
                and f.commodity == commodity.commodity
                and f.flow == commodity.main_flow
            ),
            key=lambda f: f.start,
        )[-_HALF_HOURS:]
        known = [f for f in figures if f.amount is not None]
        if known:
            slides.append(_half_hours(tongue, data.zone, commodity, figures, known))
    return slides[:2]


def _half_hours(
    tongue: Tongue,
    zone: ZoneInfo,
    commodity: Commodity,
    figures: Sequence[PublicFigure],
    known: Sequence[PublicFigure],
) -> Slide:
    last, most = known[-1], max(known, key=lambda f: f.amount or 0)
    amount = max(last.amount or 0, 0)
    by_start = {f.start: f for f in figures}
    first = last.start - SLOT * (_HALF_HOURS - 1)
    starts = [first + SLOT * number for number in range(_HALF_HOURS)]
    bars = [_slot_bar(tongue, at, by_start.get(at), zone) for at in starts]
    unit = unit_for(commodity.quantity, most.amount or 0, commodity.resolution)
    name = tongue.name(commodity)
    locals_ = [at.astimezone(zone) for at in [*starts, last.end]]
    return Slide(
        f"now-{commodity.commodity}",
        tongue.t("{name}, {when}", name=name, when=_words(tongue, last, zone)),
        tongue.short(unit.of(amount)),  # published rounded: no decimals of its own
        unit.symbol,
        [
            _whole_district(tongue, commodity),
            tongue.t(
                "Le plus, en 24 heures : {amount} {when}.",
                amount=said(tongue, most.amount or 0, unit),
                when=_words(tongue, most, zone),
            ),
        ],
        commodity,
        BarRow(commodity, name, unit, bars),
        tongue.hours(locals_, 6),
        highlight=_HALF_HOURS - 1,
        published_at=last.published_at,
    )


def _whole_district(tongue: Tongue, commodity: Commodity) -> str:
    """What the number is, and how coarsely half-hours are published."""
    grain = rounding(commodity.quantity, commodity.main_flow)
    if grain is None:
        return tongue.t("Dernière demi-heure publiée, tout le quartier.")
    unit = unit_for(commodity.quantity, grain, grain)
    return tongue.t(
        "Dernière demi-heure publiée, tout le quartier, à {grain} près.",
        grain=f"{tongue.short(unit.of(grain))}{NBSP}{unit.symbol}",
    )


def _words(tongue: Tongue, figure: PublicFigure, zone: ZoneInfo) -> str:
    return tongue.slot(figure.start.astimezone(zone), figure.end.astimezone(zone))


def _slot_bar(tongue: Tongue, at: dt.datetime, figure: PublicFigure | None, zone: ZoneInfo) -> Bar:
    title = tongue.slot(at.astimezone(zone), (at + SLOT).astimezone(zone))
    amount = figure.amount if figure else None
    return Bar(title, amount, 0, published_state(amount, figure is not None))


def _day_slides(
    tongue: Tongue,
    when: str,
    totals: Sequence[Total],
    rows: Sequence[BarRow],
    ticks: list[tuple[float, str]],
) -> list[Slide]:
    """One slide a commodity for the newest published day."""
    of_row = {row.commodity.commodity: row for row in rows}
    return [
        Slide(
            f"day-{total.commodity.commodity}",
            tongue.t("{name}, {when}", name=total.name, when=when),
            total.number,
            total.unit,
            [
                line
                for line in (
                    sentences.first_upper(total.per_home),
                    total.sentence,
                    total.households,
                )
                if line
            ],
            total.commodity,
            of_row[total.commodity.commodity],
            ticks,
            highlight=len(of_row[total.commodity.commodity].bars) - 1,
            published_at=total.published_at,
        )
        for total in totals
        if total.number
    ]


def _join(tongue: Tongue) -> Slide:
    return Slide(
        "join",
        tongue.t("Et chez vous ?"),
        lines=[
            tongue.t(
                "Voyez vos propres compteurs : électricité, gaz, eau, solaire, en un seul endroit."
            ),
            tongue.t("Vos données restent à vous. Rien n'est publié sans votre accord."),
            tongue.t("Scannez ce code pour voir comment rejoindre le hub."),
        ],
        join=True,
    )
