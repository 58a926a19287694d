"""A household's series: every step, local days of 23 and 25 hours, gas days, units, refusals."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from hub.store.connection import Connection
from tests.routes.conftest import KWH, Seeded, bearer, put_days
from tests.web import TestClient

SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


@pytest.fixture(scope="module", autouse=True)
def data(seeded: Seeded) -> None:
    """H1: half-hours around both changes of the clock, HP and HC, gas, water without slots."""
    from hub.store.connection import connect

    with connect(seeded.url, application="test") as conn:
        h1 = seeded.household
        put_days(conn, h1, "electricity", "consumption", date(2026, 3, 28),
                 [[KWH // 10] * 48, [KWH // 10] * 46, [KWH // 10] * 48])  # fmt: skip
        holes: list[int | None] = [KWH] * 50
        holes[4:8] = [None] * 4
        put_days(conn, h1, "electricity", "consumption", AUTUMN, [holes, [0] * 48],
                 allocated=2 * KWH, quality={"suspect": 2})  # fmt: skip
        put_days(conn, h1, "electricity", "consumption", AUTUMN, [[KWH // 2] * 50], register="HC")
        put_days(conn, h1, "gas", "consumption", SPRING, [None] * 3, amount=2_345_678)
        put_days(conn, h1, "water", "consumption", SPRING, [None], amount=0)
        put_days(conn, h1, "electricity", "injection", SPRING, [[1234] * 92], slot_seconds=900)
        conn.execute(
            "INSERT INTO household_month (month, household_id, covered, measure_id, days_present,"
            " measured, allocated) SELECT m, %s, 86400, measure_id, 1, 3000000, 500000"
            " FROM measure, unnest(ARRAY['2026-01-01', '2026-03-01']::date[]) m"
            " WHERE (commodity, flow, register) = ('electricity', 'consumption', 'TOTAL')",
            [h1],
        )
        conn.execute(
            "INSERT INTO factor (name, scope, value, unit, source, provisional, valid_from,"
            " valid_to) VALUES"
            " ('gas_coefficient', '', 11.05, 'kWh/m3', 'GRDF', true, '2026-03-30', NULL),"
            " ('gas_coefficient', '69383', 11.125, 'kWh/m3', 'GRDF', false, '2026-03-30',"
            "  '2026-03-31')"
        )
        conn.commit()


@pytest.fixture
def ask(client: TestClient, seeded: Seeded) -> Any:
    """Ask for H1's series; gives (status, body), numbers as Decimal."""

    def get(query: str, commodity: str = "electricity") -> tuple[int, Any]:
        answer = client.get(
            f"/api/v1/households/H1/consumption?commodity={commodity}&{query}",
            headers=bearer(seeded.own) | {"Accept-Language": "en"},
        )
        return answer.status_code, json.loads(answer.content, parse_float=Decimal)

    return get


def test_days(ask: Any) -> None:
    status, body = ask("step=day&from=2026-03-27&to=2026-03-31")
    assert status == 200
    head = {k: body[k] for k in body if k not in {"points", "pending"}}
    assert head == {
        "household": "H1", "simulated": True, "commodity": "electricity", "flow": "consumption",
        "quantity": "energy", "register": "TOTAL", "unit": "kWh", "zone": "Europe/Paris",
        "step": "day",
    }  # fmt: skip
    assert [p["amount"] for p in body["points"]] == [
        None,
        Decimal("4.8"),
        Decimal("4.6"),
        Decimal("4.8"),
    ]
    assert body["points"][0] == {
        "start": "2026-03-27T00:00:00+01:00", "end": "2026-03-28T00:00:00+01:00", "amount": None,
        "measured": None, "allocated": None, "estimated": None, "coverage": 0, "quality": {},
    }  # fmt: skip
    assert body["points"][2]["start"] == "2026-03-29T00:00:00+01:00"
    assert body["points"][2]["end"] == "2026-03-30T00:00:00+02:00"
    assert body["points"][2]["coverage"] == 1


