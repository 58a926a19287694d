"""Routes of the pages: languages, headers, text versions, and that a page is its session's only."""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections.abc import Iterator
from html import unescape
from typing import Any

import httpx
import psycopg
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from dashboard.shell import local_target
from hub.accounts.sessions import COOKIE
from tests.dashboard.browser import served
from tests.dashboard.seed import Seeded, seed
from tests.stack import Stack

PATHS = ["/", "/historique", "/envoyer", "/quartier", "/kiosque", "/donnees-ouvertes"]


def get(address: str, path: str, token: str | None = None, **headers: str) -> httpx.Response:
    cookies = {COOKIE: token} if token else {}
    with httpx.Client(base_url=address, cookies=cookies, timeout=30) as client:
        return client.get(path, headers=headers)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(("language", "word"), [("fr", "Hub énergie"), ("en", "Energy hub")])
def test_frames_are_in_the_readers_language(
    address: str, path: str, language: str, word: str
) -> None:
    answer = get(address, path, **{"accept-language": language})
    assert answer.status_code == 200
    assert f'<html lang="{language}"' in answer.text
    assert f"{word} Lyon 3e</title>" in answer.text
    assert "Accept-Language" in answer.headers["vary"]


def test_titles_differ(address: str) -> None:
    titles = {get(address, path).text.partition("<title>")[2].partition("<")[0] for path in PATHS}
    assert len(titles) == len(PATHS)


@pytest.mark.parametrize("path", ["/nulle-part", "/historique/2026", "/kiosque/autre"])
def test_unknown_addresses_are_pages_with_status_404(address: str, path: str) -> None:
    answer = get(address, path)
    assert answer.status_code == 404
    assert "Page introuvable" in answer.text


@pytest.mark.parametrize("path", ["/api/v1/nope", "/open/nope"])
def test_unknown_addresses_of_the_api_are_no_pages(address: str, path: str) -> None:
    answer = get(address, path)
    assert answer.status_code == 404
    assert "html" not in answer.headers["content-type"]


def test_the_language_is_remembered(address: str) -> None:
    with httpx.Client(base_url=address, headers={"accept-language": "fr"}) as client:
        answer = client.get("/langue/en", params={"retour": "/quartier?pas=mois"})
        assert answer.status_code == 303
        assert answer.headers["location"] == "/quartier?pas=mois"
        assert '<html lang="en"' in client.get("/").text
        assert "set-cookie" not in client.get("/langue/xx").headers


