"""Public figures: only what is published, homes in bands, one text for what is withheld."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from hub.app.settings import Settings
from hub.app.web import create_app
from hub.disclosure.publish import publish_due
from hub.store.connection import connect
from tests.disclosure.district import HOMES, ROOFS, areas, days, half_hours, measure
from tests.stack import Stack
from tests.web import TestClient

NOW = datetime.now(UTC)
TODAY = date(NOW.year, NOW.month, NOW.day)
MONTH = (TODAY.replace(day=1) - timedelta(days=45)).replace(day=1)


@pytest.fixture(scope="module")
def url(stack: Stack) -> Iterator[str]:
    """A district published as of now: 13 months of days, three days of half-hours."""
    with stack.fresh_database() as found, connect(found, application="test") as conn:
        ids = areas(conn, list(HOMES))
        for commodity, flow, homes in (
            ("electricity", "consumption", HOMES),
            ("gas", "consumption", HOMES),
            ("solar", "production", ROOFS),
        ):
            number = measure(conn, commodity, flow)
            days(conn, ids, number, homes, TODAY - timedelta(days=440), TODAY)
            if commodity != "gas":
                for back in range(40):
                    day = TODAY - timedelta(days=back)
                    half_hours(conn, ids, number, homes, day, slots_of(day))
        # a total that is not published, to see that it stays so
        days(conn, ids, measure(conn, "electricity", "injection"), {"Q30": 3}, TODAY, TODAY)
        conn.commit()
        publish_due(conn, NOW)
        yield found


def slots_of(day: date) -> int:
    from zoneinfo import ZoneInfo

    from hub.periods import MIDNIGHT, instant_of

    zone = ZoneInfo("Europe/Paris")
    length = instant_of(day + timedelta(days=1), MIDNIGHT, zone) - instant_of(day, MIDNIGHT, zone)
    return int(length.total_seconds()) // 1800


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[TestClient]:
    app = create_app(url, Settings(demo=True), more_routes=(), more_pages=())
    with TestClient(app, follow_redirects=False) as found:
        yield found


@pytest.fixture
def ask(client: TestClient) -> Any:
    def get(query: str, code: str = "69383", **headers: str) -> tuple[int, Any]:
        answer = client.get(f"/api/v1/areas/{code}/consumption?{query}", headers=headers)
        return answer.status_code, answer.json()

    return get


def test_days(ask: Any) -> None:
    status, body = ask("commodity=electricity")
    assert status == 200
    assert (body["unit"], body["step"], body["release"]) == ("kWh", "day", "running")
    assert body["simulated"] is True
    assert len(body["points"]) in {397, 398}  # 400 days back, less the last ones
    assert body["points"][-1] == {
        "start": body["points"][-1]["start"],
        "end": body["points"][-1]["end"],
        "amount": 6000,
        "households": "500-999",
        "withheld": None,
    }


def test_a_withheld_figure_tells_nothing(ask: Any) -> None:
    _, body = ask("commodity=electricity", "Q30")
    points = body["points"]
    assert points
    assert {(p["amount"], p["households"], p["withheld"]) for p in points} == {
        (None, None, "Non publié, pour qu'aucun foyer ne puisse être reconnu.")
    }
    _, body = ask("commodity=electricity", "Q30", **{"Accept-Language": "en-GB, fr;q=0.5"})
    assert body["points"][0]["withheld"] == (
        "Not published, so that no household can be recognised."
    )


def test_public_figures_are_read_from_a_replica(url: str) -> None:
    """The main database is away here: nothing public needs it, and nothing is written."""
    replica = f"{url}?options=-c%20default_transaction_read_only%3Don"
    settings = Settings(database_read_url=replica)
    nowhere = "postgresql://nobody@127.0.0.1:9/none?connect_timeout=1"
    app = create_app(nowhere, settings, more_routes=(), more_pages=())
    with TestClient(app) as client:
        for path in (
            "/api/v1/areas",
            "/api/v1/areas/69383/consumption?commodity=electricity",
            "/open/catalog.jsonld",
            "/open/datasets/day-totals",
            "/open/datasets/month-totals.json",
        ):
            assert client.get(path).status_code == 200, path


def test_half_hours_of_the_last_two_days(ask: Any) -> None:
    _, body = ask("commodity=electricity&step=30min")
    points = body["points"]
    assert 90 <= len(points) <= 96
    assert {p["amount"] for p in points} == {120}
    last = datetime.fromisoformat(points[-1]["end"])
    assert timedelta(minutes=30) <= NOW - last < timedelta(minutes=61)


def test_half_hours_are_served_for_a_month_only(ask: Any) -> None:
    old = TODAY - timedelta(days=35)
    _, body = ask(f"commodity=electricity&step=30min&period={old}")
    assert body["points"] == []
    recent = TODAY - timedelta(days=5)
    _, body = ask(f"commodity=electricity&step=30min&period={recent}")
    assert len(body["points"]) == slots_of(recent)


def test_roofs_have_a_lower_threshold(ask: Any) -> None:
    _, body = ask("commodity=solar")
    assert (body["flow"], body["points"][-1]["households"]) == ("production", "50-99")
    _, small = ask("commodity=solar", "Q80")
    assert small["points"][-1]["households"] == "10-19"


def test_periods(ask: Any) -> None:
    _, body = ask(f"commodity=gas&period={MONTH:%Y-%m}")
    assert body["points"][0]["start"].startswith(f"{MONTH}T06:00:00")
    assert 28 <= len(body["points"]) <= 31
    _, body = ask(f"commodity=gas&step=month&period={MONTH:%Y-%m}")
    assert [p["start"][:10] for p in body["points"]] == [str(MONTH)]
    _, body = ask(f"commodity=gas&step=month&period={MONTH:%Y}")
    assert str(MONTH) in [p["start"][:10] for p in body["points"]]
    _, body = ask("commodity=gas&step=month")
    assert 12 <= len(body["points"]) <= 14
    _, body = ask("commodity=gas&step=year")
    assert all(p["amount"] for p in body["points"])


def test_what_was_never_added_up_has_no_points(ask: Any) -> None:
    assert ask("commodity=electricity&flow=injection")[1]["points"] == []
    assert ask("commodity=heat")[1]["points"] == []


@pytest.mark.parametrize(
    ("query", "parameter", "words"),
    [
        ("", "commodity", "electricity, gas"),
        ("commodity=steam", "commodity", "electricity, gas"),
        ("commodity=gas&flow=injection", "flow", "consumption"),
        ("commodity=gas&step=hour", "step", "30min, day, month, year"),
        ("commodity=gas&from=2026-01-01", "from", "no parameter"),
        ("commodity=gas&as_of=2026-01-01T00:00:00Z", "as_of", "no parameter"),
        ("commodity=gas&period=2026-13", "period", "YYYY-MM"),
        ("commodity=gas&period=2026-W03", "period", "YYYY-MM"),
        ("commodity=gas&period=26", "period", "YYYY-MM"),
        ("commodity=gas&step=month&period=2026-11-03", "period", "shorter"),
        ("commodity=gas&step=year&period=2026-11", "period", "shorter"),
        ("commodity=gas&release=2026-11", "release", "running"),
    ],
)
def test_what_cannot_be_answered_is_refused(
    ask: Any, query: str, parameter: str, words: str
) -> None:
    status, body = ask(query, **{"Accept-Language": "en"})
    assert (status, body["parameter"]) == (422, parameter)
    assert words in body["detail"]
    assert ask(query)[1]["detail"] != body["detail"]  # in French


def test_an_unknown_area(ask: Any) -> None:
    status, body = ask("commodity=gas", "75056")
    assert (status, body["status"]) == (404, 404)


def test_the_tree(client: TestClient) -> None:
    answer = client.get("/api/v1/areas")
    found = answer.json()["areas"]
    assert found[0]["code"] == "69383"
    assert {a["parent"] for a in found[1:]} == {"69383"}
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cache-control"] == "public, max-age=60"


def test_no_count_of_homes_is_told(client: TestClient) -> None:
    """Nowhere in public answers does an exact count of homes appear."""
    counts = {str(n) for n in HOMES.values()} | {str(n) for n in ROOFS.values() if n > 9}
    for commodity in ("electricity", "solar"):
        for code in HOMES:
            body = client.get(f"/api/v1/areas/{code}/consumption?commodity={commodity}").json()
            for point in body["points"]:
                assert point["households"] not in counts