def test_a_short_day_has_46_half_hours(ask: Any) -> None:
    _, body = ask("step=30min&from=2026-03-28T23:00:00Z&to=2026-03-29T22:00:00Z")
    starts = [p["start"] for p in body["points"]]
    assert len(starts) == 46
    assert starts[3:5] == ["2026-03-29T01:30:00+01:00", "2026-03-29T03:00:00+02:00"]
    assert sum(p["amount"] for p in body["points"]) == Decimal("4.6")


def test_a_long_day_has_50_half_hours_and_its_hole(ask: Any) -> None:
    _, body = ask("step=30min&from=2026-10-25T00:00:00%2B02:00&to=2026-10-26T00:00:00%2B01:00")
    points = body["points"]
    assert len(points) == 50
    assert [p["start"][11:] for p in points[4:8]] == [
        "02:00:00+02:00", "02:30:00+02:00", "02:00:00+01:00", "02:30:00+01:00",
    ]  # fmt: skip
    assert [p["amount"] for p in points[3:9]] == [1, None, None, None, None, 1]
    assert [p["coverage"] for p in points[3:9]] == [1, 0, 0, 0, 0, 1]
    assert points[3]["quality"] is None


def test_hours_are_sums_of_slots(ask: Any) -> None:
    _, body = ask("step=hour&from=2026-10-24T22:00:00Z&to=2026-10-25T23:00:00Z")
    amounts = [p["amount"] for p in body["points"]]
    assert amounts == [2, 2, None, None, *[2] * 21]


def test_months_and_years_are_whole(ask: Any) -> None:
    _, body = ask("step=month&from=2026-01-15&to=2026-03-02")
    assert [(p["start"][:10], p["amount"], p["allocated"]) for p in body["points"]] == [
        ("2026-01-01", Decimal("3.5"), Decimal("0.5")),
        ("2026-02-01", None, None),
        ("2026-03-01", Decimal("3.5"), Decimal("0.5")),
    ]
    _, body = ask("step=year&from=2025-05-05&to=2026-05-05")
    assert [p["amount"] for p in body["points"]] == [None, 7]
    assert body["points"][1]["measured"] == 6
    assert body["points"][1]["end"] == "2027-01-01T00:00:00+01:00"


def test_what_is_measured_allocated_and_flawed(ask: Any) -> None:
    _, body = ask("step=day&from=2026-10-25&to=2026-10-26")
    point = body["points"][0]
    assert (point["amount"], point["measured"], point["allocated"]) == (46, 44, 2)
    assert point["coverage"] == Decimal("0.92")
    assert point["quality"] == {"suspect": 2}


def test_t12_a_total_that_lacks_a_meter_says_so(ask: Any, conn: Connection, seeded: Seeded) -> None:
    """Of two meters one sent nothing: what the other counted stands, with no coverage at all."""
    day = date(2026, 4, 10)
    put_days(conn, seeded.household, "electricity", "consumption", day, [[KWH] * 48] * 2)
    conn.execute("UPDATE household_day SET covered = 0 WHERE day = %s", [day])
    conn.commit()
    _, body = ask("step=day&from=2026-04-10&to=2026-04-12")
    assert [(p["amount"], p["coverage"]) for p in body["points"]] == [(48, 0), (48, 1)]


def test_registers(ask: Any) -> None:
    _, body = ask("step=day&from=2026-10-25&to=2026-10-26&register=HC")
    assert body["points"][0]["amount"] == 25
    _, body = ask("step=day&from=2026-10-25&to=2026-10-26&register=HP")
    assert body["points"][0]["amount"] is None
    status, body = ask("register=NIGHT")
    assert (status, body["parameter"]) == (422, "register")
    assert "HC, TOTAL" in body["detail"]


