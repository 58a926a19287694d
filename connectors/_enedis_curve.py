"""Load curves of Enedis files: mean power over a step, or between two stamps, as energy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from connectors import _enedis_steps as steps_of
from connectors import _stamps
from connectors._enedis_layout import UNITS, Block
from connectors._rows import Rows
from hub.model import TOTAL, ChannelKey, Decoded, Gap, Int64Array, Note, Series

#: Longest interval that is still a curve, seconds.
_LONGEST = 23 * 3600
#: Highest power that is believed, mW (100 GW): times a day it is still far from int64's end.
_HIGHEST = 10**14


def decode(lines: Sequence[bytes], block: Block, device: str, zone: str, into: Decoded) -> None:
    """Add the rows of a curve to ``into``: ``stamp;value`` or ``start;end;value``."""
    pair = block.columns[0].startswith("d") and block.columns[1].startswith("f")
    at = next((i for i, name in enumerate(block.columns) if name.startswith("val")), 1 + pair)
    names = ["Horodate", *[""] * (at - 1), "Valeur"]
    if pair:
        names[:2] = "Début", "Fin"
    rows = Rows.of(lines, block.rows, names)
    factor, power = UNITS[block.unit or "w"]
    value, said = rows.amounts(at, factor)
    rows.refuse(said & (value > _HIGHEST), "out_of_range", at)
    start, seconds = _pair(rows, zone) if pair else _stamped(rows, block, zone, into)
    rows.refuse(said & (seconds == 0), "unknown_step", int(pair))
    empty, taken = rows.good & ~said, rows.good & said
    into.gaps += [
        Gap(line, at, at + length) if length else Gap(line)
        for line, at, length in zip(
            rows.line[empty].tolist(), start[empty].tolist(), seconds[empty].tolist(), strict=True
        )
    ]
    into.rejects += rows.rejects()
    amount = value * seconds // 3600 if power else value
    key = ChannelKey(device, "electricity", block.flow, "energy", TOTAL, "interval")
    if taken.any():
        into.series.append(
            Series(key, start[taken], amount[taken], seconds[taken], row=rows.line[taken])
        )


def _pair(rows: Rows, zone: str) -> tuple[Int64Array, Int64Array]:
    """Start and length (0: not to be known) of rows that say both ends."""
    start, end = rows.times(0, zone), rows.times(1, zone)
    seconds = end - start
    return start, np.where(rows.good & (seconds > 0) & (seconds <= _LONGEST), seconds, 0)


def _stamped(rows: Rows, block: Block, zone: str, into: Decoded) -> tuple[Int64Array, Int64Array]:
    """Start and length (0: not to be known) of rows with one stamp, by label and steps found."""
    ts, states = _stamps.instants(rows.cells[0], zone)
    timed = states == _stamps.OK
    rows.refuse(states == _stamps.BAD, "bad_time", 0)
    rows.refuse(states == _stamps.AMBIGUOUS, "ambiguous_time", 0)
    seconds = np.zeros(len(ts), np.int64)
    times, place = _sorted(ts[timed])
    if len(times):
        given = _given(block)
        wall = _stamps.local(times, zone)
        label = steps_of.label(times, wall, given)
        seconds[timed] = steps_of.steps(times, wall, label.end, given)[place]
        into.notes += _told(label, wall, seconds[seconds > 0], given)
        return (ts - seconds if label.end else ts), seconds
    return ts, seconds


def _sorted(ts: Int64Array) -> tuple[Int64Array, Int64Array]:
    """The different ``ts``, ascending, and the place of each; most files are in order already."""
    if (ts[1:] > ts[:-1]).all():
        return ts, np.arange(len(ts))
    times, place = np.unique(ts, return_inverse=True)
    return times, place


def _given(block: Block) -> int:
    minutes = block.say("pas en minutes").strip()
    step = int(minutes) * 60 if minutes.isascii() and minutes.isdigit() and len(minutes) < 4 else 0
    return step if step in steps_of.STEPS else 0


def _told(label: steps_of.Label, wall: Int64Array, seconds: Int64Array, given: int) -> list[Note]:
    """How label and steps were decided, for the report."""
    first, last = (str(np.datetime64(int(wall[i]), "s"))[11:16] for i in (0, -1))
    side_fr, side_en = ("la FIN", "the END") if label.end else ("le DÉBUT", "the START")
    why_fr = "d'après le premier ou le dernier" if label.told else "usage pour ce pas"
    why_en = "told by the first or the last" if label.told else "usual for this step"
    by_fr, by_en = (
        ("l'en-tête", "the header") if given else ("l'écart des lignes", "the rows' distance")
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
