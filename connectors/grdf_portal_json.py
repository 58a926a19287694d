"""GRDF customer portal ("Mon espace"), answers in JSON: gas by day, or by published period.

Source: the consumption answers ("informatives" and "publiées") of monespace.grdf.fr, as saved by
    the tools that fetch them: {PCE: {"idPce", "releves": [...]}}, or a list of such, or one such.
Device: the 14-digit PCE; a file without one needs a usage point given.
Units: volumeBrutConsomme and index in m3 -> cm3; coeffConversion kWh/m3 becomes the dated series
    gas_coefficient/<PCE>; energieConsomme is derived and not read.
Label: START and end in the row. journeeGaziere D is the gas day [06:00 D, 06:00 D+1); else
    dateDebutReleve and dateFinReleve.
Zone: local. The portal stamps 06:00+00:00 and means 06:00 local: a 06:00 of any offset is local.
Cadence: daily; published: two days to half a year.
Traps: energy, index and volume are rounded apart (F8); the mislabelled offset (F7); "Absence de
    Données" is a gap, even with a volume of 0 (F9); indexDebut may be null beside an indexFin; an
    index that opens below the last close is a replaced meter. The portal's temperatures by day are
    known and hold no readings: they name neither a meter nor a place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from connectors import _encoding, _grdf, _json, _text
from connectors._grdf import DAY, BadCellError, Period
from connectors._grdf_stamps import walls
from hub.model import Context, Decoded, DecodeError, PeriodClass

NAME = "grdf_portal_json"
LABELS = {"interval": "both", "register": "bound", "context": "start"}
DEVICE = "usage_point"
TOPICS: tuple[str, ...] = ()

_STAMPS = ("journeeGaziere", "dateDebutReleve", "dateFinReleve")
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
#: The portal's weather: of no meter, and of a place that it does not name.
_TEMPERATURES = re.compile(rb'\s*\{\s*"\d{4}-\d\d-\d\d"\s*:\s*(-?\d|null)')


def decode(payload: bytes, ctx: Context) -> Decoded:
    """All records of the answer.

    Raises DecodeError: not JSON, not this format, no usage point, or the answer about temperatures.
    """
    answer = _json.loads(_encoding.utf8(payload), _json.limit_of(ctx))
    if isinstance(answer, dict) and answer and all(map(_DAY.fullmatch, answer)):
        raise DecodeError("no_readings", value="températures")
    records = [(pce or ctx.device, r) for pce, found in _points(answer) for r in found]
    into = Decoded(rows=len(records))
    by_device: dict[str, list[Period]] = {}
    columns = _walls([record for _, record in records], ctx.zone)
    for row, ((device, record), *wall) in enumerate(zip(records, *columns, strict=True), start=1):
        try:
            by_device.setdefault(device, []).append(_period(record, row, wall))
        except BadCellError as bad:
            into.rejects.append(bad.reject(row))
    if "" in by_device:
        raise DecodeError("missing_usage_point")
    for device, periods in by_device.items():
        _grdf.add(periods, device, ctx.zone, into)
    return into


def sniff(head: bytes) -> float:
    """Sure by the names that only these records have; the temperatures by their days."""
    records = any(b'"%b"' % name.encode() in head for name in _STAMPS[:2])
    of_gas = b'"volumeBrutConsomme"' in head or b'"releves"' in head
    return 1.0 if (records and of_gas) or _TEMPERATURES.match(head) else 0.0


def _points(answer: Any) -> Iterator[tuple[str, list[Any]]]:
    """(PCE or '', its records) of each point in the answer, whatever wraps them."""
    points = answer if isinstance(answer, list) else [answer]
    if points and all(isinstance(p, dict) and not p.keys().isdisjoint(_STAMPS) for p in points):
        yield "", points
        return
    if not all(isinstance(p, dict) for p in points):
        raise _json.not_this(NAME, "{PCE: {releves: [...]}} ?")
    for point in points:
        named = {str(point.get("idPce") or ""): point} if "releves" in point else point
        for pce, content in named.items():
            records = content.get("releves") if isinstance(content, dict) else None
            if not isinstance(records, list):
                raise _json.not_this(NAME, f"{str(pce)[:40]}: releves ?")
            yield str(content.get("idPce") or pce), records


def _walls(records: list[Any], zone: str) -> list[list[int | None]]:
    """The records' stamps on the local wall clock, column by column of :data:`_STAMPS`."""
    said = [r.get(name) if isinstance(r, dict) else None for name in _STAMPS for r in records]
    flat, count = walls(said, zone), len(records)
    return [flat[i * count : (i + 1) * count] for i in range(len(_STAMPS))]


def _period(record: Any, row: int, wall: list[int | None]) -> Period:
    """One record. Raises BadCellError."""
    if not isinstance(record, dict):
        raise BadCellError("bad_name", "releves", record)
    told = record.get("qualificationReleve")
    start, end = _bounds(record, wall)
    period = Period(row, start, end, _stated(record), quality=_grdf.quality(told))
    if not _grdf.absent(told):
        period.volume = _grdf.cm3(record.get("volumeBrutConsomme"), "volumeBrutConsomme")
    period.opening = _grdf.cm3(record.get("indexDebut"), "indexDebut")
    period.closing = _grdf.cm3(record.get("indexFin"), "indexFin")
    period.coefficient = _grdf.coefficient(record.get("coeffConversion"), "coeffConversion")
    return period


def _stated(record: dict[str, Any]) -> PeriodClass:
    """What the portal calls the period: published ones are months, however few days they have."""
    if record.get(_STAMPS[0]):
        return "day"
    nature = record.get("natureReleve")
    informative = isinstance(nature, str) and _text.like(nature, "informative")
    return "" if informative else "month"


def _bounds(record: dict[str, Any], wall: list[int | None]) -> tuple[int, int]:
    """Start and end on the wall clock: the gas day's, else those of the record."""
    needed = _STAMPS[:1] if record.get(_STAMPS[0]) else _STAMPS[1:]
    for name, at in zip(_STAMPS, wall, strict=True):
        if name in needed and at is None:
            value = record.get(name)
            raise BadCellError("missing_time" if value is None else "bad_time", name, value)
    day, start, end = (at or 0 for at in wall)
    if len(needed) == 1:
        return day, day + DAY
    if not start < end:
        raise BadCellError("bad_time", "dateFinReleve", record["dateFinReleve"])
    return start, end
