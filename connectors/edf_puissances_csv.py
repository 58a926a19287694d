"""EDF customer account, "mes-puissances-atteintes-30min": the load curve of a Linky.

Source: suiviconso.edf.fr, one file of the ZIP of all data; written from documentation (programs
    that read it): no real file was at hand.
Device: the file tells none: a usage point must be given.
Units: mean W over the half hour -> energy mWh = W x 1000 x seconds / 3600, floored.
Label: END of the half hour; 00:00 below a day is the end of that day.
Zone: local; the October hour by the order of the rows.
Cadence: 30 min; the newest day first, and in it the newest half hour first.
Traps: the day is on a row of its own ("21/11/2026;;"); 00:00 is the first row below its day and
    its last half hour (F1); half hours come twice, with other values too: both are told; rows at
    other minutes than :00 and :30 are rejected (F2: their step is unknown); mean W is not Wh (T7);
    Windows-1252.

Layout, ";"-separated:
    Récapitulatif de mes puissances atteintes en W
    (empty)
    Date et heure de relève par le distributeur;Puissance atteinte (W);Nature de la donnée
    21/11/2026;;
    00:00:00;1122;Réelle
    23:30:00;1184;Estimée
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from connectors import _enedis_curve, _stamps, _text
from connectors._enedis_quality import quality
from connectors._rows import Rows
from hub.model import TOTAL, ChannelKey, Context, Decoded, DecodeError, Gap, Int64Array, Series

NAME = "edf_puissances_csv"
LABELS = {"interval": "end"}
DEVICE = "usage_point"
TOPICS: tuple[str, ...] = ()

_DAY = 86_400
_STEP = 1800
#: Lines among which the header is looked for.
_TOP = 20
_DATE = re.compile(rb"\s*(\d\d/\d\d/\d{4})[;\s]*")
_NAMES = ("Date et heure de relève", "Puissance atteinte (W)", "Nature de la donnée")


def decode(payload: bytes, ctx: Context) -> Decoded:
    """Every half hour. Raises DecodeError: not text, not this format, no usage point."""
    lines = _text.lines(payload)
    head = next((i for i, line in enumerate(lines[:_TOP]) if _is_header(line)), None)
    if head is None:
        raise DecodeError("not_this_format", connector=NAME, error=f"{';'.join(_NAMES)} ?")
    if not ctx.device:
        raise DecodeError("missing_usage_point")
    data, days = _under_days(lines, head + 1)
    rows = Rows.of(lines, data, _NAMES)
    into = Decoded(rows=len(lines), lines=range(1, len(lines) + 1))
    end = _ends(rows, days, ctx.zone)
    value, said = rows.amounts(1, 1000)
    rows.refuse(said & (value > 10**14), "out_of_range", 1)
    empty, taken = rows.good & ~said, rows.good & said
    into.gaps = [
        Gap(row, at - _STEP, at)
        for row, at in zip(rows.line[empty].tolist(), end[empty].tolist(), strict=True)
    ]
    into.rejects = rows.rejects()
    key = ChannelKey(ctx.device, "electricity", "consumption", "energy", TOTAL, "interval")
    if taken.any():
        seconds = np.full(np.count_nonzero(taken), _STEP, np.int64)
        codes = _enedis_curve.each(rows.cells[2], quality)[taken]
        amount = value[taken] * _STEP // 3600
        line = rows.line[taken]
        into.series.append(Series(key, end[taken] - _STEP, amount, seconds, line, codes))
    into.ignored = into.rows - len(data)
    return into


def sniff(head: bytes) -> float:
    """Sure by the names of the first two columns."""
    return 1.0 if any(map(_is_header, _text.first_lines(head, _TOP))) else 0.0


def _is_header(line: bytes) -> bool:
    names = line.split(b";")
    return (
        len(names) > 1
        and _text.like(names[0], "date et heure de releve")
        and _text.like(names[1], "puissance atteinte (w)")
    )


def _under_days(lines: Sequence[bytes], start: int) -> tuple[list[int], list[bytes]]:
    """The lines that are half hours, and the day that each stands under; b"" before the first."""
    data, days, day = [], [], b""
    for i in range(start, len(lines)):
        if match := _DATE.fullmatch(lines[i]):
            day = match[1]
        elif lines[i].strip(b"; \t"):
            data.append(i)
            days.append(day)
    return data, days


def _ends(rows: Rows, days: Sequence[bytes], zone: str) -> Int64Array:
    """When each half hour ends; rows without a day, or not at a half hour, are refused."""
    clocks = [clock.strip() for clock in rows.cells[0]]
    cells = [day + b" " + clock for day, clock in zip(days, clocks, strict=True)]
    found = _stamps.written(cells)
    rows.refuse(~found.ok, "bad_time", 0)
    last = np.array([clock.startswith(b"00:00") for clock in clocks], bool)
    wall = np.where(last, found.wall + _DAY, found.wall)
    rows.refuse(wall % _STEP != 0, "unknown_step", 0)
    end, states = _stamps.utc(wall, zone)
    rows.refuse(states == _stamps.BAD, "bad_time", 0)
    rows.refuse(states == _stamps.AMBIGUOUS, "ambiguous_time", 0)
    return end
