"""The levels of history (day, week, month, year, all years) and their addresses. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

from dashboard.times import DAY, add_months, month_start
from dashboard.tongue import Tongue

Level = Literal["jour", "semaine", "mois", "annee", "tout"]
LEVELS: tuple[Level, ...] = ("jour", "semaine", "mois", "annee", "tout")


@dataclass(frozen=True, slots=True)
class Period:
    """Local days [start, end) seen at one level; `commodity` "" = all of them."""

    level: Level
    start: dt.date
    end: dt.date
    commodity: str = ""

    @property
    def previous(self) -> Period:
        """The one before."""
        return period(self.level, self.start - DAY, self.commodity)

    @property
    def next(self) -> Period:
        """The one after."""
        return period(self.level, self.end, self.commodity)

    def at(self, level: Level, today: dt.date | None = None) -> Period:
        """The same place at another level: where ``today`` lies in it, about today."""
        inside = today is not None and self.start <= today < self.end
        return period(level, today if inside and today else self.start, self.commodity)

    def of(self, commodity: str) -> Period:
        """The same time for another commodity."""
        return Period(self.level, self.start, self.end, commodity)

    @property
    def query(self) -> str:
        """The address of this view."""
        values: dict[str, str] = {"vue": self.level}
        if self.level != "tout":
            values["date"] = self.start.isoformat()
        if self.commodity:
            values["energie"] = self.commodity
        return "?" + urlencode(values)


def period(level: Level, day: dt.date, commodity: str = "") -> Period:
    """The period of a level that holds `day`."""
    if level == "jour":
        return Period(level, day, day + DAY, commodity)
    if level == "semaine":
        monday = day - DAY * day.weekday()
        return Period(level, monday, monday + DAY * 7, commodity)
    if level == "mois":
        first = month_start(day)
        return Period(level, first, add_months(first, 1), commodity)
    if level == "annee":
        return Period(level, dt.date(day.year, 1, 1), dt.date(day.year + 1, 1, 1), commodity)
    return Period(level, dt.date.min, dt.date.max, commodity)


def asked(values: Mapping[str, str], today: dt.date, commodities: list[str]) -> Period:
    """The period an address asks for; what makes no sense becomes the default: this week."""
    level: Level = next((known for known in LEVELS if values.get("vue") == known), "semaine")
    commodity = values.get("energie", "")
    return period(
        level, _day(values.get("date", ""), today), commodity if commodity in commodities else ""
    )


def _day(text: str, today: dt.date) -> dt.date:
    """A date of an address (a month or year alone counts from its start), not after today."""
    try:
        day = dt.date.fromisoformat(text + {4: "-01-01", 7: "-01"}.get(len(text), ""))
    except ValueError:
        return today
    return min(day, today) if day >= dt.date(2000, 1, 1) else today


def title(tongue: Tongue, wanted: Period, today: dt.date) -> str:
    """`mercredi 18 novembre 2026`, `semaine du 16 novembre`, `novembre 2026`, `2026`."""
    if wanted.level == "jour":
        return tongue.date(wanted.start)
    if wanted.level == "semaine":
        return tongue.t("semaine du {day}", day=tongue.day(wanted.start, today))
    if wanted.level == "mois":
        return tongue.month(wanted.start)
    if wanted.level == "annee":
        return str(wanted.start.year)
    return tongue.t("toutes les années")


def short_title(tongue: Tongue, wanted: Period) -> str:
    """`ven. 20 nov.`, `sem. du 16 nov.`: for buttons."""
    if wanted.level == "jour":
        return f"{tongue.weekday_short(wanted.start)} {tongue.date_short(wanted.start)}"
    if wanted.level == "semaine":
        return tongue.t("sem. du {day}", day=tongue.date_short(wanted.start))
    return title(tongue, wanted, wanted.start)


def ancestors(wanted: Period) -> list[Period]:
    """The way up: from all years to this period, itself last."""
    ways: dict[Level, tuple[Level, ...]] = {
        "jour": ("tout", "annee", "mois", "jour"),
        "semaine": ("tout", "annee", "mois", "semaine"),
        "mois": ("tout", "annee", "mois"),
        "annee": ("tout", "annee"),
        "tout": ("tout",),
    }
    return [wanted if level == wanted.level else wanted.at(level) for level in ways[wanted.level]]
