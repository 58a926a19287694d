"""A small invented district written straight into the derived tables, for the pages' tests.

Everything is a function of `now`: 400 days of a household with four commodities, its live channels,
and public figures of an arrondissement with six quarters, three of them withheld.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import math
import random
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import psycopg

from dashboard.times import DAY, SLOT, add_months, day_slots, local_day, month_start, starts_at
from hub.store.reconcile import Outcome, checks
from hub.store.verdicts import keep_verdict

ZONE = ZoneInfo("Europe/Paris")
DAYS, DAYS_WITH_SLOTS = 400, 70
QUARTERS = [
    ("693830101", "Part-Dieu", 180, 1, 1),
    ("693830102", "Villette", 140, 2, 1),
    ("693830103", "Montchat", 110, 3, 1),
    ("693830104", "Saxe", 80, 1, 2),
    ("693830105", "Sans-Souci", 60, 2, 2),
    ("693830106", "Dauphiné", 30, 3, 2),
]
#: (commodity, flow, quantity, register, kWh or m3 a day, half-hour profile)
SERIES = [
    ("electricity", "consumption", "energy", "TOTAL", 8.2, "evening"),
    ("electricity", "consumption", "energy", "HP", 5.4, "evening"),
    ("electricity", "consumption", "energy", "HC", 2.8, "night"),
    ("electricity", "injection", "energy", "TOTAL", 1.6, "noon"),
    ("gas", "consumption", "volume", "TOTAL", 3.1, "morning"),
    ("water", "consumption", "volume", "TOTAL", 0.31, "morning"),
    ("solar", "production", "energy", "TOTAL", 4.4, "noon"),
]
_PEAKS = {
    "evening": ((7, 1.0), (19.5, 2.2)),
    "night": ((2, 2.5),),
    "noon": ((12.5, 4.0),),
    "morning": ((7.5, 2.5), (19, 1.4)),
}
_FLOOR = {"evening": 0.35, "night": 0.0, "noon": 0.0, "morning": 0.05}


@dataclass(frozen=True)
class Seeded:
    """What a test needs to know of it."""

    household_id: int
    token: str
    #: (commodity, kind, register) -> channel
    channels: dict[tuple[str, str, str], int]


def seed(url: str, now: dt.datetime, token: str = "test-session-token") -> Seeded:
    """Fill an empty, migrated database."""
    with psycopg.connect(url) as connection:
        measures = _measures(connection)
        areas = _areas(connection)
        household = _household(connection, areas["693830101"])
        channels = _channels(connection, household, now)
        _household_days(connection, household, measures, now)
        _published(connection, areas, measures, now)
        _session(connection, household, token, now)
        _proof(connection)
        connection.execute(
            "INSERT INTO factor (name, value, unit, source, provisional)"
            " VALUES ('gas_coefficient', 11.2, 'kWh/m3', 'test', true) ON CONFLICT DO NOTHING"
        )
        connection.commit()
        return Seeded(household, token, channels)


def _proof(connection: psycopg.Connection) -> None:
    """A verdict that never looked at these rows, which nothing was rolled up into."""
    found = [Outcome(check.name, 1200, {"pending": 3}, 0, []) for check in checks()]
    waiting = {"ranges": 7, "set_aside": 0, "areas": 5, "areas_set_aside": 0}
    keep_verdict(connection, waiting, found)


def _one(connection: psycopg.Connection, query: str, *values: object) -> int:
    row = connection.execute(query, values).fetchone()
    assert row is not None
    return int(row[0])


def _measures(connection: psycopg.Connection) -> dict[tuple[str, str, str], int]:
    found = {}
    for commodity, flow, quantity, register, _, _ in SERIES:
        found[commodity, flow, register] = _one(
            connection,
            "INSERT INTO measure (commodity, flow, quantity, register) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT (commodity, flow, quantity, register) DO UPDATE SET flow = excluded.flow"
            " RETURNING measure_id",
            commodity,
            flow,
            quantity,
            register,
        )
    return found


def _areas(connection: psycopg.Connection) -> dict[str, int]:
    insert = (
        "INSERT INTO area (code, name, kind, parent_id, tile_column, tile_row)"
        " VALUES (%s, %s, %s, %s, %s, %s) RETURNING area_id"
    )
    top = _one(connection, insert, "69383", "Lyon 3e", "arrondissement", None, None, None)
    areas = {"69383": top}
    for code, name, _, column, row in QUARTERS:
        areas[code] = _one(connection, insert, code, name, "iris", top, column, row)
    return areas


def _household(connection: psycopg.Connection, area: int) -> int:
    dwelling = _one(
        connection,
        "INSERT INTO dwelling (ref, area_id, kind, surface_m2) VALUES ('D1', %s, 'flat', 72)"
        " RETURNING dwelling_id",
        area,
    )
    household = _one(
        connection,
        "INSERT INTO household (ref, people, simulated) VALUES ('H1', 3, true)"
        " RETURNING household_id",
    )
    connection.execute(
        "INSERT INTO occupancy (household_id, dwelling_id) VALUES (%s, %s)", (household, dwelling)
    )
    for commodity in ("electricity", "gas", "water", "solar"):
        connection.execute(
            "INSERT INTO usage_point (ref, dwelling_id, commodity) VALUES (%s, %s, %s)",
            (f"UP-{commodity}", dwelling, commodity),
        )
    return household


def _channels(
    connection: psycopg.Connection, household: int, now: dt.datetime
) -> dict[tuple[str, str, str], int]:
    """Live channels with a last value: two electricity registers, a water index, powers."""
    live = [
        ("electricity", "consumption", "energy", "HP", "register", 4_567_890_000, 12),
        ("electricity", "consumption", "energy", "HC", "register", 3_555_566_000, 12),
        ("electricity", "consumption", "apparent_power", "TOTAL", "power", 1_240_000, 12),
        ("gas", "consumption", "volume", "TOTAL", "register", 2_345_678_000, 740),
        ("water", "consumption", "volume", "TOTAL", "register", 287_432_000, 55),
        ("solar", "production", "energy", "TOTAL", "register", 6_120_440_000, 8),
        ("solar", "production", "power", "TOTAL", "power", 380_000, 8),
    ]
    channels = {}
    for commodity, flow, quantity, register, kind, value, seconds in live:
        number = _one(
            connection,
            "INSERT INTO channel"
            " (usage_point_id, commodity, flow, quantity, register, kind, source)"
            " SELECT usage_point_id, %s, %s, %s, %s, %s, 'senml' FROM usage_point WHERE ref = %s"
            " RETURNING channel_id",
            commodity,
            flow,
            quantity,
            register,
            kind,
            f"UP-{commodity}",
        )
        connection.execute(
            "INSERT INTO latest (channel_id, ts, value, received_at) VALUES (%s, %s, %s, %s)",
            (number, now - dt.timedelta(seconds=seconds), value, now),
        )
        channels[commodity, kind, register] = number
    return channels


def _weight(profile: str, hour: float) -> float:
    bumps = sum(high * math.exp(-(((hour - at) / 1.6) ** 2)) for at, high in _PEAKS[profile])
    return _FLOOR[profile] + bumps


def day_amounts(series: int, day: dt.date) -> list[int]:
    """The half-hours of a day, in mWh or cm3. Electricity's total is the sum of its registers."""
    if series == 0:
        return [hp + hc for hp, hc in zip(day_amounts(1, day), day_amounts(2, day), strict=True)]
    commodity, _, _, _, daily, profile = SERIES[series]
    start = dt.timedelta(hours=6) if commodity == "gas" else dt.timedelta()
    noise = random.Random(f"{series}-{day}")
    season = 1 + 0.45 * math.cos((day.timetuple().tm_yday - 20) / 365 * 2 * math.pi)
    if profile == "noon":
        season = 2 - season
    starts = day_slots(day, ZONE, start)
    weights = [
        _weight(profile, local.hour + local.minute / 60) * noise.uniform(0.6, 1.4)
        for local in (at.astimezone(ZONE) for at in starts)
    ]
    total = daily * season * noise.uniform(0.8, 1.25) * 1_000_000
    step = 1_000 if commodity != "gas" else 10_000
    return [round(total * weight / sum(weights) / step) * step for weight in weights]


