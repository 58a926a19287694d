"""The columns that the kernel takes and gives. Arrays of one table have equal length.

Instants are seconds since 1970 UTC, days are day numbers (see :mod:`hub.clock`), amounts are whole
numbers of the quantity's unit. Channels are known by their index 0..n-1 in :class:`Channels`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from hub.clock import Days

Int64Array = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

#: Separates channels in a combined (channel, instant) key; larger than any instant.
SPAN = 1 << 33


class Flag(IntEnum):
    """What is counted in a day's ``quality``."""

    SENTINEL = 0
    SUSPECT = 1
    DIP = 2
    ROLLOVER = 3
    OVERLAP = 4
    INSTALL = 5
    REPLACEMENT = 6
    REGISTER_SET = 7
    ESTIMATED_BY_SOURCE = 8
    ARRIVAL_TIME = 9
    CORRECTED_BY_SOURCE = 10
    DEGRADED_CLOCK = 11
    METER_FAULT = 12


#: Name of each flag in ``quality``: {"dip": 2, ...}.
FLAG_NAMES = tuple(flag.name.lower() for flag in Flag)


def distinct(values: Int64Array) -> Int64Array:
    """Each value once, ascending. NumPy's own ``unique`` takes some twenty times as long for
    millions of different numbers, as keys of rows are."""
    ordered = np.sort(values, kind="stable")
    new = np.ones(len(ordered), dtype=np.bool_)
    new[1:] = ordered[1:] != ordered[:-1]
    return np.asarray(ordered[new], dtype=np.int64)


