"""Stamps of GRDF's JSON on the local wall clock."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from connectors import _stamps
from connectors._grdf import DAY, DAY_START


def walls(stamps: Sequence[object], zone: str) -> list[int | None]:
    """Each stamp as seconds since 1970-01-01 00:00 of the wall clock; None: not a time.

    06:00, and stamps without offset, are local as written: the portal stamps 06:00+00:00 and means
    06:00 local. A date is 06:00 of its day; any other stamp is what its offset says.
    """
    found = _stamps.written(_cells(stamps))
    as_written = found.naive | (found.wall % DAY == DAY_START)
    moved = _stamps.local(found.wall - found.offset, zone)
    dates = np.array([len(cell) == len("2026-11-21") for cell in _cells(stamps)], bool)
    wall = np.where(as_written, found.wall, moved) + np.where(dates, DAY_START, 0)
    return [at if ok else None for at, ok in zip(wall.tolist(), found.ok.tolist(), strict=True)]


def instants(stamps: Sequence[object], zone: str) -> list[int | None]:
    """Each stamp as seconds UTC, by its offset; None: not a time, or one of two."""
    ts, states = _stamps.instants(_cells(stamps), zone)
    return [
        at if state == _stamps.OK else None
        for at, state in zip(ts.tolist(), states.tolist(), strict=True)
    ]


def _cells(stamps: Sequence[object]) -> list[bytes]:
    return [str(stamp)[:40].encode("utf-8", "replace") for stamp in stamps]
