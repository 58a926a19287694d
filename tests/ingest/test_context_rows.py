"""Rows that are there for a point of a context series, each with its outcome; no database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import pytest

from hub.intake.checks import EARLIEST_CONTEXT, FORECAST
from hub.intake.outcomes import Outcome
from hub.model import ContextPoint, Decoded, Gap
from hub.store.channels import Directory
from hub.store.connection import Connection
from hub.store.placing import Rules
from hub.store.readings import ChannelCounts, Origin, Written
from ingest import storing
from ingest.storing import Message, Read, store_reads

NOW = 1_795_000_000
ZONE = "Europe/Paris"


@pytest.fixture(autouse=True)
def told(monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, int], tuple[Any, Any]]:
    """What the store holds: (series, ts) -> (value, label); the rest of it is not there."""
    held: dict[tuple[str, int], tuple[Any, Any]] = {}

    def store(
        _conn: object, points: Sequence[tuple[ContextPoint, int]]
    ) -> dict[tuple[str, int], Outcome]:
        last = {(p.series, p.ts): (p.value, p.label) for p, _ in points}
        outcomes = {
            key: Outcome.ACCEPTED
            if key not in held
            else Outcome.UNCHANGED
            if held[key] == value
            else Outcome.REVISED
            for key, value in last.items()
        }
        held.update(last)
        return outcomes

    none = np.zeros(0, np.int64)
    written = Written(
        none.astype(np.int8), none.astype(np.int8), none, [], set(), ChannelCounts(*[none] * 7)
    )
    monkeypatch.setattr(storing, "store_context", store)
    monkeypatch.setattr(storing, "write_batch", lambda *_: written)
    monkeypatch.setattr(storing, "store_rejected", lambda *_: None)
    monkeypatch.setattr(storing, "note_unknown", lambda *_: None)
    return held


def outcomes(*points: ContextPoint, rows: int, rules: Rules | None = None) -> list[str]:
    """The outcome of each row, and for refused ones why."""
    decoded = Decoded(rows, gaps=[Gap(rows)], context=list(points))
    read = Read(Message("f", b"", NOW, NOW, transport="file"), "tempo", decoded)
    nothing = cast(Connection, None), cast(Directory, None)
    stored = store_reads(*nothing, [read], zone=ZONE, origin=Origin(rules=rules or Rules()))
    (fate,) = stored.fates
    assert sum(fate.counts().values()) == rows
    why = {reject.row: reject.reason for reject in fate.rejects}
    return [why.get(n, Outcome(code).name) for n, code in enumerate(fate.rows.tolist(), start=1)]


def day(n: int, label: str, row: int) -> ContextPoint:
    return ContextPoint("tempo", NOW + n * 86_400, label=label, row=row)


def test_a_row_is_new_then_known_then_revised() -> None:
    first = [day(0, "BLUE", 1), day(1, "RED", 2)]
    assert outcomes(*first, rows=4) == ["ACCEPTED", "ACCEPTED", "IGNORED", "GAP"]
    assert outcomes(*first, rows=3) == ["UNCHANGED", "UNCHANGED", "GAP"]
    again = [day(0, "BLUE", 1), day(1, "WHITE", 2)]
    assert outcomes(*again, rows=3) == ["UNCHANGED", "REVISED", "GAP"]


def test_a_row_of_several_points_takes_the_strongest_outcome() -> None:
    points = [ContextPoint(f"t_{n}/1", NOW, float(n), row=1) for n in range(2)]
    assert outcomes(points[0], rows=2) == ["ACCEPTED", "GAP"]
    assert outcomes(*points, rows=2) == ["ACCEPTED", "GAP"]


def test_a_point_beside_readings_leaves_the_row_to_them() -> None:
    assert outcomes(ContextPoint("gas_coefficient/1", NOW, 11.1), rows=2) == ["IGNORED", "GAP"]


def test_of_two_rows_for_a_moment_the_last_counts(
    told: dict[tuple[str, int], tuple[Any, Any]],
) -> None:
    rows = [day(0, "BLUE", 1), day(0, "RED", 2), day(1, "RED", 3), day(1, "RED", 4)]
    assert outcomes(*rows, rows=5) == ["duplicate_row", *["ACCEPTED"] * 3, "GAP"]
    assert told["tempo", NOW] == (None, "RED")


def test_tomorrow_and_the_weather_of_old_are_told_but_no_clock_that_is_wrong() -> None:
    far = [NOW + FORECAST, NOW + FORECAST + 1, EARLIEST_CONTEXT, EARLIEST_CONTEXT - 1]
    points = [ContextPoint("temperature/1", ts, 1.0, row=n) for n, ts in enumerate(far, start=1)]
    assert outcomes(*points, rows=5) == ["ACCEPTED", "too_late", "ACCEPTED", "too_early", "GAP"]


def test_what_is_everybody_s_is_told_by_those_who_may_write_everywhere(
    told: dict[tuple[str, int], tuple[Any, Any]],
) -> None:
    mine = Rules(usage_points=frozenset({7}))
    assert outcomes(day(0, "BLUE", 1), rows=2, rules=mine) == ["no_meter", "GAP"]
    assert told == {}
