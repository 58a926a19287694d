"""Portals that are asked for days: Enedis, GRDF, SolarEdge, with a household's consent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from hub.store.connection import Connection, connect
from ingest.collect import rounds as rounds_module
from ingest.collect.sources import Source
from tests.ingest.collecting import (
    AGREED,
    DEVICES,
    PARIS,
    TOKEN,
    Enedis,
    Hand,
    consent,
    days_ago,
    linky,
    number,
    once,
    rows,
    state,
    today,
)
from tests.ingest.site import Asked, Reply, Site, running, said
from tests.stack import Stack
from tests.store.district import bring, stored


@pytest.fixture
def url(stack: Stack) -> Iterator[str]:
    with stack.fresh_database() as address:
        yield address


@pytest.fixture
def conn(url: str) -> Iterator[Connection]:
    with connect(url, application="test") as connection:
        bring(connection)
        bring(connection, {"devices.csv": DEVICES, "consents.csv": AGREED})
        connection.autocommit = True
        yield connection


@pytest.fixture
def site() -> Iterator[Site]:
    with running() as started:
        yield started


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_TOKEN", TOKEN)


def test_days_and_curves_of_a_household(url: str, conn: Connection, site: Site) -> None:
    enedis = Enedis(site, date(2020, 1, 1))
    (done,) = once(url, linky(site))
    assert state(done).state == "ok", state(done).words_en
    half_hours = sum(len(enedis.curve(days_ago(conn, n))) for n in range(1, 21))
    assert rows(done) == {"accepted": 20 + half_hours}
    curves = [(first, end) for what, first, end in enedis.spans if "courbe" in what]
    assert curves[0][0] == days_ago(conn, 20)  # oldest first, seven days at most, end exclusive
    assert [(end - first).days for first, end in curves] == [7, 7, 6]
    assert curves[-1][1] == today(conn)
    (again,) = once(url, linky(site))
    assert set(rows(again)) == {"unchanged"}
    assert len(enedis.spans) == 6  # days that may still change, in one request each
    assert number(conn, "SELECT count(*) FROM dirty WHERE priority = 0") == 0


def test_a_curve_of_the_october_night_is_whole(url: str, conn: Connection, site: Site) -> None:
    """50 half-hours, and the day's energy has 25 hours."""
    enedis = Enedis(site, date(2020, 1, 1))
    autumn = datetime.now(PARIS).date()
    while len(enedis.curve(autumn)) != 50:
        autumn -= timedelta(days=1)
    span = (today(conn) - autumn).days
    source = linky(site, history=min(span, 700))
    enedis.until = autumn + timedelta(days=1)
    (done,) = once(url, source)
    assert state(done).state == "ok", state(done).words_en
    found = conn.execute(
        "SELECT period_class, count(*), sum(value), max(ts + seconds * interval '1 s') - min(ts)"
        " FROM reading JOIN channel USING (channel_id) GROUP BY 1 ORDER BY 1"
    ).fetchall()
    assert found == [
        ("day", 1, (10_000 + autumn.day) * 1000, timedelta(hours=25)),
        ("sub-daily", 50, 50 * 300_000, timedelta(hours=25)),
    ]


def test_production_is_what_is_fed_in(url: str, conn: Connection, site: Site) -> None:
    Enedis(site, date(2020, 1, 1))
    parts = ("daily_production", "production_load_curve")
    (done,) = once(url, linky(site, parts=parts, history=7))
    assert state(done).state == "ok", state(done).words_en  # days: "no_data_found" is no failure
    flows = conn.execute("SELECT flow, period_class FROM channel").fetchall()
    assert flows == [("injection", "sub-daily")]
    assert number(conn, "SELECT count(*) FROM collected_until") == 2


def test_the_former_api_is_spoken_too(url: str, conn: Connection, site: Site) -> None:
    v5 = {"unit": "Wh", "measurement_kind": "energy", "measuring_period": "P1D"}

    def answer(asked: Asked) -> Reply:
        assert asked.query["usage_point_id"] == "PRM1"
        days = [{"value": "5000", "date": asked.query["start"]}]
        told = {"usage_point_id": "PRM1", "reading_type": v5, "interval_reading": days}
        return said({"meter_reading": told})

    site.answers["/v2/metering_data_dc/v5/daily_consumption"] = answer
    source = linky(site, api="metering_data", parts=("daily_consumption",))
    (done,) = once(url, source)
    assert rows(done) == {"accepted": 1}


