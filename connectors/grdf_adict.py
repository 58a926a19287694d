"""GRDF ADICT, the interface for third parties: gas by day or hour, and by published period.

Source: the answers of api.grdf.fr/adict, "donnees_consos_informatives", "donnees_consos_publiees"
    and "donnees_injections_publiees": an object a line (NDJSON), one object, or a list of such, in
    any wrapper. Contract and technical data are known and hold no readings.
Device: the PCE, ``pce.id_pce`` (14 digits, or GI and 6); without one a usage point must be given.
Units: volume_brut and index_brut in m3 -> cm3; coeff_conversion kWh/m3 becomes the dated series
    gas_coefficient/<PCE>; energie and volume_converti (Nm3) are derived and not read.
Label: START and end in the row: journee_gaziere D is the gas day [06:00 D, 06:00 D+1); else
    date_debut_ and date_fin_ of consommation or injection.
Zone: the offset of the stamp; 06:00 of any offset is local.
Cadence: daily, hourly for the largest; published: monthly to half-yearly.
Traps: energy, index and volume are rounded apart (F8); "Absence de Données", and an answer whose
    statut_restitution says why there is none, are gaps (F9); an index whose own stamp is no bound
    of the period is left aside, with a note; sens_flux_gaz tells injection from consumption; lines
    about access rights stand between the others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from connectors import _encoding, _grdf, _json
from connectors._grdf import BadCellError, Period
from connectors._grdf_adict import NAMES, OTHERS, at, flow_of, part_of, pce_of, period, times_of
from hub.model import Context, Decoded, DecodeError, Flow, Gap, Note, Reject

NAME = "grdf_adict"
LABELS = {"interval": "both", "register": "bound", "context": "start"}
DEVICE = "usage_point"
TOPICS: tuple[str, ...] = ()


def decode(payload: bytes, ctx: Context) -> Decoded:
    """All records. Raises DecodeError: not JSON, not this format, no readings, no usage point."""
    rows = list(_rows(_encoding.utf8(payload), ctx))
    lines = [line for line, _ in rows if line is not None]
    into = Decoded(rows=len(rows), lines=lines or None)
    told: dict[tuple[str, Flow], list[Period]] = {}
    others: Counter[str] = Counter()
    moved = 0
    times = times_of([record for _, record in rows], ctx.zone)
    for row, ((line, record), found) in enumerate(zip(rows, times, strict=True), start=1):
        if isinstance(record, DecodeError):
            into.rejects.append(Reject(row, record.reason, line=line, detail=record.detail))
        elif part := part_of(record):
            of = (pce_of(record) or ctx.device, flow_of(record, part))
            try:
                read, left = period(record, row, found)
            except BadCellError as bad:
                into.rejects.append(bad.reject(row, line))
            else:
                told.setdefault(of, []).append(read)
                moved += left
        elif other := next((name for name in OTHERS if name in record), ""):
            others[other] += 1
        else:
            into.gaps.append(Gap(row))
            _note_status(at(record, "statut_restitution"), into)
    into.ignored = others.total()
    if others and into.ignored == into.rows:
        raise DecodeError("no_readings", value=", ".join(others))
    if any(not device for device, _ in told):
        raise DecodeError("missing_usage_point")
    for (device, flow), periods in told.items():
        _grdf.add(periods, device, ctx.zone, into, flow)
    into.notes += _notes(others, moved)
    return into


def sniff(head: bytes) -> float:
    """Sure by the names that only this interface has."""
    named = b'"id_pce"' in head or b'"horodate_Index"' in head
    return 1.0 if named and any(b'"%b"' % name.encode() in head for name in NAMES) else 0.0


def _rows(text: bytes, ctx: Context) -> Iterator[tuple[int | None, Any]]:
    """(line, record) of each; a DecodeError stands for what is none. Raises DecodeError."""
    for line, value in _json.records(text, ctx):
        if line is None and not _known(value):
            raise _json.not_this(NAME, '{"pce": ..., "consommation": ...} ?')
        for record in _unwrapped(value):
            good = isinstance(record, DecodeError) or _is_record(record)
            yield line, record if good else _json.not_this(NAME, _json.kind_of(record))


def _is_record(value: Any) -> bool:
    return isinstance(value, dict) and any(name in value for name in NAMES)


def _unwrapped(value: Any) -> list[Any]:
    """The records in a line or document: itself, a list's, or those of the list in a wrapper."""
    if isinstance(value, dict) and not _is_record(value):
        value = next((inside for inside in value.values() if isinstance(inside, list)), value)
    return value if isinstance(value, list) else [value]


def _known(value: Any) -> bool:
    """Whether a document is of this interface: one of its records is, or it is an empty list."""
    found = _unwrapped(value)
    return not found or any(_is_record(record) for record in found)


def _note_status(status: Any, into: Decoded) -> None:
    """Why GRDF gives nothing, in its own words, once each."""
    code, message = (str(at(status, name) or "?")[:200] for name in ("code", "message"))
    text = f"GRDF : {message} ({code})"
    if all(note.fr != text for note in into.notes):
        into.notes.append(Note("grdf_status", text, f"GRDF: {message} ({code})"))


def _notes(others: Counter[str], moved: int) -> Iterator[Note]:
    if others:
        names = ", ".join(others)
        yield Note("no_readings", f"sans relevés : {names}", f"without readings: {names}")
    if moved:
        yield Note(
            "index_aside",
            f"index laissés de côté, relevés à un autre moment que les bornes : {moved}",
            f"indexes left aside, read at another time than the bounds: {moved}",
        )
