"""The area worker: drains what the household step marked."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping

import numpy as np
import psycopg

from hub.clock import days
from hub.rollup.areas import Membership, area_days, with_ancestors
from hub.rollup.columns import Int64Array
from hub.rollup.places import NOBODY, Places, places
from hub.rollup.registry import Stream
from hub.store import rollup_areas as store
from hub.store import rollup_work as queue
from hub.store.connection import Connection, zone_of
from hub.store.rollup_areas import DirtyArea
from hub.store.rollup_bulk import BulkReader

#: Household rows held at once.
_ROWS = 20_000
#: Marks of one measure further apart than this are summed apart.
_APART = 7

log = logging.getLogger("hub.rollup")

#: Number of a measure -> (stream, seconds of its day start).
_Totals = Mapping[int, tuple[Stream, int]]


def drain_areas(conn: Connection, bulk: BulkReader, zone: str) -> int:
    """Sum all that waits or was set aside, in the transaction of ``conn``; number of marks done.

    Raises what fails, with nothing done.
    """
    marks = store.dirty_areas(conn, set_aside=True)
    if marks:
        totals, known = store.totals(conn), places(conn)
        for group in _groups(marks):
            _sum_group(conn, bulk, zone, totals, known, group)
    return len(marks)


class AreaWorker:
    """Sums on one connection (autocommit on, idle between calls). Not for several threads.

    What the registry says of everyone is remembered from one round to the next.
    """

    def __init__(self, conn: Connection, bulk: BulkReader) -> None:
        self._conn = conn
        self._bulk = bulk
        self._zone = zone_of(conn)
        self._places: Places | None = None

    def drain(self, wanted: Callable[[DirtyArea], bool] | None = None) -> int:
        """Sum what waits, a measure's neighbouring days a transaction; number of marks done.

        wanted: which marks; the others stay. Marks of what changes meanwhile are newer than the
        registry and the marks taken here: they have the same days summed again.
        """
        with queue.snapshot(self._conn):
            marks = [m for m in store.dirty_areas(self._conn) if wanted is None or wanted(m)]
            if not marks:
                return 0
            totals = store.totals(self._conn)
            self._places = known = places(self._conn, self._places)
        return sum(self._attempt(totals, known, group) for group in list(_groups(marks)))

    def _attempt(self, totals: _Totals, known: Places, marks: list[DirtyArea]) -> int:
        """Sum marks of one measure; number done. Where that fails, the halves one by one.

        So that one mark that cannot be summed takes no other along. Raises OperationalError, with
        nothing counted, where it was the server that failed.
        """

        def transaction() -> None:
            with queue.snapshot(self._conn):
                _sum_group(self._conn, self._bulk, self._zone, totals, known, marks)

        try:
            queue.past_clashes(transaction)
        except psycopg.OperationalError:
            raise
        except Exception as error:
            halves = _halves(marks)
            if not halves:
                log.exception("%s failed", marks[0])
                store.remember_area_failure(self._conn, marks, f"{type(error).__name__}: {error}")
            return sum(self._attempt(totals, known, half) for half in halves)
        return len(marks)


def _groups(marks: Iterable[DirtyArea]) -> Iterator[list[DirtyArea]]:
    """Marks of one measure with days near each other."""
    by_measure: dict[int, list[DirtyArea]] = {}
    for mark in marks:
        by_measure.setdefault(mark.measure, []).append(mark)
    for found in by_measure.values():
        group: list[DirtyArea] = []
        end = 0
        for mark in sorted(found, key=lambda m: m.first):
            if group and mark.first > end + _APART:
                yield group
                group = []
            end = max(end, mark.last) if group else mark.last
            group.append(mark)
        yield group


def _halves(marks: list[DirtyArea]) -> list[list[DirtyArea]]:
    """The marks in two parts; none where they are of one area and the same days."""
    keys = sorted({_key(mark) for mark in marks})
    if len(keys) == 1:
        return []
    middle = keys[len(keys) // 2]
    return [[m for m in marks if (_key(m) < middle) is lower] for lower in (True, False)]


def _key(mark: DirtyArea) -> tuple[int, int, int]:
    return mark.first, mark.last, mark.area


def _sum_group(
    conn: Connection, bulk: BulkReader, zone: str, totals: _Totals, known: Places,
    marks: list[DirtyArea],
) -> None:  # fmt: skip
    """Sum what the marks of one measure cover, with the areas above, and remove them."""
    measure = marks[0].measure
    areas = sorted(with_ancestors({mark.area for mark in marks}, known.parent))
    first, last = min(m.first for m in marks), max(m.last for m in marks)
    if measure in totals:
        _sum(conn, bulk, measure, totals[measure], areas, first, last, known, zone)
    store.finish_areas(conn, marks, areas, first, last)


def _sum(
    conn: Connection,
    bulk: BulkReader,
    measure: int,
    total: tuple[Stream, int],
    areas: list[int],
    first: int,
    last: int,
    known: Places,
    zone: str,
) -> None:
    stream, day_start = total
    daily = _members(known.daily.get(stream, NOBODY), areas)
    half_hourly = _members(known.half_hourly.get(stream, NOBODY), areas)
    homes = np.unique(np.concatenate([daily[:, 0], half_hourly[:, 0]]))
    step = max(_ROWS // max(len(homes), 1), 1)
    for begin in range(first, last + 1, step):
        end = min(begin + step - 1, last)
        span = np.arange(begin, end + 1)
        start, stop = days(zone, day_start).bounds(span)
        rows = store.home_rows(conn, bulk, measure, homes.tolist(), begin, end)
        sums = area_days(
            rows,
            _within(daily, homes, begin, end),
            _within(half_hourly, homes, begin, end),
            stop - start,
            len(areas),
        )
        store.write_area_days(conn, areas, measure, begin, stop - start, sums)
    store.write_area_months(conn, areas, measure, first, last)


def _members(table: Int64Array, areas: list[int]) -> Int64Array:
    """Lines of those in the areas, with the place in ``areas`` (ascending) for the area."""
    number = np.array(areas, dtype=np.int64)
    index = np.minimum(np.searchsorted(number, table[:, 1]), len(number) - 1)
    mine = np.flatnonzero(number[index] == table[:, 1])
    found = table[mine]
    found[:, 1] = index[mine]
    return found


def _within(table: Int64Array, homes: Int64Array, begin: int, end: int) -> Membership:
    rows = table[(table[:, 2] <= end) & (table[:, 3] >= begin)]
    return Membership(
        np.searchsorted(homes, rows[:, 0]),
        rows[:, 1],
        np.maximum(rows[:, 2], begin) - begin,
        np.minimum(rows[:, 3], end) - begin,
    )