def test_after_an_outage_it_catches_up_from_the_last_reading(
    url: str, conn: Connection, site: Site
) -> None:
    enedis = Enedis(site, date(2020, 1, 1))
    source = linky(site, parts=("daily_consumption",), history=60)
    once(url, source)
    enedis.spans.clear()
    gone = days_ago(conn, 10)  # as if it had been away for ten days
    conn.execute("DELETE FROM reading WHERE ts >= %s::date::timestamptz", [gone])
    conn.execute("UPDATE collected_until SET until = %s", [gone])
    (done,) = once(url, source)
    assert enedis.spans == [("consommation_quotidienne", gone - timedelta(days=7), today(conn))]
    assert rows(done) == {"accepted": 10, "unchanged": 7}


def test_days_that_came_late_are_found_for_a_month(url: str, conn: Connection, site: Site) -> None:
    enedis = Enedis(site, date(2020, 1, 1))
    enedis.silent = {days_ago(conn, n) for n in range(1, 13)}
    source = linky(site, parts=("daily_consumption",), history=60)
    once(url, source)
    enedis.silent = set()
    (done,) = once(url, source)
    assert rows(done) == {"accepted": 12, "unchanged": 7}


def test_the_beginning_of_a_meter_is_found_in_a_few_requests(
    url: str, conn: Connection, site: Site
) -> None:
    enedis = Enedis(site, days_ago(conn, 11))
    source = linky(site, parts=("consumption_load_curve",), history=700)
    (done,) = once(url, source)
    assert state(done).state == "ok", state(done).words_en
    assert len(enedis.spans) < 18
    assert number(conn, "SELECT min(ts)::date FROM reading") == days_ago(conn, 11)
    assert number(conn, "SELECT max((ts + seconds * interval '1 s')::date) FROM reading") == today(
        conn
    )
    enedis.since = today(conn) + timedelta(days=1)  # one that was never in service
    conn.execute("DELETE FROM collected_until")
    conn.execute("DELETE FROM reading")
    (nothing,) = once(url, source)
    assert (state(nothing).state, rows(nothing)) == ("ok", {})


