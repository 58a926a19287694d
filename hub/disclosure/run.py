"""What one round of publication shares: clock, policy, what is still being computed, the count."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from hub.disclosure.audit import leaks
from hub.disclosure.cubes import Forest
from hub.disclosure.gate import withhold
from hub.disclosure.policy import Policy
from hub.disclosure.tables import Mask, Tables, Tree
from hub.model import Int64Array
from hub.periods import day_of, instant_of
from hub.store import publication as store
from hub.store.connection import Connection

_DAY = timedelta(days=1)
#: Area totals of today are added up once a minute: younger marks are the normal state. Those of
#: older days are added up at once, so any mark means that a sum is not whole.
_AREA_PATIENCE = timedelta(minutes=2)


@dataclass
class Run:
    """One round. ``waiting_...`` tell that something due was held back: it is still computed.

    ``held_at``: when readings last held back half-hours of today that were not looked at before.
    """

    conn: Connection
    now: datetime
    zone: ZoneInfo
    policy: Policy
    held_at: datetime | None = None
    count: int = 0
    waiting_days: bool = False
    waiting_half_hours: bool = False
    _ranges: list[tuple[datetime, datetime]] | None = field(default=None)

    def unfinished(self) -> list[tuple[datetime, datetime]]:
        """Ranges of readings not rolled up yet, merged."""
        if self._ranges is None:
            self._ranges = store.merged(store.unfinished(self.conn, self.now))
        return self._ranges

    def unfinished_days(self, measure: store.Measure, first: date, last: date) -> np.ndarray:
        """Which days of first..last are still being computed: readings or area totals.

        A reading closes the day before it and opens its own, so a day's neighbours count too.
        """
        held = np.zeros((last - first).days + 1, bool)
        marks = store.unfinished_areas(self.conn, measure.measure_id, self.now)
        spans = [(a, b) for a, b in marks]
        for start, end in self.unfinished():
            spans.append(
                (start.astimezone(self.zone).date() - _DAY, end.astimezone(self.zone).date() + _DAY)
            )
        for a, b in spans:
            low, high = max((a - first).days, 0), min((b - first).days + 1, len(held))
            held[low : max(high, low)] = True
        return held

    def unfinished_half_hours(self, starts: np.ndarray) -> np.ndarray:
        """In which half-hours (starts: seconds since 1970) readings are not rolled up yet.

        A reading at a boundary closes one half-hour and opens the next.
        """
        held = np.zeros(len(starts), bool)
        for begin, end in self.unfinished():
            held |= (starts <= end.timestamp()) & (starts + 1800 >= begin.timestamp())
        return held

    def areas_behind(self, measure: store.Measure, day: date) -> bool:
        """Whether a day's area totals lack what the households' have.

        Today's are added up once a minute, and there is always something to add: only marks from
        before the last time that readings held half-hours back count, or rather old ones.
        """
        marked_before = self.now
        if day >= day_of(self.now, measure.day_start, self.zone):
            marked_before = max(
                self.now - _AREA_PATIENCE, self.held_at or datetime.min.replace(tzinfo=UTC)
            )
        marks = store.unfinished_areas(self.conn, measure.measure_id, marked_before)
        return any(a <= day <= b for a, b in marks)

    def instant(self, day: date, measure: store.Measure) -> datetime:
        """When a local day of the measure's commodity begins."""
        return instant_of(day, measure.day_start, self.zone)

    def write(self, cells: list[store.Cell]) -> None:
        """Write figures and count them."""
        self.count += store.write(self.conn, cells)


def decide(tree: Tree, tables: Tables) -> Mask:
    """Which cells are withheld in the end: the gate's choice, or the whole table if it leaks."""
    hidden = withhold(tree, tables)
    leaking = leaks(tree, tables, hidden)
    hidden[leaking] = tables.filled[leaking]
    return hidden


def cells_of(
    forest: Forest,
    template: store.Cell,
    tables: Tables,
    row: int,
    shown: Mask,
    expected: Int64Array,
) -> list[store.Cell]:
    """The rows to write of one table: every area with somebody, its figure or None."""
    return [
        replace(
            template,
            area_id=area,
            amount=int(tables.amount[row, c]) if shown[c] else None,
            households=int(tables.homes[row, c]),
            expected=int(expected[c]),
        )
        for c, area in enumerate(forest.area_ids)
        if tables.filled[row, c]
    ]
