"""Enedis Data Connect (also through MyElectricalData): load curves, days and registers, in JSON.

Source: the answers of "metering_data" v3 to v5 (consumption_load_curve, production_load_curve,
    daily_consumption, daily_production) and, since September 2026, of "mesure_synchrone" (v2:
    courbe_de_charge_..., ..._quotidienne, index_...), as saved by the tools that ask for them: one
    answer, a list, or one a line.
Device: usage_point_id or idPrm, the PRM; an answer without one needs a usage point given.
Units: load curve: mean W over interval_length (p) -> energy mWh = W x 1000 x seconds / 3600,
    floored; daily and registers: Wh. Values are texts.
Label: load curve: END of the interval (00:30 is a day's first, 00:00 its last), or START where a
    gateway moved it (told by first and last stamp); daily: the day; registers: the instant.
Zone: local, naive; the October hour by the order of the points.
Cadence: 30 min (10, 15, 60), a week an answer; daily.
Traps: mean W is not Wh (T7); null is a gap (F9); consumption and production look the same up to v5:
    what a tool names "production..." around the answer, in the file's name or its topic is
    injection; energies without a step that come once a day are those of days; of registers both
    grids are kept (F5); peak power (VA) is left aside, with a note; an error answer
    ("no_data_found", ADAM-..., SGT...) holds no rows and says so; contract, identity and access
    answers hold no readings and are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from connectors import _enedis_measures, _enedis_points, _json
from connectors._enedis_index import aside_notes, text
from connectors._enedis_readings import Readings, device_of
from hub.model import Context, Decoded, DecodeError, Flow, Note, Reject

NAME = "enedis_data_connect"
LABELS = {"interval": "end", "day": "day", "register": "instant"}
DEVICE = "usage_point"
TOPICS: tuple[str, ...] = ()

_NAMES = ("date", "value", "interval_length", "measure_type", "")
#: Names that only answers without readings have.
_OTHERS = ("customer", "customer_id", "consent_expiration_date", "usage_points", "contracts")
#: What the service says instead of an answer: ADAM-ERR0123, SGT4K8.
_ERROR = re.compile(rb'"(?:ADAM-|SGT)\w{1,12}"')
#: A year is 52 answers, and each tells its label and step.
_NOTES = 6
#: Lists in lists deeper than this are no answer.
_DEEPEST = 5


def decode(payload: bytes, ctx: Context) -> Decoded:
    """All points of all answers. Raises DecodeError: not JSON, not this format, no readings."""
    into = Decoded(rows=0)
    readings = Readings(into, "d")
    for line, answer in _json.records(payload, ctx):
        try:
            if isinstance(answer, DecodeError):
                raise answer
            _answer(answer, ctx, into, readings)
        except DecodeError as error:
            if line is None:
                raise
            into.rows += 1
            reject = Reject(into.rows, error.reason, line=line, detail=dict(error.detail))
            into.rejects.append(reject)
    readings.done(ctx.zone)
    into.notes = list(dict.fromkeys(into.notes))[:_NOTES]
    if not into.rows:
        return Decoded(rows=1, ignored=1, notes=into.notes)
    return into


def sniff(head: bytes) -> float:
    """Sure by the names that only these answers have."""
    readings = b'"interval_reading"' in head and b'"usage_point_id"' in head
    contract = b'"customer_id"' in head and b'"usage_point' in head
    access = b'"consent_expiration_date"' in head and b'"quota_limit"' in head
    measures = b'"grandeurMetier"' in head and b'"codeFlux"' not in head
    error = _json.is_json(head) and (b'"no_data_found"' in head or _ERROR.search(head))
    return 1.0 if readings or contract or access or measures or error else 0.0


def _answer(answer: Any, ctx: Context, into: Decoded, readings: Readings) -> None:
    found = list(_readings(answer, _flow(f"{ctx.file_name} {ctx.topic}")))
    if not found:
        _nothing(answer, into)
    aside: dict[str, int] = {}
    for reading, flow in found:
        if "interval_reading" in reading:
            _add(reading, flow, ctx, into, aside)
        else:
            device = device_of(reading.get("idPrm"), ctx.device)
            _enedis_measures.add(reading, device, ctx.zone, into, readings, aside)
    into.notes += aside_notes(aside)


def _readings(answer: Any, flow: Flow, depth: int = 0) -> Iterator[tuple[dict[str, Any], Flow]]:
    """The readings in an answer, whatever wraps them, and which way their energy flows."""
    if isinstance(answer, dict) and (
        isinstance(answer.get("interval_reading"), list) or _enedis_measures.is_measure(answer)
    ):
        yield answer, flow
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
    elif any(name in said for name in _OTHERS):
        raise DecodeError("no_readings", value=f"Data Connect ({', '.join(said)[:80]})")
    else:
        raise _json.not_this(NAME, "meter_reading ?")


def _add(
    reading: dict[str, Any], flow: Flow, ctx: Context, into: Decoded, aside: dict[str, int]
) -> None:
    """Add the points of one reading."""
    kind = reading.get("reading_type")
    kind = kind if isinstance(kind, dict) else {}
    records = [r if isinstance(r, dict) else {"value": r} for r in reading["interval_reading"]]
    step = text(kind, "interval_length")
    stepped = step or any(r.get("interval_length") for r in records)
    energy = text(kind, "measurement_kind") == "energy" or not (kind or stepped)
    unit = text(kind, "unit") or ("Wh" if energy else "W")
    if "max" in text(kind, "aggregate").casefold() or "va" in unit.casefold():
        into.rows += len(records)
        aside[unit] = aside.get(unit, 0) + len(records)
        return
    points: list[_enedis_points.Point] = [
        (r.get("date"), r.get("value"), r.get("interval_length") or step, r.get("measure_type"), "")
        for r in records
    ]
    device = device_of(reading.get("usage_point_id"), ctx.device)
    daily = energy and not stepped
    _enedis_points.add(points, _NAMES, device, flow, unit, ctx.zone, into, daily=daily)