def test_null_is_not_zero(ask: Any) -> None:
    _, body = ask("step=day&from=2026-03-29&to=2026-03-31", "water")
    assert [p["amount"] for p in body["points"]] == [0, None]
    _, body = ask("step=30min&from=2026-03-29T00:00:00Z&to=2026-03-29T01:00:00Z", "water")
    assert [p["amount"] for p in body["points"]] == [None, None]


def test_gas_days_begin_at_six(ask: Any) -> None:
    _, body = ask("step=day&from=2026-03-28&to=2026-03-30", "gas")
    assert [(p["start"], p["end"]) for p in body["points"]] == [
        ("2026-03-28T06:00:00+01:00", "2026-03-29T06:00:00+02:00"),
        ("2026-03-29T06:00:00+02:00", "2026-03-30T06:00:00+02:00"),
    ]
    assert body["unit"] == "m3"
    assert [p["amount"] for p in body["points"]] == [None, Decimal("2.345678")]
    _, month = ask("step=month&from=2026-03-01&to=2026-04-01", "gas")
    assert month["points"][0]["start"] == "2026-03-01T06:00:00+01:00"


def test_gas_in_kwh_says_how(ask: Any) -> None:
    _, body = ask("step=day&from=2026-03-28&to=2026-04-01&unit=kWh", "gas")
    assert (body["unit"], body["quantity"]) == ("kWh", "energy")
    volume = Decimal("2.345678")
    assert [(p["amount"], p["coefficient"], p["provisional"]) for p in body["points"]] == [
        (None, None, False),
        (volume * Decimal("11.2"), Decimal("11.2"), True),  # nobody told: the default, flagged
        (volume * Decimal("11.125"), Decimal("11.125"), False),  # of the arrondissement
        (volume * Decimal("11.05"), Decimal("11.05"), True),  # of everywhere, provisional
    ]
    assert [(c["value"], c["source"]) for c in body["coefficients"]] == [
        (Decimal("11.125"), "GRDF"),
        (Decimal("11.05"), "GRDF"),
        (Decimal("11.2"), "default"),
    ]
    _, month = ask("step=month&from=2026-03-01&to=2026-04-01&unit=kWh", "gas")
    point = month["points"][0]
    assert point["amount"] == volume * (Decimal("11.2") + Decimal("11.125") + Decimal("11.05"))
    assert (point["coefficient"], point["provisional"]) == (None, True)


@pytest.mark.parametrize(
    ("unit", "amount"),
    [("kWh", Decimal("4.8")), ("Wh", 4800), ("MWh", Decimal("0.0048"))],
)
def test_units_are_exact(ask: Any, unit: str, amount: Decimal) -> None:
    _, body = ask(f"step=day&from=2026-03-28&to=2026-03-29&unit={unit}")
    assert (body["unit"], body["points"][0]["amount"]) == (unit, amount)


def test_quarter_hours_only_where_a_meter_keeps_them(
    ask: Any, conn: Connection, seeded: Seeded
) -> None:
    query = "flow=injection&step={}&from=2026-03-28T23:00:00Z&to=2026-03-29T00:00:00Z"
    _, body = ask(query.format("30min"))
    assert [p["amount"] for p in body["points"]] == [Decimal("0.002468")] * 2
    status, body = ask(query.format("15min"))
    assert (status, body["parameter"]) == (422, "step")
    conn.execute(
        "INSERT INTO channel (usage_point_id, commodity, flow, quantity, register, kind, source,"
        " slot_minutes) SELECT usage_point_id, 'electricity', 'injection', 'energy', 'TOTAL',"
        " 'register', 'test', 15 FROM usage_point WHERE ref = 'electricityH1'"
    )
    conn.commit()
    _, body = ask(query.format("15min"))
    assert [p["amount"] for p in body["points"]] == [Decimal("0.001234")] * 4
    _, body = ask("step=15min&from=2026-03-28T23:00:00Z&to=2026-03-28T23:30:00Z")
    assert [p["amount"] for p in body["points"]] == [None, None]  # that day has half-hours


