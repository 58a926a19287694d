"""Query parameters read strictly: what is not understood is refused, never ignored. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hub.periods import LongStep, back, day_of, floor_to, following, starts
from hub.routes.problems import invalid

MOST_POINTS = 20_000
LONG_STEPS: tuple[LongStep, ...] = ("day", "month", "year")
#: Steps below a day, in seconds.
SHORT_STEPS = {"15min": 900, "30min": 1800, "hour": 3600}
_FIRST, _LAST = date(2000, 1, 1), date(2101, 1, 1)
#: Buckets answered where no range is given.
_DEFAULT_COUNT = {"day": 31, "month": 13, "year": 5}
_DEFAULT_SPAN = timedelta(hours=48)


def only_known(given: Iterable[tuple[str, str]], known: Collection[str]) -> None:
    """Refuse unknown and repeated parameters."""
    seen: set[str] = set()
    for name, _ in given:
        if not known:
            raise invalid(name, f"there is no parameter '{name}' here; there are none")
        if name not in known:
            raise invalid(
                name, f"there is no parameter '{name}' here; use: {', '.join(sorted(known))}"
            )
        if name in seen:
            raise invalid(name, f"parameter '{name}' is given twice")
        seen.add(name)


def one_of(parameter: str, value: str, known: Collection[str]) -> str:
    """The value, if it is one of those known."""
    if value not in known:
        raise invalid(
            parameter, f"{parameter} '{value}' does not exist; use one of: {', '.join(known)}"
        )
    return value


def required(parameter: str, value: str | None, known: Collection[str]) -> str:
    """A value that must be given and be one of those known."""
    if not value:
        raise invalid(
            parameter, f"parameter '{parameter}' is missing; use one of: {', '.join(known)}"
        )
    return one_of(parameter, value, known)


def long_range(
    begin: str | None, end: str | None, step: LongStep, today: date
) -> tuple[date, date]:
    """Local dates (end exclusive), widened to whole months or years where the step asks for it."""
    last = _date("to", end) if end is not None else following(floor_to(today, step), step)
    count = _DEFAULT_COUNT[step]
    usual = back(last - timedelta(days=1), step, count - 1)
    first = usual if begin is None else _date("from", begin)
    if not first < last:
        raise invalid("from", f"'from' {first} must lie before 'to' {last} (exclusive)")
    first = floor_to(first, step)
    count = len(starts(first, last, step)) if (last - first).days < 200_000 else MOST_POINTS + 1
    _check_count(count)
    return first, following(starts(first, last, step)[-1], step)


def short_range(
    begin: str | None, end: str | None, step: str, now: datetime
) -> tuple[datetime, datetime]:
    """Instants in UTC on bucket boundaries (end exclusive)."""
    seconds = SHORT_STEPS[step]
    if end is not None:
        last = _instant("to", end, seconds, step)
    else:
        last = datetime.fromtimestamp((int(now.timestamp()) // seconds + 1) * seconds, UTC)
    first = last - _DEFAULT_SPAN if begin is None else _instant("from", begin, seconds, step)
    if not first < last:
        raise invalid("from", "'from' must lie before 'to' (exclusive)")
    _check_count(int((last - first).total_seconds()) // seconds)
    return first, last


def _check_count(count: int) -> None:
    if count > MOST_POINTS:
        raise invalid(
            "step",
            f"this asks for {count} points, {MOST_POINTS} at most; "
            "choose a shorter range or a longer step",
        )


def _date(parameter: str, text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or len(text) != 10:
        raise invalid(
            parameter,
            f"'{parameter}' must be a local date such as 2026-11-22 at this step, not '{text}'",
        )
    return _within(parameter, day)


def _within(parameter: str, day: date) -> date:
    if not _FIRST <= day <= _LAST:
        raise invalid(parameter, f"'{parameter}' must lie between {_FIRST} and {_LAST}")
    return day


def _instant(parameter: str, text: str, seconds: int, step: str) -> datetime:
    # '+' of an offset reads as a space where it was not escaped
    spoken = text.replace(" ", "+") if "T" in text else text
    try:
        instant = datetime.fromisoformat(spoken)
    except ValueError:
        instant = None
    if instant is None or "T" not in text or instant.tzinfo is None:
        raise invalid(
            parameter,
            f"'{parameter}' must be an instant with an offset at this step, such as "
            f"2026-11-22T00:00:00+01:00 or 2026-11-21T23:00:00Z, not '{text}'",
        )
    _within(parameter, instant.date())
    utc = instant.astimezone(UTC)
    if utc.microsecond or int(utc.timestamp()) % seconds:
        raise invalid(
            parameter, f"'{parameter}' {text} does not lie on a boundary of {step} buckets"
        )
    return utc


def local_days(
    first: datetime, last: datetime, day_start: timedelta, zone: ZoneInfo
) -> tuple[date, date]:
    """The commodity's local days that [first, last) touches, end exclusive."""
    end = day_of(last - timedelta(seconds=1), day_start, zone)
    return day_of(first, day_start, zone), end + timedelta(days=1)


def period_range(period: str) -> tuple[date, date]:
    """First day and first day after of YYYY, YYYY-MM or YYYY-MM-DD."""
    steps: dict[int, LongStep] = {4: "year", 7: "month", 10: "day"}
    step = steps.get(len(period))
    try:
        first = date.fromisoformat(period + "0000-01-01"[len(period) :]) if step else None
    except ValueError:
        first = None
    if first is None or step is None:
        raise invalid("period", f"period must be YYYY, YYYY-MM or YYYY-MM-DD, not '{period}'")
    _within("period", first)
    return first, following(first, step)
