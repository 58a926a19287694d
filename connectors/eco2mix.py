"""éCO2mix, how the electricity of France was made: its CO2 in grams per kWh.

Source: ODRE's records "eco2mix-national-tr" and "-cons-def" in JSON (explore API v1 and v2, whole
    exports, one record alone or one a line) and CSV; RTE's download "eCO2mix_RTE_...xls", which is
    a text of tabs in Latin-1.
Device: none: the context series ``co2_electricity/FR``, named as the factor it refines.
Units: taux_co2, grams CO2 of the production per kWh: direct emissions, imports not counted.
Label: the START: the state of the network at the stamp, which holds until the next.
Zone: date_heure with its offset; where it is not there, date and heure, local: the October hour by
    the order of the rows.
Cadence: 15 min; consolidated rows every 30 min, those between hold forecasts only.
Traps: "ND", null, an empty cell and (API v1) a missing field are gaps. The last lines of RTE's
    files are a notice. Everything else of a record (MW by source, exchanges) is left aside.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from connectors import _stamps, _text
from connectors._context import Told, number
from connectors._json import is_json, not_this, records
from connectors._units import BadValueError
from hub.model import Context, Decoded, DecodeError

NAME = "eco2mix"
LABELS = {"context": "start"}
DEVICE = "none"
TOPICS: tuple[str, ...] = ()

#: Grams per kWh beyond which nothing burns.
_MOST = 2000
_COLUMN = "taux_co2"
#: Names of columns, folded: of ODRE's fields, of its labels, of RTE's file.
_NAMES = {
    "stamp": ("date_heure", "date et heure", "date - heure"),
    "date": ("date",),
    "time": ("heure", "heures"),
    "co2": ("taux_co2", "taux de co2", "taux de co2 (g/kwh)", "taux de co2 (g/kwh) (g/kwh)"),
    "place": ("perimetre",),
}


class _Record(NamedTuple):
    stamp: object
    date: object
    time: object
    co2: object
    place: object

    def moment(self) -> str:
        """The stamp, or date and time as one."""
        if isinstance(self.stamp, str) and self.stamp.strip():
            return self.stamp.strip()[:64]
        return f"{self.date} {self.time}".strip()[:64]


#: A row: its line where it has one, and its record, why there is none, or None: it needs none.
_Row = tuple[int | None, _Record | DecodeError | None]


def decode(payload: bytes, ctx: Context) -> Decoded:
    """Every record. Raises DecodeError: neither JSON nor the table, or no record in it."""
    rows = list(_json(payload, ctx) if is_json(payload[:64]) else _table(payload))
    found = [record for _, record in rows if isinstance(record, _Record)]
    if not found:
        raise not_this(NAME, "no record in it")
    ts, states = _stamps.instants([record.moment().encode() for record in found], ctx.zone)
    moments = iter(zip(ts.tolist(), states.tolist(), strict=True))
    told = Told()
    for line, record in rows:
        told.row(line)
        if isinstance(record, DecodeError):
            told.refuse(record)
        elif record is not None:
            try:
                _take(record, *next(moments), told)
            except BadValueError as error:
                told.refuse(error, _COLUMN)
    return told.done()


def sniff(head: bytes) -> float:
    """Sure by the name of the rate, in JSON or in a header."""
    if is_json(head):
        return 1.0 if b'"taux_co2"' in head else 0.0
    return 1.0 if _is_header(_text.first_line(head)) else 0.0


def _take(record: _Record, ts: int, state: int, told: Told) -> None:
    value = number(record.co2, 0, _MOST)
    if value is None:
        told.gap(_COLUMN, ts if state == _stamps.OK else None)
    elif state != _stamps.OK:
        reason = "ambiguous_time" if state == _stamps.AMBIGUOUS else "bad_time"
        raise BadValueError(reason, record.moment(), "date_heure")
    else:
        place = str(record.place or "France")[:40].strip()
        name = "FR" if _text.fold(place) == "france" else place
        if not name.isprintable():
            raise BadValueError("bad_name", place, "perimetre")
        told.point(f"co2_electricity/{name}", ts, value)


def _json(payload: bytes, ctx: Context) -> Iterator[_Row]:
    for line, said in records(payload, ctx):
        if isinstance(said, DecodeError):
            yield line, said
            continue
        inside = said
        if isinstance(said, dict):
            inside = next((said[n] for n in ("records", "results") if n in said), [said])
        for each in inside if isinstance(inside, list) else [inside]:
            fields = _fields(each)
            if fields.keys().isdisjoint({"date_heure", "date", _COLUMN}):
                yield line, not_this(NAME, "neither date_heure nor taux_co2")
            else:
                yield line, _Record(*(fields.get(names[0]) for names in _NAMES.values()))


def _fields(record: Any) -> dict[str, Any]:
    """The fields of a record of any version of the API; {} if it is none."""
    for name in ("record", "fields"):
        if isinstance(record, dict) and isinstance(record.get(name), dict):
            record = record[name]
    return record if isinstance(record, dict) else {}


def _is_header(line: bytes) -> bool:
    names = [_text.fold(name) for name in line.split(b";")]
    return any(n in _NAMES["co2"] for n in names) and any(
        n in _NAMES["stamp"] + _NAMES["date"] for n in names
    )


def _table(payload: bytes) -> Iterator[_Row]:
    """Rows under the header; lines with neither a date nor a rate are notices."""
    lines = _text.lines(payload)
    head = next((i for i, line in enumerate(lines[:20]) if _is_header(line)), None)
    if head is None:
        raise not_this(NAME, "Date ... Taux de CO2 ?")
    names = [_text.fold(name) for name in lines[head].split(b";")]
    at = [next((i for i, n in enumerate(names) if n in told), -1) for told in _NAMES.values()]
    for i, line in enumerate(lines):
        cells = line.decode("utf-8").split(";") + [""] * len(names)
        record = _Record(*(cells[i].strip() if i >= 0 else None for i in at))
        is_row = record.moment()[:1].isdigit() or bool(record.co2)
        yield i + 1, record if i > head and is_row else None
