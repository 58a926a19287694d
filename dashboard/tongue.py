"""Words, numbers and dates as a reader of one language writes them. Pure."""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from babel.dates import format_date, format_skeleton

from dashboard.i18n import Language, catalogue

NBSP = "\u00a0"
_BEFORE = re.compile(r" ([:;?!%»])")
_AFTER = re.compile(r"« ")
_ONE = re.compile(r"\b1\b")
_HALF_HOUR = dt.timedelta(minutes=30)
_VOWEL = re.compile(r"[aeiouyhàâéèêîôûœ]", re.IGNORECASE)


class Named(Protocol):
    """What has a French and an English name (a row of the catalogue)."""

    @property
    def name_fr(self) -> str:
        """Name in French."""

    @property
    def name_en(self) -> str:
        """Name in English."""


@dataclass(frozen=True, slots=True)
class Tongue:
    """One language. `t` and `n` translate the French source text and fill its {placeholders}."""

    code: Language

    @property
    def french(self) -> bool:
        """Whether this is the source language."""
        return self.code == "fr"

    @property
    def locale(self) -> str:
        """Babel's locale: British order of dates in English."""
        return "fr_FR" if self.french else "en_GB"

    def t(self, text: str, **values: object) -> str:
        """The text in this language, placeholders filled, French spaces made unbreakable."""
        return self._set(catalogue(self.code).gettext(text), values)

    def n(self, one: str, many: str, count: int, **values: object) -> str:
        """Singular or plural by `count`, which also fills {count}."""
        if self.french:
            text = one if abs(count) < 2 else many
        else:
            text = catalogue(self.code).ngettext(one, many, count)
        return self._set(text, {"count": self.whole(count), **values})

    def _set(self, text: str, values: dict[str, object]) -> str:
        filled = text.format_map(values) if values else text
        if not self.french:
            return filled
        return _AFTER.sub("«" + NBSP, _BEFORE.sub(NBSP + r"\1", filled))

    def fixed(self, value: float, decimals: int) -> str:
        """`value` with exactly so many decimals."""
        text = f"{value:,.{decimals}f}"
        if text.startswith("-") and not any(digit in text for digit in "123456789"):
            text = text[1:]
        if not self.french:
            return text
        # not the narrow no-break space: our typeface has none
        return text.replace(",", NBSP).replace(".", ",")

    def whole(self, value: float) -> str:
        """`value` rounded to a whole number."""
        return self.fixed(value, 0)

    def short(self, value: float) -> str:
        """At most three significant figures, as sentences say numbers: 7,4; 12 300; 0,052."""
        if value == 0:
            return "0"
        size = math.floor(math.log10(abs(value)))
        rounded = round(value, 2 - size)
        decimals = max(0, 2 - size)
        text = f"{rounded:.{decimals}f}"
        kept = len(text.rstrip("0").partition(".")[2]) if decimals else 0
        return self.fixed(rounded, kept)

    def percent(self, share: float) -> str:
        """A share of 1 as whole percent: `12 %` or `12%`."""
        number = self.whole(share * 100)
        return f"{number}{NBSP}%" if self.french else f"{number}%"

    # Local dates, local times of day.

    def date(self, day: dt.date, today: dt.date | None = None) -> str:
        """`mercredi 18 novembre`, with the year where it is not this one."""
        skeleton = "d MMMM" if today and day.year == today.year else "d MMMM y"
        return self._first(day, format_date(day, f"EEEE {skeleton}", locale=self.locale))

    def day(self, day: dt.date, today: dt.date | None = None) -> str:
        """`18 novembre`, with the year where it is not this one."""
        pattern = "d MMMM" if today and day.year == today.year else "d MMMM y"
        return self._first(day, format_date(day, pattern, locale=self.locale))

    def date_short(self, day: dt.date) -> str:
        """`18 nov.`"""
        return self._first(day, format_skeleton("MMMd", day, locale=self.locale))

    def _first(self, day: dt.date, text: str) -> str:
        """`1er novembre`: French counts the first of a month as one, the others as a number."""
        if not self.french or day.day != 1:
            return text
        return _ONE.sub("1er", text, count=1)

    def month(self, day: dt.date) -> str:
        """`novembre 2026`"""
        return format_date(day, "MMMM y", locale=self.locale)

    def month_short(self, day: dt.date) -> str:
        """`nov.`"""
        return format_date(day, "LLL", locale=self.locale)

    def weekday(self, day: dt.date) -> str:
        """`mercredi`"""
        return format_date(day, "EEEE", locale=self.locale)

    def weekday_short(self, day: dt.date) -> str:
        """`mer.`"""
        return format_date(day, "EEE", locale=self.locale)

    def relative(self, day: dt.date, today: dt.date) -> str:
        """`aujourd'hui`, `hier`, else the date."""
        if day == today:
            return self.t("aujourd'hui")
        if day == today - dt.timedelta(days=1):
            return self.t("hier")
        return self.date(day, today)

    def clock(self, moment: dt.datetime | dt.time) -> str:
        """`14 h 05`, `14 h`; `14:05` in English."""
        if not self.french:
            return f"{moment.hour}:{moment.minute:02d}"
        tail = f"{NBSP}{moment.minute:02d}" if moment.minute else ""
        return f"{moment.hour}{NBSP}h{tail}"

    def slot(self, start: dt.datetime, end: dt.datetime) -> str:
        """`de 7 h à 7 h 30`; the hour that comes twice in autumn says which one it is.

        A half-hour ends on the clock it began on: `de 2 h 30 à 3 h`, then the clock changes.
        """
        length = end.astimezone(dt.UTC) - start.astimezone(dt.UTC)
        short = length <= _HALF_HOUR
        last = start.replace(tzinfo=None) + length if short else end
        words = self.t("de {start} à {end}", start=self.clock(start), end=self.clock(last))
        if not short or start.utcoffset() == start.replace(fold=1 - start.fold).utcoffset():
            return words
        if start.fold:
            return self.t("{slot} (heure d'hiver)", slot=words)
        return self.t("{slot} (heure d'été)", slot=words)

    def hours(self, moments: list[dt.datetime], every: int) -> list[tuple[float, str]]:
        """Ticks of an axis of half-hours: (place before the bar, hour) of each round hour."""
        return [
            (number - 0.5, self.clock(moment))
            for number, moment in enumerate(moments)
            if moment.minute == 0 and moment.hour % every == 0
        ]

    def ago(self, seconds: float) -> str:
        """`il y a 12 s`, in one unit; what lies ahead (a clock a little off) is now."""
        whole = int(seconds)
        if whole >= 86_400:
            return self.n("il y a {count} jour", "il y a {count} jours", whole // 86_400)
        if whole >= 3_600:
            return self.n("il y a {count} h", "il y a {count} h", whole // 3_600)
        if whole >= 60:
            return self.n("il y a {count} min", "il y a {count} min", whole // 60)
        if whole >= 2:
            return self.n("il y a {count} s", "il y a {count} s", whole)
        return self.t("à l'instant")

    def span(self, seconds: float) -> str:
        """A length of time: `3 h`, `1 h 30`, `45 min`."""
        hours, rest = divmod(round(seconds / 60), 60)
        if not hours:
            return f"{rest}{NBSP}min"
        if not rest:
            return f"{hours}{NBSP}h"
        return f"{hours}{NBSP}h{NBSP}{rest:02d}"

    def name(self, row: Named) -> str:
        """A catalogue row's name in this language."""
        return row.name_fr if self.french else row.name_en

    def of(self, name: str) -> str:
        """`d'électricité`, `de gaz`; `of electricity`."""
        lower = name[:1].lower() + name[1:]
        if not self.french:
            return f"of {lower}"
        return f"d'{lower}" if _VOWEL.match(lower) else f"de {lower}"

    def join(self, parts: list[str]) -> str:
        """`a, b et c`"""
        if len(parts) < 2:
            return "".join(parts)
        return self.t("{first} et {last}", first=", ".join(parts[:-1]), last=parts[-1])


@cache
def tongue(code: Language) -> Tongue:
    """The shared object of a language."""
    return Tongue(code)
