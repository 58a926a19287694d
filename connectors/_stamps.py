"""Stamps of portals' files: ISO 8601, with or without offset, and French dates.

Spreadsheets write these shorter, "1/11/26 0:30". A column that only Americans could read, month
first, is not read at all: half of its dates would be others.

A stamp without offset is local time. On the October night an hour comes twice; which of the two a
row means is told by the order of the rows, or not at all: then it is said, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from connectors._text import Chars, characters
from hub.model import Int64Array

Mask = npt.NDArray[np.bool_]

#: What a stamp is: an instant, no time at all, or one of two instants.
OK, BAD, AMBIGUOUS = 0, 1, 2
#: Layouts of a stamp. Letters are digits of year, month, day, hour, minute, second and offset
#: ("O" hours, "o" minutes, "+" its sign), "f" digits that are floored away, "T" is T or a space.
LAYOUTS = (
    "YYYY-MM-DDThh:mm:ss+OO:oo",
    "YYYY-MM-DDThh:mm:ss+OOoo",
    "YYYY-MM-DDThh:mm:ssZ",
    "YYYY-MM-DDThh:mm:ss",
    "YYYY-MM-DDThh:mm+OO:oo",
    "YYYY-MM-DDThh:mmZ",
    "YYYY-MM-DDThh:mm",
    "YYYY-MM-DD",
    "DD/MM/YYYYThh:mm:ss",
    "DD/MM/YYYYThh:mm",
    "DD/MM/YYYY",
    "YYYY-MM-DDThh:mm:ss.fff+OO:oo",
    "YYYY-MM-DDThh:mm:ss.fffZ",
    "YYYY-MM-DDThh:mm:ss.fff",
)
_LONGEST = max(map(len, LAYOUTS))
#: The layout that dates of spreadsheets are brought to, and how they are written.
_FULL = "DD/MM/YYYYThh:mm:ss"
_SHORT = re.compile(rb"(\d\d?)/(\d\d?)/(?:20)?(\d\d)(?:[T ](\d\d?):(\d\d)(?::(\d\d))?)?")
_MONTHS = 12
_DIGITS = "YMDhmsOof"
_SIGNS = {"T": b"T ", "+": b"+-"}


@dataclass(frozen=True, slots=True)
class Written:
    """Stamps as they are written, each an array of length n.

    wall: the clock's time as seconds since 1970-01-01 00:00 of that clock. offset: seconds the
    clock is ahead of UTC; 0 where naive. ok: False where it is not a time.
    """

    wall: Int64Array
    offset: Int64Array
    naive: Mask
    ok: Mask


def written(cells: Sequence[bytes]) -> Written:
    """The stamps of a column, in any of :data:`LAYOUTS`, row by row."""
    count = len(cells)
    chars = characters(cells, _LONGEST + 1)
    found = Written(
        np.zeros(count, np.int64),
        np.zeros(count, np.int64),
        np.ones(count, bool),
        np.zeros(count, bool),
    )
    length = (chars != 0).sum(axis=0)
    for layout in LAYOUTS:
        rows = np.flatnonzero((length == len(layout)) & ~found.ok)
        if len(rows):
            part = chars if len(rows) == count else chars[:, rows]
            _read(part[: len(layout)], layout, rows, found)
            if found.ok.all():
                break
    else:
        _read_short(cells, found)
    return found


def _read_short(cells: Sequence[bytes], found: Written) -> None:
    """Read what spreadsheets make of dates into ``found``; forget those of an American column."""
    matches = {
        row: match
        for row in np.flatnonzero(~found.ok).tolist()
        if (match := _SHORT.fullmatch(cells[row]))
    }
    if not matches:
        return
    texts = [
        b"%02d/%02d/20%02d %02d:%02d:%02d" % tuple(int(part or 0) for part in match.groups())
        for match in matches.values()
    ]
    _read(characters(texts, len(_FULL) + 1), _FULL, np.array([*matches], np.int64), found)
    if any(int(match[1]) <= _MONTHS < int(match[2]) for match in matches.values()):
        days = [int(cell.partition(b"/")[0]) if _SHORT.fullmatch(cell) else 0 for cell in cells]
        if max(days) <= _MONTHS:
            found.ok[np.array(days) > 0] = False


def _read(chars: Chars, layout: str, rows: Int64Array, found: Written) -> None:
    """Read ``chars`` (position x row) as ``layout`` into ``found`` where they fit."""
    ok = np.ones(len(rows), bool)
    digits = chars - np.uint8(48)
    for at, letter in enumerate(layout):
        if letter in _DIGITS:
            ok &= digits[at] < 10
        else:
            signs = _SIGNS.get(letter, letter.encode())
            ok &= (chars[at] == signs[0]) | (chars[at] == signs[-1])
    field = {letter: _integer(digits, layout, letter) for letter in "YMDhmsOo"}
    start = ((field["Y"] - 1970) * 12 + field["M"] - 1).astype("datetime64[M]")
    days = (start + 1).astype("datetime64[D]") - start.astype("datetime64[D]")
    ok &= (field["Y"] >= 1) & (field["M"] >= 1) & (field["M"] <= 12)
    ok &= (field["D"] >= 1) & (field["D"] <= days.astype(np.int64))
    clock = field["h"] * 3600 + field["m"] * 60 + field["s"]
    ok &= (field["m"] < 60) & (field["s"] < 60) & (clock <= 86_400)
    ok &= (field["O"] < 16) & (field["o"] < 60)
    offset = field["O"] * 3600 + field["o"] * 60
    if "+" in layout:
        offset = np.where(chars[layout.index("+")] == ord("-"), -offset, offset)
    wall = (start.astype("datetime64[D]").astype(np.int64) + field["D"] - 1) * 86_400 + clock
    fit = rows[ok]
    found.wall[fit], found.offset[fit], found.ok[fit] = wall[ok], offset[ok], True
    found.naive[fit] = not ({"+", "Z"} & set(layout))


def _integer(digits: Chars, layout: str, letter: str) -> Int64Array:
    value = np.zeros(digits.shape[1], np.int64)
    for at, here in enumerate(layout):
        if here == letter:
            value = value * 10 + digits[at]
    return value


def instants(cells: Sequence[bytes], zone: str) -> tuple[Int64Array, npt.NDArray[np.int8]]:
    """A column of stamps as seconds since 1970 UTC, and what each is: OK, BAD or AMBIGUOUS.

    A naive local time that the zone skips in March is BAD.
    """
    found = written(cells)
    states = np.where(found.ok, OK, BAD).astype(np.int8)
    ts = found.wall - found.offset
    rows = np.flatnonzero(found.ok & found.naive)
    if len(rows):
        ts[rows], states[rows] = utc(found.wall[rows], zone)
    return ts, states


@dataclass(frozen=True, slots=True)
class _Changes:
    """A zone's clock changes: at[i] is when offset[i + 1] takes over from offset[i]."""

    at: Int64Array
    offset: Int64Array


