"""Tempo, the colours of the days: blue, white, red, from five publishers.

Source: api-couleur-tempo.fr (dateJour, codeJour), RTE's tempoLight and "Tempo Like Supply
    Contract" (JSON) and its download (a table "Date", "Type de jour TEMPO"), EDF's calendars
    (date, couleur) and MyElectricalData ({day: colour}); one document, a list, or one a line.
Device: none: the context series ``tempo``.
Units: labels BLUE, WHITE, RED.
Label: the START of the Tempo day: the point of day D stands at 06:00 of D and holds until the next.
Zone: local. A stamp with an offset is the midnight of its local day.
Cadence: one a day; the colour of tomorrow is known at about 11:00.
Traps: the day's date is the calendar's, but its colour runs from 06:00 to 06:00 (F15): the hours
    before 06:00 have the colour of the day before. A colour not yet known (0, null, UNDEFINED,
    NON_DEFINI, "Inconnu") is a gap; so is one that RTE marks as fallback, which is not the one that
    was published. Keys come in any order, days without zeros ("2024-1-2").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from connectors import _text
from connectors._context import Told
from connectors._json import is_json, not_this, records
from connectors._time import at_local, local_day
from connectors._units import BadValueError
from hub.model import Context, Decoded, DecodeError

NAME = "tempo"
LABELS = {"context": "start"}
DEVICE = "none"
TOPICS: tuple[str, ...] = ()
SERIES = "tempo"

#: Hour of the wall clock at which a Tempo day begins.
_BEGINS = 6
_COLOURS = {
    **dict.fromkeys(("1", "blue", "bleu"), "BLUE"),
    **dict.fromkeys(("2", "white", "blanc"), "WHITE"),
    **dict.fromkeys(("3", "red", "rouge"), "RED"),
}
_UNKNOWN = frozenset({"0", "undefined", "unknown", "inconnu", "non_defini", "non_determine"})
_DAYS = ("dateJour", "start_date", "date", "dateApplication", "jour")
_TOLD = ("codeJour", "couleur", "value", "statut", "color", "libCouleur")
_WITHIN = ("tempo_like_calendars", "dates", "values", "content", "options", "calendrier", "results")
_FALLBACK = "-fallback"
#: Lists in lists: no publisher nests deeper.
_DEEPEST = 8
#: What the first cell of a row of the table begins with.
_DIGIT = re.compile(r"\d")
_SURE = re.compile(
    rb'"codeJour"\s*:|"tempo_like_calendars"\s*:|:\s*"TEMPO_(?:BLEU|BLANC|ROUGE)"'
    rb'|"\d{4}-\d{1,2}-\d{1,2}"\s*:\s*"(?:blue|white|red|bleu|blanc|rouge)"',
    re.IGNORECASE,
)


class _Day(NamedTuple):
    day: object
    colour: object
    column: str


#: A row: its line where it has one, and its day, why there is none, or None where it needs none.
_Row = tuple[int | None, _Day | DecodeError | None]


def decode(payload: bytes, ctx: Context) -> Decoded:
    """Every day. Raises DecodeError: neither JSON nor the table, or no day in it."""
    told = Told()
    rows = _table(payload) if _is_table(_text.first_line(payload[:4096])) else _json(payload, ctx)
    for line, said in rows:
        told.row(line)
        if isinstance(said, DecodeError):
            told.refuse(said)
        elif said is not None:
            try:
                _take(said, ctx.zone, told)
            except BadValueError as error:
                told.refuse(error, said.column)
    if all(reject.reason == "bad_time" for reject in told.out.rejects) and not (
        told.out.context or told.out.gaps
    ):
        raise not_this(NAME, "no day in it")
    return told.done()


def sniff(head: bytes) -> float:
    """Sure by the names and colours that the publishers use."""
    if is_json(head):
        return 1.0 if _SURE.search(head) else 0.0
    return 1.0 if _is_table(_text.first_line(head)) else 0.0


def _take(said: _Day, zone: str, told: Told) -> None:
    try:
        ts = at_local(local_day(said.day, zone), _BEGINS, zone)
    except BadValueError as error:
        error.column = "date"
        raise
    colour = said.colour
    name = _text.fold(str(colour)) if isinstance(colour, str | int) else ""
    name = name.removeprefix("tempo_")
    if colour is None or name in _UNKNOWN or (name in _text.NOTHING and isinstance(colour, str)):
        told.gap(said.column, ts)
    elif name in _COLOURS:
        told.point(SERIES, ts, label=_COLOURS[name])
    else:
        raise BadValueError("bad_name", colour)


def _json(payload: bytes, ctx: Context) -> Iterator[_Row]:
    for line, said in records(payload, ctx):
        if isinstance(said, DecodeError):
            yield line, said
        else:
            for day in _days(said, _DEEPEST):
                yield line, day


def _days(said: Any, deeper: int) -> Iterator[_Day | None]:
    """The days of a document, whatever they are wrapped in; None for those of another option."""
    if isinstance(said, dict) and not str(said.get("option", "TEMPO")).upper().startswith("TEMPO"):
        yield None
        return
    within = said if isinstance(said, list) else []
    if isinstance(said, dict):
        within = [said[name] for name in _WITHIN if isinstance(said.get(name), dict | list)]
    if within and deeper:
        for each in within:
            yield from _days(each, deeper - 1)
    elif not isinstance(said, dict):
        yield _Day(None, None, "date")
    elif field := next((name for name in _DAYS if name in said), ""):
        column = next((name for name in _TOLD if name in said), "couleur")
        yield _Day(said[field], _published(said, column, "fallback"), column)
    else:
        for day in said:
            if not day.endswith(_FALLBACK):
                yield _Day(day, _published(said, day, day + _FALLBACK), day)


def _published(said: dict[str, Any], column: str, fallback: str) -> object:
    """The colour; None where RTE says that it is not the published one."""
    return None if str(said.get(fallback, False)).casefold() == "true" else said.get(column)


def _is_table(line: bytes) -> bool:
    cells = line.split(b";")
    return len(cells) > 1 and _text.like(cells[1], "type de jour tempo")


def _table(payload: bytes) -> Iterator[_Row]:
    """RTE's download: tabs, Latin-1, a notice at the end."""
    for number, line in enumerate(_text.lines(payload), start=1):
        day, _, colour = line.decode("utf-8").rstrip("; ").partition(";")
        if _is_table(line) or not (colour or _DIGIT.match(day)):
            yield number, None
        else:
            yield number, _Day(day, colour, "Type de jour TEMPO")
