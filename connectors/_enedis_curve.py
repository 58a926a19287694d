"""Load curves of Enedis: mean power over a step, or between two stamps, as energy; days too."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from connectors import _enedis_days, _stamps
from connectors import _enedis_steps as steps_of
from connectors._enedis_layout import UNITS, Block
from connectors._enedis_quality import quality
from connectors._rows import Mask, Rows
from connectors._text import Column, fold
from connectors._time import duration_seconds
from connectors._units import BadValueError
from hub.model import TOTAL, ChannelKey, Decoded, Flow, Gap, Int64Array, Note, PeriodClass, Series

#: From this length on an interval is no longer a curve's, seconds.
_LONGEST = 23 * 3600
#: Highest power that is believed, mW (100 GW): times a day it is still far from int64's end.
_HIGHEST = 10**14
#: What a header calls the energies of days, folded, and registers.
_DAILY, _INDEX = re.compile("quotidien|journali"), re.compile(r"\bindex\b")


@dataclass(frozen=True, slots=True)
class Curve:
    """Whose curve it is, and which columns say what; None where there is no such column.

    given: the step that the header states, seconds; 0: none, -1: what is no curve. daily: whether
    the source says that energies without a step are those of days.
    """

    device: str
    flow: Flow
    unit: str
    value: int
    stamp: int = 0
    end: int | None = None
    step: int | None = None
    nature: int | None = None
    likelihood: int | None = None
    given: int = 0
    daily: bool = False


def decode(lines: Sequence[bytes], block: Block, device: str, zone: str, into: Decoded) -> None:
    """Add the rows of a table to ``into``: ``stamp;value`` or ``start;end;value``."""
    pair = block.pair
    at = next((i for i, name in enumerate(block.columns) if name.startswith("val")), 1 + pair)
    names = ["Horodate", *[""] * (at - 1), "Valeur"]
    if pair:
        names[:2] = "Début", "Fin"
    rows = Rows.of(lines, block.rows, names, block.skip)
    end = 1 if pair else None
    kind = fold(block.say("type de donnees"))
    given = -1 if _INDEX.search(kind) else step_seconds(block.say("pas en minutes"))
    daily = bool(_DAILY.search(kind))
    curve = Curve(device, block.flow, block.unit or "w", at, end=end, given=given, daily=daily)
    add(rows, curve, zone, into)


def add(rows: Rows, curve: Curve, zone: str, into: Decoded) -> None:
    """Add ``rows`` of one curve to ``into``."""
    factor, power = UNITS[curve.unit]
    value, said = rows.amounts(curve.value, factor)
    rows.refuse(said & (value > _HIGHEST), "out_of_range", curve.value)
    if curve.end is not None:
        start, seconds, days = _pair(rows, curve.stamp, curve.end, power, zone)
    else:
        start, seconds, days = _stamped(rows, curve, power, zone, into)
    ends = curve.stamp if curve.end is None else curve.end
    rows.refuse(said & (seconds == 0), "unknown_step", ends)
    empty, good = rows.good & ~said, rows.good & said
    into.gaps += [
        Gap(line, at, at + length) if length else Gap(line)
        for line, at, length in zip(
            rows.line[empty].tolist(), start[empty].tolist(), seconds[empty].tolist(), strict=True
        )
    ]
    into.rejects += rows.rejects()
    amount = value * seconds // 3600 if power else value
    periods: tuple[tuple[PeriodClass, Mask], ...] = ("day", good & days), ("", good & ~days)
    for period, taken in periods:
        if taken.any():
            key = ChannelKey(
                curve.device, "electricity", curve.flow, "energy", TOTAL, "interval", period=period
            )
            columns = (start[taken], amount[taken], seconds[taken], rows.line[taken])
            into.series.append(Series(key, *columns, quality=_quality(rows, curve, taken)))


def _pair(
    rows: Rows, first: int, second: int, power: bool, zone: str
) -> tuple[Int64Array, Int64Array, Mask]:
    """Start and length (0: not to be known) of rows that say both ends, and which are days."""
    start, end = rows.times(first, zone), rows.times(second, zone)
    seconds = end - start
    days = np.zeros(len(start), bool) if power else _enedis_days.paired(start, end, zone)
    fit = rows.good & (seconds > 0) & (days | (seconds < _LONGEST))
    return start, np.where(fit, seconds, 0), days


def _stamped(
    rows: Rows, curve: Curve, power: bool, zone: str, into: Decoded
) -> tuple[Int64Array, Int64Array, Mask]:
    """Start and length (0: not to be known) of rows with one stamp, and which are days.

    What is no day is placed by label and steps found. Powers are never those of days.
    """
    stamps = rows.cells[curve.stamp]
    ts, states = _stamps.instants(stamps, zone)
    rows.refuse(states == _stamps.BAD, "bad_time", curve.stamp)
    rows.refuse(states == _stamps.AMBIGUOUS, "ambiguous_time", curve.stamp)
    given = np.full(len(ts), curve.given, np.int64)
    if curve.step is not None:
        given = each(rows.cells[curve.step], step_seconds)
    days = np.zeros(len(ts), bool)
    if not power:
        days, begins, lengths = _enedis_days.dated(stamps, given, curve.daily, zone)
    given = np.where(np.isin(given, steps_of.STEPS), given, 0)
    start, seconds, notes = placed(ts, (states == _stamps.OK) & ~days, given, zone)
    into.notes += notes
    if days.any():
        rows.refuse(days & (lengths == 0), "bad_time", curve.stamp)
        start, seconds = np.where(days, begins, start), np.where(days, lengths, seconds)
    return start, seconds, days


def placed(
    ts: Int64Array, timed: Mask, given: Int64Array, zone: str
) -> tuple[Int64Array, Int64Array, list[Note]]:
    """Start and length of the interval that each stamp stands for, and how that was decided.

    timed: where ``ts`` is known. given: the step that the source states, seconds, or 0. A length
    is 0 where it cannot be known.
    """
    seconds = np.zeros(len(ts), np.int64)
    times, first, place = _sorted(ts[timed])
    if not len(times):
        return ts, seconds, []
    stated = given[timed][first]
    usual = int(np.bincount(stated).argmax())
    wall = _stamps.local(times, zone)
    label = steps_of.label(times, wall, usual)
    seconds[timed] = steps_of.steps(times, wall, label.end, stated)[place]
    notes = _told(label, wall, seconds[seconds > 0], usual)
    return (ts - seconds if label.end else ts), seconds, notes


def _sorted(ts: Int64Array) -> tuple[Int64Array, Int64Array, Int64Array]:
    """The different ``ts``, ascending, where each is first, and the place of each of ``ts``."""
    if (ts[1:] > ts[:-1]).all():  # as in most files
        order = np.arange(len(ts))
        return ts, order, order
    times, first, place = np.unique(ts, return_index=True, return_inverse=True)
    return times, first, place


def each(cells: Column, read: Callable[[str], int]) -> Int64Array:
    """What ``read`` makes of each cell, asked once for each text that there is."""
    if len(cells) and cells.constant:
        return np.full(len(cells), read(cells[0].decode("utf-8")), np.int64)
    texts = list(cells)
    known = {text: read(text.decode("utf-8")) for text in set(texts)}
    return np.fromiter(map(known.__getitem__, texts), np.int64, len(texts))


def _quality(rows: Rows, curve: Curve, taken: Mask) -> Int64Array | None:
    nature, likelihood = (
        rows.cells[at] if at is not None else None for at in (curve.nature, curve.likelihood)
    )
    if nature is None and likelihood is None:
        return None
    codes = each(nature, quality) if nature is not None else np.zeros(len(rows.line), np.int64)
    if likelihood is not None:
        doubts = each(likelihood, lambda told: quality("", told))
        codes = np.where(codes == 0, doubts, codes)
    return codes[taken]


def step_seconds(told: str) -> int:
    """A step as sources state it, "PT30M", "P1D" or minutes, in seconds.

    0 where none is told, -1 for what is no step of a curve, nor a day.
    """
    text = told.strip()
    if text.isascii() and text.isdigit() and len(text) < 5:
        text = f"PT{text}M"
    try:
        seconds = duration_seconds(text, 0, "UTC")
    except BadValueError:
        return -1 if text else 0
    return seconds if seconds in (*steps_of.STEPS, _enedis_days.DAY) else -1


def _told(label: steps_of.Label, wall: Int64Array, seconds: Int64Array, given: int) -> list[Note]:
    """How label and steps were decided, for the report."""
    first, last = (str(np.datetime64(int(wall[i]), "s"))[11:16] for i in (0, -1))
    side_fr, side_en = ("la FIN", "the END") if label.end else ("le DÉBUT", "the START")
    why_fr = "d'après le premier ou le dernier" if label.told else "usage pour ce pas"
    why_en = "told by the first or the last" if label.told else "usual for this step"
    by_fr, by_en = (
        ("le fichier", "the file") if given else ("l'écart des lignes", "the rows' distance")
    )
    lengths, counts = np.unique(seconds, return_counts=True)
    parts = [
        f"{length // 60} min x {n}"
        for length, n in zip(lengths.tolist(), counts.tolist(), strict=True)
    ]
    listed = ", ".join(parts) or "?"
    return [
        Note(
            "label",
            f"l'horodate est {side_fr} du pas (premier {first}, dernier {last} ; {why_fr})",
            f"stamps are {side_en} of their step (first {first}, last {last}; {why_en})",
        ),
        Note("step", f"pas d'après {by_fr} : {listed}", f"steps by {by_en}: {listed}"),
    ]
