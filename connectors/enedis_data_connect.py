"""Enedis Data Connect (also through MyElectricalData): load curves and energies of days, in JSON.

Source: the answers of "metering_data" v4 and v5 (consumption_load_curve, production_load_curve,
    daily_consumption, daily_production) and of "mesure_synchrone" v2, which took their place in
    autumn 2026 (courbe_de_charge_consommation, consommation_quotidienne, ...), polled or as saved
    by the tools that ask for them: one answer, a list, or one a line.
Device: usage_point_id or idPrm, the PRM; an answer without one needs a usage point given.
Units: load curve: mean W over interval_length -> energy mWh = W x 1000 x seconds / 3600, floored;
    daily: Wh. Values are texts.
Label: load curve: END of the interval (00:30 is a day's first, 00:00 its last); daily: the day.
Zone: local, naive; the October hour by the order of the points.
Cadence: 30 min (10, 15, 60), a week an answer; daily.
Traps: mean W is not Wh (T7); null is a gap (F9); consumption and production look the same: what a
    tool names "production..." around the answer, in the file's name or its topic is injection;
    v2 says it itself (grandeurMetier); peak power (VA) is left aside, with a note; an error answer
    ("no_data_found", ADAM-...) holds no rows and says so; registers, contract, identity and access
    answers hold no readings and are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from connectors import _enedis_measures, _enedis_points, _json
from connectors._enedis_index import aside_notes, text
from connectors._enedis_readings import device_of
from hub.model import Context, Decoded, DecodeError, Flow, Note, Reject

NAME = "enedis_data_connect"
TOPICS: tuple[str, ...] = ()

_NAMES = ("date", "value", "interval_length", "measure_type", "likelihood")
#: Names that only answers without readings have.
_OTHERS = (
    "customer", "customer_id", "consent_expiration_date", "usage_points", "contracts", "idPrm",
)  # fmt: skip
#: What begins an answer of v2; a flux of SGE has a header besides.
_V2 = re.compile(rb'\A\s*\[?\s*\{\s*"idPrm"\s*:')
#: A year is 52 answers, and each tells its label and step.
_NOTES = 6
#: Lists in lists deeper than this are no answer.
_DEEPEST = 5


def decode(payload: bytes, ctx: Context) -> Decoded:
    """All points of all answers. Raises DecodeError: not JSON, not this format, no readings."""
    into = Decoded(rows=0)
    for line, answer in _json.records(payload, ctx):
        try:
            if isinstance(answer, DecodeError):
                raise answer
            _answer(answer, ctx, into)
        except DecodeError as error:
            if line is None:
                raise
            into.rows += 1
            reject = Reject(into.rows, error.reason, line=line, detail=dict(error.detail))
            into.rejects.append(reject)
    into.notes = list(dict.fromkeys(into.notes))[:_NOTES]
    if not into.rows:
        return Decoded(rows=1, ignored=1, notes=into.notes)
    return into


def sniff(head: bytes) -> float:
    """Sure by the names that only these answers have."""
    readings = b'"interval_reading"' in head and b'"usage_point_id"' in head
    contract = b'"customer_id"' in head and b'"usage_point' in head
    access = b'"consent_expiration_date"' in head and b'"quota_limit"' in head
    error = b'"error' in head and (b"no_data_found" in head or b'"ADAM-' in head)
    measures = _V2.match(head) and b'"grandeurMetier"' in head and b'"points"' in head
    return 1.0 if readings or contract or access or error or measures else 0.0


def _answer(answer: Any, ctx: Context, into: Decoded) -> None:
    found = list(_readings(answer, _flow(f"{ctx.file_name} {ctx.topic}")))
    if not found:
        _nothing(answer, into)
    for reading, flow in found:
        _add(reading, flow, ctx, into)


def _readings(answer: Any, flow: Flow, depth: int = 0) -> Iterator[tuple[dict[str, Any], Flow]]:
    """The readings in an answer, whatever wraps them, and which way their energy flows."""
    if isinstance(answer, dict) and isinstance(answer.get("interval_reading"), list):
        yield answer, flow
    elif isinstance(answer, dict) and "idPrm" in answer:
        yield from _enedis_measures.as_readings(answer, flow)
    elif depth < _DEEPEST and isinstance(answer, dict):
        for name, content in answer.items():
            yield from _readings(content, _flow(name, flow), depth + 1)
    elif depth < _DEEPEST and isinstance(answer, list):
        for content in answer:
            yield from _readings(content, flow, depth + 1)


def _flow(name: str, unsaid: Flow = "consumption") -> Flow:
    """Which way the energy flows of what goes by this name; ``unsaid`` where it tells neither."""
    found = re.search("production|consumption", name, re.IGNORECASE)
    if not found:
        return unsaid
    return "injection" if found[0].casefold() == "production" else "consumption"


def _nothing(answer: Any, into: Decoded) -> None:
    """An answer without readings: an error is told, anything else refused."""
    said = answer if isinstance(answer, dict) else {}
    error = text(said, "error", "error_code", "message", "description")
    if error or isinstance(said.get("error"), dict):
        why = text(said, "error_description", "description", "message") or error or "?"
        told = f"aucun relevé : « {why[:200]} »", f"no readings: '{why[:200]}'"
        into.notes.append(Note("no_data", *told))
        into.rows += 1
        into.ignored += 1
    elif any(name in said for name in _OTHERS):
        raise DecodeError("no_readings", value=f"Data Connect ({', '.join(said)[:80]})")
    else:
        raise _json.not_this(NAME, "meter_reading ?")


def _day(stamp: object) -> object:
    """The date of a stamp of a whole day."""
    return stamp.strip()[: len("2026-11-21")] if isinstance(stamp, str) else stamp


def _add(reading: dict[str, Any], flow: Flow, ctx: Context, into: Decoded) -> None:
    """Add the points of one reading."""
    kind = reading.get("reading_type")
    kind = kind if isinstance(kind, dict) else {}
    records = [r if isinstance(r, dict) else {"value": r} for r in reading["interval_reading"]]
    energy = text(kind, "measurement_kind") == "energy"
    unit = text(kind, "unit") or ("Wh" if energy else "W")
    if "max" in text(kind, "aggregate").casefold() or "va" in unit.casefold():
        into.rows += len(records)
        into.ignored += len(records)
        into.notes += aside_notes({unit: len(records)})
        return
    step = text(kind, "interval_length")
    if energy and not any(r.get("interval_length") or step for r in records):
        records = [r | {"date": _day(r.get("date"))} for r in records]
    points: list[_enedis_points.Point] = [
        (
            r.get("date"),
            r.get("value"),
            r.get("interval_length") or step,
            r.get("measure_type"),
            r.get("likelihood"),
        )
        for r in records
    ]
    device = device_of(reading.get("usage_point_id"), ctx.device)
    _enedis_points.add(points, _NAMES, device, flow, unit, ctx.zone, into)
