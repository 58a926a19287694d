"""Labels of GRDF's sheets: a day, "Du ... au ...", or a French month, as a period of gas days."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise

from connectors._grdf import DAY, DAY_START, BadCellError, Period
from connectors._text import fold
from hub.model import Note, PeriodClass

_EPOCH = date(1970, 1, 1)
_MONTHS = (
    "janvier",
    "fevrier",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "aout",
    "septembre",
    "octobre",
    "novembre",
    "decembre",
)
_DATE = r"(\d{1,2})/(\d{1,2})/(\d{4})"


def days(label: object, column: str) -> tuple[date, date, PeriodClass]:
    """First day, the day after the last, and what ``label`` calls them. Raises BadCellError."""
    if isinstance(label, date):  # a date cell: datetime is a date too
        first = date(label.year, label.month, label.day)
        return first, first + timedelta(days=1), "day"
    text = fold(label) if isinstance(label, str) else ""
    try:
        if match := re.fullmatch(_DATE, text):
            first = _day(match.groups())
            return first, first + timedelta(days=1), "day"
        if match := re.fullmatch(rf"du {_DATE} au {_DATE}", text):
            return *_ordered(_day(match.groups()[:3]), _day(match.groups()[3:])), "week"
        if match := re.fullmatch(r"([a-z?]+) (\d{4})", text):
            return *_month(match[1], int(match[2])), "month"
        if match := re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)([t ][\d:]*)?", text):
            first = date.fromisoformat(text[:10])
            return first, first + timedelta(days=1), "day"
    except (ValueError, OverflowError) as error:
        raise BadCellError("bad_time", column, label) from error
    raise BadCellError("bad_time", column, label)


def _ordered(first: date, last: date) -> tuple[date, date]:
    if last < first:
        raise ValueError(f"{last} is before {first}")
    return first, last + timedelta(days=1)


def _day(parts: Sequence[str]) -> date:
    day, month, year = map(int, parts)
    return date(year, month, day)


def _month(name: str, year: int) -> tuple[date, date]:
    pattern = re.compile(name.replace("?", "."))
    number = next((n for n, month in enumerate(_MONTHS, 1) if pattern.fullmatch(month)), 0)
    first = date(year, number, 1)
    return first, date(year + number // 12, number % 12 + 1, 1)


def wall(day: date) -> int:
    """06:00 of ``day`` on the wall clock, seconds since 1970-01-01 00:00 of that clock."""
    return (day - _EPOCH).days * DAY + DAY_START


def cut_weeks(periods: Sequence[Period]) -> int:
    """End each period where the next begins; how many were cut.

    The portal splits the week of New Year: "Du 28/12/2020 au 03/01/2021" holds the gas of 28 to
    31 December only, "Du 01/01/2021 au 03/01/2021" follows with the rest.
    """
    cut = 0
    ordered = sorted(periods, key=lambda p: p.start)
    for period, following in pairwise(ordered):
        if period.start < following.start < period.end:
            period.end = following.start
            cut += 1
    return cut


def cut_to_export(periods: Sequence[Period], exported: date) -> int:
    """Bound months by what the portal had when it made the file; how many were cut.

    It gives one to three whole years back from the day of export: the first month begins on that
    day of its month, the last one ends with it.
    """
    cut = 0
    until = wall(exported)
    for period in periods:
        if period.start < until < period.end:
            period.end = until
            cut += 1
    first = min(periods, key=lambda p: p.start, default=None)
    if first is not None and first.end - first.start > 27 * DAY:
        begin = wall_date(first.start)
        if begin.month == exported.month and begin.year < exported.year and exported.day > 1:
            first.start += (exported.day - 1) * DAY
            cut += 1
    return cut


def note_of_cuts(cut: int) -> list[Note]:
    """What to say of ``cut`` periods that were made shorter than their label."""
    if not cut:
        return []
    fr = "1 période raccourcie" if cut == 1 else f"{cut} périodes raccourcies"
    en = "1 period" if cut == 1 else f"{cut} periods"
    fr += " : semaine du Nouvel An, premier ou dernier mois"
    en += " shortened: the week of New Year, the first or the last month"
    return [Note("period_cut", fr, en)]


def wall_date(seconds: int) -> date:
    """The date on the wall clock."""
    return _EPOCH + timedelta(days=seconds // DAY)


def export_date(cells: Sequence[object]) -> date | None:
    """The date in "Export du 24/11/2021", if a cell says it."""
    for cell in cells:
        text = fold(cell) if isinstance(cell, str) else ""
        if match := re.search(rf"export du {_DATE}", text):
            try:
                return _day(match.groups())
            except ValueError:
                return None
    return None
