"""Loads by HTTP: who sees which, the report that was given, and taking one back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from hub.accounts import links
from hub.app.settings import Settings
from hub.app.web import create_app
from hub.store.accounts import log_entries
from hub.store.connection import Connection
from tests.routes.conftest import Seeded, bearer
from tests.web import TestClient

FILE = "Horodate;Valeur\n" + "".join(
    f"2026-11-{day:02}T{hour:02}:{minute:02}:00+01:00;{100 + hour}\n"
    for day in (9, 10)
    for hour in range(1, 20)
    for minute in (0, 30)
)
OURS = {"Sec-Fetch-Site": "same-origin"}
PROBLEM = "application/problem+json"


@pytest.fixture(scope="module")
def whole(seeded: Seeded) -> Iterator[TestClient]:
    """The API with its intake, on this machine."""
    app = create_app(seeded.url, Settings(), more_pages=())
    with TestClient(app, client=("127.0.0.1", 5000), raise_server_exceptions=False) as running:
        yield running


@pytest.fixture
def nobody(whole: TestClient) -> TestClient:
    whole.cookies.clear()
    return whole


def sent(client: TestClient, token: str, text: str = FILE, **form: str) -> dict[str, Any]:
    answer = client.post(
        "/api/v1/files",
        files={"file": ("conso.csv", text.encode(), "text/csv")},
        data={"usage_point": "electricityH1", **form},
        headers=bearer(token),
    )
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_a_load_tells_again_what_it_told(nobody: TestClient, seeded: Seeded) -> None:
    told = sent(nobody, seeded.own)
    assert told["accepted"] == 76
    assert told["channels"][0]["missing"]["count"] == 1
    answer = nobody.get(f"/api/v1/loads/{told['load']}", headers=bearer(seeded.own))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    again = answer.json()
    assert {name: again[name] for name in told if name != "load"} == {
        name: told[name] for name in told if name != "load"
    }
    assert again["load"] == told["load"]
    assert again["undone_at"] is None
    english = bearer(seeded.own) | {"Accept-Language": "en"}
    note = nobody.get(f"/api/v1/loads/{told['load']}", headers=english).json()["notes"][0]
    assert note["text"] == note["en"] != again["notes"][0]["text"]


def test_loads_are_listed_the_newest_first(nobody: TestClient, seeded: Seeded) -> None:
    numbers = [sent(nobody, seeded.own)["load"] for _ in range(2)]
    listed = nobody.get("/api/v1/loads", headers=bearer(seeded.own)).json()["loads"]
    assert [load["load"] for load in listed][:2] == numbers[::-1]
    assert all("rejects" not in load and load["file"] == "conso.csv" for load in listed)
    assert nobody.get("/api/v1/loads", headers=bearer(seeded.other)).json() == {"loads": []}
    all_of_them = nobody.get("/api/v1/loads", headers=bearer(seeded.operator)).json()["loads"]
    assert len(all_of_them) >= len(listed)


def test_a_load_is_taken_back_once(nobody: TestClient, seeded: Seeded, conn: Connection) -> None:
    text = FILE.replace("2026-11", "2026-08").replace("+01:00", "+02:00")
    load = sent(nobody, seeded.own, text)["load"]
    again = sent(nobody, seeded.operator, text)["load"]
    path = f"/api/v1/loads/{load}/undo"
    undone = nobody.post(path, headers=bearer(seeded.own) | {"Accept-Language": "en"})
    assert undone.status_code == 200
    told = undone.json()
    assert (told["removed"], told["restored"], told["replaced_since"]) == (76, 0, 0)
    assert told["repeated"] == {str(again): ""}  # the operator's: its name is not told
    assert "76 readings removed" in told["text"]
    stamp = nobody.get(f"/api/v1/loads/{load}", headers=bearer(seeded.own)).json()["undone_at"]
    assert stamp is not None
    second = nobody.post(path, headers=bearer(seeded.own))
    assert (second.status_code, second.headers["content-type"]) == (409, PROBLEM)
    assert "a été annulé" in second.json()["detail"]
    rows = conn.execute("SELECT count(*) FROM reading WHERE load_id = %s", [load]).fetchone()
    assert rows == (0,)


def test_nothing_is_written_by_a_dry_run(
    nobody: TestClient, seeded: Seeded, conn: Connection
) -> None:
    before = conn.execute("SELECT count(*) FROM load").fetchone()
    conn.rollback()
    assert sent(nobody, seeded.own, dry_run="true")["load"] is None
    assert conn.execute("SELECT count(*) FROM load").fetchone() == before


@pytest.mark.parametrize("who", ["nobody", "other", "gateway", "club", "made up"])
@pytest.mark.parametrize(("method", "rest"), [("GET", ""), ("POST", "/undo")])
def test_another_s_load_is_one_that_does_not_exist(
    nobody: TestClient, seeded: Seeded, who: str, method: str, rest: str
) -> None:
    load = sent(nobody, seeded.own)["load"]
    headers = {
        "nobody": {},
        "other": bearer(seeded.other),
        "gateway": bearer(seeded.gateway),
        "club": bearer(seeded.club),
        "made up": bearer("hub_" + "A" * 43),
    }[who] | OURS
    theirs = nobody.request(method, f"/api/v1/loads/{load}{rest}", headers=headers)
    nothing = nobody.request(method, f"/api/v1/loads/999999{rest}", headers=headers)
    assert theirs.status_code == nothing.status_code == 404
    assert theirs.content == nothing.content
    large = nobody.request(method, f"/api/v1/loads/99999999999999{rest}", headers=headers)
    assert large.status_code == 404


def test_a_session_sees_its_own_loads_and_takes_them_back_from_our_pages_only(
    nobody: TestClient, seeded: Seeded, conn: Connection
) -> None:
    load = sent(nobody, seeded.own)["load"]
    link = links.new_link(conn, "H1")
    conn.commit()
    nobody.get(link)
    assert nobody.get(f"/api/v1/loads/{load}").status_code == 200
    path = f"/api/v1/loads/{load}/undo"
    for headers in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        assert nobody.post(path, headers=headers).status_code == 403
    assert nobody.post(path, headers=OURS).status_code == 200
    whats = [entry.what for _, entry, _ in log_entries(conn)]
    assert {f"load {load}", f"undo {load}"} <= set(whats)


def test_an_unknown_parameter_is_refused(nobody: TestClient, seeded: Seeded) -> None:
    answer = nobody.get("/api/v1/loads?nope=1", headers=bearer(seeded.own))
    assert (answer.status_code, answer.json()["parameter"]) == (422, "nope")
