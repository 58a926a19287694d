"""Where an import changes what a device is assigned to, or what its counts are worth."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from hub.registry.planning import Plan
from hub.store.connection import Connection
from hub.store.registry import rows_as_dicts

_COMMODITIES = """
SELECT DISTINCT usage_point_id, commodity FROM usage_point WHERE usage_point_id = ANY(%s)"""

_Row = dict[str, Any]
_Pair = tuple[_Row, _Row]


@dataclass(frozen=True, slots=True)
class Shift:
    """A device's assignment between two local days (end exclusive) as it was and as it is."""

    connector: str
    ref: str
    old_point: int
    old_input: str
    old_pulse: str | None
    new_point: int
    new_input: str
    new_pulse: str | None
    start: str
    end: str

    @property
    def name(self) -> str:
        """The device as people know it."""
        return f"{self.connector}/{self.ref}"

    @property
    def is_move(self) -> bool:
        """Whether the device feeds another channel."""
        return (self.old_point, self.old_input) != (self.new_point, self.new_input)


def shifts(conn: Connection, plans: Iterable[Plan]) -> list[Shift]:
    """Where an old and a new row of one device hold on the same days and say different things."""
    found = []
    for plan in plans:
        if plan.table.name == "device":
            pairs = list(_pairs(plan))
            commodities = _commodities(conn, pairs)
            found += [_shift(*p) for p in pairs if _follows(p, pairs, commodities)]
    return found


def _pairs(plan: Plan) -> Iterator[_Pair]:
    """Old and new rows of one device that hold on some day both."""
    old = rows_as_dicts(plan.table, [o for o, _ in plan.changes if o is not None])
    new = rows_as_dicts(plan.table, [n for _, n in plan.changes if n is not None])
    by_device: dict[tuple[str, str], list[_Row]] = {}
    for row in new:
        by_device.setdefault((row["connector"], row["ref"]), []).append(row)
    for before in old:
        for after in by_device.get((before["connector"], before["ref"]), ()):
            start, end = _days(before, after)
            if start < end:
                yield before, after


def _commodities(conn: Connection, pairs: Sequence[_Pair]) -> dict[int, str]:
    points = {row["usage_point_id"] for pair in pairs for row in pair}
    return dict(conn.execute(_COMMODITIES, [list(points)]).fetchall()) if points else {}


def _follows(pair: _Pair, pairs: Sequence[_Pair], commodities: dict[int, str]) -> bool:
    """Whether the new row takes the old one's place and says something else.

    A device may serve several commodities, each with rows of its own. A row of another commodity
    takes the place of one that has no successor, and is none's successor itself.
    """
    before, after = pair
    names = ("usage_point_id", "input", "pulse")
    if all(before[name] == after[name] for name in names):
        return False

    def is_same(old: _Row, new: _Row) -> bool:
        return commodities[old["usage_point_id"]] == commodities[new["usage_point_id"]]

    start, end = _days(before, after)
    return is_same(before, after) or not any(
        (old is before or new is after) and is_same(old, new)
        and _days(old, new)[0] < end and start < _days(old, new)[1]
        for old, new in pairs
    )  # fmt: skip


def _shift(before: _Row, after: _Row) -> Shift:
    start, end = _days(before, after)
    return Shift(
        before["connector"], before["ref"],
        before["usage_point_id"], before["input"], before["pulse"],
        after["usage_point_id"], after["input"], after["pulse"],
        "-infinity" if start == date.min else start.isoformat(),
        "infinity" if end == date.max else end.isoformat(),
    )  # fmt: skip


def _days(before: _Row, after: _Row) -> tuple[date, date]:
    """First day on which both hold, and the day after the last."""
    return (
        max(before["valid_from"] or date.min, after["valid_from"] or date.min),
        min(before["valid_to"] or date.max, after["valid_to"] or date.max),
    )