def test_a_long_past_is_caught_up_in_several_rounds(
    url: str, conn: Connection, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    enedis = Enedis(site, date(2020, 1, 1))
    monkeypatch.setattr(rounds_module, "REQUESTS", 2)
    source = linky(site, parts=("consumption_load_curve",), history=40)
    hand = Hand(url, [source])
    done = [hand.rounds()[0] for _ in range(4)]
    assert [each.more for each in done] == [True, True, True, False]
    waits = [each.next_at - hand.now for each in done]
    assert waits == pytest.approx([120, 120, 120, 21_600])
    assert len(enedis.spans) == 7  # with the overlap of each new round
    assert number(conn, "SELECT count(DISTINCT ts::date) FROM reading") in (40, 41)


def test_a_part_that_fails_leaves_the_others_alone(url: str, conn: Connection, site: Site) -> None:
    Enedis(site, date(2020, 1, 1))
    refused = said({"code": "900908", "message": "API Subscription validation failed"}, 403)
    site.answers["/v2/consommation_quotidienne"] = refused
    (done,) = once(url, linky(site))
    assert (state(done).state, state(done).needs_person) == ("failed", True)
    assert "API Subscription validation failed" in str(state(done).words_en)
    assert set(number(conn, "SELECT array_agg(period_class) FROM channel")) == {"sub-daily"}


def test_an_outage_of_the_portal_stops_the_round_and_keeps_what_came(
    url: str, conn: Connection, site: Site
) -> None:
    enedis = Enedis(site, date(2020, 1, 1))
    good = enedis.answer

    def twice_good(asked: Asked) -> Reply:
        return good(asked) if len(enedis.spans) < 2 else Reply(b"", 503, {"Retry-After": "7"})

    site.answers["/v2"] = twice_good
    (done,) = once(url, linky(site, parts=("consumption_load_curve", "daily_consumption")))
    assert state(done).failures == 1
    assert len(site.asked) == 3  # nothing more was asked
    assert number(conn, "SELECT count(DISTINCT (ts + interval '1 s')::date) FROM reading") == 14
    assert number(conn, "SELECT until FROM collected_until") == days_ago(conn, 6)
    site.answers["/v2"] = good
    (well,) = once(url, linky(site))
    assert state(well).failures == 0
    assert number(conn, "SELECT count(*) FROM reading_revision") == 0


@pytest.mark.parametrize(
    ("rows_of_it", "words"),
    [
        ([], "has no consent 'collect' in force"),
        (["h1,area-totals,,,,,"], "has no consent 'collect' in force"),
        (["h2,collect,,,,,"], "has no consent 'collect' in force"),
        (["h1,collect,gas,,,,"], "has no consent 'collect' in force"),
        (["h1,collect,,,{30},{0},"], "has no consent 'collect' in force"),
        (["h1,collect,,,{-3},,"], "has no consent 'collect' in force"),
    ],
)
def test_without_a_consent_nothing_is_asked(
    url: str, conn: Connection, site: Site, rows_of_it: list[str], words: str
) -> None:
    Enedis(site, date(2020, 1, 1))
    consent(conn, *(_dated(conn, row) for row in rows_of_it))
    (done,) = once(url, linky(site))
    assert (state(done).state, state(done).failures) == ("stopped", 0)
    assert words in str(state(done).words_en)
    assert site.asked == []


def _dated(conn: Connection, row: str) -> str:
    for days in (-3, 0, 3, 30):
        row = row.replace(f"{{{days}}}", str(days_ago(conn, days)))
    return row


def test_a_consent_counts_from_the_day_after_it(url: str, conn: Connection, site: Site) -> None:
    enedis = Enedis(site, date(2020, 1, 1))
    consent(conn, f"h1,collect,electricity,half-hour,{days_ago(conn, 5)},,")
    once(url, linky(site))
    assert {first for _, first, _ in enedis.spans} == {days_ago(conn, 4)}
    assert number(conn, "SELECT min(ts)::date FROM reading") == days_ago(conn, 4)


def test_nothing_of_the_former_tenant_is_asked(url: str, conn: Connection, site: Site) -> None:
    enedis = Enedis(site, date(2020, 1, 1))
    moved = days_ago(conn, 6)
    bring(
        conn,
        {"stay.csv": "household,dwelling,valid_from,valid_to,action\n"
                     f"h1,d1,,,remove\nh1,d1,{moved},,\n"},
    )  # fmt: skip
    once(url, linky(site))
    assert {first for _, first, _ in enedis.spans} == {moved + timedelta(days=1)}
    # a portal that gives more than was asked for is not believed
    enedis.spans.clear()
    site.answers["/v2/consommation_quotidienne"] = said(
        {"idPrm": "PRM1", "grandeur": [{"grandeurMetier": "CONS", "unite": "Wh", "points": [
            enedis.day(moved - timedelta(days=1))]}]}
    )  # fmt: skip
    (done,) = once(url, linky(site, parts=("daily_consumption",)))
    assert rows(done) == {"rejected": 1}
    assert "where what is taken begins" in str(state(done).words_en)


def test_who_moved_out_is_not_asked_for_any_more(url: str, conn: Connection, site: Site) -> None:
    Enedis(site, date(2020, 1, 1))
    bring(
        conn,
        {"stay.csv": f"household,dwelling,valid_from,valid_to\nh1,d1,,{today(conn)}\n"},
    )
    (done,) = once(url, linky(site))
    assert state(done).state == "stopped"
    assert "nobody lives at PRM1" in str(state(done).words_en)
    assert site.asked == []


def test_a_consent_withdrawn_while_the_portal_answers_is_heeded(
    url: str, conn: Connection, site: Site
) -> None:
    enedis = Enedis(site, date(2020, 1, 1))
    good = enedis.answer
    consent(conn, "h1,collect,electricity,,,,")

    def withdraw_electricity(asked: Asked) -> Reply:
        with connect(url, application="test") as other:
            consent(other, f"h1,collect,electricity,,,{today(conn)},", keep=True)
        return good(asked)

    site.answers["/v2"] = withdraw_electricity
    (done,) = once(url, linky(site))
    assert state(done).state == "stopped"
    assert len(site.asked) == 1
    assert stored(conn) == []


def test_what_is_finer_than_was_agreed_to_is_not_asked(
    url: str, conn: Connection, site: Site
) -> None:
    enedis = Enedis(site, date(2020, 1, 1))
    consent(conn, "h1,collect,,day,,,", keep=True)
    (done,) = once(url, linky(site))
    assert {what for what, *_ in enedis.spans} == {"consommation_quotidienne"}
    assert "finer than the household agreed to (day)" in str(state(done).words_en)
    assert rows(done) == {"accepted": 20}


def test_readings_of_another_household_are_not_taken(
    url: str, conn: Connection, site: Site
) -> None:
    Enedis(site, date(2020, 1, 1)).prm = "PRM2"
    (done,) = once(url, linky(site, parts=("daily_consumption",)))
    assert rows(done) == {"rejected": 20}
    assert "does not write for PRM2" in str(state(done).words_en)
    assert stored(conn) == []
    (unknown,) = once(url, linky(site, usage_point="PRM9"))
    assert (state(unknown).state, "not in the registry" in str(state(unknown).words_en)) == (
        "stopped",
        True,
    )


def gas(site: Site, **other: Any) -> Source:
    usual: dict[str, Any] = {
        "usage_point": "PCE1", "token_env": "TEST_TOKEN", "timeout": 10, "history": 20,
        "parts": ("donnees_consos_informatives",), "interval": 43_200,
    }  # fmt: skip
    return Source("gas", "grdf_adict", f"{site.url}/adict/v2", **(usual | other))


def gas_day_ends(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 6, tzinfo=PARIS) + timedelta(days=1)


def gas_day(day: date) -> dict[str, Any]:
    start, end = (gas_day_ends(d).isoformat() for d in (day - timedelta(days=1), day))
    return {
        "pce": {"id_pce": "PCE1"},
        "consommation": {
            "date_debut_consommation": start, "date_fin_consommation": end, "volume_brut": 2.5,
            "coeff_calcul": {"coeff_conversion": 11.2}, "energie": 28,
            "sens_flux_gaz": "Consommation", "journee_gaziere": day.isoformat(),
            "type_conso": "Informative Journalier",
        },
        "statut_restitution": None,
    }  # fmt: skip


def test_gas_days_of_a_household(url: str, conn: Connection, site: Site) -> None:
    told: set[date] = set()

    def answer(asked: Asked) -> Reply:
        first, end = (date.fromisoformat(asked.query[n]) for n in ("date_debut", "date_fin"))
        days = [first + timedelta(days=n) for n in range((end - first).days)]
        over = [day for day in days if gas_day_ends(day) <= datetime.now(PARIS)]
        told.update(over)
        return Reply(b"\n".join(json.dumps(gas_day(day)).encode() for day in over))

    site.answers["/adict/v2/pce/PCE1/donnees_consos_informatives"] = answer
    (done,) = once(url, gas(site))
    assert state(done).state == "ok", state(done).words_en
    assert len(told) in (19, 20)  # yesterday's gas day ends at six
    assert rows(done) == {"accepted": len(told)}
    amounts = [r for r in stored(conn) if r[3]]
    assert len(amounts) == len(told)
    assert {r[2] for r in amounts} == {2_500_000}
    (again,) = once(url, gas(site))
    assert set(rows(again)) == {"unchanged"}


def status(code: int, message: str) -> dict[str, Any]:
    return {"pce": {"id_pce": "PCE1"}, "consommation": None,
            "statut_restitution": {"code": str(code), "message": message}}  # fmt: skip


@pytest.mark.parametrize(
    ("code", "state_", "needs_person", "until_"),
    [
        (1000008, "ok", False, True),  # nothing in these days
        (1000014, "failed", True, False),  # the holder withdrew
        (1000001, "failed", True, False),  # the right expired
        (2000100, "failed", False, False),  # part of it is missing
    ],
)
def test_what_grdf_says_instead_of_readings(
    url: str, conn: Connection, site: Site, code: int, state_: str, needs_person: bool,
    until_: bool,
) -> None:  # fmt: skip
    yesterday = gas_day(days_ago(conn, 2))
    lines = [yesterday, status(code, "x")] if code == 2000100 else [status(code, "x")]
    site.answers["/adict/v2"] = Reply(b"\n".join(json.dumps(line).encode() for line in lines))
    (done,) = once(url, gas(site))
    assert (state(done).state, state(done).needs_person) == (state_, needs_person)
    assert bool(number(conn, "SELECT count(*) FROM collected_until")) is until_
    if code == 2000100:  # what is good of it is stored
        assert rows(done)["accepted"] == 1
        assert len(stored(conn)) == 1


def test_solaredge_tells_of_today_too(url: str, conn: Connection, site: Site) -> None:
    midnight = datetime.combine(today(conn), datetime.min.time(), PARIS)
    quarter = datetime.now(PARIS) - timedelta(hours=1)
    quarter = max(quarter.replace(minute=0, second=0, microsecond=0), midnight)

    def answer(asked: Asked) -> Reply:
        assert asked.query["api_key"] == TOKEN
        assert asked.query["endDate"] >= asked.query["startDate"]
        value = {"date": quarter.strftime("%Y-%m-%d %H:%M:%S"), "value": 12.0}
        told = {"timeUnit": "QUARTER_OF_AN_HOUR", "unit": "Wh", "values": [value]}
        return said({"energy": told, "echo": TOKEN})

    site.answers["/site/99000000003/energy"] = answer
    source = Source(
        "sun", "solaredge", site.url, device="99000000003", token_env="TEST_TOKEN",
        parts=("energy",), interval=900, timeout=5,
    )  # fmt: skip
    (done,) = once(url, source)
    assert state(done).state == "ok", state(done).words_en
    assert site.asked[-1].query["endDate"] == today(conn).isoformat()
    assert number(conn, "SELECT until FROM collected_until") == today(conn)
    assert [value for _, _, value, _, _ in stored(conn)] == [12_000]
