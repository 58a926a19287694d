"""One cell of a registry file -> its value."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from hub.pulses import read_pulse
from hub.registry.tables import Column

_YES = frozenset({"1", "true", "yes", "oui", "vrai"})
_NO = frozenset({"0", "false", "no", "non", "faux"})
_INT4 = 2**31 - 1
#: Clocks differ a little: an event is not in the future by less.
_AHEAD = timedelta(minutes=10)
#: kWh or m3 with six decimals must fit int8 in mWh or cm3.
_LARGEST = Decimal(9 * 10**12)


class BadValueError(Exception):
    """``reason`` is a code of hub.registry.problems.TEXTS."""

    def __init__(self, reason: str, expected: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.expected = expected


def read_value(column: Column, cell: str, zone: ZoneInfo) -> Any:
    """The value of a cell, None if it is empty. Raises BadValueError."""
    cell = cell or column.default
    if not cell:
        if column.required:
            raise BadValueError("missing")
        return None
    if column.choices and cell not in column.choices:
        raise BadValueError("not_choice", ", ".join(column.choices))
    if column.type == "instant":
        return _instant(cell, zone)
    value = _READERS[column.type](cell)
    if column.type in ("int", "number") and not column.least <= value <= column.most:
        raise BadValueError("out_of_range")
    return value


def _text(cell: str) -> str:
    if "\x00" in cell:
        raise BadValueError("not_text")
    return cell


def _json(cell: str) -> Any:
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        raise BadValueError("not_json") from None


def _int(cell: str) -> int:
    try:
        value = int(cell)
    except ValueError:
        raise BadValueError("not_int") from None
    if abs(value) > _INT4:
        raise BadValueError("out_of_range")
    return value


def _number(cell: str) -> Decimal:
    try:
        value = Decimal(cell.replace(",", "."))
    except InvalidOperation:
        raise BadValueError("not_number") from None
    if not value.is_finite():
        raise BadValueError("not_number")
    if abs(value) > _LARGEST:
        raise BadValueError("out_of_range")
    return value


def _date(cell: str) -> date:
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.strptime(cell, form).date()  # noqa: DTZ007 - a local date has no zone
        except ValueError:
            continue
    raise BadValueError("not_date")


def _instant(cell: str, zone: ZoneInfo) -> datetime:
    try:
        value = datetime.fromisoformat(cell)
    except ValueError:
        raise BadValueError("not_instant") from None
    if value.tzinfo is None:
        early, late = (value.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
        before, after = (t.utcoffset() for t in (early, late))
        if before != after:  # the hour that comes twice, or the one that never comes
            twice = before is not None and after is not None and before > after
            raise BadValueError("ambiguous_time" if twice else "not_instant")
        value = early
    if value > datetime.now(UTC) + _AHEAD:
        raise BadValueError("in_future")
    return value.astimezone(UTC)


def _pulse(cell: str) -> str:
    try:
        return read_pulse(cell).text
    except ValueError:
        raise BadValueError("not_pulse") from None


def _flag(cell: str) -> bool:
    if cell.lower() in _YES:
        return True
    if cell.lower() in _NO:
        return False
    raise BadValueError("not_flag")


_READERS: Mapping[str, Callable[[str], Any]] = {
    "text": _text,
    "int": _int,
    "number": _number,
    "date": _date,
    "flag": _flag,
    "json": _json,
    "pulse": _pulse,
}
