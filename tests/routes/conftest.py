"""A small district in a real database, and the application on it without pages and intake."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from fastapi import FastAPI
from psycopg.types.json import Jsonb

from hub.accounts import links, tokens
from hub.app.settings import Settings
from hub.app.web import create_app
from hub.store.connection import Connection, connect
from tests.accounts.former import club_token
from tests.disclosure.district import measure
from tests.stack import Stack
from tests.web import TestClient

KWH = 1_000_000


@dataclass(frozen=True)
class Seeded:
    """The database's address and the secrets made in it."""

    url: str
    household: int
    own: str
    other: str
    gateway: str
    club: str
    operator: str
    link: str
    other_link: str


@pytest.fixture(scope="module")
def seeded(stack: Stack) -> Iterator[Seeded]:
    """H1 lives in an IRIS of 69383; H2 lives elsewhere."""
    with stack.fresh_database() as url, connect(url, application="test") as conn:
        households = seed_registry(conn)
        conn.commit()
        yield Seeded(
            url,
            households["H1"],
            tokens.create(conn, "household", "H1"),
            tokens.create(conn, "household", "H2"),
            tokens.create(conn, "gateway", "roof-1"),
            club_token(conn, "C1"),
            tokens.create(conn, "operator", "ops"),
            _committed(conn, links.new_link(conn, "H1")),
            _committed(conn, links.new_link(conn, "H2")),
        )


def _committed(conn: Connection, path: str) -> str:
    conn.commit()
    return path


@pytest.fixture(scope="module")
def app(seeded: Seeded) -> Iterator[FastAPI]:
    """The API alone."""
    application = create_app(seeded.url, Settings(), more_routes=(), more_pages=())
    yield application
    application.state.web.pool.close()


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    """A browser without cookies, on this machine; it follows no redirect."""
    return TestClient(
        app, follow_redirects=False, client=("127.0.0.1", 5000), raise_server_exceptions=False
    )


@pytest.fixture
def conn(seeded: Seeded) -> Iterator[Connection]:
    """A connection to the seeded database."""
    with connect(seeded.url, application="test") as connection:
        yield connection


def bearer(token: str) -> dict[str, str]:
    """The header of a token."""
    return {"Authorization": f"Bearer {token}"}


def seed_registry(conn: Connection) -> dict[str, int]:
    """Areas, dwellings, households, usage points; returns household ids by reference."""
    conn.execute(
        "INSERT INTO area (code, name, kind, tile_column, tile_row)"
        " VALUES ('69383', 'Lyon 3e', 'arrondissement', NULL, NULL)"
    )
    conn.execute(
        "INSERT INTO area (code, name, kind, parent_id, tile_column, tile_row)"
        " SELECT '693830101', 'Part-Dieu', 'iris', area_id, 2, 1 FROM area"
    )
    conn.execute("INSERT INTO club (code, name) VALUES ('C1', 'Club')")
    found = {}
    for ref in ("H1", "H2"):
        row = conn.execute(
            "WITH d AS (INSERT INTO dwelling (ref, area_id)"
            "           SELECT 'D' || %(ref)s, area_id FROM area WHERE kind = 'iris'"
            "           RETURNING dwelling_id),"
            " h AS (INSERT INTO household (ref, simulated) VALUES (%(ref)s, true)"
            "       RETURNING household_id),"
            " o AS (INSERT INTO occupancy (household_id, dwelling_id, valid_from)"
            "       SELECT household_id, dwelling_id, '2025-06-01' FROM h, d),"
            " u AS (INSERT INTO usage_point (ref, dwelling_id, commodity)"
            "       SELECT c || %(ref)s, dwelling_id, c"
            "       FROM d, unnest(ARRAY['electricity', 'gas', 'water']) c)"
            " SELECT household_id FROM h",
            {"ref": ref},
        ).fetchone()
        assert row is not None
        found[ref] = int(row[0])
    return found


def put_days(
    conn: Connection,
    household: int,
    commodity: str,
    flow: str,
    first: date,
    slots: list[list[int | None] | None],
    *,
    register: str = "TOTAL",
    allocated: int = 0,
    quality: dict[str, int] | None = None,
    amount: int | None = None,
    slot_seconds: int = 1800,
) -> None:
    """A day for each list of slots, which may be None; the day's amount is their sum."""
    number = measure(conn, commodity, flow, register)
    for index, values in enumerate(slots):
        known = [v for v in values or [] if v is not None]
        total = sum(known) if amount is None else amount
        covered = len(known) * slot_seconds if values else 86_400
        conn.execute(
            "INSERT INTO household_day (day, household_id, measure_id, covered, expected, measured,"
            " allocated, month_allocated, slots, quality)"
            " VALUES (%s, %s, %s, %s, true, %s, %s, %s, %s, %s)",
            [
                first + timedelta(days=index),
                household,
                number,
                covered,
                total - allocated,
                allocated or None,
                allocated or None,
                values,
                Jsonb(quality) if quality else None,
            ],
        )
    conn.commit()