def _household_days(
    connection: psycopg.Connection,
    household: int,
    measures: dict[tuple[str, str, str], int],
    now: dt.datetime,
) -> None:
    months: dict[tuple[int, dt.date], list[int]] = {}
    with connection.cursor().copy(
        "COPY household_day (day, household_id, covered, measure_id, expected, measured, allocated,"
        " slots, slots_allocated, slots_covered) FROM STDIN"
    ) as copy:
        for number, (commodity, flow, _, register, _, _) in enumerate(SERIES):
            start = dt.timedelta(hours=6) if commodity == "gas" else dt.timedelta()
            last = local_day(now, ZONE, start)
            measure = measures[commodity, flow, register]
            for back in range(DAYS):
                day = last - DAY * back
                if commodity == "water" and back == 9:
                    continue  # a day nobody measured
                row = _day_row(number, day, start, now, back)
                copy.write_row((day, household, row[0], measure, True, *row[1:]))
                sums = months.setdefault((measure, month_start(day)), [0, 0, 0])
                sums[0] += row[0]
                sums[1] += row[1]
                sums[2] += 1
    for (measure, month), (covered, amount, days) in months.items():
        connection.execute(
            "INSERT INTO household_month"
            " (month, household_id, covered, measure_id, days_present, measured)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            (month, household, covered, measure, days, amount),
        )