@pytest.mark.parametrize(
    ("asked", "target"),
    [
        ("/historique?vue=mois", "/historique?vue=mois"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/a\r\nSet-Cookie: x=1", "/"),
        ("", "/"),
    ],
)
def test_nobody_is_sent_elsewhere(asked: str, target: str) -> None:
    assert local_target(asked) == target


@pytest.mark.parametrize(
    ("path", "own", "words"),
    [
        ("/texte/maintenant", True, ["Électricité", "Demi-heures d'aujourd'hui", "depuis minuit"]),
        (
            "/texte/maintenant",
            False,
            ["Rejoindre le hub, ouvrir vos pages", "la mairie ou à votre club"],
        ),
        (
            "/texte/historique?vue=mois&energie=electricity",
            True,
            ["heures pleines (HP)", "Remarque"],
        ),
        ("/texte/historique", False, ["lien personnel"]),
        ("/texte/envoyer", True, ["Fichiers", "Vos envois", "UP-electricity"]),
        ("/texte/envoyer", False, ["lien personnel"]),
        ("/texte/quartier", False, ["Part-Dieu", "Non publié", "100-199"]),
        ("/texte/kiosque", False, ["Et chez vous"]),
        ("/texte/donnees-ouvertes", False, ["Licence Ouverte", "day-totals.csv"]),
    ],
)
def test_text_versions_say_the_same_without_a_script(
    address: str, seeded: Seeded, path: str, own: bool, words: list[str]
) -> None:
    answer = get(address, path, seeded.token if own else None)
    assert answer.status_code == 200
    assert "<script" not in answer.text
    assert answer.headers["cache-control"] == "no-store"
    for word in words:
        assert word.replace("'", "&#39;") in answer.text.replace("\u00a0", " ")


def test_simulated_data_are_called_simulated(address: str) -> None:
    for path in ("/", "/historique", "/quartier", "/donnees-ouvertes", "/texte/quartier"):
        assert "Données simulées" in get(address, path).text.replace("\u00a0", " ")


def test_a_demos_data_are_called_simulated_without_the_demo_too(
    district: tuple[str, Seeded],
) -> None:
    """`hub up` on the data of an earlier `hub up --demo`."""
    with served(district[0], demo=False) as address:
        for path in ("/", "/quartier", "/texte/quartier", "/nulle-part"):
            assert "Données simulées" in get(address, path).text.replace("\u00a0", " "), path


def test_a_household_that_is_not_simulated_is_told_what_is(stack: Stack) -> None:
    """Its own readings are real, in a demo district as well."""
    with stack.fresh_database() as url:
        token = seed(url, dt.datetime.now(dt.UTC)).token
        with psycopg.connect(url) as connection:
            connection.execute("UPDATE household SET simulated = false")
        with served(url) as address:
            for path in ("/", "/texte/maintenant", "/nulle-part"):
                own, public = get(address, path, token).text, get(address, path).text
                assert "Quartier simulé." in own
                assert "Vos relevés sont ceux de vos compteurs" in own
                assert "Données simulées" not in own.replace("\u00a0", " ")
                assert "Données simulées." in public


def test_totals_come_with_their_proof(address: str) -> None:
    """Under every page and on the kiosk: when, and at a touch how much and what was left out."""
    told = "Totaux contrôlés "  # today, or yesterday where midnight passes
    for path in ("/", "/quartier", "/donnees-ouvertes", "/texte/quartier", "/nulle-part"):
        page = unescape(get(address, path).text).replace("\u00a0", " ")
        assert told in page, path
        assert "10 800 lignes comparées" in page and "12 changements" in page
        assert (
            page.count("1 200 lignes, aucun écart ; de côté : 3 près d'un changement en attente")
            == 9
        )
    kiosk = str(drawn(address, "/kiosque", None).json())
    assert "Totaux justes, contrôlés " in kiosk


def test_the_code_on_the_kiosk_is_an_image(address: str) -> None:
    answer = get(address, "/kiosque/qr.svg")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.text.startswith("<svg")


def drawn(
    address: str,
    path: str,
    token: str | None,
    search: str = "",
    changed: str = "url.pathname",
    view: Any = None,
) -> Any:
    """What the one callback answers, as the browser asks it."""
    inputs = [
        {"id": "url", "property": "pathname", "value": path},
        {"id": "url", "property": "search", "value": search},
        {"id": "refresh", "property": "data", "value": 0},
        {"id": "poll", "property": "n_intervals", "value": None},
    ]
    body = {
        "output": "..page.children...view.data..",
        "outputs": [
            {"id": "page", "property": "children"},
            {"id": "view", "property": "data"},
        ],
        "inputs": inputs,
        "state": [{"id": "view", "property": "data", "value": view}],
        "changedPropIds": [changed],
    }
    cookies = {COOKIE: token} if token else {}
    with httpx.Client(base_url=address, cookies=cookies, timeout=30) as client:
        return client.post("/_dash-update-component", json=body)


def test_a_callback_shows_the_household_of_its_cookie(address: str, seeded: Seeded) -> None:
    answer = drawn(address, "/", seeded.token)
    assert answer.status_code == 200
    assert '"number-water"' in answer.text
    assert seeded.token not in answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_a_redraw_sends_properties_only_and_a_changed_page_whole(
    address: str, seeded: Seeded
) -> None:
    view = drawn(address, "/", seeded.token).json()["response"]["view"]["data"]
    again = drawn(address, "/", seeded.token, changed="refresh.data", view=view).json()
    assert "response" not in again or "page" not in again["response"]
    assert again["sideUpdate"]["number-water"]["children"]
    assert set(again["sideUpdate"]["curve-water"]) == {"figure"}
    other = {**view, "session": "of somebody else"}
    whole = drawn(address, "/", seeded.token, changed="refresh.data", view=other).json()
    assert whole["response"]["page"]["children"]


def test_a_redraw_for_nobody_tells_nothing(address: str, seeded: Seeded) -> None:
    """The session ended while the page stood open: the page goes, with its numbers."""
    view = drawn(address, "/", seeded.token).json()["response"]["view"]["data"]
    answer = drawn(address, "/", "ended", changed="refresh.data", view=view)
    assert "number-water" not in answer.text
    assert answer.json()["response"]["page"]["children"]


@pytest.mark.parametrize("token", [None, "", "nonsense", "' OR 1=1 --", "x" * 10_000])
@pytest.mark.parametrize("path", ["/", "/historique", "/envoyer"])
def test_without_a_session_a_callback_shows_no_household(
    address: str, path: str, token: str | None
) -> None:
    answer = drawn(address, path, token)
    assert answer.status_code == 200
    assert "number-water" not in answer.text
    assert "UP-electricity" not in answer.text
    assert "history" not in answer.json()["response"]["page"]["children"].__repr__()
    assert answer.json()["response"]["view"]["data"]["session"] == ""


def test_no_input_chooses_the_household(address: str, seeded: Seeded) -> None:
    """Whatever the address says, the page stays the session's."""
    plain = drawn(address, "/historique", seeded.token, "?vue=annee")
    tried = drawn(address, "/historique", seeded.token, "?vue=annee&household=2&household_id=2")
    assert plain.json()["response"]["page"] == tried.json()["response"]["page"]


def test_the_kiosk_knows_no_session(address: str, seeded: Seeded) -> None:
    with_session = drawn(address, "/kiosque", seeded.token).json()["response"]["page"]
    without = drawn(address, "/kiosque", None).json()["response"]["page"]
    strip = str(with_session), str(without)
    assert [text.count("slide") for text in strip] == [strip[0].count("slide")] * 2
    assert "number-" not in strip[0]


def test_each_opened_page_leaves_a_line_in_the_access_log(
    address: str, district: tuple[str, Seeded]
) -> None:
    url, seeded = district
    get(address, "/texte/historique?vue=annee", seeded.token)
    drawn(address, "/historique", seeded.token, "?vue=mois")
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT what, actor FROM access_log ORDER BY id DESC LIMIT 2")
        assert rows.fetchall() == [
            ("page /historique?vue=mois", "resident"),
            ("page /texte/historique?vue=annee", "resident"),
        ]


def test_a_store_that_does_not_answer_is_said_in_words() -> None:
    with served("postgresql://nobody@127.0.0.1:9/none?connect_timeout=1") as address:
        assert get(address, "/quartier").status_code == 200
        answer = drawn(address, "/quartier", None)
        assert answer.status_code == 200
        assert "pas joignables" in answer.text
        assert answer.json()["response"]["view"]["data"]["retry"] == 10


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fr", ["ne sont pas joignables", "Réessayer dans une minute", "prévenez la personne"]),
        ("en", ["cannot be reached", "Try again in a minute", "tell whoever"]),
    ],
)
def test_without_a_store_a_text_page_says_what_to_do(language: str, words: list[str]) -> None:
    with served("postgresql://nobody@127.0.0.1:9/none?connect_timeout=1") as address:
        for token in (None, "a-session"):
            path = "/texte/historique?vue=mois"
            answer = get(address, path, token, **{"accept-language": language})
            assert answer.status_code == 503
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["retry-after"] == "60"
            assert f'<html lang="{language}"' in answer.text
            assert f'href="{path}"' in answer.text
            for word in words:
                assert word in answer.text


