"""Records of PyGazpar: the portal's gas days, and weeks, months and years that it adds up."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from connectors import _encoding, _grdf, _json
from connectors._grdf import BadCellError, Period
from connectors._grdf_labels import cut_to_export, cut_weeks, days, note_of_cuts, wall
from hub.model import Context, Decoded, DecodeError, Note, PeriodClass

#: The lists of a result, by frequency. The hours' is always empty.
_LISTS = ("daily", "weekly", "monthly", "yearly", "hourly")
_KINDS = {"daily": "day", "weekly": "week", "monthly": "month", "yearly": "year"}
_STATED: Mapping[str, PeriodClass] = {"day": "day", "week": "week"}
#: What the older portal called them.
_SHORT = {"MES": "Mesuré", "EST": "Estimé"}
_YEAR = re.compile(r"\s*(\d{4})\s*", re.ASCII)
#: Python writes what JSON does not know, where it has no index to add up.
_NOT_A_NUMBER = re.compile(rb"([:\[,]\s*)(?:NaN|-?Infinity)(?=\s*[,}\]])")


@dataclass(frozen=True, slots=True)
class _Record:
    """kind: day, week, month or year. exact: its dates say its bounds, and not its label alone."""

    period: Period
    kind: str
    exact: bool
    fetched: date | None


def load(payload: bytes, ctx: Context) -> Any:
    """The JSON in ``payload``. Raises DecodeError."""
    limit = _json.limit_of(ctx)
    if len(payload) > limit:
        raise DecodeError("too_large", bytes=len(payload), limit=limit)
    return _json.loads(_NOT_A_NUMBER.sub(rb"\1null", _encoding.utf8(payload)), limit)


def begins(head: bytes) -> str:
    """What a file that begins so is: "message" of gazpar2mqtt, "records", or '' for neither."""
    if b'"time_period"' not in head or b'"volume_m3"' not in head:
        return ""
    message = any(b'"%b"' % name in head for name in (b"pce", b"attribution", b"username"))
    return "message" if message else "records"


def lists(answer: Any) -> dict[str, list[Any]]:
    """The records in an answer: a list of one frequency, a record, or a list for each; else {}."""
    if isinstance(answer, list):
        return {"": answer}
    if isinstance(answer, dict):
        if "time_period" in answer:
            return {"": [answer]}
        return {name: answer[name] for name in _LISTS if isinstance(answer.get(name), list)}
    return {}


def decode(found: Mapping[str, Sequence[Any]], device: str, ctx: Context) -> Decoded:
    """The records of all lists, one after the other. Raises DecodeError: no usage point."""
    said = [record for part in found.values() for record in part]
    into = Decoded(rows=len(said))
    if said and not device:
        raise DecodeError("missing_usage_point")
    records: list[_Record] = []
    for row, record in enumerate(said, start=1):
        try:
            records.append(_record(record, row))
        except BadCellError as bad:
            into.rejects.append(bad.reject(row))
    for kind in ("week", "month", "year"):
        _keep_certain([r.period for r in records if r.kind == kind])
    into.notes += note_of_cuts(_cut(records))
    years = [r.period for r in records if r.kind == "year"]
    for year in years:
        year.volume = None
    unused = [year for year in years if year.closing is None]
    into.ignored = len(unused)
    if years:
        fr = "années : elles répètent leurs mois, seul leur index est lu"
        en = "years: they repeat their months, only their index is read"
        into.notes.append(Note("years", fr, en))
    kept = [r.period for r in records if r.period not in unused]
    _grdf.add(kept, device, ctx.zone, into)
    return into


def _record(said: Any, row: int) -> _Record:
    """One record. Raises BadCellError."""
    if not isinstance(said, dict):
        raise BadCellError("bad_name", "time_period", said)
    first, after, kind, exact = _bounds(said)
    told = said.get("type")
    told = _SHORT.get(told, told) if isinstance(told, str) else None
    stated = _STATED.get(kind, "month")
    period = Period(row, wall(first), wall(after), stated, quality=_grdf.quality(told))
    if not _grdf.absent(told):
        period.volume = _grdf.cm3(said.get("volume_m3"), "volume_m3")
    period.opening = _grdf.cm3(said.get("start_index_m3"), "start_index_m3")
    period.closing = _grdf.cm3(said.get("end_index_m3"), "end_index_m3")
    factor = "converter_factor_kwh/m3"
    period.coefficient = _grdf.coefficient(said.get(factor), factor)
    return _Record(period, kind, exact, _date(said.get("timestamp")))


def _bounds(said: Mapping[str, Any]) -> tuple[date, date, str, bool]:
    """First day, the day after the last, kind, and whether the dates tell them."""
    label = said.get("time_period")
    year = _YEAR.fullmatch(label) if isinstance(label, str) else None
    try:
        if year:
            first, after, kind = date(int(year[1]), 1, 1), date(int(year[1]) + 1, 1, 1), "year"
        else:
            first, after, kind = days(label, "time_period")
    except ValueError:
        raise BadCellError("bad_time", "time_period", label) from None
    start, end = _date(said.get("start_date")), _date(said.get("end_date"))
    if start is None or end is None or not first <= start < end <= after:
        return first, after, kind, False
    return start, end, _KINDS.get(str(said.get("frequency")), kind), True


def _date(text: object) -> date | None:
    with suppress(ValueError):
        return date.fromisoformat(text[:10]) if isinstance(text, str) else None
    return None


def _keep_certain(periods: Sequence[Period]) -> None:
    """Forget the index of added-up periods, but where one ends with what the next begins with.

    The index of a period is the lowest and the highest of its days, of which some may be missing.
    """
    ordered = sorted(periods, key=lambda p: p.start)
    for period, following in pairwise(ordered):
        if period.end != following.start or period.closing != following.opening:
            period.closing = None
    for period in ordered:
        period.opening = None
    if ordered:
        ordered[-1].closing = None


def _cut(records: Sequence[_Record]) -> int:
    """End weeks and months where the next begins, or with the day of the fetch; how many."""
    loose = [r for r in records if not r.exact]
    weeks, months = ([r.period for r in loose if r.kind == k] for k in ("week", "month"))
    cut = cut_weeks(weeks)
    fetched = max((r.fetched for r in records if r.fetched), default=None)
    if fetched:
        cut += cut_to_export(weeks, fetched) + cut_to_export(months, fetched)
    return cut