def _day_row(
    number: int, day: dt.date, start: dt.timedelta, now: dt.datetime, back: int
) -> tuple[int, int, int | None, list[int | None] | None, list[int] | None, list[int] | None]:
    """covered, measured, allocated, slots, slots_allocated, slots_covered."""
    commodity = SERIES[number][0]
    amounts = day_amounts(number, day)
    starts = day_slots(day, ZONE, start)
    if back >= DAYS_WITH_SLOTS:
        return 1800 * len(starts), sum(amounts), None, None, None, None
    slots: list[int | None] = [
        amount if at + SLOT <= now else None for at, amount in zip(starts, amounts, strict=True)
    ]
    if commodity == "electricity" and back == 1:
        slots[4:10] = [None] * 6  # from 2 h to 5 h
    spread = [0] * len(slots)
    if commodity == "gas" and back == 0:
        for place in range(min(6, len(slots))):
            spread[place] = slots[place] or 0
    known = sum(amount or 0 for amount in slots)
    allocated = sum(spread)
    covered = 1800 * sum(amount is not None for amount in slots)
    return covered, known - allocated, allocated or None, slots, spread if allocated else None, None


def _published(
    connection: psycopg.Connection,
    areas: dict[str, int],
    measures: dict[tuple[str, str, str], int],
    now: dt.datetime,
) -> None:
    homes = {"69383": 600} | {code: count for code, _, count, _, _ in QUARTERS}
    shares = {"electricity": 1.0, "water": 1.0, "gas": 0.75, "solar": 0.13}
    rows = []
    for number, (commodity, flow, _, register, _, _) in enumerate(SERIES):
        if register != "TOTAL":
            continue
        start = dt.timedelta(hours=6) if commodity == "gas" else dt.timedelta()
        made = commodity == "solar" or flow == "injection"
        for code, area in areas.items():
            count = round(homes[code] * (0.13 if made else shares[commodity]))
            rows += _area_rows(
                number, start, code, area, count, made, now, measures[commodity, flow, register]
            )
    with connection.cursor().copy(
        "COPY published (release, area_id, measure_id, step, start, end_ts, period, amount,"
        " households, households_expected, withheld) FROM STDIN"
    ) as copy:
        for row in rows:
            copy.write_row(("running", *row))


def _area_rows(
    number: int,
    start: dt.timedelta,
    code: str,
    area: int,
    count: int,
    made: bool,
    now: dt.datetime,
    measure: int,
) -> list[tuple[object, ...]]:
    """Days to D-3, months to the last one, two days of half-hours for the arrondissement."""
    today = local_day(now, ZONE, start)
    enough = count >= (10 if made else 100)
    rows: list[tuple[object, ...]] = []
    months: dict[dt.date, int] = {}
    for back in range(1, DAYS):
        day = today - DAY * back
        total = sum(day_amounts(number, day)) * count
        months[month_start(day)] = months.get(month_start(day), 0) + total
        if back >= 3:
            rows.append(
                _row(area, measure, "day", day, day + DAY, start, total if enough else None, count)
            )
    for month, total in months.items():
        if month < month_start(today):
            end = add_months(month, 1)
            rows.append(
                _row(area, measure, "month", month, end, start, total if enough else None, count)
            )
    if code == "69383" and start == dt.timedelta():
        for day in (today - DAY, today):
            for at, amount in zip(
                day_slots(day, ZONE, start), day_amounts(number, day), strict=True
            ):
                if at + SLOT * 2 <= now:
                    rounded = round(amount * count / 5_000_000) * 5_000_000
                    rows.append(
                        (
                            area,
                            measure,
                            "30min",
                            at,
                            at + SLOT,
                            day,
                            rounded,
                            count,
                            count + 20,
                            False,
                        )
                    )
    return rows


def _row(
    area: int,
    measure: int,
    step: str,
    first: dt.date,
    end: dt.date,
    start: dt.timedelta,
    amount: int | None,
    count: int,
) -> tuple[object, ...]:
    return (
        area,
        measure,
        step,
        starts_at(first, ZONE, start),
        starts_at(end, ZONE, start),
        first,
        amount,
        count if amount is not None else None,
        count + 20 if amount is not None else None,
        amount is None,
    )


def _session(connection: psycopg.Connection, household: int, token: str, now: dt.datetime) -> None:
    connection.execute(
        "INSERT INTO session (digest, household_id, expires_at) VALUES (%s, %s, %s)",
        (hashlib.sha256(token.encode()).digest(), household, now + dt.timedelta(days=30)),
    )
