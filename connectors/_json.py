"""JSON as the message connectors read it: strict, bounded, and wrong in one way only.

Whatever is wrong with the bytes is a :class:`hub.model.DecodeError`: ``not_json`` (bad syntax, bad
UTF-8, NaN, infinity, nested deeper than 1024 levels), ``too_large``, or ``not_this_format`` where
the JSON is fine but is not what the format begins with.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from connectors._encoding import unmarked
from hub.model import Context, DecodeError

#: Largest message (MQTT, one line of a file), bytes. Real ones are below 8 KiB.
MESSAGE_LIMIT = 1 << 20
#: Largest file, bytes. A year of half-hours as SenML is about 1 MiB.
FILE_LIMIT = 256 << 20


def loads(payload: bytes, limit: int = MESSAGE_LIMIT) -> Any:
    """The JSON value in ``payload``. Raises DecodeError (not_json, too_large)."""
    if len(payload) > limit:
        raise DecodeError("too_large", bytes=len(payload), limit=limit)
    try:
        return orjson.loads(unmarked(payload))
    except orjson.JSONDecodeError as error:
        raise DecodeError("not_json", error=str(error)) from None


def is_json(head: bytes) -> bool:
    """Whether a file that begins so is an object or an array, or one of them a line."""
    return head.lstrip()[:1] in (b"{", b"[")


def load_object(payload: bytes, connector: str) -> dict[str, Any]:
    """The JSON object in a message. Raises DecodeError, also when it is another JSON value."""
    value = loads(payload)
    if not isinstance(value, dict):
        raise not_this(connector, f"an object is expected, found {kind_of(value)}")
    return value


def not_this(connector: str, error: str) -> DecodeError:
    """The error for JSON that is well formed and something else than ``connector`` reads."""
    return DecodeError("not_this_format", connector=connector, error=error)


def kind_of(value: object) -> str:
    """The JSON name of a value's type, for error texts."""
    names = {dict: "an object", list: "an array", str: "a text", bool: "a boolean"}
    return "null" if value is None else names.get(type(value), "a number")


def limit_of(ctx: Context) -> int:
    """What arrives on a topic is a message; anything else may be as large as a file."""
    return MESSAGE_LIMIT if ctx.topic else FILE_LIMIT


def records(payload: bytes, ctx: Context) -> Iterator[tuple[int | None, Any]]:
    """The JSON values of ``payload``: one document, or one document a line (JSON lines).

    Yields (line, value): line is None for a single document, else the line's number from 1; value
    is the DecodeError itself where one line of several cannot be read. Raises DecodeError where
    the payload holds no JSON at all.
    """
    whole = _or_error(payload, limit_of(ctx))
    if not isinstance(whole, DecodeError):
        yield None, whole
        return
    if whole.reason != "not_json" or b"\n" not in payload.strip():
        raise whole
    lines = [(n, line) for n, line in enumerate(payload.split(b"\n"), start=1) if line.strip()]
    if all(isinstance(_or_error(line), DecodeError) for _, line in lines[:2]):
        raise whole  # two bad lines at the top: this is not JSON lines
    for number, line in lines:
        yield number, _or_error(line)


def _or_error(payload: bytes, limit: int = MESSAGE_LIMIT) -> Any:
    try:
        return loads(payload, limit)
    except DecodeError as error:
        return error