def among(values: Int64Array, known: Int64Array) -> BoolArray:
    """Which values are among those of ``known``: :func:`distinct` ones."""
    if not len(known):
        return np.zeros(len(values), dtype=np.bool_)
    at = np.minimum(np.searchsorted(known, values), len(known) - 1)
    return np.asarray(known[at] == values, dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class Readings:
    """Readings of many channels, sorted by (channel, ts), each (channel, ts) once."""

    channel: Int64Array
    ts: Int64Array
    value: Int64Array
    seconds: Int64Array
    quality: Int64Array

    def take(self, which: BoolArray | Int64Array) -> Readings:
        """The readings at these positions, in order."""
        return Readings(
            self.channel[which], self.ts[which], self.value[which],
            self.seconds[which], self.quality[which],
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self.ts)


@dataclass(frozen=True, slots=True)
class Channels:
    """What the kernel must know of each channel.

    slot: seconds. calendar: index into ``calendars``. modulus: where a register starts again at
    zero, 0 = unknown. resolution: its smallest step. printed: one of the unit on the meter (kWh,
    m3), in which people write a register down. max_per_hour: the physical bound. longest:
    seconds, the longest interval of its class (0 for registers). first_day, last_day: the days
    wanted, inclusive.
    """

    is_register: BoolArray
    slot: Int64Array
    calendar: Int64Array
    modulus: Int64Array
    resolution: Int64Array
    printed: Int64Array
    max_per_hour: Int64Array
    longest: Int64Array
    first_day: Int64Array
    last_day: Int64Array
    calendars: tuple[Days, ...]

    def __len__(self) -> int:
        return len(self.slot)

    def day_of(self, channel: Int64Array, ts: Int64Array) -> Int64Array:
        """Local day of each instant, in the calendar of its channel."""
        if len(self.calendars) == 1:
            return self.calendars[0].index_of(ts)
        day = np.zeros(len(ts), dtype=np.int64)
        which = self.calendar[channel]
        for number, calendar in enumerate(self.calendars):
            mine = which == number
            day[mine] = calendar.index_of(ts[mine])
        return day

    def start_of(self, channel: Int64Array, day: Int64Array) -> Int64Array:
        """First second of each local day, in the calendar of its channel."""
        if len(self.calendars) == 1:
            return self.calendars[0].starts(day)
        start = np.zeros(len(day), dtype=np.int64)
        which = self.calendar[channel]
        for number, calendar in enumerate(self.calendars):
            mine = which == number
            start[mine] = calendar.starts(day[mine])
        return start


@dataclass(frozen=True, slots=True)
class Passes:
    """Instants at which registers are said to have passed their end, sorted by (channel, at).

    When exactly is seldom known: the pair of readings around the instant tells.
    """

    channel: Int64Array
    at: Int64Array

    def within(self, channel: Int64Array, t0: Int64Array, t1: Int64Array) -> BoolArray:
        """Whether there is one in (t0, t1] of each channel."""
        keys = self.channel * SPAN + self.at
        first = np.searchsorted(keys, channel * SPAN + t0, side="right")
        return np.asarray(first < np.searchsorted(keys, channel * SPAN + t1, side="right"))


@dataclass(frozen=True, slots=True)
class Events:
    """Meter events of register channels, sorted by (channel, at), each (channel, at) once.

    flag: the :class:`Flag` counted. closing, opening: registers at the instant, -1 = unknown.
    of_set: the register leaves the meter's set of registers here, where only its closing is known,
    or joins it, where only its opening is.
    """

    channel: Int64Array
    at: Int64Array
    flag: Int64Array
    closing: Int64Array
    opening: Int64Array
    of_set: BoolArray
    passes: Passes

    def __len__(self) -> int:
        return len(self.at)


@dataclass(frozen=True, slots=True)
class Moves:
    """Days on which occupants of a channel's dwelling moved in or out, sorted by (channel, day)."""

    channel: Int64Array
    day: Int64Array

    def __len__(self) -> int:
        return len(self.day)


@dataclass(frozen=True, slots=True)
class Pieces:
    """Known amounts over time, disjoint in each channel, sorted by (channel, x0).

    ``amount`` is used over [t0, t1); of it only [x0, x1) counts (less than the whole where another
    interval has precedence).
    """

    channel: Int64Array
    t0: Int64Array
    t1: Int64Array
    amount: Int64Array
    x0: Int64Array
    x1: Int64Array

    def take(self, which: BoolArray | Int64Array) -> Pieces:
        """The pieces at these positions, in order."""
        return Pieces(
            self.channel[which], self.t0[which], self.t1[which],
            self.amount[which], self.x0[which], self.x1[which],
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self.amount)


@dataclass(frozen=True, slots=True)
class Marks:
    """Something to count in the quality of the day that holds ``ts``."""

    channel: Int64Array
    ts: Int64Array
    flag: Int64Array

    def __len__(self) -> int:
        return len(self.ts)


@dataclass(slots=True)
class DayRows:
    """Rows of ``channel_day``, sorted by (channel, day).

    allocated, month_allocated and the unowned columns are 0 where there is none; a day has unowned
    parts iff unowned_covered > 0. first_at and last_at are -1 without a good register.
    slots: number of slots of each row, 0 = no arrays; the flat slot columns hold them one row after
    the other, and slot_covered 0 means that nothing is known.
    quality_*: counts (row index, flag, count), sorted, only where positive.
    """

    channel: Int64Array
    day: Int64Array
    covered: Int64Array
    measured: Int64Array
    allocated: Int64Array
    month_allocated: Int64Array
    unowned_measured: Int64Array
    unowned_allocated: Int64Array
    unowned_month_allocated: Int64Array
    unowned_covered: Int64Array
    readings: Int64Array
    first_at: Int64Array
    last_at: Int64Array
    first_value: Int64Array
    last_value: Int64Array
    slots: Int64Array
    slot_amount: Int64Array
    slot_allocated: Int64Array
    slot_covered: Int64Array
    quality_row: Int64Array
    quality_flag: Int64Array
    quality_count: Int64Array

    def __len__(self) -> int:
        return len(self.day)


def empty() -> Int64Array:
    """A column of length 0."""
    return np.zeros(0, dtype=np.int64)


def no_events() -> Events:
    """An empty table of meter events."""
    none = empty()
    return Events(none, none, none, none, none, none.astype(np.bool_), Passes(none, none))


def no_moves() -> Moves:
    """An empty table of moves."""
    return Moves(empty(), empty())


def join_pieces(first: Pieces, second: Pieces) -> Pieces:
    """The pieces of both, sorted by (channel, x0)."""
    names = ("channel", "t0", "t1", "amount", "x0", "x1")
    both = Pieces(*(np.concatenate([getattr(first, n), getattr(second, n)]) for n in names))
    return both.take(np.lexsort((both.x0, both.channel)))


def join_marks(parts: list[Marks]) -> Marks:
    """All marks in one table."""
    return Marks(
        np.concatenate([empty(), *(part.channel for part in parts)]),
        np.concatenate([empty(), *(part.ts for part in parts)]),
        np.concatenate([empty(), *(part.flag for part in parts)]),
    )


def marks_of(channel: Int64Array, ts: Int64Array, flag: Flag) -> Marks:
    """One mark of the same flag for each instant."""
    return Marks(channel, ts, np.full(len(ts), int(flag), dtype=np.int64))
