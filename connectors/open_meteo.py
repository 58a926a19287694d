"""Open-Meteo, outdoor temperature: forecasts, and the past from its archive.

Source: the JSON answer of api.open-meteo.com (also archive- and historical-forecast-): one place,
    or a list of places; blocks hourly, minutely_15 and daily, each a list of times and a list a
    variable.
Device: none: the context series ``temperature/<latitude>,<longitude>`` of the answer, with two
    decimals: the cell of the grid, not the place that was asked for. Of daily blocks
    ``temperature_mean/``, ``_min/`` and ``_max/`` of the same place.
Units: degrees Celsius; Fahrenheit is converted.
Label: the instant; of a day its START.
Zone: times are naive, or seconds (unixtime). All naive ones of an answer have the one
    ``utc_offset_seconds`` that it states, even beyond a change of clocks.
Cadence: hourly or 15 min.
Traps: a change of clocks inside the answer does not change its offset: ask for timezone=GMT. null
    is a gap. Other variables and the members of ensembles are left aside, with a note.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from connectors._context import Told, number
from connectors._json import is_json, not_this, records
from connectors._units import BadValueError
from hub.model import Context, Decoded, DecodeError, Note

NAME = "open_meteo"
LABELS = {"context": "start", "temperature": "instant"}
DEVICE = "none"
TOPICS: tuple[str, ...] = ()

#: Block -> variable -> series.
_BLOCKS: Mapping[str, Mapping[str, str]] = {
    "hourly": {"temperature_2m": "temperature"},
    "minutely_15": {"temperature_2m": "temperature"},
    "daily": {
        "temperature_2m_mean": "temperature_mean",
        "temperature_2m_min": "temperature_min",
        "temperature_2m_max": "temperature_max",
    },
}
_COLDEST, _HOTTEST = -100, 70
_SURE = re.compile(rb'"(?:utc_offset_seconds|hourly_units|daily_units|minutely_15_units)"\s*:')


def decode(payload: bytes, ctx: Context) -> Decoded:
    """Every time of every place. Raises DecodeError: not JSON, no answer, or an error's answer."""
    told = Told()
    aside: set[str] = set()
    places, last = 0, None
    for line, said in records(payload, ctx):
        for place in said if isinstance(said, list) else [said]:
            found, last = list(_blocks(place)), place
            if isinstance(place, DecodeError) or not found:
                told.row(line)
                told.refuse(place if isinstance(place, DecodeError) else _no_answer(place))
            else:
                places += 1
                for name, block in found:
                    _block(place, name, block, line, told)
                    aside |= block.keys() - _BLOCKS[name].keys() - {"time"}
    if not places:
        raise _no_answer(last)
    out = told.done()
    if aside:
        names = ", ".join(sorted(name[:40] for name in aside)[:10])
        fr, en = f"laissé de côté : {names}", f"left aside: {names}"
        out.notes.append(Note("left_aside", fr, en))
    return out


def sniff(head: bytes) -> float:
    """Sure by the fields that every answer has."""
    if not is_json(head) or b'"latitude"' not in head:
        return 0.0
    return 1.0 if _SURE.search(head) else 0.0


def _no_answer(said: object) -> DecodeError:
    reason = said.get("reason") if isinstance(said, dict) else None
    return not_this(NAME, str(reason)[:80] if reason else "no hourly, minutely_15 or daily times")


def _blocks(place: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    for name in _BLOCKS if isinstance(place, dict) else ():
        block = place.get(name)
        if isinstance(block, dict) and isinstance(block.get("time"), list):
            yield name, block


def _block(
    place: dict[str, Any], name: str, block: dict[str, Any], line: int | None, told: Told
) -> None:
    """A row a time; a row that has none of our variables is ignored."""
    units = place.get(f"{name}_units")
    columns = {
        column: (series, block[column], units.get(column) if isinstance(units, dict) else None)
        for column, series in _BLOCKS[name].items()
        if isinstance(block.get(column), list)
    }
    for i, stamp in enumerate(block["time"]):
        told.row(line)
        for column, (series, values, unit) in columns.items():
            try:
                ts = _instant(stamp, place.get("utc_offset_seconds", 0))
                value = _celsius(values[i] if i < len(values) else None, unit)
                where = f"{series}/{_degrees(place, 'latitude')},{_degrees(place, 'longitude')}"
            except BadValueError as error:
                told.refuse(error, column)
                continue
            if value is None:
                told.gap(column, ts)
            else:
                told.point(where, ts, value)


def _instant(raw: object, offset: object) -> int:
    """Seconds UTC. Raises BadValueError (bad_time)."""
    if type(offset) is not int or abs(offset) > 86_400:
        raise BadValueError("bad_time", offset, "utc_offset_seconds")
    if type(raw) is int:
        if abs(raw) > 10**11:
            raise BadValueError("bad_time", raw, "time")
        return raw
    try:
        stamp = datetime.fromisoformat(raw if isinstance(raw, str) else "")
    except ValueError:
        raise BadValueError("bad_time", raw, "time") from None
    if stamp.tzinfo is not None:
        raise BadValueError("bad_time", raw, "time")
    return int(stamp.replace(tzinfo=UTC).timestamp()) - offset


def _celsius(raw: object, unit: object) -> float | None:
    if unit in ("°F", "fahrenheit"):
        told = number(raw, -150, 160)
        return None if told is None else round((told - 32) * 5 / 9, 2)
    if unit not in (None, "°C", "celsius"):
        raise BadValueError("bad_unit", unit)
    return number(raw, _COLDEST, _HOTTEST)


def _degrees(place: dict[str, Any], name: str) -> str:
    told = number(place.get(name), -180, 180)
    if told is None:
        raise BadValueError("bad_name", place.get(name), name)
    return f"{told:.2f}"
