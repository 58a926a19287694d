"""Météo-France, temperatures of its stations: hourly, daily and 6-minute files.

Source: meteo.data.gouv.fr, "H_<dept>_<years>.csv" (hours), "Q_<dept>_..._RR-T-Vent.csv" (days),
    "MN_<dept>_..." (6 min), unpacked; the answer of the API DPClim, which names its columns POSTE
    and DATE and has decimal commas.
Device: none: the context series ``temperature/<station>`` (hours, minutes), of days
    ``temperature_mean/``, ``temperature_min/`` and ``temperature_max/<station>``. The station is
    the 8 digits of NUM_POSTE.
Units: degrees Celsius: T; TM, TN, TX.
Label: the instant (AAAAMMJJHH, AAAAMMJJHHMN); of a day (AAAAMMJJ) its START.
Zone: UTC. Stations overseas (97, 98) count in local hours of which the file says nothing: left
    aside, with a note.
Cadence: 6 min, hourly, daily.
Traps: blanks before cells; a leading zero of the station that a spreadsheet ate; TN is of 18:00 of
    the eve to 18:00, TX of 06:00 to 06:00 of the next day, yet both are filed under the day, as in
    every sum of degree-days. An empty cell is a gap; so is a value of quality 2 (doubtful), with a
    note. Files of rain only have no temperature: their rows are ignored, with a note.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache

from connectors import _text
from connectors._context import Told, number
from connectors._units import BadValueError
from hub.model import Context, Decoded, DecodeError, Note

NAME = "meteo_france_csv"
LABELS = {"context": "start", "temperature": "instant"}
DEVICE = "none"
TOPICS: tuple[str, ...] = ()

_STATIONS = (b"num_poste", b"poste")
#: The name of the column of times; DATE may be any, by its length.
_TIMES = (b"aaaammjjhhmn", b"aaaammjjhh", b"aaaammjj", b"date")
#: Column -> series, of instants and of days.
_INSTANTS: Mapping[bytes, str] = {b"t": "temperature"}
_DAYS: Mapping[bytes, str] = {
    b"tm": "temperature_mean",
    b"tn": "temperature_min",
    b"tx": "temperature_max",
}
_DOUBTFUL = b"2"
_COLDEST, _HOTTEST = -100, 70
_STAMP = re.compile(rb"\d{8}(?:\d\d){0,2}")
_PARTS = ((0, 4), (4, 6), (6, 8), (8, 10), (10, 12))
_DAY = 8
_NOTES = {
    "no_temperature": (
        "pas de température dans ce fichier : rien n'en est pris",
        "no temperature in this file: nothing is taken",
    ),
    "doubtful": (
        "valeurs douteuses (code qualité 2) laissées de côté : {n}",
        "doubtful values (quality code 2) left aside: {n}",
    ),
    "overseas": (
        "lignes d'outre-mer, en heure locale inconnue, laissées de côté : {n}",
        "rows of overseas stations, in an unknown local time, left aside: {n}",
    ),
}


def decode(payload: bytes, ctx: Context) -> Decoded:  # noqa: ARG001 - the files tell it all
    """Every line. Raises DecodeError: not text, not this format."""
    lines = _text.lines(payload)
    head = next((i for i, line in enumerate(lines) if line.strip(b"; ")), 0)
    names = _names(lines[head]) if lines else []
    station, time = _at(names, _STATIONS), _at(names, _TIMES)
    if station is None or time is None:
        raise DecodeError("not_this_format", connector=NAME, error="NUM_POSTE;...;AAAAMMJJHH ?")
    told = Told()
    seen = {"no_temperature": 0, "doubtful": 0, "overseas": 0}
    columns = [
        [
            (name.decode().upper(), names.index(name), series, _at(names, (b"q" + name,)))
            for name, series in wanted.items()
            if name in names
        ]
        for wanted in (_INSTANTS, _DAYS)
    ]
    seen["no_temperature"] = not any(columns)
    for i, line in enumerate(lines):
        told.row(i + 1)
        if i <= head or not line.strip(b"; \t"):
            continue
        cells = line.split(b";") + [b""] * len(names)
        try:
            place, (ts, is_day) = _place(cells[station].strip()), _instant(cells[time].strip())
        except BadValueError as error:
            told.refuse(error)
            continue
        if place.startswith(("97", "98")):
            seen["overseas"] += 1
            continue
        for name, at, series, quality in columns[is_day]:
            is_doubtful = quality is not None and cells[quality].strip() == _DOUBTFUL
            seen["doubtful"] += is_doubtful
            _take(f"{series}/{place}", ts, b"" if is_doubtful else cells[at], name, told)
    out = told.done()
    for code, n in seen.items():
        if n:
            fr, en = (text.format(n=n) for text in _NOTES[code])
            out.notes.append(Note(code, fr, en))
    return out


def sniff(head: bytes) -> float:
    """Sure by the names of the columns of station and time."""
    names = _names(_text.first_line(head))
    is_ours = _at(names, _STATIONS) is not None and _at(names, _TIMES) is not None
    return 1.0 if is_ours else 0.0


def _take(series: str, ts: int, cell: bytes, column: str, told: Told) -> None:
    try:
        value = number(cell, _COLDEST, _HOTTEST)
    except BadValueError as error:
        told.refuse(error, column)
        return
    if value is None:
        told.gap(column, ts)
    else:
        told.point(series, ts, value)


def _names(line: bytes) -> list[bytes]:
    return [name.strip().lower() for name in line.split(b";")]


def _at(names: Sequence[bytes], wanted: Sequence[bytes]) -> int | None:
    return next((names.index(name) for name in wanted if name in names), None)


@lru_cache(maxsize=4096)
def _place(cell: bytes) -> str:
    """The station's 8 digits. Raises BadValueError."""
    if not (cell.isdigit() and 7 <= len(cell) <= 8):
        raise BadValueError("bad_name", cell.decode("utf-8"), "NUM_POSTE")
    return cell.decode("ascii").zfill(8)


@lru_cache(maxsize=65_536)
def _instant(cell: bytes) -> tuple[int, bool]:
    """Seconds UTC, and whether it is a day. Raises BadValueError (bad_time)."""
    parts = [int(cell[i:j] or 0) for i, j in _PARTS] if _STAMP.fullmatch(cell) else [0, 0, 0]
    try:
        moment = datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]
    except ValueError:
        raise BadValueError("bad_time", cell.decode("utf-8"), "AAAAMMJJHH") from None
    return int(moment.timestamp()), len(cell) == _DAY
