"""What a decoded file holds, channel by channel: from when to when, at which step, what is missing.

Made of the series alone, for every format alike. Pure; linear in the readings but for a sort.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from hub.intake.batch import as_int64
from hub.intake.checks import AHEAD, CLASSES, EARLIEST, LARGEST, period_classes
from hub.model import LONGEST, ChannelKey, Column, Decoded, Gap, Int64Array, Series

#: So many channels are told; a distributor's file has some hundred thousand, and all are counted.
CHANNELS = 200
#: So many missing stretches of a channel are told; all are counted.
TOLD = 20
#: Registers have a step where so many of their distances are about the usual one.
_REGULAR = 0.8
#: A distance may differ so much from the usual one: a tenth; an hour where it is about a day.
_SLACK, _DAY_SLACK, _DAY = 0.1, 3600, 20 * 3600
#: Two registers that are so many steps apart miss one between them.
_HOLE = 1.5
#: Nothing is said of what lies further ahead, seconds.
_DAY_AHEAD = 400 * 86_400


class Stretch(NamedTuple):
    """[start, end), seconds since 1970 UTC."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Missing:
    """Stretches without a reading: how many, how long together, and the first of them."""

    count: int = 0
    seconds: int = 0
    first: tuple[Stretch, ...] = ()


NOTHING = Missing()


@dataclass(frozen=True, slots=True)
class ChannelSummary:
    """One channel of a file.

    start, end: from the first reading's start to the last one's end; of registers their instants.
    step: the usual length or distance, seconds; None where there is none. total: the sum of the
    intervals where none lie within others, or the last register less the first where it never
    falls; None for power.
    """

    key: ChannelKey
    readings: int
    start: int
    end: int
    step: int | None
    total: int | None
    missing: Missing = NOTHING


@dataclass(frozen=True, slots=True)
class Summary:
    """A file's first channels in its own order, how many follow, and where it says itself that it
    knows nothing."""

    channels: tuple[ChannelSummary, ...] = ()
    left: int = 0
    gaps: Missing = NOTHING


def summarise(decoded: Decoded, received_at: int) -> Summary:
    """The summary of what a connector made of a file that arrived then.

    Readings that are refused whoever tells them (a year 1111, the future) are in none of it.
    """
    parts: dict[ChannelKey, list[Series]] = {}
    for series in decoded.series:
        parts.setdefault(series.key, []).append(series)
    told = list(parts.items())[:CHANNELS]
    channels = tuple(c for key, found in told for c in _channels(key, found, received_at))
    return Summary(channels, len(parts) - len(told), _gaps(decoded.gaps, channels, received_at))


def _channels(key: ChannelKey, parts: list[Series], received_at: int) -> Iterator[ChannelSummary]:
    """The channels of a series, intervals by the class of their length; none of no readings."""
    ts = _joined([part.ts for part in parts])
    value = _joined([part.value for part in parts])
    seconds = _joined(
        [part.seconds if part.seconds is not None else [0] * len(part.ts) for part in parts]
    )
    order = np.argsort(ts, kind="stable")
    order = order[_is_possible(key, ts, value, seconds, received_at)[order]]
    ts, value, seconds = ts[order], value[order], seconds[order]
    if key.kind != "interval":
        if len(ts):
            yield _instants(key, *_last_of_each(ts, value))
        return
    stated = CLASSES.index(key.period or CLASSES[0])
    classes = np.maximum(period_classes(seconds), stated)
    for number, name in enumerate(CLASSES):
        here = np.flatnonzero(classes == number)
        if len(here):
            found = _last_of_each(ts[here], value[here], seconds[here])
            yield _intervals(replace(key, period=name), *found)


def _is_possible(
    key: ChannelKey, ts: Int64Array, value: Int64Array, seconds: Int64Array, received_at: int
) -> npt.NDArray[np.bool_]:
    possible: npt.NDArray[np.bool_] = (value <= LARGEST) & (value >= -LARGEST) & (ts >= EARLIEST)
    if key.kind == "interval":
        possible &= (seconds > 0) & (seconds <= LONGEST["month"])
    return possible & (ts <= received_at + AHEAD - np.where(possible, seconds, 0))


