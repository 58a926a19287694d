"""Gas periods as GRDF's portal gives them, in JSON or XLSX: volume, registers, coefficient.

Which fact is stored: both that the portal gives. The volume of each period is an interval; the
meter's index at its bounds is a register. They are two channels of one source, and a local day
counts by one of them only: by the volume where there is one, by the register where the portal says
"Absence de Données", because the index across a hole still tells what was used. The energy (kWh) is
rounded apart and is not read: it is volume times the dated coefficient, derived at the edge.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np

from connectors import _stamps, _text
from connectors._units import BadValueError, identifier, stops
from hub.model import (
    LONGEST,
    TOTAL,
    ChannelKey,
    ContextPoint,
    Decoded,
    Flow,
    Gap,
    MeterEvent,
    PeriodClass,
    Quality,
    Reject,
    Series,
)

#: cm3 in a m3.
M3 = 10**6
#: The gas day runs from 06:00 to 06:00, seconds after midnight on the wall clock.
DAY_START = 6 * 3600
DAY = 86_400


@dataclass(slots=True)
class Period:
    """One row: [start, end) on the wall clock, in seconds since 1970-01-01 00:00 of that clock.

    stated: what the portal calls the period. volume, opening, closing: cm3 or None. coefficient:
    kWh/m3 or None. exact: start and end are instants; hours of the October night need that.
    ts, until: the same bounds as instants, set by :func:`add`.
    """

    row: int
    start: int
    end: int
    stated: PeriodClass
    volume: int | None = None
    opening: int | None = None
    closing: int | None = None
    coefficient: float | None = None
    quality: Quality = Quality.GOOD
    exact: bool = False
    ts: int = field(default=0)
    until: int = field(default=0)


class BadCellError(Exception):
    """A cell that is not what its column needs; ``reason`` is a code of hub.model.REASONS."""

    def __init__(self, reason: str, column: str, value: object) -> None:
        self.reason, self.column, self.value = reason, column, str(value)[:80].replace("\0", "?")
        super().__init__(reason)

    def reject(self, row: int, line: int | None = None) -> Reject:
        """The reject of the cell's row."""
        return Reject(row, self.reason, self.column, self.value, line, {"value": self.value})


def cm3(value: object, column: str) -> int | None:
    """A number of m3 as cm3, floored; None for "nothing". Raises BadCellError."""
    amount = _scaled(value, M3, column)
    if amount is not None and not 0 <= amount <= _text.LARGEST:
        raise BadCellError("out_of_range", column, value)
    if amount is not None and amount in stops(M3):
        raise BadCellError("sentinel", column, value)
    return amount


def coefficient(value: object, column: str) -> float | None:
    """kWh per m3; None for "nothing" and for 0. Raises BadCellError."""
    micro = _scaled(value, M3, column)
    if micro is not None and not 0 <= micro < 100 * M3:
        raise BadCellError("out_of_range", column, value)
    return micro / M3 if micro else None


def _scaled(value: object, scale: int, column: str) -> int | None:
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return value * scale
    try:
        if isinstance(value, str):
            return _text.number(value, scale)
        if isinstance(value, float) and math.isfinite(value):
            return math.floor(Decimal(repr(value)) * scale)
    except ValueError:
        pass
    raise BadCellError("bad_number", column, value)


def quality(told: object) -> Quality:
    """What "Mesuré", "Estimé", "Corrigé" mean."""
    text = _text.fold(told) if isinstance(told, str) else ""
    if text.startswith(("estim", "calcul")):
        return Quality.ESTIMATED_BY_SOURCE
    return Quality.CORRECTED_BY_SOURCE if text.startswith("corrig") else Quality.GOOD


def absent(told: object) -> bool:
    """Whether the row says "Absence de Données": a gap, whatever its volume column says."""
    return isinstance(told, str) and _text.like(told, "absence")


