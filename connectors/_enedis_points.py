"""Load curves and energies of days as Enedis's services tell them: points of value and stamp."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

import numpy as np

from connectors import _enedis_curve
from connectors._enedis_curve import Curve
from connectors._enedis_layout import UNITS
from connectors._rows import Rows
from connectors._text import Column, fold
from hub.model import Decoded, Flow

#: What a point tells, in this order: stamp, value, step, nature, likelihood.
Point = tuple[object, object, object, object, object]


def add(
    points: Sequence[Point],
    names: Sequence[str],
    device: str,
    flow: Flow,
    unit: str,
    zone: str,
    into: Decoded,
    *,
    daily: bool = False,
) -> None:
    """Add ``points``, the next rows of ``into``, as one curve; ``names`` of their fields.

    unit: as written, W, kW, Wh or kWh; points in any other are refused. daily: whether energies
    without a step are those of days.
    """
    first = into.rows + 1
    into.rows += len(points)
    if not points:
        return
    line = np.arange(first, first + len(points), dtype=np.int64)
    rows = Rows(line, [_column([point[i] for point in points]) for i in range(5)], names)
    known = fold(unit) in UNITS
    if not known:
        rows.refuse(rows.good, "bad_unit", 1)
    told = fold(unit) if known else "w"
    curve = Curve(device, flow, told, 1, step=2, nature=3, likelihood=4, daily=daily)
    refused = len(into.rejects)
    _enedis_curve.add(rows, curve, zone, into)
    into.rejects[refused:] = [replace(reject, line=None) for reject in into.rejects[refused:]]


def _column(values: Sequence[object]) -> Column:
    cells = [_cell(value) for value in values]
    ends = np.fromiter(accumulate(map(len, cells)), np.int64, len(cells))
    return Column(b"".join(cells), np.concatenate(([0], ends[:-1])), ends)


def _cell(value: object) -> bytes:
    """A value as a cell of a table; what is neither a text nor a number is no value of any."""
    if value is None:
        return b""
    if isinstance(value, str):
        return value.strip().replace("\0", "\ufffd").encode("utf-8", "replace")
    return repr(value).encode("utf-8", "replace")[:80] if type(value) in (int, float) else b"?"
