"""Suez, "Tout sur mon eau", answers in JSON: water by day, month or year, and readings by hand.

Source: from documentation. ``/public-api/cel-consumption/telemetry`` of toutsurmoneau.fr and its
    sister sites, as saved by the tools that fetch it: {code, message, content: {measures: [...]}};
    also ``nontelemetry``, several answers in a list or one a line, or the measures alone.
Device: the answer tells none: a usage point must be given.
Units: index in m3 -> cm3. The index is the fact; volume is the difference to the measure before,
    which may not be in the answer, and is not read.
Label: the END: the index of day D is read at the end of D, that of a month or year (its first day
    and numberOfDays) after so many days.
Zone: local, days only.
Cadence: daily, published one to three days late; by hand twice a year.
Traps: an index of null, or of 0, is one that is not known yet: a gap, though volume then says 0.
    numberOfDays beside previousDateMeasure (a reading by hand) counts backwards. Type E is an
    estimate. A code that is not "00" comes without measures.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from connectors._json import is_json, kind_of, not_this, records
from connectors._time import at_local, local_day
from connectors._units import UNITS, BadValueError, to_amount
from hub.model import (
    TOTAL,
    ChannelKey,
    Context,
    Decoded,
    DecodeError,
    Gap,
    Quality,
    Reject,
    Series,
)

NAME = "suez_json"
LABELS = {"register": "end"}
DEVICE = "usage_point"
TOPICS: tuple[str, ...] = ()

_SURE = re.compile(rb'"measures"\s*:\s*\[|\{[^{}]{0,400}"volume"\s*:')
#: Days of the longest period.
_LONGEST = 366


def decode(payload: bytes, ctx: Context) -> Decoded:
    """Every measure. Raises DecodeError: not JSON, no measures, no usage point."""
    measures = [
        (line, measure)
        for line, said in records(payload, ctx)
        for measure in ([said] if isinstance(said, DecodeError) else _measures(said))
    ]
    if not any(isinstance(measure, dict) for _, measure in measures):
        error = next((e for _, e in measures if isinstance(e, DecodeError)), None)
        raise error or DecodeError("no_readings", value="measures")
    if not ctx.device:
        raise DecodeError("missing_usage_point")
    is_period = _are_periods([measure for _, measure in measures], ctx.zone)
    out = Decoded(rows=len(measures))
    columns: tuple[list[int], ...] = ([], [], [], [])
    for row, (line, measure) in enumerate(measures, start=1):
        if isinstance(measure, DecodeError):
            out.rejects.append(Reject(row, measure.reason, line=line, detail=measure.detail))
            continue
        try:
            ts = _moment(measure, ctx.zone, is_period=is_period)
            value = _index(measure.get("index"))
        except BadValueError as error:
            column, shown = error.column or "date", error.value
            out.rejects.append(Reject(row, error.reason, column, shown, line, {"value": shown}))
            continue
        if value is None:
            out.gaps.append(Gap(row, ts, column="index"))
            continue
        is_estimate = str(measure.get("type", "")).upper().startswith("E")
        quality = Quality.ESTIMATED_BY_SOURCE if is_estimate else Quality.GOOD
        for numbers, number in zip(columns, (ts, value, row, int(quality)), strict=True):
            numbers.append(number)
    if columns[0]:
        key = ChannelKey(ctx.device, "water", "consumption", "volume", TOTAL, "register")
        out.series.append(Series(key, columns[0], columns[1], row=columns[2], quality=columns[3]))
    lines = [line for line, _ in measures if line is not None]
    out.lines = lines or None
    return out


def sniff(head: bytes) -> float:
    """Sure of measures that have a date, an index and a volume."""
    named = b'"date"' in head and b'"index"' in head
    return 1.0 if is_json(head) and named and _SURE.search(head) else 0.0


def _measures(said: Any) -> Iterator[dict[str, Any] | DecodeError]:
    """The measures of an answer, of a list of answers, or a plain list of them."""
    for each in said if isinstance(said, list) else [said]:
        content = each.get("content", each) if isinstance(each, dict) else None
        measures = content.get("measures") if isinstance(content, dict) else None
        if isinstance(measures, list):
            for measure in measures:
                yield measure if isinstance(measure, dict) else not_this(NAME, kind_of(measure))
        elif isinstance(content, dict) and "date" in content:
            yield content
        else:
            told = each.get("message") if isinstance(each, dict) else None
            yield not_this(NAME, str(told)[:80] if told else "no measures")


def _are_periods(measures: list[dict[str, Any] | DecodeError], zone: str) -> bool:
    """Whether they are months or years: each begins with a month and counts its days."""
    found = [m for m in measures if isinstance(m, dict)]
    return bool(found) and all(
        "numberOfDays" in m and "previousDateMeasure" not in m and _is_first(m.get("date"), zone)
        for m in found
    )


def _is_first(raw: object, zone: str) -> bool:
    try:
        return local_day(raw, zone).day == 1
    except BadValueError:
        return True


def _moment(measure: dict[str, Any], zone: str, *, is_period: bool) -> int:
    """The end of the day, or of the period. Raises BadValueError (bad_time)."""
    day: date = local_day(measure.get("date"), zone)
    days = measure.get("numberOfDays") if is_period else 1
    if type(days) is not int or not 0 <= days <= _LONGEST:
        raise BadValueError("bad_time", days, "numberOfDays")
    return at_local(day, 24 * days, zone)


def _index(raw: object) -> int | None:
    """cm3; None where it is not known. Raises BadValueError."""
    if raw is None or raw == "":
        return None
    try:
        return (
            to_amount(raw.replace(",", ".") if isinstance(raw, str) else raw, UNITS["m3"]) or None
        )
    except BadValueError as error:
        error.column = "index"
        raise
