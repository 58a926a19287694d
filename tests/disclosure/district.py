"""A district's area totals, written straight into the derived tables."""

from __future__ import annotations

from datetime import date, timedelta

from hub.store.connection import Connection

HOMES = {"69383": 600, "Q180": 180, "Q140": 140, "Q110": 110, "Q80": 80, "Q60": 60, "Q30": 30}
ROOFS = {"69383": 80, "Q180": 24, "Q140": 19, "Q110": 15, "Q80": 11, "Q60": 8, "Q30": 3}

KWH = 1_000_000


def areas(conn: Connection, codes: list[str]) -> dict[str, int]:
    """The arrondissement (first) and its quarters; returns their ids by code."""
    ids: dict[str, int] = {}
    for code in codes:
        kind = "iris" if ids else "arrondissement"
        row = conn.execute(
            "INSERT INTO area (code, name, kind, parent_id) VALUES (%s, %s, %s, %s)"
            " RETURNING area_id",
            [code, f"Quartier {code}", kind, next(iter(ids.values()), None)],
        ).fetchone()
        assert row is not None
        ids[code] = row[0]
    return ids


def measure(conn: Connection, commodity: str, flow: str, register: str = "TOTAL") -> int:
    """The number of a total, made where it is missing."""
    row = conn.execute(
        "INSERT INTO measure (commodity, flow, quantity, register)"
        " SELECT commodity, %s, quantity, %s FROM commodity WHERE commodity = %s"
        " ON CONFLICT (commodity, flow, quantity, register) DO UPDATE SET flow = excluded.flow"
        " RETURNING measure_id",
        [flow, register, commodity],
    ).fetchone()
    assert row is not None
    return int(row[0])


def days(
    conn: Connection,
    ids: dict[str, int],
    measure_id: int,
    homes: dict[str, int],
    first: date,
    last: date,
) -> None:
    """Every area's days: each home used 10 kWh (or m3), the largest one 20."""
    rows = [
        (first + timedelta(days=d), ids[code], measure_id, n * 10 * KWH, n, n, 20 * KWH)
        for d in range((last - first).days + 1)
        for code, n in homes.items()
    ]
    with conn.cursor().copy(
        "COPY area_day (day, area_id, measure_id, amount, present, expected, largest) FROM STDIN"
    ) as copy:
        for row in rows:
            copy.write_row(row)


def half_hours(
    conn: Connection,
    ids: dict[str, int],
    measure_id: int,
    homes: dict[str, int],
    day: date,
    slots: int = 48,
    known: int | None = None,
) -> None:
    """One day's half-hours, 0.2 kWh a home; only the first ``known`` slots have anybody."""
    known = slots if known is None else known
    for code, n in homes.items():
        present = [n] * known + [0] * (slots - known)
        conn.execute(
            "INSERT INTO area_slot (day, area_id, measure_id, amount, present, expected)"
            " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (area_id, measure_id, day) DO UPDATE"
            " SET amount = excluded.amount, present = excluded.present",
            [day, ids[code], measure_id, [p * KWH // 5 for p in present], present, [n] * slots],
        )


def counted(homes: dict[str, int], count: int) -> dict[str, int]:
    """The same district with ``count`` homes in its first quarter and in all."""
    first = list(homes)[1]
    return {**homes, first: count, next(iter(homes)): sum(list(homes.values())[2:]) + count}
