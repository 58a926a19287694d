"""A frame of the TIC as Enedis' TIC2WebSocket puts it into JSON: one object, a member a label.

Values are the texts of the frame, behind a horodate and a tab where the group has one, or numbers.
"!" before a label says that its checksum was wrong. The frame may lie in an envelope: ``data`` of
an event, ``content`` beside the time of the capture.
"""

from __future__ import annotations

from typing import Any

from connectors import _stamps, _tic
from connectors._json import kind_of, not_this
from connectors._message import Message, nothing, refused
from connectors._time import horodate
from connectors._units import BadValueError
from hub.model import Context, Decoded, DecodeError, Quality


def summary(said: Any, connector: str, ctx: Context) -> Decoded | DecodeError:
    """One frame as one row; the error where it cannot be read."""
    if not isinstance(said, dict):
        return not_this(connector, f"an object is expected, found {kind_of(said)}")
    told = said["data"] if isinstance(said.get("data"), dict) else said
    frame = told["content"] if isinstance(told.get("content"), dict) else told
    bad = {label[1:]: value for label, value in frame.items() if label.startswith("!")}
    labels = {label: _value(value) for label, value in frame.items() if label not in bad}
    if not bad and not _tic.is_frame(labels):
        return nothing()
    number = _tic.number_of(labels) or _serial(told) or ctx.device
    if not number:
        return not_this(connector, "neither ADCO nor ADSC tells the meter")
    try:
        ts, quality = _time(frame, told, ctx)
        message = Message(number, "electricity", ts, quality)
    except BadValueError as error:
        return refused(error.column, error)
    except DecodeError as error:
        return error
    for label, value in bad.items():
        message.reject(label[:80], BadValueError("bad_checksum", value))
    _tic.tell(message, labels)
    return message.done()


def _value(raw: object) -> object:
    """Without the horodate before it."""
    return raw.rpartition("\t")[2] if isinstance(raw, str) else raw


def _serial(told: dict[str, Any]) -> str:
    identifier = told.get("ticIdentifier")
    number = identifier.get("serialNumber") if isinstance(identifier, dict) else None
    return number.strip() if isinstance(number, str) else ""


def _time(frame: dict[str, Any], told: dict[str, Any], ctx: Context) -> tuple[int, Quality]:
    """The meter's clock, else the capture's, else the arrival."""
    date, captured = frame.get("DATE"), told.get("captureDateTime")
    if isinstance(date, str) and date[:1].strip():
        try:
            ts, sure = horodate(date.partition("\t")[0], ctx.zone)
        except BadValueError as error:
            raise BadValueError(error.reason, error.value, "DATE") from None
        return ts, Quality.GOOD if sure else Quality.DEGRADED_CLOCK
    if not isinstance(captured, str):
        return ctx.received_at, Quality.ARRIVAL_TIME
    stamps, states = _stamps.instants([captured[:30].encode()], ctx.zone)
    if states[0] != _stamps.OK:
        reason = "bad_time" if states[0] == _stamps.BAD else "ambiguous_time"
        raise BadValueError(reason, captured, "captureDateTime")
    return int(stamps[0]), Quality.GOOD
