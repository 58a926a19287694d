"""What a file's rows mean against what the registry knows: add, supersede, leave or refuse. Pure.

A row whose key is known and whose values are the same changes nothing; other values supersede the
old row and add a new one under the same number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from hub.pulses import read_pulse
from hub.registry.problems import Problem
from hub.registry.rows import TableFile
from hub.registry.tables import ACTION, BY_UNIT, Table
from hub.units import DECIMALS

Row = tuple[Any, ...]

#: Factor from the printed unit to the stored integer, by quantity of the commodity.
UNIT_FACTOR: Mapping[str, int] = {"energy": 10**6, "volume": 10**6}
_OTHER_UNIT_FACTOR = 1000

_FIRST, _LAST = date.min, date.max


@dataclass(slots=True)
class Lookups:
    """Numbers of what exists now.

    numbers: table -> ref or code -> number. usage_points: ref -> {commodity: number}.
    commodities: commodity -> quantity.
    """

    numbers: dict[str, dict[str, int]]
    usage_points: dict[str, dict[str, int]]
    commodities: dict[str, str]


@dataclass(frozen=True, slots=True)
class Current:
    """A row in force: ``values`` in the order of ``Table.targets``."""

    row_id: int
    values: Row


@dataclass(slots=True)
class Plan:
    """What to write for one table. ``changes`` pairs (old values, new values), None for neither."""

    table: Table
    added: list[Row] = field(default_factory=list)
    superseded: list[int] = field(default_factory=list)
    changes: list[tuple[Row | None, Row | None]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    counts: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("added", "changed", "unchanged", "removed"), 0)
    )


@dataclass(slots=True)
class _Staged:
    file: str
    line: int
    values: Row
    key: Row
    remove: bool
    prior: Current | None = None


class _RefusedError(Exception):
    """A row that cannot be taken; ``reason`` is a code of hub.registry.problems.TEXTS."""

    def __init__(self, column: str, value: object, reason: str, expected: str = "") -> None:
        self.column = column
        self.value = str(value)
        self.reason = reason
        self.expected = expected


def plan_table(
    table: Table,
    files: Sequence[TableFile],
    current: Sequence[Current],
    lookups: Lookups,
    new_number: Callable[[], int],
) -> Plan:
    """Compare all rows of ``files`` with the rows in force.

    ``new_number`` gives the number of a thing seen for the first time; it is called only for rows
    that are added, and ``lookups`` learns it, so that later rows may refer to it.
    """
    plan = Plan(table)
    reader = _Reader(table, lookups)
    keys = {reader.key_of_stored(row.values): row for row in current}
    changes = list(_classify(plan, reader, files, keys))
    _write(plan, reader, changes, current, new_number)
    plan.problems.sort(key=lambda p: (p.file, p.line))
    return plan


def _classify(
    plan: Plan, reader: _Reader, files: Sequence[TableFile], keys: Mapping[Row, Current]
) -> Iterator[_Staged]:
    """Rows that would change something; the others are counted or refused."""
    seen: dict[Row, _Staged] = {}
    for staged in _staged(plan, reader, files):
        staged.prior = keys.get(staged.key)
        other = seen.setdefault(staged.key, staged)
        if other is not staged:
            if (other.values, other.remove) == (staged.values, staged.remove):
                plan.counts["unchanged"] += 1
            else:
                _refuse(plan, staged, "", "", "twice", f"{other.file}:{other.line}")
        elif staged.remove:
            if staged.prior is None:
                _refuse(plan, staged, ACTION, "remove", "nothing_to_remove")
            else:
                yield staged
        elif staged.prior is not None and reader.facts(staged.prior.values) == staged.values:
            plan.counts["unchanged"] += 1
        else:
            yield staged


def _staged(plan: Plan, reader: _Reader, files: Sequence[TableFile]) -> Iterator[_Staged]:
    for file in files:
        columns = [file.columns[c.name] for c in plan.table.columns]
        actions = file.columns.get(ACTION) or [None] * len(file.lines)
        for line, action, *cells in zip(file.lines, actions, *columns, strict=True):
            try:
                values, key = reader.read(cells)
                if action != "remove":  # what names nothing any more can still be taken back
                    reader.check_prefixed(cells)
            except _RefusedError as error:
                plan.problems.append(
                    Problem(
                        file.file, line, error.column, error.value, error.reason, error.expected
                    )
                )
                continue
            yield _Staged(file.file, line, values, key, action == "remove")


def _write(
    plan: Plan,
    reader: _Reader,
    changes: list[_Staged],
    current: Sequence[Current],
    new_number: Callable[[], int],
) -> None:
    periods = _Periods(plan.table, changes, current, reader)
    for staged in changes:
        prior = staged.prior
        if staged.remove:
            assert prior is not None
            plan.counts["removed"] += 1
            plan.superseded.append(prior.row_id)
            plan.changes.append((prior.values, None))
            continue
        values = reader.numbered(staged.values, staged.key)
        clash = periods.clash(values)
        if clash:
            _refuse(plan, staged, "valid_from", _period_text(values, reader), "overlaps", clash)
            if prior is not None:
                periods.take(prior.values, "")
            continue
        if plan.table.identity and values[0] is None:
            values = (new_number(), *values[1:])
            reader.learn(staged.key, values[0])
        periods.take(values, f"{staged.file}:{staged.line}")
        plan.counts["changed" if prior else "added"] += 1
        plan.added.append(values)
        plan.changes.append((prior.values if prior else None, values))
        if prior is not None:
            plan.superseded.append(prior.row_id)


def _refuse(
    plan: Plan, staged: _Staged, column: str, value: str, reason: str, expected: str = ""
) -> None:
    plan.problems.append(Problem(staged.file, staged.line, column, value, reason, expected))


class _Reader:
    """Cells of a file's row -> stored values and key, references resolved."""

    def __init__(self, table: Table, lookups: Lookups) -> None:
        self.table = table
        self._lookups = lookups
        self._columns = table.columns
        names = [c.name for c in table.columns]
        self._commodity = names.index("commodity") if "commodity" in names else None
        self._point = next((c for c in table.columns if c.refers == "usage_point"), None)
        self._key = [names.index(k) for k in table.key]
        stored = [c.target for c in table.columns if c.target]
        self.offset = 1 if table.identity else 0
        self.start = stored.index("valid_from") if "valid_from" in stored else None
        self.end = stored.index("valid_to") if "valid_to" in stored else None
        self._commodity_of_point = {
            number: commodity
            for by_commodity in lookups.usage_points.values()
            for commodity, number in by_commodity.items()
        }

    def read(self, cells: list[Any]) -> tuple[Row, Row]:
        """(stored values without the number, key). Raises _RefusedError."""
        resolved = list(cells)
        commodity = self._checked_commodity(cells)
        for i, column in enumerate(self._columns):
            if cells[i] is None:
                resolved[i] = column.blank
            elif column.refers == "usage_point":
                resolved[i], commodity = self._usage_point(column.name, cells[i], commodity)
            elif column.refers and column.refers != "commodity":
                resolved[i] = self._number(column.refers, column.name, cells[i])
        if self._commodity is not None:
            resolved[self._commodity] = commodity
        for i, column in enumerate(self._columns):
            if column.factor and cells[i] is not None:
                resolved[i] = self._integer(column.name, cells[i], column.factor, commodity)
            if column.type == "pulse" and cells[i] is not None:
                self._check_pulse(column.name, cells[i], commodity)
        values = tuple(v for v, c in zip(resolved, self._columns, strict=True) if c.target)
        return values, tuple(resolved[k] for k in self._key)

    def check_prefixed(self, cells: list[Any]) -> None:
        """Refuse a text such as "club:velo" that names nothing. Raises _RefusedError."""
        for cell, column in zip(cells, self._columns, strict=True):
            if column.prefixed and cell is not None and cell.startswith(f"{column.prefixed}:"):
                ref = cell.removeprefix(f"{column.prefixed}:")
                self._number(column.prefixed, column.name, ref)

    def key_of_stored(self, stored: Row) -> Row:
        """The key of a row in force."""
        row = dict(zip(self.table.targets, stored, strict=True))
        if self._point is not None and not self._stores_commodity():
            row["commodity"] = self._commodity_of_point.get(row["usage_point_id"])
        by_name = {c.name: c.target or c.name for c in self._columns}
        return tuple(row[by_name[k]] for k in self.table.key)

    def facts(self, stored: Row) -> Row:
        """A row in force without its number."""
        return stored[self.offset :]

    def numbered(self, values: Row, key: Row) -> Row:
        """The values after the thing's number, None where it has none yet."""
        if not self.table.identity:
            return values
        return (self._known_number(key), *values)

    def learn(self, key: Row, number: int) -> None:
        """Remember the number of a new thing."""
        if self.table.name == "usage_point":
            self._lookups.usage_points.setdefault(key[1], {})[key[0]] = number
        else:
            self._lookups.numbers[self.table.name][key[0]] = number

    def commodity_of(self, usage_point: int | None) -> str | None:
        """Commodity of a usage point's number."""
        return self._commodity_of_point.get(usage_point) if usage_point is not None else None

    def _stores_commodity(self) -> bool:
        return "commodity" in self.table.targets

    def _known_number(self, key: Row) -> int | None:
        if self.table.name == "usage_point":
            return self._lookups.usage_points.get(key[1], {}).get(key[0])
        return self._lookups.numbers[self.table.name].get(key[0])

    def _checked_commodity(self, cells: list[Any]) -> str | None:
        if self._commodity is None:
            return None
        commodity: str | None = cells[self._commodity]
        if commodity is not None and commodity not in self._lookups.commodities:
            raise _RefusedError("commodity", commodity, "unknown_reference", "commodity")
        return commodity

    def _number(self, refers: str, column: str, ref: str) -> int:
        number = self._lookups.numbers[refers].get(ref)
        if number is None:
            raise _RefusedError(column, ref, "unknown_reference", refers)
        return number

    def _usage_point(self, column: str, ref: str, commodity: str | None) -> tuple[int, str]:
        found = self._lookups.usage_points.get(ref, {})
        if commodity is None and len(found) == 1:
            commodity = next(iter(found))
        if commodity is None and found:
            raise _RefusedError(column, ref, "ambiguous_reference")
        if commodity is None or commodity not in found:
            raise _RefusedError(column, ref, "unknown_reference", "usage_point")
        return found[commodity], commodity

    def _check_pulse(self, column: str, text: str, commodity: str | None) -> None:
        quantity = self._lookups.commodities.get(commodity or "", "")
        if read_pulse(text).quantity != quantity:
            raise _RefusedError(column, text, "wrong_pulse", ", ".join(DECIMALS.get(quantity, ())))

    def _integer(self, column: str, value: Decimal, factor: int, commodity: str | None) -> int:
        if factor == BY_UNIT:
            quantity = self._lookups.commodities.get(commodity or "", "")
            factor = UNIT_FACTOR.get(quantity, _OTHER_UNIT_FACTOR)
        scaled = value * factor
        if scaled != int(scaled):
            raise _RefusedError(column, value, "out_of_range")
        return int(scaled)


