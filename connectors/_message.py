"""What one message says, collected field by field: readings, rejects, gaps. It is one row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

from connectors._columns import Columns
from connectors._units import BadValueError, Unit, identifier, to_amount, to_integer
from hub.model import (
    TOTAL,
    ChannelKey,
    Decoded,
    DecodeError,
    Flow,
    Gap,
    Kind,
    Note,
    Quality,
    Quantity,
    Reject,
    Series,
)


@lru_cache(maxsize=65_536)
def channel(
    device: str,
    commodity: str,
    flow: Flow,
    quantity: Quantity,
    register: str,
    kind: Kind,
    source_input: str = "",
) -> ChannelKey:
    """The channel's key, made once: a district has tens of thousands, each seen every minute."""
    return ChannelKey(device, commodity, flow, quantity, register, kind, source_input)


class Message:
    """Readings of one message of one device at one instant.

    ts: seconds since 1970 UTC; quality: of every reading in it. source_input: which of the device's
    several meters of one kind it is; they add up.
    """

    def __init__(
        self,
        device: str,
        commodity: str,
        ts: int,
        quality: Quality = Quality.GOOD,
        source_input: str = "",
    ) -> None:
        try:
            self.device = identifier(device)
        except BadValueError:
            raise DecodeError(
                "not_this_format", connector=commodity, error="the device id is not usable"
            ) from None
        self.commodity = commodity
        self.ts = ts
        self._input = source_input
        self._quality = [int(quality)] if quality else None
        self._series: dict[ChannelKey, Series] = {}
        self._rejects: list[Reject] = []
        self._gaps: list[Gap] = []
        self.notes: list[Note] = []

    def register(
        self, column: str, raw: object, unit: Unit, register: str, flow: Flow = "consumption"
    ) -> None:
        """A cumulative register. null or '' is a gap, any other value that is none a reject."""
        self._field(column, raw, unit, register, flow, "register")

    def power(self, column: str, raw: object, unit: Unit, flow: Flow = "consumption") -> None:
        """A power of this instant (W or VA); gaps and rejects as for a register."""
        self._field(column, raw, unit, TOTAL, flow, "power")

    def net_power(self, column: str, raw: object, unit: Unit) -> None:
        """A power that flows either way: drawn above zero, fed into the network below.

        Both are told each time: what no longer flows is 0, not the last that was heard of it.
        """
        value = self._value(column, raw, unit, "power")
        if value is not None:
            self._keep(unit, TOTAL, "consumption", "power", max(value, 0))
            self._keep(unit, TOTAL, "injection", "power", max(-value, 0))

    def _field(
        self, column: str, raw: object, unit: Unit, register: str, flow: Flow, kind: Kind
    ) -> None:
        value = self._value(column, raw, unit, kind)
        if value is not None:
            self._keep(unit, register, flow, kind, value)

    def _value(self, column: str, raw: object, unit: Unit, kind: Kind) -> int | None:
        if raw is None or raw == "":
            self.gap(column)
            return None
        try:
            return to_amount(raw, unit) if kind == "register" else to_integer(raw, unit)
        except BadValueError as error:
            self.reject(column, error)
            return None

    def _keep(self, unit: Unit, register: str, flow: Flow, kind: Kind, value: int) -> None:
        key = channel(self.device, self.commodity, flow, unit.quantity, register, kind, self._input)
        series = Series(key, [self.ts], [value], quality=self._quality)
        self._series.setdefault(key, series)  # the first of two that tell the same thing counts

    def reject(self, column: str, error: BadValueError) -> None:
        """A field that could not be taken."""
        self._rejects.append(Reject(1, error.reason, column=column, value=error.value))

    def gap(self, column: str) -> None:
        """A field in which the source says that it has no value."""
        self._gaps.append(Gap(1, start=self.ts, column=column))

    def done(self) -> Decoded:
        """All of it. Gaps are told only by a message that gave nothing else."""
        return together([self])


def together(parts: Iterable[Message], notes: Sequence[Note] = ()) -> Decoded:
    """One message that tells of several meters or instants, from its parts.

    Gaps are told only by a message that gave nothing else; of two parts that tell the same channel
    at the same instant the first counts.
    """
    parts = list(parts)
    if len(parts) == 1:
        series = list(parts[0]._series.values())
    else:
        first: dict[tuple[ChannelKey, int], Series] = {}
        for part in parts:
            for key, found in part._series.items():
                first.setdefault((key, part.ts), found)
        series = list(first.values())
    rejects = [reject for part in parts for reject in part._rejects]
    something = bool(series or rejects)
    gaps = [] if something else [gap for part in parts for gap in part._gaps]
    told = [note for part in parts for note in part.notes]
    return Decoded(
        rows=1,
        series=series,
        gaps=gaps,
        rejects=rejects,
        notes=list(dict.fromkeys([*told, *notes])) if told or notes else [],
        ignored=0 if something or gaps else 1,
    )


def stacked(records: Iterable[tuple[int | None, Decoded | DecodeError]]) -> Decoded:
    """Messages that were saved in one file, a row each: (line, what the message says).

    One that cannot be read is a reject. Raises DecodeError where it is the only one.
    """
    found = list(records)
    if len(found) == 1:
        (line, told), *_ = found
        if isinstance(told, DecodeError):
            raise told
        if line is None:  # the usual one: no file, a message
            return told
    out, columns, lines = Decoded(rows=len(found)), Columns(), []
    for row, (line, told) in enumerate(found, start=1):
        lines += [line] if line is not None else []
        if isinstance(told, DecodeError):
            out.rejects.append(Reject(row, told.reason, line=line, detail=told.detail))
            continue
        for series in told.series:
            columns.put(series, row)
        out.gaps += [replace(gap, row=row) for gap in told.gaps]
        out.rejects += [replace(reject, row=row, line=line) for reject in told.rejects]
        out.notes += [note for note in told.notes if note not in out.notes]
        out.events += told.events
        out.ignored += told.ignored
    out.series = columns.series()
    out.lines = lines or None  # a list of one document has none
    return out


def nothing() -> Decoded:
    """A message that has nothing for the hub."""
    return Decoded(rows=1, ignored=1)


def refused(column: str, error: BadValueError) -> Decoded:
    """A message that as a whole hangs on one bad field, such as its time."""
    return Decoded(rows=1, rejects=[Reject(1, error.reason, column=column, value=error.value)])


def not_a_file(_head: bytes) -> float:
    """``sniff`` of the formats that come as messages only."""
    return 0.0
