"""Whose data it is: everyone else gets the answer of a household that does not exist."""

from __future__ import annotations

import pytest

from hub.accounts import log, sessions
from hub.app.settings import Settings
from hub.app.web import create_app
from hub.store.accounts import log_entries
from hub.store.connection import Connection
from tests.routes.conftest import Seeded, bearer
from tests.web import TestClient

ROUTES = (
    "/api/v1/households/{id}",
    "/api/v1/households/{id}/consumption?commodity=electricity",
    "/api/v1/households/{id}/consumption?commodity=electricity&step=30min",
    "/api/v1/households/{id}/consumption?commodity=nonsense&step=never",
    "/api/v1/households/{id}/consumption?as_of=2026-01-01T00:00:00Z&unknown=1",
)
STRANGERS = ("nobody", "other", "other's session", "gateway", "club", "made up", "basic", "empty")


def as_reader(client: TestClient, seeded: Seeded, who: str) -> dict[str, str]:
    if who == "other's session":
        client.get(seeded.other_link)
        return {}
    headers = {
        "nobody": {},
        "other": bearer(seeded.other),
        "gateway": bearer(seeded.gateway),
        "club": bearer(seeded.club),
        "made up": bearer("hub_" + "A" * 43),
        "basic": {"Authorization": "Basic SDE6SDE="},
        "empty": {"Authorization": "Bearer "},
    }
    return headers[who]


@pytest.mark.parametrize("who", STRANGERS)
@pytest.mark.parametrize("route", ROUTES)
def test_strangers_see_what_nobody_has(
    client: TestClient, seeded: Seeded, who: str, route: str
) -> None:
    headers = as_reader(client, seeded, who)
    theirs = client.get(route.format(id="H1"), headers=headers)
    nobodys = client.get(route.format(id="H999"), headers=headers)
    assert theirs.status_code == nobodys.status_code == 404
    assert theirs.content == nobodys.content
    assert theirs.headers["content-type"] == "application/problem+json"
    assert {k: v for k, v in theirs.headers.items() if k != "date"} == {
        k: v for k, v in nobodys.headers.items() if k != "date"
    }


def test_a_stranger_s_token_is_not_helped_by_a_session(client: TestClient, seeded: Seeded) -> None:
    client.get(seeded.link)
    assert client.get("/api/v1/households/H1").status_code == 200
    assert client.get("/api/v1/households/H1", headers=bearer(seeded.club)).status_code == 404


@pytest.mark.parametrize("who", ["own", "operator"])
def test_its_own_token_and_an_operator_may_read(
    client: TestClient, seeded: Seeded, who: str
) -> None:
    headers = bearer(getattr(seeded, who))
    for route in ROUTES[:3]:
        answer = client.get(route.format(id="H1"), headers=headers)
        assert answer.status_code == 200, answer.text
        assert answer.headers["cache-control"] == "no-store"
        assert "Cookie" in answer.headers["vary"]


@pytest.mark.parametrize("ref", ["H999", "%00", "H1%00", "%01%1b", "%ff", "%ed%a0%80"])
@pytest.mark.parametrize("rest", ["", "/consumption?commodity=electricity"])
def test_an_operator_finds_no_household_that_is_not(
    client: TestClient, seeded: Seeded, ref: str, rest: str
) -> None:
    answer = client.get(f"/api/v1/households/{ref}{rest}", headers=bearer(seeded.operator))
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_link_opens_a_session(client: TestClient, seeded: Seeded) -> None:
    answer = client.get(seeded.link)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{sessions.COOKIE}=")
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    assert "Path=/" in cookie
    assert "Secure" not in cookie
    assert seeded.link.removeprefix("/lien/") not in cookie
    assert client.get("/api/v1/households/H1").status_code == 200


def test_the_cookie_is_secure_over_https(app: object, seeded: Seeded) -> None:
    client = TestClient(app, base_url="https://hub.example", follow_redirects=False)  # type: ignore[arg-type]
    assert "Secure" in client.get(seeded.link).headers["set-cookie"]


def test_the_cookie_is_secure_behind_a_proxy(seeded: Seeded) -> None:
    settings = Settings(public_url="https://hub.example/")
    app = create_app(seeded.url, settings, more_routes=(), more_pages=())
    client = TestClient(app, follow_redirects=False)
    assert "Secure" in client.get(seeded.link).headers["set-cookie"]
    listed = client.get("/open/catalog.jsonld").json()["dcat:dataset"]
    assert listed[0]["@id"].startswith("https://hub.example/open/datasets/")
    app.state.web.pool.close()


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_an_unknown_link_opens_nothing(client: TestClient, accept: str) -> None:
    answer = client.get("/lien/nope", headers={"Accept": accept})
    assert answer.status_code == 404
    assert "set-cookie" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"].startswith(accept.replace("/json", "/problem+json"))


def test_logging_out_ends_the_session(client: TestClient, seeded: Seeded) -> None:
    client.get(seeded.link)
    kept = dict(client.cookies)
    assert client.post("/deconnexion").status_code == 403  # from nowhere
    assert client.get("/api/v1/households/H1").status_code == 200
    answer = client.post("/deconnexion", headers={"Origin": "http://testserver"})
    assert answer.status_code == 303
    assert '"cookies"' in answer.headers["clear-site-data"]
    client.cookies.update(kept)
    assert client.get("/api/v1/households/H1").status_code == 404


def test_each_look_is_in_the_log(client: TestClient, seeded: Seeded, conn: Connection) -> None:
    before = len(list(log_entries(conn)))
    client.get(ROUTES[1].format(id="H1"), headers=bearer(seeded.operator))
    client.get(ROUTES[1].format(id="H1"), headers=bearer(seeded.other))
    entries = list(log_entries(conn))[before:]
    assert [(e.actor, e.purpose) for _, e, _ in entries] == [("operator:ops", "operation")]
    assert entries[0][1].what.startswith("electricity consumption day")
    assert log.first_broken(conn) is None