def test_what_is_still_being_computed_is_told(ask: Any, conn: Connection) -> None:
    conn.execute(
        "WITH c AS (INSERT INTO channel (usage_point_id, commodity, flow, quantity, register, kind,"
        "           source) SELECT usage_point_id, 'water', 'consumption', 'volume', 'TOTAL',"
        "           'register', 'pending' FROM usage_point WHERE ref IN ('waterH1', 'waterH2')"
        "           RETURNING channel_id, usage_point_id)"
        " INSERT INTO dirty (channel_id, from_ts, to_ts)"
        " SELECT channel_id, '2026-05-05T10:00Z'::timestamptz + n * interval '1 year',"
        " '2026-05-05T11:00Z'::timestamptz + n * interval '1 year'"
        " FROM c JOIN usage_point u USING (usage_point_id), generate_series(-1, 0) n"
        " WHERE u.ref = 'waterH1' OR n = 0"
    )
    conn.commit()
    _, body = ask("step=day&from=2026-05-05&to=2026-05-06", "water")
    told = {"from": "2026-05-05T12:00:00+02:00", "to": "2026-05-05T13:00:00+02:00"}
    assert body["pending"] == [told]
    _, body = ask("step=day&from=2026-05-06&to=2026-05-07", "water")
    assert body["pending"] == []
    # in May 2025 somebody else lived there
    _, body = ask("step=year&from=2025-01-01&to=2027-01-01", "water")
    assert body["pending"] == [told]


@pytest.mark.parametrize("name", ["from", "to", "unit", "flow"])
@pytest.mark.parametrize("step", ["day", "hour"])
def test_an_empty_parameter_is_refused_not_ignored(ask: Any, step: str, name: str) -> None:
    status, body = ask(f"step={step}&{name}=")
    assert (status, body["parameter"]) == (422, name)


def test_default_ranges(ask: Any) -> None:
    for step, count in (("30min", 96), ("hour", 48), ("day", 31), ("month", 13), ("year", 5)):
        status, body = ask(f"step={step}")
        assert (status, len(body["points"])) == (200, count), step


@pytest.mark.parametrize(
    ("query", "parameter", "words"),
    [
        ("step=week", "step", "30min"),
        ("flow=production", "flow", "injection"),
        ("unit=m3", "unit", "kWh, Wh, MWh"),
        ("unit=furlong", "unit", "kWh"),
        ("steps=day", "steps", "no parameter"),
        ("step=day&step=month", "step", "twice"),
        ("as_of=2026-01-01T00:00:00Z", "as_of", "not built yet"),
        ("from=2026-02-30", "from", "2026-02-30"),
        ("from=2026-11-22T00:00:00Z", "from", "local date"),
        ("from=20261122", "from", "local date"),
        ("step=30min&from=2026-11-22", "from", "offset"),
        ("step=30min&from=2026-11-22T00:00:00", "from", "offset"),
        ("step=30min&from=2026-11-22T00:10:00Z&to=2026-11-22T01:00:00Z", "from", "boundary"),
        ("step=hour&from=2026-11-22T00:00:00Z&to=2026-11-22T01:30:00Z", "to", "boundary"),
        ("from=2026-11-22&to=2026-11-22", "from", "before"),
        ("from=2026-11-23&to=2026-11-22", "from", "before"),
        ("from=1899-12-31&to=2026-11-22", "from", "between"),
        ("from=2026-01-01&to=9999-12-31", "to", "between"),
        ("step=day&from=2000-01-01&to=2060-01-01", "step", "20000 at most"),
        ("step=30min&from=2024-01-01T00:00:00Z&to=2026-01-01T00:00:00Z", "step", "35088 points"),
    ],
)
def test_what_cannot_be_answered_is_refused(
    ask: Any, query: str, parameter: str, words: str
) -> None:
    status, body = ask(query)
    assert status == 422
    assert body["parameter"] == parameter
    assert words in body["detail"]


