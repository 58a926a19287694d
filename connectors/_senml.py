"""SenML packs (RFC 8428, JSON) resolved to plain records: base fields applied, times absolute."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, NamedTuple, TypeGuard

from connectors._json import not_this
from connectors._units import BadValueError, exact
from hub.model import DecodeError

#: Of JSON or, where it is no whole one, of XML.
Number = int | float | Fraction

#: A time below this is relative to the arrival (RFC 8428, 4.5.3).
ABSOLUTE = 2**28
_VERSION = 10
_LATEST = 253_402_300_799  # the last second of the year 9999
_OTHER_VALUES = ("vs", "vb", "vd")
#: Base field -> attribute of _Base, its neutral value, the reason where it is unusable.
_FIELDS: dict[str, tuple[str, str | int, str]] = {
    "bn": ("name", "", "bad_name"),
    "bu": ("unit", "", "bad_unit"),
    "bt": ("time", 0, "bad_time"),
    "bv": ("value", 0, "bad_number"),
    "bs": ("total", 0, "bad_number"),
}
_BASE = _FIELDS.keys() | {"bver"}


class Record(NamedTuple):
    """A resolved record. ``value`` is exact; ``total`` is the sum field; at least one is there."""

    name: str
    ts: int
    relative: bool
    unit: str
    value: Number | None
    total: Number | None


class _Base:
    """The base fields in force. An unusable one makes the records under it unusable too."""

    __slots__ = ("bad", "name", "time", "total", "unit", "value")

    def __init__(self) -> None:
        self.name = ""
        self.unit = ""
        self.time: Number = 0
        self.value: Number = 0
        self.total: Number = 0
        self.bad: dict[str, BadValueError] = {}

    def take(self, record: dict[str, Any]) -> None:
        for field, (attribute, neutral, reason) in _FIELDS.items():
            if field not in record:
                continue
            given = record[field]
            fits = isinstance(given, str) if neutral == "" else _is_number(given)
            setattr(self, attribute, given if fits else neutral)
            self.bad.pop(field, None)
            if not fits:
                self.bad[field] = BadValueError(reason, given, field)


def resolve(pack: object, now: int, connector: str) -> Iterator[Record | BadValueError | None]:
    """One item for each record of the pack: the record, why not, or None for base fields alone.

    Raises DecodeError where the pack as a whole must not be read: it is not an array of objects,
    its version is newer than 10, or a field ending in "_" must be understood and is not.
    """
    if isinstance(pack, DecodeError):  # a line that is not even JSON
        raise pack
    if not isinstance(pack, list):
        raise not_this(connector, "a SenML pack is an array of objects")
    for record in pack:
        if not isinstance(record, dict):
            raise not_this(connector, "a SenML pack is an array of objects")
        version = record.get("bver", _VERSION)
        if type(version) is not int or version > _VERSION:
            raise not_this(connector, f"SenML version {str(version)[:20]!r} is not known")
        for field in record:
            if field.endswith("_"):
                raise not_this(connector, f"field {field[:20]!r} must be understood and is not")
    return _resolve(pack, now)


def _resolve(pack: list[dict[str, Any]], now: int) -> Iterator[Record | BadValueError | None]:
    base = _Base()
    for record in pack:
        if not record.keys().isdisjoint(_BASE):
            base.take(record)
            if record.keys() <= _BASE:
                yield None
                continue
        try:
            yield _record(base, record, now)
        except BadValueError as error:
            yield error


def _record(base: _Base, record: dict[str, Any], now: int) -> Record:
    """The record under its base. Raises BadValueError with the field's name."""
    if base.bad:
        raise next(iter(base.bad.values()))
    name = base.name + _text(record.get("n", ""), "n", "bad_name")
    unit = _text(record["u"], "u", "bad_unit") if "u" in record else base.unit
    ts, relative = _time(base.time, record.get("t", 0), now)
    value = _plus(base.value, record["v"], "v") if "v" in record else None
    total = _plus(base.total, record.get("s", 0), "s") if "s" in record or base.total else None
    if value is None and total is None:
        column = next((f for f in _OTHER_VALUES if f in record), "v")
        raise BadValueError("bad_number", record.get(column), column)
    return Record(name, ts, relative, unit, value, total)


def _text(raw: object, column: str, reason: str) -> str:
    if not isinstance(raw, str):
        raise BadValueError(reason, raw, column)
    return raw


def _is_number(raw: object) -> TypeGuard[Number]:
    """Whether it is one as JSON (int, float) and XML (int, Fraction) tell them."""
    return type(raw) in (int, float, Fraction)


def _plus(base: Number, raw: object, column: str) -> Number:
    """Base plus value, exactly."""
    if not _is_number(raw):
        raise BadValueError("bad_number", raw, column)
    return exact(base) + exact(raw) if base else raw


def _time(base: Number, raw: object, now: int) -> tuple[int, bool]:
    """(seconds since 1970, whether they were told relative to the arrival), floored."""
    if not _is_number(raw):
        raise BadValueError("bad_time", raw, "t")
    if not (-_LATEST <= base <= _LATEST and -_LATEST <= raw <= _LATEST):
        raise BadValueError("bad_time", raw, "t")
    whole = type(base) is int and type(raw) is int
    told = int(base + raw) if whole else math.floor(exact(base) + exact(raw))
    relative = told < ABSOLUTE
    ts = now + told if relative else told
    if not 0 <= ts <= _LATEST:
        raise BadValueError("bad_time", told, "t")
    return ts, relative
