"""Times as gateways write them -> whole seconds since 1970 UTC, floored."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from zoneinfo import ZoneInfo

from connectors._units import BadValueError

_HORODATE = re.compile(r"([HhEe ])([0-9]{12})")
_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
_NUMBER = r"([0-9]{1,6})"
_DURATION = re.compile(
    rf"P(?=[0-9T])(?:{_NUMBER}Y)?(?:{_NUMBER}M)?(?:{_NUMBER}W)?(?:{_NUMBER}D)?"
    r"(?:T(?=[0-9])(?:([0-9]{1,9}(?:[.,][0-9]{1,9})?)H)?(?:([0-9]{1,9}(?:[.,][0-9]{1,9})?)M)?"
    r"(?:([0-9]{1,9}(?:[.,][0-9]{1,9})?)S)?)?"
)


def utc_seconds(text: object) -> int:
    """An ISO 8601 date and time; without an offset it is UTC. Raises BadValueError (bad_time)."""
    moment = _moment(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp())


def local_seconds(text: object, zone: str, near: int) -> int:
    """An ISO 8601 date and time; without an offset it is local in ``zone``.

    An hour that the October night has twice is the one nearer to ``near`` (the arrival).
    Raises BadValueError (bad_time).
    """
    moment = _moment(text)
    if moment.tzinfo is not None:
        return int(moment.timestamp())
    first = moment.replace(tzinfo=ZoneInfo(zone), fold=0)
    second = first.replace(fold=1)
    if first.utcoffset() == second.utcoffset():
        return int(first.timestamp())
    return min((int(m.timestamp()) for m in (first, second)), key=lambda ts: abs(ts - near))


def local_day(raw: object, zone: str) -> date:
    """The day of "2024-1-2", "02/01/2024" or a stamp; one with an offset is taken to ``zone``.

    Raises BadValueError (bad_time).
    """
    text = raw.strip() if isinstance(raw, str) else ""
    match = _DAY.fullmatch(text)
    try:
        if match:
            year, month, day = match[1] or match[6], match[2] or match[5], match[3] or match[4]
            return date(int(year), int(month), int(day))
        stamp = datetime.fromisoformat(text)
        return (stamp.astimezone(ZoneInfo(zone)) if stamp.tzinfo else stamp).date()
    except (ValueError, OverflowError):
        raise BadValueError("bad_time", raw) from None


def at_local(day: date, hour: int, zone: str) -> int:
    """The instant of an hour of a local day; hour 24 is the end of the day.

    Raises BadValueError (bad_time) beyond the calendar.
    """
    try:
        day += timedelta(days=hour // 24)
        wall = datetime(day.year, day.month, day.day, hour % 24, tzinfo=ZoneInfo(zone))
        return int(wall.timestamp())
    except OverflowError:
        raise BadValueError("bad_time", day) from None


def horodate(text: object, zone: str) -> tuple[int, bool]:
    """A meter's ``H221121195754`` (season, then local time) -> (seconds, clock is sure).

    The letter tells which of October's two hours it is; in lower case the meter doubts its clock.
    Raises BadValueError (bad_time), also where the letter is a space: a clock that was never set.
    """
    match = _HORODATE.fullmatch(text) if isinstance(text, str) else None
    if match is None or match[1] == " ":
        raise BadValueError("bad_time", text)
    try:
        wall = datetime.strptime(match[2], "%y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        raise BadValueError("bad_time", text) from None
    shift = _winter(zone, wall.year) + timedelta(hours=match[1] in "Ee")
    return int((wall - shift).timestamp()), match[1].isupper()


@lru_cache(maxsize=256)
def _winter(zone: str, year: int) -> timedelta:
    """How far ``zone`` is ahead of UTC in winter.

    Not by ``dst()``: Irish law calls the summer's time the standard one.
    """
    info = ZoneInfo(zone)
    halves = (datetime(year, month, 1, tzinfo=info).utcoffset() for month in (1, 7))
    return min(offset for offset in halves if offset is not None)


def _moment(text: object) -> datetime:
    if not isinstance(text, str) or len(text) < 16:  # fromisoformat would take a bare date
        raise BadValueError("bad_time", text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadValueError("bad_time", text) from None
    return moment.replace(microsecond=0) if moment.microsecond else moment


@lru_cache(maxsize=256)
def _parts(text: str) -> tuple[int, int, Fraction] | None:
    """An ISO 8601 duration as (months, days, seconds); None if it is not one."""
    match = _DURATION.fullmatch(text)
    if match is None:
        return None
    years, months, weeks, days = (int(n or 0) for n in match.groups()[:4])
    hours, minutes, seconds = (Fraction((n or "0").replace(",", ".")) for n in match.groups()[4:])
    return years * 12 + months, weeks * 7 + days, hours * 3600 + minutes * 60 + seconds


def is_duration(text: str) -> bool:
    """Whether ``text`` is an ISO 8601 duration such as PT30M, P1D or P1M."""
    return _parts(text) is not None


def duration_seconds(text: str, start: int, zone: str) -> int:
    """Length of the duration that begins at ``start``.

    Hours and below are exact; days and above are local ones in ``zone``: P1D from a local midnight
    has 23, 24 or 25 hours. Raises BadValueError: out_of_range unless it is whole seconds, 1 s to
    400 days. The error names the column n: a duration is part of a name.
    """
    parts = _parts(text)
    if parts is None:
        raise BadValueError("bad_time", text, "n")
    months, days, seconds = parts
    length = seconds
    if months or days:
        if months > 13 or days > 400:
            raise BadValueError("out_of_range", text, "n")
        try:
            begin = datetime.fromtimestamp(start, ZoneInfo(zone))
            length += int(_later(begin, months, days).timestamp()) - start
        except (ValueError, OverflowError, OSError):
            raise BadValueError("out_of_range", text, "n") from None
    if length.denominator != 1 or not 0 < length <= 400 * 86_400:
        raise BadValueError("out_of_range", text, "n")
    return int(length)


def _later(begin: datetime, months: int, days: int) -> datetime:
    """The same local time some months (last day at most) and then days later."""
    month = begin.month - 1 + months
    year, month = begin.year + month // 12, month % 12 + 1
    following = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=begin.tzinfo)
    last = (following - timedelta(days=1)).day
    return begin.replace(year=year, month=month, day=min(begin.day, last)) + timedelta(days=days)
