"""A channel kept at 15 minutes: from its readings to the answers at every step."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hub.clock import days
from hub.series import Point, long_points, short_points
from hub.store import series as store
from hub.store.connection import Connection
from tests.rollup.oracle import Reading
from tests.rollup.store import areas, channel, clear, home, idle, put, tables, usage_point
from tests.rollup.test_store import drain, half_hours, rebuild_all

PARIS = ZoneInfo("Europe/Paris")
PLAIN, SPRING, AUTUMN = date(2026, 7, 14), date(2026, 3, 29), date(2026, 10, 25)
SIX = timedelta(hours=6)


@pytest.fixture
def conn(database_url: str) -> Iterator[Connection]:
    with idle(database_url) as connection:
        clear(connection)
        areas(connection)
        yield connection


def bounds(day: date, day_start: timedelta = timedelta()) -> tuple[int, int]:
    calendar = days(day_start=int(day_start.total_seconds()))
    return calendar.start_of(day), calendar.start_of(day + timedelta(days=1))


def register_every(seconds: int, begin: int, end: int) -> list[Reading]:
    """A register that runs faster and faster."""
    count = (end - begin) // seconds + 1
    return [Reading(begin + seconds * n, n * (n + 1) // 2) for n in range(count)]


def answers(
    conn: Connection, day: date, commodity: str = "electricity", day_start: timedelta = timedelta()
) -> dict[str, list[Point]]:
    """What the household is told of one day at every step from 15 minutes to a day."""
    quantity = "volume" if commodity == "gas" else "energy"
    measure = store.measure_id(conn, commodity, "consumption", quantity, "TOTAL")
    assert measure is not None
    after = day + timedelta(days=1)
    start, end = (datetime.fromtimestamp(ts, UTC) for ts in bounds(day, day_start))
    slots = store.slot_days(conn, 1, measure, day, after)
    found = {
        name: short_points(slots, start, end, seconds, day_start, PARIS)
        for name, seconds in (("15min", 900), ("30min", 1800), ("hour", 3600))
    }
    totals = store.days(conn, 1, measure, day, after)
    return {**found, "day": long_points(totals, day, after, "day", day_start, PARIS)}


@pytest.mark.parametrize(("day", "quarters"), [(PLAIN, 96), (SPRING, 92), (AUTUMN, 100)])
@pytest.mark.parametrize("commodity", ["electricity", "gas"])
def test_every_step_adds_up_to_the_day(
    conn: Connection, database_url: str, day: date, quarters: int, commodity: str
) -> None:
    # The gas day of a change of the clock is the one before: it ends at six.
    day_start = SIX if commodity == "gas" else timedelta()
    if commodity == "gas" and day != PLAIN:
        day -= timedelta(days=1)
    home(conn, 1, commodity=commodity)
    begin, end = bounds(day, day_start)
    put(conn, channel(conn, 1, slot=15), register_every(900, begin, end))
    drain(database_url)
    found = answers(conn, day, commodity, day_start)
    assert [p.amount for p in found["15min"]] == list(range(1, quarters + 1))
    total = quarters * (quarters + 1) // 2
    for step, points in found.items():
        amounts = [p.amount for p in points if p.amount is not None]
        assert (len(amounts), sum(amounts)) == (len(points), total), step
        assert sum(p.measured or 0 for p in points) == total, step
        assert {p.coverage for p in points} == {1.0}, step
        assert (points[0].start.timestamp(), points[-1].end.timestamp()) == (begin, end)
    rows = conn.execute(
        "SELECT extract(epoch FROM start)::int8, amount, covered, seconds FROM household_slot"
        " ORDER BY start"
    ).fetchall()
    assert rows == [(begin + 900 * n, n + 1, 900, 900) for n in range(quarters)]


def test_areas_have_half_hours_of_quarter_hours(conn: Connection, database_url: str) -> None:
    begin, end = bounds(AUTUMN)
    for number, slot in ((1, 15), (2, 30)):
        home(conn, number)
        put(conn, channel(conn, number, slot=slot), register_every(900, begin, end))
    home(conn, 3)
    holes = [r for n, r in enumerate(register_every(900, begin, end)) if n not in (5, 7)]
    put(conn, channel(conn, 3, slot=15), holes)  # unknown how it was spread in [4, 6) and [6, 8)
    drain(database_url)
    row = conn.execute("SELECT amount, present FROM area_slot WHERE area_id = 3").fetchone()
    assert row is not None
    each = [4 * n + 3 for n in range(50)]
    assert row[1] == [3, 3, 2, 2] + [3] * 46
    assert row[0] == [one * homes for one, homes in zip(each, row[1], strict=True)]


def test_a_day_is_as_fine_as_the_coarsest_that_counts_on_it(
    conn: Connection, database_url: str
) -> None:
    home(conn, 1)
    usage_point(conn, 9, dwelling=1)
    begin, end = bounds(PLAIN)
    fine = channel(conn, 1, slot=15)
    put(conn, fine, register_every(900, begin, end + 86_400))
    other = channel(conn, 9, slot=15, kind="interval", period_class="sub-daily")
    put(conn, other, [Reading(begin + 900 * n, 100, 900) for n in range(192)])
    third = channel(conn, 9, kind="interval", period_class="sub-daily", source="b")
    put(conn, third, half_hours(begin, 48))
    conn.execute("UPDATE channel SET rank = 1 WHERE channel_id = %s", [third])
    drain(database_url)
    sizes = """SELECT cardinality(slots), slots[1], slots[2] FROM household_day
               WHERE slots IS NOT NULL ORDER BY day"""
    # On the first day the third counts, which has half-hours; on the second the other does.
    assert conn.execute(sizes).fetchall() == [(48, 500 + 3, 500 + 7), (96, 100 + 97, 100 + 98)]
    found = answers(conn, PLAIN)
    assert {p.amount for p in found["15min"]} == {None}
    assert sum(p.amount or 0 for p in found["30min"]) == found["day"][0].amount
    state = tables(conn)
    rebuild_all(database_url)
    assert tables(conn) == state
    with conn.transaction():
        conn.execute("UPDATE channel SET rank = 200 WHERE channel_id = %s", [third])
    rebuild_all(database_url)
    assert conn.execute(sizes).fetchall() == [(96, 101, 102), (96, 100 + 97, 100 + 98)]
