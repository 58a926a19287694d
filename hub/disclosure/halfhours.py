"""Half-hours of one measure and tree: households wholly measured in them, rounded."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import groupby

import numpy as np

from hub.disclosure import due
from hub.disclosure.cubes import Forest, SlotRow, slot_tables
from hub.disclosure.policy import flow_class, rounded, rounding
from hub.disclosure.run import Run, cells_of, decide
from hub.disclosure.written import Written
from hub.periods import HALF_HOUR, day_of
from hub.store import publication as store

_DAY = timedelta(days=1)


def publish_half_hours(
    run: Run, measure: store.Measure, forest: Forest, since: datetime | None
) -> None:
    """Publish the half-hours that are due, of the days served; only those after ``since``."""
    grain = rounding(measure.quantity, measure.flow)
    if grain is None:
        return
    today = day_of(run.now, measure.day_start, run.zone)
    first = today - timedelta(days=_served_days(run, measure, forest, today))
    if since is not None:
        first = max(first, day_of(since, measure.day_start, run.zone))
    members = set(forest.area_ids)
    found = store.slot_rows(run.conn, measure.measure_id, first, today)
    rows = sorted((r for r in found if r[0] in members), key=lambda r: r[1])
    written = Written.read(run, measure, forest, "30min", first)
    cells: list[store.Cell] = []
    for day, of_day in groupby(rows, key=lambda r: r[1]):
        cells += _day_cells(run, measure, forest, written, grain, day, list(of_day))
    run.write(cells)


def _served_days(run: Run, measure: store.Measure, forest: Forest, today: date) -> int:
    kind = forest.kinds[forest.root]
    return run.policy.rule("30min", flow_class(measure.flow), kind, today).served_days or 0


def _day_cells(
    run: Run,
    measure: store.Measure,
    forest: Forest,
    written: Written,
    grain: int,
    day: date,
    rows: list[SlotRow],
) -> list[store.Cell]:
    """The rows to write of one day's half-hours."""
    start, end = run.instant(day, measure), run.instant(day + _DAY, measure)
    first = int(start.timestamp())
    starts = np.arange(first, int(end.timestamp()), 1800)
    found = slot_tables(forest, run.policy, day, len(starts), rows)
    is_due = starts + 1800 <= due.last_half_hour(run.now).timestamp()
    someone = found.tables.homes[:, forest.root] > 0
    frozen = np.array([written.frozen(int(s)) for s in starts])
    open_slots = is_due & someone & ~frozen
    if not open_slots.any():
        return []
    if run.areas_behind(measure, day):
        run.waiting_half_hours = True
        return []
    held = open_slots & run.unfinished_half_hours(starts)
    if held.any():
        run.waiting_half_hours = True
        if not all(written.seen(int(s)) for s in starts[held]):
            run.held_at = run.now
    chosen = np.flatnonzero(open_slots & ~held)
    tables = found.tables.rows(chosen)
    shown = tables.filled & ~decide(forest.tree, tables)
    public = replace(tables, amount=rounded(tables.amount, grain))
    cells = []
    for row, slot in enumerate(chosen):
        begin = datetime.fromtimestamp(int(starts[slot]), UTC)
        if written.seen(int(starts[slot])) and not shown[row].any():
            continue
        template = store.Cell(
            0, measure.measure_id, "30min", begin, begin + HALF_HOUR, day, None, 0, 0
        )
        cells += cells_of(forest, template, public, row, shown[row], found.expected[slot])
    return cells
