"""Days, then months, then years of one measure and tree: each binds the next."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np

from hub.disclosure import due
from hub.disclosure.cubes import DayCube, Forest, day_cube, day_tables, known_from_days, long_tables
from hub.disclosure.run import Run, cells_of, decide
from hub.disclosure.tables import Mask, Tables
from hub.disclosure.written import Written
from hub.periods import LongStep, floor_to, following, starts
from hub.store import publication as store

Period = tuple[date, date]


def publish_days_and_longer(run: Run, measure: store.Measure, forest: Forest) -> None:
    """Publish what is due of days, months and years."""
    last = due.last_day(run.now, run.zone)
    members = set(forest.area_ids)
    rows = [r for r in store.day_rows(run.conn, measure.measure_id) if r[0] in members]
    known_days = [r[1] for r in rows if r[1] <= last]
    if not known_days:
        return
    _Ladder(run, measure, day_cube(forest, rows, floor_to(min(known_days), "year"), last)).climb()


class _Ladder:
    """One measure and tree from days to years."""

    def __init__(self, run: Run, measure: store.Measure, cube: DayCube) -> None:
        self.run, self.measure, self.cube = run, measure, cube
        self.held = run.unfinished_days(measure, cube.first, cube.day(cube.days - 1))
        self.written = {
            step: Written.read(run, measure, cube.forest, step, cube.first)
            for step in ("day", "month", "year")
        }
        for i in range(cube.days):
            cube.shown[i] = self.written["day"].shown(cube.day(i))

    def climb(self) -> None:
        """Days bind months, both bind years."""
        self._days()
        self._longer("month", due.end_of_months(self.run.now, self.run.zone), {})
        months = {
            start: self.written["month"].shown(start) | known_from_days(self.cube, start, end)
            for start, end in self._complete("month", self.cube.day(self.cube.days))
        }
        self._longer("year", due.end_of_years(self.run.now, self.run.zone), months)

    def _days(self) -> None:
        cube, written = self.cube, self.written["day"]
        someone = cube.homes[:, cube.forest.root] > 0
        candidates = [
            i for i in np.flatnonzero(someone & ~cube.shown.any(axis=1))
            if not self._within_frozen(cube.day(int(i)), ("month", "year"))
        ]  # fmt: skip
        free = np.array(candidates, np.intp)
        self.run.waiting_days |= bool(self.held[free].any())
        chosen = free[~self.held[free]]
        tables = day_tables(cube, self.run.policy, chosen)
        shown = tables.filled & ~decide(cube.forest.tree, tables)
        cells: list[store.Cell] = []
        published: list[date] = []
        for row, index in enumerate(chosen):
            day = cube.day(int(index))
            if written.seen(day) and not shown[row].any():
                continue
            cube.shown[index] = shown[row]
            written.note(day, shown[row])
            if shown[row].any():
                published.append(day)
            span = (day, following(day, "day"))
            cells += self._cells("day", span, tables, row, shown[row])
        self.run.write(cells)
        # Longer periods add up what was published, whatever comes in later.
        areas = cube.forest.area_ids
        store.keep_basis(self.run.conn, self.measure.measure_id, areas, published)

    def _longer(self, step: LongStep, end: date, months: Mapping[date, Mask]) -> None:
        cube, written = self.cube, self.written[step]
        wanted = [p for p in self._complete(step, end) if self._may(step, p)]
        tables = long_tables(cube, self.run.policy, step, wanted, months)
        shown = tables.filled & ~decide(cube.forest.tree, tables)
        cells: list[store.Cell] = []
        for row, span in enumerate(wanted):
            if written.seen(span[0]) and not shown[row].any():
                continue
            written.note(span[0], shown[row])
            cells += self._cells(step, span, tables, row, shown[row])
        self.run.write(cells)

    def _complete(self, step: LongStep, end: date) -> list[Period]:
        """Closed periods in which the whole area has somebody on every day."""
        cube = self.cube
        someone = cube.homes[:, cube.forest.root] > 0
        limit = min(end, cube.day(cube.days))
        found = [(s, following(s, step)) for s in starts(cube.first, limit, step)]
        return [
            (a, b) for a, b in found
            if b <= limit and someone[cube.index(a) : cube.index(b)].all()
        ]  # fmt: skip

    def _may(self, step: LongStep, period: Period) -> bool:
        """Whether the period is open: not frozen, nor a part of what is, and its days are done."""
        start, end = period
        if self.written[step].frozen(start):
            return False
        if step == "month" and self._within_frozen(start, ("year",)):
            return False
        part = slice(self.cube.index(start), self.cube.index(end))
        if self.held[part].any():
            self.run.waiting_days = True
            return False
        days = (self.cube.day(i) for i in range(part.start, part.stop))
        return all(self.written["day"].seen(day) for day in days)

    def _within_frozen(self, day: date, longer: tuple[LongStep, ...]) -> bool:
        return any(self.written[step].frozen(floor_to(day, step)) for step in longer)

    def _cells(
        self, step: LongStep, period: Period, tables: Tables, row: int, shown: Mask
    ) -> list[store.Cell]:
        start, end = (self.run.instant(day, self.measure) for day in period)
        part = slice(*(self.cube.index(day) for day in period))
        template = store.Cell(0, self.measure.measure_id, step, start, end, period[0], None, 0, 0)
        expected = self.cube.expected[part].max(axis=0)
        return cells_of(self.cube.forest, template, tables, row, shown, expected)