@lru_cache(maxsize=8)
def _changes(zone: str) -> _Changes:
    """The changes of ``zone`` from 1970 to 2100, found by halving between monthly samples."""
    info = ZoneInfo(zone)

    def offset(ts: int) -> int:
        shift = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=ts)).astimezone(info)
        return int((shift.utcoffset() or timedelta()).total_seconds())

    month = 28 * 86_400
    at, offsets = [], [offset(0)]
    for low in range(0, 130 * 366 * 86_400, month):
        high = low + month
        while (after := offset(high)) != offsets[-1]:
            left, right = low, high
            while right - left > 1:
                middle = (left + right) // 2
                left, right = (middle, right) if offset(middle) == offsets[-1] else (left, middle)
            at.append(right)
            offsets.append(offset(right))
            low = right
            if offsets[-1] == after:
                break
    return _Changes(np.array(at, np.int64), np.array(offsets, np.int64))


def local(ts: Int64Array, zone: str) -> Int64Array:
    """What the zone's clock shows at ``ts``, as seconds since 1970-01-01 00:00 of that clock."""
    changes = _changes(zone)
    return ts + changes.offset[np.searchsorted(changes.at, ts, "right")]


def repeats(wall: Int64Array, zone: str) -> Mask:
    """Where local times are in an hour that comes twice, or at its end."""
    changes = _changes(zone)
    longer = changes.offset[1:] < changes.offset[:-1]
    begin = (changes.at + changes.offset[1:])[longer]
    end = (changes.at + changes.offset[:-1])[longer]
    return np.searchsorted(begin, wall, "right") > np.searchsorted(end, wall, "left")


def utc(wall: Int64Array, zone: str) -> tuple[Int64Array, npt.NDArray[np.int8]]:
    """Naive local times in the order of their rows as seconds UTC, and their states.

    The repeated hour of October is decided by :func:`_by_order`; undecided rows are AMBIGUOUS and
    carry the earlier instant. Times that the zone skips are BAD.
    """
    changes = _changes(zone)
    ends = changes.at + changes.offset[:-1]  # of repeated hours, on the clock
    before = np.searchsorted(ends, wall, "right")
    after = np.searchsorted(changes.at + changes.offset[1:], wall, "right")
    states = np.where(before > after, BAD, OK).astype(np.int8)
    repeated = before < after
    second = np.zeros(len(wall), bool)
    if repeated.any():
        # The end of the first of two hours is written as the second's beginning, or as 03:00.
        edge = ~repeated & (before > 0) & (wall == ends[before - 1])
        edge &= changes.offset[before] < changes.offset[before - 1]
        before = np.where(edge, after - 1, before)
        twice = np.flatnonzero(repeated | edge)
        second[twice], states[twice] = _by_order(wall, twice, edge)
    return wall - changes.offset[np.where(second, after, before)], states


def _by_order(wall: Int64Array, twice: Int64Array, edge: Mask) -> tuple[Mask, npt.NDArray[np.int8]]:
    """For the rows ``twice`` of repeated hours: whether each is in the second one, and its state.

    Rows run up or down in time. A stamp that comes twice means first one, then the other; a stamp
    that comes once is told by the step back in time that the change of clocks leaves in the order.
    Without such a step, or when a stamp comes more often, it cannot be told. ``edge``: rows at the
    end of the hour, which are in the first one only if they come on both sides of that step.
    """
    descending = np.count_nonzero(np.diff(wall) < 0) > np.count_nonzero(np.diff(wall) > 0)
    order = np.arange(len(twice))[::-1] if descending else np.arange(len(twice))
    second = np.zeros(len(twice), bool)
    states = np.zeros(len(twice), np.int8)
    nights: dict[int, list[int]] = {}
    for i in order.tolist():
        nights.setdefault(int(wall[twice[i]]) // 86_400, []).append(i)
    for night in nights.values():
        seen: dict[int, list[int]] = {}
        for i in night:
            seen.setdefault(int(wall[twice[i]]), []).append(i)
        stamps = [int(wall[twice[i]]) for i in night]
        back = next((k for k in range(1, len(night)) if stamps[k] < stamps[k - 1]), None)
        for place, i in enumerate(night):
            same = seen[stamps[place]]
            if edge[twice[i]]:
                second[i] = len(same) != 2 or back is None or place >= back
            elif len(same) == 2:
                second[i] = i == same[1]
            elif len(same) == 1 and back is not None:
                second[i] = place >= back
            else:
                states[i] = AMBIGUOUS
    return second, states
