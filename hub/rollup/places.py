"""Who is expected in which area or club, and when. Remembered until the registry changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from hub.rollup.areas import ancestors
from hub.rollup.columns import Int64Array
from hub.rollup.registry import (
    AREA_TOTALS,
    DAILY,
    HALF_HOURLY,
    ConsentRow,
    Share,
    Stream,
    expected_days,
    shares,
)
from hub.store import rollup_areas as store
from hub.store import rollup_registry
from hub.store.connection import Connection
from hub.store.rollup_areas import Place
from hub.store.rollup_registry import Version

_Ranges = dict[Stream, list[tuple[int, int, int, int]]]


@dataclass(frozen=True, slots=True)
class Places:
    """What the registry of one version says. parent: area -> the one above it.

    By stream, (household, area, first day, last day) of everyone expected in daily sums and in
    half-hours, as lines of a table.
    """

    version: Version
    parent: Mapping[int, int | None]
    daily: Mapping[Stream, Int64Array]
    half_hourly: Mapping[Stream, Int64Array]


NOBODY = np.zeros((0, 4), dtype=np.int64)


def places(conn: Connection, known: Places | None = None) -> Places:
    """The places on this snapshot; ``known`` itself where the registry has not changed since.

    In a whole city finding them anew takes many seconds, asking for the version a moment.
    """
    version = rollup_registry.version(conn)
    if known is not None and known.version == version:
        return known
    parent = store.tree(conn)
    registry = rollup_registry.whole_registry(conn)
    parts = list(shares(registry))
    codes, members = store.club_places(conn)
    by_dwelling = _by_member(store.dwelling_places(conn))
    by_household = _by_member(members)
    consents: dict[int, list[ConsentRow]] = {}
    for consent in registry.consents:
        consents.setdefault(consent.household, []).append(consent)
    # Shares are united per area, so that a home of two areas below counts once above.
    above: dict[int, list[Share]] = {}
    for area, found in _placed(parts, [part.dwelling for part in parts], by_dwelling).items():
        for one in ancestors(parent, area):
            above.setdefault(one, []).extend(found)
    daily: _Ranges = {}
    half_hourly: _Ranges = {}
    for into, granularities in ((daily, DAILY), (half_hourly, HALF_HOURLY)):
        for area, found in above.items():
            _add(into, area, found, consents, AREA_TOTALS, granularities)
        in_clubs = _placed(parts, [part.household for part in parts], by_household)
        for club, found in in_clubs.items():
            if club in codes:
                _add(into, club, found, consents, f"club:{codes[club]}", granularities)
    return Places(version, parent, _tables(daily), _tables(half_hourly))


def _by_member(found: Iterable[Place]) -> dict[int, list[Place]]:
    by_member: dict[int, list[Place]] = {}
    for place in found:
        by_member.setdefault(place.member, []).append(place)
    return by_member


def _placed(
    parts: Sequence[Share], members: Sequence[int], by_member: dict[int, list[Place]]
) -> dict[int, list[Share]]:
    """Shares by the area (or club) of their member, within the days it is there."""
    found: dict[int, list[Share]] = {}
    for part, member in zip(parts, members, strict=True):
        for place in by_member.get(member, ()):
            first, last = max(part.first, place.first), min(part.last, place.last)
            if first <= last:
                cut = (first, last) != (part.first, part.last)
                mine = replace(part, first=first, last=last) if cut else part
                found.setdefault(place.area, []).append(mine)
    return found


def _add(
    into: _Ranges, area: int, parts: list[Share], consents: dict[int, list[ConsentRow]],
    purpose: str, granularities: frozenset[str],
) -> None:  # fmt: skip
    theirs = (c for home in {part.household for part in parts} for c in consents.get(home, ()))
    for (home, stream), ranges in expected_days(parts, theirs, purpose, granularities).items():
        into.setdefault(stream, []).extend((home, area, a, b) for a, b in ranges)


def _tables(found: _Ranges) -> dict[Stream, Int64Array]:
    return {stream: np.array(rows, dtype=np.int64) for stream, rows in found.items()}