def _last_of_each(ts: Int64Array, *columns: Int64Array) -> tuple[Int64Array, ...]:
    """Of several readings of one second the last counts. ``ts`` is sorted."""
    kept = np.append(ts[1:] != ts[:-1], True)
    return ts[kept], *(column[kept] for column in columns)


def _instants(key: ChannelKey, ts: Int64Array, value: Int64Array) -> ChannelSummary:
    first, last = int(ts[0]), int(ts[-1])
    if key.kind == "power":
        return ChannelSummary(key, len(ts), first, last, None, None)
    step = _step(np.diff(ts))
    rises = bool(np.all(value[1:] >= value[:-1]))
    total = int(value[-1] - value[0]) if rises and len(value) > 1 else None
    apart = np.flatnonzero(np.diff(ts) > step * _HOLE) if step else np.zeros(0, np.int64)
    missing = _missing(ts[apart], ts[apart + 1])
    return ChannelSummary(key, len(ts), first, last, step, total, missing)


def _intervals(
    key: ChannelKey, ts: Int64Array, value: Int64Array, seconds: Int64Array
) -> ChannelSummary:
    reached = np.maximum.accumulate(ts + seconds)
    holes = np.flatnonzero(ts[1:] > reached[:-1])
    overlap = bool(np.any(ts[1:] < reached[:-1]))
    lengths, times = np.unique(seconds, return_counts=True)
    return ChannelSummary(
        key,
        len(ts),
        int(ts[0]),
        int(reached[-1]),
        int(lengths[np.argmax(times)]),
        None if overlap else _sum(value),
        _missing(reached[holes], ts[holes + 1]),
    )


def _sum(value: Int64Array) -> int:
    """Their sum, however large."""
    largest = int(np.abs(value).max())
    return int(value.sum()) if largest * len(value) < 2**62 else sum(value.tolist())


def _joined(columns: Sequence[Column]) -> Int64Array:
    found = [as_int64(column) for column in columns]
    return found[0] if len(found) == 1 else np.concatenate(found)


def _step(distances: Int64Array) -> int | None:
    """The usual distance of registers; None where they have none."""
    if len(distances) < 2:
        return None
    usual = int(np.median(distances))
    slack = max(usual * _SLACK, _DAY_SLACK if usual >= _DAY else 1)
    about = np.abs(distances - usual) <= slack
    return usual if about.mean() >= _REGULAR else None


def _missing(starts: Int64Array, ends: Int64Array) -> Missing:
    told = zip(starts[:TOLD].tolist(), ends[:TOLD].tolist(), strict=True)
    first = tuple(Stretch(start, end) for start, end in told)
    return Missing(len(starts), int((ends - starts).sum()), first)


def _gaps(gaps: Iterable[Gap], channels: Iterable[ChannelSummary], received_at: int) -> Missing:
    """The stretches of rows that say "nothing", those that follow each other as one.

    A row that tells only its beginning lasts as long as the file's only step.
    """
    steps = {channel.step for channel in channels if channel.key.kind == "interval"}
    step = (steps.pop() or 0) if len(steps) == 1 else 0
    known = {
        (gap.start, gap.end if gap.end is not None else gap.start + step)
        for gap in gaps
        if gap.start is not None and EARLIEST <= gap.start <= received_at + AHEAD
    }
    joined: list[list[int]] = []
    for start, end in sorted(one for one in known if one[0] < one[1] <= received_at + _DAY_AHEAD):
        if joined and start <= joined[-1][1]:
            joined[-1][1] = max(joined[-1][1], end)
        else:
            joined.append([start, end])
    table = np.array(joined, dtype=np.int64).reshape(-1, 2)
    return _missing(table[:, 0], table[:, 1])
