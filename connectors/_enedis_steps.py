"""Which interval a stamp of a load curve stands for: its label (start or end) and its step.

The files say neither for sure. The step is the distance to the neighbour on the label's side,
where that distance is a step and not a hole; what cannot be known is said to be unknown.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hub.model import Int64Array

#: Steps of load curves, seconds.
STEPS = (300, 600, 900, 1800, 3600)
_DAY = 86_400
#: Steps of the curves that are labelled by their start: C1 to C4 and P4, 10 minutes or less.
_STARTING = (300, 600)


@dataclass(frozen=True, slots=True)
class Label:
    """Whether stamps are the END of their step, and whether first and last stamp say so."""

    end: bool
    told: bool


def label(times: Int64Array, wall: Int64Array, given: int) -> Label:
    """The label of stamps ``times`` (ascending, n >= 1), shown by local clocks as ``wall``.

    A day of END stamps runs from 00:00 + step to 00:00, one of START stamps from 00:00 to 24:00 -
    step. The usual label of the step holds unless both ends of the file speak against it.
    ``given``: the header's step, seconds, or 0.
    """
    distances = np.diff(times)
    first, last = (int(distances[i]) if len(distances) else 0 for i in (0, -1))
    opens, closes = int(wall[0]) % _DAY, int(wall[-1]) % _DAY
    votes = Counter[bool]()
    votes[True] += opens == (given or first) and opens in STEPS
    votes[False] += opens == 0
    votes[True] += closes == 0
    votes[False] += closes == _DAY - (given or last)
    usual = (given or _commonest(distances)) not in _STARTING
    if votes[not usual] == 2 and votes[usual] == 0:
        return Label(not usual, told=True)
    return Label(usual, told=votes[usual] > votes[not usual])


def _commonest(distances: Int64Array) -> int:
    """The step that most ``distances`` are, the first of equals; half an hour where none is."""
    counts = {step: np.count_nonzero(distances == step) for step in STEPS}
    most = max(counts.values())
    if not most:
        return 1800
    equals = [step for step, count in counts.items() if count == most]
    return min(equals, key=lambda step: int(np.argmax(distances == step)))


def steps(times: Int64Array, wall: Int64Array, end: bool, given: int | Int64Array) -> Int64Array:
    """Seconds that each stamp stands for, 0 where that cannot be known.

    times: ascending, all different. end: the label. given: the step that the header, or each row,
    states, or 0; it counts unless the neighbour is nearer.
    """
    known = np.zeros(len(times), np.int64)
    kept = np.flatnonzero(~_intruders(np.diff(times)))
    stated = np.broadcast_to(np.asarray(given, np.int64), times.shape)
    known[kept] = _steps(times[kept], wall[kept], end, stated[kept])
    return known


def _intruders(distances: Int64Array) -> npt.NDArray[np.bool_]:
    """Stamps off the grid between two neighbours that are one usual step apart."""
    usual = _usual(distances)
    among = np.zeros(len(distances) + 1, bool)
    if len(distances) > 1:
        off = ~np.isin(distances, usual)
        among[1:-1] = np.isin(distances[:-1] + distances[1:], usual) & off[:-1] & off[1:]
    return among


def _usual(distances: Int64Array) -> list[int]:
    """Steps that follow each other at least once."""
    again = distances[1:][distances[1:] == distances[:-1]]
    return [step for step in STEPS if (again == step).any()]


def _steps(times: Int64Array, wall: Int64Array, end: bool, given: Int64Array) -> Int64Array:
    if end:
        clock = int(wall[0]) % _DAY if len(wall) else 0
        return _forward(times, clock, given)
    # Mirrored in time, a START stamp is an END stamp.
    clock = -int(wall[-1]) % _DAY if len(wall) else 0
    return _forward(-times[::-1], clock, given[::-1])[::-1]


def _forward(times: Int64Array, clock: int, given: Int64Array) -> Int64Array:
    """Steps of END stamps; ``clock``: seconds since midnight of the first one."""
    distances = np.diff(times)
    regime = _regimes(distances, clock)
    room = np.concatenate(([_DAY], distances))  # no interval reaches behind its neighbour
    own = np.concatenate(([0], regime))
    own = np.where(own > 0, own, _between(times, room, regime))
    own = np.where((given > 0) & (room >= given), given, own)
    return np.where(own <= room, own, 0)


def _regimes(distances: Int64Array, clock: int) -> Int64Array:
    """Each distance as the step it is, or 0 where it is a hole.

    A distance that comes once is a hole if the steps beside it, or else the usual steps of the
    file, divide it, unless the file opens with it at midnight. A run of distances shorter than a
    day between two runs of one finer step that divides them is rows that are missing.
    """
    if not len(distances):
        return distances
    starts = np.flatnonzero(np.concatenate(([True], distances[1:] != distances[:-1])))
    counts = np.diff(np.append(starts, len(distances))).tolist()
    values = distances[starts].tolist()
    usual = _usual(distances)
    steps_of_runs = []
    for k, (step, count) in enumerate(zip(values, counts, strict=True)):
        beside = [values[j] for j in (k - 1, k + 1) if 0 <= j < len(values) and values[j] in STEPS]
        finer = [r for r in beside if r < step and step % r == 0]
        enclosed = len(finer) == 2 and finer[0] == finer[1] and step * count < _DAY
        lonely = count == 1 and not (k == 0 and clock == step)
        rare = step not in usual and any(step > r and step % r == 0 for r in usual)
        hole = step not in STEPS or enclosed or (lonely and (bool(finer) or rare))
        steps_of_runs.append(0 if hole else step)
    return np.repeat(np.array(steps_of_runs, np.int64), counts)


def _between(times: Int64Array, room: Int64Array, regime: Int64Array) -> Int64Array:
    """The steps of stamps after a hole: that of the runs around it, if only one of them fits."""
    place = np.arange(1, len(regime) + 1)
    last = np.maximum.accumulate(np.where(regime > 0, place, 0))
    coming = np.minimum.accumulate(np.where(regime > 0, place, len(regime) + 1)[::-1])[::-1]
    padded = np.concatenate(([0], regime, [0]))
    before = padded[np.concatenate(([0], last)).astype(np.int64)]
    after = padded[np.concatenate((coming, [len(regime) + 1])).astype(np.int64)]
    before = np.where(before <= room, before, 0)
    after = np.where(after <= room, after, 0)
    both = (before > 0) & (after > 0) & (before != after)
    before = np.where(both & (times % np.maximum(before, 1) != 0), 0, before)
    after = np.where(both & (times % np.maximum(after, 1) != 0), 0, after)
    undecided = (before > 0) & (after > 0) & (before != after)
    return np.where(undecided, 0, np.maximum(before, after))
