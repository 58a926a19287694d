"""Registry rows for the household and area steps, as :mod:`hub.rollup.registry` takes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hub.rollup.registry import (
    ConsentRow,
    OccupancyRow,
    Registry,
    UsagePointRow,
    inclusive,
    strictly_between,
)
from hub.store.connection import Connection

# Every dwelling that these usage points were ever said to be in, and everyone ever said to live
# there: after a correction the former household's rows must go, too.
_EVER = """
SELECT DISTINCT u.usage_point_id, o.household_id
FROM usage_point u JOIN occupancy o USING (dwelling_id) WHERE u.usage_point_id = ANY(%s)"""

_OCCUPANCIES = """
SELECT household_id, dwelling_id, valid_from, valid_to FROM occupancy
WHERE superseded_at IS NULL AND {}"""
_POINTS = """
SELECT usage_point_id, commodity, dwelling_id, valid_from, valid_to FROM usage_point
WHERE superseded_at IS NULL AND {}"""
_CONSENTS = """
SELECT household_id, coalesce(commodity, ''), purpose, granularity, valid_from, valid_to
FROM consent WHERE superseded_at IS NULL AND {}"""
_STREAMS = """
SELECT DISTINCT usage_point_id, flow, quantity FROM channel WHERE kind <> 'power' AND {}"""


#: Tables of which a new or superseded row changes who is expected where.
_TABLES = ("area", "dwelling", "occupancy", "club", "club_member", "usage_point", "consent")
_VERSION = f"""
SELECT {
    ", ".join(
        f"(SELECT count(*) FROM {table}), (SELECT count(superseded_at) FROM {table}),"
        f" (SELECT max(row_id) FROM {table})"
        for table in _TABLES
    )
}, (SELECT count(*) FROM channel), (SELECT max(channel_id) FROM channel)"""  # noqa: S608

Version = tuple[int | None, ...]


def version(conn: Connection) -> Version:
    """Numbers that change with every change of what :func:`whole_registry` gives.

    Rows of the registry are added and superseded, nothing else. When they were superseded would not
    do: an import that waited for another has the earlier time.
    """
    row = conn.execute(_VERSION.encode()).fetchone()
    assert row is not None
    return tuple(row)


def households_ever(conn: Connection, usage_points: Sequence[int]) -> dict[int, list[int]]:
    """Usage point -> everyone who was ever said to live where it was ever said to be."""
    found: dict[int, list[int]] = {}
    for point, household in conn.execute(_EVER, [list(usage_points)]):
        found.setdefault(point, []).append(household)
    return found


def registry_of(
    conn: Connection, households: Iterable[int], commodities: Sequence[str] | None = None
) -> Registry:
    """What is known of some households now; usage points of these commodities only, or of all."""
    listed = sorted(set(households))
    occupancies = _occupancies(conn, "household_id = ANY(%s)", [listed])
    dwellings = sorted({row.dwelling for row in occupancies})
    points = _points(conn, "dwelling_id = ANY(%s)", [dwellings])
    if commodities is not None:
        points = [point for point in points if point.commodity in commodities]
    numbers = sorted({point.usage_point for point in points})
    return Registry(
        points,
        occupancies,
        _consents(conn, "household_id = ANY(%s)", [listed]),
        _streams(conn, "usage_point_id = ANY(%s)", [numbers]),
        main_streams(conn),
    )


def whole_registry(conn: Connection) -> Registry:
    """Everything that is known now."""
    return Registry(
        _points(conn, "true", []),
        _occupancies(conn, "true", []),
        _consents(conn, "true", []),
        _streams(conn, "true", []),
        main_streams(conn),
    )


def main_streams(conn: Connection) -> dict[str, tuple[str, str]]:
    """(flow, quantity) that each commodity's usage points all have."""
    rows = conn.execute("SELECT commodity, flows, quantity FROM commodity")
    return {
        commodity: ("consumption" if "consumption" in flows else flows[0], quantity)
        for commodity, flows, quantity in rows
        if flows
    }


def _occupancies(conn: Connection, where: str, values: list[object]) -> list[OccupancyRow]:
    rows = conn.execute(_OCCUPANCIES.format(where).encode(), values)
    return [OccupancyRow(h, d, *strictly_between(a, b)) for h, d, a, b in rows]


def _points(conn: Connection, where: str, values: list[object]) -> list[UsagePointRow]:
    rows = conn.execute(_POINTS.format(where).encode(), values)
    return [UsagePointRow(p, c, d, *inclusive(a, b)) for p, c, d, a, b in rows]


def _consents(conn: Connection, where: str, values: list[object]) -> list[ConsentRow]:
    rows = conn.execute(_CONSENTS.format(where).encode(), values)
    return [ConsentRow(h, c, p, g, *strictly_between(a, b)) for h, c, p, g, a, b in rows]


def _streams(conn: Connection, where: str, values: list[object]) -> set[tuple[int, str, str]]:
    rows = conn.execute(_STREAMS.format(where).encode(), values).fetchall()
    return {(point, flow, quantity) for point, flow, quantity in rows}
