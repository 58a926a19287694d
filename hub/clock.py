"""Local days and months of a commodity, as arithmetic on seconds since 1970 UTC.

A commodity's local day begins at its day start (gas 06:00, the others 00:00) in the zone of the
installation. Days are numbered from 1970-01-01 = 0, months from January of year 0 = 0, so that
whole columns are converted at once. Everything is pure; the tables are built once per zone.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

Int64Array = npt.NDArray[np.int64]

#: First and last local day of the tables. Instants outside belong to the nearest one.
FIRST_DATE = date(1999, 1, 1)
LAST_DATE = date(2101, 12, 31)
EPOCH = date(1970, 1, 1)

HALF_HOUR = 1800
QUARTER_HOUR = 900
_DAY = 86_400


def day_number(day: date) -> int:
    """Days from 1970-01-01 to ``day``."""
    return (day - EPOCH).days


def date_of(number: int) -> date:
    """The date of a day number."""
    return EPOCH + timedelta(days=int(number))


def months_of(days: Int64Array) -> Int64Array:
    """Month number of each day number."""
    months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return np.asarray(months + 1970 * 12, dtype=np.int64)


def first_days_of(months: Int64Array) -> Int64Array:
    """Day number of the first day of each month number."""
    first = (months - 1970 * 12).astype("datetime64[M]").astype("datetime64[D]")
    return np.asarray(first.astype(np.int64), dtype=np.int64)


class Days:
    """Local days of one zone and day start.

    zone: IANA name. day_start: local time at which a day begins, seconds after midnight. Raises
    ValueError when the days of that zone do not begin on UTC quarter hours, because slots are
    aligned to UTC.
    """

    def __init__(self, zone: str = "Europe/Paris", day_start: int = 0) -> None:
        self.zone = zone
        self.day_start = day_start
        self.first = day_number(FIRST_DATE)
        self.last = day_number(LAST_DATE)
        self._starts = _starts(zone, day_start)

    def index_of(self, ts: Int64Array) -> Int64Array:
        """Number of the local day that holds each instant (seconds since 1970 UTC)."""
        ts = np.asarray(ts, dtype=np.int64)
        # A local day is at most an hour or two off the mean, so the guess is off by one at most.
        guess = np.clip((ts - self._starts[0]) // _DAY, 0, len(self._starts) - 2)
        guess += self._starts[guess + 1] <= ts
        guess = np.minimum(guess, len(self._starts) - 2)
        guess -= (self._starts[guess] > ts) & (guess > 0)
        return np.asarray(guess + self.first, dtype=np.int64)

    def starts(self, days: Int64Array) -> Int64Array:
        """First second of each day number."""
        at = np.clip(np.asarray(days, dtype=np.int64) - self.first, 0, len(self._starts) - 1)
        return self._starts[at]

    def bounds(self, days: Int64Array) -> tuple[Int64Array, Int64Array]:
        """First second of each day number and of the day after it."""
        days = np.asarray(days, dtype=np.int64)
        return self.starts(days), self.starts(days + 1)

    def day_at(self, ts: int) -> int:
        """Number of the local day that holds one instant."""
        return int(self.index_of(np.array([ts]))[0])

    def start_at(self, day: int) -> int:
        """First second of the local day of that number."""
        return int(self.starts(np.array([day]))[0])

    def start_of(self, day: date) -> int:
        """First second of the local day of that date."""
        return self.start_at(day_number(day))


@lru_cache(maxsize=16)
def days(zone: str = "Europe/Paris", day_start: int = 0) -> Days:
    """The shared :class:`Days` of a zone and day start."""
    return Days(zone, day_start)


@lru_cache(maxsize=16)
def _starts(zone: str, day_start: int) -> Int64Array:
    info = ZoneInfo(zone)
    hour, second = divmod(day_start, 3600)
    count = (LAST_DATE - FIRST_DATE).days + 2
    first = datetime(FIRST_DATE.year, 1, 1, hour, second // 60, second % 60, tzinfo=info)
    # Adding to an aware datetime is wall-clock arithmetic: the next local day, whatever the offset.
    seconds = [int((first + timedelta(days=n)).timestamp()) for n in range(count)]
    starts = np.array(seconds, dtype=np.int64)
    if (starts % QUARTER_HOUR).any():
        raise ValueError(
            f"local days of {zone} from {hour:02d}:{second // 60:02d} do not begin on UTC quarter "
            "hours; slots are aligned to UTC, so choose another day start"
        )
    starts.setflags(write=False)
    return starts
