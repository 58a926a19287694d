"""Linky and older French meters: raw frames of the customer output (TIC), and TIC2WebSocket's JSON.

Source: serial captures and texts of historique (1200 baud, spaces) and standard frames (9600 baud,
    tabs), one or many, as a file or one frame an MQTT message; JSON of Enedis' TIC2WebSocket,
    with or without its envelope, one a line or a list.
Device: ADCO or ADSC. A frame that lost it belongs to the only meter of the payload.
Units: registers Wh; PAPP, SINSTS, SINSTI VA.
Label: registers and powers of an instant.
Zone: DATE of the standard mode is local with its season letter; in lower case the meter doubts its
    clock (marked), a space says that it was never set. ``captureDateTime`` of TIC2WebSocket is
    local. Historique frames tell no time: the arrival.
Cadence: each frame, 1 to 2 s.
Traps: a group with a wrong checksum is rejected, the others of its frame are kept; "!" marks one in
    JSON. Groups cut by the ends of the capture, or by the meter itself (EOT), are ignored. Captured
    as eight bits, seven carry a parity bit: it is cut off. Of many frames without a time the last
    of each register counts; beside frames that tell theirs, frames that do not are ignored. VA is
    not W (F11). EAST is the total beside EASF and EASD, which each add up to it (F5). CCASN is the
    mean power of the last period of the load curve: the registers say it better.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from connectors import _encoding, _tic, _tic_frames
from connectors._columns import Columns
from connectors._json import limit_of, not_this, records
from connectors._message import channel, stacked
from connectors._tic_frames import Frame, Group
from connectors._tic_json import summary
from connectors._time import horodate
from connectors._units import BadValueError, to_amount, to_integer
from hub.model import Context, Decoded, DecodeError, Gap, Note, Quality, Reject

NAME = "linky_tic"
LABELS = {"register": "instant"}
DEVICE = "meter"
TOPICS = ("tic/+", "tic/+/frame", "teleinfo/+/frame")

_JSON = re.compile(rb"\s*(?:\[\s*)?\{")
_JSON_NUMBER = re.compile(rb'"(?:ADCO|ADSC)"\s*:\s*["0-9]')
_KNOWN = {*_tic.NUMBERS, *_tic.REGISTERS, *_tic.POWERS, "DATE", "PTEC", "OPTARIF", "NGTF"}
_ARRIVAL = Quality.ARRIVAL_TIME


def decode(payload: bytes, ctx: Context) -> Decoded:
    """Frames or JSON. Raises DecodeError where nothing is a group, or no meter is told."""
    if len(payload) > limit_of(ctx):
        raise DecodeError("too_large", bytes=len(payload), limit=limit_of(ctx))
    if not _JSON.match(_encoding.unmarked(payload)):
        return _frames(payload, ctx)
    return stacked(
        (line, each if isinstance(each, DecodeError) else summary(each, NAME, ctx))
        for line, said in records(payload, ctx)
        for each in (said if isinstance(said, list) else [said])
    )


def sniff(head: bytes) -> float:
    """Sure of groups with right checksums, or of JSON with a meter's number."""
    if _JSON.match(head):
        return 1.0 if _JSON_NUMBER.search(head) and b'"TIC"' not in head else 0.0
    labels = {group.label for group in _tic_frames.groups(head)} & _KNOWN
    return 1.0 if len(labels) >= 3 or labels.intersection(_tic.NUMBERS) else 0.0


class _Part(NamedTuple):
    """Groups of one meter at one instant, with their rows."""

    number: str
    ts: int
    quality: Quality
    groups: Sequence[tuple[int, Group]]


def _frames(payload: bytes, ctx: Context) -> Decoded:
    capture = _tic_frames.read(payload)
    frames = [frame for frame in capture.frames if frame.groups]
    if not frames:
        raise not_this(NAME, "no group has a right checksum")
    numbers = {frame.number for frame in frames} - {""}
    if not numbers and not ctx.device:
        raise not_this(NAME, "neither ADCO nor ADSC tells the meter")
    for frame in frames:
        if not frame.number and len(numbers) < 2:
            frame.number = min(numbers, default=ctx.device)
    out = Decoded(rows=len(capture.lines), lines=capture.lines)
    for row, label, text, cut in capture.bad:
        if not cut:
            _reject(out, row, label, BadValueError("bad_checksum", text))
    columns = Columns()
    for part in _parts(frames, ctx, out):
        _take(part, columns, out)
    out.series = columns.series()
    named = {reject.row for reject in out.rejects} | {gap.row for gap in out.gaps}
    named.update(row for series in out.series for row in series.row or ())
    out.ignored = out.rows - len(named)
    return out


def _parts(frames: Sequence[Frame], ctx: Context, out: Decoded) -> Iterator[_Part]:
    """What is placed in time; frames that are not are told in a note."""
    times = [_time(frame, ctx.zone, out) for frame in frames]
    placed = [(f, when) for f, when in zip(frames, times, strict=True) if f.number and when]
    latest: dict[str, dict[str, tuple[int, Group]]] = {}
    if placed:
        yield from (_Part(frame.number, *when, frame.groups) for frame, when in placed)
    else:
        for frame in frames:
            last = latest.setdefault(frame.number, {})
            last.update({group.label: (row, group) for row, group in frame.groups})
        latest.pop("", None)
        now = ctx.received_at, _ARRIVAL
        yield from (_Part(number, *now, [*last.values()]) for number, last in latest.items())
    if left := len(frames) - len(placed or latest):
        fr = f"trames laissées de côté, sans date ni heure ou de compteur inconnu : {left}"
        en = f"frames left aside, without a time of their own or of an unknown meter: {left}"
        out.notes.append(Note("tic_frames", fr, en))


def _time(frame: Frame, zone: str, out: Decoded) -> tuple[int, Quality] | None:
    """The meter's clock; None where it is not told, was never set or cannot be read."""
    for row, group in frame.groups:
        if group.label == "DATE" and not group.stamp.startswith(" "):
            try:
                ts, sure = horodate(group.stamp, zone)
            except BadValueError as error:
                _reject(out, row, "DATE", error)
            else:
                return ts, Quality.GOOD if sure else Quality.DEGRADED_CLOCK
    return None


def _take(part: _Part, columns: Columns, out: Decoded) -> None:
    odd = _tic.odd_label({group.label: "" for _, group in part.groups})
    for row, (label, value, _) in part.groups:
        if label == odd:
            _reject(out, row, label, BadValueError("bad_name", odd))
        spec = _tic.READINGS.get(label)
        if spec is None:
            continue
        try:
            amount = _amount(value, spec)
        except BadValueError as error:
            _reject(out, row, label, error)
            continue
        if amount is None:
            out.gaps.append(Gap(row, start=part.ts, column=label))
            continue
        quantity = spec.unit.quantity
        key = channel(part.number, "electricity", spec.flow, quantity, spec.register, spec.kind)
        columns.add(key, part.ts, amount, row, int(part.quality))


@lru_cache(maxsize=16_384)  # most values come again each second
def _amount(value: str, spec: _tic.Reading) -> int | None:
    if not value.strip():
        return None
    return to_amount(value, spec.unit) if spec.kind == "register" else to_integer(value, spec.unit)


def _reject(out: Decoded, row: int, label: str, error: BadValueError) -> None:
    line = (out.lines or ())[row - 1]
    detail = {"value": error.value}
    out.rejects.append(Reject(row, error.reason, label or None, error.value, line, detail))