@pytest.mark.parametrize("path", ["/", "/quartier"])
def test_the_very_first_page_after_a_start_has_its_stylesheets(path: str) -> None:
    with served("postgresql://nobody@127.0.0.1:9/none?connect_timeout=1") as address:
        first = get(address, path).text
        assert first.count('rel="stylesheet"') == 3
        assert get(address, path).text.count('rel="stylesheet"') == 3


BODY = {
    "output": "..page.children...view.data..",
    "outputs": [{"id": "page", "property": "children"}, {"id": "view", "property": "data"}],
    "inputs": [
        {"id": "url", "property": "pathname", "value": "/quartier"},
        {"id": "url", "property": "search", "value": ""},
        {"id": "refresh", "property": "data", "value": 0},
        {"id": "poll", "property": "n_intervals", "value": None},
    ],
    "state": [{"id": "view", "property": "data", "value": None}],
    "changedPropIds": ["url.pathname"],
}
INPUTS: Any = BODY["inputs"]


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Warnings and errors of the server, whose own log does not reach the root."""
    server = logging.getLogger("uvicorn.error")
    server.addHandler(caplog.handler)
    with caplog.at_level("WARNING"):
        yield caplog
    server.removeHandler(caplog.handler)


@pytest.mark.parametrize(
    "body",
    [
        b"garbage",
        b"\xff\xfe",
        b"",
        b"null",
        b"[]",
        b"{}",
        b"[" * 100_000,
        {"output": "nobody.children"},
        {"output": ["page"]},
        BODY | {"output": "page.children"},
        BODY | {"inputs": []},
        BODY | {"inputs": "url"},
        BODY | {"inputs": [{"id": "page"}] * 4},
        BODY | {"inputs": [INPUTS[0] | {"value": ["/"]}, *INPUTS[1:]]},
        BODY | {"inputs": [INPUTS[0], INPUTS[1] | {"value": 7}, *INPUTS[2:]]},
        BODY | {"state": [None]},
        BODY | {"outputs": None},
        BODY | {"outputs": [{"id": {}, "property": []}] * 2},
        BODY | {"changedPropIds": [{}]},
        BODY | {"changedPropIds": 3},
    ],
)
def test_what_no_page_sends_is_refused_quietly(
    address: str, log: pytest.LogCaptureFixture, body: bytes | dict[str, Any]
) -> None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"content-type": "application/json"}
    answer = httpx.post(f"{address}/_dash-update-component", content=content, headers=headers)
    assert answer.status_code == 400
    assert log.records == []


def test_what_pages_send_passes_as_json_only(address: str) -> None:
    content = json.dumps(BODY).encode()
    url = f"{address}/_dash-update-component"
    assert httpx.post(url, json=BODY, timeout=30).status_code == 200
    assert httpx.post(url, content=content, timeout=30).status_code == 400
    assert httpx.post(url, content=b" " * ((1 << 20) + 1), timeout=30).status_code == 413


@pytest.mark.parametrize(
    "path", ["nobody/x.js", "dash/nothing.js", "dash", "", "plotly/../dash.py"]
)
def test_files_that_dash_does_not_have_are_not_found(address: str, path: str) -> None:
    assert get(address, f"/_dash-component-suites/{path}").status_code == 404


@pytest.mark.parametrize(
    "text",
    [
        "garbage",
        "[]",
        '{"type": "callback_request"}',
        '{"type": "callback_request", "payload": {"output": "..page.children...view.data.."}}',
        '{"type": "get_props_response", "requestId": []}',
    ],
)
def test_a_socket_that_talks_nonsense_is_closed(
    address: str, log: pytest.LogCaptureFixture, text: str
) -> None:
    url = f"ws{address[4:]}/_dash-ws-callback"
    with connect(url, additional_headers={"Origin": address}) as ws:
        ws.send('{"type": "heartbeat"}')
        assert json.loads(ws.recv(timeout=10))["type"] == "heartbeat_ack"
        ws.send(text)
        with pytest.raises(ConnectionClosed):
            while True:
                ws.recv(timeout=10)
    assert log.records == []


@pytest.mark.parametrize(
    "query", ["date=0001-01-01", "pas=mois&date=0001-01-01", "date=9999-12-31"]
)
def test_dates_at_the_end_of_the_calendar_are_pages_too(address: str, query: str) -> None:
    assert get(address, f"/texte/quartier?{query}").status_code == 200
