"""Where a household lives today and how fresh its readings are, around its moving days."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hub.store import series
from hub.store.connection import Connection, connect
from tests.stack import Stack
from tests.store.district import bring


@pytest.fixture
def conn(stack: Stack) -> Iterator[Connection]:
    """h1 lives in d1, whose electricity meter told something today."""
    with stack.fresh_database() as url, connect(url, application="test") as connection:
        bring(connection)
        connection.execute(
            "WITH c AS (INSERT INTO channel (usage_point_id, commodity, flow, quantity, register,"
            "  kind, source) SELECT usage_point_id, commodity, 'consumption', 'energy', 'TOTAL',"
            "  'register', 'senml' FROM usage_point WHERE ref = 'PRM1' RETURNING channel_id)"
            " INSERT INTO latest SELECT channel_id, now(), 1, now() FROM c"
        )
        yield connection


def stays(conn: Connection, since: int | None, until: int | None) -> int:
    """Have h1 live in d1 between two days, counted from today; returns its number."""
    row = conn.execute(
        "UPDATE occupancy o SET valid_from = current_date + %s::int,"
        " valid_to = current_date + %s::int"
        " FROM household h WHERE h.ref = 'h1' AND o.household_id = h.household_id"
        " RETURNING o.household_id",
        [since, until],
    ).fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize(
    ("since", "until", "lives_there", "is_fresh"),
    [
        (None, None, True, True),
        (-400, 1, True, True),  # moves out tomorrow: still there
        (-400, 90, True, True),
        (-400, 0, False, False),  # the moving day is nobody's
        (-400, -1, False, False),
        (-1, None, True, True),
        (0, None, True, False),
        (1, None, False, False),  # moves in tomorrow
    ],
)
def test_a_household_has_its_place_until_it_moves(
    conn: Connection, since: int | None, until: int | None, lives_there: bool, is_fresh: bool
) -> None:
    household = stays(conn, since, until)
    assert [p.code for p in series.places(conn, household)] == ["693830101"] * lives_there
    assert list(series.last_readings(conn, household)) == ["electricity"] * is_fresh