class _Periods:
    """Who holds which period, for the groups this import touches: one row at a time."""

    def __init__(
        self, table: Table, changes: list[_Staged], current: Sequence[Current], reader: _Reader
    ) -> None:
        self._reader = reader
        self._columns = table.exclusive
        self._targets = table.targets
        self._held: dict[Row, list[tuple[date, date, str]]] = {}
        if not table.exclusive:
            return
        gone = {staged.prior.row_id for staged in changes if staged.prior is not None}
        touched = {self._group(reader.numbered(s.values, s.key)) for s in changes}
        for row in current:
            if row.row_id not in gone and self._group(row.values) in touched:
                self.take(row.values, "")

    def take(self, values: Row, name: str) -> None:
        """Let a row hold its period."""
        if self._columns:
            start, end = self._period(values)
            self._held.setdefault(self._group(values), []).append((start, end, name))

    def clash(self, values: Row) -> str:
        """The row that holds a part of this period already, "" if none does."""
        is_new = bool(self._reader.table.identity) and values[0] is None
        if not self._columns or is_new:
            return ""
        start, end = self._period(values)
        for other_start, other_end, name in self._held.get(self._group(values), ()):
            if start < other_end and other_start < end:
                return name or f"{_day(other_start)}..{_day(other_end)}"
        return ""

    def _group(self, values: Row) -> Row:
        row = dict(zip(self._targets, values, strict=True))
        if "commodity" in self._columns and "commodity" not in row:
            row["commodity"] = self._reader.commodity_of(row["usage_point_id"])
        return tuple(row[c] for c in self._columns)

    def _period(self, values: Row) -> tuple[date, date]:
        reader = self._reader
        assert reader.start is not None
        assert reader.end is not None
        start = values[reader.start + reader.offset]
        end = values[reader.end + reader.offset]
        return start or _FIRST, end or _LAST


def _period_text(values: Row, reader: _Reader) -> str:
    assert reader.start is not None
    return str(values[reader.start + reader.offset] or "")


def _day(day: date) -> str:
    return "" if day in (_FIRST, _LAST) else day.isoformat()
