"""CSV bytes -> typed columns of one registry table. Bad rows are named, good rows are kept."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from hub.registry.problems import Problem
from hub.registry.tables import ACTION, Column, Table, nearest, recognise
from hub.registry.values import BadValueError, read_value


@dataclass(slots=True)
class TableFile:
    """Rows of one file: ``lines`` and every list of ``columns`` have the same length."""

    file: str
    table: Table | None
    lines: list[int] = field(default_factory=list)
    columns: dict[str, list[Any]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    rows: int = 0


def read_csv(name: str, data: bytes, zone: str) -> TableFile:
    """Read one CSV file: comma or semicolon, UTF-8 with or without a mark, header first.

    ``zone`` is the IANA zone of instants without an offset. Never raises for what the file says.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _unusable(name, "not_utf8")
    first = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    header = [cell.strip().lower() for cell in next(reader, [])]
    if not any(header):
        return _unusable(name, "empty")
    table = recognise(header)
    if table is None or len(set(header)) < len(header):
        return _unusable(name, "unrecognised", _explain(header))
    return _typed(TableFile(name, table), header, _records(reader), ZoneInfo(zone))


def typed_rows(name: str, table: Table, rows: list[dict[str, str]], zone: str) -> TableFile:
    """The same checks for rows that are already split; ``line`` is their number from 1."""
    header = sorted({c for row in rows for c in row})
    records = [(n, [row.get(c, "") for c in header]) for n, row in enumerate(rows, 1)]
    return _typed(TableFile(name, table), header, records, ZoneInfo(zone))


def _unusable(name: str, reason: str, value: str = "") -> TableFile:
    return TableFile(name, None, problems=[Problem(name, 0, "", value, reason)])


def _explain(header: list[str]) -> str:
    table, missing, unknown = nearest(header)
    parts = [f"nearest table {table.name}"]
    if missing:
        parts.append(f"missing {', '.join(sorted(missing))}")
    if unknown:
        parts.append(f"unknown {', '.join(sorted(unknown))}")
    if len(set(header)) < len(header):
        parts.append("a column stands twice")
    return "; ".join(parts)


def _records(reader: Any) -> list[tuple[int, list[str]]]:
    """(line on which the row begins, cells) of every row that is not blank."""
    found = []
    line = reader.line_num + 1
    for cells in reader:
        if any(cells):
            found.append((line, cells))
        line = reader.line_num + 1
    return found


def _typed(
    out: TableFile, header: list[str], records: list[tuple[int, list[str]]], zone: ZoneInfo
) -> TableFile:
    assert out.table is not None
    out.rows = len(records)
    width = len(header)
    whole = []
    for line, row in records:
        if len(row) == width:
            whole.append((line, row))
        else:
            out.problems.append(
                Problem(out.file, line, "", str(len(row)), "field_count", str(width))
            )
    bad: set[int] = set()
    raw = dict(zip(header, zip(*(c for _, c in whole), strict=True), strict=True)) if whole else {}
    columns = (*out.table.columns, Column(ACTION, choices=("remove",)))
    for column in columns:
        cells: Sequence[str] = raw.get(column.name, ("",) * len(whole))
        out.columns[column.name] = _convert(out, column, [n for n, _ in whole], cells, bad, zone)
    _check_dates(out, [n for n, _ in whole], bad)
    keep = [i for i in range(len(whole)) if i not in bad]
    out.lines = [whole[i][0] for i in keep]
    if bad:
        out.columns = {name: [v[i] for i in keep] for name, v in out.columns.items()}
    return out


def _convert(
    out: TableFile,
    column: Column,
    lines: list[int],
    cells: Sequence[str],
    bad: set[int],
    zone: ZoneInfo,
) -> list[Any]:
    """One column's values; rows that cannot be read are added to ``bad`` and named."""
    known: dict[str, Any] = {}  # columns repeat few values: each is read once
    values: list[Any] = []
    for i, cell in enumerate(cells):
        if cell not in known:
            try:
                known[cell] = read_value(column, cell.strip(), zone)
            except BadValueError as error:
                known[cell] = error
        value = known[cell]
        if isinstance(value, BadValueError):
            if i not in bad:
                bad.add(i)
                out.problems.append(
                    Problem(
                        out.file, lines[i], column.name, cell.strip(), value.reason, value.expected
                    )
                )
            value = None
        values.append(value)
    return values


def _check_dates(out: TableFile, lines: list[int], bad: set[int]) -> None:
    starts = out.columns.get("valid_from")
    ends = out.columns.get("valid_to")
    if starts is None or ends is None:
        return
    for i, (start, end) in enumerate(zip(starts, ends, strict=True)):
        if i not in bad and start is not None and end is not None and end < start:
            bad.add(i)
            out.problems.append(Problem(out.file, lines[i], "valid_to", str(end), "dates"))