@pytest.mark.parametrize("commodity", ["", "steam"])
def test_an_unknown_commodity_is_refused(ask: Any, commodity: str) -> None:
    status, body = ask("", commodity)
    assert status == 422
    assert "electricity, gas, water, solar" in body["detail"]


def test_a_plus_sign_that_became_a_space_is_understood(ask: Any) -> None:
    status, _ = ask("step=30min&from=2026-10-25T00:00:00+02:00&to=2026-10-26T00:00:00+01:00")
    assert status == 200


def test_twenty_thousand_points(ask: Any) -> None:
    status, body = ask("step=30min&from=2025-01-01T00:00:00Z&to=2026-02-21T16:00:00Z")
    assert (status, len(body["points"])) == (200, 20_000)


def test_a_household_tells_what_it_has(client: TestClient, seeded: Seeded) -> None:
    body = client.get("/api/v1/households/H1", headers=bearer(seeded.own)).json()
    assert [a["code"] for a in body["areas"]] == ["693830101", "69383"]
    assert [(t["commodity"], t["flow"], t["register"]) for t in body["totals"]] == [
        ("electricity", "consumption", "TOTAL"),
        ("electricity", "consumption", "HC"),
        ("electricity", "injection", "TOTAL"),
        ("gas", "consumption", "TOTAL"),
        ("water", "consumption", "TOTAL"),
    ]
    assert body["totals"][0]["first_day"] == "2026-03-28"
    assert body["fresh"] == {}


def test_a_gap_that_is_over_has_an_estimate_beside(
    ask: Any, conn: Connection, seeded: Seeded
) -> None:
    """Ten days of 4.8 kWh, one in part, two without a row: 3 x the mean, and none of it counts."""
    first = date(2026, 5, 1)
    full: list[int | None] = [KWH // 10] * 48
    half: list[int | None] = [KWH // 10] * 24 + [None] * 24
    days: list[list[int | None] | None] = [*([full] * 10), half]
    put_days(conn, seeded.household, "electricity", "consumption", first, days)
    put_days(conn, seeded.household, "electricity", "consumption", date(2026, 5, 14), [full] * 2)
    _, body = ask("step=day&from=2026-05-09&to=2026-05-17")
    assert [(p["amount"], p["estimated"]) for p in body["points"]] == [
        (Decimal("4.8"), None),
        (Decimal("4.8"), None),
        (Decimal("2.4"), Decimal("2.4")),
        (None, Decimal("4.8")),
        (None, Decimal("4.8")),
        (Decimal("4.8"), None),
        (Decimal("4.8"), None),
        (None, None),
    ]
    _, body = ask("step=day&from=2026-05-09&to=2026-05-17&register=HC")
    assert {p["estimated"] for p in body["points"]} == {None}
    _, body = ask("step=month&from=2026-05-01&to=2026-06-01")
    assert body["points"][0]["estimated"] == Decimal(12)


def test_an_estimate_of_gas_in_kwh_is_made_with_the_coefficient_of_its_day(
    ask: Any, conn: Connection, seeded: Seeded
) -> None:
    for first, count in ((date(2026, 6, 1), 10), (date(2026, 6, 12), 1)):
        put_days(conn, seeded.household, "gas", "consumption", first, [None] * count,
                 amount=2 * 10**6)  # fmt: skip
    _, body = ask("step=day&from=2026-06-10&to=2026-06-13&unit=kWh", "gas")
    assert [(p["amount"], p["estimated"], p["coefficient"]) for p in body["points"]] == [
        (Decimal("22.1"), None, Decimal("11.05")),
        (None, Decimal("22.1"), Decimal("11.05")),
        (Decimal("22.1"), None, Decimal("11.05")),
    ]
