"""What the running release says already of one step, measure and tree."""

from __future__ import annotations

from datetime import date

import numpy as np

from hub.disclosure.cubes import Forest
from hub.disclosure.run import Run
from hub.disclosure.tables import Mask
from hub.store import publication as store


class Written:
    """Which cells are figures, by period: first day, or a half-hour's start in seconds."""

    def __init__(self, columns: int) -> None:
        self._nothing = np.zeros(columns, bool)
        self._shown: dict[date | int, Mask] = {}

    @classmethod
    def read(
        cls, run: Run, measure: store.Measure, forest: Forest, step: str, since: date
    ) -> Written:
        """Read what is published since a day."""
        found = cls(forest.tree.columns)
        column_of = {area: column for column, area in enumerate(forest.area_ids)}
        rows = store.written(run.conn, measure.measure_id, step, since)
        for area, period, start, published in rows:
            if area in column_of:
                key = int(start.timestamp()) if step == "30min" else period
                mask = found._shown.setdefault(key, found._nothing.copy())
                mask[column_of[area]] = published
        return found

    def seen(self, key: date | int) -> bool:
        """Whether the table was written."""
        return key in self._shown

    def shown(self, key: date | int) -> Mask:
        """Which of its cells are figures, shape (columns,)."""
        return self._shown.get(key, self._nothing)

    def frozen(self, key: date | int) -> bool:
        """Whether one of its cells is a figure: then the table stands as it is."""
        return bool(self.shown(key).any())

    def note(self, key: date | int, shown: Mask) -> None:
        """Remember what is being written now."""
        self._shown[key] = shown
