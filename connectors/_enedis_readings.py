"""Registers and amounts that an Enedis document tells, one row each, on their way to series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from connectors import _stamps
from connectors._text import NOTHING
from connectors._units import KWH, WH, BadValueError, Unit, identifier, to_amount
from hub.model import LONGEST, ChannelKey, Decoded, DecodeError, Gap, Int64Array, Reject, Series

#: Units of energy as Enedis writes them, folded.
UNITS: Mapping[str, Unit] = {"wh": WH, "kwh": KWH, "mwh": Unit("energy", 10**9)}
_DAY = 86_400


class Readings:
    """Rows are added in the order of the document; :meth:`done` turns them into series.

    A row is begun by :meth:`row`; where nothing is called after it, it is ignored. stamp, end: the
    names of the fields that tell when, for rejects.
    """

    def __init__(self, into: Decoded, stamp: str, end: str = "") -> None:
        self._into = into
        self._names = stamp, end
        self._keys: list[ChannelKey] = []
        self._stamps: list[str] = []
        self._ends: list[str] = []
        self._amounts: list[int] = []
        self._quality: list[int] = []
        self._rows: list[int] = []

    def row(self) -> int:
        """Begin the next row; its number."""
        self._into.rows += 1
        return self._into.rows

    def reject(self, reason: str, column: str, value: object) -> None:
        """Refuse the row."""
        error = BadValueError(reason, value)
        detail = {"value": error.value}
        row = self._into.rows
        self._into.rejects.append(Reject(row, reason, column, error.value, detail=detail))

    def add(
        self,
        key: ChannelKey,
        unit: Unit,
        column: str,
        value: object,
        stamp: object,
        end: object = "",
        quality: int = 0,
    ) -> None:
        """A value of the row, in the field ``column``; ``end``: of an amount over a period."""
        said = value.strip() if isinstance(value, str) else value
        if said is None or (isinstance(said, str) and said.casefold() in NOTHING):
            self._into.gaps.append(Gap(self._into.rows, column=column))
            return
        try:
            amount = to_amount(said, unit)
        except BadValueError as error:
            self.reject(error.reason, column, error.value)
            return
        self._keys.append(key)
        self._stamps.append(_text(stamp))
        self._ends.append(_text(end))
        self._amounts.append(amount)
        self._quality.append(int(quality))
        self._rows.append(self._into.rows)

    def done(self, zone: str, shift: int = 0) -> None:
        """Add all series. ``shift``: seconds on the clock from a stamp to what it means."""
        codes: dict[ChannelKey, list[int]] = {}
        for i, key in enumerate(self._keys):
            codes.setdefault(key, []).append(i)
        groups = [np.array(places, np.int64) for places in codes.values()]
        ts, states = _instants(self._stamps, groups, zone, shift)
        end, ends_states = _instants(self._ends, groups, zone, shift)
        value, row = np.array(self._amounts, np.int64), np.array(self._rows, np.int64)
        quality = np.array(self._quality, np.int64)
        for state, reason in ((_stamps.BAD, "bad_time"), (_stamps.AMBIGUOUS, "ambiguous_time")):
            self._refuse(np.flatnonzero(states == state), reason)
        for key, places in zip(codes, groups, strict=True):
            good = places[states[places] == _stamps.OK]
            seconds = None
            if key.kind == "interval":
                seconds = end[good] - ts[good]
                fit = (ends_states[good] == _stamps.OK) & (seconds > 0)
                fit &= seconds <= LONGEST[key.period or "month"]
                self._refuse(good[~fit], "bad_time", at_end=True)
                good, seconds = good[fit], seconds[fit]
            if len(good):
                self._into.series.append(
                    Series(key, ts[good], value[good], seconds, row[good], quality[good])
                )
        self._into.rejects.sort(key=lambda reject: reject.row)
        self._into.ignored = self._into.rows - len(_named(self._into))

    def _refuse(self, places: Int64Array, reason: str, *, at_end: bool = False) -> None:
        cells = self._ends if at_end else self._stamps
        for i in places.tolist():
            value = cells[i][:80]
            detail = {"value": value}
            reject = Reject(self._rows[i], reason, self._names[at_end], value, detail=detail)
            self._into.rejects.append(reject)


def device_of(told: object, given: str) -> str:
    """The usage point's number that a document tells, else the given one. Raises DecodeError."""
    number = f"{told:014}" if type(told) is int and told > 0 else told
    try:
        return identifier(number or given)
    except BadValueError:
        raise DecodeError("missing_usage_point") from None


def _text(stamp: object) -> str:
    return stamp.strip().replace("\0", "\ufffd") if isinstance(stamp, str) else ""


def _instants(
    stamps: Sequence[str], groups: Sequence[Int64Array], zone: str, shift: int
) -> tuple[Int64Array, Int64Array]:
    """The stamps as seconds UTC and their states; naive ones of a series by its own order."""
    found = _stamps.written([stamp.encode("utf-8", "replace") for stamp in stamps])
    wall = found.wall + shift
    states = np.where(found.ok, _stamps.OK, _stamps.BAD).astype(np.int64)
    ts = wall - found.offset
    naive = found.ok & found.naive
    all_ts, all_states = _stamps.utc(wall, zone)
    ts[naive], states[naive] = all_ts[naive], all_states[naive]
    if (_stamps.repeats(wall, zone) & naive).any():
        for places in groups:
            mine = places[naive[places]]
            ts[mine], states[mine] = _stamps.utc(wall[mine], zone)
    return ts, states


def _named(into: Decoded) -> set[int]:
    rows = {gap.row for gap in into.gaps} | {reject.row for reject in into.rejects}
    for series in into.series:
        rows.update(np.asarray(series.row).tolist())
    return rows
