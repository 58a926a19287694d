"""Which days of the demo's past come from which source. Sources of one commodity never overlap on
a day that counts, and no day lies between them.

=========== ============================================= =====================================
commodity   before `fine_from`                            from `fine_from`
=========== ============================================= =====================================
electricity daily registers (Enedis index), up to and     load curve (Enedis), half-hours, up to
            with midnight of `fine_from`                  yesterday; from midnight on the Linky's
                                                          own messages
gas         GRDF, daily                                   GRDF, daily; some homes their meter's
                                                          telegrams
water       Veolia, daily                                 the meter's telegrams, half-hourly
solar       SenML, daily registers                        SenML, half-hourly registers up to
                                                          midnight, then OpenDTU's messages
=========== ============================================= =====================================
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from ingest.simulate.slots import SLOT, ZONE, local_date, midnight

MONTHS = 13
FINE_DAYS = 60
#: GRDF tells a gas day half an hour after its end (06:00 local).
GRDF_HOUR, GRDF_MINUTE = 6, 30


def origin_for(now: int) -> date:
    """Where the history of a demo that starts at `now` begins: 13 whole months before this one."""
    today = local_date(now)
    months = today.year * 12 + today.month - 1 - MONTHS
    return date(months // 12, months % 12 + 1, 1)


def last_gas_day(now: int) -> date:
    """The last gas day that GRDF has told by `now`."""
    day = local_date(now - GRDF_MINUTE * 60, GRDF_HOUR)
    return day - timedelta(days=1)


@dataclass(frozen=True)
class Window:
    """The days of a first fill at `now` (seconds since 1970 UTC)."""

    origin: date
    now: int

    @property
    def today(self) -> date:
        return local_date(self.now)

    @property
    def fine_from(self) -> date:
        """First day with half-hours."""
        return max(self.origin, self.today - timedelta(days=FINE_DAYS))

    @property
    def last_boundary(self) -> int:
        """The last slot boundary that has passed, as a slot number."""
        return self.now // SLOT


def days(first: date, last: date) -> list[date]:
    """`first` to `last`, both included; none if `last` lies before."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def boundary(day: date, hour: int = 0) -> int:
    """The slot that begins when `day` does (at `hour` local)."""
    return midnight(day, hour) // SLOT


@cache
def local_iso(slot: int) -> str:
    """A boundary as the portals write it: local time with its offset."""
    return datetime.fromtimestamp(slot * SLOT, ZoneInfo(ZONE)).isoformat(timespec="seconds")


@cache
def local_plain(slot: int) -> str:
    """A boundary as local time without offset, a space in the middle."""
    return datetime.fromtimestamp(slot * SLOT, ZoneInfo(ZONE)).strftime("%Y-%m-%d %H:%M:%S")


def utc_stamp(ts: int) -> str:
    """An instant as wmbusmeters writes it."""
    return datetime.fromtimestamp(ts, ZoneInfo("UTC")).strftime("%Y-%m-%dT%H:%M:%SZ")


@cache
def utc_boundary(slot: int) -> str:
    """A boundary as wmbusmeters writes it."""
    return utc_stamp(slot * SLOT)