def add(
    periods: Sequence[Period], device: str, zone: str, into: Decoded, flow: Flow = "consumption"
) -> None:
    """Add ``periods`` of one PCE to ``into``: readings, gaps, rejects, events, coefficients.

    Volumes come first, so that theirs is the channel made first: it is preferred where both cover
    a day alike. A PCE that is no usable name refuses its rows.
    """
    try:
        device = identifier(device, "PCE")
    except BadValueError as bad:
        into.rejects += [Reject(p.row, bad.reason, bad.column, bad.value) for p in periods]
        return
    for period, start, end in zip(periods, *_bounds(periods, zone), strict=True):
        told = (period.start, period.end)
        period.ts, period.until = told if period.exact else (start, end)
    good = [p for p in periods if _checked(p, into)]
    volumes = [p for p in good if p.volume is not None]
    into.series += [
        _volumes([p for p in volumes if p.stated == stated], device, flow)
        for stated in dict.fromkeys(p.stated for p in volumes)
    ]
    read = _registers(sorted(good, key=lambda p: p.ts), device, flow, into)
    read |= {p.row for p in volumes}
    into.ignored += sum(p.row not in read for p in good)  # said by the event of a replacement
    into.context += [
        ContextPoint(f"gas_coefficient/{device}", p.ts, p.coefficient, None, device, "gas")
        for p in good
        if p.coefficient is not None
    ]


def _volumes(periods: Sequence[Period], device: str, flow: Flow) -> Series:
    """The volumes of periods that the portal calls the same."""
    stated = periods[0].stated
    return Series(
        ChannelKey(device, "gas", flow, "volume", TOTAL, "interval", period=stated),
        [p.ts for p in periods],
        [p.volume or 0 for p in periods],
        [p.until - p.ts for p in periods],
        [p.row for p in periods],
        [int(p.quality) for p in periods],
    )


def _bounds(periods: Sequence[Period], zone: str) -> tuple[list[int], list[int]]:
    starts, _ = _stamps.utc(np.array([p.start for p in periods], np.int64), zone)
    ends, _ = _stamps.utc(np.array([p.end for p in periods], np.int64), zone)
    return starts.tolist(), ends.tolist()


def _checked(period: Period, into: Decoded) -> bool:
    """Whether the period has something to store; else it becomes a gap or a reject."""
    length = period.until - period.ts
    if not 0 < length <= LONGEST["month"]:
        detail = {"value": f"{length // DAY} d"}
        into.rejects.append(Reject(period.row, "out_of_range", None, detail["value"], None, detail))
        return False
    if period.volume is None and period.opening is None and period.closing is None:
        into.gaps.append(Gap(period.row, period.ts, period.until))
        return False
    return True


def _registers(periods: Sequence[Period], device: str, flow: Flow, into: Decoded) -> set[int]:
    """Add the index at the periods' bounds; the rows that gave one.

    Closings, and openings that no closing said before. Where a period opens below what the one
    before closed with, the meter was replaced: an event says both, and there is no reading at that
    instant. Unless it opens no lower than that one had opened: then its close was an estimate that
    is corrected, and the opening counts (T8).
    """
    closing = {p.until: p.closing for p in periods if p.closing is not None}
    begun = {p.until: closing.get(p.ts) if p.opening is None else p.opening for p in periods}
    lower = {
        p.ts: p.opening
        for p in periods
        if p.opening is not None and p.opening < closing.get(p.ts, p.opening)
    }
    corrected = {
        ts for ts, opening in lower.items() if (first := begun[ts]) is not None and first <= opening
    }
    replaced = {ts: opening for ts, opening in lower.items() if ts not in corrected}
    found: list[tuple[int, int, Period]] = []
    for p in periods:
        alone = p.volume is None and p.closing is None
        if p.opening is not None and (alone or p.ts not in closing or p.ts in corrected):
            found.append((p.ts, p.opening, p))
        if p.closing is not None and p.until not in corrected:
            found.append((p.until, p.closing, p))
    found = sorted((f for f in found if f[0] not in replaced), key=lambda f: f[0])
    into.events += [
        MeterEvent(
            device, "gas", ts, "replacement", flow, TOTAL, closing=closing[ts], opening=opening
        )
        for ts, opening in sorted(replaced.items())
    ]
    if found:
        into.series.append(
            Series(
                ChannelKey(device, "gas", flow, "volume", TOTAL, "register"),
                [ts for ts, _, _ in found],
                [value for _, value, _ in found],
                row=[period.row for _, _, period in found],
                quality=[int(period.quality) for _, _, period in found],
            )
        )
    return {period.row for _, _, period in found}
