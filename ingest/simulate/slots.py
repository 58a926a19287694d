"""Half-hours on the local clock. A slot is numbered by its start: number = seconds / 1800 UTC."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from ingest.simulate.noise import Ints

SLOT = 1800
ZONE = "Europe/Paris"
_EPOCH = date(1970, 1, 1)
#: Public holidays of France with a fixed date (month, day); they are lived like Sundays.
_HOLIDAYS = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))


@dataclass(frozen=True)
class Slots:
    """The slots `first` (inclusive) to `last` (exclusive), n of them, and their local calendar."""

    first: int
    last: int

    def __len__(self) -> int:
        return self.last - self.first

    @cached_property
    def numbers(self) -> Ints:
        """n slot numbers."""
        return np.arange(self.first, self.last, dtype=np.int64)

    @cached_property
    def starts(self) -> Ints:
        """n starts, seconds since 1970 UTC."""
        return self.numbers * SLOT

    @cached_property
    def _local(self) -> Ints:
        """n starts on the wall clock, as if the local time were UTC."""
        index = pd.to_datetime(self.starts, unit="s", utc=True).tz_convert(ZONE)
        return np.asarray(index.tz_localize(None).as_unit("s").astype("int64"))

    @cached_property
    def day(self) -> Ints:
        """n local days, as days since 1970-01-01."""
        return self._local // 86_400

    @cached_property
    def of_day(self) -> Ints:
        """n places on the wall clock, 0 (00:00) to 47 (23:30)."""
        return self._local % 86_400 // SLOT

    @cached_property
    def rest_day(self) -> Ints:
        """n flags: 1 on Saturdays, Sundays and holidays."""
        days = np.unique(self.day)
        flags = np.array([_rests(_EPOCH + timedelta(int(d))) for d in days], dtype=np.int64)
        return np.asarray(flags[np.searchsorted(days, self.day)])

    def shifted_day(self, slots: int) -> Ints:
        """n local days of a day that begins `slots` half-hours after midnight."""
        return (self._local - slots * SLOT) // 86_400

    def chunks(self, size: int) -> Iterator[Slots]:
        """The same slots in pieces of at most `size`."""
        for start in range(self.first, self.last, size):
            yield Slots(start, min(start + size, self.last))


def _rests(day: date) -> bool:
    return day.weekday() >= 5 or (day.month, day.day) in _HOLIDAYS


def midnight(day: date, hour: int = 0) -> int:
    """The instant at which `day` begins here (at `hour` local), seconds since 1970 UTC."""
    return int(datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo(ZONE)).timestamp())


def local_date(ts: int, hour: int = 0) -> date:
    """The local day that `ts` lies in, where days begin at `hour` local."""
    here = datetime.fromtimestamp(ts, ZoneInfo(ZONE))
    return (here - timedelta(days=1)).date() if here.hour < hour else here.date()


def slots_of_days(first: date, last: date) -> Slots:
    """The slots of the local days `first` to `last`, both included."""
    return Slots(midnight(first) // SLOT, midnight(last + timedelta(days=1)) // SLOT)
