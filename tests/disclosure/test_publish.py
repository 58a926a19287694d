"""Publication on the real database: what is due, what is withheld, what never changes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest

from hub.disclosure.publish import publish_due
from hub.store.connection import Connection, connect
from tests.disclosure.district import HOMES, KWH, ROOFS, areas, counted, days, half_hours, measure
from tests.stack import Stack

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)  # 11:00 in Paris


@pytest.fixture
def conn(stack: Stack) -> Iterator[Connection]:
    with stack.fresh_database() as url, connect(url, application="test") as connection:
        yield connection


@pytest.fixture
def ids(conn: Connection) -> dict[str, int]:
    found = areas(conn, list(HOMES))
    conn.commit()
    return found


def figures(conn: Connection, step: str, code: str = "69383") -> list[tuple[Any, ...]]:
    """period, amount, withheld of one area, oldest first."""
    rows = conn.execute(
        "SELECT p.period, p.amount, p.withheld FROM published p JOIN area a USING (area_id)"
        " WHERE p.step = %s AND a.code = %s ORDER BY p.start",
        [step, code],
    ).fetchall()
    conn.commit()
    return rows


def test_days_appear_three_days_later_at_eight(conn: Connection, ids: dict[str, int]) -> None:
    water = measure(conn, "water", "consumption")
    days(conn, ids, water, HOMES, date(2026, 11, 1), date(2026, 11, 21))
    conn.commit()
    before = datetime(2026, 11, 22, 6, 59, tzinfo=UTC)  # 07:59 local
    assert publish_due(conn, before) > 0
    assert figures(conn, "day")[-1][0] == date(2026, 11, 18)
    assert publish_due(conn, before + timedelta(minutes=1)) > 0
    assert figures(conn, "day")[-1] == (date(2026, 11, 19), 6000 * KWH, False)
    assert publish_due(conn, NOW) == 0


def test_small_quarters_are_withheld(conn: Connection, ids: dict[str, int]) -> None:
    for commodity, flow, homes in (
        ("electricity", "consumption", HOMES),
        ("electricity", "injection", ROOFS),
        ("solar", "production", ROOFS),
    ):
        number = measure(conn, commodity, flow)
        days(conn, ids, number, homes, date(2026, 11, 19), date(2026, 11, 19))
    conn.commit()
    publish_due(conn, NOW)
    shown = conn.execute(
        "SELECT commodity, flow, array_agg(code ORDER BY area_id) FILTER (WHERE NOT withheld)"
        " FROM published p JOIN area a USING (area_id) JOIN measure m USING (measure_id)"
        " WHERE step = 'day' GROUP BY 1, 2 ORDER BY 1, 2"
    ).fetchall()
    large = ["69383", "Q180", "Q140", "Q110"]
    assert shown == [
        ("electricity", "consumption", large),
        # 8 and 3 roofs are 11 together: they hide each other
        ("electricity", "injection", [*large, "Q80"]),
        ("solar", "production", [*large, "Q80"]),
    ]


def test_months_on_the_tenth_years_in_february(conn: Connection, ids: dict[str, int]) -> None:
    gas = measure(conn, "gas", "consumption")
    days(conn, ids, gas, HOMES, date(2024, 12, 20), date(2026, 11, 21))
    conn.commit()
    publish_due(conn, datetime(2026, 2, 9, 12, tzinfo=UTC))
    assert [f[0] for f in figures(conn, "month")][-1] == date(2025, 12, 1)
    assert figures(conn, "year") == []
    publish_due(conn, datetime(2026, 2, 10, 12, tzinfo=UTC))
    assert figures(conn, "month")[0][0] == date(2025, 1, 1)  # December 2024 is not whole
    assert figures(conn, "month")[-1] == (date(2026, 1, 1), 31 * 6000 * KWH, False)
    assert figures(conn, "year") == [(date(2025, 1, 1), 365 * 6000 * KWH, False)]
    # days and months of the small quarter are withheld, its year is not
    assert {f[2] for f in figures(conn, "month", "Q30")} == {True}
    assert figures(conn, "year", "Q30") == [(date(2025, 1, 1), 365 * 300 * KWH, False)]


def test_gas_days_begin_at_six(conn: Connection, ids: dict[str, int]) -> None:
    days(
        conn,
        ids,
        measure(conn, "gas", "consumption"),
        HOMES,
        date(2026, 10, 25),
        date(2026, 10, 25),
    )
    conn.commit()
    publish_due(conn, NOW)
    row = conn.execute("SELECT DISTINCT start, end_ts FROM published").fetchone()
    assert row == (
        datetime(2026, 10, 25, 5, tzinfo=UTC),  # after the change to winter time
        datetime(2026, 10, 26, 5, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("day", "slots", "first"),
    [
        (date(2026, 3, 29), 46, datetime(2026, 3, 28, 23, tzinfo=UTC)),
        (date(2026, 10, 25), 50, datetime(2026, 10, 24, 22, tzinfo=UTC)),
        (date(2026, 10, 26), 48, datetime(2026, 10, 25, 23, tzinfo=UTC)),
    ],
)
def test_half_hours_of_short_and_long_days(
    conn: Connection, ids: dict[str, int], day: date, slots: int, first: datetime
) -> None:
    number = measure(conn, "electricity", "consumption")
    days(conn, ids, number, HOMES, day, day)  # a measure is looked at where it has days
    half_hours(conn, ids, number, HOMES, day, slots)
    conn.commit()
    publish_due(conn, datetime.combine(day, datetime.min.time(), UTC) + timedelta(days=2))
    rows = conn.execute(
        "SELECT start, end_ts, amount FROM published p JOIN area a USING (area_id)"
        " WHERE step = '30min' AND a.code = '69383' ORDER BY start"
    ).fetchall()
    assert len(rows) == slots
    assert rows[0] == (first, first + timedelta(minutes=30), 120 * KWH)
    # in UTC: wall clocks of one zone subtract without the change of the night
    assert rows[-1][1].astimezone(UTC) - first == slots * timedelta(minutes=30)


def test_half_hours_appear_half_an_hour_later_and_rounded(
    conn: Connection, ids: dict[str, int]
) -> None:
    number = measure(conn, "electricity", "consumption")
    odd = counted(HOMES, 189)  # 609 homes, 121.8 kWh
    days(conn, ids, number, HOMES, date(2026, 11, 21), date(2026, 11, 21))
    half_hours(conn, ids, number, odd, date(2026, 11, 22), known=20)
    conn.commit()
    publish_due(conn, NOW + timedelta(seconds=1))  # 11:00 local: the half-hour to 10:30 is due
    found = figures(conn, "30min")
    assert len(found) == 21 - 1
    assert found[0] == (date(2026, 11, 22), 120 * KWH, False)
    half_hours(conn, ids, number, odd, date(2026, 11, 22), known=21)
    conn.commit()
    assert publish_due(conn, NOW + timedelta(minutes=20)) == 0
    assert publish_due(conn, NOW + timedelta(minutes=30)) == 7


def test_a_published_figure_stands(conn: Connection, ids: dict[str, int]) -> None:
    number = measure(conn, "water", "consumption")
    days(conn, ids, number, HOMES, date(2026, 11, 18), date(2026, 11, 19))
    conn.commit()
    publish_due(conn, NOW)
    conn.execute("UPDATE area_day SET amount = amount + 1, present = present - 1")
    conn.commit()
    assert publish_due(conn, NOW, everything=True) == 0
    assert figures(conn, "day")[-1] == (date(2026, 11, 19), 6000 * KWH, False)


def test_late_data_cannot_be_told_from_a_month_less_its_days(
    conn: Connection, ids: dict[str, int]
) -> None:
    """One household delivers ten days late, after the days and before the month and year."""
    gas = measure(conn, "gas", "consumption")
    days(conn, ids, gas, HOMES, date(2025, 1, 1), date(2025, 12, 31))
    conn.commit()
    publish_due(conn, datetime(2026, 1, 5, 12, tzinfo=UTC))
    conn.execute(
        "UPDATE area_day SET amount = amount + %s, present = present + 1"
        " WHERE day BETWEEN '2025-12-10' AND '2025-12-19' AND area_id = ANY(%s)",
        [7 * KWH, [ids["69383"], ids["Q30"]]],
    )
    conn.commit()
    publish_due(conn, datetime(2026, 2, 10, 12, tzinfo=UTC))
    december = [f for f in figures(conn, "day") if f[0] >= date(2025, 12, 1)]
    assert len(december) == 31
    assert figures(conn, "month")[-1][:2] == (date(2025, 12, 1), sum(f[1] for f in december))
    year = figures(conn, "year")[0][1]
    assert year == sum(f[1] for f in figures(conn, "month"))
    assert year == sum(figures(conn, "year", code)[0][1] for code in list(HOMES)[1:])


def test_a_table_withheld_whole_is_looked_at_again(conn: Connection, ids: dict[str, int]) -> None:
    number = measure(conn, "water", "consumption")
    few = {code: n // 10 for code, n in HOMES.items()}
    days(conn, ids, number, few, date(2026, 11, 19), date(2026, 11, 19))
    conn.commit()
    assert publish_due(conn, NOW) == 7
    assert figures(conn, "day") == [(date(2026, 11, 19), None, True)]
    assert publish_due(conn, NOW, everything=True) == 0
    conn.execute("DELETE FROM area_day")
    days(conn, ids, number, HOMES, date(2026, 11, 19), date(2026, 11, 19))
    conn.commit()
    assert publish_due(conn, NOW, everything=True) == 7
    assert figures(conn, "day") == [(date(2026, 11, 19), 6000 * KWH, False)]


def test_a_late_day_is_not_published_within_a_published_month(
    conn: Connection, ids: dict[str, int]
) -> None:
    number = measure(conn, "water", "consumption")
    days(conn, ids, number, HOMES, date(2026, 9, 1), date(2026, 10, 31))
    conn.commit()
    publish_due(conn, NOW)
    assert [f[2] for f in figures(conn, "month")] == [False, False]
    # as after a restored backup that lost one day's figures
    conn.execute("DELETE FROM published WHERE step = 'day' AND period = '2026-10-05'")
    conn.commit()
    assert publish_due(conn, NOW, everything=True) == 0


def test_a_month_with_a_withheld_day_is_withheld(conn: Connection, ids: dict[str, int]) -> None:
    number = measure(conn, "water", "consumption")
    days(conn, ids, number, HOMES, date(2026, 10, 1), date(2026, 10, 31))
    thin = counted(HOMES, 90)
    conn.execute("DELETE FROM area_day WHERE day = '2026-10-12'")
    days(conn, ids, number, thin, date(2026, 10, 12), date(2026, 10, 12))
    conn.commit()
    publish_due(conn, NOW)
    assert figures(conn, "month", "Q180") == [(date(2026, 10, 1), None, True)]
    assert figures(conn, "month", "Q140")[0][2] is False
    # the other quarters hide it, and the whole is shown
    assert figures(conn, "month")[0][2] is False


def test_a_range_that_is_not_rolled_up_holds_its_days_back(
    conn: Connection, ids: dict[str, int]
) -> None:
    number = measure(conn, "water", "consumption")
    days(conn, ids, number, HOMES, date(2026, 11, 10), date(2026, 11, 19))
    moment = datetime(2026, 11, 15, 12, tzinfo=UTC)
    conn.execute(
        "INSERT INTO dirty (channel_id, from_ts, to_ts) VALUES (1, %s, %s)", [moment, moment]
    )
    conn.commit()
    publish_due(conn, NOW)
    seen = [f[0].day for f in figures(conn, "day")]
    assert seen == [10, 11, 12, 13, 17, 18, 19]  # a reading opens and closes days beside its own
    # what is published stands: a day of which a range failed is no more ready than before
    conn.execute("UPDATE dirty SET failure = 'set aside', attempts = 3")
    conn.commit()
    assert publish_due(conn, NOW) == 0
    assert len(figures(conn, "day")) == 7
    conn.execute("DELETE FROM dirty")
    conn.commit()
    assert publish_due(conn, NOW) == 21  # it waited: the next call looks again
    assert len(figures(conn, "day")) == 10


def test_area_totals_still_to_add_up_hold_back(conn: Connection, ids: dict[str, int]) -> None:
    number = measure(conn, "water", "consumption")
    days(conn, ids, number, HOMES, date(2026, 11, 18), date(2026, 11, 19))
    conn.execute(
        "INSERT INTO dirty_area (area_id, measure_id, from_day, to_day, marked_at)"
        " VALUES (%s, %s, '2026-11-19', '2026-11-19', %s)",
        [ids["Q30"], number, NOW - timedelta(minutes=1)],
    )
    conn.commit()
    publish_due(conn, NOW)
    assert [f[0].day for f in figures(conn, "day")] == [18]
    # a sum that failed is no more whole than before, and keeps no other measure's figures back
    conn.execute("UPDATE dirty_area SET failure = 'set aside', attempts = 3")
    other = measure(conn, "gas", "consumption")
    days(conn, ids, other, HOMES, date(2026, 11, 18), date(2026, 11, 19))
    conn.commit()
    publish_due(conn, NOW, everything=True)
    assert [f[0].day for f in figures(conn, "day")] == [18, 18, 19]


def test_half_hours_of_older_days_wait_for_any_mark_those_of_today_for_old_ones(
    conn: Connection, ids: dict[str, int]
) -> None:
    number = measure(conn, "water", "consumption")
    for day in (20, 21, 22):
        half_hours(conn, ids, number, HOMES, date(2026, 11, day), known=10)
    # homes are still to be added to the 21st; today is added up once a minute
    for marked in (date(2026, 11, 21), date(2026, 11, 22)):
        conn.execute(
            "INSERT INTO dirty_area (area_id, measure_id, from_day, to_day, marked_at)"
            " VALUES (%s, %s, %s, %s, %s)",
            [ids["Q30"], number, marked, marked, NOW - timedelta(seconds=20)],
        )
    days(conn, ids, number, HOMES, date(2026, 11, 19), date(2026, 11, 19))
    conn.commit()
    publish_due(conn, NOW)
    assert {f[0].day for f in figures(conn, "30min")} == {20, 22}
    conn.execute("DELETE FROM dirty_area")
    conn.commit()
    publish_due(conn, NOW)
    assert {f[0].day for f in figures(conn, "30min")} == {20, 21, 22}


def test_after_a_hole_half_hours_of_today_wait_for_the_areas(
    conn: Connection, ids: dict[str, int]
) -> None:
    number = measure(conn, "water", "consumption")
    days(conn, ids, number, HOMES, date(2026, 11, 19), date(2026, 11, 19))
    half_hours(conn, ids, number, counted(HOMES, 100), date(2026, 11, 22), known=20)
    moment = datetime(2026, 11, 22, 3, tzinfo=UTC)
    conn.execute(
        "INSERT INTO dirty (channel_id, from_ts, to_ts) VALUES (1, %s, %s)",
        [moment, moment + timedelta(hours=1)],
    )
    conn.commit()
    publish_due(conn, NOW)  # four half-hours are touched, the first and last at their edge
    assert len(figures(conn, "30min")) == 16
    conn.execute("DELETE FROM dirty")
    conn.execute(
        "INSERT INTO dirty_area (area_id, measure_id, from_day, to_day, marked_at)"
        " VALUES (%s, %s, '2026-11-22', '2026-11-22', %s)",
        [ids["Q30"], number, NOW - timedelta(seconds=20)],
    )
    conn.commit()
    # rolled up by now, but the area's sum is from before: a mark older than the hold says so
    assert publish_due(conn, NOW + timedelta(seconds=5)) == 0
    conn.execute("UPDATE dirty_area SET marked_at = %s", [NOW + timedelta(seconds=7)])
    half_hours(conn, ids, number, HOMES, date(2026, 11, 22), known=20)
    conn.commit()
    assert publish_due(conn, NOW + timedelta(seconds=10)) == 4 * 7
    shown = [f[1] for f in figures(conn, "30min")]
    assert shown[6:12] == [104 * KWH, *[120 * KWH] * 4, 104 * KWH]


def test_nothing_is_published_while_the_demo_fills(conn: Connection, ids: dict[str, int]) -> None:
    number = measure(conn, "water", "consumption")
    days(conn, ids, number, HOMES, date(2026, 11, 18), date(2026, 11, 19))
    conn.execute("INSERT INTO setting VALUES ('demo', '{\"state\": \"filling\"}')")
    conn.commit()
    assert publish_due(conn, NOW) == 0
    conn.execute("UPDATE setting SET value = '{\"state\": \"ready\"}' WHERE name = 'demo'")
    conn.commit()
    assert publish_due(conn, NOW) == 14


def test_a_first_round_waits_while_no_area_has_been_added_up(
    conn: Connection, ids: dict[str, int]
) -> None:
    number = measure(conn, "water", "consumption")
    conn.execute(
        "INSERT INTO dirty_area (area_id, measure_id, from_day, to_day, marked_at)"
        " VALUES (%s, %s, '2026-10-01', '2026-11-22', %s)",
        [ids["Q30"], number, NOW],
    )
    conn.commit()
    assert publish_due(conn, NOW) == 0
    conn.execute("DELETE FROM dirty_area")
    days(conn, ids, number, HOMES, date(2026, 11, 18), date(2026, 11, 19))
    conn.commit()
    assert publish_due(conn, NOW + timedelta(seconds=5)) == 14
    # later it is the days' own marks that count: nothing more is due within the hour
    assert publish_due(conn, NOW + timedelta(seconds=10)) == 0


def test_a_demo_filled_between_two_calls_is_published(
    conn: Connection, ids: dict[str, int]
) -> None:
    now = datetime.now(UTC)
    assert publish_due(conn, now) == 0
    number = measure(conn, "water", "consumption")
    day = now.date() - timedelta(days=5)
    days(conn, ids, number, HOMES, day, day)
    conn.execute("INSERT INTO setting VALUES ('demo', '{\"state\": \"ready\"}')")
    conn.commit()
    assert publish_due(conn, now + timedelta(seconds=5)) == 7


def test_contradicting_totals_are_withheld(conn: Connection, ids: dict[str, int]) -> None:
    number = measure(conn, "water", "consumption")
    days(conn, ids, number, {**HOMES, "Q180": 200}, date(2026, 11, 19), date(2026, 11, 19))
    conn.commit()
    publish_due(conn, NOW)
    assert conn.execute("SELECT bool_and(withheld) FROM published").fetchone() == (True,)


def test_only_one_publishes_at_a_time(conn: Connection, ids: dict[str, int], stack: Stack) -> None:
    number = measure(conn, "water", "consumption")
    days(conn, ids, number, HOMES, date(2026, 11, 18), date(2026, 11, 19))
    conn.commit()
    url = f"{stack.cluster.url(conn.info.dbname)}"
    with connect(url, application="test") as other:
        other.execute("SELECT pg_advisory_lock(%s)", [0x68756205])
        assert publish_due(conn, NOW) == 0
        other.rollback()
        other.execute("SELECT pg_advisory_unlock(%s)", [0x68756205])
        other.commit()
    assert publish_due(conn, NOW) == 14


def test_listeners_hear_of_it(conn: Connection, ids: dict[str, int], stack: Stack) -> None:
    number = measure(conn, "water", "consumption")
    days(conn, ids, number, HOMES, date(2026, 11, 18), date(2026, 11, 19))
    conn.commit()
    with psycopg.connect(stack.cluster.url(conn.info.dbname), autocommit=True) as listener:
        listener.execute("LISTEN hub_published")
        publish_due(conn, NOW)
        assert [n.payload for n in listener.notifies(timeout=2, stop_after=1)] == [""]


def test_a_connection_in_a_transaction_is_refused(conn: Connection) -> None:
    conn.execute("SELECT 1")
    with pytest.raises(psycopg.ProgrammingError, match="outside a transaction"):
        publish_due(conn, NOW)
