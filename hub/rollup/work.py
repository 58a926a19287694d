"""What the service passes around: entries to recompute, channels as the store knows them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hub.clock import days
from hub.model import LONGEST
from hub.rollup.columns import Channels, Int64Array
from hub.rollup.registry import ChannelRow

#: Quantity -> its integer unit in one of the meter's printed unit (kWh, m3, kg).
_PRINTED_UNIT = {"energy": 10**6, "volume": 10**6, "mass": 10**3, "units": 10**3}
#: A connection may be overloaded for a while before its breaker acts.
_OVERLOAD = 2
#: Diameter for which the catalogue's bound of gas and water holds, millimetres.
_USUAL_PIPE = 20


@dataclass(frozen=True, slots=True)
class StoredChannel:
    """A channel with what its usage point and commodity tell of it."""

    row: ChannelRow
    dwelling: int
    slot: int
    horizon: int
    day_start: int
    subscribed_va: int | None
    pipe_mm: int | None
    register_digits: int | None
    resolution: int
    max_per_hour: int
    passed: int | None

    @property
    def printed(self) -> int:
        """One of the unit on the meter."""
        return _PRINTED_UNIT.get(self.row.stream[2], 0)

    @property
    def bound(self) -> int:
        """Most that the connection can carry in an hour."""
        commodity, flow, quantity = self.row.stream
        if commodity == "electricity" and flow == "consumption" and self.subscribed_va:
            return self.subscribed_va * 1000 * _OVERLOAD
        if quantity == "volume" and self.pipe_mm and self.pipe_mm > _USUAL_PIPE:
            return self.max_per_hour * self.pipe_mm**2 // _USUAL_PIPE**2
        return self.max_per_hour

    @property
    def modulus(self) -> int:
        """Where its registers start again at zero, 0 = unknown.

        passed: what a source said when a register passed its end.
        """
        digits = self.register_digits or 0
        return self.printed * 10**digits if 0 < digits <= 12 else self.passed or 0


@dataclass(frozen=True, slots=True)
class Entries:
    """Ranges to recompute, each of one channel: index into a list of channels, and instants.

    from_ts, to_ts: what changed, inclusive, seconds since 1970 UTC.
    """

    channel: Int64Array
    from_ts: Int64Array
    to_ts: Int64Array

    def __len__(self) -> int:
        return len(self.channel)


@dataclass(frozen=True, slots=True)
class DayRanges:
    """Days to recompute, each range of one channel: index into a list, first and last day."""

    channel: Int64Array
    first: Int64Array
    last: Int64Array

    def __len__(self) -> int:
        return len(self.channel)


def kernel_channels(stored: list[StoredChannel], ranges: DayRanges, zone: str) -> Channels:
    """The kernel's view of each range; a channel may stand in several."""
    starts = sorted({channel.day_start for channel in stored})
    picked = [stored[i] for i in ranges.channel.tolist()]

    def column(values: list[int]) -> Int64Array:
        return np.array(values, dtype=np.int64)

    return Channels(
        is_register=np.array([c.row.kind == "register" for c in picked], dtype=np.bool_),
        slot=column([c.slot for c in picked]),
        calendar=column([starts.index(c.day_start) for c in picked]),
        modulus=column([min(c.modulus, 2**62) for c in picked]),
        resolution=column([c.resolution for c in picked]),
        printed=column([c.printed for c in picked]),
        max_per_hour=column([min(c.bound, 2**62) for c in picked]),
        longest=column([LONGEST.get(c.row.period_class, 0) for c in picked]),
        first_day=ranges.first,
        last_day=ranges.last,
        calendars=tuple(days(zone, start) for start in starts),
    )


def coalesced(entries: Entries, apart: int) -> Entries:
    """Ranges of one channel that lie no more than ``apart`` seconds from each other, as one."""
    order = np.lexsort((entries.from_ts, entries.channel))
    channel, begin, end = (
        entries.channel[order], entries.from_ts[order], entries.to_ts[order],
    )  # fmt: skip
    starts: list[int] = []
    ends: list[int] = []
    last, last_channel = 0, -1
    for i, (who, a, b) in enumerate(
        zip(channel.tolist(), begin.tolist(), end.tolist(), strict=True)
    ):
        if who == last_channel and a <= last + apart:
            last = max(last, b)
            ends[-1] = last
        else:
            starts.append(i)
            ends.append(b)
            last, last_channel = b, who
    at = np.array(starts, dtype=np.int64)
    return Entries(channel[at], begin[at], np.array(ends, dtype=np.int64))
