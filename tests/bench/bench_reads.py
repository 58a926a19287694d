"""What pages and the API read, against a `SELECT` of as many rows by primary key.

The limit is a plain table of the same keys with one number a row, asked for as many rows in one
`SELECT`. Both are read by psycopg into tuples; the hub makes its own rows of them, too. Warm: the
median of many reads on one connection, other homes each time. Cold: the first read after a restart
of the server, so nothing is in its memory or planned (the system's own file cache stays warm).
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from datetime import date

from hub.store import pages, published, series
from hub.store.connection import Connection, connect
from tests.bench.result import Goal, Result, compared
from tests.bench.stand import database
from tests.stack import Stack

HOMES, READS, COLD = 2000, 200, 5
FIRST, END = date(2025, 1, 1), date(2026, 1, 1)
_GOAL = Goal("at most", 2.0)

_FILL = """
INSERT INTO measure (commodity, flow, quantity, register)
    VALUES ('electricity', 'consumption', 'energy', 'TOTAL');
INSERT INTO household_day (day, household_id, covered, measure_id, expected, measured)
    SELECT d, n, 86400, (SELECT measure_id FROM measure), true, 5000000 + n
    FROM generate_series(1, {homes}) n,
         generate_series(date '2025-01-01', '2025-12-31', '1 day') d ORDER BY 2, 1;
INSERT INTO published (release, area_id, measure_id, step, start, end_ts, period, amount, households)
    SELECT 'running', area_id, (SELECT measure_id FROM measure), s.step, d, d + s.long, d, 12345, 321
    FROM area, (VALUES ('day', interval '1 day'), ('month', interval '1 month')) AS s (step, long),
         generate_series(date '2025-01-01', '2025-12-31', s.long) d;
CREATE TABLE plain (id int4, day date, value int8 NOT NULL, PRIMARY KEY (id, day));
INSERT INTO plain SELECT household_id, day, measured FROM household_day;
CREATE TABLE plain_areas (step text, area_id int4, day date, value int8, PRIMARY KEY (step, area_id, day));
INSERT INTO plain_areas SELECT step, area_id, period, amount FROM published;
"""  # noqa: E501

Read = Callable[[Connection, int], int]


def run(stack: Stack) -> Iterator[Result]:
    """Household's year, district's year, the quarters' months."""
    with database(stack, HOMES, "electricity") as url:
        with connect(url, application="bench") as conn:
            conn.execute(_FILL.format(homes=HOMES).encode())
            conn.execute("ANALYZE")
        with connect(url, application="bench") as conn:
            measure = _one(conn, "SELECT measure_id FROM measure")
            district = _one(conn, "SELECT area_id FROM area WHERE kind = 'arrondissement'")
        for name, what, hub, plain, rows in _questions(measure, district):
            yield _warm(url, name, what, hub, plain, rows)
            yield _cold(stack, url, name, what, hub, plain, rows)


def _questions(measure: int, district: int) -> list[tuple[str, str, Read, Read, int]]:
    def household(conn: Connection, n: int) -> int:
        return len(series.days(conn, 1 + n % HOMES, measure, FIRST, END))

    def household_plain(conn: Connection, n: int) -> int:
        return len(conn.execute(
            "SELECT day, value FROM plain WHERE id = %s AND day >= %s AND day < %s ORDER BY day",
            [1 + n % HOMES, FIRST, END],
        ).fetchall())  # fmt: skip

    def year(conn: Connection, _: int) -> int:
        return len(published.figures(
            conn, area=district, measure=measure, step="day", first=FIRST, end=END, release=None,
            served_from=FIRST, long_households=None,
        ))  # fmt: skip

    def year_plain(conn: Connection, _: int) -> int:
        return len(conn.execute(
            "SELECT day, value FROM plain_areas WHERE step = 'day' AND area_id = %s"
            " AND day >= %s AND day < %s ORDER BY day", [district, FIRST, END],
        ).fetchall())  # fmt: skip

    def quarters(conn: Connection, _: int) -> int:
        return len(pages.public_figures(conn, "month", FIRST, END))

    def quarters_plain(conn: Connection, _: int) -> int:
        return len(conn.execute(
            "SELECT area_id, day, value FROM plain_areas WHERE step = 'month'"
            " AND day >= %s AND day < %s ORDER BY area_id, day", [FIRST, END],
        ).fetchall())  # fmt: skip

    return [
        ("read-household", "a household's year by day", household, household_plain, 365),
        ("read-district", "the district's year by day", year, year_plain, 365),
        ("read-quarters", "district and 40 quarters by month", quarters, quarters_plain, 492),
    ]  # fmt: skip


def _one(conn: Connection, query: str) -> int:
    row = conn.execute(query.encode()).fetchone()
    assert row is not None
    return int(row[0])


def _timed(conn: Connection, read: Read, number: int, rows: int) -> float:
    begun = time.perf_counter()
    found = read(conn, number)
    spent = time.perf_counter() - begun
    assert found == rows, (found, rows)
    return spent * 1e3


def _warm(url: str, name: str, what: str, hub: Read, plain: Read, rows: int) -> Result:
    with connect(url, application="bench") as conn:
        for n in range(20):
            _timed(conn, hub, n, rows), _timed(conn, plain, n, rows)
        pairs = [
            (_timed(conn, hub, 7 * n, rows), _timed(conn, plain, 7 * n + 1, rows))
            for n in range(READS)
        ]
    # Medians of tens: single reads of a millisecond say more of the machine than of either.
    tens = [pairs[i : i + 10] for i in range(0, READS, 10)]
    mine = [statistics.median(h for h, _ in ten) for ten in tens]
    theirs = [statistics.median(p for _, p in ten) for ten in tens]
    return compared(
        f"{name}-warm", f"{what}, warm", mine, theirs, unit="ms",
        limit_what=f"SELECT of {rows} rows by key", goal=_GOAL,
    )  # fmt: skip


def _cold(
    stack: Stack, url: str, name: str, what: str, hub: Read, plain: Read, rows: int
) -> Result:
    mine: list[float] = []
    theirs: list[float] = []
    for n in range(COLD):
        for read, into in ((hub, mine), (plain, theirs)):
            stack.cluster.stop()
            stack.cluster.start()
            with connect(url, application="bench") as conn:
                into.append(_timed(conn, read, 31 * n, rows))
    return compared(
        f"{name}-cold", f"{what}, after a restart", mine, theirs, unit="ms",
        limit_what=f"SELECT of {rows} rows by key", goal=_GOAL,
    )  # fmt: skip
